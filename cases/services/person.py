"""The statushouder's own data, each zone through a door of its own, and the invitation to an account."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import services as accounts
from accounts.models import User
from accounts.roles import Role
from accounts.rules import RuleBroken
from accounts.zones import Zone
from cases.models import Case, HomeAddress, HouseholdNote, JournalKind, Statushouder
from cases.services.break_glass import refuse_in_emergency
from cases.services.history import delete_row
from cases.services.journal import record
from notifications import services as notifications
from notifications.services import Receiver

#: Contact data that a form may change.
CONTACT_FIELDS = (
    "preferred_name",
    "full_name",
    "language",
    "needs_interpreter",
    "email",
    "phone",
    "channel",
    "neighbourhood",
)


@transaction.atomic
def edit_person(*, case, by, now=None, **fields):
    """Change contact data; fields not given stay. Returns the `Statushouder`; nothing new writes nothing.

    Coming meetings and waiting messages go along to another address.
    """
    unknown = set(fields) - set(CONTACT_FIELDS)
    if unknown:
        raise TypeError(f"not contact data: {sorted(unknown)}")
    person = Statushouder.objects.select_for_update().get(pk=case.statushouder_id)
    changed = [name for name, value in fields.items() if getattr(person, name) != value]
    if not changed:
        return person
    before = receiver_of(person)
    for name in changed:
        setattr(person, name, fields[name])
    person.save(update_fields=changed)
    record(case=case, kind=JournalKind.CHANGED, zone=Zone.CONTACT, text=_("Contactgegevens gewijzigd"), by=by, now=now)
    _follow(case, before, receiver_of(person), by=by, now=now)
    return person


def receiver_of(person):
    """How a statushouder is reached: the account, or the address, or neither."""
    return Receiver(user=person.user, address="" if person.user else person.email, role=Role.STATUSHOUDER)


def _follow(case, before, after, *, by, now):
    """Meetings and what waits to be sent follow a person who is reached otherwise from now on."""
    if (before.user, before.email.lower()) != (after.user, after.email.lower()):
        notifications.readdress(case_number=case.number, before=before, receiver=after, by=by, now=now)


@transaction.atomic
def edit_address(*, case, street, postal_code="", town="", by, now=None):
    """Write where the person lives; without a street the address goes. Returns the `HomeAddress`, or None."""
    values = {"street": street.strip(), "postal_code": postal_code.strip(), "town": town.strip()}
    before = HomeAddress.objects.select_for_update().filter(statushouder=case.statushouder_id).first()
    if before and all(getattr(before, name) == value for name, value in values.items()):
        return before
    if before is None and not values["street"]:
        return None
    record(case=case, kind=JournalKind.CHANGED, zone=Zone.PROGRAMME, text=_("Adres gewijzigd"), by=by, now=now)
    if not values["street"]:
        delete_row(before)
        return None
    return HomeAddress.objects.update_or_create(statushouder_id=case.statushouder_id, defaults=values)[0]


@transaction.atomic
def edit_household(*, case, text, by, now=None):
    """Write with whom the person lives; an empty text takes the note away. Returns the `HouseholdNote`, or None."""
    text = text.strip()
    before = HouseholdNote.objects.select_for_update().filter(statushouder=case.statushouder_id).first()
    if (before.text if before else "") == text:
        return before
    record(case=case, kind=JournalKind.CHANGED, zone=Zone.BENEFIT, text=_("Huishouden gewijzigd"), by=by, now=now)
    if not text:
        delete_row(before)
        return None
    return HouseholdNote.objects.update_or_create(statushouder_id=case.statushouder_id, defaults={"text": text})[0]


@transaction.atomic
def invite_statushouder(*, case, email, by, today, now=None):
    """Invite the statushouder of a dossier to an account of their own. Returns the `User`; asking twice invites once.

    Nobody gets an account on somebody else's dossier (model §5.7 (8)): an address in use is refused. Coming meetings come
    into the agenda of the account.
    """
    case = Case.objects.select_for_update().select_related("statushouder").get(pk=case.pk)
    person = Statushouder.objects.select_for_update().get(pk=case.statushouder_id)
    if person.user_id:
        return person.user
    refuse_in_emergency(case=case, by=by, today=today)
    if User.objects.filter(email__iexact=email.strip()).exists():
        raise RuleBroken(_("Dit e-mailadres hoort al bij een account. Vraag om een eigen adres."))
    user = accounts.invite(
        email=email, name=person.full_name, role=Role.STATUSHOUDER, organisation=None, by=by, today=today,
        now=now or timezone.now(),
    )  # fmt: skip
    before = receiver_of(person)
    person.user = user
    person.email = person.email or email
    person.save(update_fields=["user", "email"])
    record(
        case=case, kind=JournalKind.CHANGED, zone=Zone.CONTACT, text=_("Uitgenodigd voor een account"), by=by, now=now
    )
    _follow(case, before, receiver_of(person), by=by, now=now)
    return user
