"""Enrolments: the institute's list, one enrolment with its steps, and the tab of the dossier."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from accounts.access import allow
from accounts.reading import note_reading
from accounts.roles import Role
from accounts.rules import RuleBroken
from accounts.zones import Zone
from cases.models import Case
from cases.overviews import case_header, crumb
from inburgering import services
from inburgering.filters import EnrolmentFilter
from inburgering.forms import EnrolForm, StepForm
from inburgering.lists import listing
from inburgering.models import Absence, Enrolment, EnrolmentStatus, Institute
from inburgering.overviews.enrolments import enrolment_page, enrolment_rows, learning_tab, lessons_warning, may_step
from inburgering.overviews.institutes import room_in_a_line
from inburgering.steps import STEPS, is_regular, is_skip

ORDERS = {
    "name": ["case__statushouder__full_name", "pk"],
    "number": ["case__number", "pk"],
    "status": ["status", "case__statushouder__full_name", "pk"],
    "group": ["course_group", "case__statushouder__full_name", "pk"],
    "missed": ["missed", "case__statushouder__full_name", "pk"],
}


@allow(Role.INSTITUUT)
@require_http_methods(["GET"])
def enrolments(request):
    """Cursisten: everybody enrolled here."""
    today = timezone.localdate()
    mine = Enrolment.objects.visible_to(request.user, today).with_missed()
    found = listing(request.GET, mine, EnrolmentFilter, ORDERS, "name")
    note_reading(request, Zone.PROGRAMME, count=len(found.page.object_list))
    ended = Absence.objects.correctable_after_end(request.user, today).select_related("enrolment__case__statushouder")
    return render(
        request,
        "inburgering/enrolments.html",
        {
            "rows": enrolment_rows(found.page.object_list),
            "page": found.page,
            "filter_form": found.form,
            "active_filters": found.active,
            "found": ngettext("%d cursist", "%d cursisten", found.found) % found.found,
            "ended_absences": ended[:20],
        },
    )


@allow(Role.INSTITUUT, Role.KLANTMANAGER, Role.DOCENT)
@require_http_methods(["GET"])
def enrolment(request, pk):
    """One enrolment: where it stands, the next step, and the absence for who reads it."""
    today = timezone.localdate()
    found = _get_enrolment(request, today, pk)
    return render(
        request,
        "inburgering/enrolment.html",
        {
            "overview": enrolment_page(found, request.user, today),
            "enrolment": found,
            "breadcrumb": _breadcrumb(request.user, found, ""),
        },
    )


@allow(Role.INSTITUUT, Role.KLANTMANAGER, Role.DOCENT)
@require_http_methods(["GET", "POST"])
def advance_enrolment(request, pk, step):
    """Take one step of an enrolment."""
    today = timezone.localdate()
    found = _get_enrolment(request, today, pk)
    chosen = STEPS.get(step)
    if chosen is None or not may_step(found.case, request.user, today):
        raise Http404
    role = request.user.role
    skipping = is_skip(chosen, role, found.status)
    if not skipping and not is_regular(chosen, role, found.status):
        messages.info(request, _("Deze stap kan nu niet meer. Hieronder staat hoe het er nu voor staat."))
        return redirect(found)
    form = StepForm(request.POST or None, step=chosen, skipping=skipping, enrolment=found, today=today)
    if request.method == "POST" and form.is_valid():
        try:
            done = services.advance_enrolment(
                enrolment=found, step=step, by=request.user, today=today, **form.cleaned_data
            )
        except RuleBroken as broken:
            form.add_error(None, broken.message)
        else:
            if done.status == EnrolmentStatus.WACHTLIJST and chosen.to != EnrolmentStatus.WACHTLIJST:
                messages.warning(request, _("Alle plaatsen zijn bezet: deze persoon staat nu op de wachtlijst."))
            else:
                messages.success(request, _("Vastgelegd: %s.") % done.get_status_display().lower())
            warning = lessons_warning(done)
            if chosen.asks_course and warning:
                messages.warning(request, warning)
            return redirect(done) if done.is_open or role != Role.INSTITUUT else redirect("inburgering:enrolments")
    return render(
        request,
        "inburgering/advance_enrolment.html",
        {
            "title": chosen.label,
            "form": form,
            "submit": _("Vastleggen"),
            "danger": chosen.ends,
            "cancel_url": found.get_absolute_url(),
            "name": found.case.statushouder.full_name,
            "skipping": skipping,
            "breadcrumb": _breadcrumb(request.user, found, chosen.label),
        },
    )


@allow(Role.KLANTMANAGER, Role.DOCENT)
@require_http_methods(["GET", "POST"])
def enrol(request, number):
    """Enrol somebody at an institute: the appointment is made."""
    today = timezone.localdate()
    case = get_object_or_404(
        Case.objects.visible_to(request.user, today).select_related("statushouder"), number=number
    )
    if not may_step(case, request.user, today):
        raise Http404
    note_reading(request, Zone.LEARNING, case_number=case.number)
    institutes = (
        Institute.objects.visible_to(request.user, today).contracted().with_counts().select_related("organisation")
    )
    form = EnrolForm(request.POST or None, institutes=institutes, label=room_in_a_line, today=today)
    if request.method == "POST" and form.is_valid():
        try:
            done = services.enrol(case=case, by=request.user, today=today, **form.cleaned_data)
        except RuleBroken as broken:
            form.add_error(None, broken.message)
        else:
            messages.success(request, _("Ingeschreven. Stuur nu het toetsresultaat naar het instituut."))
            return redirect(done)
    learning_url = reverse("inburgering:case_learning", args=[case.number])
    return render(
        request,
        "inburgering/enrol.html",
        {
            "form": form,
            "name": case.statushouder.full_name,
            "cancel_url": learning_url,
            "breadcrumb": [
                crumb(case, request.user),
                (_("Leren en verzuim"), learning_url),
                (_("Inschrijven"), ""),
            ],
        },
    )


@allow(Role.KLANTMANAGER, Role.DOCENT, Role.MAATSCHAPPELIJK_BEGELEIDER, Role.STATUSHOUDER)
@require_http_methods(["GET"])
def case_learning(request, number):
    """The tab "Leren en verzuim" of a dossier."""
    today = timezone.localdate()
    case = get_object_or_404(
        Case.objects.visible_to(request.user, today).select_related("statushouder", "programme_settings"),
        number=number,
    )
    note_reading(request, Zone.LEARNING, case_number=case.number)
    return render(
        request,
        "inburgering/case_learning.html",
        {
            "case": case,
            "header": case_header(case, request.user, today),
            "tab": learning_tab(case, request.user, today),
            "enrol_url": reverse("inburgering:enrol", args=[case.number]),
        },
    )


def _get_enrolment(request, today, pk):
    found = get_object_or_404(
        Enrolment.objects.visible_to(request.user, today).select_related(
            "case__statushouder", "case__programme_settings", "institute__organisation"
        ),
        pk=pk,
    )
    note_reading(request, Zone.ATTENDANCE, case_number=found.case.number)
    return found


def _breadcrumb(user, found, here):
    """Where an enrolment lies: for the institute below its list, for others below the dossier."""
    own_url = found.get_absolute_url() if here else ""
    if user.role == Role.INSTITUUT:
        crumbs = [(_("Cursisten"), reverse("inburgering:enrolments")), (found.case.number, own_url)]
    else:
        crumbs = [
            crumb(found.case, user),
            (_("Leren en verzuim"), found.get_learning_url()),
            (found.institute.organisation.name, own_url),
        ]
    return [*crumbs, (here, "")] if here else crumbs
