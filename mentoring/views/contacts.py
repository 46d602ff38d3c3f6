"""The mentor logs contact, corrects it, and sees the own moments and hours."""

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
from mentoring import services
from mentoring.forms import ContactFilterForm, LogContactForm
from mentoring.models import ContactMoment, Mentorship
from mentoring.overviews.contacts import last_moment, moment_row, moments_on, own_contacts
from mentoring.views.common import asked


@allow(Role.MENTOR)
@require_http_methods(["GET", "POST"])
def log_contact(request, mentorship):
    """Log a contact moment: two taps when it was like last time."""
    match = get_object_or_404(
        Mentorship.objects.visible_to(request.user).active().select_related("case__statushouder"), pk=mentorship
    )
    note_reading(request, Zone.MENTORING, case_number=match.case.number)
    today, now = timezone.localdate(), timezone.now()
    name = match.case.statushouder.preferred_name
    form = LogContactForm(
        request.POST or None, today=today, start_date=match.start_date, preferred_name=name, last=last_moment(match)
    )
    same_day = moments_on(match, today) if request.method == "GET" else []
    if request.method == "POST" and form.is_valid():
        key = form.cleaned_data["key"]
        same_day = moments_on(match, form.cleaned_data["on"])
        is_double_click = any(moment.key == key for moment in same_day)
        if same_day and not form.cleaned_data["again"] and not is_double_click:
            form.ask_again()
        else:
            try:
                services.log_contact(mentorship=match, key=key, by=request.user, today=today, now=now, **form.values)
            except RuleBroken as error:
                form.add_error(None, error.message)
            else:
                messages.success(request, _("Contact met %s is vastgelegd. Dank je wel.") % name)
                return redirect("home")
    return render(
        request,
        "mentoring/log_contact.html",
        {
            "form": form,
            "name": name,
            "same_day": [moment_row(moment, now, today, for_mentor=True) for moment in same_day],
            "asks_again": form.is_bound and bool(same_day) and not form.errors,
            "cancel_url": reverse("home"),
        },
    )


@allow(Role.MENTOR)
@require_http_methods(["GET", "POST"])
def change_contact(request, pk):
    """Correct an own moment, within fourteen days."""
    moment = _own_moment(request, pk)
    match, today = moment.mentorship, timezone.localdate()
    name = match.case.statushouder.preferred_name
    form = LogContactForm(
        request.POST or None, today=today, start_date=match.start_date, preferred_name=name, moment=moment
    )
    if request.method == "POST" and form.is_valid():
        try:
            services.change_contact(moment=moment, by=request.user, today=today, now=timezone.now(), **form.values)
        except RuleBroken as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, _("Het contactmoment is gewijzigd."))
            return redirect("mentoring:contacts")
    return render(
        request,
        "mentoring/log_contact.html",
        {"form": form, "name": name, "moment": moment, "cancel_url": reverse("mentoring:contacts")},
    )


@allow(Role.MENTOR)
@require_http_methods(["GET", "POST"])
def remove_contact(request, pk):
    """Remove an own moment that was logged by mistake."""
    moment = _own_moment(request, pk)
    now = timezone.now()
    if request.method == "POST":
        try:
            services.remove_contact(moment=moment, by=request.user, now=now)
        except RuleBroken as error:
            messages.error(request, error.message)
        else:
            messages.success(request, _("Het contactmoment is verwijderd."))
        return redirect("mentoring:contacts")
    row = moment_row(moment, now, timezone.localdate())
    return render(
        request,
        "components/confirm_page.html",
        {
            "title": _("Contactmoment verwijderen"),
            "text": _("Het contactmoment van %(day)s (%(how)s) verdwijnt. Dit kan niet terug.")
            % {"day": row.on, "how": row.channel.lower()},
            "submit": _("Verwijderen"),
            "danger": True,
            "cancel_url": reverse("mentoring:contacts"),
        },
    )


@allow(Role.MENTOR)
@require_http_methods(["GET"])
def contacts(request):
    """The mentor's own moments, per match, and the hours per month."""
    params = asked(request)
    overview = own_contacts(
        request.user,
        timezone.localdate(),
        timezone.now(),
        match_pk=params.get("koppeling", ""),
        channel=params.get("hoe", ""),
        page=params.get("page", 1),
    )
    note_reading(request, Zone.MENTORING, count=len(overview.page.object_list))
    form = ContactFilterForm(params, matches=overview.matches)
    return render(
        request,
        "mentoring/contacts.html",
        {
            "overview": overview,
            "filter_form": form,
            "active_filters": sum(1 for name in form.fields if params.get(name)),
        },
    )


def _own_moment(request, pk):
    moment = get_object_or_404(
        ContactMoment.objects.visible_to(request.user).select_related("mentorship__case__statushouder"), pk=pk
    )
    note_reading(request, Zone.MENTORING, case_number=moment.mentorship.case.number)
    return moment
