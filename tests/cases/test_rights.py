"""The rights of the person: asking, answering within the term, the copy and what is in it, disclosures, and the notice."""

import io
import json
import uuid
from datetime import date, timedelta

import pytest
from django.apps import apps
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone
from pypdf import PdfReader

from accounts.roles import Role
from accounts.rules import RuleBroken
from accounts.zones import Zone
from cases import rules, services
from cases.models import (
    Disclosure,
    JournalEntry,
    JournalKind,
    NoticeExplained,
    RequestStatus,
    RightsRequest,
    Task,
)
from cases.overviews.rights import disclosure_list, file_of, notice_state, request_list
from cases.services import rights
from mentoring.models import ContactChannel, Mentorship, MentorshipStatus
from mentoring.services.contacts import log_contact
from notifications.models import Notification
from privacy.models import LogLine
from privacy.models.log import TOLD_TO_THE_PERSON
from privacy.personal_data import Part, RegisterError, parse, part_of, problems, register
from privacy.wording import field_label
from tests import factories
from tests.factories import TODAY

NOW = timezone.make_aware(timezone.datetime(2026, 11, 23, 10))
ARABIC, ETHIOPIC = "ريما خوري", "ሰላም ተክለ"


def asking(**params):
    """Parameters of an address."""
    found = QueryDict(mutable=True)
    found.update(params)
    return found


def told(kind="rights"):
    """{(receiver, subject)} of the messages about requests."""
    return {(row.user, row.subject) for row in Notification.objects.filter(kind=kind).select_related("user")}


def lines(case):
    """Texts of the journal about requests, oldest first."""
    rows = JournalEntry.objects.filter(case=case, kind=JournalKind.RIGHTS).order_by("pk")
    return list(rows.values_list("text", flat=True))


@pytest.fixture
def asked(cast):
    """A copy that the statushouder asked for today."""
    return rights.ask_copy(case=cast.case, by=cast.statushouder, today=TODAY, now=NOW)


@pytest.fixture
def approved(cast, asked):
    """A copy that may be fetched."""
    request = rights.prepare_copy(request=asked, by=cast.klantmanager, today=TODAY, now=NOW)
    return rights.approve_copy(request=request, by=cast.privacy_officer, today=TODAY, now=NOW)


# --- Terms --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "due", "extended"),
    [
        (date(2026, 11, 23), date(2026, 12, 23), date(2027, 2, 23)),
        (date(2027, 1, 31), date(2027, 2, 28), date(2027, 4, 30)),
        (date(2028, 1, 31), date(2028, 2, 29), date(2028, 4, 30)),
        (date(2026, 11, 30), date(2026, 12, 30), date(2027, 2, 28)),
    ],
)
def test_an_answer_is_due_in_a_month_and_at_most_in_three(day, due, extended):
    assert (rules.answer_due(day), rules.answer_due(day, is_extended=True)) == (due, extended)


# --- Asking -------------------------------------------------------------------------------------------


def test_asking_a_copy_tells_the_klantmanager_and_twice_is_once(cast, asked):
    assert rights.ask_copy(case=cast.case, by=cast.statushouder, today=TODAY, now=NOW) == asked
    assert (asked.status, asked.due_on) == (RequestStatus.GEVRAAGD, date(2026, 12, 23))
    assert told() == {(cast.klantmanager, "Iemand vraagt iets over eigen gegevens")}
    assert lines(cast.case) == ["Verzoek ontvangen: kopie van gegevens"]


def test_a_message_names_nobody_and_no_content(cast, asked):
    rights.ask_correction(case=cast.case, item="Mijn schuld", wish="300 euro", by=cast.statushouder, today=TODAY)
    for message in Notification.objects.filter(kind="rights"):
        assert "Selam" not in message.subject + message.body
        assert "schuld" not in message.subject + message.body


def test_a_correction_sent_twice_is_one(cast):
    key = uuid.uuid4()
    made = [
        rights.ask_correction(
            case=cast.case, item="Wijk", wish="Mors", key=key, by=cast.statushouder, today=TODAY, now=NOW
        )
        for _again in range(2)
    ]
    assert made[0] == made[1]
    assert RightsRequest.objects.count() == 1


