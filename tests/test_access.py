"""Who may open what: every address of the portal in one table, and what everybody else meets.

A row names the roles whose member around the cast's dossier gets an answer. Everybody else meets 403 on an address
without an id and 404 on one with an id; signed out, the sign-in page. An outsider of the same role meets 404 on every id,
unless the letter is a capital: then it is no matter of a dossier. An address that is missing here fails the test.
"""

import uuid
from datetime import time, timedelta

import pytest
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.core.files.base import ContentFile
from django.urls import reverse
from django.utils import timezone

from accounts.roles import Role
from accounts.sign_in_services import remember_device
from cases.models import Agreement, AgreementParty, Alert, ChecklistItem, Task
from cases.models.programme import StartgroepPattern
from cases.services import break_glass, caseload, name_deputy, rights
from cases.services.plan import add_agreement, edit_plan, establish_plan
from inburgering.models import AbsenceKind, LessonPart
from inburgering.services.absence import report_absence
from inburgering.services.startgroep import add_participant, plan_startgroep
from jas_portal.work import jobs
from jas_portal.work.kinds import KINDS
from mentoring.models import CheckIn, CheckInKind, ContactChannel
from mentoring.services.contacts import log_contact
from mentoring.services.matching import answer_proposal, confirm_match, open_match_request, propose_match
from notifications.models import CalendarFeed, Notification, RefusedAddress
from notifications.services import make_feed
from privacy.services import retention
from tests import factories
from tests.factories import TODAY
from tests.passkeys import give_passkey
from tests.test_conventions import patterns

#: The letters of the table.
LETTERS = {
    "k": Role.KLANTMANAGER,
    "v": Role.MAATSCHAPPELIJK_BEGELEIDER,
    "m": Role.MENTOR,
    "c": Role.VRIJWILLIGERSCOORDINATOR,
    "d": Role.DOCENT,
    "i": Role.INSTITUUT,
    "s": Role.STATUSHOUDER,
    "b": Role.FUNCTIONEEL_BEHEERDER,
    "p": Role.PRIVACY_OFFICER,
}
ALL = "".join(LETTERS)
PUBLIC, SIGNED_IN = "(public)", "(signed in)"

