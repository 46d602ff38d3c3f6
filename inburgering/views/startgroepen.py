"""Startgroepen: the list, planning, one group with its people and sessions, and the roll call."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from accounts.access import allow
from accounts.models import User
from accounts.reading import note_reading
from accounts.roles import Role
from accounts.rules import RuleBroken
from accounts.zones import Zone
from cases.models import Case, Phase, ProgrammeSettings
from cases.models.case import held
from inburgering import rules, services
from inburgering.filters import StartgroepFilter
from inburgering.forms import MoveSessionForm, RollForm, StartgroepForm
from inburgering.lists import listing
from inburgering.models import AttendanceStatus, Startgroep, StartgroepParticipant, StartgroepSession
from inburgering.overviews.startgroepen import startgroep_page, startgroep_rows

ORDERS = {
    "code": ["code"],
    "start": ["start_on", "code"],
    "docent": ["docent__name", "-start_on"],
    "taken": ["taken", "code"],
}
BEFORE_THE_COURSE = (Phase.AANGEMELD, Phase.INTAKE, Phase.STARTGROEP, Phase.PLAATSING)
#: People that a search for a participant shows.
FOUND_AT_ONCE = 20


@allow(Role.DOCENT, Role.KLANTMANAGER)
@require_http_methods(["GET"])
def startgroepen(request):
    """The Startgroepen: a docent's own, a klantmanager's all."""
    today = timezone.localdate()
    groups = Startgroep.objects.visible_to(request.user, today).with_counts(today)
    found = listing(request.GET, groups, StartgroepFilter, ORDERS, "-start", today=today)
    return render(
        request,
        "inburgering/startgroepen.html",
        {
            "rows": startgroep_rows(found.page.object_list, today),
            "page": found.page,
            "filter_form": found.form,
            "active_filters": found.active,
            "found": ngettext("%d Startgroep", "%d Startgroepen", found.found) % found.found,
        },
    )


@allow(Role.DOCENT, Role.KLANTMANAGER)
@require_http_methods(["GET", "POST"])
def plan_startgroep(request):
    """Plan a new group."""
    today = timezone.localdate()
    settings = ProgrammeSettings.objects.on(today)
    docents = User.objects.with_current_role(today, role=Role.DOCENT).order_by("name")
    form = StartgroepForm(
        request.POST or None,
        docents=docents,
        initial={
            "docent": request.user.pk if request.user.role == Role.DOCENT else None,
            "weeks": settings.startgroep_weeks,
            "pattern": settings.startgroep_pattern,
            "weekdays": [0, 3] if rules.WEEKDAYS_OF[settings.startgroep_pattern] == 2 else [0],
            "starts_at": "09:30",
            "ends_at": "12:00",
            "capacity": Startgroep._meta.get_field("capacity").default,
        },
    )
    if request.method == "POST" and form.is_valid():
        try:
            planned = services.plan_startgroep(by=request.user, today=today, **form.cleaned_data)
        except RuleBroken as broken:
            form.add_error(None, broken.message)
        else:
            messages.success(request, _("%s is gepland. Voeg nu de deelnemers toe.") % planned)
            if Startgroep.objects.visible_to(request.user, today).filter(pk=planned.pk).exists():
                return redirect(planned)
            return redirect("inburgering:startgroepen")
    return render(
        request,
        "components/form_page.html",
        {
            "title": _("Startgroep plannen"),
            "form": form,
            "submit": _("Startgroep plannen"),
            "cancel_url": reverse("inburgering:startgroepen"),
            "breadcrumb": [(_("Startgroepen"), reverse("inburgering:startgroepen")), (_("Plannen"), "")],
        },
    )


@allow(Role.DOCENT, Role.KLANTMANAGER)
@require_http_methods(["GET"])
def startgroep(request, pk):
    """One group: its people with their attendance, and its sessions."""
    today = timezone.localdate()
    group = get_object_or_404(Startgroep.objects.visible_to(request.user, today).select_related("docent"), pk=pk)
    overview = startgroep_page(group, request.user, today)
    note_reading(request, Zone.ATTENDANCE, count=len(overview.participants))
    return render(request, "inburgering/startgroep.html", {"overview": overview, "breadcrumb": _breadcrumb(group)})


@allow(Role.DOCENT, Role.KLANTMANAGER)
@require_http_methods(["GET", "POST"])
def add_participant(request, pk):
    """Search one's own dossiers and add one to the group; a POST names the dossier by its number."""
    today = timezone.localdate()
    group = get_object_or_404(Startgroep.objects.visible_to(request.user, today), pk=pk)
    cases = Case.objects.held_by(request.user, today).open().select_related("statushouder")
    error = ""
    if request.method == "POST":
        case = get_object_or_404(cases, number=request.POST.get("number", "").replace("\x00", ""))
        note_reading(request, Zone.PROGRAMME, case_number=case.number)
        try:
            services.add_participant(startgroep=group, case=case, by=request.user, today=today)
        except RuleBroken as broken:
            error = broken.message
        else:
            if case.statushouder.can_be_mailed:
                messages.success(request, _("%s doet mee en krijgt bericht.") % case.statushouder)
            else:
                messages.warning(
                    request, _("%s doet mee. Er is geen e-mailadres: bel of schrijf zelf.") % case.statushouder
                )
            return redirect(group)
    text = request.GET.get("q", "").replace("\x00", "").strip()
    members = StartgroepParticipant.objects.current().filter(startgroep__finished_on=None)
    # Without a word to search for: who is not in a course yet.
    candidates = cases.search(text) if text else cases.filter(phase__in=BEFORE_THE_COURSE)
    results = candidates.exclude(pk__in=members.values("case")).order_by("statushouder__full_name", "pk")
    results = list(results[:FOUND_AT_ONCE])
    note_reading(request, Zone.PROGRAMME, count=len(results))
    return render(
        request,
        "inburgering/add_participant.html",
        {
            "group": group,
            "text": text,
            "results": results,
            "error": error,
            "breadcrumb": [*_breadcrumb(group, linked=True), (_("Deelnemer toevoegen"), "")],
        },
    )


