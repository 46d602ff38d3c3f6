"""What each persona of the demo can find: no page breaks, and asked by every other persona and by nobody it tells nothing
outside the matrix.

A crawl collects every address that the pages of a persona link to. Each is then asked by everybody else. Who may be answered
follows from `tests/test_access.TABLE` and from the relations, read here from the rows themselves and not through
`visible_to`. No answer names a statushouder with whom the asking persona has nothing to do.

The suite asks a few addresses of each shape; all of them with CRAWL=all in the environment.
"""

import os
from collections import defaultdict, deque
from html.parser import HTMLParser
from types import SimpleNamespace
from urllib.parse import urljoin, urlsplit

import pytest
from django.db import transaction
from django.db.models import Q
from django.test import Client
from django.urls import Resolver404, resolve
from django.utils import timezone

from accounts.models import User
from accounts.personas import PERSONAS
from accounts.roles import Role
from accounts.zones import readable_zones
from cases.models import Agreement, Alert, Assignment, Case, ChecklistItem, Deputyship, Statushouder, Task
from cases.models.case import ORGANISATION_ROLES
from inburgering.models import Absence, Enrolment, StartgroepParticipant
from jas_portal.demo.load import load
from jas_portal.work.kinds import of_role
from mentoring.models import CheckIn, CheckInKind, ContactMoment, MatchRequest, Mentorship
from notifications.models import Meeting, MeetingParticipant, Notification
from tests.matrix import Lean
from tests.test_access import PUBLIC, SIGNED_IN, TABLE, is_sign_in, may
from tests.test_matrix import session_of

#: The demo is loaded and walked through once.
pytestmark = [pytest.mark.xdist_group("crawl"), pytest.mark.rounds]

#: Pages that a persona opens of each shape, addresses of each shape that are asked again, pages at the most.
EVERYTHING = os.environ.get("CRAWL") == "all"
OPENED, REPLAYED, MOST = (40, 10_000, 3000) if EVERYTHING else (1, 1, 200)
#: Addresses that end a session or hand out a file of no interest here.
NOT_FOLLOWED = ("/accounts/logout/", "/static/")

#: URL name or its beginning → where its number leads to a dossier.
TO_CASE = {
    "cases:add_item": (Task, "case"),
    "cases:tick_item": (ChecklistItem, "task__case"),
    "cases:change_agreement": (Agreement, "plan__case"),
    "cases:tick_agreement": (Agreement, "plan__case"),
    "cases:delete_agreement": (Agreement, "plan__case"),
    "inburgering:enrolment": (Enrolment, "case"),
    "inburgering:advance_enrolment": (Enrolment, "case"),
    "inburgering:report_absence": (Enrolment, "case"),
    "inburgering:correct_absence": (Absence, "enrolment__case"),
    "inburgering:remove_participant": (StartgroepParticipant, "case"),
    "mentoring:mentorship": (Mentorship, "case"),
    "mentoring:end_mentorship": (Mentorship, "case"),
    "mentoring:log_contact": (Mentorship, "case"),
    "mentoring:check_in": (CheckIn, "mentorship__case"),
    "mentoring:move_check_in": (CheckIn, "mentorship__case"),
    "mentoring:miss_check_in": (CheckIn, "mentorship__case"),
    "mentoring:change_contact": (ContactMoment, "mentorship__case"),
    "mentoring:remove_contact": (ContactMoment, "mentorship__case"),
    "mentoring:match_request": (MatchRequest, "case"),
    "mentoring:compare_candidates": (MatchRequest, "case"),
    "mentoring:change_match_request": (MatchRequest, "case"),
    "mentoring:withdraw_match_request": (MatchRequest, "case"),
}


