"""What the pages about people show, as plain rows in a fixed number of queries."""

from dataclasses import dataclass
from datetime import date, datetime

from django.core.paginator import Paginator
from django.db.models import Case, CharField, Count, F, Q, Value, When
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from accounts import second_factor, services
from accounts.models import Organisation, RoleAssignment, User
from accounts.roles import MAY_INVITE, Role
from accounts.searching import every_word

PAGE_SIZE = 25

ACTIVE, INVITED, ENDED = "actief", "uitgenodigd", "beeindigd"

#: Where an account stands, in the words of the filter.
STATES = (
    (ACTIVE, _("Actief")),
    (INVITED, _("Uitgenodigd")),
    (ENDED, _("Uitgezet of zonder rol")),
)

PEOPLE_ORDERS = {"name": Lower("shown_name"), "email": F("shown_email"), "last_login": F("last_login")}
ORGANISATION_ORDERS = {"name": Lower("name"), "kind": F("kind"), "people": F("people")}


@dataclass(frozen=True)
class RoleRow:
    """A role of a person, as the reader may see it. `ends_on` is the first day without it."""

    pk: int
    role: str
    label: str
    organisation: str
    starts_on: date
    ends_on: date | None
    is_current: bool
    is_coming: bool
    may_end: bool

    @property
    def is_over(self):
        return not self.is_current and not self.is_coming


@dataclass(frozen=True)
class PersonRow:
    """One account in the list."""

    pk: int
    name: str
    email: str
    roles: tuple[RoleRow, ...]
    state: str
    state_label: str
    last_login: datetime | None


@dataclass(frozen=True)
class PersonPage:
    """One account with its roles and its invitation, and what the reader may do."""

    pk: int
    name: str
    email: str
    phone: str
    state: str
    state_label: str
    is_active: bool
    last_login: datetime | None
    current_roles: tuple[RoleRow, ...]
    earlier_roles: tuple[RoleRow, ...]
    invited_at: datetime | None
    invited_by: str
    accepted_at: datetime | None
    link_expires_at: datetime | None
    link_is_open: bool
    waits_for_password: bool
    may_give_role: bool
    may_resend: bool
    may_deactivate: bool
    may_reactivate: bool
    has_second_factor: bool
    may_reset_second_factor: bool
    #: What was changed about how this person signs in: (words, by whom, when), newest first.
    sign_in_events: tuple[tuple[str, str, datetime], ...]


@dataclass(frozen=True)
class OrganisationRow:
    """One organisation and how many people work for it today."""

    pk: int
    name: str
    kind_label: str
    email: str
    phone: str
    people: int


def people(reader, *, today, q="", role="", organisation=None, state="", sort="name", page=1):
    """A `Page` of `PersonRow`s that `reader` may see. Four queries, however many rows.

    `sort` is a key of PEOPLE_ORDERS, with "-" in front for descending; anything else is by name.
    """
    found = User.objects.visible_to(reader, today).annotate(
        shown_name=_unless_nameless("name"), shown_email=_unless_nameless("email")
    )
    if q:
        found = found.filter(every_word(q, "shown_name", "shown_email"))
    conditions = {}
    if role:
        conditions["role"] = role
    if organisation:
        conditions["organisation"] = organisation
    if conditions:
        found = found.filter(pk__in=RoleAssignment.objects.filter(**conditions).values("user"))
    if role == Role.STATUSHOUDER:
        # That a volunteer or a colleague is in the programme too is told by no list (`_roles`), nor by its filter.
        found = found.filter(pk__in=User.objects.nameless().values("pk"))
    if state == INVITED:
        found = found.invited()
    elif state == ACTIVE:
        found = found.with_current_role(today).exclude(pk__in=User.objects.invited())
    elif state == ENDED:
        found = found.exclude(pk__in=User.objects.with_current_role(today)).exclude(pk__in=User.objects.invited())
    page = Paginator(found.with_roles().order_by(*_order(sort, PEOPLE_ORDERS), "pk"), PAGE_SIZE).get_page(page)
    page.object_list = [_person_row(user, reader, today) for user in page.object_list]
    return page


def person(user, reader, *, today, now):
    """The `PersonPage` of `user`, an account fetched `with_roles()`."""
    roles = _roles(user, reader, today)
    state = _state(user, today)
    invitation = getattr(user, "invitation", None)
    waits = invitation is not None and invitation.accepted_at is None
    is_beheerder = reader.role == Role.FUNCTIONEEL_BEHEERDER
    may_manage_one = any(
        services.may_manage(reader, row.role, row.organisation) for row in user.role_assignments.all()
    )
    has_second_factor = second_factor.is_active(user)
    return PersonPage(
        pk=user.pk,
        name=shown_name(user),
        email="" if is_nameless(user) else user.email,
        phone="" if is_nameless(user) else user.phone,
        state=state,
        state_label=dict(STATES)[state],
        is_active=user.is_active,
        last_login=user.last_login,
        current_roles=tuple(row for row in roles if not row.is_over),
        earlier_roles=tuple(row for row in roles if row.is_over),
        invited_at=invitation.invited_at if invitation else None,
        invited_by=str(invitation.invited_by or "") if invitation else "",
        accepted_at=invitation.accepted_at if invitation else None,
        link_expires_at=invitation.expires_at if invitation else None,
        link_is_open=bool(invitation and invitation.is_open(now)),
        waits_for_password=waits,
        may_give_role=bool(MAY_INVITE.get(reader.role))
        and user.is_active
        and user.pk != reader.pk
        and not is_nameless(user),
        may_resend=waits and user.is_active and may_manage_one,
        may_deactivate=is_beheerder and user.is_active and user.pk != reader.pk,
        may_reactivate=is_beheerder and not user.is_active,
        has_second_factor=has_second_factor,
        may_reset_second_factor=is_beheerder and has_second_factor and user.pk != reader.pk,
        sign_in_events=tuple(
            (event.get_kind_display(), str(event.by or ""), event.at)
            for event in user.sign_in_events.select_related("by")[:10]
        )
        if reader.role in (Role.FUNCTIONEEL_BEHEERDER, Role.PRIVACY_OFFICER)
        else (),
    )


