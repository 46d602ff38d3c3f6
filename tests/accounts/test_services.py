"""Every service of accounts: done, refused, done twice; and the mail it leaves in the outbox."""

from datetime import UTC, date, datetime, timedelta

import pytest

from accounts import services
from accounts.models import Invitation, Organisation, OrganisationKind, RoleAssignment, User
from accounts.roles import Role
from accounts.rules import RuleBroken
from notifications.models import Notification
from tests import factories
from tests.factories import TODAY

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def mails():
    """(address, subject) of everything in the outbox, oldest first."""
    return list(Notification.objects.order_by("pk").values_list("address", "subject"))


@pytest.fixture
def gemeente(db):
    return factories.make_organisation("Gemeente Leiden")


@pytest.fixture
def beheerder(gemeente):
    return factories.make_user(Role.FUNCTIONEEL_BEHEERDER, organisation=gemeente)


@pytest.fixture
def coordinator(db):
    return factories.make_user(
        Role.VRIJWILLIGERSCOORDINATOR,
        organisation=factories.make_organisation("Mentorproject", OrganisationKind.VRIJWILLIGERS),
    )


def invite(by, *, email="Nieuw@Demo.example", role=Role.MENTOR, organisation=None, now=NOW, **dates):
    return services.invite(
        email=email, name="Nieuwe  Mens", role=role, organisation=organisation, by=by, today=TODAY, now=now, **dates
    )


# --- Inviting ----------------------------------------------------------------------------------------


def test_inviting_makes_an_account_a_role_and_one_mail(beheerder):
    user = invite(beheerder)
    assert (user.email, user.name, user.has_usable_password()) == ("nieuw@demo.example", "Nieuwe Mens", False)
    role = user.role_assignments.get()
    assert (role.role, role.starts_on, role.ends_on, role.created_by) == (Role.MENTOR, TODAY, None, beheerder)
    assert (user.invitation.invited_by, user.invitation.invited_at) == (beheerder, NOW)
    assert mails() == [("nieuw@demo.example", "Uitnodiging voor het JAS-portaal")]
    row = Notification.objects.get()
    assert (row.is_secret, row.in_inbox, row.user) == (True, False, None)
    assert "http://localhost:8000/accounts/uitnodiging/" in row.body
    assert user.invitation.token in row.body
    assert beheerder.name in row.body
    assert "30 november 2026, 10:00" in row.body


def test_inviting_twice_is_inviting_once(beheerder):
    first, second = invite(beheerder), invite(beheerder, email="nieuw@demo.example", now=NOW + timedelta(hours=1))
    assert first == second
    assert RoleAssignment.objects.filter(user=first).count() == 1
    assert Invitation.objects.get().invited_at == NOW
    assert len(mails()) == 1


def test_who_has_an_account_gets_the_role_and_a_mail_and_keeps_the_password(beheerder, gemeente):
    user = factories.make_user(Role.MENTOR, email="marit@demo.example", name="Marit")
    password = user.password
    for _time in range(2):
        found = invite(beheerder, email="MARIT@demo.example", role=Role.KLANTMANAGER, organisation=gemeente)
    found.refresh_from_db()
    assert (found, found.name, found.password) == (user, "Marit", password)
    assert {r.role for r in user.role_assignments.all()} == {Role.MENTOR, Role.KLANTMANAGER}
    assert not Invitation.objects.exists()
    assert mails() == [("marit@demo.example", "U hebt een rol erbij in het JAS-portaal")]


def test_a_second_role_for_who_has_not_answered_yet_mails_nothing_more(beheerder, gemeente):
    invite(beheerder)
    user = invite(beheerder, role=Role.KLANTMANAGER, organisation=gemeente)
    assert user.role_assignments.count() == 2
    assert len(mails()) == 1


def test_a_role_may_start_and_end_later(beheerder):
    user = invite(beheerder, starts_on=date(2026, 12, 1), ends_on=date(2027, 1, 1))
    assert list(user.current_roles(date(2026, 11, 30))) == []
    assert user.current_roles(date(2026, 12, 1)).count() == 1
    assert list(user.current_roles(date(2027, 1, 1))) == []


