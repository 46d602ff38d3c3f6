"""Opening a dossier, who stands around it, its phase and its term."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import RoleAssignment, User
from accounts.roles import Role
from accounts.rules import RuleBroken
from accounts.zones import Zone
from cases import rules, services
from cases.models import Assignment, Case, JournalKind, Phase, PhaseChange, Statushouder, TermSource
from notifications import services as notifications
from notifications.models import Meeting, Notification
from notifications.services import Receiver
from tests import factories
from tests.factories import TODAY


def texts(case, kind):
    return list(case.journal.filter(kind=kind).order_by("pk").values_list("text", flat=True))


def klantmanager_of(case):
    return Assignment.objects.current(TODAY).filter(case=case, role=Role.KLANTMANAGER, deputy_for=None).get().user


# --- Dates -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "goal"),
    [(date(2028, 2, 29), date(2030, 2, 28)), (date(2026, 2, 3), date(2028, 2, 3))],
)
def test_goal_date_is_two_years_later_to_the_day(start, goal):
    assert rules.goal_deadline(start, 24) == goal


def test_term_runs_three_years_from_the_day_after_the_pip():
    assert rules.legal_term(date(2026, 8, 10)) == (date(2026, 8, 11), date(2029, 8, 10))


@pytest.mark.parametrize(("sequence", "number"), [(7, "JAS-2026-0007"), (12345, "JAS-2026-12345")])
def test_number(sequence, number):
    assert rules.case_number(2026, sequence) == number


@pytest.mark.parametrize(
    ("now", "to", "asks"),
    [
        ("aangemeld", "intake", False),
        ("startgroep", "inburgering", False),
        ("inburgering", "startgroep", True),
        ("inburgering", "afgerond", True),
        ("startgroep", "pauze", True),
        ("pauze", "startgroep", False),
        ("afgerond", "inburgering", True),
        ("beeindigd", "intake", True),
    ],
)
def test_when_a_phase_asks_for_a_reason(now, to, asks):
    assert rules.phase_needs_reason(now, to) is asks


# --- Opening ---------------------------------------------------------------------------------------


def test_open_case_by_hand_once(cast, sign_in):
    client = sign_in(cast.klantmanager)
    sent = {
        "key": str(uuid4()),
        "full_name": "Rima Khoury",
        "preferred_name": "Rima",
        "programme_start": TODAY.isoformat(),
        "legal_regime": "wi2021",
        "group": "asielstatushouder",
        "leerroute": "onbekend",
        "external_number": "L-77",
    }

    answers = [client.post(reverse("cases:open_case"), sent) for _twice in range(2)]

    case = Case.objects.get(external_number="L-77")
    assert [answer.url for answer in answers] == [case.get_absolute_url()] * 2
    assert klantmanager_of(case) == cast.klantmanager
    assert case.without_klantmanager_since is None
    assert texts(case, JournalKind.OPENED) == ["Dossier geopend"]
    assert list(PhaseChange.objects.filter(case=case).values_list("phase", flat=True)) == ["aangemeld"]


def test_a_number_of_the_municipality_is_one_dossier(cast):
    factories.make_case(external_number="L-1")

    with pytest.raises(RuleBroken):
        factories.make_case(external_number="L-1")

    assert Statushouder.objects.count() == 2


# --- Taking and handing over -------------------------------------------------------------------------


def test_a_dossier_that_waits_opens_no_page_its_reader_may_not_open(cast, sign_in):
    case = factories.make_case()
    client = sign_in(cast.klantmanager)
    page = client.get(case.get_absolute_url()).content.decode()

    assert "Dit dossier heeft sinds vandaag geen klantmanager." in " ".join(page.split())
    plan = reverse("cases:plan", args=[case.number])
    assert plan not in page
    assert client.get(plan).status_code == 404


def test_take_case(cast, sign_in):
    case = factories.make_case()
    client = sign_in(cast.klantmanager)

    answers = [client.post(reverse("cases:take_case", args=[case.number])) for _twice in range(2)]

    assert [answer.url for answer in answers] == [case.get_absolute_url()] * 2
    case.refresh_from_db()
    assert case.without_klantmanager_since is None
    assert Assignment.objects.filter(case=case).count() == 1
    assert texts(case, JournalKind.ASSIGNED) == [f"{cast.klantmanager} is nu klantmanager"]


def test_the_second_to_take_it_hears_who_has_it(cast):
    case = factories.make_case()
    services.take_case(case=case, by=cast.klantmanager, today=TODAY)

    with pytest.raises(RuleBroken, match=cast.klantmanager.name):
        services.take_case(case=case, by=cast.outsider.klantmanager, today=TODAY)

    assert klantmanager_of(case) == cast.klantmanager


def test_a_deputy_can_take_the_dossier(cast):
    case = factories.make_case(klantmanager=cast.outsider.klantmanager)
    services.name_deputy(
        holder=cast.outsider.klantmanager,
        deputy=cast.klantmanager,
        starts_on=TODAY,
        last_day=TODAY + timedelta(days=4),
        by=cast.outsider.klantmanager,
        today=TODAY,
    )
    services.release(case=case, role=Role.KLANTMANAGER, user=cast.outsider.klantmanager, by=None, today=TODAY)

    services.take_case(case=case, by=cast.klantmanager, today=TODAY)

    case.refresh_from_db()
    assert klantmanager_of(case) == cast.klantmanager
    assert case.without_klantmanager_since is None
    assert Assignment.objects.current(TODAY).filter(case=case).count() == 1


def test_hand_over_tells_the_successor_and_the_person(cast):
    to = cast.outsider.klantmanager

    for _twice in range(2):
        services.hand_over(case=cast.case, to=to, by=cast.klantmanager, today=TODAY)

    assert klantmanager_of(cast.case) == to
    assert not Case.objects.visible_to(cast.klantmanager).filter(pk=cast.case.pk).exists()
    told = Notification.objects.filter(kind__in=["hand_over", "new_klantmanager"])
    assert sorted(told.values_list("kind", "address")) == [
        ("hand_over", to.email),
        ("new_klantmanager", cast.statushouder.email),
    ]
    for message in told:
        assert "Tekle" not in message.subject + message.body
    cast.case.refresh_from_db()
    assert cast.case.without_klantmanager_since is None


def test_twelve_dossiers_are_one_mail(cast):
    to = cast.outsider.klantmanager
    cases = [factories.make_case(klantmanager=cast.klantmanager) for _number in range(12)]

    count = services.hand_over_several(cases=cases, to=to, by=cast.klantmanager, today=TODAY)
    again = services.hand_over_several(cases=cases, to=to, by=cast.klantmanager, today=TODAY)

    assert (count, again) == (12, 0)
    assert Notification.objects.filter(address=to.email).count() == 1
    assert Notification.objects.get(address=to.email).subject == "Er zijn 12 dossiers aan u overgedragen"
    assert {klantmanager_of(case) for case in cases} == {to}


def test_only_a_klantmanager_gets_a_dossier(cast):
    with pytest.raises(RuleBroken):
        services.hand_over(case=cast.case, to=cast.mentor, by=cast.klantmanager, today=TODAY)

    assert klantmanager_of(cast.case) == cast.klantmanager


def test_the_begeleider_is_replaced_and_the_new_one_told(cast):
    new = cast.outsider.maatschappelijk_begeleider

    for _twice in range(2):
        services.assign_begeleider(case=cast.case, user=new, by=cast.klantmanager, today=TODAY)

    current = Assignment.objects.current(TODAY).filter(case=cast.case, role=Role.MAATSCHAPPELIJK_BEGELEIDER)
    assert [row.user for row in current] == [new]
    assert list(Notification.objects.filter(kind="assigned").values_list("address", flat=True)) == [new.email]
    assert not Case.objects.visible_to(cast.maatschappelijk_begeleider).exists()


def test_no_begeleider_at_all(cast, sign_in):
    sign_in(cast.klantmanager).post(reverse("cases:assign_begeleider", args=[cast.case.number]), {"user": ""})

    assert not Case.objects.visible_to(cast.maatschappelijk_begeleider).exists()


def test_an_organisation_stands_around_a_dossier_only_in_its_roles(cast):
    with pytest.raises(RuleBroken):
        services.assign(
            case=cast.case,
            role=Role.KLANTMANAGER,
            organisation=cast.organisations[Role.KLANTMANAGER],
            by=None,
            today=TODAY,
        )


# --- The sweep -------------------------------------------------------------------------------------


def test_release_lapsed_ends_what_a_role_or_account_left_behind(cast):
    RoleAssignment.objects.filter(user=cast.klantmanager).update(ends_on=TODAY)
    User.objects.filter(pk=cast.docent.pk).update(is_active=False)

    ended = [services.release_lapsed(today=TODAY) for _twice in range(2)]

    cast.case.refresh_from_db()
    assert ended == [2, 0]
    assert cast.case.without_klantmanager_since == TODAY
    assert texts(cast.case, JournalKind.RELEASED) == [
        f"{cast.klantmanager} is geen klantmanager meer",
        f"{cast.docent} is geen docent startgroep meer",
    ]
    assert Case.objects.visible_to(cast.outsider.klantmanager).filter(pk=cast.case.pk).exists()


def test_a_relation_that_ran_out_lets_the_dossier_wait(cast):
    Assignment.objects.filter(case=cast.case, role=Role.KLANTMANAGER).update(ends_on=TODAY - timedelta(days=0))

    services.release_lapsed(today=TODAY + timedelta(days=3))

    cast.case.refresh_from_db()
    assert cast.case.without_klantmanager_since == TODAY


def test_a_sweep_leaves_the_others_alone(cast):
    assert services.release_lapsed(today=TODAY) == 0
    assert klantmanager_of(cast.case) == cast.klantmanager


# --- Phase, term, route ------------------------------------------------------------------------------


def test_move_phase(cast):
    for _twice in range(2):
        services.move_phase(case=cast.case, to=Phase.INBURGERING, by=cast.klantmanager, today=TODAY)

    cast.case.refresh_from_db()
    assert (cast.case.phase, cast.case.phase_since) == (Phase.INBURGERING, TODAY)
    assert texts(cast.case, JournalKind.PHASE) == ["Fase: Inburgering"]
    assert PhaseChange.objects.filter(case=cast.case).count() == 2


def test_after_a_pause_the_phase_goes_on_since_the_day_it_began(cast):
    def move(to, days, reason=""):
        day = TODAY + timedelta(days=days)
        return services.move_phase(case=cast.case, to=to, reason=reason, by=cast.klantmanager, today=day)

    move(Phase.INBURGERING, 0)
    for days in (30, 60):
        assert move(Phase.PAUZE, days, "Ziek").phase_since == TODAY + timedelta(days=days)
        assert move(Phase.INBURGERING, days + 10).phase_since == TODAY
    move(Phase.PAUZE, 90, "Ziek")
    assert move(Phase.AFGEROND, 95, "Klaar").phase_since == TODAY + timedelta(days=95)


def test_an_end_asks_why_and_closes_the_door_for_the_others(cast, sign_in):
    client = sign_in(cast.klantmanager)
    address = reverse("cases:move_phase", args=[cast.case.number])

    refused = client.post(address, {"phase": "beeindigd", "reason": " "})
    assert "Schrijf in een zin op waarom" in refused.content.decode()
    client.post(address, {"phase": "beeindigd", "reason": "Verhuisd"})

    cast.case.refresh_from_db()
    assert cast.case.phase == Phase.BEEINDIGD
    current = Assignment.objects.current(TODAY + timedelta(days=1)).filter(case=cast.case)
    assert [row.role for row in current] == [Role.KLANTMANAGER]
    assert Case.objects.visible_to(cast.statushouder).exists()
    assert texts(cast.case, JournalKind.CLOSED) == ["Fase: Beëindigd"]
    assert "Verhuisd" not in "".join(texts(cast.case, JournalKind.CLOSED))


def test_the_term_of_duo_takes_the_place_of_the_computed_one(db):
    case = factories.make_case(pip_date=date(2026, 8, 10))
    assert (case.legal_term_end, case.legal_term_source) == (date(2029, 8, 10), TermSource.BEREKEND)

    for _twice in range(2):
        services.register_term(case=case, starts_on=date(2026, 9, 1), ends_on=date(2029, 9, 1), by=None)

    case.refresh_from_db()
    assert (case.legal_term_start, case.legal_term_end) == (date(2026, 9, 1), date(2029, 9, 1))
    assert case.legal_term_source == TermSource.DUO
    assert texts(case, JournalKind.CHANGED) == ["Inburgeringstermijn overgenomen van DUO"]


def test_no_term_without_obligation_and_no_term_backwards(db):
    free = factories.make_case(legal_regime="geen")
    case = factories.make_case()
    with pytest.raises(RuleBroken):
        services.register_term(case=free, starts_on=TODAY, ends_on=TODAY + timedelta(days=9), by=None)
    with pytest.raises(RuleBroken):
        services.register_term(case=case, starts_on=TODAY, ends_on=TODAY, by=None)


# --- The person ------------------------------------------------------------------------------------


def test_contact_data_change_once_and_say_nothing_of_the_content(cast):
    for _twice in range(2):
        services.edit_person(case=cast.case, phone="0611111111", by=cast.maatschappelijk_begeleider)

    cast.case.statushouder.refresh_from_db()
    assert cast.case.statushouder.phone == "0611111111"
    assert texts(cast.case, JournalKind.CHANGED) == ["Contactgegevens gewijzigd"]
    with pytest.raises(TypeError):
        services.edit_person(case=cast.case, user=cast.mentor, by=cast.klantmanager)


def test_address_and_household_lie_in_zones_of_their_own(cast):
    services.edit_address(case=cast.case, street="Laan 1", postal_code="2311 AA", town="Leiden", by=cast.klantmanager)
    services.edit_household(case=cast.case, text="Met twee kinderen", by=cast.klantmanager)
    services.edit_household(case=cast.case, text="Met twee kinderen", by=cast.klantmanager)

    assert list(cast.case.journal.filter(kind=JournalKind.CHANGED).order_by("pk").values_list("zone", flat=True)) == [
        Zone.PROGRAMME,
        Zone.BENEFIT,
    ]
    assert str(cast.case.statushouder.home_address) == "Laan 1, 2311 AA Leiden"

    services.edit_address(case=cast.case, street="", by=cast.klantmanager)
    services.edit_household(case=cast.case, text="", by=cast.klantmanager)
    person = Statushouder.objects.get(pk=cast.case.statushouder_id)
    assert not hasattr(person, "home_address")
    assert not hasattr(person, "household_note")


def test_the_person_changes_how_to_be_reached_and_not_the_name(cast, sign_in):
    sign_in(cast.statushouder).post(
        reverse("cases:edit_person", args=[cast.case.number]),
        {"phone": "0622222222", "channel": "app", "language": "ar", "full_name": "Een Ander"},
    )

    person = Statushouder.objects.get(pk=cast.case.statushouder_id)
    assert (person.phone, person.channel, person.language) == ("0622222222", "app", "ar")
    assert person.full_name == "Selam Tekle"


def test_invite_statushouder_gives_the_own_dossier(cast, sign_in, mailoutbox):
    case = factories.make_case(klantmanager=cast.klantmanager, full_name="Rima Khoury")
    client = sign_in(cast.klantmanager)

    for _twice in range(2):
        client.post(reverse("cases:invite_statushouder", args=[case.number]), {"email": "rima@demo.example"})

    person = Statushouder.objects.get(case=case)
    assert person.user.email == "rima@demo.example"
    assert list(Case.objects.visible_to(person.user.act_as(Role.STATUSHOUDER))) == [case]
    assert texts(case, JournalKind.CHANGED) == ["Uitgenodigd voor een account"]
    assert [mail.to for mail in mailoutbox] == [["rima@demo.example"]]


def appointment(case, address):
    """A coming talk with the person, who has an address alone."""
    start = timezone.now() + timedelta(days=30)
    return notifications.schedule(
        kind="check_in", title="3-maandengesprek", starts_at=start, ends_at=start + timedelta(hours=1),
        participants=[Receiver(address=address, role=Role.STATUSHOUDER)], case_number=case.number,
    )  # fmt: skip


def test_a_corrected_address_takes_the_coming_meetings_along(cast, sign_in):
    case = factories.make_case(klantmanager=cast.klantmanager, email="tikfout@demo.example")
    meeting = appointment(case, "tikfout@demo.example")
    sent = {"full_name": "Rima Khoury", "preferred_name": "Rima", "email": "rima@demo.example", "language": "ar"}
    for _twice in range(2):
        answer = sign_in(cast.klantmanager).post(reverse("cases:edit_person", args=[case.number]), sent)
        assert answer.status_code == 302
    assert [(row.user, row.address) for row in meeting.participants.all()] == [(None, "rima@demo.example")]
    about = Notification.objects.filter(meeting=meeting).order_by("pk")
    assert [(row.address, row.calendar_method, row.status) for row in about] == [
        ("tikfout@demo.example", "REQUEST", "cancelled"),
        ("rima@demo.example", "REQUEST", "queued"),
    ]
    assert texts(case, JournalKind.CHANGED) == ["Contactgegevens gewijzigd"]


def test_the_address_beside_an_account_moves_no_meetings(cast):
    meeting = notifications.schedule(
        kind="check_in", title="3-maandengesprek", starts_at=timezone.now() + timedelta(days=30),
        ends_at=timezone.now() + timedelta(days=31), case_number=cast.case.number,
        participants=[Receiver(user=cast.statushouder, role=Role.STATUSHOUDER)],
    )  # fmt: skip
    services.edit_person(case=cast.case, email="anders@demo.example", by=cast.klantmanager)
    assert [row.user for row in meeting.participants.all()] == [cast.statushouder]
    assert Notification.objects.filter(meeting=meeting).count() == 1


def test_an_account_gets_the_meetings_of_before(cast):
    case = factories.make_case(klantmanager=cast.klantmanager, email="rima@demo.example")
    meeting = appointment(case, "rima@demo.example")
    for _twice in range(2):
        user = services.invite_statushouder(case=case, email="rima@demo.example", by=cast.klantmanager, today=TODAY)
    assert list(Meeting.objects.of_user(user.act_as(Role.STATUSHOUDER))) == [meeting]
    about = Notification.objects.filter(meeting=meeting).order_by("pk")
    assert [(row.user, row.calendar_method, row.status) for row in about] == [
        (None, "REQUEST", "cancelled"),
        (user, "REQUEST", "queued"),
    ]


def test_nobody_gets_an_account_on_anothers_dossier(cast, sign_in):
    case = factories.make_case(klantmanager=cast.klantmanager)

    answer = sign_in(cast.klantmanager).post(
        reverse("cases:invite_statushouder", args=[case.number]), {"email": cast.statushouder.email}
    )

    assert "hoort al bij een account" in answer.content.decode()
    assert Statushouder.objects.get(case=case).user is None
