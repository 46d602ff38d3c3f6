"""Every answer about persons leaves exactly one line of the read log, and every refusal on an address with an id one too."""

import re
from collections import Counter
from types import SimpleNamespace

import pytest

from accounts.roles import Role
from privacy.models import Action, LogLine
from tests.test_access import PUBLIC, SIGNED_IN, TABLE, address_of, addresses, ids, may  # noqa: F401

pytestmark = pytest.mark.rounds

#: Pages that answer with 200 and show no person, with why.
SHOWS_NO_PERSON = {
    # One's own account and how one signs in.
    "account_login", "mfa_index", "mfa_activate_totp", "mfa_reauthenticate_webauthn", "usersessions_list",
    "accounts:my_account", "accounts:edit_my_account",
    "notifications:preferences", "notifications:feeds",
    # A mentor's own profile.
    "mentoring:my_profile", "mentoring:accept_gedragscode",
    # Empty forms.
    "accounts:invite", "cases:open_case", "cases:upload_caseload", "mentoring:register_mentor",
    "inburgering:plan_startgroep", "inburgering:add_institute", "accounts:add_organisation",
    # Organisations, institutes, groups and their moments: who comes there stands on pages of their own.
    "accounts:organisations", "accounts:edit_organisation", "inburgering:institutes", "inburgering:institute",
    "inburgering:edit_institute", "inburgering:startgroepen", "inburgering:move_session",
    "inburgering:cancel_session", "inburgering:finish_startgroep",
    # The programme, and counts of an import without its rows.
    "cases:settings", "cases:change_settings", "cases:imports", "cases:undo_import",
    # Which role reads what, and how long what is kept.
    "accounts:who_sees_what", "cases:deputies", "cases:end_deputyship", "privacy:retention", "privacy:retention_rules", "privacy:place_hold",
    "privacy:approve_retention",
    # An empty form that asks for the number of a dossier; the seals of the log.
    "cases:break_glass", "privacy:seals",
    # What everybody is told about their data.
    "cases:notices", "cases:add_notice",
    # Jobs and the work of the clock: what came of them is fetched at an address of its own.
    "work:jobs", "work:job", "work:periodic",
}  # fmt: skip
#: Homes without anybody on them.
HOMES_WITHOUT_PERSONS = {Role.FUNCTIONEEL_BEHEERDER, Role.PRIVACY_OFFICER}
#: Pages that list: their line carries a count and no dossier number.
LISTS = {
    "access_review", "work:ask", "work:file", "cases:break_glasses", "cases:name_deputy", "privacy:log", "privacy:log_export",
    "cases:rights_requests", "cases:disclosures",
    "accounts:people", "cases:alerts", "cases:caseload_import", "cases:download_import", "cases:list", "cases:tasks",
    "cases:unassigned", "inburgering:add_participant", "inburgering:call_roll", "inburgering:enrolments",
    "inburgering:startgroep", "mentoring:check_ins", "mentoring:contacts", "mentoring:mentors",
    "mentoring:mentorships", "notifications:agenda", "notifications:failed", "notifications:inbox",
    "notifications:refused_addresses",
    "privacy:retention_holds", "privacy:retention_run",
}  # fmt: skip
#: Pages about one account or one volunteer: their line carries that number, and no dossier's.
ABOUT_AN_ACCOUNT = {
    "accounts:reset_second_factor",
    "accounts:person", "accounts:give_role", "accounts:end_role", "accounts:deactivate",
    "mentoring:mentor", "mentoring:change_mentor", "mentoring:move_mentor",
}  # fmt: skip


def lines_of(client, address, method="get"):
    """The answer to a request, and the lines that it left."""
    before = LogLine.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    response = getattr(client, method)(address)
    return response, list(LogLine.objects.filter(pk__gt=before).order_by("pk"))