class Knows:
    """With whom one persona has to do, read from the rows."""

    def __init__(self, persona, today):
        self.user = User.objects.get(email=persona.email)
        self.role = self.user.act_as(persona.role, today).role
        organisation = self.user.acting_as.organisation_id
        now = Q(starts_on__lte=today) & (Q(ends_on=None) | Q(ends_on__gt=today)) & Q(role=self.role)
        mine = Q(user=self.user)
        if self.role in ORGANISATION_ROLES:
            mine |= Q(user=None, organisation=organisation)
        self.cases = set(Assignment.objects.filter(now & mine).values_list("case", flat=True))
        if self.role == Role.STATUSHOUDER:
            self.cases = set(Case.objects.filter(statushouder__user=self.user).values_list("pk", flat=True))
        if self.role == Role.KLANTMANAGER:
            with_one = Assignment.objects.filter(
                Q(ends_on=None) | Q(ends_on__gt=today), role=Role.KLANTMANAGER, deputy_for=None
            )
            self.cases |= set(Case.objects.exclude(pk__in=with_one.values("case")).values_list("pk", flat=True))
        # A mentor who said yes is led on from the question to the match.
        mine = Mentorship.objects.filter(mentor__user=self.user)
        proposed = mine.proposed() | mine.active()
        if self.role == Role.VRIJWILLIGERSCOORDINATOR:  # notes what a mentor said
            proposed = Mentorship.objects.proposed().filter(case__in=self.cases)
        self.proposals = set(proposed.values_list("pk", flat=True))
        self.meetings = set(MeetingParticipant.objects.filter(user=self.user).values_list("meeting", flat=True))
        planned = Meeting.objects.filter(organiser=self.user, organiser_role=self.role)
        self.meetings |= set(planned.values_list("pk", flat=True))
        self.messages = set(Notification.objects.filter(user=self.user).values_list("pk", flat=True))
        # Whose task it is decides who moves it on, the zone of it who reads it.
        mine = Task.objects.filter(case__in=self.cases, zone__in=readable_zones(self.role))
        self.tasks = set(mine.values_list("pk", flat=True))
        self.alerts = set(Alert.objects.filter(for_role=self.role, case__in=self.cases).values_list("pk", flat=True))
        self.deputyships = set(
            Deputyship.objects.filter(Q(holder=self.user) | Q(deputy=self.user)).values_list("pk", flat=True)
        )
        # The klantmanager records the first talk, the coordinator the second.
        leads = {Role.KLANTMANAGER: CheckInKind.M3, Role.VRIJWILLIGERSCOORDINATOR: CheckInKind.M6}.get(self.role, "")
        led = CheckIn.objects.filter(kind=leads, mentorship__case__in=self.cases)
        self.talks = set(led.values_list("pk", flat=True))
        self.client = Lean(session_of(self.user))
        known = Statushouder.objects.filter(Q(case__in=self.cases) | Q(user=self.user))
        familiar = set(known.values_list("full_name", flat=True))
        # A name that somebody who works here bears too tells nothing; nor does one that begins a name known here.
        familiar |= set(User.objects.exclude(pk__in=User.objects.nameless()).values_list("name", flat=True))
        self.foreign = {
            name
            for name in Statushouder.objects.values_list("full_name", flat=True)
            if not any(name in other for other in familiar)
        }

    def may_be_answered(self, name, arguments):
        """Whether the table and the rows let this persona have an answer other than 404; None when both may be."""
        if TABLE[name] in (PUBLIC, SIGNED_IN):
            return None
        # What is one's own is named in the table for the one who has it in the cast.
        for start, known in (
            ("notifications:meeting", self.meetings),
            ("notifications:message", self.messages),
            ("mentoring:answer_proposal", self.proposals),
            ("mentoring:record_check_in", self.talks),
            ("cases:end_deputyship", self.deputyships),
            ("cases:tick_task", self.tasks),
            ("cases:reopen_task", self.tasks),
            ("cases:wait_for", self.tasks),
            ("cases:alert", self.alerts),
            ("cases:record_follow_up", self.alerts),
        ):
            if name.startswith(start) and "pk" in arguments:
                return None if arguments["pk"] in known else False
        if name == "work:ask":
            return None if arguments["kind"] in {kind.name for kind in of_role(self.role)} else False
        if name == "cases:hand_over" and self.role == Role.FUNCTIONEEL_BEHEERDER:
            # By its number, without opening it, and only one that nobody has.
            unheld = Case.objects.filter(number=arguments["number"], without_klantmanager_since__isnull=False)
            return None if unheld.exists() else False
        if not may(name, self.role):
            return False
        if "number" in arguments:
            case = Case.objects.filter(number=arguments["number"]).values_list("pk", flat=True).first()
            return None if case in self.cases or self.role == Role.FUNCTIONEEL_BEHEERDER else False
        if name in TO_CASE and (
            number := arguments.get("pk") or arguments.get("mentorship") or arguments.get("enrolment")
        ):
            model, path = TO_CASE[name]
            case = model.objects.filter(pk=number).values_list(path, flat=True).first()
            return None if case in self.cases else False
        return None


