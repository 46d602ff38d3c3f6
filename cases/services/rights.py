"""The rights of the person: asking for a copy or a correction, answering within the term, disclosures, and the notice.

A copy: the person asks, the klantmanager prepares, the privacy officer approves, the person fetches it. It is made when it
is fetched, so that it is never older than that moment, and stored nowhere. Each step is told by message, without content.
"""

from datetime import timedelta

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import RoleAssignment
from accounts.roles import Role
from accounts.rules import RuleBroken
from accounts.zones import Zone
from cases import rules
from cases.models import (
    Assignment,
    Case,
    Disclosure,
    DisclosureBasis,
    JournalKind,
    NoticeExplained,
    PrivacyNotice,
    RequestKind,
    RequestStatus,
    RightsRequest,
)
from cases.models.rights import OPEN_REQUESTS
from cases.services.journal import record
from notifications import services as notifications
from notifications.services import Receiver

#: Sort of the messages about requests.
KIND = "rights"


# --- Asking -------------------------------------------------------------------------------------------


@transaction.atomic
def ask_copy(*, case, requested_on=None, by, today, now=None):
    """Ask for a copy of everything about the person of a dossier. Returns the `RightsRequest`; an open one is given back.

    `by` is the person, or the klantmanager who writes down what was asked at the desk, on `requested_on`.
    """
    Case.objects.select_for_update().get(pk=case.pk)
    waiting = RightsRequest.objects.filter(
        case=case, kind=RequestKind.COPY, status__in=[*OPEN_REQUESTS, RequestStatus.GOEDGEKEURD]
    )
    for found in waiting:
        if found.is_open or found.can_be_fetched(today):
            return found
        _close(found, RequestStatus.INGETROKKEN, by=None, now=now or timezone.now())
    return _ask(case, RequestKind.COPY, requested_on=requested_on, by=by, today=today, now=now)


@transaction.atomic
def ask_correction(*, case, item, wish, requested_on=None, key=None, by, today, now=None):
    """Ask to correct something. Returns the `RightsRequest`; sent twice with one `key` it is one."""
    Case.objects.select_for_update().get(pk=case.pk)
    if key is not None and (done := RightsRequest.objects.filter(key=key).first()):
        return done
    return _ask(
        case,
        RequestKind.CORRECTION,
        item=item.strip(),
        wish=wish.strip(),
        key=key,
        requested_on=requested_on,
        by=by,
        today=today,
        now=now,
    )


def _ask(case, kind, *, requested_on, by, today, now, **fields):
    asked = requested_on or today
    request = RightsRequest.objects.create(
        case=case, kind=kind, requested_on=asked, due_on=rules.answer_due(asked), requested_by=by, **fields
    )
    _record(request, _("Verzoek ontvangen: %s"), by=by, now=now)
    for user in _klantmanagers(case, today):
        if user != by:
            _tell(request, "asked", Receiver(user=user, role=Role.KLANTMANAGER), _("Iemand vraagt iets over eigen gegevens"), by=by, now=now)  # fmt: skip
    return request


@transaction.atomic
def withdraw_request(*, request, by, now=None):
    """The person takes the request back. Returns it; asking twice changes nothing."""
    request = _locked(request)
    if request.status == RequestStatus.INGETROKKEN:
        return request
    _must_be(request, OPEN_REQUESTS)
    _close(request, RequestStatus.INGETROKKEN, by=by, now=now or timezone.now())
    _record(request, _("Verzoek ingetrokken: %s"), by=by, now=now)
    return request


# --- A copy -------------------------------------------------------------------------------------------