def test_a_request_at_the_desk_counts_from_the_day_it_was_made(cast):
    found = rights.ask_copy(
        case=cast.case, requested_on=TODAY - timedelta(days=5), by=cast.klantmanager, today=TODAY, now=NOW
    )
    assert (found.requested_on, found.due_on) == (date(2026, 11, 18), date(2026, 12, 18))
    assert told() == set()


def test_withdrawing(cast, asked):
    for _again in range(2):
        request = rights.withdraw_request(request=asked, by=cast.statushouder, now=NOW)
    assert request.status == RequestStatus.INGETROKKEN
    assert len(lines(cast.case)) == 2
    assert rights.ask_copy(case=cast.case, by=cast.statushouder, today=TODAY, now=NOW) != asked


# --- From prepared to handed over ---------------------------------------------------------------------


def test_prepared_and_approved_by_different_people(cast, asked):
    with pytest.raises(RuleBroken):
        rights.approve_copy(request=asked, by=cast.privacy_officer, today=TODAY, now=NOW)
    request = rights.prepare_copy(request=asked, by=cast.klantmanager, today=TODAY, now=NOW)
    rights.prepare_copy(request=asked, by=cast.klantmanager, today=TODAY, now=NOW)
    with pytest.raises(RuleBroken):
        rights.approve_copy(request=request, by=cast.klantmanager, today=TODAY, now=NOW)
    for _again in range(2):
        request = rights.approve_copy(request=request, by=cast.privacy_officer, today=TODAY, now=NOW)

    assert (request.status, request.open_until) == (RequestStatus.GOEDGEKEURD, TODAY + timedelta(days=30))
    assert told() == {
        (cast.klantmanager, "Iemand vraagt iets over eigen gegevens"),
        (cast.privacy_officer, "Een kopie van gegevens wacht op uw goedkeuring"),
        (cast.outsider.privacy_officer, "Een kopie van gegevens wacht op uw goedkeuring"),
        (cast.statushouder, "De kopie van uw gegevens is klaar"),
    }
    assert lines(cast.case) == [
        "Verzoek ontvangen: kopie van gegevens",
        "Klaargezet: kopie van gegevens",
        "Goedgekeurd: kopie van gegevens",
    ]


def test_handing_over_is_written_down_once_and_ends_after_thirty_days(cast, approved):
    for _again in range(2):
        request = rights.hand_over_copy(request=approved, by=cast.statushouder, today=TODAY, now=NOW)
    assert request.status == RequestStatus.GEGEVEN
    assert list(Disclosure.objects.values_list("receiver", "source", "basis")) == [
        ("De persoon zelf", f"copy:{approved.pk}", "op_verzoek")
    ]
    last = TODAY + timedelta(days=30)
    rights.hand_over_copy(request=approved, by=cast.statushouder, today=last, now=NOW)
    with pytest.raises(RuleBroken):
        rights.hand_over_copy(request=approved, by=cast.statushouder, today=last + timedelta(days=1), now=NOW)


def test_a_copy_that_nobody_fetched_in_time_makes_way_for_a_new_request(cast, approved):
    later = TODAY + timedelta(days=31)
    fresh = rights.ask_copy(case=cast.case, by=cast.statushouder, today=later, now=NOW)
    assert fresh != approved
    approved.refresh_from_db()
    assert approved.status == RequestStatus.INGETROKKEN


def test_extending_once_and_in_time(cast, asked):
    with pytest.raises(RuleBroken):
        rights.extend_request(request=asked, reason=" ", by=cast.klantmanager, today=TODAY, now=NOW)
    with pytest.raises(RuleBroken):
        rights.extend_request(request=asked, reason="Veel", by=cast.klantmanager, today=date(2026, 12, 24), now=NOW)
    request = rights.extend_request(request=asked, reason="Veel", by=cast.klantmanager, today=TODAY, now=NOW)
    assert (request.due_on, request.extension_reason) == (date(2027, 2, 23), "Veel")
    with pytest.raises(RuleBroken):
        rights.extend_request(request=asked, reason="Veel", by=cast.klantmanager, today=TODAY, now=NOW)
    assert (cast.statushouder, "Uw verzoek duurt langer") in told()


