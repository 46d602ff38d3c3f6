"""The chapters about mentors: who volunteers, who waits, who met, and the talks after three and six months."""

import random
import uuid
from datetime import datetime, time, timedelta

from django.conf import settings
from django.utils import timezone

from accounts.roles import Role
from cases.models import Phase
from cases.rules import add_months, suggested_working_day
from jas_portal.demo.names import MEN
from jas_portal.demo.stories import at
from jas_portal.demo.texts import NOTES
from mentoring.models import (
    CheckIn,
    CheckInKind,
    CheckInOutcome,
    ContactChannel,
    DayPart,
    EndReason,
    Gender,
    GenderWish,
    Interest,
    Mentor,
    MentorStatus,
)
from mentoring.services.contacts import log_contact
from mentoring.services.matching import (
    answer_proposal,
    confirm_match,
    end_mentorship,
    open_match_request,
    propose_match,
)
from mentoring.services.outcomes import record_check_in

#: Contact moments go back this far; older ones would have been deleted or tell nothing new.
MOST_WEEKS = 14
#: Namespace of the keys of the demo's contact moments.
_KEYS = uuid.UUID("3d0f5a52-9a5e-4f0e-8d6a-0d5a7c2b9f10")


def make_mentors(people, today):
    """Twenty-eight mentors: most available, a few on a pause or still getting to know the programme."""
    chance = random.Random(5)  # invented people, the same each time  # nosec B311
    mentors = []
    for index, user in enumerate(people.mentors[:28]):
        status = MentorStatus.BESCHIKBAAR
        if index in (25, 26):
            status = MentorStatus.KENNISMAKING
        elif index == 27:
            status = MentorStatus.PAUZE
        knows = status != MentorStatus.KENNISMAKING
        mentors.append(
            Mentor.objects.create(
                user=user,
                organisation=people.mentorproject,
                status=status,
                gender=Gender.MAN if user.name.split()[0] in MEN else Gender.VROUW,
                languages=["nl", "en", *(chance.sample(["ar", "ar", "ti", "fr", "tr", "fa"], 1) if index % 2 else [])],
                availability=chance.sample(DayPart.values, 4),
                interests=chance.sample(Interest.values, 3),
                neighbourhood=chance.choice(settings.PROGRAMME_NEIGHBOURHOODS),
                max_active=2 if index % 4 else 3,
                motivation="Ik woon al lang in de stad en leer graag nieuwe mensen kennen.",
                vog_seen_on=today - timedelta(days=300) if knows else None,
                gedragscode_version=settings.GEDRAGSCODE_VERSION if knows else "",
                gedragscode_accepted_at=at(today - timedelta(days=290)) if knows else None,
                status_since=today - timedelta(days=280),
            )
        )
    return mentors


def match(stories, people, mentors, today):
    """Twenty-two mentors with a match, three of them with two; nine requests wait, one of them with a proposal."""
    chance = random.Random(23)  # invented people, the same each time  # nosec B311
    coordinator = people["coordinator"]
    active = [s for s in stories if s.phase in (Phase.INBURGERING, Phase.PLAATSING) and s.begeleider]
    mine = {
        # Selam and Marit: the 3-month talk comes next week.
        0: (0, add_months(today, -3) + timedelta(days=5)),
        # Scenario 2: began on the last day of a long month, so that the 6-month talk falls on a shorter one.
        1: (2, _month_end(today)),
        # The 3-month talk should have been held two weeks ago.
        2: (3, add_months(today, -3) - timedelta(days=15)),
        # Six months: a new match is sought.
        3: (4, add_months(today, -6) - timedelta(days=6)),
        # Mentor 2: the match ended yesterday.
        4: (1, add_months(today, -4)),
    }
    pairs = [(active[number], mentors[mentor], start) for number, (mentor, start) in mine.items()]
    for number, story in enumerate(active[5:25]):
        mentor = mentors[5 + number] if number < 17 else mentors[(5, 6, 8)[number - 17]]
        earliest = max(story.start + timedelta(days=60), today - timedelta(days=330))
        pairs.append(
            (story, mentor, min(today - timedelta(days=8), earliest + timedelta(days=chance.randrange(5, 120))))
        )
    for story, mentor, start in sorted(pairs, key=lambda pair: pair[2]):
        start = max(start, story.start + timedelta(days=10))
        mentorship = _pair(story, mentor, start, coordinator, chance)
        _live(mentorship, story, mentor, coordinator, start, today, chance)
    _wait(stories, people, mentors, today, chance)


def _month_end(today):
    """The latest 31st at least two weeks ago after which six calendar months fall on a shorter month."""
    day = today - timedelta(days=14)
    while not (day.day == 31 and add_months(day, 6).day != 31):
        day -= timedelta(days=1)
    return day


def _wishes(chance):
    return {
        "wishes": chance.choice(
            [
                "Nederlands oefenen en de buurt leren kennen.",
                "Samen koken en praten.",
                "Hulp bij het vinden van een sportclub.",
                "",
            ]
        ),
        "gender_wish": chance.choice([GenderWish.GEEN, GenderWish.GEEN, GenderWish.VROUW]),
        "availability": chance.sample(DayPart.values, 3),
        "interests": chance.sample(Interest.values, 2),
    }