@transaction.atomic
def prepare_copy(*, request, by, today, now=None):
    """The klantmanager says that it is the person who asked and that the texts were read. Returns the request.

    The privacy officers are told. Twice is once.
    """
    request = _locked(request)
    now = now or timezone.now()
    if not request.is_copy:
        raise RuleBroken(_("Dit is een verzoek om verbetering."))
    if request.status == RequestStatus.KLAARGEZET:
        return request
    _must_be(request, [RequestStatus.GEVRAAGD])
    request.status, request.prepared_at, request.prepared_by = RequestStatus.KLAARGEZET, now, by
    request.save(update_fields=["status", "prepared_at", "prepared_by"])
    _record(request, _("Klaargezet: %s"), by=by, now=now)
    for user in _officers(today):
        _tell(request, "prepared", Receiver(user=user, role=Role.PRIVACY_OFFICER), _("Een kopie van gegevens wacht op uw goedkeuring"), by=by, now=now)  # fmt: skip
    return request


@transaction.atomic
def approve_copy(*, request, by, today, now=None):
    """The privacy officer approves; from now on the copy can be fetched for `rules.FETCH_DAYS` days. Returns the request.

    Who prepared it does not approve it.
    """
    request = _locked(request)
    now = now or timezone.now()
    if request.status == RequestStatus.GOEDGEKEURD:
        return request
    _must_be(request, [RequestStatus.KLAARGEZET])
    if request.prepared_by_id == by.pk:
        raise RuleBroken(_("Wie de kopie klaarzet, keurt haar niet goed. Vraag een andere privacy officer."))
    request.status, request.approved_at, request.approved_by = RequestStatus.GOEDGEKEURD, now, by
    request.open_until = today + timedelta(days=rules.FETCH_DAYS)
    request.save(update_fields=["status", "approved_at", "approved_by", "open_until"])
    _record(request, _("Goedgekeurd: %s"), by=by, now=now)
    _tell_person(request, "approved", _("De kopie van uw gegevens is klaar"), by=by, now=now)
    if request.case.statushouder.user_id is None:
        for user in _klantmanagers(request.case, today):
            _tell(request, "approved", Receiver(user=user, role=Role.KLANTMANAGER), _("Een kopie van gegevens is klaar om te geven"), by=by, now=now)  # fmt: skip
    return request


@transaction.atomic
def hand_over_copy(*, request, by, today, now=None):
    """The copy is fetched: by the person, or by who gives it on paper to somebody without an account. Returns the request.

    The first time closes the request and writes down the disclosure; again within the days changes nothing.
    """
    request = _locked(request)
    now = now or timezone.now()
    if not request.can_be_fetched(today):
        raise RuleBroken(_("De kopie is niet op te halen. Vraag een nieuwe."))
    if request.status == RequestStatus.GEGEVEN:
        return request
    request.handed_over_at = now
    _close(request, RequestStatus.GEGEVEN, by=by, now=now, also=["handed_over_at"])
    disclose(
        case=request.case,
        receiver=_("De persoon zelf"),
        what=_("Kopie van alle gegevens"),
        basis=DisclosureBasis.OP_VERZOEK,
        disclosed_on=today,
        source=f"copy:{request.pk}",
        by=by,
        now=now,
    )
    return request


# --- Answers that are not a copy ------------------------------------------------------------------------


@transaction.atomic
def extend_request(*, request, reason, by, today, now=None):
    """Take two more months, once, with the reason, before the first term is over (AVG art. 12 lid 3). The person is told.

    Returns the request.
    """
    request = _locked(request)
    _must_be(request, OPEN_REQUESTS)
    if request.extended_on is not None:
        raise RuleBroken(_("Dit verzoek is al een keer verlengd."))
    if today > request.due_on:
        raise RuleBroken(_("De eerste termijn is voorbij; verlengen kan niet meer."))
    if not reason.strip():
        raise RuleBroken(_("Schrijf op waarom u meer tijd nodig heeft."))
    request.extended_on, request.extension_reason = today, reason.strip()
    request.due_on, request.reminded_at = rules.answer_due(request.requested_on, is_extended=True), None
    request.save(update_fields=["extended_on", "extension_reason", "due_on", "reminded_at"])
    _record(request, _("Termijn verlengd: %s"), by=by, now=now)
    _tell_person(request, "extended", _("Uw verzoek duurt langer"), by=by, now=now)
    return request