def test_refusing_with_a_reason_and_the_statement_that_stays_beside_the_data(cast):
    request = rights.ask_correction(case=cast.case, item="Wet", wish="Wi2013", by=cast.statushouder, today=TODAY)
    with pytest.raises(RuleBroken):
        rights.add_statement(request=request, statement="Ik vind van wel", by=cast.statushouder)
    with pytest.raises(RuleBroken):
        rights.refuse_request(request=request, answer="", by=cast.klantmanager)
    rights.refuse_request(request=request, answer="Uw brief van DUO zegt Wi2021.", by=cast.klantmanager)
    request = rights.add_statement(request=request, statement="Ik vind van wel", by=cast.statushouder)
    assert (request.status, request.statement) == (RequestStatus.GEWEIGERD, "Ik vind van wel")
    with pytest.raises(RuleBroken):
        rights.close_correction(request=request, answer="Toch", by=cast.klantmanager)


def test_closing_a_correction(cast, asked):
    request = rights.ask_correction(case=cast.case, item="Wijk", wish="Mors", by=cast.statushouder, today=TODAY)
    with pytest.raises(RuleBroken):
        rights.close_correction(request=asked, answer="Klaar", by=cast.klantmanager)
    for _again in range(2):
        request = rights.close_correction(request=request, answer="De wijk is Mors.", by=cast.klantmanager)
    assert request.status == RequestStatus.VERBETERD
    assert (cast.statushouder, "Er is een antwoord op uw verzoek") in told()


def test_a_reminder_comes_a_week_before_and_once_for_each_term(cast, asked):
    assert rights.remind_of_requests(today=asked.due_on - timedelta(days=8)) == 0
    late = asked.due_on + timedelta(days=3)  # a missed week is made up
    assert [rights.remind_of_requests(today=late) for _again in range(2)] == [1, 0]
    reminded = {who for who, subject in told() if subject.startswith("Een verzoek over gegevens moet")}
    assert reminded == {cast.klantmanager, cast.privacy_officer, cast.outsider.privacy_officer}
    RightsRequest.objects.update(reminded_at=None)
    rights.refuse_request(request=asked, answer="Nee", by=cast.klantmanager)
    assert rights.remind_of_requests(today=late) == 0


# --- The register and the file ------------------------------------------------------------------------


def test_every_field_of_every_model_stands_in_the_register():
    assert problems(register()) == []


def test_a_field_or_model_that_is_missing_is_found():
    whole = list(register())
    without = [part for part in whole if part.model != "cases.HomeAddress"]
    assert [text.split()[0] for text in problems(without)] == ["cases.HomeAddress"]
    short = [
        Part(**{**part.__dict__, "given": part.given[1:]}) if part.model == "cases.HomeAddress" else part
        for part in whole
    ]
    assert [text.split()[0] for text in problems(short)] == ["cases.HomeAddress.street"]
    with pytest.raises(RegisterError):
        parse({"model": [{"name": "cases.Case", "geven": []}]})


@pytest.fixture
def whole(cast):
    """A dossier with something in every zone and names in three scripts, of which one is a third person's."""
    case, km = cast.case, cast.klantmanager
    services.edit_person(case=case, full_name=f"Selam Tekle {ETHIOPIC}", phone="06 12", language="ti", by=km)
    services.edit_address(case=case, street="Breestraat 1", town="Leiden", by=km)
    services.edit_household(case=case, text=f"Met {ARABIC}", by=km)
    services.edit_plan(case=case, revision=0, main_goal="werk", goal_text="Bakker worden", by=km)
    services.add_agreement(case=case, party="statushouder", what="Belt de school", by_when=TODAY, by=km)
    money = Task.objects.get(case=case, template="r8")
    money.waits_for = "de bank"
    money.save()
    mentor = factories.make_mentor(cast.mentor, organisation=cast.vrijwilligers)
    mentor.motivation = "Mijn eigen geheime motivatie"
    mentor.save()
    match = Mentorship.objects.create(mentor=mentor, case=case, status=MentorshipStatus.ACTIEF, start_date=TODAY)
    services.assign(case=case, role=Role.MENTOR, user=cast.mentor, by=None, today=TODAY)
    log_contact(
        mentorship=match, on=TODAY, channel=ContactChannel.THUIS, minutes=60, note="Brood gebakken",
        key=uuid.uuid4(), by=cast.mentor, today=TODAY,
    )  # fmt: skip
    factories.make_enrolment(case=case, institute=cast.institute, today=TODAY)
    LogLine.objects.create(at=NOW, actor=km.pk, role=km.role, organisation="Gemeente Leiden", action="bekeken", case_number=case.number, result=200)  # fmt: skip
    case.refresh_from_db()
    return case


