"""How a message looks as mail: its text, its HTML and its MIME parts, all from the templates in emails/."""

import hashlib
from email.charset import QP, Charset
from email.utils import formataddr, formatdate

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string

from notifications import addresses, calendars

# Everything in 7 bits: no server on the way has a reason to rewrite a part.
_CHARSET = Charset("utf-8")
_CHARSET.body_encoding = QP


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
    """The bytes of one mail, ready for SMTP. Raises ValueError when the address or a header cannot be written.

    Text and HTML are alternatives of each other, and so is the invitation: that is where calendars look for it
    (RFC 6047). The same file is attached for programs that only open files.
    """
    mail = EmailMultiAlternatives(
        subject=notification.subject,
        body=as_text(notification),
        from_email=formataddr(addresses.sender()),
        to=[addresses.for_smtp(notification.address)],
        headers={
            "Date": formatdate(now.timestamp()),
            "Message-ID": message_id(notification),
            # No answering machine should answer a machine (RFC 3834).
            "Auto-Submitted": "auto-generated",
            "X-Auto-Response-Suppress": "All",
            "Content-Language": "nl",
        },
    )
    mail.encoding = _CHARSET
    mail.attach_alternative(as_html(notification), "text/html")
    if notification.calendar:
        method = f"{calendars.CONTENT_TYPE}; method={notification.calendar_method}"
        mail.attach_alternative(notification.calendar, method)
        mail.attach(calendars.FILENAME, notification.calendar.encode(), "application/ics")
    return mail.message().as_bytes(linesep="\r\n")


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