@pytest.mark.parametrize(
    ("inviter", "role"),
    [
        (Role.FUNCTIONEEL_BEHEERDER, Role.STATUSHOUDER),
        (Role.VRIJWILLIGERSCOORDINATOR, Role.KLANTMANAGER),
        (Role.VRIJWILLIGERSCOORDINATOR, Role.FUNCTIONEEL_BEHEERDER),
        (Role.KLANTMANAGER, Role.MENTOR),
        (Role.PRIVACY_OFFICER, Role.MENTOR),
        (Role.MENTOR, Role.MENTOR),
        (Role.STATUSHOUDER, Role.STATUSHOUDER),
    ],
)
def test_a_role_that_is_not_yours_to_give_is_refused(gemeente, inviter, role):
    by = factories.make_user(inviter, organisation=gemeente)
    with pytest.raises(RuleBroken):
        invite(by, role=role, organisation=gemeente if role == Role.KLANTMANAGER else None)
    assert User.objects.count() == 1
    assert mails() == []


def test_a_klantmanager_invites_a_statushouder(gemeente):
    user = invite(factories.make_user(Role.KLANTMANAGER, organisation=gemeente), role=Role.STATUSHOUDER)
    assert user.role_assignments.get().role == Role.STATUSHOUDER


def test_a_coordinator_invites_for_the_own_organisation_only(coordinator):
    own = coordinator.acting_as.organisation
    assert invite(coordinator, organisation=own).role_assignments.get().organisation == own
    with pytest.raises(RuleBroken):
        invite(coordinator, email="ander@demo.example", organisation=factories.make_organisation("Elders"))


def test_a_role_needs_a_fitting_organisation(beheerder, gemeente):
    for role, organisation in (
        (Role.KLANTMANAGER, None),
        (Role.INSTITUUT, gemeente),
    ):
        with pytest.raises(RuleBroken):
            invite(beheerder, role=role, organisation=organisation)
    with pytest.raises(RuleBroken):
        invite(None, role=Role.STATUSHOUDER, organisation=gemeente)
    institute = factories.make_organisation("Instituut", OrganisationKind.INSTITUUT)
    assert invite(beheerder, role=Role.INSTITUUT, organisation=institute).role_assignments.exists()


def test_nobody_gives_themselves_a_role(beheerder, gemeente):
    with pytest.raises(RuleBroken):
        invite(beheerder, email=beheerder.email, role=Role.KLANTMANAGER, organisation=gemeente)
    with pytest.raises(RuleBroken):
        services.give_role(user=beheerder, role=Role.PRIVACY_OFFICER, organisation=gemeente, by=beheerder, today=TODAY)


def test_a_closed_account_is_not_invited(beheerder):
    user = factories.make_user(Role.MENTOR)
    services.deactivate(user=user, by=beheerder, today=TODAY)
    with pytest.raises(RuleBroken):
        invite(beheerder, email=user.email, role=Role.MENTOR)
    with pytest.raises(RuleBroken):
        services.give_role(user=user, role=Role.MENTOR, organisation=None, by=beheerder, today=TODAY)


# --- Giving and ending roles ---------------------------------------------------------------------------


def test_giving_a_role_twice_gives_it_once(beheerder, gemeente):
    user = factories.make_user(Role.MENTOR)
    given = [
        services.give_role(user=user, role=Role.DOCENT, organisation=gemeente, by=beheerder, today=TODAY)
        for _time in range(2)
    ]
    assert given[0] == given[1]
    assert user.role_assignments.count() == 2
    assert mails() == []


def test_the_same_role_for_another_time_is_refused(beheerder, gemeente):
    user = factories.make_user(Role.DOCENT, organisation=gemeente)
    for dates in ({"ends_on": date(2027, 1, 1)}, {"starts_on": date(2019, 1, 1)}):
        with pytest.raises(RuleBroken):
            services.give_role(user=user, role=Role.DOCENT, organisation=gemeente, by=beheerder, today=TODAY, **dates)
    with pytest.raises(RuleBroken):
        services.give_role(
            user=user, role=Role.KLANTMANAGER, organisation=gemeente, by=beheerder, today=TODAY, ends_on=TODAY
        )


def test_a_role_that_ended_can_be_given_again(beheerder, gemeente):
    user = factories.make_user(Role.DOCENT, organisation=gemeente)
    services.end_role(assignment=user.role_assignments.get(), by=beheerder, today=TODAY)
    services.give_role(user=user, role=Role.DOCENT, organisation=gemeente, by=beheerder, today=TODAY)
    assert user.current_roles(TODAY).count() == 1