def others(cast):
    """Names and addresses of everybody who is not the person."""
    people = [getattr(cast, role.value) for role in Role if role != Role.STATUSHOUDER]
    return [person.name for person in people] + [person.email for person in people]


def test_the_file_holds_every_zone_and_nobody_else(cast, whole):
    file = file_of(whole, TODAY)
    text = json.dumps(file.as_json(), ensure_ascii=False)
    for part in (
        "Breestraat 1",
        ARABIC,
        "Bakker worden",
        "Belt de school",
        "de bank",
        "Brood gebakken",
        "Instituut Rijnland",
    ):
        assert part in text
    assert [name for name in others(cast) if name in text] == []
    assert "geheime motivatie" not in text
    assert cast.statushouder.password not in text
    assert {zone.zone for zone in file.zones} >= {
        Zone.CONTACT, Zone.PROGRAMME, Zone.BENEFIT, Zone.MONEY, Zone.LEGAL, Zone.MENTORING,
    }  # fmt: skip
    assert "Klantmanager, Gemeente Leiden" in text
    assert "Mentor" in text


def test_who_looked_is_in_the_file_as_the_person_may_read_it(whole):
    assert dict(part_of("privacy.LogLine").where) == {"action": [str(action) for action in TOLD_TO_THE_PERSON]}
    section = next(s for zone in file_of(whole, TODAY).zones for s in zone.sections if s.model == "privacy.LogLine")
    assert [value.words for value in section.rows[0]][1:] == [
        "Klantmanager", "Gemeente Leiden", "Bekeken", "",
    ]  # fmt: skip


def test_another_dossier_adds_nothing(cast, whole):
    before = json.dumps(file_of(whole, TODAY).as_json())
    factories.make_case(klantmanager=cast.klantmanager, full_name="Iemand Anders", user=cast.outsider.statushouder)
    assert json.dumps(file_of(whole, TODAY).as_json()) == before


def test_zones_narrow_the_file(whole):
    file = file_of(whole, TODAY, zones={Zone.CONTACT, Zone.BENEFIT})
    assert {zone.zone for zone in file.zones} == {Zone.CONTACT, Zone.BENEFIT}
    assert "de bank" not in json.dumps(file.as_json())


def test_the_json_has_the_documented_shape(whole):
    data = file_of(whole, TODAY).as_json()
    assert list(data) == [
        "schema", "programma", "dossiernummer", "gemaakt_op", "onderdelen", "niet_gegeven",
    ]  # fmt: skip
    assert (data["schema"], data["dossiernummer"], data["gemaakt_op"]) == (1, whole.number, "2026-11-23")
    case = next(part for part in data["onderdelen"] if part["onderdeel"] == "cases.Case")
    assert set(case) == {"onderdeel", "titel", "zone", "rijen"}
    assert set(case["rijen"][0]) == {*part_of("cases.Case").given, *part_of("cases.Case").people}
    assert case["rijen"][0]["leerroute"] == {"code": "onbekend", "tekst": "Nog niet bekend"}
    assert case["rijen"][0]["phase_since"] == "2026-11-23"


@pytest.mark.parametrize("extra", [0, 30])
def test_the_file_costs_the_same_with_more_rows(whole, extra, django_assert_max_num_queries):
    for at in range(extra):
        services.record(case=whole, kind=JournalKind.CHANGED, zone=Zone.CONTACT, text=str(at))
    given = sum(1 for part in register() if not part.none)
    with django_assert_max_num_queries(given + 3):
        file_of(whole, TODAY)


