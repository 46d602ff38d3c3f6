"""From the request for a mentor to the match and its end: request, proposal, answer, confirmation, end."""

from datetime import timedelta

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import RoleAssignment
from accounts.roles import Role
from accounts.rules import RuleBroken
from accounts.sweeping import sweep
from accounts.zones import Zone
from cases.models import Alert, Case, JournalKind, Phase
from cases.services import assign, record, release, update_rows, withdraw_alert
from mentoring import rules
from mentoring.models import (
    EndReason,
    MatchRequest,
    MatchRequestStatus,
    Mentor,
    Mentorship,
    MentorshipStatus,
    MentorStatus,
    coordinating_organisations,
)
from mentoring.people import klantmanager_of, statushouder_of, tell_coordinators
from mentoring.services.talks import lapse_check_ins, plan_check_ins
from notifications import services as notifications
from notifications.services import Receiver

# --- The request -------------------------------------------------------------------------------------------


@transaction.atomic
def open_match_request(
    *, case, organisation=None, wishes="", gender_wish="", availability=(), interests=(), by, today, now=None
):
    """Ask a volunteer organisation for a mentor; its coordinators see the dossier from now on. Returns the `MatchRequest`.

    Without `organisation` it goes to the only one there is. A dossier has one open request; asking twice gives that one.
    """
    now = now or timezone.now()
    case = Case.objects.select_for_update().get(pk=case.pk)
    waiting = MatchRequest.objects.open().filter(case=case).first()
    if waiting:
        return waiting
    if case.is_closed:
        raise RuleBroken(_("Dit dossier is gesloten."))
    if Mentorship.objects.active().filter(case=case).exists():
        raise RuleBroken(_("Dit dossier heeft al een mentor. Beëindig eerst die koppeling."))
    if organisation is None:
        organisation = _the_only_organisation(today)
    request = MatchRequest.objects.create(
        case=case,
        organisation=organisation,
        wishes=wishes.strip(),
        gender_wish=gender_wish,
        availability=list(availability),
        interests=list(interests),
        opened_on=today,
        opened_by=by,
    )
    assign(case=case, role=Role.VRIJWILLIGERSCOORDINATOR, organisation=organisation, by=by, today=today, now=now)
    record(case=case, kind=JournalKind.MENTORING, zone=Zone.MENTORING, text=_("Mentor gevraagd"), by=by, now=now)
    tell_coordinators(
        organisation,
        key=f"match-request:{request.pk}",
        kind="match_request",
        subject=_("Er is een nieuw koppelverzoek"),
        body=_("Iemand wacht op een mentor. Bekijk het verzoek in het portaal."),
        link=reverse("mentoring:match_request", args=[request.pk]),
        by=by,
        today=today,
        now=now,
    )
    return request


@transaction.atomic
def change_match_request(*, request, wishes, gender_wish, availability, interests, by, now=None):
    """Change the wishes of an open request. Returns the `MatchRequest`; the same again leaves no line."""
    request = MatchRequest.objects.select_for_update(of=("self",)).select_related("case").get(pk=request.pk)
    if not request.is_open:
        raise RuleBroken(_("Dit koppelverzoek is niet meer open."))
    new = (wishes.strip(), gender_wish, list(availability), list(interests))
    if new == (request.wishes, request.gender_wish, request.availability, request.interests):
        return request
    request.wishes, request.gender_wish, request.availability, request.interests = new
    request.save(update_fields=["wishes", "gender_wish", "availability", "interests"])
    text = _("Wensen voor een mentor gewijzigd")
    record(case=request.case, kind=JournalKind.MENTORING, zone=Zone.MENTORING, text=text, by=by, now=now)
    return request


