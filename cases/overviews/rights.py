"""The rights of the person on screen: the own page, the requests, one request, disclosures, and the notice."""

from collections import Counter
from dataclasses import dataclass

from django.core.paginator import Page
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.roles import Role
from accounts.searching import every_word
from accounts.zones import EXPLANATIONS, LABELS, Reach, Zone, reach, readable_zones
from cases import words
from cases.filters import DisclosureFilters, Field, RightsFilters, active, bar, narrow
from cases.models import (
    Case,
    Disclosure,
    NoticeExplained,
    PrivacyNotice,
    RequestKind,
    RequestStatus,
    RightsRequest,
)
from cases.models.rights import OPEN_REQUESTS
from cases.overviews.lists import Heading, heading, ordered
from cases.paging import CappedPaginator
from cases.rules import REMIND_DAYS
from privacy.overviews.person_file import PersonFile, person_file

_TONES = {
    RequestStatus.GEVRAAGD: "soon",
    RequestStatus.KLAARGEZET: "soon",
    RequestStatus.GOEDGEKEURD: "info",
    RequestStatus.GEGEVEN: "done",
    RequestStatus.VERBETERD: "done",
    RequestStatus.GEWEIGERD: "",
    RequestStatus.INGETROKKEN: "",
}


def days_left(request, today):
    """ "nog 12 dagen", "vandaag", "2 dagen te laat"; "" when nothing is owed any more."""
    return days_left_in_words(request.days_left(today)) if request.is_open else ""


def days_left_in_words(left):
    """ "nog 12 dagen", "vandaag", "2 dagen te laat"."""
    if left < 0:
        return _("%s te laat") % words.days(-left)
    return _("vandaag") if left == 0 else _("nog %s") % words.days(left)


def tone(request, today):
    """The tone of the days left: urgent when late or nearly."""
    return "urgent" if request.is_open and request.days_left(today) <= REMIND_DAYS else _TONES[request.status]


# --- The person's own page ----------------------------------------------------------------------------


@dataclass(frozen=True)
class OwnRequest:
    """A request as the person reads it."""

    pk: int
    title: str
    status: str
    tone: str
    story: list[str]
    can_fetch: bool
    can_withdraw: bool
    can_state: bool
    answer: str
    statement: str


@dataclass(frozen=True)
class KeptZone:
    """One kind of data: what it is, which roles read it, and which only that and when something was."""

    title: str
    what: str
    readers: str
    partly: str


@dataclass(frozen=True)
class MyData:
    """The page "Mijn gegevens"."""

    case: Case
    kept: list[KeptZone]
    requests: list[OwnRequest]
    disclosures: list[Disclosure]
    explained: list[NoticeExplained]
    notice: PrivacyNotice | None
    can_ask_copy: bool


#: Kinds of data as the person reads of them: without the oversight and the mentor's own file.
OWN_ZONES = tuple(readable_zones(Role.STATUSHOUDER))


def my_data(case, today):
    """What the person reads of the own data. Four queries."""
    requests = list(RightsRequest.objects.filter(case=case).order_by("-requested_on", "-pk")[:20])
    return MyData(
        case=case,
        kept=[_kept(zone) for zone in OWN_ZONES],
        requests=[_own(request, today) for request in requests],
        disclosures=list(Disclosure.objects.filter(case=case)[:20]),
        explained=list(NoticeExplained.objects.filter(case=case).select_related("notice")),
        notice=PrivacyNotice.objects.on(today),
        can_ask_copy=not any(
            row.is_copy and (row.is_open or (row.status == RequestStatus.GOEDGEKEURD and row.can_be_fetched(today)))
            for row in requests
        ),
    )


def _kept(zone):
    def roles(how):
        return ", ".join(str(role.label) for role in Role if role != Role.STATUSHOUDER and reach(role, zone) is how)

    return KeptZone(str(LABELS[zone]), str(EXPLANATIONS[zone]), roles(Reach.FULL), roles(Reach.SUMMARY))


def _own(request, today):
    story = [_("Gevraagd op %s.") % words.written(request.requested_on)]
    if request.extended_on:
        story.append(_("Het duurt langer. De reden: %s") % request.extension_reason)
    if request.is_open:
        story.append(_("U krijgt antwoord voor of op %s.") % words.written(request.due_on))
    if request.can_be_fetched(today):
        story.append(_("U kunt de kopie bewaren tot en met %s.") % words.written(request.open_until))
    elif request.is_copy and request.status == RequestStatus.GOEDGEKEURD:
        story.append(_("De dagen om de kopie te bewaren zijn voorbij. Vraag een nieuwe."))
    title = _("Kopie van mijn gegevens") if request.is_copy else _("Verbetering: %s") % request.item
    waiting = {RequestStatus.GEVRAAGD: _("Wij zijn bezig"), RequestStatus.KLAARGEZET: _("Wij zijn bezig")}
    return OwnRequest(
        pk=request.pk,
        title=title,
        status=waiting.get(request.status) or request.get_status_display(),
        tone=_TONES[request.status],
        story=story,
        can_fetch=request.can_be_fetched(today),
        can_withdraw=request.is_open,
        can_state=not request.is_copy and request.status == RequestStatus.GEWEIGERD,
        answer=request.answer,
        statement=request.statement,
    )


