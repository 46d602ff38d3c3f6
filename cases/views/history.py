"""Who changed what in a dossier."""

from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.access import allow
from accounts.reading import note_reading
from accounts.zones import Zone
from cases import overviews
from cases.models import HISTORY_ROLES
from cases.overviews.history import change_list
from cases.views.common import visible_case


@allow(*HISTORY_ROLES)
@require_http_methods(["GET"])
def changes(request, number):
    """Which field was changed when and by whom, from what to what; in the zones that the reader reads in full."""
    today = timezone.localdate()
    found = visible_case(request, number)
    listed = change_list(found, request.user, request.GET, today)
    note_reading(request, Zone.PROGRAMME, case_number=found.number, purpose="wijzigingen")
    return render(
        request,
        "cases/changes.html",
        {"header": overviews.case_header(found, request.user, today), "list": listed},
    )