def organisations(*, today, q="", kind="", sort="name", page=1):
    """A `Page` of `OrganisationRow`s. Two queries, however many rows."""
    in_force = Q(
        Q(role_assignments__ends_on=None) | Q(role_assignments__ends_on__gt=today),
        role_assignments__starts_on__lte=today,
        role_assignments__user__is_active=True,
    )
    found = Organisation.objects.annotate(people=Count("role_assignments__user", filter=in_force, distinct=True))
    if q:
        found = found.filter(every_word(q, "name"))
    if kind:
        found = found.filter(kind=kind)
    page = Paginator(found.order_by(*_order(sort, ORGANISATION_ORDERS), "pk"), PAGE_SIZE).get_page(page)
    page.object_list = [
        OrganisationRow(row.pk, row.name, row.get_kind_display(), row.email, row.phone, row.people)
        for row in page.object_list
    ]
    return page


def is_nameless(user):
    """Whether this account, fetched `with_roles()`, is of somebody in the programme and of nobody else."""
    return {row.role for row in user.role_assignments.all()} == {Role.STATUSHOUDER}


def shown_name(user):
    """The name of an account, as who keeps the accounts may read it."""
    return without_name(user.pk) if is_nameless(user) else user.name


def shown_names(accounts=None):
    """{account: its name as who keeps the accounts may read it}, of these numbers or of all. One query."""
    users = User.objects.all() if accounts is None else User.objects.filter(pk__in=accounts)
    nameless = When(pk__in=User.objects.nameless().values("pk"), then=Value(True))
    rows = users.annotate(nameless=Case(nameless, default=Value(False))).values_list("pk", "name", "nameless")
    return {pk: without_name(pk) if nameless else name for pk, name, nameless in rows}


def without_name(account):
    """What stands for somebody in the programme."""
    return str(_("Statushouder, account %d") % account)


def _unless_nameless(field):
    """A column for sorting and searching that is empty for who is not named."""
    nameless = When(pk__in=User.objects.nameless().values("pk"), then=Value(""))
    return Case(nameless, default=F(field), output_field=CharField())


def _order(sort, orders):
    column = orders.get(sort.removeprefix("-"), orders["name"])
    return [column.desc(nulls_last=True) if sort.startswith("-") else column.asc(nulls_last=True)]


def _person_row(user, reader, today):
    state = _state(user, today)
    return PersonRow(
        pk=user.pk,
        name=shown_name(user),
        email="" if is_nameless(user) else user.email,
        roles=tuple(row for row in _roles(user, reader, today) if not row.is_over),
        state=state,
        state_label=dict(STATES)[state],
        last_login=user.last_login,
    )


def _state(user, today):
    invitation = getattr(user, "invitation", None)
    if user.is_active and invitation is not None and invitation.accepted_at is None:
        return INVITED
    if user.is_active and any(_is_current(row, today) for row in user.role_assignments.all()):
        return ACTIVE
    return ENDED


def _is_current(row, today):
    return row.starts_on <= today and (row.ends_on is None or row.ends_on > today)


def _roles(user, reader, today):
    """The roles of `user` that `reader` may read: a coordinator those of mentors, the others all."""
    reads_all = reader.role in (Role.FUNCTIONEEL_BEHEERDER, Role.PRIVACY_OFFICER)
    rows = []
    # That a volunteer or a colleague is in the programme too is nobody's business here.
    hidden = None if is_nameless(user) else Role.STATUSHOUDER
    for row in user.role_assignments.all():
        if row.role == hidden:
            continue
        may_end = services.may_manage(reader, row.role, row.organisation)
        if not reads_all and not may_end:
            continue
        is_current, is_coming = _is_current(row, today), row.starts_on > today and row.ends_on != row.starts_on
        own_role_now = reader.acting_as is not None and reader.acting_as.pk == row.pk
        rows.append(
            RoleRow(
                pk=row.pk,
                role=row.role,
                label=Role(row.role).label,
                organisation=row.organisation.name if row.organisation else "",
                starts_on=row.starts_on,
                ends_on=row.ends_on,
                is_current=is_current,
                is_coming=is_coming,
                may_end=may_end and not own_role_now and (is_current or is_coming),
            )
        )
    return rows
