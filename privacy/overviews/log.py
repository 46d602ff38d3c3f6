"""What the pages of the read log show: the log itself, its seals, and to a person who looked."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import reduce
from itertools import groupby
from operator import or_
from urllib.parse import urlencode

from django.core.paginator import Page, Paginator
from django.db import connection
from django.db.models import Q
from django.db.models.functions import TruncDate
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.clock import midnight
from accounts.models import User
from accounts.overviews import shown_names, without_name
from accounts.roles import Role
from accounts.searching import every_word
from accounts.zones import LABELS, Zone
from privacy.activities import names_for, purpose_of, words_of
from privacy.models import Action, LogCheck, LogLine, Seal, SealKind
from privacy.services.sealing import may_be_changed_here

PER_PAGE = 25
#: Counting stops here: "meer dan 1000 regels".
COUNTED = 1000
#: Lines of an export at most, and accounts that a name may find.
MOST_EXPORTED, MOST_PEOPLE = 100_000, 200
#: How far back the log shows when nobody and no dossier is asked for.
DAYS_BACK = 30
#: Days of "Wie keek in mijn dossier" on one page.
DAYS_AT_ONCE = 30

_TONES = {
    Action.DENIED: "urgent",
    Action.EXPORTED: "soon",
    Action.DOWNLOADED: "soon",
    Action.CHANGED: "info",
}


# --- The log, for the privacy officer ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LogRow:
    """One line of the log, every cell in words."""

    at: str
    who: str
    who_url: str
    role: str
    organisation: str
    action: str
    tone: str
    what: str
    purpose: str
    about: str
    search: str
    result: str
    origin: str


@dataclass(frozen=True)
class LogPage:
    """A page of the log. `further` is the address of what follows, "" at the end; `is_first` whether this is the start."""

    rows: list[LogRow]
    found: str
    further: str
    start: str
    is_first: bool
    is_newest_first: bool
    other_order: str
    export: str


def with_period(params, today):
    """The parameters of the address, with the last thirty days where nothing narrows the log down."""
    params = params.copy()
    if not any(params.get(name) for name in ("van", "tot", "q", "dossier")) and "van" not in params:
        params["van"] = (today - timedelta(days=DAYS_BACK)).isoformat()
    return params


def narrowed(user, form):
    """The lines that this person reads, as the (validated) filter asks. One query more when a name is searched."""
    lines = LogLine.objects.visible_to(user)
    if words := form.value("q"):
        people = User.objects.visible_to(user).filter(every_word(words, "name", "email"))
        people = people.exclude(pk__in=User.objects.nameless().values("pk"))
        # What somebody did in the own dossier is told by its number, and found by no name.
        lines = lines.exclude(role=Role.STATUSHOUDER).filter(
            actor__in=list(people.order_by("pk").values_list("pk", flat=True)[:MOST_PEOPLE])
        )
    if number := form.value("dossier"):
        lines = lines.filter(case_number=number.upper())
    if role := form.value("rol"):
        lines = lines.filter(role=role)
    if action := form.value("handeling"):
        lines = lines.filter(action=action)
    if purpose := form.value("doel"):
        lines = lines.filter(
            reduce(or_, (Q(address=name) | Q(address__startswith=f"{name}:") for name in names_for(purpose)))
        )
    if since := form.value("van"):
        lines = lines.since(midnight(since))
    if until := form.value("tot"):
        lines = lines.until(midnight(until + timedelta(days=1)))
    return lines


def log_page(user, form, params):
    """One page of the log, newest first unless `sort` says "oud". Three queries, and one for a name.

    It is walked through from line to line (`na`), never by number of a page: page 40,000 costs what page 1 costs.
    """
    lines = narrowed(user, form)
    is_newest_first = params.get("sort") != "oud"
    ordered = lines.newest_first() if is_newest_first else lines.oldest_first()
    after = _place(params.get("na", ""))
    if after:
        ordered = ordered.beyond(*after, newest_first=is_newest_first)
    shown = list(ordered[: PER_PAGE + 1])
    more, shown = len(shown) > PER_PAGE, shown[:PER_PAGE]
    count = lines.order_by()[: COUNTED + 1].values("pk").count()
    asked = {name: value for name, value in params.items() if name not in ("na", "sort")}
    sort = {} if is_newest_first else {"sort": "oud"}
    return LogPage(
        rows=rows_of(shown),
        found=_("Meer dan %d regels.") % COUNTED
        if count > COUNTED
        else ngettext("%d regel.", "%d regels.", count) % count,
        further=f"?{urlencode(asked | sort | {'na': _mark(shown[-1])})}" if more else "",
        start=f"?{urlencode(asked | sort)}",
        is_first=after is None,
        is_newest_first=is_newest_first,
        other_order=f"?{urlencode(asked | ({'sort': 'oud'} if is_newest_first else {}))}",
        export=f"{reverse('privacy:log_export')}?{urlencode(asked)}",
    )


def _mark(line):
    return f"{line.at.isoformat()}_{line.pk}"


def _place(mark):
    """The line that a mark names, as (moment, number); None when it is no mark."""
    moment, _underscore, number = mark.partition("_")
    try:
        at = parse_datetime(moment)
    except ValueError:
        return None
    if at is None or timezone.is_naive(at) or not number.isdecimal() or len(number) > 18:
        return None
    return at, int(number)


def rows_of(lines):
    """The lines in words; names of accounts in one query."""
    names = shown_names({line.actor for line in lines})
    return [_row(line, names) for line in lines]


def _row(line, names):
    if line.actor is None:
        who, url = _("Niet ingelogd"), ""
    elif line.actor in names:
        who, url = _name(line, names), reverse("accounts:person", args=[line.actor])
    else:
        who, url = _("Account %d, dat er niet meer is") % line.actor, ""
    about = line.case_number or line.subject.replace("pk=", _("nummer ")).replace("=", " ")
    if line.count is not None:
        rows = ngettext("%d rij", "%d rijen", line.count) % line.count
        about = f"{about}, {rows}" if about else rows
    return LogRow(
        at=date_format(timezone.localtime(line.at), "j M Y H:i:s").lower(),
        who=who,
        who_url=url,
        role=_role(line),
        organisation=line.organisation,
        action=line.get_action_display(),
        tone=_TONES.get(line.action, ""),
        what=words_of(line.address),
        purpose=line.purpose or purpose_of(line.address),
        about=about,
        search=line.search,
        result=str(line.result),
        origin=line.origin,
    )


def _role(line):
    return str(Role(line.role).label) if line.role in Role.values else line.role


def _name(line, names):
    """Who it was, for who may not read the names of people in the programme."""
    return without_name(line.actor) if line.role == Role.STATUSHOUDER else names.get(line.actor, "")


EXPORT_HEADINGS = (
    gettext_lazy("Regel"), gettext_lazy("Moment"), gettext_lazy("Account"), gettext_lazy("Naam"), gettext_lazy("Rol"),
    gettext_lazy("Organisatie"), gettext_lazy("Handeling"), gettext_lazy("Dossier"), gettext_lazy("Zone"),
    gettext_lazy("Adres"), gettext_lazy("Wat"), gettext_lazy("Doel"), gettext_lazy("Object"), gettext_lazy("Rijen"),
    gettext_lazy("Zoekvraag"), gettext_lazy("Uitkomst"), gettext_lazy("Herkomst"),
)  # fmt: skip


def export_rows(lines):
    """The cells of an export, row by row, in the order of `EXPORT_HEADINGS`; one query for the names."""
    names = shown_names()
    for line in lines.iterator(chunk_size=1000):
        yield (
            line.pk, timezone.localtime(line.at).isoformat(timespec="seconds"), line.actor, _name(line, names),
            _role(line), line.organisation, line.get_action_display(), line.case_number, _zone(line), line.address,
            words_of(line.address), line.purpose or purpose_of(line.address), line.subject, line.count, line.search,
            line.result, line.origin,
        )  # fmt: skip


def _zone(line):
    return str(LABELS[line.about_zone]) if line.about_zone in LABELS else line.about_zone


# --- The seals -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class LogState:
    """How the log is doing: seals, checks, and what asks for attention."""

    sealed_at: datetime | None
    seals: int
    waiting: int
    check: LogCheck | None
    is_asked: bool
    is_open_to_change: bool
    is_protected: bool
    denied: int
    taken: int

    @property
    def needs_attention(self):
        return self.is_open_to_change or bool(self.check and self.check.findings)


def log_state(now):
    """The state of the log: what the seals page and the privacy officer's home say. Six queries, eight on PostgreSQL."""
    last = Seal.objects.order_by("-number").first()
    week = LogLine.objects.since(now - timedelta(days=7)).order_by()
    waiting = LogLine.objects.filter(pk__gt=last.up_to if last else 0).order_by()[: COUNTED + 1]
    checks = list(LogCheck.objects.order_by("-pk")[:2])
    open_to_change = may_be_changed_here()
    return LogState(
        sealed_at=last.sealed_at if last else None,
        seals=last.number if last else 0,
        waiting=waiting.values("pk").count(),
        check=next((check for check in checks if check.done_at), None),
        is_asked=any(check.done_at is None for check in checks),
        is_open_to_change=open_to_change,
        is_protected=connection.vendor == "postgresql" and not open_to_change,
        denied=week.filter(action=Action.DENIED)[: COUNTED + 1].values("pk").count(),
        taken=week.filter(action__in=(Action.EXPORTED, Action.DOWNLOADED))[: COUNTED + 1].values("pk").count(),
    )


