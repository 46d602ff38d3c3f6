"""The case page and its timeline, and what the klantmanager settles there: phase, term, route, begeleider."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.access import allow
from accounts.roles import Role
from accounts.rules import RuleBroken
from accounts.zones import Zone
from cases import overviews, services
from cases.forms import BegeleiderForm, MovePhaseForm, RouteForm, TermForm
from cases.models import Assignment, TermSource
from cases.overviews.rights import notice_state
from cases.views.common import PAGE_ROLES, case_form, managed_case, open_case_in, visible_case

#: Who explains to the person what is kept and why.
NOTICE_ROLES = (Role.KLANTMANAGER, Role.MAATSCHAPPELIJK_BEGELEIDER)


@allow(*PAGE_ROLES)
@require_http_methods(["GET"])
def case(request, number):
    """Who does what; for the statushouder "Wie helpt mij waarmee"."""
    today = timezone.localdate()
    found = visible_case(request, number)
    header = overviews.case_header(found, request.user, today)
    page = overviews.who_does_what(found, header, request.user, today)
    template = "cases/own_case.html" if header.is_own else "cases/case.html"
    context = {"header": header, "page": page, "case": found}
    if header.role in NOTICE_ROLES and not header.reader.is_narrow:
        context["notice"] = notice_state(found, today)
    return render(request, template, context)


@allow(*PAGE_ROLES)
@require_http_methods(["GET"])
def timeline(request, number):
    """What happened: that, when and who."""
    today = timezone.localdate()
    found = visible_case(request, number)
    return render(
        request,
        "cases/timeline.html",
        {
            "header": overviews.case_header(found, request.user, today),
            "timeline": overviews.timeline(found, request.user, request.GET, today),
        },
    )


@allow(Role.KLANTMANAGER)
@require_http_methods(["GET", "POST"])
def move_phase(request, number):
    """Bring the dossier into another phase."""
    found, _reader = open_case_in(request, number, Zone.PROGRAMME)
    form = MovePhaseForm(request.POST or None, case=found)
    if request.method == "POST" and form.is_valid():
        try:
            services.move_phase(
                case=found,
                to=form.cleaned_data["phase"],
                reason=form.cleaned_data["reason"],
                by=request.user,
                today=timezone.localdate(),
                now=timezone.now(),
            )
        except RuleBroken as error:
            form.add_error("reason", error.message)
        else:
            messages.success(request, _("De fase is gewijzigd."))
            return redirect(found)
    lead = _("Nu: %s. Bij 'Beëindigd' stopt de toegang van iedereen behalve de klantmanager.")
    return case_form(
        request,
        found,
        form,
        title=_("Fase wijzigen"),
        lead=lead % found.get_phase_display(),
        submit=_("Fase wijzigen"),
    )


@allow(Role.KLANTMANAGER)
@require_http_methods(["GET", "POST"])
def register_term(request, number):
    """Take over the term that DUO gives."""
    found, _reader = open_case_in(request, number, Zone.PROGRAMME)
    initial = {"starts_on": found.legal_term_start, "ends_on": found.legal_term_end}
    form = TermForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            services.register_term(case=found, **form.cleaned_data, by=request.user, now=timezone.now())
        except RuleBroken as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, _("De termijn van DUO staat in het dossier."))
            return redirect(found)
    lead = _("Neem de datums over uit de brief of het bestand van DUO. Ze gaan vóór de berekende termijn.")
    if found.legal_term_source == TermSource.BEREKEND:
        lead = _("De datums hieronder zijn berekend. Vervang ze door die van DUO.")
    return case_form(request, found, form, title=_("Termijn van DUO overnemen"), lead=lead, submit=_("Overnemen"))


@allow(Role.KLANTMANAGER)
@require_http_methods(["GET", "POST"])
def change_route(request, number):
    """Change learning route and municipality."""
    found, _reader = open_case_in(request, number, Zone.PROGRAMME)
    form = RouteForm(
        request.POST or None, case=found, initial={"leerroute": found.leerroute, "municipality": found.municipality}
    )
    if request.method == "POST" and form.is_valid():
        services.change_route(case=found, **form.cleaned_data, by=request.user, now=timezone.now())
        messages.success(request, _("De gegevens zijn gewijzigd."))
        return redirect(found)
    return case_form(request, found, form, title=_("Leerroute en gemeente"), submit=_("Opslaan"))


@allow(Role.KLANTMANAGER)
@require_http_methods(["GET", "POST"])
def assign_begeleider(request, number):
    """Choose the maatschappelijk begeleider of the dossier, or let there be none."""
    found = managed_case(request, number)
    today = timezone.localdate()
    current = (
        Assignment.objects.filter(case=found, deputy_for=None).current(today).of_role(Role.MAATSCHAPPELIJK_BEGELEIDER)
    ).first()
    form = BegeleiderForm(request.POST or None, today=today, initial={"user": current.user_id if current else None})
    if request.method == "POST" and form.is_valid():
        person = form.cleaned_data["user"]
        try:
            if person:
                services.assign_begeleider(case=found, user=person, by=request.user, today=today, now=timezone.now())
            elif current:
                services.release(case=found, role=current.role, by=request.user, today=today, now=timezone.now())
        except RuleBroken as error:
            form.add_error("user", error.message)
        else:
            messages.success(request, _("De betrokkenen zijn bijgewerkt."))
            return redirect(found)
    lead = _("Wie u kiest, krijgt bericht en ziet het dossier. Wie weggaat, ziet het vanaf nu niet meer.")
    return case_form(request, found, form, title=_("Maatschappelijk begeleider"), lead=lead, submit=_("Opslaan"))
