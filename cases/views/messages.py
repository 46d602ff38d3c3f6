"""What went to whom about one dossier: which sort of message, when, which way, and whether it arrived."""

from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from accounts.access import allow
from accounts.zones import WITHOUT_KLANTMANAGER, Reach, readable_zones
from cases import overviews
from cases.reach import reader_of
from cases.views.common import PAGE_ROLES, visible_case
from notifications.forms import HistoryForm
from notifications.overviews import history_of


@allow(*PAGE_ROLES)
@require_http_methods(["GET"])
def messages(request, number):
    """The messages about a dossier, in the zones that the reader reads at least in part: that, when and to whom."""
    today = timezone.localdate()
    found = visible_case(request, number)
    form = HistoryForm(request.GET)
    form.is_valid()
    zones = readable_zones(request.user.role, at_least=Reach.SUMMARY)
    if reader_of(found, request.user, today).is_narrow:
        zones = list(WITHOUT_KLANTMANAGER)
    history = history_of(
        found.number,
        request.user,
        zones,
        form,
        known=overviews.known_as(found, request.user),
        page=request.GET.get("page"),
        now=timezone.now(),
    )
    number_found = history.page.paginator.count
    context = {
        "header": overviews.case_header(found, request.user, today),
        "form": form,
        "history": history,
        "page": history.page,
        "count": ngettext("Eén bericht gevonden.", "%(n)s berichten gevonden.", number_found) % {"n": number_found}
        if number_found
        else "",
    }
    return render(request, "cases/messages.html", context)