#: URL name → who. The arguments of an address come from the fixture `ids`.
TABLE = {
    "home": ALL,
    "healthz": PUBLIC,
    # long and periodic work (a job is for who asked for it)
    "work:jobs": "kvdb",
    "work:ask": "KVD",
    "work:job": "k",
    "work:progress": "k",
    "work:cancel": "k",
    "work:file": "k",
    "work:periodic": "b",
    "work:run_now": "B",
    "security_txt": PUBLIC,
    "styleguide": PUBLIC,
    "access_review": "bp",
    "start_access_review": "bp",
    "sign_off_access_review": "p",
    "decide_access": "BP",
    # accounts
    "account_login": PUBLIC,
    "account_request_login_code": PUBLIC,
    "mfa_login_webauthn": PUBLIC,
    "mfa_authenticate": PUBLIC,
    "openid_connect_login": PUBLIC,
    "openid_connect_callback": PUBLIC,
    "mfa_index": SIGNED_IN,
    "mfa_reauthenticate": SIGNED_IN,
    "mfa_activate_totp": SIGNED_IN,
    "mfa_add_webauthn": SIGNED_IN,
    "mfa_reauthenticate_webauthn": SIGNED_IN,
    "mfa_edit_webauthn": "m",
    "mfa_remove_webauthn": "m",
    "usersessions_list": SIGNED_IN,
    "accounts:time_left": PUBLIC,
    "accounts:kept": SIGNED_IN,
    "accounts:end_session": "m",
    "accounts:forget_device": "m",
    "accounts:reset_second_factor": "B",
    "accounts:sign_in_as": PUBLIC,
    "accounts:accept_invitation": PUBLIC,
    "accounts:switch_role": SIGNED_IN,
    "accounts:my_account": SIGNED_IN,
    "accounts:edit_my_account": SIGNED_IN,
    "accounts:people": "cbp",
    "accounts:person": "CBP",
    "accounts:invite": "cb",
    "accounts:give_role": "CB",
    "accounts:end_role": "CB",
    "accounts:resend_invitation": "CB",
    "accounts:deactivate": "B",
    "accounts:reactivate": "B",
    "accounts:who_sees_what": "bp",
    "accounts:organisations": "b",
    "accounts:add_organisation": "b",
    "accounts:edit_organisation": "B",
    # notifications
    "notifications:inbox": ALL,
    "notifications:mark_all_read": ALL,
    "notifications:message": "k",
    "notifications:message_calendar": "k",
    "notifications:agenda": ALL,
    "notifications:meeting": "kmcs",
    "notifications:meeting_calendar": "kms",
    "notifications:answer_meeting": "kms",
    "notifications:answer_by_link": PUBLIC,
    "notifications:feeds": ALL,
    "notifications:revoke_feed": "m",
    "calendar_feed": PUBLIC,
    "notifications:preferences": ALL,
    "notifications:trust_my_address": ALL,
    "notifications:revoke_stop_links": ALL,
    "notifications:stop_by_link": PUBLIC,
    "notifications:refused_addresses": "b",
    "notifications:trust_address": "B",
    "notifications:failed": "b",
    "notifications:retry_all": "b",
    "notifications:retry": "B",
    "notifications:demo_mailbox": PUBLIC,
    "notifications:demo_message": PUBLIC,
    "notifications:demo_calendar": PUBLIC,
    # cases
    "cases:list": "kvd",
    "cases:hand_over_several": "k",
    "cases:unassigned": "kb",
    "cases:open_case": "k",
    "cases:deputies": "kv",
    "cases:name_deputy": "kv",
    "cases:end_deputyship": "k",
    "cases:break_glass": "k",
    "cases:break_glasses": "p",
    "cases:review_break_glass": "P",
    "cases:alerts": "kc",
    "cases:tasks": "kvd",
    "cases:alert": "k",
    "cases:record_follow_up": "k",
    "cases:settings": "b",
    "cases:change_settings": "b",
    "cases:my_plan": "s",
    "cases:who_looked": "s",
    "cases:case": "kvmcds",
    "cases:timeline": "kvmcds",
    "cases:messages": "kvmcds",
    "cases:changes": "kvs",
    "cases:my_data": "s",
    "cases:ask_copy": "s",
    "cases:ask_correction": "s",
    "cases:withdraw_request": "s",
    "cases:add_statement": "s",
    "cases:fetch_copy": "ks",
    "cases:rights_requests": "kp",
    "cases:rights_request": "kP",
    "cases:prepare_copy": "k",
    "cases:approve_copy": "P",
    "cases:extend_request": "kP",
    "cases:refuse_request": "kP",
    "cases:close_correction": "k",
    "cases:register_request": "k",
    "cases:disclosures": "kp",
    "cases:record_disclosure": "k",
    "cases:notices": "p",
    "cases:add_notice": "p",
    "cases:explain_notice": "kv",
    "cases:take_case": "k",
    "cases:hand_over": "k",
    "cases:assign_begeleider": "k",
    "cases:move_phase": "k",
    "cases:register_term": "k",
    "cases:change_route": "k",
    "cases:edit_person": "kvs",
    "cases:edit_address": "k",
    "cases:edit_household": "k",
    "cases:invite_statushouder": "k",
    "cases:tick_task": "k",
    "cases:reopen_task": "k",
    "cases:wait_for": "k",
    "cases:add_item": "v",
    "cases:tick_item": "v",
    "cases:add_task": "kvd",
    "cases:plan": "kvs",
    "cases:edit_plan": "k",
    "cases:establish_plan": "k",
    "cases:add_agreement": "k",
    "cases:change_agreement": "k",
    "cases:tick_agreement": "k",
    "cases:delete_agreement": "k",
    "cases:plan_pdf": "ks",
    "cases:plan_version": "ks",
    "cases:plan_version_pdf": "ks",
    "privacy:retention": "bp",
    "privacy:retention_rules": "bp",
    "privacy:prepare_retention": "bp",
    "privacy:retention_run": "BP",
    "privacy:retention_progress": "BP",
    "privacy:approve_retention": "P",
    "privacy:cancel_retention": "BP",
    "privacy:retention_holds": "bp",
    "privacy:place_hold": "p",
    "privacy:end_hold": "P",
    "cases:imports": "b",
    "cases:upload_caseload": "b",
    "cases:caseload_import": "B",
    "cases:import_progress": "B",
    "cases:apply_import": "B",
    "cases:cancel_import": "B",
    "cases:undo_import": "B",
    "cases:download_import": "B",
    # inburgering
    "inburgering:startgroepen": "kd",
    "inburgering:plan_startgroep": "kd",
    "inburgering:startgroep": "Kd",
    "inburgering:add_participant": "Kd",
    "inburgering:remove_participant": "kd",
    "inburgering:move_session": "Kd",
    "inburgering:cancel_session": "Kd",
    "inburgering:finish_startgroep": "Kd",
    "inburgering:call_roll": "d",
    "inburgering:institutes": "kvdsb",
    "inburgering:institute": "KVDiSB",
    "inburgering:add_institute": "b",
    "inburgering:edit_institute": "iB",
    "inburgering:enrolments": "i",
    "inburgering:enrolment": "kdi",
    "inburgering:advance_enrolment": "kdi",
    "inburgering:enrol": "kd",
    "inburgering:case_learning": "kvds",
    "inburgering:report_absence": "i",
    "inburgering:correct_absence": "i",
    # mentoring (the request and the proposal are about another dossier of the same klantmanager and coordinator; the
    # coordinator's own answers need a side in the address)
    "mentoring:mentors": "c",
    "mentoring:register_mentor": "c",
    "mentoring:mentor": "c",
    "mentoring:change_mentor": "c",
    "mentoring:move_mentor": "c",
    "mentoring:my_profile": "m",
    "mentoring:accept_gedragscode": "m",
    "mentoring:match_requests": "c",
    "mentoring:match_request": "c",
    "mentoring:compare_candidates": "c",
    "mentoring:propose_match": "c",
    "mentoring:change_match_request": "kc",
    "mentoring:withdraw_match_request": "kc",
    "mentoring:answer_proposal": "m",
    "mentoring:withdraw_proposal": "c",
    "mentoring:confirm_match": "c",
    "mentoring:mentorships": "c",
    "mentoring:mentorship": "mc",
    "mentoring:end_mentorship": "c",
    "mentoring:end_without_mentor": "c",
    "mentoring:log_contact": "m",
    "mentoring:contacts": "m",
    "mentoring:change_contact": "m",
    "mentoring:remove_contact": "m",
    "mentoring:check_ins": "kmc",
    "mentoring:check_in": "kmcs",
    "mentoring:move_check_in": "kc",
    "mentoring:miss_check_in": "kc",
    "mentoring:record_check_in": "k",
    "mentoring:case_mentor": "kmcs",
    "mentoring:open_match_request": "kcs",
    # privacy
    "privacy:log": "p",
    "privacy:log_export": "p",
    "privacy:seals": "p",
    "privacy:check_log": "p",
}