@transaction.atomic
def withdraw_match_request(*, request, reason="", by, today, now=None):
    """Take a request back, with the proposal that is in the air. Returns the `MatchRequest`; twice changes nothing."""
    now = now or timezone.now()
    proposal = Mentorship.objects.proposed().filter(request=request).first()
    if proposal:
        withdraw_proposal(mentorship=proposal, by=by, today=today, now=now)
    request = MatchRequest.objects.select_for_update(of=("self",)).select_related("case").get(pk=request.pk)
    if request.status == MatchRequestStatus.INGETROKKEN:
        return request
    if not request.is_open:
        raise RuleBroken(_("Dit koppelverzoek is al vervuld."))
    _close_request(request, MatchRequestStatus.INGETROKKEN, today, reason=reason)
    text = _("Koppelverzoek ingetrokken")
    record(case=request.case, kind=JournalKind.MENTORING, zone=Zone.MENTORING, text=text, by=by, now=now)
    _release_coordinators(request.case, request.organisation_id, by=by, today=today, now=now)
    return request


# --- The proposal ------------------------------------------------------------------------------------------


@transaction.atomic
def propose_match(*, request, mentor, by, today, now=None):
    """Put a request to a mentor, who answers on the own page. Returns the proposal, a `Mentorship`.

    The same again gives the proposal that is there. A proposal holds one of the mentor's places until it is answered.
    """
    now = now or timezone.now()
    # The rows are always locked in this order, mentor before request before match, so that two never wait for each other.
    mentor = Mentor.objects.select_for_update(of=("self",)).select_related("user").get(pk=mentor.pk)
    request = MatchRequest.objects.select_for_update(of=("self",)).select_related("case").get(pk=request.pk)
    proposal = Mentorship.objects.proposed().filter(request=request).first()
    if proposal and proposal.mentor_id == mentor.pk:
        return proposal
    if proposal:
        raise RuleBroken(_("Voor dit verzoek loopt al een voorstel. Trek dat eerst in."))
    if not request.is_open:
        raise RuleBroken(_("Dit koppelverzoek is niet meer open."))
    if mentor.organisation_id != request.organisation_id:
        raise RuleBroken(_("Deze mentor hoort bij een andere organisatie."))
    if Mentorship.objects.active().filter(case=request.case_id).exists():
        raise RuleBroken(_("Dit dossier heeft al een mentor."))
    found = blocks_of(mentor, today, request=request)
    if found:
        raise RuleBroken(
            _("Deze mentor kan nu niet: %s.") % ", ".join(str(rules.BLOCK_WORDS[block]) for block in found)
        )
    proposal = Mentorship.objects.create(
        mentor=mentor,
        case=request.case,
        request=request,
        proposed_at=now,
        proposed_by=by,
        answer_by=rules.answer_by(today),
    )
    request.status = MatchRequestStatus.VOORGESTELD
    request.save(update_fields=["status"])
    text = _("Mentor voorgesteld")
    record(case=request.case, kind=JournalKind.MENTORING, zone=Zone.MENTORING, text=text, by=by, now=now)
    notifications.notify(
        key=f"proposal:{proposal.pk}",
        kind="proposal",
        receiver=Receiver(user=mentor.user, role=Role.MENTOR),
        subject=_("Er is een voorstel voor een koppeling"),
        body=_(
            "De coördinator stelt je voor om iemand te ontmoeten. Bekijk het voorstel in het portaal en zeg ja of nee."
        ),
        link=reverse("mentoring:answer_proposal", args=[proposal.pk]),
        by=by,
        now=now,
    )
    return proposal


def blocks_of(mentor, today, request=None):
    """What stands in the way of proposing this mentor now (`rules.blocks`), read fresh. For `request` also whether this
    very proposal was declined before."""
    matches = Mentorship.objects.filter(mentor=mentor)
    taken = matches.active().count() + matches.proposed().count()
    return rules.blocks(
        is_available=mentor.status == MentorStatus.BESCHIKBAAR,
        has_role=RoleAssignment.objects.current(today).filter(user=mentor.user_id, role=Role.MENTOR).exists(),
        knows_gedragscode=mentor.knows_gedragscode,
        places_free=mentor.max_active - taken,
        declined_before=request is not None
        and matches.filter(request=request, status=MentorshipStatus.AFGESLAGEN).exists(),
    )