class Links(HTMLParser):
    """The addresses of a page's links and of its forms that only ask."""

    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        if tag == "a" and attributes.get("href"):
            self.found.append(attributes["href"])
        if tag == "form" and attributes.get("method", "get").lower() == "get" and attributes.get("action"):
            self.found.append(attributes["action"])


def shape(address):
    """An address without its ids and values: pages of one shape are opened a few times, not all of them."""
    parts = urlsplit(address)
    words = ["#" if any(sign.isdigit() for sign in word) else word for word in parts.path.split("/")]
    return "/".join(words), tuple(sorted(pair.split("=")[0] for pair in parts.query.split("&") if pair))


def crawl(client):
    """Every address that the pages link to, breadth first; `OPENED` pages of each shape are opened.

    Returns what was found, how many were opened, and {"address on the page it was found": status} of what broke.
    """
    waiting, seen, shapes, opened, broken = deque([("/", "")]), {"/"}, defaultdict(int), 0, {}
    while waiting and opened < MOST:
        address, linked_from = waiting.popleft()
        shapes[shape(address)] += 1
        if shapes[shape(address)] > OPENED:
            continue
        opened += 1
        response = client.get(address, follow=True)
        # An old message may lead to what has ended for this person since.
        if response.status_code != 200 and not (response.status_code == 404 and linked_from.startswith("/berichten/")):
            broken[f"{address} on {linked_from}"] = response.status_code
        if response.status_code != 200 or "html" not in response.headers.get("Content-Type", ""):
            continue
        links = Links()
        links.feed(response.content.decode())
        for link in links.found:
            target = urljoin(address, link).split("#")[0]
            if urlsplit(link).scheme or urlsplit(link).netloc or target.startswith(NOT_FOLLOWED) or target in seen:
                continue
            seen.add(target)
            waiting.append((target, address))
    return seen, opened, broken


@pytest.fixture(scope="module")
def found(django_db_setup, django_db_blocker):
    """The demo as the personas found it: {address: who found it}, how many pages each opened, what broke."""
    with django_db_blocker.unblock(), transaction.atomic():
        load(timezone.localdate())
        by, opened, broken = defaultdict(set), {}, {}
        for persona in PERSONAS:
            client = Client()
            client.force_login(
                User.objects.get(email=persona.email), backend="django.contrib.auth.backends.ModelBackend"
            )
            seen, opened[persona.email], wrong = crawl(client)
            broken |= {f"{persona.email} {where}": status for where, status in wrong.items()}
            for address in seen:
                by[address].add(persona.email)
        total = sum(opened.values())
        print(f"\nCrawl: {total} pages, {len(by)} addresses by {len(PERSONAS)} personas")  # noqa: T201
        yield SimpleNamespace(by=by, opened=opened, broken=broken)
        transaction.set_rollback(True)


def chosen(found):
    """`REPLAYED` addresses of each shape that each persona found."""
    counted = defaultdict(int)
    for address in sorted(found):
        for email in found[address]:
            counted[email, shape(address)] += 1
            if counted[email, shape(address)] <= REPLAYED:
                yield address
                break