@dataclass(frozen=True, slots=True)
class SealRow:
    number: int
    at: str
    what: str
    last: str
    digest: str


def seal_rows(page):
    """A page of seals, newest first, in words. Returns (rows, Page)."""
    found: Page = Paginator(Seal.objects.order_by("-number"), PER_PAGE).get_page(page)
    rows = [
        SealRow(
            number=seal.number,
            at=date_format(timezone.localtime(seal.sealed_at), "j M Y H:i").lower(),
            what=ngettext("%d regel verzegeld", "%d regels verzegeld", seal.lines) % seal.lines
            if seal.kind == SealKind.LINES
            else _("Regels tot en met zegel %d verwijderd: hun tijd was om") % seal.removed_up_to,
            last=date_format(timezone.localtime(seal.last_at), "j M Y H:i").lower() if seal.last_at else "",
            digest=seal.digest[:16],
        )
        for seal in found.object_list
    ]
    return rows, found


# --- Who looked, for the person of a dossier -------------------------------------------------------------------------

#: What of the dossier, in easy words.
PARTS = {
    Zone.CONTACT: gettext_lazy("uw naam en telefoon"),
    Zone.PROGRAMME: gettext_lazy("uw dossier"),
    Zone.BENEFIT: gettext_lazy("uw plan"),
    Zone.MONEY: gettext_lazy("uw geld"),
    Zone.LEGAL: gettext_lazy("uw papieren"),
    Zone.HEALTH: gettext_lazy("uw gezondheid"),
    Zone.LEARNING: gettext_lazy("uw lessen"),
    Zone.ATTENDANCE: gettext_lazy("uw lessen"),
    Zone.MENTORING: gettext_lazy("het contact met uw mentor"),
    Zone.WORK: gettext_lazy("uw werk"),
}
#: To say whether one comes is no look into the dossier, and changes nothing in it.
NO_LOOK = ("notifications:answer_meeting",)
_DID = {
    Action.READ: gettext_lazy("Bekeken: %s."),
    Action.CHANGED: gettext_lazy("Veranderd: %s."),
    Action.DOWNLOADED: gettext_lazy("Als bestand bewaard: %s."),
    Action.EXPORTED: gettext_lazy("In een lijst bewaard: %s."),
}