def test_the_pdf_is_tagged_and_reads_back(cast, whole, sign_in):
    request = rights.ask_copy(case=whole, by=cast.statushouder, today=TODAY, now=NOW)
    rights.prepare_copy(request=request, by=cast.klantmanager, today=TODAY, now=NOW)
    rights.approve_copy(request=request, by=cast.privacy_officer, today=TODAY, now=NOW)
    refused = rights.ask_correction(case=whole, item="Wet", wish="Wi2013", by=cast.statushouder, today=TODAY)
    rights.refuse_request(request=refused, answer="Nee.", by=cast.klantmanager)
    rights.add_statement(request=refused, statement="Ik vind van wel", by=cast.statushouder)

    response = sign_in(cast.statushouder).post(reverse("cases:fetch_copy", args=[request.pk]), {"vorm": "pdf"})

    assert response.status_code == 200
    assert response["Content-Disposition"] == f'attachment; filename="gegevens-{whole.number}.pdf"'
    assert "no-store" in response["Cache-Control"]
    reader = PdfReader(io.BytesIO(response.content))
    text = "\n".join(page.extract_text() for page in reader.pages)
    for part in ("Kopie van uw gegevens", "Selam Tekle", ETHIOPIC, "Breestraat 1", "Uitkering en plan", "Ander geld",
                 "Brood gebakken", "Ik vind van wel", "Wat u niet krijgt"):  # fmt: skip
        assert part in text
    assert [name for name in others(cast) if name in text] == []
    assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"]
    assert reader.trailer["/Root"]["/Lang"] == "nl"
    line = LogLine.objects.order_by("pk").last()
    assert (line.action, line.case_number, line.role) == ("gedownload", whole.number, Role.STATUSHOUDER)


# --- The screens ----------------------------------------------------------------------------------------


def test_only_the_person_fetches_what_was_approved(cast, approved, sign_in):
    address = reverse("cases:fetch_copy", args=[approved.pk])
    for user, status in (
        (cast.klantmanager, 404), (cast.privacy_officer, 404), (cast.outsider.statushouder, 404), (cast.mentor, 404),
    ):  # fmt: skip
        assert sign_in(user).post(address, {"vorm": "json"}).status_code == status
    approved.refresh_from_db()
    assert approved.status == RequestStatus.GOEDGEKEURD
    response = sign_in(cast.statushouder).post(address, {"vorm": "json"})
    assert response["Content-Type"] == "application/json; charset=utf-8"
    assert json.loads(response.content)["dossiernummer"] == cast.case.number


def test_a_copy_that_was_not_approved_is_not_given(cast, asked, sign_in):
    response = sign_in(cast.statushouder).post(reverse("cases:fetch_copy", args=[asked.pk]), {"vorm": "pdf"})
    assert (response.status_code, response.url) == (302, reverse("cases:my_data"))
    assert not Disclosure.objects.exists()


def test_the_klantmanager_prints_for_who_has_no_account_what_a_klantmanager_reads(cast, sign_in):
    case = factories.make_case(klantmanager=cast.klantmanager, full_name="Zonder Account")
    money = Task.objects.get(case=case, template="r8")
    money.waits_for = "de kredietbank"
    money.save()
    request = rights.ask_copy(case=case, by=cast.klantmanager, today=TODAY, now=NOW)
    rights.prepare_copy(request=request, by=cast.klantmanager, today=TODAY, now=NOW)
    rights.approve_copy(request=request, by=cast.privacy_officer, today=TODAY, now=NOW)
    assert (cast.klantmanager, "Een kopie van gegevens is klaar om te geven") in told()
    response = sign_in(cast.klantmanager).post(reverse("cases:fetch_copy", args=[request.pk]), {"vorm": "json"})
    text = response.content.decode()
    assert "Zonder Account" in text
    assert "kredietbank" not in text
    assert '"zone": "money"' not in text


