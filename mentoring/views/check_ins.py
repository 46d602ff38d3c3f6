"""The 3- and 6-month talks: list, page, another date, record."""

from django.contrib import messages
from django.http import Http404
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
from mentoring import rules, services
from mentoring.forms import CheckInFilterForm, MoveCheckInForm, RecordFirstTalkForm, RecordSecondTalkForm
from mentoring.models import CheckIn, CheckInKind, Mentorship
from mentoring.overviews.check_ins import check_in_list, may_plan, talk_page
from mentoring.views.common import asked

LEADERS = (Role.KLANTMANAGER, Role.VRIJWILLIGERSCOORDINATOR)


@allow(*LEADERS, Role.MENTOR)
@require_http_methods(["GET"])
def check_ins(request):
    """The talks to plan, to have and to record."""
    params = asked(request)
    found = check_in_list(
        request.user,
        timezone.localdate(),
        search=params.get("q", ""),
        status=params.get("stand", ""),
        kind=params.get("soort", ""),
        sort=params.get("sort", ""),
        page=params.get("page", 1),
    )
    note_reading(request, Zone.MENTORING, count=len(found.rows))
    form = CheckInFilterForm(params)
    if request.user.role == Role.KLANTMANAGER:
        del form.fields["soort"]
    return render(
        request,
        "mentoring/check_ins.html",
        {"found": found, "filter_form": form, "active_filters": sum(1 for name in form.fields if params.get(name))},
    )


@allow(*LEADERS, Role.MENTOR, Role.STATUSHOUDER)
@require_http_methods(["GET"])
def check_in(request, pk):
    """One talk: when, where, who, and what came of it as far as the reader may know."""
    found = _visible(request, pk)
    back = reverse("home")
    if request.user.role in (*LEADERS, Role.MENTOR):
        back = reverse("mentoring:check_ins")
    return render(
        request,
        "mentoring/check_in.html",
        {
            "talk": talk_page(found, request.user, timezone.localdate()),
            "breadcrumb": [(_("Gesprekken"), back), (found.get_kind_display(), "")],
        },
    )


@allow(*LEADERS)
@require_http_methods(["GET", "POST"])
def move_check_in(request, pk):
    """Another date for a talk; the target date stays."""
    found = _plannable(request, pk)
    today = timezone.localdate()
    suggested = rules.suggested_talk(found.target_on, today)
    meeting = found.meeting
    is_to_come = meeting is not None and not meeting.is_cancelled and meeting.starts_at > timezone.now()
    shown = timezone.localtime(meeting.starts_at) if is_to_come else suggested
    form = MoveCheckInForm(
        request.POST or None,
        initial={"on": shown.date(), "time": shown.time(), "place": meeting.place if meeting else ""},
    )
    if request.method == "POST" and form.is_valid():
        try:
            services.move_check_in(
                check_in=found,
                starts_at=form.cleaned_data["starts_at"],
                place=form.cleaned_data["place"],
                by=request.user,
                today=today,
                now=timezone.now(),
            )
        except RuleBroken as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, _("Het gesprek is gepland. Wie meedoet, krijgt bericht."))
            return redirect("mentoring:check_in", pk=found.pk)
    return render(
        request,
        "components/form_page.html",
        {
            "title": _("%s plannen") % found.get_kind_display(),
            "lead": _("De streefdatum blijft zoals hij is."),
            "form": form,
            "submit": _("Plannen"),
            "cancel_url": reverse("mentoring:check_in", args=[found.pk]),
        },
    )


@allow(*LEADERS)
@require_http_methods(["GET", "POST"])
def miss_check_in(request, pk):
    """The talk does not, or did not, take place."""
    found = _plannable(request, pk)
    if request.method == "POST":
        try:
            services.miss_check_in(check_in=found, by=request.user, today=timezone.localdate(), now=timezone.now())
        except RuleBroken as error:
            messages.error(request, error.message)
        else:
            messages.success(request, _("Vastgelegd. Plan nu een nieuwe datum."))
            return redirect("mentoring:move_check_in", pk=found.pk)
        return redirect("mentoring:check_in", pk=found.pk)
    return render(
        request,
        "components/confirm_page.html",
        {
            "title": _("%s gaat niet door") % found.get_kind_display(),
            "text": _(
                "Het gesprek staat daarna weer op ‘nog te plannen’. Ligt de afspraak in de toekomst, dan krijgt iedereen bericht."
            ),
            "submit": _("Het gesprek gaat niet door"),
            "cancel_url": reverse("mentoring:check_in", args=[found.pk]),
        },
    )


@allow(*LEADERS)
@require_http_methods(["GET", "POST"])
def record_check_in(request, pk):
    """Record what came of a talk: the klantmanager the first, the coordinator the second."""
    found = _visible(request, pk)
    today = timezone.localdate()
    if request.user.role != found.leading_role or not found.is_open:
        raise Http404
    form_class = RecordFirstTalkForm if found.kind == CheckInKind.M3 else RecordSecondTalkForm
    planned = timezone.localdate(found.meeting.starts_at) if found.meeting else today
    form = form_class(
        request.POST or None,
        today=today,
        start_date=found.mentorship.start_date,
        initial={"held_on": planned if planned <= today else today},
    )
    if request.method == "POST" and form.is_valid():
        try:
            services.record_check_in(
                check_in=found, by=request.user, today=today, now=timezone.now(), **form.cleaned_data
            )
        except RuleBroken as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, _("Het gesprek is vastgelegd."))
            # After the end of a match the talk may be out of sight for who recorded it.
            still_there = Mentorship.objects.visible_to(request.user).filter(pk=found.mentorship_id).exists()
            return redirect("mentoring:check_in", pk=found.pk) if still_there else redirect("mentoring:check_ins")
    return render(
        request,
        "components/form_page.html",
        {
            "title": _("%s vastleggen") % found.get_kind_display(),
            "lead": found.mentorship.case.statushouder.full_name,
            "form": form,
            "submit": _("Vastleggen"),
            "cancel_url": reverse("mentoring:check_in", args=[found.pk]),
        },
    )


def _visible(request, pk):
    found = get_object_or_404(
        CheckIn.objects.visible_to(request.user)
        .filter(mentorship__in=Mentorship.objects.begun().values("pk"))
        .select_related("meeting", "mentorship__mentor__user", "mentorship__case__statushouder"),
        pk=pk,
    )
    note_reading(request, Zone.MENTORING, case_number=found.mentorship.case.number)
    return found


def _plannable(request, pk):
    found = _visible(request, pk)
    if not found.is_open or not may_plan(found, request.user.role):
        raise Http404
    return found
