"""Shape and plausibility of what people fill in about Startgroep, institutes, enrolments and absence."""

from datetime import timedelta

from django import forms
from django.utils.dateparse import parse_datetime
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from accounts.forms import DayField, OnceForm, PortalForm
from accounts.widgets import ChoiceButtons, ChoiceButtonsMultiple, TimeInput
from cases.models.programme import StartgroepPattern
from inburgering import rules
from inburgering.models import AbsenceKind, AttendanceStatus, LessonPart

#: Lessons that one form can report.
LESSONS_AT_ONCE = 5


class AbsenceForm(PortalForm):
    """Report one missed lesson, or up to five with the same part of the day and the same kind."""

    lesson_on = DayField(label=_("Welke dag?"))
    lesson_part = forms.ChoiceField(
        label=_("Welk dagdeel?"), choices=LessonPart, widget=ChoiceButtons, initial=LessonPart.OCHTEND
    )
    kind = forms.ChoiceField(
        label=_("Soort verzuim"), choices=AbsenceKind, widget=ChoiceButtons(wide=True), initial=AbsenceKind.ONBEKEND,
        help_text=_("Schrijf nergens op waarom iemand er niet was."),
    )  # fmt: skip
    hours = forms.DecimalField(
        label=_("Hoeveel uren?"), required=False, min_value=0.5, max_value=12, decimal_places=1, localize=True
    )

    def __init__(self, *args, today, started_on=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.today, self.started_on = today, started_on
        self.fields["lesson_on"].initial = today
        for name in self.more_names:
            self.fields[name] = DayField(label=_("Nog een dag"), required=False)
        for name in ("lesson_on", *self.more_names):
            self.fields[name].widget.attrs["max"] = today.isoformat()

    @property
    def more_names(self):
        return [f"more_{number}" for number in range(1, LESSONS_AT_ONCE)]

    @property
    def more_fields(self):
        """The fields of the further days, for the template."""
        return [self[name] for name in self.more_names]

    @property
    def more_is_used(self):
        return any(field.value() for field in self.more_fields)

    def clean(self):
        cleaned = super().clean()
        seen = set()
        for name in ("lesson_on", *self.more_names):
            day = cleaned.get(name)
            if day is None:
                continue
            if day > self.today:
                self.add_error(name, _now("Deze les moet nog komen. Kies een dag tot en met vandaag."))
            elif self.started_on and day < self.started_on:
                self.add_error(name, _now("Op die dag was de cursus nog niet begonnen."))
            elif day in seen:
                self.add_error(name, _now("Deze dag staat er al."))
            seen.add(day)
        return cleaned

    @property
    def lessons(self):
        """The lessons to report, as `services.report_absences` takes them."""
        data = self.cleaned_data
        days = [data[name] for name in ("lesson_on", *self.more_names) if data.get(name)]
        return [
            {"lesson_on": day, "lesson_part": data["lesson_part"], "kind": data["kind"], "hours": data["hours"]}
            for day in sorted(days)
        ]


class CorrectAbsenceForm(PortalForm):
    """Take an absence back, or say of which kind it was."""

    WITHDRAW = "intrekken"

    action = forms.ChoiceField(label=_("Wat moet anders?"), widget=ChoiceButtons(wide=True))
    reason = forms.CharField(
        label=_("Waarom was dit geen verzuim?"), required=False, max_length=200,
        help_text=_("Alleen nodig als u het intrekt. Schrijf geen medische zaken op."),
    )  # fmt: skip

    def __init__(self, *args, absence, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["action"].choices = [
            (self.WITHDRAW, _("Dit was geen verzuim: intrekken")),
            *((kind.value, _("Het was: %s") % kind.label.lower()) for kind in AbsenceKind if kind != absence.kind),
        ]

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("action") == self.WITHDRAW and not cleaned.get("reason", "").strip():
            self.add_error("reason", _now("Schrijf in een zin op waarom dit geen verzuim was."))
        return cleaned

    @property
    def change(self):
        """The arguments of `services.correct_absence`."""
        if self.cleaned_data["action"] == self.WITHDRAW:
            return {"withdraw": True, "reason": self.cleaned_data["reason"]}
        return {"kind": self.cleaned_data["action"]}


class EnrolForm(PortalForm):
    """Choose an institute and the day of the appointment; each institute says how much room it has (R40)."""

    institute = forms.ModelChoiceField(label=_("Bij welk instituut?"), queryset=None, empty_label=None,
                                       widget=ChoiceButtons(wide=True))  # fmt: skip
    appointment_on = DayField(label=_("Afspraak met het instituut op"))

    def __init__(self, *args, institutes, label, today, **kwargs):
        super().__init__(*args, **kwargs)
        self.today = today
        self.fields["institute"].queryset = institutes
        self.fields["institute"].label_from_instance = label
        self.fields["appointment_on"].initial = today

    def clean_appointment_on(self):
        day = self.cleaned_data["appointment_on"]
        if abs(day - self.today) > timedelta(days=730):
            raise forms.ValidationError(_now("Deze datum ligt meer dan twee jaar van vandaag. Klopt het jaar?"))
        return day


class StepForm(PortalForm):
    """One step of an enrolment: on which day, and where it is asked why, or with which course."""

    on = DayField()

    def __init__(self, *args, step, skipping, enrolment, today, **kwargs):
        super().__init__(*args, **kwargs)
        self.step, self.today = step, today
        self.fields["on"].label = step.date_label
        known = getattr(enrolment, step.field) if step.field else None
        self.fields["on"].initial = known or (enrolment.start_on if step.name == "gestart" else None) or today
        if step.asks_course:
            self.fields["course_group"] = forms.CharField(
                label=_("Groep"), required=False, max_length=60, initial=enrolment.course_group
            )
            self.fields["level"] = forms.CharField(
                label=_("Niveau"), required=False, max_length=10, initial=enrolment.level
            )
            self.fields["lessons_per_week"] = forms.IntegerField(
                label=_("Lessen per week"), required=False, min_value=0, max_value=40,
                initial=enrolment.lessons_per_week,
            )  # fmt: skip
        if skipping or step.needs_reason:
            self.fields["reason"] = forms.CharField(
                label=_("Waarom?"), max_length=300, widget=forms.Textarea(attrs={"rows": 2}),
                help_text=_("Een zin is genoeg. Schrijf geen medische zaken op."),
            )  # fmt: skip

    def clean_on(self):
        day = self.cleaned_data["on"]
        if day > self.today and not self.step.may_be_ahead:
            raise forms.ValidationError(_now("Deze datum ligt in de toekomst. Kies een dag tot en met vandaag."))
        if abs(day - self.today) > timedelta(days=1100):
            raise forms.ValidationError(_now("Deze datum ligt meer dan drie jaar van vandaag. Klopt het jaar?"))
        return day


class InstituteNumbersForm(PortalForm):
    """What an institute says about itself: places and expected wait."""

    capacity = forms.IntegerField(label=_("Plaatsen"), min_value=0, max_value=5000)
    expected_wait_weeks = forms.IntegerField(label=_("Verwachte wachttijd in weken"), min_value=0, max_value=104)


class InstituteForm(InstituteNumbersForm):
    """What the functioneel beheerder keeps of an institute."""

    name = forms.CharField(label=_("Naam"), max_length=120)
    email = forms.EmailField(label=_("E-mailadres"), required=False)
    phone = forms.CharField(label=_("Telefoon"), required=False, max_length=30)
    contracted = forms.BooleanField(label=_("Heeft afspraken met de gemeente"), required=False)

    field_order = ["name", "contracted", "email", "phone", "capacity", "expected_wait_weeks"]


class StartgroepForm(OnceForm):
    """Plan a Startgroep: when, in which rhythm, where and by whom."""

    code = forms.CharField(label=_("Naam"), max_length=40, help_text=_("Bijvoorbeeld: Startgroep 8."))
    docent = forms.ModelChoiceField(label=_("Docent"), queryset=None)
    intake_on = DayField(label=_("Groepsintake op"), help_text=_("Vóór de eerste bijeenkomst."))
    start_on = DayField(label=_("Eerste week begint op"))
    weeks = forms.IntegerField(label=_("Weken"), min_value=1, max_value=26)
    pattern = forms.ChoiceField(label=_("Ritme"), choices=StartgroepPattern, widget=ChoiceButtons(wide=True))
    weekdays = forms.TypedMultipleChoiceField(
        label=_("Lesdagen"), choices=[(number, name.capitalize()) for number, name in WEEKDAYS.items()], coerce=int,
        widget=ChoiceButtonsMultiple, help_text=_("Twee keer per week: kies twee dagen. Anders één dag."),
    )  # fmt: skip
    starts_at = forms.TimeField(label=_("Begint om"), widget=TimeInput)
    ends_at = forms.TimeField(label=_("Eindigt om"), widget=TimeInput)
    location = forms.CharField(label=_("Plaats"), max_length=200, required=False)
    capacity = forms.IntegerField(label=_("Aantal plaatsen"), min_value=1, max_value=60)

    def __init__(self, *args, docents, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["docent"].queryset = docents

    def clean(self):
        cleaned = super().clean()
        pattern, weekdays = cleaned.get("pattern"), cleaned.get("weekdays")
        if pattern and weekdays and len(weekdays) != rules.WEEKDAYS_OF[pattern]:
            self.add_error(
                "weekdays",
                _now("Kies twee lesdagen.") if rules.WEEKDAYS_OF[pattern] == 2 else _now("Kies één lesdag."),
            )
        starts_at, ends_at = cleaned.get("starts_at"), cleaned.get("ends_at")
        if starts_at and ends_at and ends_at <= starts_at:
            self.add_error("ends_at", _now("Het einde ligt vóór het begin."))
        intake_on, start_on = cleaned.get("intake_on"), cleaned.get("start_on")
        if intake_on and start_on and intake_on >= start_on:
            self.add_error("intake_on", _now("De groepsintake komt vóór de eerste week."))
        return cleaned


class MoveSessionForm(PortalForm):
    """Another day or time for one session."""

    on = DayField(label=_("Datum"))
    starts_at = forms.TimeField(label=_("Begint om"), widget=TimeInput)
    ends_at = forms.TimeField(label=_("Eindigt om"), widget=TimeInput)

    def clean(self):
        cleaned = super().clean()
        starts_at, ends_at = cleaned.get("starts_at"), cleaned.get("ends_at")
        if starts_at and ends_at and ends_at <= starts_at:
            self.add_error("ends_at", _now("Het einde ligt vóór het begin."))
        return cleaned


class RollForm(PortalForm):
    """Who was there: one choice and a remark for each participant of that day. Nobody is present by default."""

    seen_at = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args, participants, marks, preset="", seen_at="", **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["seen_at"].initial = seen_at
        self.participants = list(participants)
        for participant in self.participants:
            known = marks.get(participant.pk)
            name = participant.case.statushouder.full_name
            self.fields[f"status_{participant.pk}"] = forms.ChoiceField(
                label=name, choices=AttendanceStatus, widget=ChoiceButtons,
                initial=known.status if known else preset or None,
                error_messages={"required": _("Kies of deze persoon er was.")},
            )  # fmt: skip
            self.fields[f"remark_{participant.pk}"] = forms.CharField(
                label=_("Opmerking"), required=False, max_length=200, initial=known.remark if known else ""
            )

    def clean_seen_at(self):
        """The moment of the roll that this page showed, or None. Anything else is as old as none."""
        try:
            return parse_datetime(self.cleaned_data["seen_at"])
        except ValueError:
            return None

    @property
    def lines(self):
        """(participant, field of the choice, field of the remark) in order, for the template."""
        return [(p, self[f"status_{p.pk}"], self[f"remark_{p.pk}"]) for p in self.participants]

    @property
    def marks(self):
        """What was filled in: {participant id: (status, remark)}."""
        data = self.cleaned_data
        return {p.pk: (data[f"status_{p.pk}"], data[f"remark_{p.pk}"].strip()) for p in self.participants}
