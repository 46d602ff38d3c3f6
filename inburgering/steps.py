"""The steps of an enrolment as data: from where to where, and whose step it is (R53, model §5.4)."""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from accounts.roles import Role
from inburgering.models import CLOSED_ENROLMENTS, EnrolmentStatus

S = EnrolmentStatus
#: Who made the appointment: they may also write down a step of the institute, with the reason why.
REFERRERS = frozenset({Role.DOCENT, Role.KLANTMANAGER})
INSTITUTE = frozenset({Role.INSTITUUT})

#: The way forward. Skipping a part of it is for the referrers, with a reason.
LINE = (S.AFSPRAAK, S.RESULTAAT_VERZONDEN, S.WACHTLIJST, S.GEPLAATST, S.STARTDATUM_BEKEND, S.GESTART)
BEFORE_START = LINE[:-1]


@dataclass(frozen=True)
class Step:
    """One step. `name` stands in the address; `date_label` asks on which date; `field` of the enrolment keeps that date."""

    name: str
    label: str
    to: str
    froms: tuple
    roles: frozenset
    date_label: str
    field: str = ""
    needs_reason: bool = False
    #: The date may lie ahead (a start that was agreed); otherwise it is today or earlier.
    may_be_ahead: bool = False
    asks_course: bool = False

    @property
    def ends(self):
        return self.to in CLOSED_ENROLMENTS


STEPS = {
    step.name: step
    for step in (
        Step(
            "resultaat", _("Resultaat verzonden"), S.RESULTAAT_VERZONDEN, (S.AFSPRAAK,), REFERRERS,
            _("Verzonden op"), "result_sent_on",
        ),
        Step(
            "plaatsen", _("Plaatsen"), S.GEPLAATST, (S.RESULTAAT_VERZONDEN, S.WACHTLIJST), INSTITUTE,
            _("Geplaatst op"), "placed_on", asks_course=True,
        ),
        Step(
            "wachtlijst", _("Op de wachtlijst zetten"), S.WACHTLIJST, (S.RESULTAAT_VERZONDEN,), INSTITUTE,
            _("Op de wachtlijst sinds"), "waitlist_since",
        ),
        Step(
            "startdatum", _("Startdatum doorgeven"), S.STARTDATUM_BEKEND, (S.GEPLAATST, S.STARTDATUM_BEKEND), INSTITUTE,
            _("De cursus begint op"), "start_on", may_be_ahead=True, asks_course=True,
        ),
        Step(
            "gestart", _("Is gestart"), S.GESTART, (S.STARTDATUM_BEKEND,), INSTITUTE,
            _("Eerste les op"), "started_on", asks_course=True,
        ),
        Step("onderbreken", _("Onderbreken"), S.ONDERBROKEN, (S.GESTART,), INSTITUTE, _("Onderbroken vanaf")),
        Step("hervatten", _("Hervatten"), S.GESTART, (S.ONDERBROKEN,), INSTITUTE, _("Weer begonnen op")),
        Step(
            "afronden", _("Afronden"), S.AFGEROND, (S.GESTART, S.ONDERBROKEN), INSTITUTE | REFERRERS,
            _("Afgerond op"), "ended_on",
        ),
        Step(
            "stoppen", _("Stoppen"), S.GESTOPT, (S.GESTART, S.ONDERBROKEN), INSTITUTE | REFERRERS,
            _("Gestopt op"), "ended_on", needs_reason=True,
        ),
        Step(
            "overstappen", _("Stapt over naar een ander instituut"), S.OVERGESTAPT, (S.GESTART, S.ONDERBROKEN), REFERRERS,
            _("Laatste dag hier"), "ended_on", needs_reason=True,
        ),
        Step(
            "intrekken", _("Intrekken"), S.INGETROKKEN, BEFORE_START, REFERRERS,
            _("Ingetrokken op"), "ended_on", needs_reason=True,
        ),
    )
}  # fmt: skip


def is_regular(step, role, status):
    """Whether `role` may take this step from `status` as the ordinary next one."""
    return role in step.roles and status in step.froms


def is_skip(step, role, status):
    """Whether the step is open to `role` only with a reason: a referrer going forward past steps, or for the institute."""
    if role not in REFERRERS or is_regular(step, role, status):
        return False
    return (
        step.to in LINE and status in LINE and step.name != "hervatten" and LINE.index(step.to) > LINE.index(status)
    ) or (status in step.froms and not step.ends)


def open_steps(role, status):
    """The ordinary next steps for `role`, in order."""
    return [step for step in STEPS.values() if is_regular(step, role, status)]


def skip_steps(role, status):
    """The steps open to `role` with a reason, in order."""
    return [step for step in STEPS.values() if is_skip(step, role, status)]
