"""The yearly review of access rights: every role looked at, nobody's own, signed for, and due again a year later."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts import access_review as services
from accounts import services as accounts
from accounts.models import AccessReview, AccessReviewRow, ReviewDecision, RoleAssignment
from accounts.roles import Role
from accounts.rules import RuleBroken
from jas_portal.access_review import review_page
from tests import factories
from tests.factories import TODAY


def decide(assignment, by, decision=ReviewDecision.BLIJFT):
    return services.decide(assignment=assignment, decision=decision, by=by, today=TODAY)


def judge_everything(cast):
    """The two privacy officers together judge every role."""
    first, second = cast.privacy_officer, cast.outsider.privacy_officer
    for assignment in services.to_review(TODAY):
        decide(assignment, second if assignment.user_id == first.pk else first)


def test_everybody_but_the_statushouders_is_looked_at(cast):
    roles = {row.role for row in services.to_review(TODAY)}
    assert roles == set(Role) - {Role.STATUSHOUDER}


def test_from_the_first_row_to_the_signature_and_a_year_further(cast):
    assert services.is_due(TODAY)
    review = services.start_review(by=cast.privacy_officer)
    assert services.start_review(by=cast.functioneel_beheerder) == review
    with pytest.raises(RuleBroken, match="niet beoordeeld"):
        services.sign_off(by=cast.privacy_officer, today=TODAY)

    judge_everything(cast)
    signed = services.sign_off(by=cast.privacy_officer, today=TODAY)

    assert (signed.stays, signed.ended, signed.signed_off_by) == (16, 0, cast.privacy_officer)
    assert services.due_on(TODAY) == TODAY.replace(year=2027)
    assert not services.is_due(TODAY)
    assert services.is_due(TODAY.replace(year=2027) - timedelta(days=30))
    with pytest.raises(RuleBroken, match="geen beoordeling"):
        services.sign_off(by=cast.privacy_officer, today=TODAY)


def test_nobody_judges_the_own_role(cast):
    services.start_review(by=cast.privacy_officer)
    with pytest.raises(RuleBroken, match="collega"):
        decide(cast.privacy_officer.acting_as, cast.privacy_officer)
    assert not AccessReviewRow.objects.exists()


@pytest.mark.parametrize("role", [role for role in Role if role not in services.REVIEWERS], ids=str)
def test_nobody_else_starts_or_judges(cast, role):
    services.start_review(by=cast.privacy_officer)
    for act in (lambda by: services.start_review(by=by), lambda by: decide(cast.outsider.mentor.acting_as, by)):
        with pytest.raises(RuleBroken):
            act(getattr(cast, role.value))


def test_only_the_privacy_officer_signs(cast):
    services.start_review(by=cast.privacy_officer)
    judge_everything(cast)
    with pytest.raises(RuleBroken, match="privacy officer"):
        services.sign_off(by=cast.functioneel_beheerder, today=TODAY)


def test_what_has_to_end_ends_before_the_signature(cast):
    services.start_review(by=cast.privacy_officer)
    judge_everything(cast)
    leaver = cast.outsider.docent.acting_as
    decide(leaver, cast.privacy_officer, ReviewDecision.BEEINDIGEN)
    assert RoleAssignment.objects.current(TODAY).filter(pk=leaver.pk).exists()
    with pytest.raises(RuleBroken, match="loopt nog"):
        services.sign_off(by=cast.privacy_officer, today=TODAY)

    accounts.end_role(assignment=leaver, by=cast.functioneel_beheerder, today=TODAY)

    assert not RoleAssignment.objects.current(TODAY).filter(pk=leaver.pk).exists()
    assert services.sign_off(by=cast.privacy_officer, today=TODAY).ended == 1


@pytest.mark.parametrize(("days", "counts_as_ended"), [(31, True), (32, False)])
def test_a_role_may_end_on_a_later_day_soon(cast, sign_in, days, counts_as_ended):
    services.start_review(by=cast.privacy_officer)
    judge_everything(cast)
    leaver = cast.outsider.docent.acting_as
    decide(leaver, cast.privacy_officer, ReviewDecision.BEEINDIGEN)
    home = sign_in(cast.functioneel_beheerder).get(reverse("home")).content.decode()
    assert "één rol te beëindigen" in home

    accounts.end_role(
        assignment=leaver, by=cast.functioneel_beheerder, today=TODAY, ends_on=TODAY + timedelta(days=days)
    )

    assert services.to_end(TODAY).exists() is not counts_as_ended


def test_the_beheerder_is_asked_from_which_day_before_a_role_ends(cast, sign_in):
    services.start_review(by=cast.privacy_officer)
    leaver = cast.outsider.docent.acting_as
    client = sign_in(cast.functioneel_beheerder)

    answer = client.post(reverse("decide_access", args=[leaver.pk]), {"decision": "beeindigen"})

    ending = reverse("accounts:end_role", args=[leaver.user_id, leaver.pk])
    assert answer.url == ending
    assert RoleAssignment.objects.current(TODAY).filter(pk=leaver.pk).exists()
    assert ending in client.get(reverse("access_review"), {"state": "beeindigen"}).content.decode()
    officer = sign_in(cast.privacy_officer)
    assert ending not in officer.get(reverse("access_review"), {"state": "beeindigen"}).content.decode()


def test_a_role_given_meanwhile_is_looked_at_too(cast):
    services.start_review(by=cast.privacy_officer)
    judge_everything(cast)
    factories.make_user(Role.MENTOR)
    with pytest.raises(RuleBroken, match="nog 1 rol"):
        services.sign_off(by=cast.privacy_officer, today=TODAY)


def test_the_page_counts_dossiers_and_names_no_statushouder(cast, sign_in):
    client = sign_in(cast.privacy_officer)
    assert "Begin de beoordeling" in client.get(reverse("access_review")).content.decode()
    assert client.post(reverse("start_access_review")).status_code == 302

    rows = {row.name: row for row in review_page(cast.privacy_officer, TODAY, role=Role.KLANTMANAGER).rows}
    assert [rows[str(cast.klantmanager)].dossiers, rows[str(cast.outsider.klantmanager)].dossiers] == [1, 0]
    page = client.get(reverse("access_review"), {"q": str(cast.klantmanager), "sort": "-dossiers"}).content.decode()
    assert str(cast.klantmanager) in page
    assert str(cast.statushouder) not in client.get(reverse("access_review"), {"page": "1"}).content.decode()
    assert "Selam" not in page

    address = reverse("decide_access", args=[cast.klantmanager.acting_as.pk])
    answer = client.post(address, {"decision": "blijft", "asked": "role=klantmanager"})
    assert answer.url == f"{reverse('access_review')}?role=klantmanager"
    assert review_page(cast.privacy_officer, TODAY, state="blijft").rows[0].name == str(cast.klantmanager)
    own = client.post(
        reverse("decide_access", args=[cast.privacy_officer.acting_as.pk]), {"decision": "blijft"}, follow=True
    )
    assert "Uw eigen rol beoordeelt een collega." in own.content.decode()
    statushouder = reverse("decide_access", args=[cast.statushouder.acting_as.pk])
    assert client.post(statushouder, {"decision": "blijft"}).status_code == 404


def test_the_homes_ask_for_it_while_it_is_due(cast, sign_in):
    for user in (cast.privacy_officer, cast.functioneel_beheerder):
        assert "Toegangsrechten beoordelen" in sign_in(user).get(reverse("home")).content.decode()
    AccessReview.objects.create(is_running=False, signed_off_at=timezone.now(), signed_off_by=cast.privacy_officer)
    for user in (cast.privacy_officer, cast.functioneel_beheerder):
        assert "Kijk een keer per jaar" not in sign_in(user).get(reverse("home")).content.decode()


def test_the_page_asks_as_much_with_many(cast, django_assert_num_queries):
    services.start_review(by=cast.privacy_officer)
    for more in (0, 5):
        for _number in range(more):
            factories.make_user(Role.MENTOR)
        with django_assert_num_queries(8):
            review_page(cast.privacy_officer, TODAY)
