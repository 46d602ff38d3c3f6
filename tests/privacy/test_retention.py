"""Clearing what is past its time: what leaves, what stays, who approves, and what happens when a worker dies."""

from datetime import date, timedelta

import pytest
from django.apps import apps
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from accounts.models import RoleAssignment, User
from accounts.roles import Role
from accounts.rules import RuleBroken
from cases.models import Alert, AlertStatus, Case, CaseloadImport, ImportState, JournalEntry, PlanVersion, Task
from mentoring.models import CheckIn, ContactMoment, Mentor, MentorStatus
from notifications.models import Meeting, MeetingParticipant, Notification, NotificationStatus
from privacy.models import ItemState, RetentionBatch, RetentionHold, RetentionRun, RetentionState
from privacy.services import retention
from privacy.services.retention_rows import ANONYMOUS
from tests import factories
from tests.factories import TODAY
from tests.privacy.aged import SECRET, figures, make_aged_case, moment

#: Closed so long ago that five years are over, and the day after the last such day.
OLD, YOUNG = date(2021, 11, 23), date(2021, 11, 24)


def everything():
    """{model: {key: values}} of the whole database but the tables of retention itself."""
    return {
        model._meta.label: {row["pk"]: row for row in model._base_manager.values("pk", *columns(model))}
        for model in apps.get_models()
        if not model._meta.label.startswith("privacy.")
    }


def columns(model):
    return [field.attname for field in model._meta.local_concrete_fields]


def dry_run(by, today=TODAY):
    run = retention.prepare_run(by=by, today=today)
    retention.work(worker="test")
    run.refresh_from_db()
    assert run.state == RetentionState.KLAAR, run.problem
    return run


def approve(run, by, today=TODAY):
    return retention.approve_run(run=run, by=by, today=today)


def carry_out(run):
    while run.is_working:
        assert retention.work(worker="test")
        run.refresh_from_db()
    return run


def whole_run(cast, today=TODAY):
    run = dry_run(cast.functioneel_beheerder, today)
    return carry_out(approve(run, cast.privacy_officer, today))


def counted(run):
    return {(result.model, result.period): result.listed for result in run.results.all()}


# --- What leaves and what stays -------------------------------------------------------------------------


def test_nothing_of_the_person_is_left_and_the_figures_stay(cast):
    case = make_aged_case(cast, closed_on=OLD)
    before = figures()
    run = whole_run(cast)
    assert run.state == RetentionState.UITGEVOERD
    assert SECRET.lower() not in repr(everything()).lower()
    assert figures() == before
    case.refresh_from_db()
    person = case.statushouder
    assert (person.full_name, person.preferred_name, person.user, person.phone) == (ANONYMOUS, ANONYMOUS, None, "")
    assert case.number.startswith("ANON-")
    assert (case.phase, case.phase_since, case.phase_reason) == ("afgerond", date(2021, 11, 1), "")
    assert not PlanVersion.objects.exists()
    assert not Task.objects.filter(case=case).exists()
    assert not JournalEntry.objects.filter(case=case).exists()


def test_the_account_of_the_person_cannot_be_used_any_more(cast):
    user = make_aged_case(cast, closed_on=OLD).statushouder.user
    user.set_password("welkom-in-leiden")
    user.save()
    whole_run(cast)
    user = User.objects.get(pk=user.pk)
    assert (user.name, user.is_active, user.last_login) == (ANONYMOUS, False, None)
    assert user.email.endswith("@geanonimiseerd.invalid")
    assert not user.check_password("welkom-in-leiden")
    assert not RoleAssignment.objects.filter(user=user).exists()
    assert not User.objects.visible_to(cast.functioneel_beheerder).filter(pk=user.pk).exists()


def test_an_account_with_another_role_stays(cast):
    user = make_aged_case(cast, closed_on=OLD).statushouder.user
    RoleAssignment.objects.create(user=user, role=Role.MENTOR, starts_on=OLD)
    case = Case.objects.get(statushouder__user=user)
    whole_run(cast)
    kept = User.objects.get(pk=user.pk)
    assert (kept.name, kept.is_active) == (user.name, True)
    assert set(kept.role_assignments.values_list("role", flat=True)) == {Role.STATUSHOUDER, Role.MENTOR}
    case.refresh_from_db()
    assert case.statushouder.user is None


