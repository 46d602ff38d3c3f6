"""Alerts: the list, one alert, and what was done about it."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.access import allow
from accounts.reading import note_reading
from accounts.roles import Role
from accounts.rules import RuleBroken
from accounts.zones import Zone
from cases import overviews, services
from cases.forms import FollowUpForm
from cases.models import Alert

#: Roles for whom alerts are raised.
ALERT_ROLES = (Role.KLANTMANAGER, Role.VRIJWILLIGERSCOORDINATOR)


def _visible(request, pk):
    found = get_object_or_404(
        Alert.objects.visible_to(request.user).select_related("case__statushouder", "handled_by"), pk=pk
    )
    note_reading(request, found.zone, case_number=found.case.number)
    return found


@allow(*ALERT_ROLES)
@require_http_methods(["GET"])
def alerts(request):
    """Alerts for this role: open ones unless asked otherwise, the oldest first."""
    today = timezone.localdate()
    found = overviews.alert_list(request.user, request.GET, today)
    note_reading(request, Zone.PROGRAMME, count=len(found.rows))
    return render(request, "cases/alerts.html", {"list": found})


@allow(*ALERT_ROLES)
@require_http_methods(["GET"])
def alert(request, pk):
    """One alert; that it was opened is noted beside it."""
    today = timezone.localdate()
    found = _visible(request, pk)
    seen = services.see_alert(alert=found, by=request.user, now=timezone.now())
    found.status, found.seen_at = seen.status, seen.seen_at
    header = overviews.case_header(found.case, request.user, today)
    return render(
        request,
        "cases/alert.html",
        {
            "header": header,
            "page": overviews.alert_page(found, today, header.reader),
            "breadcrumb": [(_("Signalen"), reverse("cases:alerts")), (found.title, "")],
        },
    )


@allow(*ALERT_ROLES)
@require_http_methods(["GET", "POST"])
def record_follow_up(request, pk):
    """Record the contact about an alert; with a tick it is handled."""
    today = timezone.localdate()
    found = _visible(request, pk)
    form = FollowUpForm(request.POST or None, today=today)
    if request.method == "POST" and form.is_valid():
        try:
            follow_up = services.record_follow_up(
                alert=found, **form.cleaned_data, by=request.user, today=today, now=timezone.now()
            )
        except RuleBroken as error:
            form.add_error(None, error.message)
        else:
            handled = _("Het signaal is afgehandeld.") if follow_up.closes else _("Het contact is vastgelegd.")
            messages.success(request, handled)
            # Handled, the alert of a dossier that waits for a klantmanager is out of sight.
            still_there = Alert.objects.visible_to(request.user).filter(pk=found.pk).exists()
            return redirect("cases:alert", pk=found.pk) if still_there else redirect("cases:alerts")
    elif not found.is_open:
        messages.info(request, _("Dit signaal is al afgehandeld of vervallen."))
        return redirect("cases:alert", pk=found.pk)
    return render(
        request,
        "cases/record_follow_up.html",
        {
            "alert": found,
            "form": form,
            "name": found.case.statushouder.full_name,
            "cancel_url": reverse("cases:alert", args=[found.pk]),
            "breadcrumb": [
                (_("Signalen"), reverse("cases:alerts")),
                (found.title, reverse("cases:alert", args=[found.pk])),
                (_("Contact vastleggen"), ""),
            ],
        },
    )