@transaction.atomic
def refuse_request(*, request, answer, by, now=None):
    """Refuse, with the reason, which the person reads. Returns the request; refused twice is refused once."""
    request = _locked(request)
    if request.status == RequestStatus.GEWEIGERD:
        return request
    _must_be(request, OPEN_REQUESTS)
    if not answer.strip():
        raise RuleBroken(_("Schrijf op waarom u weigert. De persoon leest dit."))
    request.answer = answer.strip()
    _close(request, RequestStatus.GEWEIGERD, by=by, now=now or timezone.now(), also=["answer"])
    _record(request, _("Geweigerd: %s"), by=by, now=now)
    _tell_person(request, "refused", _("Er is een antwoord op uw verzoek"), by=by, now=now)
    return request


@transaction.atomic
def close_correction(*, request, answer, by, now=None):
    """The klantmanager corrected it on the screen of the data itself, and says what changed. Returns the request."""
    request = _locked(request)
    if request.is_copy:
        raise RuleBroken(_("Dit is een verzoek om een kopie."))
    if request.status == RequestStatus.VERBETERD:
        return request
    _must_be(request, OPEN_REQUESTS)
    if not answer.strip():
        raise RuleBroken(_("Schrijf op wat er is verbeterd."))
    request.answer = answer.strip()
    _close(request, RequestStatus.VERBETERD, by=by, now=now or timezone.now(), also=["answer"])
    _record(request, _("Verbeterd: %s"), by=by, now=now)
    _tell_person(request, "corrected", _("Er is een antwoord op uw verzoek"), by=by, now=now)
    return request


@transaction.atomic
def add_statement(*, request, statement, by, now=None):
    """What the person has to say about data that was not corrected; it stays beside the data. Returns the request."""
    request = _locked(request)
    if request.is_copy or request.status != RequestStatus.GEWEIGERD:
        raise RuleBroken(_("Een verklaring hoort bij een verbetering die is geweigerd."))
    if request.statement == statement.strip():
        return request
    request.statement = statement.strip()
    request.save(update_fields=["statement"])
    _record(request, _("Verklaring toegevoegd: %s"), by=by, now=now)
    return request


def remind_of_requests(*, today, now=None):
    """Remind who must act of requests whose term is over within `rules.REMIND_DAYS` days, once for each term.

    Returns how many requests. A missed night is made up the next; running twice changes nothing.
    """
    now = now or timezone.now()
    count = 0
    due = RightsRequest.objects.nearing(today + timedelta(days=rules.REMIND_DAYS)).values_list("pk", flat=True)
    for pk in list(due):
        with transaction.atomic():
            request = RightsRequest.objects.select_for_update().filter(pk=pk, reminded_at=None).open().first()
            if request is None:
                continue
            receivers = [Receiver(user=user, role=Role.PRIVACY_OFFICER) for user in _officers(today)]
            if request.status == RequestStatus.GEVRAAGD:
                receivers += [
                    Receiver(user=user, role=Role.KLANTMANAGER) for user in _klantmanagers(request.case, today)
                ]
            for receiver in receivers:
                _tell(request, f"remind:{request.due_on}", receiver, _("Een verzoek over gegevens moet bijna beantwoord zijn"), by=None, now=now)  # fmt: skip
            request.reminded_at = now
            request.save(update_fields=["reminded_at"])
            count += 1
    return count


# --- Disclosures ----------------------------------------------------------------------------------------


@transaction.atomic
def disclose(*, case, receiver, what, basis, disclosed_on, source="", key=None, is_recorded=False, by, now=None):
    """Write down that data went to somebody outside the dossier.

    One `source` or `key` is one row. `is_recorded`: the journal has its line already. Returns the `Disclosure`.
    """
    known = {"source": source} if source else {"key": key} if key is not None else None
    if known and (done := Disclosure.objects.filter(**known).first()):
        return done
    found = Disclosure.objects.create(
        case=case, receiver=receiver, what=what, basis=basis, disclosed_on=disclosed_on, source=source, key=key,
        recorded_by=by,
    )  # fmt: skip
    if not is_recorded:
        text = _("Gegevens verstrekt aan %s") % receiver
        record(case=case, kind=JournalKind.DISCLOSURE, zone=Zone.BENEFIT, text=text, by=by, now=now)
    return found


