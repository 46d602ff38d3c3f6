"""`manage.py invite_beheerder`: the first person of a new portal, from an empty database to signing in."""

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.models import Invitation, Organisation, OrganisationKind, RoleAssignment, User
from accounts.roles import Role
from notifications.models import Notification
from tests import factories

ADDRESS = "wouter@gemeente.example"


def invite(capsys, *arguments, name="Wouter Smit", email=ADDRESS):
    """What the command says."""
    call_command("invite_beheerder", name, email, *arguments)
    return capsys.readouterr().out.strip()


def test_invite_beheerder_in_an_empty_portal(db, capsys, client):
    said = invite(capsys)

    assert said == (
        "De uitnodiging voor wouter@gemeente.example staat klaar. De worker verstuurt haar; de link werkt 7 dagen."
    )
    role = RoleAssignment.objects.select_related("user", "organisation").get()
    assert (role.user.name, role.role, role.created_by) == ("Wouter Smit", Role.FUNCTIONEEL_BEHEERDER, None)
    assert (role.organisation.name, role.organisation.kind) == ("Gemeente Leiden", OrganisationKind.GEMEENTE)
    mail = Notification.objects.get()
    assert (mail.address, mail.subject, mail.is_secret) == (ADDRESS, "Uitnodiging voor het JAS-portaal", True)
    link = next(line for line in mail.body.split() if "/accounts/uitnodiging/" in line)
    assert client.get(link.removeprefix("http://localhost:8000")).status_code == 200


def test_invite_beheerder_for_an_organisation_that_is_there(db, capsys):
    organisation = factories.make_organisation("Servicepunt71", OrganisationKind.VLUCHTELINGENWERK)

    invite(capsys, "--organisation", "servicepunt71")

    assert Organisation.objects.get() == organisation
    assert RoleAssignment.objects.get().organisation == organisation


def test_invite_beheerder_twice_in_a_minute_mails_once(db, capsys):
    assert invite(capsys) == invite(capsys)
    assert (User.objects.count(), RoleAssignment.objects.count(), Notification.objects.count()) == (1, 1, 1)


def test_invite_beheerder_again_after_the_link_ran_out_sends_a_new_one(db, capsys):
    invite(capsys)
    Invitation.objects.update(invited_at=timezone.now() - timedelta(days=8))

    invite(capsys)

    assert Notification.objects.count() == 2
    assert Invitation.objects.get().is_open()


def test_invite_beheerder_who_can_sign_in_already(db, capsys):
    user = factories.make_user(Role.KLANTMANAGER, email=ADDRESS, organisation=factories.make_organisation())

    said = [invite(capsys), invite(capsys)]

    assert said == ["wouter@gemeente.example kan al inloggen en is functioneel beheerder."] * 2
    assert {row.role for row in user.role_assignments.all()} == {Role.KLANTMANAGER, Role.FUNCTIONEEL_BEHEERDER}
    assert Notification.objects.count() == 1  # that a role was added


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ({"email": "wouter"}, "wouter is geen e-mailadres."),
        ({"name": "  "}, "Geef een naam van hoogstens 120 tekens."),
        ({"name": "x" * 121}, "Geef een naam van hoogstens 120 tekens."),
    ],
)
def test_invite_beheerder_refused(db, capsys, arguments, why):
    with pytest.raises(CommandError, match=why):
        invite(capsys, **arguments)
    assert not User.objects.exists()


def test_invite_beheerder_refused_for_an_account_that_is_off(db, capsys):
    user = factories.make_user(email=ADDRESS)
    User.objects.filter(pk=user.pk).update(is_active=False)

    with pytest.raises(CommandError, match="uitgezet"):
        invite(capsys)
    assert not Organisation.objects.exists()