def test_the_person_asks_and_the_klantmanager_and_officer_answer_on_screen(cast, sign_in):
    client = sign_in(cast.statushouder)
    assert client.get(reverse("cases:ask_copy")).status_code == 200
    assert not RightsRequest.objects.exists()
    client.post(reverse("cases:ask_copy"))
    request = RightsRequest.objects.get()
    page = client.get(reverse("cases:my_data")).content.decode()
    assert "U krijgt antwoord voor of op 23 december 2026." in page

    client = sign_in(cast.klantmanager)
    page = client.get(reverse("cases:rights_request", args=[request.pk])).content.decode()
    assert "nog 30 dagen" in page
    assert "Ander geld" not in page
    assert "De kopie bevat ook gegevens die u niet leest." in page
    response = client.post(reverse("cases:prepare_copy", args=[request.pk]), {"is_the_person": "on"})
    assert response.status_code == 200
    client.post(reverse("cases:prepare_copy", args=[request.pk]), {"is_the_person": "on", "texts_were_read": "on"})

    client = sign_in(cast.privacy_officer)
    page = client.get(reverse("cases:rights_request", args=[request.pk])).content.decode()
    assert "Selam" not in page
    assert "Keur de kopie goed" in page
    client.post(reverse("cases:approve_copy", args=[request.pk]))
    request.refresh_from_db()
    assert request.status == RequestStatus.GOEDGEKEURD


def test_what_the_person_did_has_no_name_for_the_privacy_officer(cast, approved, sign_in):
    rights.hand_over_copy(request=approved, by=cast.statushouder, today=TODAY, now=NOW)
    officer = sign_in(cast.privacy_officer)
    for address in (reverse("cases:disclosures"), reverse("cases:rights_request", args=[approved.pk])):
        page = officer.get(address).text
        assert "De persoon zelf" in page
        assert cast.statushouder.name not in page


def test_the_privacy_officer_reads_no_wish_and_searches_no_name(cast, sign_in):
    request = rights.ask_correction(
        case=cast.case, item="Mijn schuld", wish="300 euro", by=cast.statushouder, today=TODAY
    )
    page = sign_in(cast.privacy_officer).get(reverse("cases:rights_request", args=[request.pk])).content.decode()
    assert "schuld" not in page
    assert "300 euro" not in page
    assert request_list(cast.privacy_officer, asking(q="Selam"), TODAY).rows == []
    assert len(request_list(cast.klantmanager, asking(q="Selam"), TODAY).rows) == 1
    assert len(request_list(cast.privacy_officer, asking(q=cast.case.number), TODAY).rows) == 1


@pytest.mark.parametrize(
    ("asked_for", "found"),
    [({}, 2), ({"kind": "kopie"}, 1), ({"status": "klaargezet"}, 1), ({"status": "all"}, 3), ({"sort": "-due"}, 2)],
)
def test_the_list_narrows(cast, asked, asked_for, found):
    rights.prepare_copy(request=asked, by=cast.klantmanager, today=TODAY, now=NOW)
    rights.ask_correction(case=cast.case, item="A", wish="B", by=cast.statushouder, today=TODAY)
    closed = rights.ask_correction(case=cast.case, item="C", wish="D", by=cast.statushouder, today=TODAY)
    rights.refuse_request(request=closed, answer="Nee", by=cast.klantmanager)
    assert len(request_list(cast.klantmanager, asking(**asked_for), TODAY).rows) == found
    assert request_list(cast.outsider.klantmanager, asking(**asked_for), TODAY).rows == []


@pytest.mark.parametrize("count", [1, 3])
def test_the_lists_cost_the_same_with_more_rows(cast, count, django_assert_num_queries):
    for at in range(count):
        case = factories.make_case(klantmanager=cast.klantmanager)
        rights.ask_copy(case=case, by=cast.klantmanager, today=TODAY)
        rights.disclose(case=case, receiver=f"DUO {at}", what="naam", basis="wi2021", disclosed_on=TODAY, by=cast.klantmanager)  # fmt: skip
    with django_assert_num_queries(3):
        assert len(request_list(cast.klantmanager, asking(), TODAY).rows) == count
    with django_assert_num_queries(2):
        assert len(disclosure_list(cast.privacy_officer, asking(), TODAY).rows) == count


def test_registering_at_the_desk(cast, sign_in):
    client = sign_in(cast.klantmanager)
    address = reverse("cases:register_request", args=[cast.case.number])
    bad = client.post(address, {"kind": "verbetering", "requested_on": "2026-11-20"})
    assert bad.status_code == 200
    future = client.post(address, {"kind": "kopie", "requested_on": "2026-11-24"})
    assert future.status_code == 200
    client.post(address, {"kind": "verbetering", "item": "Wijk", "wish": "Mors", "requested_on": "2026-11-20"})
    request = RightsRequest.objects.get()
    assert (request.item, request.due_on) == ("Wijk", date(2026, 12, 20))


