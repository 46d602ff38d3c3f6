"""Deputies by date: a colleague in the same role does somebody's dossiers from one day until another."""

from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.clock import midnight
from accounts.models import RoleAssignment, User
from accounts.roles import Role
from accounts.rules import RuleBroken
from accounts.zones import Zone
from cases import rules
from cases.models import Assignment, Deputyship, JournalKind
from cases.services.journal import record
from notifications import services as notifications
from notifications.models import Meeting
from notifications.services import Receiver

#: Roles in which a person, and not an organisation, holds dossiers and names a deputy.
DEPUTY_ROLES = (Role.KLANTMANAGER, Role.MAATSCHAPPELIJK_BEGELEIDER)

_WRONG_DAYS = {
    "past": gettext_lazy("Een vervanging begint vandaag of later."),
    "order": gettext_lazy("De laatste dag ligt voor de eerste dag."),
    "long": gettext_lazy("Een vervanging duurt hooguit een half jaar. Draag de dossiers over als het langer wordt."),
}


@transaction.atomic
def name_deputy(*, holder, deputy, starts_on, last_day, numbers=None, key=None, by, today, now=None):
    """Have `deputy` do the dossiers of `holder` (working in a role) from `starts_on` to `last_day`, both included.

    `numbers` are those of the dossiers; None is all of them, also those that come in the meantime. Both hear of it in one
    message each. Returns the `Deputyship`; sent twice with one `key` it is one.
    """
    now = now or timezone.now()
    # Two that name each other at once wait here, in the order of their accounts.
    list(User.objects.select_for_update().filter(pk__in=[holder.pk, deputy.pk]).order_by("pk"))
    if key is not None and (done := Deputyship.objects.filter(key=key, holder=holder).first()):
        return done
    role, ends_on = holder.role, last_day + timezone.timedelta(days=1)
    held = _held_by(holder, today)
    chosen = held if numbers is None else held.filter(case__number__in=numbers)
    chosen = list(chosen.select_related("case").order_by("case"))
    _refuse(holder, deputy, role, chosen, starts_on, last_day, today)
    deputyship = Deputyship.objects.create(
        role=role,
        holder=holder,
        deputy=deputy,
        starts_on=starts_on,
        ends_on=ends_on,
        covers_all=numbers is None,
        named_by=by,
        named_at=now,
        key=key,
    )
    for row in chosen:
        _cover(row, deputyship, by=by, now=now)
    _tell_of_beginning(deputyship, len(chosen), by=by, now=now)
    return deputyship


@transaction.atomic
def end_deputyship(*, deputyship, by, today, now=None):
    """End a deputyship before its last day, or call off one that has not begun. Access ends this moment; both hear of it.

    Returns the `Deputyship`; ending one that is over changes nothing.
    """
    now = now or timezone.now()
    deputyship = (
        Deputyship.objects.select_for_update(of=("self",)).select_related("holder", "deputy").get(pk=deputyship.pk)
    )
    if by is not None and by.pk not in (deputyship.holder_id, deputyship.deputy_id):
        raise RuleBroken(_("Alleen de twee collega's zelf kunnen een vervanging beëindigen."))
    if deputyship.ends_on <= max(today, deputyship.starts_on):
        return deputyship
    deputyship.ends_on = max(today, deputyship.starts_on)
    deputyship.save(update_fields=["ends_on"])
    rows = Assignment.objects.filter(deputyship=deputyship, ends_on__gt=deputyship.ends_on)
    for row in rows.select_related("case"):
        row.ends_on = max(today, row.starts_on)
        row.save(update_fields=["ends_on"])
        text = _("%(deputy)s vervangt %(holder)s niet meer") % {
            "deputy": deputyship.deputy,
            "holder": deputyship.holder,
        }
        record(case=row.case, kind=JournalKind.RELEASED, zone=Zone.CONTACT, text=text, by=by, now=now)
    _leave_meetings(deputyship, by=by, now=now)
    _tell(
        deputyship,
        "ended",
        _("De vervanging is eerder geëindigd"),
        {
            deputyship.deputy: _("U vervangt %s niet meer. U ziet deze dossiers niet meer.") % deputyship.holder,
            deputyship.holder: _("%s vervangt u niet meer.") % deputyship.deputy,
        },
        by=by,
        now=now,
    )
    return deputyship


