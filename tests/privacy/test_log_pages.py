"""The pages of the read log: search and export for the privacy officer, and for a person who looked."""

import csv
import io
from datetime import datetime, timedelta

import pytest
from django.db import DatabaseError, connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import RoleAssignment
from accounts.roles import Role
from jas_portal.log_alerts import check_and_tell
from notifications.models import Notification
from privacy.activities import ACTIVITIES, PURPOSES, purposes, words_of
from privacy.models import Action, LogCheck, LogLine
from privacy.services import log, sealing
from tests import factories
from tests.factories import TODAY
from tests.test_access import addresses

LOG, EXPORT, SEALS = "/privacy/logboek/", "/privacy/logboek/bestand/", "/privacy/logboek/zegels/"
WHO_LOOKED = "/dossiers/wie-keek/"


def at(days=0, hour=9, minute=0):
    return timezone.make_aware(datetime(2026, 11, 23, hour, minute)) - timedelta(days=days)


def write(user, moment, **columns):
    """A line of this person."""
    columns = {
        "action": Action.READ, "case_number": "JAS-2026-0001", "about_zone": "programme", "address": "cases:case",
        "result": 200, "origin": "192.0.2.7",
    } | columns  # fmt: skip
    role = user.acting_as if user else None
    return log.write_line(
        at=moment,
        actor=user.pk if user else None,
        role=role.role if role else "",
        organisation=str(role.organisation or "") if role else "",
        **columns,
    )


@pytest.fixture
def officer(cast, sign_in):
    return sign_in(cast.privacy_officer)


def shown(response):
    """(who, action, about) of the rows of the log."""
    return [(row.who, row.action, row.about) for row in response.context["page"].rows]


# --- What one answer leaves ------------------------------------------------------------------------------------------


def test_a_line_says_who_what_of_whom_in_which_role_and_from_where(cast, sign_in):
    client = sign_in(cast.klantmanager)
    client.get(reverse("cases:case", args=[cast.case.number]), REMOTE_ADDR="192.0.2.9")
    line = LogLine.objects.get()
    assert (line.actor, line.role, line.organisation) == (cast.klantmanager.pk, "klantmanager", "Gemeente Leiden")
    assert (line.action, line.case_number, line.about_zone) == (Action.READ, cast.case.number, "programme")
    assert (line.address, line.result, line.origin, line.count, line.search) == (
        "cases:case",
        200,
        "192.0.2.9",
        None,
        "",
    )
    assert abs(line.at - timezone.now()) < timedelta(minutes=1)


def test_a_list_is_one_line_with_its_filter_and_count(cast, sign_in):
    client = sign_in(cast.klantmanager)
    client.get("/dossiers/?q=Selam&phase=aangemeld&sort=name&page=1")
    line = LogLine.objects.get()
    assert (line.action, line.count, line.search) == (Action.SEARCHED, 1, "q: Selam; phase: aangemeld")
    client.get("/dossiers/")
    assert LogLine.objects.filter(action=Action.LISTED, count=1, search="").count() == 1


def test_a_download_and_a_change_are_said_so(cast, sign_in):
    client = sign_in(cast.klantmanager)
    client.get(reverse("cases:plan_pdf", args=[cast.case.number]))
    client.post(reverse("cases:edit_household", args=[cast.case.number]), {"text": "Met een zus, geheim"})
    told = LogLine.objects.order_by("pk").values_list("action", "about_zone", "case_number", "result")
    number = cast.case.number
    assert list(told) == [
        (Action.DOWNLOADED, "benefit", number, 200),
        (Action.CHANGED, "benefit", number, 302),
    ]
    assert "geheim" not in str(list(LogLine.objects.values()))


def test_the_log_keeps_no_token_of_an_address(client, db):
    client.get(reverse("accounts:accept_invitation", args=["MQ", "secret-token"]))
    client.get("/accounts/password/reset/key/1-secret-token/")
    assert "secret-token" not in str(list(LogLine.objects.values()))


def test_what_was_typed_is_never_a_reason_for_no_line(cast, sign_in):
    client = sign_in(cast.klantmanager)
    assert client.get("/dossiers/", {"q": "x\x00" + "y" * 400}).status_code == 200
    line = LogLine.objects.get()
    assert (len(line.search), "\x00" in line.search) == (200, False)


