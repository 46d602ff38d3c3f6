"""What the pages of the institutes show: places, people waiting, and how old the numbers are (R40, R52)."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cases.words import written
from inburgering.models import Enrolment, EnrolmentStatus


@dataclass(frozen=True)
class InstituteRow:
    """One institute. `free` is below zero when more people were placed than there are places."""

    pk: int
    name: str
    url: str
    contracted: bool
    capacity: int
    placed: int
    free: int
    waiting: int
    wait: str
    as_of: str

    @property
    def places(self):
        """Free places in words."""
        if self.free < 0:
            return _("%d boven de capaciteit") % -self.free
        if self.free == 0:
            return _("vol")
        return ngettext("%d plaats vrij", "%d plaatsen vrij", self.free) % self.free


def institute_rows(institutes):
    """Rows of these institutes, which come `with_counts()`; one query."""
    return [institute_row(row) for row in institutes.select_related("organisation")]


def institute_row(institute):
    """The row of one institute `with_counts()`."""
    return InstituteRow(
        pk=institute.pk,
        name=institute.organisation.name,
        url=institute.get_absolute_url(),
        contracted=institute.contracted,
        capacity=institute.capacity,
        placed=institute.placed,
        free=institute.capacity - institute.placed,
        waiting=institute.waiting,
        wait=(
            ngettext("%d week", "%d weken", institute.expected_wait_weeks) % institute.expected_wait_weeks
            if institute.expected_wait_weeks
            else _("geen")
        ),
        as_of=written(institute.as_of),
    )


def room_in_a_line(institute):
    """How much room an institute `with_counts()` has, for a choice: "4 plaatsen vrij van 20, 2 wachten, …" (R40)."""
    row = institute_row(institute)
    return _("%(name)s: %(places)s van %(capacity)d, %(waiting)d wachten, wachttijd %(wait)s (stand %(day)s)") % {
        "name": row.name,
        "places": row.places,
        "capacity": row.capacity,
        "waiting": row.waiting,
        "wait": row.wait,
        "day": row.as_of,
    }


@dataclass(frozen=True)
class InstitutePage:
    """One institute with, for who may see them, the people who wait there."""

    row: InstituteRow
    contact: list
    waiting: list
    hidden_waiting: int
    may_edit: bool
    edit_url: str


def institute_page(institute, user, today, may_edit):
    """The page of one institute `with_counts()`: names only of visible dossiers, the others are a number (§5.7 (6))."""
    visible = list(
        Enrolment.objects.visible_to(user, today)
        .filter(institute=institute, status=EnrolmentStatus.WACHTLIJST)
        .select_related("case__statushouder")
        .order_by("waitlist_since", "pk")[:50]
    )
    places = {
        pk: place
        for place, pk in enumerate(
            Enrolment.objects.waiting().filter(institute=institute).values_list("pk", flat=True), start=1
        )
    }
    organisation = institute.organisation
    return InstitutePage(
        row=institute_row(institute),
        contact=[(_("E-mailadres"), organisation.email), (_("Telefoon"), organisation.phone)],
        waiting=[
            {
                "place": places.get(row.pk, ""),
                "name": row.case.statushouder.full_name,
                "url": row.get_absolute_url(),
                "since": written(row.waitlist_since),
            }
            for row in visible
        ],
        hidden_waiting=institute.waiting - len(visible),
        may_edit=may_edit,
        edit_url=reverse("inburgering:edit_institute", args=[institute.pk]) if may_edit else "",
    )
