"""Pages for who watches over access: which role sees what."""

from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from accounts import matrix
from accounts.access import allow
from accounts.roles import Role


@allow(Role.PRIVACY_OFFICER, Role.FUNCTIONEEL_BEHEERDER)
@require_GET
def who_sees_what(request):
    """The matrix of roles and zones, per sort of data or per role, drawn from the data that decides."""
    per_role = request.GET.get("per") == "rol"
    here = reverse("accounts:who_sees_what")
    context = {
        "parts": matrix.by_role() if per_role else matrix.by_zone(),
        "per_role": per_role,
        "segments": [
            {"label": _("Per soort gegevens"), "url": here, "current": not per_role},
            {"label": _("Per rol"), "url": f"{here}?per=rol", "current": per_role},
        ],
    }
    return render(request, "accounts/who_sees_what.html", context)
