"""What the pages of an import show, in a fixed number of queries."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Q
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from cases.caseload.columns import LABELS
from cases.caseload.rows import Reason
from cases.models import CaseloadImportRow, Group, Language, Leerroute, LegalRegime, RowStatus
from cases.models.caseload import DOSSIER_STATUSES

#: The badge of each result; colour comes second.
KINDS = {
    RowStatus.NIEUW: "info",
    RowStatus.GEMAAKT: "done",
    RowStatus.GEBLEVEN: "info",
    RowStatus.GEWEIGERD: "urgent",
    RowStatus.VERSCHILT: "soon",
    RowStatus.DUBBEL: "soon",
}
_CHOICES = {"language": Language, "legal_regime": LegalRegime, "group": Group, "leerroute": Leerroute}
_DATES = ("programme_start", "pip_date")
#: What the page shows at a glance; the rest is behind "Alles wat is gelezen".
_AT_A_GLANCE = ("full_name", "external_number", "legal_regime", "programme_start")


@dataclass(frozen=True)
class ImportCounts:
    """How many rows of a run became what."""

    by_status: dict[str, int]
    warned: int

    @property
    def rows(self):
        return sum(self.by_status.values())

    @property
    def dossiers(self):
        """What is, or becomes, a dossier of this run."""
        return sum(self.by_status.get(status, 0) for status in DOSSIER_STATUSES)

    @property
    def refused(self):
        return self.by_status.get(RowStatus.GEWEIGERD, 0)

    @property
    def double(self):
        return self.by_status.get(RowStatus.DUBBEL, 0)

    @property
    def known(self):
        """Already there, with the same values or with others."""
        return self.by_status.get(RowStatus.BEKEND, 0) + self.differing

    @property
    def differing(self):
        return self.by_status.get(RowStatus.VERSCHILT, 0)

    @property
    def new(self):
        return self.by_status.get(RowStatus.NIEUW, 0)

    @property
    def kept(self):
        return self.by_status.get(RowStatus.GEBLEVEN, 0)

    @property
    def parts(self):
        """(label, number, query string) of each result that occurs, for the bar."""
        return [
            (status.label, self.by_status[status], f"?result={status.value}")
            for status in RowStatus
            if self.by_status.get(status)
        ]

    def sentence(self):
        """The counts in words, as the command prints them too."""
        return _(
            "%(rows)s rijen: %(dossiers)s dossiers (%(warned)s met een waarschuwing), %(refused)s geweigerd, "
            "%(double)s dubbel, %(known)s al bekend (%(differing)s met andere gegevens)"
        ) % {
            "rows": self.rows,
            "dossiers": self.dossiers,
            "warned": self.warned,
            "refused": self.refused,
            "double": self.double,
            "known": self.known,
            "differing": self.differing,
        }


def counts_of(runs):
    """{run id: `ImportCounts`} in one query."""
    by_status, warned = defaultdict(dict), defaultdict(int)
    counted = (
        CaseloadImportRow.objects.filter(run__in=[run.pk for run in runs])
        .order_by()
        .values_list("run", "status")
        .annotate(count=Count("pk"), warned=Count("pk", filter=Q(is_warned=True)))
    )
    for run, status, count, with_warning in counted:
        by_status[run][status] = count
        if status in DOSSIER_STATUSES:
            warned[run] += with_warning
    return {run.pk: ImportCounts(by_status[run.pk], warned[run.pk]) for run in runs}


@dataclass(frozen=True)
class ReadRow:
    """One row on the page: what was read, what becomes of it, and why."""

    number: int
    status: str
    kind: str
    is_warned: bool
    name: str
    glance: str
    facts: list[tuple[str, str]]
    reasons: list[str]
    case_number: str


def rows_of(rows):
    """The `ReadRow`s of these rows; asks nothing more of the database."""
    return [_read_row(row) for row in rows]


def reasons_of(row):
    """The reasons of a row as sentences; a difference says what the file gives instead, as long as it is kept."""
    sentences = []
    for stored in row.reasons:
        reason = Reason.parse(stored)
        sentence = reason.text
        if reason.code == "differs" and row.values:
            sentence += " " + _("In het bestand: %s.") % show(reason.field, row.values[reason.field])
        sentences.append(sentence)
    return sentences


def show(name, value):
    """A read value in words."""
    if value in ("", None):
        return ""
    if isinstance(value, bool):
        return _("ja") if value else _("nee")
    if name in _CHOICES:
        return str(_CHOICES[name](value).label)
    if name in _DATES:
        return date_format(date.fromisoformat(value), "j F Y")
    return str(value)


def _read_row(row):
    values = row.values or {}
    facts = [(str(LABELS[name]), show(name, value)) for name, value in values.items() if name not in _AT_A_GLANCE]
    glance = [show(name, values.get(name)) for name in _AT_A_GLANCE[1:]]
    return ReadRow(
        number=row.number,
        status=row.get_status_display(),
        kind=KINDS.get(row.status, ""),
        is_warned=row.is_warned,
        name=values.get("full_name", ""),
        glance=" · ".join(filter(None, glance)),
        facts=[(label, value) for label, value in facts if value],
        reasons=reasons_of(row),
        case_number=row.case_number,
    )