@transaction.atomic
def answer_proposal(*, mentorship, side, agrees, reason="", by, today, now=None):
    """The answer of one side, `Role.MENTOR` or `Role.STATUSHOUDER`, given on the own page or by phone to the coordinator.

    A no returns both to the pool. Returns the `Mentorship`; the same answer again changes nothing.
    """
    now = now or timezone.now()
    mentorship = _locked(mentorship)
    if side not in (Role.MENTOR, Role.STATUSHOUDER):
        raise RuleBroken(_("Alleen de mentor en de statushouder antwoorden op een voorstel."))
    said_yes = mentorship.mentor_agrees if side == Role.MENTOR else bool(mentorship.statushouder_agrees)
    if mentorship.status == MentorshipStatus.AFGESLAGEN and mentorship.declined_by == side and not agrees:
        return mentorship
    if not mentorship.is_proposed:
        raise RuleBroken(_("Dit voorstel is niet meer open."))
    if agrees and said_yes:
        return mentorship
    if not agrees:
        mentorship.declined_by = side
        mentorship.statushouder_agrees = False if side == Role.STATUSHOUDER else mentorship.statushouder_agrees
        _return_to_pool(mentorship, MentorshipStatus.AFGESLAGEN, reason, now=now)
        text = _("Voorstel voor een mentor afgeslagen")
    elif side == Role.MENTOR:
        mentorship.status, mentorship.answered_at = MentorshipStatus.GEACCEPTEERD, now
        mentorship.save(update_fields=["status", "answered_at"])
        text = _("De voorgestelde mentor zegt ja")
    else:
        mentorship.statushouder_agrees = True
        mentorship.save(update_fields=["statushouder_agrees"])
        text = _("De statushouder zegt ja tegen de voorgestelde mentor")
    record(case=mentorship.case, kind=JournalKind.MENTORING, zone=Zone.MENTORING, text=text, by=by, now=now)
    tell_coordinators(
        mentorship.mentor.organisation,
        key=f"proposal:{mentorship.pk}:{side}:{'ja' if agrees else 'nee'}",
        kind="proposal",
        subject=_("Er is een antwoord op een voorstel"),
        body=_("Bekijk in het portaal wat de volgende stap is."),
        link=reverse("mentoring:match_request", args=[mentorship.request_id]),
        by=by,
        today=today,
        now=now,
    )
    if side == Role.STATUSHOUDER and not agrees:
        _tell_mentor_it_is_off(mentorship, by=by, now=now)
    return mentorship


@transaction.atomic
def withdraw_proposal(*, mentorship, by, today, now=None):
    """Take a proposal back; mentor and request return to the pool. Returns the `Mentorship`; twice changes nothing."""
    now = now or timezone.now()
    mentorship = _locked(mentorship)
    if mentorship.status == MentorshipStatus.INGETROKKEN:
        return mentorship
    if not mentorship.is_proposed:
        raise RuleBroken(_("Dit voorstel is niet meer open."))
    _return_to_pool(mentorship, MentorshipStatus.INGETROKKEN, "", now=now)
    text = _("Voorstel voor een mentor ingetrokken")
    record(case=mentorship.case, kind=JournalKind.MENTORING, zone=Zone.MENTORING, text=text, by=by, now=now)
    _tell_mentor_it_is_off(mentorship, by=by, now=now)
    return mentorship


def expire_proposals(today, now=None):
    """Return to the pool what a mentor did not answer in time. Returns how many."""
    now = now or timezone.now()
    late = Mentorship.objects.filter(status=MentorshipStatus.VOORGESTELD, answer_by__lt=today)
    return sweep(late, lambda mentorship: _expire(mentorship, today, now))


@transaction.atomic
def _expire(mentorship, today, now):
    mentorship = _locked(mentorship)
    if mentorship.status != MentorshipStatus.VOORGESTELD or mentorship.answer_by >= today:
        return False
    _return_to_pool(mentorship, MentorshipStatus.VERLOPEN, "", now=now)
    text = _("Voorstel voor een mentor verlopen zonder antwoord")
    record(case=mentorship.case, kind=JournalKind.MENTORING, zone=Zone.MENTORING, text=text, now=now)
    tell_coordinators(
        mentorship.mentor.organisation,
        key=f"proposal:{mentorship.pk}:verlopen",
        kind="proposal",
        subject=_("Een voorstel is verlopen zonder antwoord"),
        body=_("De mentor heeft niet op tijd geantwoord. Het koppelverzoek wacht weer op een mentor."),
        link=reverse("mentoring:match_request", args=[mentorship.request_id]),
        by=None,
        today=today,
        now=now,
    )
    _tell_mentor_it_is_off(mentorship, by=None, now=now)
    return True