def cover_new_dossier(*, assignment, today, now=None):
    """A dossier that comes to somebody who has a deputy for everything comes to the deputy too. Returns nothing."""
    everything = Deputyship.objects.running_or_coming(today).filter(
        covers_all=True, holder=assignment.user_id, role=assignment.role
    )
    for deputyship in everything.select_related("holder", "deputy"):
        stands = Assignment.objects.filter(case=assignment.case_id, role=assignment.role, user=deputyship.deputy_id)
        if not stands.overlapping(max(today, deputyship.starts_on), deputyship.ends_on).exists():
            _cover(assignment, deputyship, by=None, now=now, today=today)


@transaction.atomic
def settle_deputyships(*, today, now=None):
    """Put the deputy into the holder's meetings as long as the days last, and out of them when they are over. Returns for how
    many something changed.

    Access needs no clock; the agenda does. Missed once, it is made up the next time.
    """
    now = now or timezone.now()
    settled = 0
    running = Deputyship.objects.filter(starts_on__lte=today, ends_on__gt=today)
    for deputyship in running.select_for_update(of=("self",)).select_related("holder", "deputy").order_by("pk"):
        is_new = deputyship.begun_at is None
        # That they begin was told when they were named; what is planned since has to be told.
        joined = _join_meetings(deputyship, invite=not is_new, today=today, by=None, now=now)
        if is_new:
            deputyship.begun_at = now
            deputyship.save(update_fields=["begun_at"])
        settled += is_new or bool(joined)
    over = Deputyship.objects.filter(closed_at=None, ends_on__lte=today)
    for deputyship in over.select_for_update(of=("self",)).select_related("deputy").order_by("pk"):
        _leave_meetings(deputyship, by=None, now=now)
        settled += 1
    return settled


def let_deputies_in(*, case, by, today, now=None):
    """A meeting about this dossier was planned or moved: who stands in for somebody in it these days is invited too.

    Returns how many places were added; who takes part already is asked nothing.
    """
    now = now or timezone.now()
    running = Deputyship.objects.filter(
        pk__in=Assignment.objects.current(today).filter(case=case, deputyship__isnull=False).values("deputyship"),
        begun_at__isnull=False,
    )
    return sum(
        _join_meetings(deputyship, invite=True, case=case, by=by, today=today, now=now)
        for deputyship in running.select_related("holder", "deputy").order_by("pk")
    )


# --- Steps ---------------------------------------------------------------------------------------------


def _held_by(holder, today):
    """The rows of the dossiers that this person holds today, not in the place of another."""
    return Assignment.objects.current(today).held_by(holder).filter(user=holder, deputy_for=None)


def _refuse(holder, deputy, role, chosen, starts_on, last_day, today):
    ends_on = last_day + timezone.timedelta(days=1)
    if role not in DEPUTY_ROLES:
        raise RuleBroken(_("In deze rol heeft u geen vervanger nodig: uw collega's zien dezelfde dossiers."))
    if wrong := rules.deputy_days_wrong(starts_on, last_day, today):
        raise RuleBroken(_WRONG_DAYS[wrong])
    if deputy.pk == holder.pk:
        raise RuleBroken(_("Kies een collega als vervanger."))
    works = RoleAssignment.objects.current(starts_on).filter(
        user=deputy, role=role, organisation=holder.acting_as.organisation_id
    )
    if not works.exists():
        raise RuleBroken(_("%s werkt op de eerste dag niet in deze rol.") % deputy)
    if not chosen:
        raise RuleBroken(_("Kies ten minste één dossier."))
    if Deputyship.objects.filter(holder=deputy, role=role).overlapping(starts_on, ends_on).exists():
        raise RuleBroken(_("%s heeft in die tijd zelf een vervanger. Kies iemand anders.") % deputy)
    around = Assignment.objects.filter(case__in=[row.case_id for row in chosen], role=role).overlapping(
        starts_on, ends_on
    )
    other = around.filter(deputy_for=holder, deputyship__isnull=False).select_related("user").first()
    if other:
        raise RuleBroken(
            _("In die tijd vervangt %s u al bij een van deze dossiers. Beëindig dat eerst, of kies andere dagen.")
            % other.user
        )
    if around.filter(user=deputy).exists():
        raise RuleBroken(_("%s staat in die tijd al bij een van deze dossiers. Kies iemand anders.") % deputy)


