"""What ends, ends now: relation, role, membership and account, with the sessions and links that came with them."""

from datetime import timedelta

import pytest
from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.contrib.auth import SESSION_KEY
from django.core.management import get_commands
from django.urls import reverse
from django.utils import timezone
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from accounts import services as accounts
from accounts.models import Invitation, OrganisationKind, RoleAssignment
from accounts.roles import CASE_ROLES, Role
from cases import services
from cases.models import Alert, AlertStatus, Assignment, Case
from cases.models.case import ORGANISATION_ROLES
from mentoring import services as mentoring
from mentoring.models import CheckInStatus, MatchRequest, MentorshipStatus
from notifications import services as notifications
from notifications.models import Meeting
from notifications.services import Receiver
from tests import factories
from tests.factories import TODAY
from tests.mentoring.matches import confirm, make_accepted
from tests.test_access import addresses, may

CASE_PAGE_ROLES = sorted(CASE_ROLES - {Role.INSTITUUT})


@pytest.fixture
def around(cast):
    """The cast with everybody around the dossier."""
    for role in CASE_ROLES:
        person = getattr(cast, role.value)
        whom = {"organisation": person.acting_as.organisation} if role in ORGANISATION_ROLES else {"user": person}
        if not Assignment.objects.filter(case=cast.case, role=role, **whom).exists():
            services.assign(case=cast.case, role=role, by=None, today=TODAY, **whom)
    return cast


def page_of(client, case):
    return client.get(reverse("cases:case", args=[case.number])).status_code


# --- In the same session, at the next request --------------------------------------------------------------


@pytest.mark.parametrize("role", CASE_PAGE_ROLES, ids=str)
def test_the_end_of_a_relation_is_the_end_at_the_next_request(role, around, sign_in):
    client = sign_in(getattr(around, role.value))
    assert page_of(client, around.case) == 200
    if role == Role.KLANTMANAGER:
        services.hand_over(case=around.case, to=around.outsider.klantmanager, by=None, today=TODAY)
    else:
        services.release(case=around.case, role=role, by=None, today=TODAY)
    assert page_of(client, around.case) == 404


@pytest.mark.parametrize("role", CASE_PAGE_ROLES, ids=str)
def test_the_end_of_a_role_is_the_end_at_the_next_request(role, around, sign_in):
    user = getattr(around, role.value)
    client = sign_in(user)
    assert page_of(client, around.case) == 200
    accounts.end_role(assignment=user.acting_as, by=around.functioneel_beheerder, today=TODAY)
    assert page_of(client, around.case) == 404
    assert not Case.objects.visible_to(user.act_as(role, TODAY)).exists()


@pytest.mark.parametrize("role", CASE_PAGE_ROLES, ids=str)
def test_the_end_of_an_account_ends_its_sessions(role, around, client):
    user = getattr(around, role.value)
    client.post(reverse("account_login"), {"login": user.email, "password": "welkom-in-leiden"})
    assert page_of(client, around.case) == 200
    accounts.deactivate(user=user, by=around.functioneel_beheerder, today=TODAY)
    answer = client.get(reverse("cases:case", args=[around.case.number]))
    assert answer.url.startswith(reverse("account_login"))
    accounts.reactivate(user=user, by=around.functioneel_beheerder)
    assert page_of(client, around.case) == 302


@pytest.mark.parametrize("role", sorted(CASE_ROLES), ids=str)
def test_who_goes_on_in_the_same_role_elsewhere_leaves_the_dossiers_behind(role, around):
    user = getattr(around, role.value)
    if user.acting_as.organisation is None:  # a mentor of no organisation has none to leave
        RoleAssignment.objects.filter(pk=user.acting_as.pk).update(organisation=around.vrijwilligers)
        Assignment.objects.filter(user=user).update(organisation=around.vrijwilligers)
        user.act_as(role, TODAY)
    assert Case.objects.visible_to(user).filter(pk=around.case.pk).exists()
    elsewhere = factories.make_organisation(f"Elders {role}", OrganisationKind.INSTITUUT)
    RoleAssignment.objects.filter(user=user).update(ends_on=TODAY)
    RoleAssignment.objects.create(user=user, role=role, organisation=elsewhere, starts_on=TODAY)
    user.act_as(role, TODAY)
    assert not Case.objects.visible_to(user).filter(pk=around.case.pk).exists()
    assert not Case.objects.held_by(user).filter(pk=around.case.pk).exists()
    if role not in ORGANISATION_ROLES:
        services.release_lapsed(today=TODAY)
        assert not Assignment.objects.current(TODAY).filter(user=user).exists()