def _return_to_pool(mentorship, status, reason, *, now):
    mentorship.status, mentorship.end_note = status, reason.strip()
    mentorship.answered_at = mentorship.answered_at or now
    mentorship.save(update_fields=["status", "end_note", "answered_at", "declined_by", "statushouder_agrees"])
    request = MatchRequest.objects.filter(pk=mentorship.request_id, status=MatchRequestStatus.VOORGESTELD)
    update_rows(request, status=MatchRequestStatus.OPEN)


def _tell_mentor_it_is_off(mentorship, *, by, now):
    notifications.notify(
        key=f"proposal:{mentorship.pk}:off",
        kind="proposal",
        receiver=Receiver(user=mentorship.mentor.user, role=Role.MENTOR),
        subject=_("Een voorstel voor een koppeling gaat niet door"),
        body=_("Je hoeft niets te doen. De coördinator zoekt verder."),
        by=by,
        now=now,
    )


# --- The match ---------------------------------------------------------------------------------------------


@transaction.atomic
def confirm_match(
    *, mentorship, start_date, first_at, first_place="", second_at, second_place="", by, today, now=None
):
    """Make the match that both sides agreed to, and plan both talks in the same transaction (R29, R30).

    1. Lock mentor and match; check the answers, the places (Amb-17) and the dates.
    2. The match is active, the request fulfilled, the mentor stands around the dossier.
    3. The 3-month talk (mentor, statushouder, klantmanager) and the 6-month talk (mentor, statushouder, coordinator) are
       planned at `first_at` and `second_at` (aware moments) and everybody who can be reached is invited.

    Returns the `Mentorship`; confirming twice gives the same one.
    """
    now = now or timezone.now()
    # Whoever confirms a match of this mentor waits here: places are counted by one at a time.
    mentor = Mentor.objects.select_for_update(of=("self",)).select_related("user").get(pk=mentorship.mentor_id)
    mentorship = _locked(mentorship)
    if mentorship.is_active:
        return mentorship
    _refuse_confirmation(mentorship, mentor)
    _refuse_dates(start_date, first_at, second_at, today=today, now=now)
    mentorship.status, mentorship.start_date = MentorshipStatus.ACTIEF, start_date
    mentorship.confirmed_at, mentorship.confirmed_by = now, by
    mentorship.save(update_fields=["status", "start_date", "confirmed_at", "confirmed_by"])
    if mentorship.request_id:
        _close_request(mentorship.request, MatchRequestStatus.VERVULD, today)
    case = mentorship.case
    assign(case=case, role=Role.MENTOR, user=mentor.user, by=by, today=today, now=now)
    record(
        case=case,
        kind=JournalKind.MENTORING,
        zone=Zone.MENTORING,
        text=_("Koppeling met een mentor begonnen"),
        by=by,
        now=now,
    )
    plan_check_ins(
        mentorship=mentorship,
        first_at=first_at,
        first_place=first_place.strip(),
        second_at=second_at,
        second_place=second_place.strip(),
        by=by,
        today=today,
        now=now,
    )
    _tell_of_match(mentorship, by=by, today=today, now=now)
    return mentorship


def _refuse_confirmation(mentorship, mentor):
    if not mentorship.is_proposed:
        raise RuleBroken(_("Dit voorstel is niet meer open."))
    if not mentorship.mentor_agrees:
        raise RuleBroken(_("De mentor heeft nog geen ja gezegd."))
    if not mentorship.statushouder_agrees:
        raise RuleBroken(_("De statushouder heeft nog geen ja gezegd."))
    if mentorship.case.is_closed:
        raise RuleBroken(_("Dit dossier is gesloten."))
    if not mentor.knows_gedragscode:
        raise RuleBroken(_("De mentor is nog niet akkoord met de gedragscode."))
    if Mentorship.objects.active().filter(case=mentorship.case_id).exists():
        raise RuleBroken(_("Dit dossier heeft al een mentor."))
    if Mentorship.objects.active().filter(mentor=mentor).count() >= mentor.max_active:
        raise RuleBroken(_("Deze mentor heeft geen plaats meer vrij. Kies een andere mentor."))