def test_no_page_that_a_persona_can_reach_breaks(found):
    assert found.broken == {}
    assert min(found.opened.values()) > 5


def test_nothing_that_one_persona_finds_is_answered_to_another_outside_the_matrix(db, found):
    today = timezone.localdate()
    everybody = [Knows(persona, today) for persona in PERSONAS]
    nobody, wrong, asked = Lean(), [], 0
    for address in chosen(found.by):
        try:
            match = resolve(urlsplit(address).path)
        except Resolver404:
            wrong.append(f"{address}: leads nowhere")
            continue
        if match.view_name not in TABLE:
            continue
        response, asked = nobody.ask("GET", address), asked + 1
        if TABLE[match.view_name] != PUBLIC and not is_sign_in(response):
            wrong.append(f"nobody {address}: {response.status_code}")
        for who in everybody:
            response, asked = who.client.ask("GET", address), asked + 1
            text = b"" if response.streaming else response.content
            if response.status_code >= 500:
                wrong.append(f"{who.user.email} {address}: {response.status_code}")
            if who.may_be_answered(match.view_name, match.kwargs) is False and response.status_code not in (
                403,
                404,
                405,
            ):
                wrong.append(f"{who.user.email} {address}: {response.status_code}")
            if TABLE[match.view_name] != PUBLIC:
                body = text.decode("utf-8", "replace")
                wrong += [f"{who.user.email} {address}: names {name}" for name in who.foreign if name in body]
    print(f"Replay: {asked} requests")  # noqa: T201
    assert not wrong, "\n".join(wrong)


ODD = (
    "?page=0", "?page=99999999999999999999", "?page=-1", "?page=x", "?sort=statushouder__user__password", "?sort=-",
    "?sort=--name", "?q=%00", "?q=%27%22%3C", "?q={name}", "?q={number}", "?status=x&phase=x&role=x&show=x", "?organisation=x",
    "?organisation={user}", "?van=9999-12-31", "?van=x&weergave=week", "?kind=x", "?stand=x", "?q={name}&status=closed",
    "?case={number}", "?overdragen=1&q={name}", "?per=x", "?role=statushouder&q={name}",
)  # fmt: skip


def test_odd_questions_break_nothing_and_find_nobody_else(db, found):
    today = timezone.localdate()
    lists = sorted(
        {urlsplit(address).path for address in found.by if not any(c.isdigit() for c in urlsplit(address).path)}
    )
    wrong, asked = [], 0
    for persona in PERSONAS:
        who = Knows(persona, today)
        stranger = Case.objects.exclude(pk__in=who.cases).filter(statushouder__full_name__in=who.foreign).first()
        values = {
            "name": stranger.statushouder.full_name if stranger else "x",
            "number": stranger.number if stranger else "x",
            "user": User.objects.exclude(pk=who.user.pk).first().pk,
        }
        for path in lists:
            match = resolve(path)
            if match.view_name not in TABLE or TABLE[match.view_name] == PUBLIC or not may(match.view_name, who.role):
                continue
            for odd in ODD if EVERYTHING else ODD[::3]:
                response, asked = who.client.ask("GET", path + odd.format(**values)), asked + 1
                if response.status_code >= 500:
                    wrong.append(f"{who.user.email} {path}{odd}: {response.status_code}")
                body = b"" if response.streaming else response.content
                # What was asked may stand on the page again; nobody else may, nor the number of who was asked for.
                words, others = body.decode("utf-8", "replace"), who.foreign - {values["name"]}
                told = [*others, *([values["number"]] if "{name}" in odd and stranger else [])]
                wrong += [f"{who.user.email} {path}{odd}: names {name}" for name in told if name in words]
    print(f"Odd questions: {asked} requests to {len(lists)} lists")  # noqa: T201
    assert wrong == []