@allow(Role.DOCENT, Role.KLANTMANAGER)
@require_http_methods(["GET", "POST"])
def remove_participant(request, pk):
    """Somebody leaves the group."""
    today = timezone.localdate()
    participant = get_object_or_404(
        StartgroepParticipant.objects.visible_to(request.user, today)
        .filter(held(request.user, "case", today))
        .filter(startgroep__in=Startgroep.objects.visible_to(request.user, today).values("pk"))
        .select_related("startgroep", "case__statushouder"),
        pk=pk,
    )
    note_reading(request, Zone.PROGRAMME, case_number=participant.case.number)
    group = participant.startgroep

    def act():
        services.remove_participant(participant=participant, by=request.user, today=today)
        return _("%s doet niet meer mee.") % participant.case.statushouder

    return _confirm(
        request,
        act,
        group,
        title=_("Deelname stoppen"),
        text=_(
            "%(name)s doet vanaf vandaag niet meer mee aan %(group)s. Wat over de aanwezigheid is opgenomen, blijft."
        )
        % {"name": participant.case.statushouder, "group": group},
        submit=_("Deelname stoppen"),
        danger=True,
    )


@allow(Role.DOCENT, Role.KLANTMANAGER)
@require_http_methods(["GET", "POST"])
def move_session(request, pk):
    """Another day or time for one session."""
    today = timezone.localdate()
    session = _get_session(request.user, today, pk)
    start, end = timezone.localtime(session.meeting.starts_at), timezone.localtime(session.meeting.ends_at)
    form = MoveSessionForm(
        request.POST or None, initial={"on": session.on, "starts_at": start.time(), "ends_at": end.time()}
    )
    if request.method == "POST" and form.is_valid():
        try:
            services.move_session(session=session, by=request.user, today=today, **form.cleaned_data)
        except RuleBroken as broken:
            form.add_error(None, broken.message)
        else:
            messages.success(request, _("De bijeenkomst is verzet. Iedereen met een account of adres krijgt bericht."))
            if rules.not_a_working_day([form.cleaned_data["on"]]):
                messages.warning(request, _("Let op: die dag is een feestdag of valt in het weekend."))
            return redirect(session.startgroep)
    return render(
        request,
        "components/form_page.html",
        {
            "title": _("Bijeenkomst verzetten"),
            "lead": _("%(group)s, nu op %(day)s.")
            % {"group": session.startgroep, "day": date_format(session.on, "l j F Y")},
            "form": form,
            "submit": _("Verzetten"),
            "cancel_url": session.startgroep.get_absolute_url(),
            "breadcrumb": [*_breadcrumb(session.startgroep, linked=True), (_("Verzetten"), "")],
        },
    )