@pytest.mark.parametrize(
    ("remote", "forwarded", "proxies", "kept"),
    [
        ("192.0.2.1", "", 0, "192.0.2.1"),
        ("192.0.2.1", "203.0.113.5", 0, "192.0.2.1"),
        ("192.0.2.1", "203.0.113.5, 203.0.113.6", 1, "203.0.113.6"),
        ("2001:db8:1:2:3:4:5:6", "", 0, "2001:db8:1:2::"),
        ("::ffff:192.0.2.1", "", 0, "192.0.2.1"),
        ("", "", 0, ""),
        ("192.0.2.1", "unknown", 1, ""),
    ],
)
def test_origin_is_the_visitor_and_not_the_proxy(cast, sign_in, settings, remote, forwarded, proxies, kept):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = proxies
    headers = {"HTTP_X_FORWARDED_FOR": forwarded} if forwarded else {}
    sign_in(cast.klantmanager).get("/dossiers/", REMOTE_ADDR=remote, **headers)
    assert LogLine.objects.get().origin == kept


@pytest.fixture
def no_log(monkeypatch):
    def fail(**columns):
        raise DatabaseError("no")

    monkeypatch.setattr("privacy.middleware.log.write_line", fail)


def test_a_page_that_cannot_be_logged_is_not_shown(cast, sign_in, no_log, caplog):
    response = sign_in(cast.klantmanager).get(reverse("cases:case", args=[cast.case.number]))
    assert response.status_code == 503
    assert cast.case.statushouder.full_name not in response.content.decode()
    assert "Deze pagina kan nu niet open" in response.content.decode()
    assert "no line for bekeken on cases:case" in caplog.text


def test_a_change_and_a_refusal_go_out_all_the_same(cast, sign_in, no_log, caplog):
    client = sign_in(cast.klantmanager)
    number = cast.case.number
    assert client.post(reverse("cases:edit_household", args=[number]), {"text": "Alleen"}).status_code == 302
    assert client.get("/accounts/organisaties/").status_code == 403
    assert caplog.text.count("Read log: no line for") == 2


def test_a_line_is_one_query(cast, sign_in):
    client = sign_in(cast.klantmanager)
    client.get("/dossiers/")
    with CaptureQueriesContext(
        connection,
    ) as queries:
        client.get("/dossiers/")
    assert [q["sql"].split()[0] for q in queries if "privacy_" in q["sql"]] == ["INSERT"]


# --- The privacy officer ---------------------------------------------------------------------------------------------


@pytest.fixture
def lines(cast):
    write(cast.klantmanager, at(1))
    write(cast.mentor, at(2), action=Action.DENIED, result=404, address="cases:plan", about_zone="")
    write(cast.docent, at(3), action=Action.LISTED, count=12, case_number="", search="q: Selam", address="cases:list")
    write(None, at(4), action=Action.DENIED, result=302, address="cases:case")
    write(cast.klantmanager, at(60), action=Action.DOWNLOADED, address="cases:plan_pdf")


def test_the_log_shows_the_last_thirty_days_newest_first(officer, lines, cast):
    response = officer.get(LOG)
    assert shown(response) == [
        (cast.klantmanager.name, "Bekeken", "JAS-2026-0001"),
        (cast.mentor.name, "Geweigerd", "JAS-2026-0001"),
        (cast.docent.name, "Lijst bekeken", "12 rijen"),
        ("Niet ingelogd", "Geweigerd", "JAS-2026-0001"),
    ]
    assert response.context["page"].found == "4 regels."
    # Reading the log is a line as well, with the filter that was in force.
    own = LogLine.objects.order_by("-pk").first()
    assert (own.actor, own.action, own.address, own.count) == (
        cast.privacy_officer.pk,
        Action.LISTED,
        "privacy:log",
        4,
    )
    assert own.search == "van: 2026-10-24"