def _cover(row, deputyship, *, by, now, today=None):
    """One dossier of the holder for the deputy, with its journal line."""
    Assignment.objects.create(
        case=row.case,
        role=row.role,
        user=deputyship.deputy,
        organisation=row.organisation,
        deputy_for=deputyship.holder,
        deputyship=deputyship,
        starts_on=max(deputyship.starts_on, today or deputyship.starts_on),
        ends_on=deputyship.ends_on,
        assigned_by=by,
    )
    text = _("%(deputy)s vervangt %(holder)s van %(first)s tot en met %(last)s") % {
        "deputy": deputyship.deputy,
        "holder": deputyship.holder,
        "first": date_format(deputyship.starts_on, "j F Y"),
        "last": date_format(deputyship.last_day, "j F Y"),
    }
    record(case=row.case, kind=JournalKind.ASSIGNED, zone=Zone.CONTACT, text=text, by=by, now=now)


def _tell_of_beginning(deputyship, count, *, by, now):
    days = {
        "first": date_format(deputyship.starts_on, "j F Y"),
        "last": date_format(deputyship.last_day, "j F Y"),
        "dossiers": ngettext("%d dossier", "%d dossiers", count) % count,
    }
    _tell(
        deputyship,
        "named",
        _("Een vervanging is vastgelegd"),
        {
            deputyship.deputy: _(
                "U vervangt %(who)s van %(first)s tot en met %(last)s, bij %(dossiers)s. In die dagen staan ze in uw lijst."
            )
            % {"who": deputyship.holder, **days},
            deputyship.holder: _("%(who)s vervangt u van %(first)s tot en met %(last)s, bij %(dossiers)s.")
            % {"who": deputyship.deputy, **days},
        },
        by=by,
        now=now,
    )


def _tell(deputyship, what, subject, bodies, *, by, now):
    """One message to each of the two."""
    for person, body in bodies.items():
        notifications.notify(
            key=f"deputy:{deputyship.pk}:{what}:{person.pk}",
            kind="deputy",
            receiver=Receiver(user=person, role=deputyship.role),
            subject=subject,
            body=body,
            link=reverse("cases:deputies"),
            by=by,
            now=now,
        )


def _join_meetings(deputyship, *, invite, case=None, by, today, now):
    """Put the deputy into the holder's coming meetings within the days, about the dossiers (or the one) where this person
    stands today. Returns how many were new."""
    stands = Assignment.objects.current(today).filter(deputyship=deputyship)
    if case is not None:
        stands = stands.filter(case=case)
    meetings = Meeting.objects.planned().filter(
        case_number__in=stands.values("case__number"),
        participants__user=deputyship.holder_id,
        participants__role=deputyship.role,
        starts_at__gte=now,
        starts_at__lt=midnight(deputyship.ends_on),
    )
    receiver = Receiver(user=deputyship.deputy, role=deputyship.role)
    return notifications.join(meetings=list(meetings), receiver=receiver, invite=invite, by=by, now=now)


def _leave_meetings(deputyship, *, by, now):
    """Take the deputy out of the meetings of these dossiers, unless this person stands around them by now."""
    numbers = Assignment.objects.filter(deputyship=deputyship).values("case__number")
    stays = (
        Assignment.objects.filter(Q(ends_on=None), user=deputyship.deputy_id, role=deputyship.role)
        .filter(case__number__in=numbers)
        .values("case__number")
    )
    meetings = Meeting.objects.filter(case_number__in=numbers).exclude(case_number__in=stays)
    notifications.leave(
        meetings=list(meetings.filter(participants__user=deputyship.deputy_id, participants__role=deputyship.role)),
        receiver=Receiver(user=deputyship.deputy, role=deputyship.role),
        by=by,
        now=now,
    )
    deputyship.closed_at = now
    deputyship.save(update_fields=["closed_at"])