def test_two_roles_of_one_kind_are_kept_apart(cast):
    """Somebody who is klantmanager of two municipalities sees those of the one worked for now."""
    elsewhere = factories.make_organisation("Gemeente Elders")
    second = RoleAssignment.objects.create(
        user=cast.klantmanager, role=Role.KLANTMANAGER, organisation=elsewhere, starts_on=TODAY
    )
    assert Case.objects.held_by(cast.klantmanager).count() == 1
    cast.klantmanager.acting_as = second
    assert Case.objects.held_by(cast.klantmanager).count() == 0


# --- Links -------------------------------------------------------------------------------------------------


def invitation_of(user):
    uid = urlsafe_base64_encode(force_bytes(user.pk))
    return reverse("accounts:accept_invitation", kwargs={"uid": uid, "token": Invitation.objects.get(user=user).token})


@pytest.mark.parametrize("end", ["role", "account"])
def test_an_invitation_ends_with_the_role_or_the_account(cast, client, end):
    beheerder = cast.functioneel_beheerder
    user = accounts.invite(
        email="nieuw@demo.example", name="Nieuw", role=Role.DOCENT, organisation=cast.organisations[Role.DOCENT],
        by=beheerder, today=TODAY, now=timezone.now(),
    )  # fmt: skip
    link = invitation_of(user)
    assert client.get(link).status_code in (200, 302)
    if end == "role":
        accounts.end_role(assignment=user.role_assignments.get(), by=beheerder, today=TODAY)
    else:
        accounts.deactivate(user=user, by=beheerder, today=TODAY)
    assert client.get(link).status_code == 410
    client.post(link, {"password1": "vier gele fietsen", "password2": "vier gele fietsen"})
    user.refresh_from_db()
    assert not user.has_usable_password()


def test_a_reset_link_of_a_closed_account_changes_nothing(cast, client):
    user = cast.klantmanager
    before = user.password
    key = f"{user_pk_to_url_str(user)}-{default_token_generator.make_token(user)}"
    uid, _dash, token = key.partition("-")
    link = reverse("account_reset_password_from_key", kwargs={"uidb36": uid, "key": token})
    accounts.deactivate(user=user, by=cast.functioneel_beheerder, today=TODAY)
    answer = client.get(link, follow=True)
    path = answer.request["PATH_INFO"]
    client.post(path, {"password1": "vier gele fietsen", "password2": "vier gele fietsen"})
    user.refresh_from_db()
    assert user.password == before
    assert SESSION_KEY not in client.session


def test_the_calendar_file_of_a_meeting_ends_with_the_relation(around, sign_in):
    start = timezone.now() + timedelta(days=2)
    meeting = notifications.schedule(
        kind="test", title="Gesprek", starts_at=start, ends_at=start + timedelta(hours=1), case_number=around.case.number,
        participants=[Receiver(user=around.klantmanager, role=Role.KLANTMANAGER)],
    )  # fmt: skip
    client = sign_in(around.klantmanager)
    address = reverse("notifications:meeting_calendar", args=[meeting.pk])
    assert client.get(address).status_code == 200
    services.hand_over(case=around.case, to=around.outsider.klantmanager, by=None, today=TODAY)
    assert client.get(address).status_code == 404
    assert Meeting.objects.visible_to(around.outsider.klantmanager).filter(pk=meeting.pk).exists()


# --- A match without a mentor ------------------------------------------------------------------------------


@pytest.fixture
def match(cast):
    cast.mentor_file = factories.make_mentor(cast.mentor, organisation=cast.vrijwilligers)
    return confirm(make_accepted(cast), cast.vrijwilligerscoordinator)


def test_the_coordinator_hears_of_a_match_without_a_mentor_and_ends_it_with_one_click(cast, match, sign_in):
    assert mentoring.raise_without_mentor(TODAY) == 0
    accounts.end_role(assignment=cast.mentor.acting_as, by=cast.functioneel_beheerder, today=TODAY)
    services.release_lapsed(today=TODAY)

    assert [mentoring.raise_without_mentor(TODAY) for _twice in range(2)] == [1, 0]

    alert = Alert.objects.visible_to(cast.vrijwilligerscoordinator).get(title="Koppeling zonder mentor")
    client = sign_in(cast.vrijwilligerscoordinator)
    assert alert.title in client.get(reverse("cases:alerts")).content.decode()
    assert client.get(alert.link).status_code == 200
    for _double_click in range(2):
        client.post(alert.link)
    match.refresh_from_db()
    alert.refresh_from_db()
    assert match.status == MentorshipStatus.BEEINDIGD
    assert alert.status == AlertStatus.VERVALLEN
    assert not match.check_ins.exclude(status=CheckInStatus.VERVALLEN).exists()
    assert MatchRequest.objects.open().filter(case=cast.case).count() == 1


def test_a_mentor_who_comes_back_takes_the_alert_away(cast, match):
    RoleAssignment.objects.filter(user=cast.mentor).update(ends_on=TODAY)
    mentoring.raise_without_mentor(TODAY)
    RoleAssignment.objects.filter(user=cast.mentor).update(ends_on=None)
    assert mentoring.raise_without_mentor(TODAY) == 0
    assert Alert.objects.get(kind="no_mentor").status == AlertStatus.VERVALLEN