def _talk_moment(start, months, today):
    """The suggested moment of a talk: the target shifted to a working day, at ten."""
    return at(suggested_working_day(add_months(start, months)))


def _pair(story, mentor, start, coordinator, chance):
    """From request to match, in the two weeks before it began."""
    asked, proposed = start - timedelta(days=16), start - timedelta(days=9)
    request = open_match_request(case=story.case, by=story.klantmanager, today=asked, now=at(asked), **_wishes(chance))
    mentorship = propose_match(request=request, mentor=mentor, by=coordinator, today=proposed, now=at(proposed))
    for side, by in ((Role.MENTOR, mentor.user.act_as(Role.MENTOR)), (Role.STATUSHOUDER, coordinator)):
        day = start - timedelta(days=5)
        mentorship = answer_proposal(mentorship=mentorship, side=side, agrees=True, by=by, today=day, now=at(day, 19))
    day = start - timedelta(days=2)
    return confirm_match(
        mentorship=mentorship, start_date=start, first_at=_talk_moment(start, 3, day), first_place="Stadhuis",
        second_at=_talk_moment(start, 6, day), second_place="Bibliotheek", by=coordinator, today=day, now=at(day, 14),
    )  # fmt: skip


def _live(mentorship, story, mentor, coordinator, start, today, chance):
    """Weekly contact since the start, talks that were held, and how some matches ended."""
    user = mentor.user.act_as(Role.MENTOR)
    ended = {3: today - timedelta(days=6), 4: today - timedelta(days=1)}.get(story.index)
    # Two fell silent three weeks ago: the coordinator should notice.
    silent = 24 if story.index in (8, 12) else 0
    last = (ended or today) - timedelta(days=silent)
    day = max(start, today - timedelta(weeks=MOST_WEEKS)) + timedelta(days=chance.randrange(1, 4))
    while day < last - timedelta(days=0 if story.index else 3):
        log_contact(
            mentorship=mentorship,
            on=day,
            channel=chance.choices(ContactChannel.values, [6, 4, 2, 2, 1, 1])[0],
            minutes=chance.choice([30, 60, 60, 90, 90, 120]),
            note=chance.choice(NOTES),
            concern=False,
            key=uuid.uuid5(_KEYS, f"{story.index}:{day}"),
            by=user,
            today=day,
            now=at(day, 20),
        )
        day += timedelta(days=chance.choice([6, 7, 7, 8, 9]))
    for check_in in CheckIn.objects.filter(mentorship=mentorship).order_by("target_on"):
        first = check_in.kind == CheckInKind.M3
        held = suggested_working_day(check_in.target_on)
        if held >= today or story.index in (1, 2) or (ended and held >= ended and story.index != 3):
            continue
        if first:
            record_check_in(
                check_in=check_in, held_on=held, by=story.klantmanager, today=held, now=at(held, 12),
                summary="Het contact loopt goed. Oefenen met bellen helpt.",
            )  # fmt: skip
        else:
            outcome = CheckInOutcome.NIEUWE_MATCH if story.index == 3 else CheckInOutcome.VOORTZETTEN
            record_check_in(
                check_in=check_in, held_on=held, outcome=outcome, by=coordinator, today=held, now=at(held, 12),
                summary="Samen teruggekeken op een half jaar.",
            )  # fmt: skip
    if story.index == 4:
        end_mentorship(
            mentorship=mentorship, reason=EndReason.MENTOR_STOPT, note="De mentor verhuist.", by=coordinator, today=ended,
            now=at(ended, 17),
        )  # fmt: skip
    if story.index == 9:
        moment = timezone.make_aware(datetime.combine(today, time(7, 30)))
        log_contact(
            mentorship=mentorship, on=today - timedelta(days=1), channel=ContactChannel.BELLEN, minutes=30,
            note="Klonk verdrietig en wilde niet afspreken.", concern=True, key=uuid.uuid5(_KEYS, "concern"), by=user,
            today=today, now=min(moment, timezone.now()),
        )  # fmt: skip


def _wait(stories, people, mentors, today, chance):
    """Who waits for a mentor: some long, one with a proposal to answer, one that both sides agreed to."""
    coordinator = people["coordinator"]
    waiting = [s for s in stories if s.phase in (Phase.STARTGROEP, Phase.INTAKE) and s.begeleider][:8]
    for number, story in enumerate(waiting):
        day = max(story.start + timedelta(days=2), today - timedelta(days=47 - 6 * number))
        request = open_match_request(case=story.case, by=story.klantmanager, today=day, now=at(day), **_wishes(chance))
        if number == 4:  # mentor2 has a proposal to answer
            moment = today - timedelta(days=2)
            propose_match(request=request, mentor=mentors[1], by=coordinator, today=moment, now=at(moment))
        if number == 5:  # both said yes: the coordinator confirms
            moment = today - timedelta(days=4)
            proposal = propose_match(request=request, mentor=mentors[24], by=coordinator, today=moment, now=at(moment))
            user = mentors[24].user.act_as(Role.MENTOR)
            for side, by in ((Role.MENTOR, user), (Role.STATUSHOUDER, coordinator)):
                answer_proposal(
                    mentorship=proposal, side=side, agrees=True, by=by, today=today - timedelta(days=1),
                    now=at(today - timedelta(days=1), 19),
                )  # fmt: skip