# --- The lists ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class RequestRow:
    """One request in the list. Without a name for who reads none."""

    url: str
    kind: str
    number: str
    name: str
    status: str
    tone: str
    requested: str
    due: str
    left: str


@dataclass(frozen=True)
class RequestList:
    """A page of requests with its bar."""

    rows: list[RequestRow]
    page: Page
    headings: list[Heading]
    fields: list[Field]
    active: int
    open: int


_ORDERS = {"number": "case__number", "kind": "kind", "status": "status", "requested": "requested_on", "due": "due_on"}


def request_list(user, params, today):
    """Requests this person may see, those due first at the top; open ones unless asked otherwise. Three queries.

    The privacy officer reads numbers and no names, and searches by number alone.
    """
    names = user.role == Role.KLANTMANAGER
    mine = RightsRequest.objects.visible_to(user, today)
    found = narrow(RightsFilters, params, mine)
    if not params.get("status"):
        found = found.open()
    text = params.get("q", "").strip()
    if text:
        found = found.filter(every_word(text, "case__number", *(["case__statushouder__full_name"] if names else [])))
    rows = ordered(found.select_related("case__statushouder"), params, _ORDERS, ("due_on", "pk"))
    page = CappedPaginator(rows, params.get("page"), found).here()
    page.object_list = [
        RequestRow(
            url=reverse("cases:rights_request", args=[row.pk]),
            kind=row.get_kind_display(),
            number=row.case.number,
            name=row.case.statushouder.full_name if names else "",
            status=row.get_status_display(),
            tone=tone(row, today),
            requested=words.short(row.requested_on),
            due=words.short(row.due_on),
            left=days_left(row, today),
        )
        for row in page.object_list
    ]
    shown = [
        ("kind", _("Verzoek")), ("number", _("Dossier")), ("status", _("Stand")), ("requested", _("Gevraagd")), ("due", _("Antwoord uiterlijk")),
    ]  # fmt: skip
    return RequestList(
        rows=page.object_list,
        page=page,
        headings=[heading(key, label, params) for key, label in shown],
        fields=bar(RightsFilters, params),
        active=active(RightsFilters, params),
        open=mine.open().count(),
    )


@dataclass(frozen=True)
class DisclosureRow:
    """One disclosure in words."""

    number: str
    when: str
    receiver: str
    what: str
    basis: str
    by: str


@dataclass(frozen=True)
class DisclosureList:
    """A page of disclosures with its bar."""

    rows: list[DisclosureRow]
    page: Page
    headings: list[Heading]
    fields: list[Field]
    active: int


_DISCLOSURE_ORDERS = {"when": "disclosed_on", "number": "case__number", "receiver": "receiver", "basis": "basis"}


def disclosure_list(user, params, today):
    """Disclosures this person may see, newest first. Two queries."""
    found = narrow(DisclosureFilters, params, Disclosure.objects.visible_to(user, today))
    rows = ordered(
        found.select_related("case__statushouder", "recorded_by"), params, _DISCLOSURE_ORDERS, ("-disclosed_on", "-pk")
    )
    page = CappedPaginator(rows, params.get("page"), found).here()
    page.object_list = [
        DisclosureRow(
            number=row.case.number,
            when=words.short(row.disclosed_on),
            receiver=row.receiver,
            what=row.what,
            basis=row.get_basis_display(),
            by=_who(row.recorded_by, row.case) or _("Het portaal, automatisch"),
        )
        for row in page.object_list
    ]
    shown = [
        ("when", _("Wanneer")),
        ("number", _("Dossier")),
        ("receiver", _("Aan wie")),
        ("basis", _("Op grond van")),
    ]
    return DisclosureList(
        rows=page.object_list,
        page=page,
        headings=[heading(key, label, params) for key, label in shown],
        fields=bar(DisclosureFilters, params),
        active=active(DisclosureFilters, params),
    )


# --- One request --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class RequestPage:
    """One request for who answers it."""

    request: RightsRequest
    name: str
    status: str
    tone: str
    left: str
    facts: list[tuple[str, str]]
    content: list[tuple[str, int, list[str]]]
    hidden_zones: int
    can_prepare: bool
    can_approve: bool
    can_extend: bool
    can_refuse: bool
    can_correct: bool
    can_hand_over: bool
    shows_wish: bool