@pytest.fixture
def ids(cast):
    """The arguments of every address that has any: things of the cast's dossier."""
    return make_ids(cast)


def make_ids(cast):
    """The things of the cast's dossier, made, and their numbers by address or by package and argument."""
    km, coordinator, docent = cast.klantmanager, cast.vrijwilligerscoordinator, cast.docent
    case = cast.case
    # A plan with an agreement of each party, and its first version.
    plan = edit_plan(case=case, revision=0, main_goal="werk", goal_text="Werk", evaluate_on=TODAY, by=km)
    for party in AgreementParty.values:
        add_agreement(case=case, party=party, what=f"Afspraak {party}", by_when=TODAY, by=km)
    establish_plan(case=case, agreed_on=TODAY, by=km, today=TODAY)
    # A mentor, from request to match, with both talks and one contact.
    mentor = factories.make_mentor(cast.mentor, organisation=cast.vrijwilligers)
    factories.make_mentor(cast.outsider.mentor, organisation=cast.organisations[Role.VRIJWILLIGERSCOORDINATOR])
    request = open_match_request(case=case, organisation=cast.vrijwilligers, by=km, today=TODAY)
    mentorship = propose_match(request=request, mentor=mentor, by=coordinator, today=TODAY)
    for side, by in ((Role.MENTOR, cast.mentor), (Role.STATUSHOUDER, cast.statushouder)):
        mentorship = answer_proposal(mentorship=mentorship, side=side, agrees=True, by=by, today=TODAY)
    moment = timezone.make_aware(timezone.datetime.combine(TODAY + timedelta(days=92), time(10)))
    mentorship = confirm_match(
        mentorship=mentorship, start_date=TODAY, first_at=moment, second_at=moment + timedelta(days=90),
        by=coordinator, today=TODAY,
    )  # fmt: skip
    contact = log_contact(
        mentorship=mentorship,
        on=TODAY,
        channel=ContactChannel.THUIS,
        minutes=60,
        key=uuid.uuid4(),
        by=cast.mentor,
        today=TODAY,
    )
    # A proposal to the same mentor about another dossier of the same klantmanager.
    other = factories.make_case(klantmanager=km)
    other_request = open_match_request(case=other, organisation=cast.vrijwilligers, by=km, today=TODAY)
    proposal = propose_match(request=other_request, mentor=mentor, by=coordinator, today=TODAY)
    for side, by in ((Role.MENTOR, cast.mentor), (Role.STATUSHOUDER, coordinator)):
        proposal = answer_proposal(mentorship=proposal, side=side, agrees=True, by=by, today=TODAY)
    # A Startgroep and a course with four missed lessons.
    startgroep = plan_startgroep(
        code="Startgroep 1", docent=docent, start_on=TODAY, intake_on=TODAY - timedelta(days=3),
        pattern=StartgroepPattern.TWO_PER_WEEK, weekdays=[0, 3], starts_at=time(9), ends_at=time(12), capacity=12,
        by=docent, today=TODAY,
    )  # fmt: skip
    participant = add_participant(startgroep=startgroep, case=case, by=docent, today=TODAY)
    enrolment = factories.make_enrolment(case=case, institute=cast.institute, today=TODAY - timedelta(days=30))
    for back in range(1, 5):
        absence = report_absence(
            enrolment=enrolment, lesson_on=TODAY - timedelta(days=back), lesson_part=LessonPart.OCHTEND,
            kind=AbsenceKind.ONBEKEND, by=cast.instituut, today=TODAY,
        )  # fmt: skip
    first_talk = CheckIn.objects.get(mentorship=mentorship, kind=CheckInKind.M3)
    message = Notification.objects.exclude(calendar="").get(user=km)
    run = caseload.upload(
        name="leeg.csv",
        content=ContentFile(b"Dossiernummer extern;Volledige naam;Wet;Start programma\n"),
        by=cast.functioneel_beheerder,
    )
    # A colleague who will stand in, and who took emergency access.
    colleague = factories.make_user(Role.KLANTMANAGER, organisation=cast.organisations[Role.KLANTMANAGER])
    next_month = TODAY + timedelta(days=30)
    deputyship = name_deputy(
        holder=km,
        deputy=colleague,
        starts_on=next_month,
        last_day=next_month,
        numbers=[other.number],
        by=km,
        today=TODAY,
    )
    glass = break_glass(number=case.number, reason="Staat aan de balie met een brief.", by=colleague, today=TODAY)
    # What the mentor signs in with.
    passkey = give_passkey(cast.mentor).row
    device, _token = remember_device(user=cast.mentor, user_agent="", now=timezone.now())
    session = UserSession.objects.create(user=cast.mentor, session_key="elsewhere", ip="192.0.2.1")
    # A calendar that the mentor's own app reads, and an address that takes no mail.
    make_feed(role_assignment=cast.mentor.acting_as, by=cast.mentor, now=timezone.now())
    feed = CalendarFeed.objects.get()
    refused = RefusedAddress.objects.create(address="weg@demo.example", answer="550 weg", refused_at=timezone.now())
    items = {template: Task.objects.get(case=case, template=template) for template in ("r10", "r15")}
    copy = rights.ask_copy(case=case, by=cast.statushouder, today=TODAY)
    correction = rights.ask_correction(case=case, item="Naam", wish="Selam", by=cast.statushouder, today=TODAY)
    rights.add_notice(version="1", valid_from=TODAY, text="Wij bewaren uw gegevens.", by=cast.privacy_officer)
    job = jobs.ask(kind=KINDS["dossiers-csv"], parameters={}, key=uuid.uuid4(), by=km)
    jobs.work(worker="access")
    return {
        ("work", "pk"): job.pk,
        ("work", "kind"): "dossiers-csv",
        ("work", "name"): "expire-proposals",
        "decide_access": cast.mentor.acting_as.pk,
        ("accounts", "pk"): cast.mentor.pk,
        ("accounts", "assignment"): cast.mentor.acting_as.pk,
        "accounts:end_session": session.pk,
        "accounts:forget_device": device.pk,
        "mfa_edit_webauthn": passkey.pk,
        "mfa_remove_webauthn": passkey.pk,
        "accounts:edit_organisation": cast.vrijwilligers.pk,
        ("notifications", "pk"): message.pk,
        "notifications:meeting": first_talk.meeting_id,
        "notifications:answer_meeting": first_talk.meeting_id,
        "notifications:revoke_feed": feed.pk,
        "notifications:trust_address": refused.pk,
        ("notifications", "token"): "geen-link",
        ("calendar_feed", "token"): "geen-link",
        "notifications:meeting_calendar": first_talk.meeting_id,
        "cases:end_deputyship": deputyship.pk,
        "cases:review_break_glass": glass.pk,
        "cases:alert": Alert.objects.get(case=case).pk,
        "cases:record_follow_up": Alert.objects.get(case=case).pk,
        "cases:tick_task": items["r15"].pk,
        "cases:reopen_task": items["r15"].pk,
        "cases:wait_for": items["r15"].pk,
        "cases:add_item": items["r10"].pk,
        "cases:tick_item": ChecklistItem.objects.filter(task=items["r10"]).first().pk,
        "cases:change_agreement": Agreement.objects.get(plan=plan, party=AgreementParty.STATUSHOUDER).pk,
        "cases:tick_agreement": Agreement.objects.get(plan=plan, party=AgreementParty.STATUSHOUDER).pk,
        "cases:delete_agreement": Agreement.objects.get(plan=plan, party=AgreementParty.STATUSHOUDER).pk,
        **{
            f"cases:{name}": copy.pk
            for name in (
                "rights_request",
                "prepare_copy",
                "approve_copy",
                "fetch_copy",
                "extend_request",
                "refuse_request",
                "withdraw_request",
            )
        },
        **{f"cases:{name}": correction.pk for name in ("close_correction", "add_statement")},
        ("cases", "pk"): run.pk,
        ("privacy", "pk"): retention.prepare_run(by=cast.functioneel_beheerder, today=TODAY).pk,
        "privacy:end_hold": retention.place_hold(
            case_number=case.number, reason="Bezwaar", by=cast.privacy_officer
        ).pk,
        ("cases", "version"): 1,
        ("", "number"): case.number,
        ("inburgering", "pk"): startgroep.pk,
        "inburgering:remove_participant": participant.pk,
        "inburgering:move_session": startgroep.sessions.last().pk,
        "inburgering:cancel_session": startgroep.sessions.last().pk,
        "inburgering:call_roll": startgroep.sessions.first().pk,
        "inburgering:institute": cast.institute.pk,
        "inburgering:edit_institute": cast.institute.pk,
        "inburgering:enrolment": enrolment.pk,
        "inburgering:advance_enrolment": enrolment.pk,
        ("inburgering", "enrolment"): enrolment.pk,
        ("inburgering", "step"): "onderbreken",
        "inburgering:correct_absence": absence.pk,
        ("mentoring", "mentorship"): mentorship.pk,
        ("mentoring", "mentor"): mentor.pk,
        **{f"mentoring:{name}": mentor.pk for name in ("mentor", "change_mentor", "move_mentor")},
        **{
            f"mentoring:{name}": other_request.pk
            for name in (
                "match_request",
                "compare_candidates",
                "propose_match",
                "change_match_request",
                "withdraw_match_request",
            )
        },
        **{f"mentoring:{name}": proposal.pk for name in ("answer_proposal", "withdraw_proposal", "confirm_match")},
        **{f"mentoring:{name}": mentorship.pk for name in ("mentorship", "end_mentorship", "end_without_mentor")},
        **{f"mentoring:{name}": contact.pk for name in ("change_contact", "remove_contact")},
        **{
            f"mentoring:{name}": first_talk.pk
            for name in ("check_in", "move_check_in", "miss_check_in", "record_check_in")
        },
    }


def addresses():
    """(URL name, names of its arguments) of the portal's own views."""
    for name, pattern, view in patterns():
        if hasattr(view, "allowed_roles"):
            yield name, list(pattern.pattern.converters)


def address_of(name, arguments, ids):
    """The address of a view around the cast's dossier."""
    app = name.split(":")[0]

    def value(argument):
        for key in (name if argument in ("pk",) else None, (app, argument), ("", argument)):
            if key in ids:
                return ids[key]
        raise AssertionError(f"no {argument} for {name}")

    return reverse(name, kwargs={argument: value(argument) for argument in arguments})


def test_every_address_stands_in_the_table():
    assert sorted(name for name, _arguments in addresses()) == sorted(TABLE)


def is_sign_in(response):
    return response.status_code == 302 and response.url.startswith(reverse(settings.LOGIN_URL))


def may(name, role):
    """Whether the table lets this role in."""
    who = TABLE[name]
    return who in (PUBLIC, SIGNED_IN) or role in {LETTERS[letter] for letter in who.lower()}


def may_as_outsider(name, role):
    """Whether the table lets this role in without standing around the dossier."""
    return role in {LETTERS[letter.lower()] for letter in TABLE[name] if letter.isupper()}