def test_ending_a_role_ends_it_today(beheerder):
    user = factories.make_user(Role.MENTOR)
    row = user.role_assignments.get()
    for day in (TODAY, TODAY + timedelta(days=3)):
        assert services.end_role(assignment=row, by=beheerder, today=day).ends_on == TODAY
    assert list(user.current_roles(TODAY)) == []
    assert user.current_roles(TODAY - timedelta(days=1)).count() == 1


def test_a_role_can_end_later_and_then_sooner(beheerder):
    row = factories.make_user(Role.MENTOR).role_assignments.get()
    later = TODAY + timedelta(days=30)
    assert services.end_role(assignment=row, by=beheerder, today=TODAY, ends_on=later).ends_on == later
    assert services.end_role(assignment=row, by=beheerder, today=TODAY).ends_on == TODAY


def test_a_role_that_has_not_begun_ends_on_its_first_day(beheerder):
    start = TODAY + timedelta(days=5)
    user = invite(beheerder, starts_on=start)
    assert services.end_role(assignment=user.role_assignments.get(), by=beheerder, today=TODAY).ends_on == start
    assert list(user.current_roles(start)) == []


def test_a_role_does_not_end_in_the_past(beheerder):
    row = factories.make_user(Role.MENTOR).role_assignments.get()
    with pytest.raises(RuleBroken):
        services.end_role(assignment=row, by=beheerder, today=TODAY, ends_on=TODAY - timedelta(days=1))


def test_nobody_ends_the_role_they_work_in(beheerder, gemeente):
    factories.make_user(Role.FUNCTIONEEL_BEHEERDER, organisation=gemeente)
    with pytest.raises(RuleBroken):
        services.end_role(assignment=beheerder.acting_as, by=beheerder, today=TODAY)
    assert beheerder.current_roles(TODAY).count() == 1


def test_the_last_beheerder_stays(beheerder, gemeente):
    row = beheerder.role_assignments.get()
    invite(None, role=Role.FUNCTIONEEL_BEHEERDER, organisation=gemeente)  # has no password yet: can't sign in
    closed = factories.make_user(Role.FUNCTIONEEL_BEHEERDER, organisation=gemeente)
    services.deactivate(user=closed, by=beheerder, today=TODAY)
    factories.make_user(Role.FUNCTIONEEL_BEHEERDER, organisation=gemeente, ends_on=TODAY + timedelta(days=9))
    with pytest.raises(RuleBroken):
        services.end_role(assignment=row, by=None, today=TODAY)
    with pytest.raises(RuleBroken):
        services.deactivate(user=beheerder, by=None, today=TODAY)
    second = factories.make_user(Role.FUNCTIONEEL_BEHEERDER, organisation=gemeente)
    services.end_role(assignment=row, by=second, today=TODAY)
    assert list(beheerder.current_roles(TODAY)) == []


def test_a_coordinator_ends_mentors_of_the_own_organisation_only(coordinator):
    own, elsewhere = coordinator.acting_as.organisation, factories.make_organisation("Elders")
    mine = factories.make_user(Role.MENTOR, organisation=own).role_assignments.get()
    theirs = factories.make_user(Role.MENTOR, organisation=elsewhere).role_assignments.get()
    other_role = factories.make_user(Role.KLANTMANAGER, organisation=own).role_assignments.get()
    assert services.end_role(assignment=mine, by=coordinator, today=TODAY).ends_on == TODAY
    for row in (theirs, other_role):
        with pytest.raises(RuleBroken):
            services.end_role(assignment=row, by=coordinator, today=TODAY)


# --- Closing and opening accounts ----------------------------------------------------------------------


def test_deactivating_and_reactivating(beheerder):
    user = factories.make_user(Role.MENTOR)
    for _time in range(2):
        assert not services.deactivate(user=user, by=beheerder, today=TODAY).is_active
    assert not RoleAssignment.objects.current(TODAY).filter(user=user).exists()
    for _time in range(2):
        assert services.reactivate(user=user, by=beheerder).is_active
    assert RoleAssignment.objects.current(TODAY).filter(user=user).exists()
    assert mails() == []


def test_only_a_beheerder_closes_accounts_and_not_the_own(beheerder, coordinator, gemeente):
    factories.make_user(Role.FUNCTIONEEL_BEHEERDER, organisation=gemeente)
    mentor = factories.make_user(Role.MENTOR)
    for by, user in ((coordinator, mentor), (beheerder, beheerder)):
        with pytest.raises(RuleBroken):
            services.deactivate(user=user, by=by, today=TODAY)
    with pytest.raises(RuleBroken):
        services.reactivate(user=mentor, by=coordinator)


