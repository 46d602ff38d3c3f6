"""Plain functions that make what tests need, through the services where there is one."""

import itertools
from datetime import date

from accounts.models import Organisation, OrganisationKind, RoleAssignment, User
from accounts.roles import Role
from cases import services
from inburgering.models import Enrolment, EnrolmentStatus, Institute
from mentoring.models import Mentor, MentorStatus

#: The day on which tests take place.
TODAY = date(2026, 11, 23)
LONG_AGO = date(2020, 1, 1)

_numbers = itertools.count(1)


def make_organisation(name=None, kind=OrganisationKind.GEMEENTE):
    """An organisation; the same name gives the same one."""
    return Organisation.objects.get_or_create(name=name or f"Organisatie {next(_numbers)}", defaults={"kind": kind})[0]


def make_user(role=None, *, name=None, email=None, organisation=None, starts_on=LONG_AGO, ends_on=None):
    """An account with a role, working in it."""
    number = next(_numbers)
    name = name or f"Persoon {number}"
    user = User.objects.create_user(email or f"persoon{number}@demo.example", "welkom-in-leiden", name=name)
    if role:
        RoleAssignment.objects.create(
            user=user, role=role, organisation=organisation, starts_on=starts_on, ends_on=ends_on
        )
        user.act_as(role, today=TODAY)
    return user


def make_case(*, klantmanager=None, by=None, today=TODAY, full_name=None, **fields):
    """An open dossier, with a klantmanager when given."""
    number = next(_numbers)
    fields = {
        "preferred_name": "Selam",
        "full_name": full_name or f"Selam Tekle {number}",
        "programme_start": today,
        "language": "ti",
        "neighbourhood": "Merenwijk",
        **fields,
    }
    case = services.open_case(by=by, today=today, **fields)
    if klantmanager:
        services.assign(case=case, role=Role.KLANTMANAGER, user=klantmanager, by=by or klantmanager, today=today)
        case.refresh_from_db()
    return case


def make_mentor(user=None, **fields):
    """A mentor who is available."""
    user = user or make_user(Role.MENTOR)
    if "organisation" not in fields:
        fields["organisation"] = make_organisation("Mentorproject", OrganisationKind.VRIJWILLIGERS)
    fields = {"status": MentorStatus.BESCHIKBAAR, "languages": ["nl"], "gedragscode_version": "1", **fields}
    return Mentor.objects.create(user=user, **fields)


def make_institute(name="Instituut Rijnland", **fields):
    """A language school with its organisation."""
    organisation = make_organisation(name, OrganisationKind.INSTITUUT)
    return Institute.objects.create(organisation=organisation, **{"capacity": 20, **fields})


def make_enrolment(*, case, institute, status=EnrolmentStatus.GESTART, today=TODAY, **fields):
    """An enrolment, with the institute standing around the dossier."""
    services.assign(case=case, role=Role.INSTITUUT, organisation=institute.organisation, by=None, today=today)
    return Enrolment.objects.create(
        case=case, institute=institute, status=status, placed_on=today, started_on=today, **fields
    )
