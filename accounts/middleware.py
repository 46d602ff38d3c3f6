"""The one middleware of accounts: in which role does this person work now?"""

from django.utils.decorators import sync_only_middleware

SESSION_KEY = "acting_as"


@sync_only_middleware
def acting_role(get_response):
    """Put the chosen, still current `RoleAssignment` (or None) on `request.user.acting_as`, on every request anew."""

    def middleware(request):
        if request.user.is_authenticated:
            request.user.acting_as = request.user.choose_role(request.session.get(SESSION_KEY))
        return get_response(request)

    return middleware