def wrong_of_page(name, role, user, response, lines):
    """What is wrong with the lines of a page that answered 200, or None."""
    shows_nobody = name in SHOWS_NO_PERSON or (name == "home" and role in HOMES_WITHOUT_PERSONS)
    if shows_nobody:
        return f"{len(lines)} lines" if lines else None
    if len(lines) != 1:
        return f"{len(lines)} lines"
    (line,) = lines
    said = SimpleNamespace(actor=line.actor, role=line.role, address=line.address, result=line.result)
    if said != SimpleNamespace(actor=user.pk, role=role.value, address=name, result=200) or not line.about_zone:
        return f"{said}, {line.about_zone}"
    if name in LISTS or (name == "home" and role != Role.STATUSHOUDER):
        if line.count is None or line.case_number or line.action not in (Action.LISTED, Action.EXPORTED):
            return f"a list: {line.action} {line.count} {line.case_number}"
        shown = rows_on(response)
        if shown is not None and line.count != shown:
            return f"a list of {shown}: {line.count}"
    elif name in ABOUT_AN_ACCOUNT:
        if not re.search(r"pk=\d+", line.subject) or line.case_number:
            return f"an account: {line.subject} {line.case_number}"
    elif not line.case_number.startswith("JAS-") or line.action not in (Action.READ, Action.DOWNLOADED):
        return f"a dossier: {line.action} {line.case_number}"
    return None


def rows_on(response):
    """How many rows the one table of a page has, or None where it has none or several."""
    body = b"" if response.streaming else response.content
    if body.count(b"<tbody") != 1:
        return None
    return body.split(b"<tbody")[1].split(b"</tbody>")[0].count(b"<tr")


def test_every_page_about_persons_is_one_line_and_every_refusal_too(cast, ids, sign_in):  # noqa: F811
    wrong, seen, refused = {}, Counter(), Counter()
    for role in Role:
        user = getattr(cast, role.value)
        client = sign_in(user)
        for name, arguments in addresses():
            if TABLE.get(name, PUBLIC) == PUBLIC:
                continue
            response, lines = lines_of(client, address_of(name, arguments, ids))
            if response.status_code == 200:
                if problem := wrong_of_page(name, role, user, response, lines):
                    wrong[role.value, name] = problem
                seen[role] += len(lines)
            elif response.status_code == 403 or (response.status_code == 404 and arguments):
                if [(line.action, line.result) for line in lines] != [(Action.DENIED, response.status_code)]:
                    wrong[role.value, name] = f"refused with {response.status_code}: {lines}"
                refused[role] += len(lines)
            elif lines:
                wrong[role.value, name] = f"{response.status_code}: {lines}"
    assert wrong == {}
    assert {role for role in Role if seen[role] > 1 and refused[role] > 20} == set(Role)


def test_an_outsider_leaves_a_line_on_every_id(cast, ids, sign_in):  # noqa: F811
    wrong = {}
    for role in Role:
        user = getattr(cast.outsider, role.value)
        client = sign_in(user)
        for name, arguments in addresses():
            if not arguments or TABLE.get(name, PUBLIC) == PUBLIC:
                continue
            for method in ("get", "post"):
                response, lines = lines_of(client, address_of(name, arguments, ids), method)
                if response.status_code != 404:
                    continue
                told = [(line.action, line.actor, line.role, line.address) for line in lines]
                if told != [(Action.DENIED, user.pk, role.value, name)]:
                    wrong[role.value, name, method] = told
                elif "number" in arguments and lines[0].case_number != cast.case.number:
                    wrong[role.value, name, method] = lines[0].case_number
    assert wrong == {}


def test_signed_out_an_address_with_an_id_leaves_a_line(client, cast, ids):  # noqa: F811
    wrong = {}
    for name, arguments in addresses():
        if TABLE.get(name, PUBLIC) in (PUBLIC, SIGNED_IN):
            continue
        _response, lines = lines_of(client, address_of(name, arguments, ids))
        told = [(line.action, line.actor, line.role, line.address, line.result) for line in lines]
        if told != ([(Action.DENIED, None, "", name, 302)] if arguments else []):
            wrong[name] = told
    assert wrong == {}


def test_pages_that_show_no_person_are_pages_that_exist():
    assert set(TABLE) >= SHOWS_NO_PERSON | LISTS | ABOUT_AN_ACCOUNT
    assert may("cases:list", Role.KLANTMANAGER)