def request_page(request, user, today):
    """A visible request for its klantmanager or the privacy officer. What a copy holds is told by kind of data and count.

    The klantmanager sees the counts of what a klantmanager reads; of the rest only that it is given too.
    """
    is_klantmanager = user.role == Role.KLANTMANAGER
    person = request.case.statushouder
    content, hidden = [], 0
    if request.is_copy and not request.is_closed:
        file = file_of(request.case, today)
        reads = set(readable_zones(user.role)) if is_klantmanager else set(Zone)
        for zone in file.zones:
            if zone.zone in reads:
                counts = Counter(section.title for section in zone.sections)
                content.append((zone.title, zone.count, list(counts)))
            else:
                hidden += 1
    return RequestPage(
        request=request,
        name=person.full_name if is_klantmanager else "",
        status=request.get_status_display(),
        tone=tone(request, today),
        left=days_left(request, today),
        facts=_facts(request, today),
        content=content,
        hidden_zones=hidden,
        can_prepare=is_klantmanager and request.is_copy and request.status == RequestStatus.GEVRAAGD,
        can_approve=not is_klantmanager and request.status == RequestStatus.KLAARGEZET,
        can_extend=request.is_open and request.extended_on is None and today <= request.due_on,
        can_refuse=request.is_open,
        can_correct=is_klantmanager and not request.is_copy and request.status in OPEN_REQUESTS,
        can_hand_over=is_klantmanager and person.user_id is None and request.can_be_fetched(today),
        shows_wish=is_klantmanager and not request.is_copy,
    )


def _who(user, case):
    """Who it was; of the person of the dossier no name, because the privacy officer reads none."""
    if user is None:
        return ""
    return _("De persoon zelf") if user.pk == case.statushouder.user_id else str(user)


def _facts(request, today):
    facts = [
        (_("Gevraagd op"), words.written(request.requested_on)),
        (_("Antwoord uiterlijk"), words.written(request.due_on)),
    ]
    if request.extended_on:
        facts.append((_("Verlengd op"), words.written(request.extended_on)))
        facts.append((_("Waarom verlengd"), request.extension_reason))
    for label, moment, by in (
        (_("Klaargezet"), request.prepared_at, request.prepared_by),
        (_("Goedgekeurd"), request.approved_at, request.approved_by),
        (_("Gegeven"), request.handed_over_at, None),
        (_("Afgehandeld"), request.closed_at, request.closed_by),
    ):
        if moment:
            day = words.written(timezone.localdate(moment))
            facts.append((label, f"{day}, {who}" if (who := _who(by, request.case)) else day))
    if request.can_be_fetched(today):
        facts.append((_("Op te halen tot en met"), words.written(request.open_until)))
    if request.answer:
        facts.append((_("Antwoord"), request.answer))
    if request.statement:
        facts.append((_("Verklaring van de persoon"), request.statement))
    return facts


def file_of(case, today, zones=None) -> PersonFile:
    """Everything about the person of a dossier; `zones` narrows it. Fetch the case with its statushouder."""
    person = case.statushouder
    return person_file(number=case.number, user_id=person.user_id, name=person.full_name, today=today, zones=zones)


def statements_of(case):
    """[(item, statement)] of corrections that were refused: they go with the copy."""
    rows = RightsRequest.objects.filter(case=case, kind=RequestKind.CORRECTION).exclude(statement="")
    return [(row.item, row.statement) for row in rows]


# --- The notice ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class NoticeState:
    """Whether the version in force was explained to the person."""

    notice: PrivacyNotice | None
    explained: NoticeExplained | None
    hint: str
    text: str

    @property
    def is_due(self):
        return bool(self.hint)


def notice_state(case, today):
    """The `NoticeState` of a dossier. Two queries; one while there is no notice."""
    notice = PrivacyNotice.objects.on(today)
    if notice is None:
        return NoticeState(None, None, "", "")
    rows = list(NoticeExplained.objects.filter(case=case).select_related("notice", "explained_by"))
    latest = rows[0] if rows else None
    if latest is None:
        return NoticeState(notice, None, _("De uitleg over privacy is nog niet gegeven."), "")
    if latest.notice_id != notice.pk and not any(row.notice_id == notice.pk for row in rows):
        return NoticeState(
            notice, latest, _("Er is een nieuwe uitleg over privacy. Leg die ook uit."), _explained(latest)
        )
    return NoticeState(notice, latest, "", _explained(latest))


def _explained(row):
    language = words.language_and_interpreter(row.language, False)
    how = _("%s, met tolk") % language if row.with_interpreter else language
    return _("Uitgelegd op %(day)s (%(how)s), %(notice)s") % {
        "day": words.written(row.explained_on),
        "how": how,
        "notice": row.notice,
    }


@dataclass(frozen=True)
class NoticeRow:
    """One version, with to how many open dossiers it was explained."""

    notice: PrivacyNotice
    state: str
    explained: int


def notice_list(today):
    """All versions, newest first, with counts, and how many open dossiers there are. Three queries."""
    counts = Counter(
        NoticeExplained.objects.filter(case__in=Case.objects.open().values("pk")).values_list("notice", flat=True)
    )
    current = PrivacyNotice.objects.on(today)
    rows = []
    for notice in PrivacyNotice.objects.all():
        state = _("Van kracht") if notice == current else _("Gaat nog in") if notice.valid_from > today else _("Oud")
        rows.append(NoticeRow(notice, state, counts[notice.pk]))
    return rows, Case.objects.open().count()