def test_a_match_with_a_mentor_is_not_ended_that_way(cast, match, sign_in):
    client = sign_in(cast.vrijwilligerscoordinator)
    client.post(reverse("mentoring:end_without_mentor", args=[match.pk]))
    match.refresh_from_db()
    assert match.status == MentorshipStatus.ACTIEF


# --- A dossier that nobody holds any more --------------------------------------------------------------------


def test_a_closed_dossier_whose_klantmanager_left_is_found_and_reopened(cast, sign_in):
    services.move_phase(case=cast.case, to="beeindigd", reason="Verhuisd", by=cast.klantmanager, today=TODAY)
    accounts.deactivate(user=cast.klantmanager, by=cast.functioneel_beheerder, today=TODAY)
    services.release_lapsed(today=TODAY)
    client = sign_in(cast.outsider.klantmanager)
    listed = reverse("cases:unassigned")
    assert cast.case.number not in client.get(listed).content.decode()
    assert cast.case.number in client.get(listed, {"status": "closed", "q": "Tekle"}).content.decode()
    assert page_of(client, cast.case) == 200
    assert client.get(reverse("cases:plan", args=[cast.case.number])).status_code == 404
    client.post(reverse("cases:take_case", args=[cast.case.number]))
    moved = client.post(
        reverse("cases:move_phase", args=[cast.case.number]), {"phase": "inburgering", "reason": "Weer in Leiden"}
    )
    assert moved.status_code == 302
    cast.case.refresh_from_db()
    assert not cast.case.is_closed


def test_the_beheerder_assigns_a_closed_dossier_by_its_number(cast, sign_in):
    services.move_phase(case=cast.case, to="beeindigd", reason="Verhuisd", by=cast.klantmanager, today=TODAY)
    services.release(case=cast.case, role=Role.KLANTMANAGER, by=None, today=TODAY)
    client = sign_in(cast.functioneel_beheerder)
    page = client.get(reverse("cases:unassigned"), {"status": "closed"}).content.decode()
    assert cast.case.number in page
    assert "Tekle" not in page
    to = cast.outsider.klantmanager
    assert client.post(reverse("cases:hand_over", args=[cast.case.number]), {"to": to.pk}).status_code == 302
    assert Case.objects.held_by(to).filter(pk=cast.case.pk).exists()


# --- Beheer without content ----------------------------------------------------------------------------------


def test_djangos_own_admin_is_not_there(settings):
    assert not any(app.startswith("django.contrib.admin") for app in settings.INSTALLED_APPS)
    assert "createsuperuser" in get_commands()  # makes an account without any role, which sees nothing


def test_a_superuser_without_a_role_sees_nothing(cast, sign_in):
    user = factories.make_user()
    user.is_superuser = True
    user.save()
    client = sign_in(user)
    assert page_of(client, cast.case) == 404
    assert client.get(reverse("accounts:people")).status_code == 403


@pytest.mark.parametrize("role", [Role.FUNCTIONEEL_BEHEERDER, Role.PRIVACY_OFFICER], ids=str)
def test_an_account_of_a_statushouder_has_no_name_for_who_keeps_or_watches_the_accounts(role, cast, sign_in):
    client = sign_in(getattr(cast, role.value))
    name, email = cast.statushouder.name, cast.statushouder.email
    label = f"Statushouder, account {cast.statushouder.pk}"
    for asked in ({}, {"role": "statushouder"}, {"sort": "-email"}):
        page = client.get(reverse("accounts:people"), asked).content.decode()
        assert label in page
        assert name not in page
        assert email not in page
    for words in (name, email):
        assert label not in client.get(reverse("accounts:people"), {"q": words}).content.decode()
    row = cast.statushouder.role_assignments.get()
    values = {"pk": cast.statushouder.pk, "assignment": row.pk}
    pages = 0
    for address, arguments in addresses():
        if address.startswith("accounts:") and "pk" in arguments and may(address, role):
            answer = client.get(reverse(address, kwargs={argument: values[argument] for argument in arguments}))
            page = answer.content.decode()
            assert name not in page, address
            assert email not in page, address
            if answer.status_code == 200:
                assert label in page, address
                pages += 1
    assert pages == {Role.FUNCTIONEEL_BEHEERDER: 5, Role.PRIVACY_OFFICER: 1}[role]


def test_of_a_mentor_who_was_a_statushouder_the_second_is_not_told(cast, sign_in):
    RoleAssignment.objects.create(user=cast.mentor, role=Role.STATUSHOUDER, starts_on=TODAY)
    page = sign_in(cast.functioneel_beheerder).get(reverse("accounts:person", args=[cast.mentor.pk])).content.decode()
    assert cast.mentor.name in page
    assert "Statushouder" not in page