def test_nothing_younger_is_touched(cast):
    make_aged_case(cast, closed_on=OLD, secret="Zandloper")
    # The mentoring notes, messages and meetings of the younger one are old as well: those have shorter periods.
    young = make_aged_case(cast, closed_on=YOUNG, secret="Waterklok")
    dossier_models = ("Case", "Statushouder", "Task", "JournalEntry", "PlanVersion", "Agreement", "HomeAddress")
    before = {
        name: [row for row in rows.values() if row.get("case_id", young.pk) == young.pk]
        for name, rows in everything().items()
        if name.removeprefix("cases.") in dossier_models and name != "cases.Case"
    }
    mine = Case.objects.filter(pk=young.pk).values().get()
    whole_run(cast)
    assert Case.objects.filter(pk=young.pk).values().get() == mine
    after = everything()
    assert after["cases.Statushouder"][young.statushouder_id]["full_name"] == "Waterklok Tekle"
    for name in ("cases.Task", "cases.JournalEntry"):
        assert [row for row in after[name].values() if row["case_id"] == young.pk] == before[name]
    assert [row["content"] for row in after["cases.PlanVersion"].values()] == [{"goal": "Waterklok"}]


def test_the_database_is_the_same_when_nothing_is_old(cast):
    Notification.objects.update(created_at=timezone.now())
    before = everything()
    run = whole_run(cast)
    assert (run.items_total, list(run.results.all())) == (0, [])
    assert everything() == before


def test_a_second_run_finds_nothing(cast):
    make_aged_case(cast, closed_on=OLD)
    whole_run(cast)
    before = everything()
    second = dry_run(cast.functioneel_beheerder)
    assert (second.items_total, list(second.results.all())) == (0, [])
    assert everything() == before


def test_the_term_of_duo_counts_when_it_is_later_than_the_closing(cast):
    case = make_aged_case(cast, closed_on=OLD)
    Case.objects.filter(pk=case.pk).update(legal_term_end=OLD + timedelta(days=1))
    assert ("cases.Case", "dossier") not in counted(dry_run(cast.functioneel_beheerder))
    assert ("cases.Case", "dossier") in counted(dry_run(cast.functioneel_beheerder, TODAY + timedelta(days=1)))


def test_notes_of_a_mentor_leave_before_the_dossier_does(cast):
    make_aged_case(cast, closed_on=TODAY - timedelta(days=200))
    before = figures()
    run = whole_run(cast)
    assert counted(run)[("mentoring.ContactMoment", "mentoring_notes")] == 3
    assert set(ContactMoment.objects.values_list("note", "minutes")) == {("", 60), ("", 45), ("", 90)}
    assert CheckIn.objects.get().summary == ""
    assert Case.objects.filter(statushouder__full_name=f"{SECRET} Tekle").exists()
    assert figures() == before


def test_a_meeting_leaves_but_that_of_a_startgroep_only_its_participants(cast):
    make_aged_case(cast, closed_on=TODAY - timedelta(days=100))
    group_meeting = Meeting.objects.get(kind="startgroep")
    whole_run(cast)
    assert list(Meeting.objects.values_list("pk", flat=True)) == [group_meeting.pk]
    assert not MeetingParticipant.objects.exists()
    assert CheckIn.objects.get().meeting is None


def test_a_talk_that_is_not_recorded_keeps_its_meeting(cast):
    make_aged_case(cast, closed_on=TODAY - timedelta(days=100))
    CheckIn.objects.update(status="gepland")
    run = whole_run(cast)
    assert [item.reason for item in run.items.filter(period="agenda")] == ["Het gesprek is nog niet vastgelegd."]
    assert CheckIn.objects.get().meeting is not None


def test_a_mentor_who_stopped_and_one_who_was_refused(cast):
    stopped, refused, recent = (factories.make_mentor(motivation=SECRET) for _ in range(3))
    Mentor.objects.filter(pk=stopped.pk).update(status=MentorStatus.GESTOPT, status_since=date(2025, 11, 23))
    Mentor.objects.filter(pk=refused.pk).update(status=MentorStatus.AFGEWEZEN, status_since=date(2026, 10, 26))
    Mentor.objects.filter(pk=recent.pk).update(status=MentorStatus.AFGEWEZEN, status_since=date(2026, 10, 27))
    run = whole_run(cast)
    assert counted(run)[("mentoring.Mentor", "volunteer")] == counted(run)[("mentoring.Mentor", "applicant")] == 1
    motivations = dict(Mentor.objects.values_list("pk", "motivation"))
    assert {motivations[stopped.pk], motivations[refused.pk]} == {""}
    assert motivations[recent.pk] == SECRET
    assert str(Mentor.objects.get(pk=stopped.pk).user) == ANONYMOUS
    assert str(Mentor.objects.get(pk=recent.pk).user) != ANONYMOUS


