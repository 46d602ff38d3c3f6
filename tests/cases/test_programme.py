"""The numbers of the programme: versions, what one changes, and what dossiers keep."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.rules import RuleBroken
from cases import overviews, services
from cases.models import ProgrammeSettings
from tests import factories
from tests.factories import TODAY


def current(day=TODAY):
    return ProgrammeSettings.objects.on(day)


def test_defaults_are_those_of_the_requirements():
    numbers = ProgrammeSettings()

    assert (numbers.goal_months, numbers.startgroep_weeks, numbers.assessment_weeks) == (24, 6, 3)
    assert (numbers.first_check_in_months, numbers.second_check_in_months, numbers.absence_threshold) == (3, 6, 3)
    assert (numbers.plan_days, numbers.diploma_start_days, numbers.goal_reminder_months) == (28, 30, [6, 3, 1])


def test_a_dossier_keeps_the_version_it_began_with(cast):
    later = TODAY + timedelta(days=10)
    services.change_settings(
        valid_from=later, goal_months=36, plan_days=14, by=cast.functioneel_beheerder, today=TODAY
    )

    before, after = factories.make_case(), factories.make_case(today=later)

    assert before.programme_settings.goal_months == 24
    assert after.goal_deadline == later.replace(year=later.year + 3)
    assert after.tasks.get(template="r17").due_on == later + timedelta(days=14)
    cast.case.refresh_from_db()
    assert cast.case.goal_deadline.year == 2028


def test_a_version_begins_today_or_later_and_changes_something(cast):
    for wrong in (
        {"valid_from": TODAY - timedelta(days=1), "plan_days": 14},
        {"valid_from": TODAY + timedelta(days=1), "plan_days": 28},
    ):
        with pytest.raises(RuleBroken):
            services.change_settings(**wrong, by=cast.functioneel_beheerder, today=TODAY)

    assert current().plan_days == 28


def test_the_same_version_twice_is_one(cast):
    day = TODAY + timedelta(days=5)

    made = [
        services.change_settings(valid_from=day, plan_days=14, by=cast.functioneel_beheerder, today=TODAY)
        for _twice in range(2)
    ]

    assert made[0] == made[1]
    with pytest.raises(RuleBroken):
        services.change_settings(valid_from=day, plan_days=20, by=cast.functioneel_beheerder, today=TODAY)


def test_change_settings_page_shows_first_and_does_then(cast, sign_in):
    client = sign_in(cast.functioneel_beheerder)
    address = reverse("cases:change_settings")
    today = timezone.localdate()
    form = client.get(address).context["form"]
    sent = {name: form[name].value() for name in form.fields} | {
        "valid_from": (today + timedelta(days=1)).isoformat(),
        "plan_days": 21,
        "goal_reminder_months": "6, 2",
    }
    sent = {name: value for name, value in sent.items() if value not in (None, False)}

    shown = client.post(address, sent)
    assert ProgrammeSettings.objects.count() == 1
    page = shown.content.decode()
    assert "Dit verandert er" in page
    assert [(row.before, row.after) for row in shown.context["changes"]] == [("6, 3, 1", "6, 2"), ("28", "21")]

    done = client.post(address, sent | {"confirmed": "1"})
    assert done.url == reverse("cases:settings")
    version = current(today + timedelta(days=1))
    assert (version.plan_days, version.goal_reminder_months, version.changed_by) == (
        21,
        [6, 2],
        cast.functioneel_beheerder,
    )


@pytest.mark.parametrize(
    "wrong", [{"valid_from": "2020-01-01"}, {"goal_months": "0"}, {"goal_reminder_months": "zes"}]
)
def test_a_wrong_value_is_said_at_its_field(cast, sign_in, wrong):
    client = sign_in(cast.functioneel_beheerder)
    form = client.get(reverse("cases:change_settings")).context["form"]
    sent = {name: form[name].value() for name in form.fields if form[name].value() not in (None, False)}

    answer = client.post(reverse("cases:change_settings"), sent | wrong | {"confirmed": "1"})

    assert answer.status_code == 200
    assert list(answer.context["form"].errors) == list(wrong)
    assert ProgrammeSettings.objects.count() == 1


def test_the_page_lists_versions_with_what_they_changed(cast):
    services.change_settings(
        valid_from=TODAY + timedelta(days=3), plan_days=14, by=cast.functioneel_beheerder, today=TODAY
    )

    page = overviews.settings_page(TODAY)

    assert [(version.state, len(version.changes)) for version in page.versions] == [("gepland", 1), ("geldt nu", 0)]
    assert ("dagen tot het Plan van Aanpak", "28") in [(label, value) for label, value, _why in page.current]
    # Why, in words: the numbers of the requirements are for who builds it.
    assert [why for _label, _value, why in page.current if not why or re.search(r"\b(R|Amb-)\d", why)] == []
