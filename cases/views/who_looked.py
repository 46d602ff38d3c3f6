"""Who looked in my dossier: for the statushouder, in easy words."""

from django.shortcuts import render
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_http_methods

from accounts.access import allow
from accounts.reading import note_reading
from accounts.roles import Role
from accounts.zones import Zone
from cases.models import Case
from privacy.log_forms import WhoLookedFilter
from privacy.overviews import log as overviews


@allow(Role.STATUSHOUDER)
@require_http_methods(["GET"])
def who_looked(request):
    """Which roles opened, took along or changed the own dossier, day by day."""
    numbers = list(Case.objects.visible_to(request.user).order_by("-pk").values_list("number", flat=True))
    form = WhoLookedFilter(request.GET)
    form.is_valid()
    page = overviews.who_looked(numbers, form, _day(request.GET.get("tot", "")), timezone.localdate())
    note_reading(request, Zone.AUDIT, case_number=numbers[0] if numbers else "")
    active = sum(1 for name in form.fields if request.GET.get(name))
    return render(request, "privacy/who_looked.html", {"page": page, "form": form, "active_filters": active})


def _day(text):
    try:
        return parse_date(text)
    except ValueError:
        return None