def test_a_bsn_is_sent_back(cast, sign_in):
    client = sign_in(cast.statushouder)
    response = client.post(reverse("cases:ask_correction"), {"item": "Mijn nummer", "wish": "111222333"})
    assert response.status_code == 200
    assert not RightsRequest.objects.exists()


# --- Disclosures and the notice -------------------------------------------------------------------------


def test_recording_a_disclosure_by_hand(cast, sign_in):
    client = sign_in(cast.klantmanager)
    key = uuid.uuid4()
    data = {"receiver": "DUO", "what": "Datum PIP", "basis": "wi2021", "disclosed_on": "2026-11-20", "key": str(key)}
    for _again in range(2):
        client.post(reverse("cases:record_disclosure", args=[cast.case.number]), data)
    assert list(Disclosure.objects.values_list("receiver", "what", "recorded_by")) == [
        ("DUO", "Datum PIP", cast.klantmanager.pk)
    ]
    assert "DUO" in sign_in(cast.statushouder).get(reverse("cases:my_data")).content.decode()
    entry = JournalEntry.objects.get(kind=JournalKind.DISCLOSURE)
    assert (entry.text, entry.zone) == ("Gegevens verstrekt aan DUO", Zone.BENEFIT)


def test_the_notice_is_explained_once_for_each_version(cast, sign_in):
    case = cast.case
    assert notice_state(case, TODAY).hint == ""
    first = rights.add_notice(version="1", valid_from=TODAY - timedelta(days=10), text="A", by=cast.privacy_officer)
    assert notice_state(case, TODAY).hint == "De uitleg over privacy is nog niet gegeven."

    page = sign_in(cast.maatschappelijk_begeleider).get(case.get_absolute_url()).content.decode()
    assert "De uitleg over privacy is nog niet gegeven." in page
    data = {"explained_on": "2026-11-20", "language": "ti", "with_interpreter": "on"}
    for _again in range(2):
        sign_in(cast.maatschappelijk_begeleider).post(reverse("cases:explain_notice", args=[case.number]), data)
    (told_,) = NoticeExplained.objects.all()
    assert (told_.notice, told_.language, told_.with_interpreter) == (first, "ti", True)
    assert told_.explained_by == cast.maatschappelijk_begeleider
    state = notice_state(case, TODAY)
    assert (state.hint, state.text) == ("", "Uitgelegd op 20 november 2026 (Tigrinya, met tolk), versie 1")

    rights.add_notice(version="2", valid_from=TODAY, text="B", by=cast.privacy_officer)
    assert notice_state(case, TODAY).hint == "Er is een nieuwe uitleg over privacy. Leg die ook uit."
    assert notice_state(case, TODAY - timedelta(days=1)).hint == ""


def test_a_notice_is_refused_when_the_version_or_the_day_is_taken_and_when_the_day_does_not_fit(cast):
    notice = rights.add_notice(version="1", valid_from=TODAY, text="A", by=cast.privacy_officer)
    for version, day in (("1", TODAY + timedelta(days=1)), ("2", TODAY)):
        with pytest.raises(RuleBroken):
            rights.add_notice(version=version, valid_from=day, text="B", by=cast.privacy_officer)
    for day in (TODAY - timedelta(days=1), TODAY + timedelta(days=1)):
        with pytest.raises(RuleBroken):
            rights.explain_notice(
                case=cast.case, notice=notice, explained_on=day, language="nl", with_interpreter=False,
                by=cast.klantmanager, today=TODAY,
            )  # fmt: skip


def test_models_of_the_register_exist_under_their_titles():
    """A title is what the person reads: no two parts have the same one."""
    titles = [part.title for part in register() if part.title]
    assert len(titles) == len(set(titles))
    assert all(apps.get_model(part.model) for part in register())


def test_every_field_that_is_shown_has_a_dutch_name():
    nameless = [
        (part.model, name)
        for part in register()
        for name in (*part.given, *part.people)
        if field_label(apps.get_model(part.model), name).lower() == name.replace("_", " ")
    ]
    assert {name for _model, name in nameless} <= {"leerroute", "startgroep", "mentor"}  # Dutch already
