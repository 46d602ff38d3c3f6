"""May this role do this? Every view carries `@allow(...)` or `@public`; a test refuses a view without one."""

from functools import wraps

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import Http404

from accounts.roles import Role

ANY_ROLE = frozenset(Role)


def allow(*roles):
    """Let only these roles in; `allow()` lets in everyone with a current role.

    Wrong role: 403 on an address without an id, 404 on an address with one, so that an id tells nothing.
    Not signed in: the sign-in page (LoginRequiredMiddleware).
    """
    allowed = frozenset(roles) or ANY_ROLE

    def decorate(view):
        @wraps(view)
        def guarded(request, *args, **kwargs):
            acting_as = request.user.acting_as
            if acting_as is None or acting_as.role not in allowed:
                if kwargs or args:
                    raise Http404
                raise PermissionDenied
            return view(request, *args, **kwargs)

        guarded.allowed_roles = allowed
        return guarded

    return decorate


def gives_file(view):
    """An answer that leaves the portal as a file. Somebody may ask for fewer of those in a minute than for pages."""
    view.gives_file = True
    return view


def signed_in(view):
    """Anyone who is signed in, also without a current role (their own account, choosing a role)."""
    view.allowed_roles = "signed_in"
    return view


def public(view):
    """Everyone, signed in or not. The mark says that this was meant."""
    view = login_not_required(view)
    view.allowed_roles = "public"
    return view