@allow(Role.DOCENT, Role.KLANTMANAGER)
@require_http_methods(["GET", "POST"])
def cancel_session(request, pk):
    """Call one session off."""
    today = timezone.localdate()
    session = _get_session(request.user, today, pk)
    day = date_format(session.on, "l j F Y")

    def act():
        services.cancel_session(session=session, by=request.user, today=today)
        return _("De bijeenkomst van %s gaat niet door. Iedereen met een account of adres krijgt bericht.") % day

    return _confirm(
        request,
        act,
        session.startgroep,
        title=_("Bijeenkomst afzeggen"),
        text=_("De bijeenkomst van %s gaat dan niet door. Alle deelnemers krijgen bericht.") % day,
        submit=_("Afzeggen"),
        danger=True,
    )


@allow(Role.DOCENT, Role.KLANTMANAGER)
@require_http_methods(["GET", "POST"])
def finish_startgroep(request, pk):
    """Round a group off."""
    today = timezone.localdate()
    group = get_object_or_404(Startgroep.objects.visible_to(request.user, today), pk=pk)

    def act():
        services.finish_startgroep(startgroep=group, by=request.user, today=today)
        return _("%s is afgerond.") % group

    return _confirm(
        request,
        act,
        group,
        title=_("Startgroep afronden"),
        text=_("%s is dan klaar. De deelnemers komen in de fase Plaatsing.") % group,
        submit=_("Afronden"),
    )


@allow(Role.DOCENT)
@require_http_methods(["GET", "POST"])
def call_roll(request, pk):
    """Who was there: the whole group on one page. Filling in is not saving: nobody is present until it is saved."""
    today = timezone.localdate()
    session = get_object_or_404(
        StartgroepSession.objects.visible_to(request.user, today)
        .standing()
        .filter(on__lte=today)
        .select_related("startgroep", "roll_called_by"),
        pk=pk,
    )
    there = session.startgroep.participants.visible_to(request.user, today).on(session.on)
    participants = list(there.select_related("case__statushouder"))
    note_reading(request, Zone.ATTENDANCE, count=len(participants))
    marks = {row.participant_id: row for row in session.attendance.all()}
    preset = AttendanceStatus.AANWEZIG if request.GET.get("vul") == AttendanceStatus.AANWEZIG else ""
    seen_at = session.roll_called_at.isoformat() if session.roll_called_at else ""
    form = RollForm(request.POST or None, participants=participants, marks=marks, preset=preset, seen_at=seen_at)
    overtaken = False
    if request.method == "POST" and form.is_valid():
        try:
            services.call_roll(
                session=session,
                marks=form.marks,
                seen_at=form.cleaned_data["seen_at"],
                by=request.user,
                today=today,
            )
        except RuleBroken as broken:
            form.add_error(None, broken.message)
            # What was filled in stays; saving again, with what stands there in sight, replaces it.
            form.data = form.data.copy()
            form.data["seen_at"] = seen_at
            overtaken = True
        else:
            messages.success(request, _("De aanwezigheid is opgenomen."))
            return redirect(session.startgroep)
    return render(
        request,
        "inburgering/call_roll.html",
        {
            "session": session,
            "form": form,
            "lines": [
                (participant, status, remark, marks.get(participant.pk) if overtaken else None)
                for participant, status, remark in form.lines
            ],
            "when": date_format(session.on, "l j F Y"),
            "preset": preset,
            "preset_url": f"?vul={AttendanceStatus.AANWEZIG}",
            "breadcrumb": [*_breadcrumb(session.startgroep, linked=True), (_("Aanwezigheid"), "")],
        },
    )


def _get_session(user, today, pk):
    return get_object_or_404(
        StartgroepSession.objects.visible_to(user, today).standing().select_related("startgroep", "meeting"), pk=pk
    )


def _breadcrumb(group, linked=False):
    return [
        (_("Startgroepen"), reverse("inburgering:startgroepen")),
        (group.code, group.get_absolute_url() if linked else ""),
    ]


def _confirm(request, act, group, **context):
    """A page with one button; `act` does it and returns what to say. A refusal goes back to the group with its reason."""
    if request.method == "POST":
        try:
            messages.success(request, act())
        except RuleBroken as broken:
            messages.error(request, broken.message)
        return redirect(group)
    context |= {"cancel_url": group.get_absolute_url(), "breadcrumb": _breadcrumb(group, linked=True)}
    return render(request, "components/confirm_page.html", context)