# --- The notice -----------------------------------------------------------------------------------------


@transaction.atomic
def add_notice(*, version, valid_from, text, link="", by, now=None):
    """A new version of the privacy notice, in force from a day; from then on everybody is told again. Returns it."""
    if PrivacyNotice.objects.filter(version=version.strip()).exists():
        raise RuleBroken(_("Deze versie is er al."))
    if PrivacyNotice.objects.filter(valid_from=valid_from).exists():
        raise RuleBroken(_("Er gaat al een versie in op deze dag."))
    return PrivacyNotice.objects.create(
        version=version.strip(), valid_from=valid_from, text=text.strip(), link=link, created_by=by,
        created_at=now or timezone.now(),
    )  # fmt: skip


@transaction.atomic
def explain_notice(*, case, notice, explained_on, language, with_interpreter, by, today, now=None):
    """Write down that this version was explained to the person: when, in which language, by whom. It is no consent.

    Returns the `NoticeExplained`; the same version twice is once.
    """
    Case.objects.select_for_update().get(pk=case.pk)
    if done := NoticeExplained.objects.filter(case=case, notice=notice).first():
        return done
    if explained_on > today:
        raise RuleBroken(_("De dag ligt in de toekomst."))
    if explained_on < notice.valid_from:
        raise RuleBroken(_("Deze versie gold toen nog niet."))
    found = NoticeExplained.objects.create(
        case=case, notice=notice, explained_on=explained_on, language=language, with_interpreter=with_interpreter,
        explained_by=by,
    )  # fmt: skip
    text = _("Uitleg over privacy gegeven")
    record(case=case, kind=JournalKind.NOTICE, zone=Zone.CONTACT, text=text, by=by, now=now)
    return found


# --- What they share --------------------------------------------------------------------------------------


def _locked(request):
    return (
        RightsRequest.objects.select_for_update(of=("self",)).select_related("case__statushouder").get(pk=request.pk)
    )


def _must_be(request, states):
    if request.status not in states:
        raise RuleBroken(_("Dit kan niet meer: het verzoek staat op '%s'.") % request.get_status_display().lower())


def _close(request, status, *, by, now, also=()):
    request.status, request.closed_at, request.closed_by = status, now, by
    request.save(update_fields=["status", "closed_at", "closed_by", *also])


def _record(request, text, *, by, now):
    text = text % request.get_kind_display().lower()
    record(case=request.case, kind=JournalKind.RIGHTS, zone=Zone.BENEFIT, text=text, by=by, now=now)


def _klantmanagers(case, today):
    """Who stands around the dossier as klantmanager today, deputies too."""
    rows = Assignment.objects.current(today).of_role(Role.KLANTMANAGER).filter(case=case, user__isnull=False)
    return [row.user for row in rows.select_related("user")]


def _officers(today):
    rows = RoleAssignment.objects.current(today).of_role(Role.PRIVACY_OFFICER).filter(user__is_active=True)
    return list({row.user_id: row.user for row in rows.select_related("user").order_by("pk")}.values())


def _tell(request, step, receiver, subject, *, by, now):
    notifications.notify(
        key=f"{KIND}:{request.pk}:{step}:{receiver.key}",
        kind=KIND,
        receiver=receiver,
        subject=subject,
        body=_("Het gaat om een verzoek over gegevens in het portaal."),
        link=reverse("cases:my_data") if receiver.role == Role.STATUSHOUDER else reverse("cases:rights_request", args=[request.pk]),
        case_number=request.case.number,
        by=by,
        now=now,
    )  # fmt: skip


def _tell_person(request, step, subject, *, by, now):
    person = request.case.statushouder
    receiver = Receiver(user=person.user, address=person.email, role=Role.STATUSHOUDER)
    _tell(request, step, receiver, subject, by=by, now=now)