@pytest.mark.parametrize(
    ("asked", "count"),
    [
        ({"van": ""}, 5),
        ({"rol": "mentor"}, 1),
        ({"rol": "no role"}, 4),
        ({"handeling": "geweigerd"}, 2),
        ({"doel": "cases"}, 4),
        ({"doel": "mentoring"}, 0),
        ({"dossier": "jas-2026-0001"}, 4),
        ({"dossier": "JAS-2026-0002"}, 0),
        ({"van": "2026-11-21", "tot": "2026-11-21"}, 1),
        ({"tot": "2026-10-01"}, 1),
        ({"van": "gisteren"}, 5),
        ({"q": "niemand zo"}, 0),
        ({"q": "\x00"}, 5),
        ({"na": "nonsense"}, 4),
        ({"na": "2026-11-22T09:00:00+01:00_99999999999999999999999"}, 4),
    ],
)
def test_filters_of_the_log(officer, lines, asked, count):
    response = officer.get(LOG, asked)
    assert (response.status_code, len(shown(response))) == (200, count)


def test_a_name_finds_the_lines_of_an_account_of_all_times(officer, lines, cast):
    response = officer.get(LOG, {"q": cast.klantmanager.email})
    assert [row.who for row in response.context["page"].rows] == [cast.klantmanager.name] * 2