def _refuse_dates(start_date, first_at, second_at, *, today, now):
    if start_date > today + timedelta(days=rules.START_AHEAD_DAYS):
        raise RuleBroken(_("De koppeling begint binnen een maand. Kies een eerdere startdatum."))
    if min(first_at, second_at) <= now:
        raise RuleBroken(_("De gesprekken liggen in de toekomst. Kies een andere dag."))
    if timezone.localdate(first_at) <= start_date:
        raise RuleBroken(_("Het eerste gesprek is na de start van de koppeling."))
    if second_at <= first_at:
        raise RuleBroken(_("Het 6-maandengesprek is na het 3-maandengesprek."))


def _tell_of_match(mentorship, *, by, today, now):
    case = mentorship.case
    messages = [
        (
            Receiver(user=mentorship.mentor.user, role=Role.MENTOR),
            _("De koppeling is rond"),
            _("Je kunt nu een eerste afspraak maken. In het portaal staat met wie en hoe."),
            reverse("mentoring:mentorship", args=[mentorship.pk]),
        ),
        (
            statushouder_of(case),
            _("U heeft een mentor"),
            _("Uw mentor neemt contact met u op voor een eerste afspraak."),
            reverse("mentoring:case_mentor", args=[case.number]) if case.statushouder.user_id else "",
        ),
    ]
    klantmanager = klantmanager_of(case, today)
    if klantmanager:
        messages.append(
            (
                Receiver(user=klantmanager, role=Role.KLANTMANAGER),
                _("Een koppeling met een mentor is begonnen"),
                _("Het 3-maandengesprek is gepland. U krijgt daarvoor een uitnodiging."),
                reverse("mentoring:case_mentor", args=[case.number]),
            )
        )
    _tell(messages, f"match:{mentorship.pk}", case, by=by, now=now)


def _tell(messages, key, case, *, by, now):
    """Queue a message to each receiver of (receiver, subject, body, link); a mentor's carries no dossier number."""
    for receiver, subject, body, link in messages:
        notifications.notify(
            key=f"{key}:{receiver.role}",
            kind="match",
            receiver=receiver,
            subject=subject,
            body=body,
            link=link,
            case_number="" if receiver.role == Role.MENTOR else case.number,
            by=by,
            now=now,
        )


@transaction.atomic
def end_mentorship(*, mentorship, reason, note="", seek_new=False, by, today, now=None):
    """End a match. Open talks are called off and the mentor's access stops this moment (R32).

    With `seek_new`, and always for NIEUWE_MATCH, a new request opens with the same wishes (R31); otherwise the
    coordinators leave the dossier as well. Returns the `Mentorship`; ending twice changes nothing.
    """
    now = now or timezone.now()
    mentorship = _locked(mentorship)
    if mentorship.status == MentorshipStatus.BEEINDIGD:
        return mentorship
    if not mentorship.is_active:
        raise RuleBroken(_("Deze koppeling is niet actief."))
    if reason not in EndReason.values:
        raise RuleBroken(_("Kies waarom de koppeling eindigt."))
    case, mentor = mentorship.case, mentorship.mentor
    mentorship.status, mentorship.ended_on = MentorshipStatus.BEEINDIGD, today
    mentorship.end_reason, mentorship.end_note = reason, note.strip()
    mentorship.save(update_fields=["status", "ended_on", "end_reason", "end_note"])
    lapse_check_ins(mentorship=mentorship, by=by, today=today, now=now)
    release(case=case, role=Role.MENTOR, user=mentor.user, by=by, today=today, now=now)
    text = _("Koppeling met een mentor beëindigd")
    record(case=case, kind=JournalKind.MENTORING, zone=Zone.MENTORING, text=text, by=by, now=now)
    if (seek_new or reason == EndReason.NIEUWE_MATCH) and not case.is_closed:
        before = mentorship.request
        open_match_request(
            case=case,
            organisation=mentor.organisation,
            wishes=before.wishes if before else "",
            gender_wish=before.gender_wish if before else "",
            availability=before.availability if before else (),
            interests=before.interests if before else (),
            by=by,
            today=today,
            now=now,
        )
    _release_coordinators(case, mentor.organisation_id, by=by, today=today, now=now)
    _tell_of_end(mentorship, by=by, today=today, now=now)
    return mentorship