@dataclass(frozen=True, slots=True)
class Visit:
    """Who looked on one day: a role for an organisation, how many people, and what they did, as sentences."""

    role: str
    organisation: str
    people: str
    did: list[str]


@dataclass(frozen=True)
class WhoLooked:
    """The days on which others looked, the latest first. `earlier` and `later` are addresses, "" when there is none."""

    days: list[tuple[date, list[Visit]]]
    first: date
    last: date
    earlier: str
    later: str


def who_looked(case_numbers, form, until, today):
    """Who read, took along or changed these dossiers in thirty days up to `until`. Two queries.

    Role, organisation and day, as the law asks; not which of the colleagues, not from where, and no refused attempts:
    those are for the privacy officer. A list of many people is no look into this dossier. What the person did is left out.
    """
    until = min(until or today, today)
    first = until - timedelta(days=DAYS_AT_ONCE - 1)
    about = LogLine.objects.about(case_numbers).exclude(address__in=NO_LOOK).order_by()
    if role := form.cleaned_data.get("wie"):
        about = about.filter(role=role)
    if action := form.cleaned_data.get("wat"):
        about = about.filter(action=action)
    looks = (
        about.since(midnight(first))
        .until(midnight(until + timedelta(days=1)))
        .annotate(day=TruncDate("at"))
        .values_list("day", "role", "organisation", "action", "about_zone", "actor", "purpose")
        .distinct()
    )
    rows = sorted(looks, key=lambda row: (-row[0].toordinal(), row[1], row[2]))
    has_earlier = about.until(midnight(first)).exists()
    asked = {name: value for name, value in form.cleaned_data.items() if value}
    return WhoLooked(
        days=[
            (day, [_visit(key, list(found)) for key, found in groupby(seen, key=lambda row: row[1:3])])
            for day, seen in groupby(rows, key=lambda row: row[0])
        ],
        first=first,
        last=until,
        earlier=f"?{urlencode(asked | {'tot': (first - timedelta(days=1)).isoformat()})}" if has_earlier else "",
        later=f"?{urlencode(asked | {'tot': (until + timedelta(days=DAYS_AT_ONCE)).isoformat()})}"
        if until < today
        else "",
    )


def _visit(key, rows):
    role, organisation = key
    people = len({row[5] for row in rows})
    did = []
    for action, words in _DID.items():
        zones = {row[4] if row[4] in PARTS else Zone.PROGRAMME for row in rows if row[3] == action}
        if zones:
            parts = dict.fromkeys(str(words_of_zone) for zone, words_of_zone in PARTS.items() if zone in zones)
            did.append(str(words) % get_text_list(list(parts), _("en")))
    did += [_("Waarom: %s.") % purpose for purpose in sorted({row[6] for row in rows} - {""})]
    return Visit(
        role=str(Role(role).label) if role in Role.values else role,
        organisation=organisation,
        people=_("%d mensen") % people if people > 1 else "",
        did=did,
    )