# --- Invitations -----------------------------------------------------------------------------------------


def test_accepting_sets_the_password_once(beheerder):
    user = invite(beheerder)
    token = user.invitation.token
    accepted = services.accept_invitation(user=user, token=token, password="een-lang-wachtwoord", now=NOW)
    assert accepted.check_password("een-lang-wachtwoord")
    assert Invitation.objects.get().accepted_at == NOW
    with pytest.raises(RuleBroken):
        services.accept_invitation(user=user, token=token, password="een-ander-wachtwoord", now=NOW)
    user.refresh_from_db()
    assert user.check_password("een-lang-wachtwoord")


def test_a_link_expires_after_seven_days(beheerder):
    user = invite(beheerder)
    just_in_time = NOW + timedelta(days=7) - timedelta(seconds=1)
    assert services.open_invitation(user=user, token=user.invitation.token, now=just_in_time)
    assert services.open_invitation(user=user, token=user.invitation.token, now=NOW + timedelta(days=7)) is None


def test_a_link_is_for_one_person_and_stops_with_the_account(beheerder):
    user, other = invite(beheerder), invite(beheerder, email="ander@demo.example")
    token = user.invitation.token
    assert services.open_invitation(user=other, token=token, now=NOW) is None
    assert services.open_invitation(user=user, token=token[:-1] + "é", now=NOW) is None
    assert services.open_invitation(user=beheerder, token=token, now=NOW) is None
    services.deactivate(user=user, by=beheerder, today=TODAY)
    assert services.open_invitation(user=user, token=token, now=NOW) is None


def test_sending_again_makes_a_new_link_and_closes_the_old(beheerder):
    user = invite(beheerder)
    old = user.invitation.token
    later = NOW + timedelta(days=8)
    for now in (later, later + timedelta(seconds=5)):  # a double click
        invitation = services.resend_invitation(user=user, by=beheerder, now=now)
    assert invitation.invited_at == later
    assert services.open_invitation(user=user, token=old, now=later) is None
    assert services.open_invitation(user=user, token=invitation.token, now=later)
    assert len(mails()) == 2


def test_sending_again_is_refused_after_the_answer_and_to_who_may_not(beheerder, coordinator, gemeente):
    user = invite(beheerder, role=Role.KLANTMANAGER, organisation=gemeente)
    with pytest.raises(RuleBroken):
        services.resend_invitation(user=user, by=coordinator, now=NOW + timedelta(days=1))
    services.choose_password(user=user, password="een-lang-wachtwoord", now=NOW)
    for by in (beheerder, None):
        with pytest.raises(RuleBroken):
            services.resend_invitation(user=user, by=by, now=NOW + timedelta(days=1))
    with pytest.raises(RuleBroken):
        services.resend_invitation(user=coordinator, by=beheerder, now=NOW)
    assert len(mails()) == 1


# --- Organisations and details -----------------------------------------------------------------------------


def test_saving_an_organisation(beheerder, coordinator):
    fields = {"name": "Taalhuis  Zuid", "kind": OrganisationKind.INSTITUUT, "email": "", "phone": ""}
    first, second = (services.save_organisation(by=beheerder, **fields) for _time in range(2))
    assert (first, first.name) == (second, "Taalhuis Zuid")
    changed = services.save_organisation(organisation=first, by=beheerder, **fields | {"phone": "06 00 00 00 00"})
    assert Organisation.objects.get(pk=first.pk).phone == changed.phone == "06 00 00 00 00"
    with pytest.raises(RuleBroken):
        services.save_organisation(by=coordinator, **fields | {"name": "Ander"})
    with pytest.raises(RuleBroken):  # the name is taken
        services.save_organisation(by=beheerder, **fields | {"name": "gemeente leiden"})
    with pytest.raises(RuleBroken):  # enrolments hang on it
        services.save_organisation(organisation=first, by=beheerder, **fields | {"kind": OrganisationKind.GEMEENTE})


def test_changing_ones_own_details_only(beheerder):
    user = factories.make_user(Role.MENTOR)
    changed = services.change_details(user=user, name=" Marit  V ", phone=" 06 00 00 00 00 ", language="nl", by=user)
    assert (changed.name, changed.phone) == ("Marit V", "06 00 00 00 00")
    with pytest.raises(RuleBroken):
        services.change_details(user=user, name="X", phone="", language="nl", by=beheerder)
