"""Reporting and correcting absence, by the institute."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from accounts.access import allow
from accounts.reading import note_reading
from accounts.roles import Role
from accounts.rules import RuleBroken
from accounts.zones import Zone
from inburgering import services
from inburgering.forms import AbsenceForm, CorrectAbsenceForm
from inburgering.models import Absence, Enrolment


@allow(Role.INSTITUUT)
@require_http_methods(["GET", "POST"])
def report_absence(request, enrolment):
    """One missed lesson, or a few, of somebody in a course here."""
    today = timezone.localdate()
    enrolment = get_object_or_404(
        Enrolment.objects.visible_to(request.user, today).started().select_related("case__statushouder"), pk=enrolment
    )
    note_reading(request, Zone.ATTENDANCE, case_number=enrolment.case.number)
    form = AbsenceForm(request.POST or None, today=today, started_on=enrolment.started_on)
    if request.method == "POST" and form.is_valid():
        try:
            absences = services.report_absences(
                enrolment=enrolment, lessons=form.lessons, by=request.user, today=today
            )
        except RuleBroken as broken:
            form.add_error(None, broken.message)
        else:
            made = sum(1 for absence in absences if absence.is_new)
            if made:
                text = ngettext("Verzuim gemeld: %(count)d les.", "Verzuim gemeld: %(count)d lessen.", made)
                messages.success(request, text % {"count": made})
            else:
                messages.info(request, _("Dit verzuim was al gemeld."))
            return redirect(enrolment)
    return render(
        request,
        "inburgering/report_absence.html",
        {
            "form": form,
            "enrolment": enrolment,
            "name": enrolment.case.statushouder.full_name,
            "breadcrumb": [(_("Cursisten"), reverse("inburgering:enrolments")), (_("Verzuim melden"), "")],
        },
    )


@allow(Role.INSTITUUT)
@require_http_methods(["GET", "POST"])
def correct_absence(request, pk):
    """Take one reported lesson back, or say of which kind it was."""
    today = timezone.localdate()
    absence = get_object_or_404(
        Absence.objects.correctable_by(request.user, today)
        .filter(withdrawn_at=None)
        .select_related("enrolment__case__statushouder", "enrolment__case__programme_settings"),
        pk=pk,
    )
    note_reading(request, Zone.ATTENDANCE, case_number=absence.enrolment.case.number)
    form = CorrectAbsenceForm(request.POST or None, absence=absence)
    if request.method == "POST" and form.is_valid():
        try:
            services.correct_absence(absence=absence, by=request.user, today=today, **form.change)
        except RuleBroken as broken:
            form.add_error(None, broken.message)
        else:
            messages.success(request, _("Het verzuim is gecorrigeerd."))
            is_open = absence.enrolment.is_open
            return redirect(absence.enrolment) if is_open else redirect("inburgering:enrolments")
    lesson = date_format(absence.lesson_on, "l j F Y")
    return render(
        request,
        "inburgering/correct_absence.html",
        {
            "form": form,
            "absence": absence,
            "name": absence.enrolment.case.statushouder.full_name,
            "lesson": lesson,
            "cancel_url": absence.enrolment.get_absolute_url()
            if absence.enrolment.is_open
            else reverse("inburgering:enrolments"),
            "breadcrumb": [(_("Cursisten"), reverse("inburgering:enrolments")), (_("Verzuim corrigeren"), "")],
        },
    )
