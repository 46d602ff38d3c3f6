"""Addresses that a mail server refused for good: marked, told to the beheerders once, forgotten when mail arrives."""

from datetime import timedelta

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import RoleAssignment
from accounts.roles import Role
from notifications.models import Notification, NotificationStatus, RefusedAddress
from notifications.services.messages import Receiver, notify, retry

#: How old a message may be that still goes out when its address takes mail again.
STILL_NEWS = timedelta(days=14)


def refused_among(addresses):
    """Which of these addresses are marked, in lower case, in one query."""
    wanted = {address.lower() for address in addresses}
    return set(RefusedAddress.objects.filter(address__in=wanted).values_list("address", flat=True))


@transaction.atomic
def refuse_address(*, notification, answer, now):
    """Mark the address of a message that a server refused with a 5xx. Returns the `RefusedAddress`.

    The first time each beheerder gets a message, without the address (it may be the name of a statushouder), and whose
    address it is finds one in the portal. What waited already is still tried, once each; new messages are not, save mail
    of the account (`preferences.when_and_how`): its person asked for it, and mail that arrives clears the address.
    """
    address = notification.address.lower()
    row, is_new = RefusedAddress.objects.update_or_create(
        address=address,
        defaults={
            "answer": answer,
            "refused_at": now,
            "user": notification.user,
            "case_number": notification.case_number,
        },
    )
    if is_new:
        beheerders = RoleAssignment.objects.current(timezone.localdate(now)).of_role(Role.FUNCTIONEEL_BEHEERDER)
        for held in beheerders.select_related("user").order_by("pk"):
            if held.user.email.lower() != address:
                notify(
                    key=f"refused:{row.pk}:{held.user_id}",
                    kind="refused_address",
                    receiver=Receiver(user=held.user, role=Role.FUNCTIONEEL_BEHEERDER),
                    subject=_("Een mailadres neemt geen mail aan"),
                    body=_("Bij 'Niet aangekomen' staat welk adres het is. Vraag de persoon om een ander adres."),
                    link=reverse("notifications:failed"),
                    now=now,
                )
        if notification.user is not None:
            mine = notify(
                key=f"refused:{row.pk}:own",
                kind="refused_address",
                receiver=Receiver(user=notification.user),
                subject=_("Mail aan u komt niet aan"),
                body=_("Uw mailserver weigert mail van het portaal. Kijk bij 'Meldingen' wat u kunt doen."),
                link=reverse("notifications:preferences"),
                now=now,
            )
            Notification.objects.filter(pk=mine.pk).update(status=NotificationStatus.PORTAL_ONLY)
    return row


@transaction.atomic
def trust_address(*, address, by, now):
    """Somebody says that an address takes mail again: the mark goes, and what was held back or refused in the last days
    goes out, unless something newer overtook it. Returns how many messages; asking twice sends nothing twice.
    """
    marked = RefusedAddress.objects.select_for_update().of(address)
    if not marked.delete()[0]:
        return 0
    held_back = Notification.objects.not_received().filter(address__iexact=address, created_at__gte=now - STILL_NEWS)
    rows = [row for row in held_back.order_by("pk") if row.status == NotificationStatus.BLOCKED or row.was_refused]
    return sum(retry(notification=row, by=by, now=now).status == NotificationStatus.QUEUED for row in rows)


def address_works(*, address):
    """Mail to this address arrived: the mark goes."""
    RefusedAddress.objects.filter(address=address.lower()).delete()