def test_the_log_is_walked_through_from_line_to_line_both_ways(officer, cast):
    for number in range(70):
        write(
            cast.mentor,
            at(1, minute=number // 60) + timedelta(seconds=number % 7),
            case_number="",
            subject=f"pk={number}",
        )
    for sort, newest_first in (("", True), ("oud", False)):
        seen, address = [], f"{LOG}?rol=mentor&sort={sort}"
        for _page in range(3):
            page = officer.get(address).context["page"]
            seen += [(row.at, row.about) for row in page.rows]
            address = LOG + page.further
        assert (len(seen), len(set(seen)), page.further) == (70, 70, "")
        assert [moment for moment, _about in seen] == sorted((m for m, _a in seen), reverse=newest_first)


def test_the_log_names_nobody_of_the_programme_and_finds_nobody_by_that_name(officer, cast):
    helper = cast.mentor
    RoleAssignment.objects.create(user=helper, role=Role.STATUSHOUDER)
    for user, role in ((cast.statushouder, Role.STATUSHOUDER), (helper, Role.STATUSHOUDER), (helper, Role.MENTOR)):
        write(user.act_as(role), at(), case_number="JAS-2026-0001")
    page = officer.get(LOG, {"dossier": "JAS-2026-0001"})
    unnamed = [f"Statushouder, account {user.pk}" for user in (helper, cast.statushouder)]
    assert [row.who for row in page.context["page"].rows] == [helper.name, *unnamed]
    assert cast.statushouder.name not in page.text
    assert cast.statushouder.name not in b"".join(officer.get(EXPORT).streaming_content).decode()
    assert shown(officer.get(LOG, {"q": cast.statushouder.name})) == []
    assert shown(officer.get(LOG, {"q": cast.statushouder.email})) == []
    assert [row.role for row in officer.get(LOG, {"q": helper.name}).context["page"].rows] == ["Mentor"]


def test_the_log_costs_the_same_with_one_line_and_with_many(officer, cast, django_assert_num_queries):
    write(cast.klantmanager, at(1))
    officer.get(LOG)
    with CaptureQueriesContext(connection) as first:
        officer.get(LOG)
    for number in range(60):
        write(factories.make_user(Role.MENTOR), at(1, minute=number % 60))
    with django_assert_num_queries(len(first)):
        officer.get(LOG)


def test_the_export_holds_every_line_safe_for_a_spreadsheet_and_is_logged(officer, lines, cast):
    write(cast.docent, at(1), action=Action.SEARCHED, count=0, case_number="", search="=1+1", address="cases:list")
    response = officer.get(EXPORT, {"rol": "docent"})
    assert "attachment" in response["Content-Disposition"]
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    heading, *rows = csv.reader(io.StringIO(text), delimiter=";")
    assert heading[:4] == ["Regel", "Moment", "Account", "Naam"]
    assert {(row[4], row[8]) for row in rows} == {("Docent Startgroep", "Programma")}
    assert [(row[3], row[6], row[14]) for row in rows] == [
        (cast.docent.name, "Gezocht", "'=1+1"),
        (cast.docent.name, "Lijst bekeken", "q: Selam"),
    ]
    own = LogLine.objects.order_by("-pk").first()
    assert (own.action, own.address, own.count) == (Action.EXPORTED, "privacy:log_export", 2)
    assert own.search == "rol: docent; van: 2026-10-24"


def test_the_seals_page_tells_whether_the_log_stands(officer, lines, cast):
    assert "Nog geen zegels" in officer.get(SEALS).content.decode()
    sealing.seal_new_lines(now=timezone.now())
    assert officer.post(reverse("privacy:check_log")).status_code == 302
    page = officer.get(SEALS).content.decode()
    assert "Er is een controle gevraagd" in page
    done = check_and_tell(now=timezone.now())
    assert done.is_clean
    assert "Het logboek klopt" in officer.get(SEALS).content.decode()
    assert not Notification.objects.filter(kind="read_log").exists()


def test_findings_are_told_to_every_privacy_officer_once(officer, lines, cast):
    sealing.seal_new_lines(now=timezone.now())
    LogLine.objects.filter(role="docent").delete()
    for _sweep in range(3):
        check_and_tell(now=timezone.now())
    told = Notification.objects.filter(kind="read_log")
    assert {row.user for row in told} == {cast.privacy_officer, cast.outsider.privacy_officer}
    assert told.count() == 2
    assert "Selam" not in told[0].body + told[0].subject
    assert LogCheck.objects.count() == 1
    page = officer.get(SEALS).content.decode()
    assert "Het logboek klopt niet" in page
    assert "Onder zegel 1 ontbreken 1 van 5 regels" in page
    home = officer.get("/")
    assert home.context["home"].today_count >= 1
    waiting = home.content.decode().partition("Eerst dit")[2].partition("Wie mag wat zien")[0]
    assert "Het logboek klopt niet" in waiting
    assert SEALS in waiting


def test_the_same_findings_are_told_once_and_others_again(officer, lines, cast):
    day, now = timedelta(days=1), timezone.now()
    sealing.seal_new_lines(now=now)
    told = Notification.objects.filter(kind="read_log", user=cast.privacy_officer)
    gone = LogLine.objects.get(role="docent")
    gone.delete()
    for days in (1, 2, 3):
        assert not check_and_tell(now=now + days * day).is_clean
    assert told.count() == 1
    LogLine.objects.filter(role="klantmanager").first().delete()
    check_and_tell(now=now + 4 * day)
    check_and_tell(now=now + 5 * day)
    assert told.count() == 2


def test_what_was_found_told_and_mended_is_told_when_it_comes_back(officer, lines, cast):
    day, now = timedelta(days=1), timezone.now()
    sealing.seal_new_lines(now=now)
    told = Notification.objects.filter(kind="read_log", user=cast.privacy_officer)
    line = LogLine.objects.get(role="docent")
    for days, actor, count in ((1, 99, 1), (2, line.actor, 1), (3, 99, 2)):
        LogLine.objects.filter(pk=line.pk).update(actor=actor)
        check_and_tell(now=now + days * day)
        assert told.count() == count


def test_every_address_has_words():
    nameless = {name for name, _arguments in addresses() if words_of(name) == name and ":" in name}
    assert nameless == set()
    assert {name.partition(":")[0] for name in ACTIVITIES} == set(PURPOSES)


def test_each_purpose_is_offered_once_and_finds_all_of_it(officer, cast):
    words = [str(words) for _name, words in purposes()]
    assert len(words) == len(set(words))
    assert set(words) == {str(words) for words in PURPOSES.values()}
    officer.get("/toegangsrechten/")
    assert "Toegangsrechten beoordelen" in officer.get(f"{LOG}?doel=accounts").content.decode()


# --- The person of a dossier -----------------------------------------------------------------------------------------


def told(response):
    return [
        (day, visit.role, visit.organisation, visit.people, visit.did)
        for day, visits in response.context["page"].days
        for visit in visits
    ]


def test_a_person_reads_who_looked_day_by_day(cast, sign_in):
    number = cast.case.number
    colleague = factories.make_user(Role.KLANTMANAGER, organisation=cast.organisations[Role.KLANTMANAGER])
    write(cast.klantmanager, at(0), case_number=number)
    write(cast.klantmanager, at(0, 8), case_number=number, about_zone="benefit")
    write(cast.klantmanager, at(0, 8), case_number=number, about_zone="benefit", action=Action.DOWNLOADED)
    write(colleague, at(0, 7), case_number=number)
    write(cast.mentor, at(3), case_number=number, about_zone="mentoring", action=Action.CHANGED)
    # Not told: refusals, lists, other dossiers, what the person did, who comes to a meeting, and who merely looks after the log.
    write(cast.outsider.mentor, at(1), case_number=number, action=Action.DENIED, result=404)
    write(cast.docent, at(1), case_number="", action=Action.LISTED, count=9)
    write(cast.klantmanager, at(1), case_number="JAS-2026-9999")
    write(cast.statushouder, at(1), case_number=number)
    write(cast.mentor, at(1), case_number=number, action=Action.CHANGED, address="notifications:answer_meeting")

    response = sign_in(cast.statushouder).get(WHO_LOOKED)

    assert told(response) == [
        (TODAY, "Klantmanager", "Gemeente Leiden", "2 mensen",
         ["Bekeken: uw dossier en uw plan.", "Als bestand bewaard: uw plan."]),
        (TODAY - timedelta(days=3), "Mentor", "", "", ["Veranderd: het contact met uw mentor."]),
    ]  # fmt: skip
    page = response.content.decode()
    assert "192.0.2.7" not in page
    assert cast.klantmanager.name not in page
    assert cast.mentor.name not in page


def test_days_are_those_of_the_clock_on_the_wall(cast, sign_in):
    write(cast.klantmanager, timezone.make_aware(datetime(2026, 11, 20, 0, 30)), case_number=cast.case.number)
    ((day, *_rest),) = told(sign_in(cast.statushouder).get(WHO_LOOKED))
    assert day == datetime(2026, 11, 20).date()


def test_earlier_days_are_one_step_away(cast, sign_in):
    write(cast.klantmanager, at(45), case_number=cast.case.number)
    client = sign_in(cast.statushouder)
    page = client.get(WHO_LOOKED).context["page"]
    assert (page.days, page.later) == ([], "")
    earlier = client.get(WHO_LOOKED + page.earlier)
    assert [row[0] for row in told(earlier)] == [TODAY - timedelta(days=45)]
    assert earlier.context["page"].earlier == ""
    assert client.get(WHO_LOOKED + earlier.context["page"].later).context["page"].last == TODAY
    for odd in ("tot=nonsense", "tot=2026-13-45", "tot=9999-01-01", "wie=x&wat=y"):
        assert client.get(f"{WHO_LOOKED}?{odd}").status_code == 200
    assert "Niemand keek in deze dagen" in client.get(WHO_LOOKED).content.decode()


def test_who_looked_can_be_narrowed_down(cast, sign_in):
    write(cast.klantmanager, at(1), case_number=cast.case.number)
    write(cast.mentor, at(1), case_number=cast.case.number, action=Action.CHANGED)
    client = sign_in(cast.statushouder)
    assert [row[1] for row in told(client.get(WHO_LOOKED, {"wie": "mentor"}))] == ["Mentor"]
    assert [row[1] for row in told(client.get(WHO_LOOKED, {"wat": "bekeken"}))] == ["Klantmanager"]


def test_who_looked_costs_the_same_with_one_line_and_with_many(cast, sign_in, django_assert_num_queries):
    client = sign_in(cast.statushouder)
    write(cast.klantmanager, at(1), case_number=cast.case.number)
    client.get(WHO_LOOKED)
    with CaptureQueriesContext(connection) as first:
        client.get(WHO_LOOKED)
    for number in range(40):
        write(factories.make_user(Role.MENTOR), at(number % 20), case_number=cast.case.number)
    with django_assert_num_queries(len(first)):
        client.get(WHO_LOOKED)


def test_an_outsider_sees_nothing_of_another_dossier(cast, sign_in):
    write(cast.klantmanager, at(1), case_number=cast.case.number)
    assert told(sign_in(cast.outsider.statushouder).get(WHO_LOOKED)) == []


def test_the_links_stand_where_one_looks(cast, sign_in):
    client = sign_in(cast.statushouder)
    assert WHO_LOOKED in client.get("/").content.decode()
    assert LOG in sign_in(cast.privacy_officer).get("/").content.decode()
