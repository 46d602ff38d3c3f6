"""Two at once: a dossier is taken once, a number given once, a plan established once. By locks, or on SQLite by turns."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from accounts.roles import Role
from accounts.rules import RuleBroken
from cases import services
from cases.models import Assignment, Case, FollowUp, PlanVanAanpak, PlanVersion
from tests import factories
from tests.factories import TODAY

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*calls):
    """Run the calls at the same moment, each on a connection of its own. Returns results, refusals as `RuleBroken`."""
    barrier = Barrier(len(calls))

    def run(call):
        try:
            barrier.wait(timeout=10)
            return call()
        except RuleBroken as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def test_two_klantmanagers_take_a_dossier_at_once(cast):
    case = factories.make_case()
    people = (cast.klantmanager, cast.outsider.klantmanager)

    results = at_once(*(lambda by=by: services.take_case(case=case, by=by, today=TODAY) for by in people))

    assert sorted(isinstance(result, RuleBroken) for result in results) == [False, True]
    assert Assignment.objects.filter(case=case, role=Role.KLANTMANAGER).count() == 1


def test_numbers_are_given_once(db):
    start = TODAY

    cases = at_once(*(lambda: factories.make_case(programme_start=start) for _number in range(4)))

    assert sorted(case.number for case in cases) == [f"JAS-2026-000{number}" for number in range(1, 5)]


def test_one_form_sent_twice_opens_one_dossier(cast):
    key = uuid.uuid4()

    def open_one():
        return services.open_case(
            preferred_name="Rima", full_name="Rima Khoury", programme_start=TODAY, key=key, by=None, today=TODAY
        )

    results = at_once(open_one, open_one)

    assert {getattr(result, "key", None) for result in results} == {key}
    assert Case.objects.filter(key=key).count() == 1


def test_two_save_the_plan_at_once_and_one_of_them_hears_it(cast):
    results = at_once(
        *(
            lambda text=text: services.edit_plan(case=cast.case, revision=0, wishes=text, by=cast.klantmanager)
            for text in ("een", "twee")
        )
    )

    assert sorted(isinstance(result, services.PlanChanged) for result in results) == [False, True]
    assert PlanVanAanpak.objects.get().revision == 1


def test_a_plan_is_established_once(cast):
    services.edit_plan(case=cast.case, revision=0, main_goal="werk", evaluate_on=TODAY, by=cast.klantmanager)
    services.add_agreement(case=cast.case, party=Role.KLANTMANAGER, what="Belt", by=cast.klantmanager)

    def establish():
        return services.establish_plan(case=cast.case, agreed_on=TODAY, by=cast.klantmanager, today=TODAY)

    results = at_once(establish, establish)

    assert results[0] == results[1]
    assert PlanVersion.objects.count() == 1


def test_an_alert_raised_by_two_is_one_and_followed_up_once(cast):
    def raise_it():
        return services.raise_alert(
            case=cast.case,
            key="absence:1:1",
            kind="absence",
            for_role=Role.KLANTMANAGER,
            zone="attendance",
            title="Vierde verzuim",
        )

    raised = at_once(raise_it, raise_it)
    assert sorted(is_new for _alert, is_new in raised) == [False, True]
    key = uuid.uuid4()

    def follow_up():
        return services.record_follow_up(
            alert=raised[0][0],
            key=key,
            contacted_on=TODAY,
            channel="telefoon",
            agreed="Belt bij ziekte.",
            by=cast.klantmanager,
            today=TODAY,
        )

    results = at_once(follow_up, follow_up)

    assert results[0] == results[1]
    assert FollowUp.objects.count() == 1
