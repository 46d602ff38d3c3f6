"""Addresses that a mail server refused for good: marked, told to the beheerders once, forgotten when mail arrives."""

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import RoleAssignment
from accounts.roles import Role
from notifications.models import RefusedAddress
from notifications.services.messages import Receiver, notify


def refused_among(addresses):
    """Which of these addresses are marked, in lower case, in one query."""
    wanted = {address.lower() for address in addresses}
    return set(RefusedAddress.objects.filter(address__in=wanted).values_list("address", flat=True))


@transaction.atomic
def refuse_address(*, notification, answer, now):
    """Mark the address of a message that a server refused with a 5xx. Returns the `RefusedAddress`.

    The first time each beheerder gets a message, without the address: it may be the name of a statushouder. Messages to
    it are still tried, each once: a mailbox may be there again.
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
    return row


def address_works(*, address):
    """Mail to this address arrived: the mark goes."""
    RefusedAddress.objects.filter(address=address.lower()).delete()