def _tell_of_end(mentorship, *, by, today, now):
    case = mentorship.case
    messages = [
        (
            Receiver(user=mentorship.mentor.user, role=Role.MENTOR),
            _("Een koppeling is beëindigd"),
            _("De coördinator heeft de koppeling beëindigd. Je ziet het dossier niet meer. Dank voor je inzet."),
            "",
        ),
        (
            statushouder_of(case),
            _("De koppeling met uw mentor is beëindigd"),
            _("Heeft u vragen? Bel de coördinator."),
            "",
        ),
    ]
    klantmanager = klantmanager_of(case, today)
    if klantmanager:
        messages.append(
            (
                Receiver(user=klantmanager, role=Role.KLANTMANAGER),
                _("Een koppeling met een mentor is beëindigd"),
                _("Bekijk in het portaal of er een nieuwe mentor wordt gezocht."),
                reverse("mentoring:case_mentor", args=[case.number]),
            )
        )
    _tell(messages, f"match:{mentorship.pk}:end", case, by=by, now=now)


def end_for_closed_cases(today, now=None):
    """End what still runs around dossiers that were ended: matches, proposals and requests. Returns how many.

    The dossier itself can't do it: it does not know of mentoring.
    """
    ended_cases = Case.objects.filter(phase=Phase.BEEINDIGD)
    ended = sweep(
        Mentorship.objects.active().filter(case__in=ended_cases),
        lambda mentorship: end_mentorship(
            mentorship=mentorship, reason=EndReason.DOSSIER_GESLOTEN, by=None, today=today, now=now
        ),
    )
    return ended + sweep(
        MatchRequest.objects.open().filter(case__in=ended_cases),
        lambda request: withdraw_match_request(
            request=request, reason=_("Dossier gesloten"), by=None, today=today, now=now
        ),
    )


# --- Shared ------------------------------------------------------------------------------------------------


def _locked(mentorship):
    """The match and its dossier, locked, with what the services read of them.

    The dossier before its meetings, as a hand-over locks them: two that meet never wait for each other.
    """
    return (
        Mentorship.objects.select_for_update(of=("self", "case"))
        .select_related("mentor__user", "mentor__organisation", "case__statushouder__user", "request")
        .get(pk=mentorship.pk)
    )


def _close_request(request, status, today, *, reason=""):
    request.status, request.closed_on, request.closed_reason = status, today, reason.strip()
    request.save(update_fields=["status", "closed_on", "closed_reason"])


def _the_only_organisation(today):
    found = list(coordinating_organisations(today)[:2])
    if not found:
        raise RuleBroken(_("Er is nu geen vrijwilligersorganisatie met een coördinator."))
    if len(found) > 1:
        raise RuleBroken(_("Kies bij welke organisatie u een mentor vraagt."))
    return found[0]


def _release_coordinators(case, organisation_id, *, by, today, now):
    """The coordinators of an organisation leave a dossier once nothing of theirs runs around it; what waited for them
    is taken back."""
    open_requests = MatchRequest.objects.open().filter(case=case, organisation=organisation_id)
    matches = Mentorship.objects.active().filter(case=case, mentor__organisation=organisation_id)
    if open_requests.exists() or matches.exists():
        return
    release(case=case, role=Role.VRIJWILLIGERSCOORDINATOR, organisation=organisation_id, by=by, today=today, now=now)
    for alert in Alert.objects.open().filter(case=case, for_role=Role.VRIJWILLIGERSCOORDINATOR):
        withdraw_alert(key=alert.key, detail=_("De koppeling is beëindigd."), by=by, now=now)
