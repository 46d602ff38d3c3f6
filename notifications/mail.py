"""How a message looks as mail: its text, its HTML and its MIME parts, all from the templates in emails/."""

import hashlib
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import formatdate

from django.conf import settings
from django.template.loader import render_to_string

from notifications import addresses, calendars

# Everything in 7 bits: no server on the way has a reason to rewrite a part.
_POLICY = policy.SMTP.clone(cte_type="7bit")


def message_id(notification):
    """The same for every attempt at one message, so that a copy can be recognised. Tells nothing of the key."""
    digest = hashlib.sha256(notification.key.encode()).hexdigest()[:40]
    return f"<{digest}@{addresses.domain()}>"


def as_text(notification):
    """The plain text that the receiver reads."""
    return render_to_string("emails/message.txt", _context(notification)).strip() + "\n"


def as_html(notification):
    """The same as simple HTML."""
    return render_to_string("emails/message.html", _context(notification))


def compose(notification, *, now):
    """The mail of one message, ready for SMTP. Raises ValueError when the address or a header cannot be written.

    Text and HTML are alternatives of each other, and so is the invitation: that is where calendars look for it
    (RFC 6047). The same file is attached for programs that only open files.
    """
    mail = EmailMessage(policy=_POLICY)
    mail["Subject"] = notification.subject
    name, address = addresses.sender()
    mail["From"] = Address(display_name=name, addr_spec=address)
    mail["To"] = Address(addr_spec=addresses.for_smtp(notification.address))
    mail["Date"] = formatdate(now.timestamp())
    mail["Message-ID"] = message_id(notification)
    # No answering machine should answer a machine (RFC 3834).
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"
    mail["Content-Language"] = "nl"
    mail.set_content(as_text(notification), cte="quoted-printable")
    mail.add_alternative(as_html(notification), subtype="html", cte="quoted-printable")
    if notification.calendar:
        method = notification.calendar_method
        mail.add_alternative(
            notification.calendar, subtype="calendar", cte="quoted-printable", params={"method": method}
        )
        mail.add_attachment(
            notification.calendar.encode(), maintype="application", subtype="ics", filename=calendars.FILENAME
        )
    return mail


def _context(notification):
    return {
        "message": notification,
        "url": settings.BASE_URL + notification.portal_path if notification.portal_path else "",
        "portal_name": settings.PORTAL_NAME,
        "programme_name": settings.PROGRAMME_NAME,
        "contact_email": settings.PROGRAMME_CONTACT_EMAIL,
        "contact_phone": settings.PROGRAMME_CONTACT_PHONE,
        "base_url": settings.BASE_URL,
    }