def test_the_hours_of_a_mentor_who_left_are_still_counted(cast):
    make_aged_case(cast, closed_on=OLD)
    Mentor.objects.filter(user=cast.mentor).update(status=MentorStatus.GESTOPT, status_since=date(2025, 1, 1))
    before = figures()
    assert before["hours per mentor"] == [(cast.mentor_file.pk, 195)]
    whole_run(cast)
    assert str(Mentor.objects.get(pk=cast.mentor_file.pk).user) == ANONYMOUS
    assert figures() == before


def test_messages_leave_after_a_year_and_those_still_to_send_do_not(cast):
    for number, status in enumerate((NotificationStatus.SENT, NotificationStatus.QUEUED)):
        Notification.objects.create(
            key=f"k{number}", kind="x", address="a@demo.example", subject="x", status=status,
            created_at=moment(date(2025, 11, 23)),
        )  # fmt: skip
    recent = Notification.objects.create(
        key="k2", kind="x", address="a@demo.example", subject="x", status=NotificationStatus.SENT,
        created_at=moment(date(2025, 11, 24)),
    )  # fmt: skip
    whole_run(cast)
    assert set(Notification.objects.filter(key__startswith="k").values_list("key", flat=True)) == {"k1", recent.key}


def test_the_file_of_an_import_leaves_storage(cast):
    stored = default_storage.save("caseloads/oud", ContentFile(SECRET))
    CaseloadImport.objects.create(
        file_name="oud.csv", file=stored, state=ImportState.TOEGEPAST, uploaded_at=moment(date(2025, 1, 1))
    )
    whole_run(cast)
    assert not CaseloadImport.objects.exists()
    assert not default_storage.exists(stored)


def test_an_account_without_a_role_for_a_year_is_emptied(cast):
    left = factories.make_user(Role.KLANTMANAGER, name=SECRET, ends_on=date(2025, 11, 1))
    recent = factories.make_user(Role.KLANTMANAGER, ends_on=date(2026, 1, 1))
    User.objects.filter(pk__in=[left.pk, recent.pk]).update(created_at=moment(date(2020, 1, 1)))
    run = whole_run(cast)
    assert counted(run)[("accounts.User", "account")] == 1
    assert User.objects.get(pk=left.pk).name == ANONYMOUS
    assert User.objects.get(pk=recent.pk).name == recent.name
    assert not run.items.filter(period="account").exists()


# --- What is held back ------------------------------------------------------------------------------------


def test_an_open_alert_and_a_hold_keep_the_dossier_and_are_named(cast):
    alerted, held = (make_aged_case(cast, closed_on=OLD, secret=name) for name in ("Zandloper", "Waterklok"))
    Alert.objects.filter(case=alerted).update(status=AlertStatus.NIEUW, handled_at=None, handled_by=None)
    retention.place_hold(case_number=held.number, reason="Bezwaar loopt", by=cast.privacy_officer)
    before = everything()["cases.Task"]
    run = whole_run(cast)
    kept = run.items.filter(period="dossier").values_list("reference", "state", "reason")
    assert set(kept) == {
        (alerted.number, ItemState.HELD, "Er staat nog een signaal open."),
        (held.number, ItemState.HELD, "De bewaarplicht is opgeschort."),
    }
    assert everything()["cases.Task"] == before
    # A hold holds everything about the dossier: notes, messages and meetings with periods of their own too.
    assert Notification.objects.filter(case_number=held.number).exists()
    assert not Notification.objects.filter(case_number=alerted.number).exists()
    assert ContactMoment.objects.filter(mentorship__case=held, note="Waterklok").count() == 3


def test_what_was_reopened_or_held_after_the_list_is_left_and_named(cast):
    reopened, held, gone = (make_aged_case(cast, closed_on=OLD, secret=name) for name in ("Zand", "Water", "Lucht"))
    run = dry_run(cast.functioneel_beheerder)
    approve(run, cast.privacy_officer)
    Case.objects.filter(pk=reopened.pk).update(phase="inburgering", phase_since=TODAY)
    retention.place_hold(case_number=held.number, reason="Klacht", by=cast.privacy_officer)
    run.refresh_from_db()
    carry_out(run)
    left = dict(run.items.filter(period="dossier").values_list("reference", "reason"))
    assert set(left) == {reopened.number, held.number}
    assert left[held.number] == "De bewaarplicht is opgeschort."
    assert "heropend" in left[reopened.number]
    assert [Task.objects.filter(case=case).exists() for case in (reopened, gone)] == [True, False]
    assert sum(RetentionBatch.objects.filter(run=run, period="dossier").values_list("left", flat=True)) == 2


