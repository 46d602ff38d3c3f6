"""The pages about people: who sees whom, what the buttons do, switching roles, and what a list costs."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Invitation, Organisation, OrganisationKind, RoleAssignment, User
from accounts.overviews import ACTIVE, ENDED, INVITED
from accounts.roles import Role
from notifications.models import Notification
from tests import factories

PEOPLE = "/accounts/mensen/"


@pytest.fixture
def gemeente(db):
    return factories.make_organisation("Gemeente Leiden")


@pytest.fixture
def beheerder(gemeente):
    return factories.make_user(Role.FUNCTIONEEL_BEHEERDER, organisation=gemeente, name="Wouter Smit")


@pytest.fixture
def coordinator(db):
    project = factories.make_organisation("Mentorproject", OrganisationKind.VRIJWILLIGERS)
    return factories.make_user(Role.VRIJWILLIGERSCOORDINATOR, organisation=project, name="Ilse Kuiper")


def names(answer):
    return [row.name for row in answer.context["rows"]]


# --- Who sees whom ---------------------------------------------------------------------------------------


def test_the_beheerder_and_the_privacy_officer_see_everyone(sign_in, beheerder, coordinator, gemeente):
    officer = factories.make_user(Role.PRIVACY_OFFICER, organisation=gemeente, name="Hanneke Vos")
    for reader in (beheerder, officer):
        assert names(sign_in(reader).get(PEOPLE)) == ["Hanneke Vos", "Ilse Kuiper", "Wouter Smit"]


def test_an_account_without_a_name_gets_none_by_another_role(sign_in, beheerder, gemeente):
    person = factories.make_user(Role.STATUSHOUDER, name="Selam Tekle")
    client, page = sign_in(beheerder), f"{PEOPLE}{person.pk}/"
    assert "Rol geven" not in client.get(page).text
    answer = client.post(f"{page}rol/", {"role": Role.MENTOR})
    assert answer.status_code == 200
    assert "Nodig deze persoon uit met het e-mailadres" in answer.text
    assert [row.role for row in person.role_assignments.all()] == [Role.STATUSHOUDER]
    assert "Selam" not in client.get(page).text


def test_the_filter_on_a_role_does_not_tell_who_is_in_the_programme_too(sign_in, beheerder):
    helper = factories.make_user(Role.MENTOR, name="Anna")
    RoleAssignment.objects.create(user=helper, role=Role.STATUSHOUDER)
    person = factories.make_user(Role.STATUSHOUDER)
    answer = sign_in(beheerder).get(f"{PEOPLE}?role=statushouder")
    assert [row.pk for row in answer.context["rows"]] == [person.pk]


def test_a_coordinator_sees_the_mentors_of_the_own_organisation(sign_in, beheerder, coordinator, gemeente):
    own = factories.make_user(Role.MENTOR, organisation=coordinator.acting_as.organisation, name="Anna")
    free = factories.make_user(Role.MENTOR, name="Bas")
    elsewhere = factories.make_user(Role.MENTOR, organisation=factories.make_organisation("Elders"), name="Cor")
    RoleAssignment.objects.create(user=own, role=Role.KLANTMANAGER, organisation=gemeente)
    client = sign_in(coordinator)
    answer = client.get(PEOPLE)
    assert names(answer) == ["Anna", "Bas"]
    assert [[role.label for role in row.roles] for row in answer.context["rows"]] == [["Mentor"], ["Mentor"]]
    assert client.get(f"{PEOPLE}{free.pk}/").status_code == 200
    for hidden in (elsewhere, beheerder):
        for page in ("", "rol/", "uitzetten/"):
            assert client.get(f"{PEOPLE}{hidden.pk}/{page}").status_code == 404
        row = hidden.role_assignments.get()
        assert (
            client.post(f"{PEOPLE}{hidden.pk}/rol/{row.pk}/beeindigen/", {"ends_on": "2026-11-23"}).status_code == 404
        )
        assert client.post(f"{PEOPLE}{hidden.pk}/opnieuw-uitnodigen/").status_code == 404
    other = own.role_assignments.get(role=Role.KLANTMANAGER)
    assert client.get(f"{PEOPLE}{own.pk}/rol/{other.pk}/beeindigen/").status_code == 404


@pytest.mark.parametrize(
    "role", sorted(set(Role) - {Role.FUNCTIONEEL_BEHEERDER, Role.VRIJWILLIGERSCOORDINATOR, Role.PRIVACY_OFFICER})
)
def test_the_others_see_nobody(sign_in, beheerder, gemeente, role):
    client = sign_in(factories.make_user(role, organisation=gemeente))
    assert client.get(PEOPLE).status_code == 403
    assert client.get(f"{PEOPLE}uitnodigen/").status_code == 403
    assert client.get("/accounts/organisaties/").status_code == 403
    assert client.get(f"{PEOPLE}{beheerder.pk}/").status_code == 404


def test_the_privacy_officer_reads_only(sign_in, beheerder, gemeente):
    client = sign_in(factories.make_user(Role.PRIVACY_OFFICER, organisation=gemeente))
    page = client.get(f"{PEOPLE}{beheerder.pk}/").content.decode()
    assert "Rol geven" not in page
    assert "Account uitzetten" not in page
    assert client.get(f"{PEOPLE}uitnodigen/").status_code == 403
    assert client.post(f"{PEOPLE}{beheerder.pk}/uitzetten/").status_code == 404


# --- The list ----------------------------------------------------------------------------------------------


@pytest.fixture
def everyone(beheerder, coordinator, gemeente):
    factories.make_user(Role.MENTOR, name="Anna", email="anna@demo.example")
    factories.make_user(
        Role.KLANTMANAGER, name="Bas", organisation=gemeente, ends_on=factories.LONG_AGO + timedelta(days=9)
    )
    invited = factories.make_user(Role.MENTOR, name="Cor")
    Invitation.objects.create(user=invited, invited_by=beheerder)
    closed = factories.make_user(Role.MENTOR, name="Dirk")
    User.objects.filter(pk=closed.pk).update(is_active=False)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("q=ann", ["Anna"]),
        ("q=ANNA@DEMO", ["Anna"]),
        ("role=mentor", ["Anna", "Cor", "Dirk"]),
        ("role=klantmanager", ["Bas"]),
        (f"state={ACTIVE}", ["Anna", "Ilse Kuiper", "Wouter Smit"]),
        (f"state={INVITED}", ["Cor"]),
        (f"state={ENDED}", ["Bas", "Dirk"]),
        (f"state={ENDED}&role=mentor", ["Dirk"]),
        ("sort=-name", ["Wouter Smit", "Ilse Kuiper", "Dirk", "Cor", "Bas", "Anna"]),
        ("sort=nonsense&page=99&role=nonsense", ["Anna", "Bas", "Cor", "Dirk", "Ilse Kuiper", "Wouter Smit"]),
    ],
)
def test_searching_filtering_and_sorting(sign_in, beheerder, everyone, query, expected):
    answer = sign_in(beheerder).get(f"{PEOPLE}?{query}")
    assert names(answer) == expected
    for row in answer.context["rows"]:
        assert row.state == {"Cor": INVITED, "Bas": ENDED, "Dirk": ENDED}.get(row.name, ACTIVE)


def test_filtering_by_organisation(sign_in, beheerder, everyone, gemeente):
    assert names(sign_in(beheerder).get(f"{PEOPLE}?organisation={gemeente.pk}")) == ["Bas", "Wouter Smit"]


def test_nobody_found_says_what_to_do(sign_in, beheerder):
    assert "Niemand gevonden" in sign_in(beheerder).get(f"{PEOPLE}?q=zzz").content.decode()


def test_the_lists_cost_the_same_with_one_and_with_thirty_rows(sign_in, beheerder, django_assert_num_queries):
    client = sign_in(beheerder)
    # session, user, roles; unread messages; the organisations of the filter; count, people, their roles; the line of the log
    with django_assert_num_queries(9):
        client.get(PEOPLE)
    with django_assert_num_queries(6):
        client.get("/accounts/organisaties/")
    for number in range(30):
        user = factories.make_user(Role.MENTOR, organisation=factories.make_organisation(f"Organisatie {number}"))
        Invitation.objects.create(user=user, invited_by=beheerder)
    with django_assert_num_queries(9):
        answer = client.get(PEOPLE)
    assert (len(names(answer)), answer.context["page"].paginator.count) == (25, 31)
    assert len(names(client.get(f"{PEOPLE}?page=2"))) == 6
    with django_assert_num_queries(6):
        client.get("/accounts/organisaties/")


# --- Acting ----------------------------------------------------------------------------------------------------


def test_inviting_through_the_page(sign_in, beheerder, gemeente):
    client = sign_in(beheerder)
    assert client.get(f"{PEOPLE}uitnodigen/").status_code == 200
    data = {"email": "Nieuw@demo.example", "name": "Nieuw", "role": Role.KLANTMANAGER, "organisation": gemeente.pk}
    answer = client.post(f"{PEOPLE}uitnodigen/", data)
    user = User.objects.get(email="nieuw@demo.example")
    assert answer.url == f"{PEOPLE}{user.pk}/"
    page = client.get(answer.url).content.decode()
    assert "Opnieuw uitnodigen" in page
    assert "Wouter Smit" in page
    assert Notification.objects.filter(address="nieuw@demo.example").count() == 1


def test_a_refusal_keeps_what_was_typed(sign_in, beheerder):
    data = {"email": "nieuw@demo.example", "name": "Nieuw", "role": Role.KLANTMANAGER}
    page = sign_in(beheerder).post(f"{PEOPLE}uitnodigen/", data).content.decode()
    assert "Kies voor welke organisatie" in page
    assert 'value="nieuw@demo.example"' in page
    assert not User.objects.filter(email="nieuw@demo.example").exists()


def test_a_coordinator_invites_mentors_only(sign_in, coordinator, gemeente):
    client = sign_in(coordinator)
    form = client.get(f"{PEOPLE}uitnodigen/").context["form"]
    assert [value for value, _label in form.fields["role"].choices] == [Role.MENTOR]
    assert list(form.fields["organisation"].queryset) == [coordinator.acting_as.organisation]
    data = {"email": "nieuw@demo.example", "name": "Nieuw", "role": Role.MENTOR}
    for wrong in ({"role": Role.KLANTMANAGER}, {"organisation": gemeente.pk}):
        assert client.post(f"{PEOPLE}uitnodigen/", data | wrong).status_code == 200
    assert not User.objects.filter(email="nieuw@demo.example").exists()
    assert client.post(f"{PEOPLE}uitnodigen/", data).status_code == 302


def test_giving_ending_closing_and_opening_through_the_pages(sign_in, beheerder, gemeente):
    client, mentor = sign_in(beheerder), factories.make_user(Role.MENTOR)
    here = f"{PEOPLE}{mentor.pk}/"
    assert client.get(f"{here}rol/").status_code == 200
    assert client.post(f"{here}rol/", {"role": Role.DOCENT, "organisation": gemeente.pk}).url == here
    row = mentor.role_assignments.get(role=Role.DOCENT)
    end = f"{here}rol/{row.pk}/beeindigen/"
    assert client.get(end).status_code == 200
    assert client.post(end, {"ends_on": timezone.localdate().isoformat()}).url == here
    row.refresh_from_db()
    assert row.ends_on == timezone.localdate()
    assert client.get(f"{here}uitzetten/").status_code == 200
    assert User.objects.get(pk=mentor.pk).is_active
    assert client.post(f"{here}uitzetten/").url == here
    assert not User.objects.get(pk=mentor.pk).is_active
    assert "weer aanzetten" in client.get(here).content.decode()
    assert client.post(f"{here}aanzetten/").url == here
    assert User.objects.get(pk=mentor.pk).is_active


def test_a_refusal_of_a_button_is_said_on_the_page(sign_in, beheerder):
    page = sign_in(beheerder).post(f"{PEOPLE}{beheerder.pk}/uitzetten/", follow=True).content.decode()
    assert "Uw eigen account" in page


def test_an_ended_role_is_gone_at_the_next_request(client, beheerder):
    client.force_login(beheerder, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get(PEOPLE).status_code == 200
    beheerder.role_assignments.update(ends_on=timezone.localdate())
    assert client.get(PEOPLE).status_code == 403


def test_organisations_are_added_and_changed(sign_in, beheerder, gemeente):
    client, here = sign_in(beheerder), "/accounts/organisaties/"
    data = {"name": "Taalhuis", "kind": OrganisationKind.INSTITUUT, "email": "", "phone": ""}
    assert client.get(f"{here}nieuw/").status_code == 200
    assert client.post(f"{here}nieuw/", data).url == here
    organisation = Organisation.objects.get(name="Taalhuis")
    assert client.get(f"{here}{organisation.pk}/").status_code == 200
    assert client.post(f"{here}{organisation.pk}/", data | {"phone": "06 00 00 00 00"}).url == here
    taken = client.post(f"{here}{organisation.pk}/", data | {"name": gemeente.name})
    assert "al een organisatie met deze naam" in taken.content.decode()
    assert Organisation.objects.get(pk=organisation.pk).name == "Taalhuis"
    assert [row.name for row in client.get(f"{here}?q=taal&kind=instituut").context["rows"]] == ["Taalhuis"]
    assert client.get(f"{here}999999/").status_code == 404


# --- One's own account, and one's roles ----------------------------------------------------------------------------


@pytest.fixture
def two_roles(gemeente):
    """A mentor who is klantmanager as well."""
    user = factories.make_user(Role.MENTOR)
    RoleAssignment.objects.create(
        user=user, role=Role.KLANTMANAGER, organisation=gemeente, starts_on=factories.LONG_AGO
    )
    return user


def switch(client, row, **extra):
    return client.post("/accounts/rol/", {"role_assignment": row.pk, **extra})


def test_switching_to_another_of_ones_roles(sign_in, two_roles):
    client = sign_in(two_roles)
    row = two_roles.role_assignments.get(role=Role.KLANTMANAGER)
    assert client.get("/accounts/mijn-account/").wsgi_request.user.role == Role.MENTOR
    for _time in range(2):
        assert switch(client, row).url == "/"
    assert client.get("/accounts/mijn-account/").wsgi_request.user.acting_as == row
    assert client.get("/accounts/rol/").status_code == 405


def test_somebody_elses_or_an_ended_role_is_not_found(sign_in, two_roles, beheerder):
    client = sign_in(two_roles)
    ended = RoleAssignment.objects.create(
        user=two_roles, role=Role.DOCENT, starts_on=factories.LONG_AGO, ends_on=timezone.localdate()
    )
    for row in (beheerder.role_assignments.get(), ended):
        assert switch(client, row).status_code == 404
    for nonsense in ("", "x", "-1", "9" * 30, "²"):
        assert client.post("/accounts/rol/", {"role_assignment": nonsense}).status_code == 404
    assert client.get("/accounts/mijn-account/").wsgi_request.user.role == Role.MENTOR


def test_a_chosen_role_that_ended_falls_back_to_another(sign_in, two_roles):
    client = sign_in(two_roles)
    row = two_roles.role_assignments.get(role=Role.KLANTMANAGER)
    switch(client, row)
    RoleAssignment.objects.filter(pk=row.pk).update(ends_on=timezone.localdate())
    assert client.get("/accounts/mijn-account/").wsgi_request.user.role == Role.MENTOR


def test_switching_leads_to_the_page_that_was_meant_and_never_away(sign_in, two_roles):
    client = sign_in(two_roles)
    row = two_roles.role_assignments.get(role=Role.KLANTMANAGER)
    assert switch(client, row, next="/dossiers/?q=1").url == "/dossiers/?q=1"
    for wrong in (
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "\thttps://evil.example",
    ):
        assert switch(client, row, next=wrong).url == "/"


def test_a_page_of_another_role_offers_to_switch(sign_in, two_roles, beheerder):
    client = sign_in(two_roles)
    row = two_roles.role_assignments.get(role=Role.KLANTMANAGER)
    for address, status in ((PEOPLE, 403), (f"{PEOPLE}{beheerder.pk}/", 404)):
        answer = client.get(address)
        page = answer.content.decode()
        assert answer.status_code == status
        assert "Verder als Klantmanager" in page
        assert f'name="next" value="{address}"' in "".join(page.split("\n")).replace("  ", "")
        assert f'value="{row.pk}"' in page


def test_who_has_one_role_is_offered_none(sign_in, db, beheerder):
    client = sign_in(factories.make_user(Role.MENTOR))
    for address in (PEOPLE, f"{PEOPLE}{beheerder.pk}/"):
        assert "role_assignment" not in client.get(address).content.decode()


def test_my_account_and_my_details(sign_in, two_roles):
    client = sign_in(two_roles)
    page = client.get("/accounts/mijn-account/").content.decode()
    assert "Verder als Klantmanager" in page
    edit = "/accounts/mijn-account/gegevens/"
    assert client.get(edit).status_code == 200
    assert client.post(edit, {"name": "", "phone": ""}).status_code == 200
    assert client.post(edit, {"name": "Marit", "phone": "06 00 00 00 00", "language": "nl"}).status_code == 302
    assert client.post(edit, {"name": "Marit", "phone": "", "language": "xx"}).status_code == 200
    two_roles.refresh_from_db()
    assert (two_roles.name, two_roles.phone, two_roles.language) == ("Marit", "06 00 00 00 00", "nl")


def test_an_account_without_a_role_still_has_its_own_page(sign_in, db):
    client = sign_in(factories.make_user())
    assert "U hebt nu geen rol" in client.get("/accounts/mijn-account/").content.decode()
    assert client.get("/").status_code == 403


def test_everything_of_ones_own_asks_to_sign_in_first(client, db):
    own = ("mijn-account/", "mijn-account/gegevens/", "mensen/", "organisaties/", "password/change/", "2fa/",
           "2fa/totp/activate/", "2fa/totp/deactivate/", "2fa/recovery-codes/", "2fa/recovery-codes/generate/",
           "2fa/passkeys/add/", "2fa/passkeys/reauthenticate/", "sessies/", "bewaard/",
           "2fa/reauthenticate/", "reauthenticate/", "password/set/")  # fmt: skip
    for page in own:
        assert client.get(f"/accounts/{page}").url.startswith("/accounts/login/?next="), page
    assert client.post("/accounts/rol/", {"role_assignment": 1}).url.startswith("/accounts/login/")
