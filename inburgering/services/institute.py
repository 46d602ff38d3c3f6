"""Institutes: their numbers and their agreements with the municipality (R51, R52)."""

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Organisation, OrganisationKind
from accounts.roles import Role
from accounts.rules import RuleBroken
from inburgering.models import Institute


@transaction.atomic
def add_institute(*, name, capacity, expected_wait_weeks, contracted, email="", phone="", by, today):
    """Add an institute with its organisation. Returns the `Institute`; the same name again is refused."""
    organisation = Organisation.objects.filter(name__iexact=name.strip()).first()
    if organisation and organisation.kind != OrganisationKind.INSTITUUT:
        raise RuleBroken(_("Er is al een andere organisatie met deze naam."))
    if organisation and Institute.objects.filter(organisation=organisation).exists():
        raise RuleBroken(_("Dit instituut staat er al."))
    if organisation is None:
        organisation = Organisation.objects.create(
            name=name.strip(), kind=OrganisationKind.INSTITUUT, email=email, phone=phone
        )
    return Institute.objects.create(
        organisation=organisation,
        capacity=capacity,
        expected_wait_weeks=expected_wait_weeks,
        contracted=contracted,
        as_of=today,
    )


@transaction.atomic
def edit_institute(
    *, institute, capacity, expected_wait_weeks, contracted=None, name=None, email=None, phone=None, by, today
):  # fmt: skip
    """Bring an institute up to date; the numbers are then as of `today`. Returns the `Institute`.

    An institute changes its own numbers; name, contact and agreements are the functioneel beheerder's.
    """
    institute = Institute.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=institute.pk)
    if by.role == Role.INSTITUUT and by.acting_as.organisation_id != institute.organisation_id:
        raise RuleBroken(_("U kunt alleen de aantallen van uw eigen instituut aanpassen."))
    institute.capacity, institute.expected_wait_weeks, institute.as_of = capacity, expected_wait_weeks, today
    if by.role == Role.FUNCTIONEEL_BEHEERDER:
        organisation = institute.organisation
        if name is not None:
            if Organisation.objects.filter(name__iexact=name.strip()).exclude(pk=organisation.pk).exists():
                raise RuleBroken(_("Er is al een organisatie met deze naam."))
            organisation.name = name.strip()
        organisation.email = organisation.email if email is None else email
        organisation.phone = organisation.phone if phone is None else phone
        organisation.save()
        institute.contracted = institute.contracted if contracted is None else contracted
    institute.save()
    return institute