def test_what_comes_of_age_after_the_list_waits_for_the_next_one(cast):
    listed = make_aged_case(cast, closed_on=OLD, secret="Zandloper")
    run = dry_run(cast.functioneel_beheerder)
    later = make_aged_case(cast, closed_on=OLD, secret="Waterklok")
    approve(run, cast.privacy_officer)
    run.refresh_from_db()
    carry_out(run)
    assert [Task.objects.filter(case=case).exists() for case in (listed, later)] == [False, True]


def test_a_row_that_another_one_protects_is_left_and_the_others_go(cast):
    cases = [make_aged_case(cast, closed_on=OLD, secret=f"Klok{n}") for n in range(3)]
    run = approve(dry_run(cast.functioneel_beheerder), cast.privacy_officer)
    # Number codes are unique: one that is taken stands for whatever the database refuses.
    stuck = cases[1]
    real = retention.rows.clear

    def refusing(policy, period, pks, today):
        if period.name == "dossier" and stuck.pk in pks:
            User.objects.filter(pk=stuck.statushouder.user_id).update(email=cast.klantmanager.email)
        return real(policy, period, pks, today)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(retention.rows, "clear", refusing)
        run.refresh_from_db()
        carry_out(run)
    assert run.state == RetentionState.UITGEVOERD
    assert list(run.items.values_list("reference", "state")) == [(stuck.number, ItemState.LEFT)]
    assert {case.pk for case in cases if Task.objects.filter(case=case).exists()} == {stuck.pk}


def test_holds_are_placed_and_ended_by_a_privacy_officer(cast):
    case = make_aged_case(cast, closed_on=OLD)
    hold = retention.place_hold(case_number=f" {case.number.lower()} ", reason="Bezwaar", by=cast.privacy_officer)
    assert retention.place_hold(case_number=case.number, reason="Nog eens", by=cast.privacy_officer) == hold
    with pytest.raises(RuleBroken):
        retention.place_hold(case_number="JAS-1999-0001", reason="Bezwaar", by=cast.privacy_officer)
    with pytest.raises(RuleBroken):
        retention.place_hold(case_number=case.number, reason=" ", by=cast.privacy_officer)
    with pytest.raises(RuleBroken):
        retention.end_hold(hold=hold, by=cast.functioneel_beheerder)
    ended = retention.end_hold(hold=hold, by=cast.privacy_officer)
    assert retention.end_hold(hold=hold, by=cast.outsider.privacy_officer).ended_by == ended.ended_by
    assert RetentionHold.objects.filter(is_active=False, reason="Bezwaar").count() == 1
    assert ("cases.Case", "dossier") in counted(dry_run(cast.functioneel_beheerder))


# --- Who asks, and what the worker does ----------------------------------------------------------------------


def test_a_list_names_counts_dates_and_numbers_but_no_person(cast):
    case = make_aged_case(cast, closed_on=OLD)
    run = dry_run(cast.functioneel_beheerder)
    result = run.results.get(model="cases.Case")
    assert (result.listed, result.oldest, result.newest, result.action) == (1, OLD, OLD, "empty")
    assert result.examples == [[case.pk, case.number, "2021-11-23"]]
    assert SECRET not in repr([list(run.results.values()), list(run.items.values())])
    assert everything()["cases.Case"][case.pk]["phase_reason"] == SECRET


def test_nothing_happens_before_the_approval_of_another_person(cast):
    make_aged_case(cast, closed_on=OLD)
    run = dry_run(cast.privacy_officer)
    before = everything()
    with pytest.raises(RuleBroken, match="zelf"):
        approve(run, cast.privacy_officer)
    with pytest.raises(RuleBroken, match="privacy officer"):
        approve(run, cast.functioneel_beheerder)
    assert retention.work(worker="test") is None
    assert everything() == before
    approve(run, cast.outsider.privacy_officer)
    run.refresh_from_db()
    again = approve(run, cast.outsider.privacy_officer)
    assert (again.state, again.approved_by) == (RetentionState.RUIMT_OP, cast.outsider.privacy_officer)


def test_an_old_list_and_a_list_under_another_policy_are_not_approved(cast):
    run = dry_run(cast.functioneel_beheerder)
    with pytest.raises(RuleBroken, match="14 dagen"):
        approve(run, cast.privacy_officer, TODAY + timedelta(days=15))
    RetentionRun.objects.update(policy="another")
    with pytest.raises(RuleBroken, match="veranderd"):
        approve(run, cast.privacy_officer)


def test_asking_twice_is_one_list_and_a_new_one_takes_the_place_of_the_old(cast):
    make_aged_case(cast, closed_on=OLD)
    first = retention.prepare_run(by=cast.functioneel_beheerder, today=TODAY)
    assert retention.prepare_run(by=cast.functioneel_beheerder, today=TODAY) == first
    retention.work(worker="test")
    second = dry_run(cast.functioneel_beheerder)
    first.refresh_from_db()
    assert (first.state, first.items.count()) == (RetentionState.VERVALLEN, 0)
    assert {example for result in first.results.all() for example in result.examples} == set()
    assert second.items.filter(period="dossier").count() == 1
    with pytest.raises(RuleBroken):
        retention.prepare_run(by=cast.klantmanager, today=TODAY)


def test_a_worker_killed_midway_loses_nothing_and_doubles_nothing(cast, monkeypatch):
    monkeypatch.setattr(retention, "BATCH", 2)
    cases = [make_aged_case(cast, closed_on=OLD, secret=f"Klok{n}") for n in range(5)]
    run = approve(dry_run(cast.functioneel_beheerder), cast.privacy_officer)
    before = figures()
    real, calls = retention.rows.clear, []

    def killed(policy, period, pks, today):
        done = real(policy, period, pks, today)
        calls.append(pks)
        if period.name == "dossier" and cases[2].pk in pks:
            raise SystemExit  # the process ends before the transaction does
        return done

    now = timezone.now()
    monkeypatch.setattr(retention.rows, "clear", killed)
    with pytest.raises(SystemExit):
        retention.work(worker="killed", clock=lambda: now, batches=100)
    monkeypatch.setattr(retention.rows, "clear", real)
    assert [Task.objects.filter(case=case).exists() for case in cases] == [False, False, True, True, True]
    assert retention.claim_next(worker="early", now=now + timedelta(seconds=30)) is None
    retention.work(worker="next", clock=lambda: now + retention.LEASE, batches=100)
    run.refresh_from_db()
    assert (run.state, run.items_done) == (RetentionState.UITGEVOERD, run.items_total)
    assert not Task.objects.filter(case__in=cases).exists()
    assert figures() == before
    done = {(result.model, result.period): (result.listed, result.done) for result in run.results.all()}
    assert done[("cases.Case", "dossier")] == (5, 5)
    assert done[("cases.PlanVersion", "dossier")] == (5, 5)
    assert sum(batch.items for batch in run.batches.filter(period="dossier")) == 5


def test_a_run_stops_between_two_batches(cast, monkeypatch):
    monkeypatch.setattr(retention, "BATCH", 1)
    cases = [make_aged_case(cast, closed_on=OLD, secret=f"Klok{n}") for n in range(3)]
    Notification.objects.all().delete()
    run = approve(dry_run(cast.functioneel_beheerder), cast.privacy_officer)
    while not run.batches.filter(period="dossier").exists():
        retention.work(worker="test", batches=1)
    stopped = retention.cancel_run(run=run, by=cast.functioneel_beheerder)
    assert (
        retention.cancel_run(run=run, by=cast.functioneel_beheerder).state == stopped.state == RetentionState.GESTOPT
    )
    assert retention.work(worker="test") is None
    assert [Task.objects.filter(case=case).exists() for case in cases] == [False, True, True]
    with pytest.raises(RuleBroken):
        approve(run, cast.privacy_officer)
    assert len(dry_run(cast.functioneel_beheerder).items.filter(period="dossier")) == 2


def test_two_workers_never_hold_one_run(cast):
    retention.prepare_run(by=cast.functioneel_beheerder, today=TODAY)
    now = timezone.now()
    first = retention.claim_next(worker="a", now=now)
    assert retention.claim_next(worker="b", now=now) is None
    RetentionRun.objects.update(claimed_by="b")
    retention.work_on(run=first, worker="a")
    assert RetentionRun.objects.get().state == RetentionState.TELT


def test_a_run_that_fails_again_and_again_ends(cast):
    run = retention.prepare_run(by=cast.functioneel_beheerder, today=TODAY)
    RetentionRun.objects.update(attempts=retention.MAX_ATTEMPTS)
    retention.work(worker="test")
    run.refresh_from_db()
    assert run.state == RetentionState.MISLUKT
    assert "mislukt" in run.problem


def test_each_batch_is_logged_in_counts(cast):
    make_aged_case(cast, closed_on=OLD)
    run = whole_run(cast)
    batches = list(run.batches.all())
    assert [batch.number for batch in batches] == list(range(1, len(batches) + 1))
    dossier = run.batches.get(period="dossier")
    assert (dossier.items, dossier.left, dossier.rows["cases.PlanVersion"]) == (1, 0, 1)
    assert SECRET not in repr(list(run.batches.values()))
    assert not run.items.exists()
    assert not [example for result in run.results.all() for example in result.examples]
