"""How a message looks as mail: its text, its HTML and its MIME parts, all from the templates in emails/."""

import hashlib
from collections import Counter
from email.charset import QP, Charset
from email.utils import formataddr, formatdate
from urllib.parse import urlencode

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import get_language_info

from accounts.roles import Role
from notifications import addresses, calendars, kinds, links
from notifications.models import MeetingParticipant

# Everything in 7 bits: no server on the way has a reason to rewrite a part.
_CHARSET = Charset("utf-8")
_CHARSET.body_encoding = QP


def message_id(notification):
    """The same for every attempt at one message, so that a copy can be recognised. Tells nothing of the key."""
    digest = hashlib.sha256(notification.key.encode()).hexdigest()[:40]
    return f"<{digest}@{addresses.domain()}>"


def as_text(notification):
    """The plain text that the receiver reads, in the receiver's language."""
    return _rendered("emails/message.txt", notification, _context(notification)).strip() + "\n"


def as_html(notification):
    """The same as simple HTML."""
    return _rendered("emails/message.html", notification, _context(notification)).strip() + "\n"


def compose(notification, *, now):
    """The bytes of one mail, ready for SMTP. Raises ValueError when the address or a header cannot be written.

    Text and HTML are alternatives of each other, and so is the invitation: that is where calendars look for it
    (RFC 6047). The same file is attached for programs that only open files. What may be stopped says how (RFC 8058).
    """
    context = _context(notification)
    mail = EmailMultiAlternatives(
        subject=notification.subject,
        body=_rendered("emails/message.txt", notification, context).strip() + "\n",
        from_email=formataddr(addresses.sender()),
        to=[addresses.for_smtp(notification.address)],
        headers={
            "Date": formatdate(now.timestamp()),
            "Message-ID": message_id(notification),
            # No answering machine should answer a machine (RFC 3834).
            "Auto-Submitted": "auto-generated",
            "X-Auto-Response-Suppress": "All",
            "Content-Language": context["language"],
            **_stop_headers(notification),
        },
    )
    mail.encoding = _CHARSET
    mail.attach_alternative(_rendered("emails/message.html", notification, context).strip() + "\n", "text/html")
    if notification.calendar:
        method = f"{calendars.CONTENT_TYPE}; method={notification.calendar_method}"
        mail.attach_alternative(notification.calendar, method)
        mail.attach(calendars.FILENAME, notification.calendar.encode(), "application/ics")
    return mail.message().as_bytes(linesep="\r\n")


def stop_url(notification):
    """The address where the receiver stops mail of this sort without signing in; "" when it can't be stopped."""
    if not notification.may_be_stopped:
        return ""
    key = links.link_key_of(notification.user_id)
    return links.stop_url(notification.user_id, notification.role, notification.kind, key)


def _stop_headers(notification):
    url = stop_url(notification)
    if not url:
        return {}
    return {"List-Unsubscribe": f"<{url}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}


def _rendered(template, notification, context):
    with translation.override(context["language"]):
        return render_to_string(template, context)


def _context(notification):
    language = _language_of(notification)
    answer_url = _answer_url(notification)
    url = settings.BASE_URL + notification.portal_path if notification.portal_path else ""
    with translation.override(language):
        lines = _digest_lines(notification)
    return {
        "message": notification,
        "language": language,
        "direction": "rtl" if get_language_info(language)["bidi"] else "ltr",
        # One link: an invitation leads to where it is answered, and from there to the portal.
        "url": answer_url or url,
        "asks_answer": bool(answer_url),
        "lines": lines,
        "may_choose": notification.may_be_stopped,
        "portal_name": settings.PORTAL_NAME,
        "programme_name": settings.PROGRAMME_NAME,
        "contact_email": settings.PROGRAMME_CONTACT_EMAIL,
        "contact_phone": settings.PROGRAMME_CONTACT_PHONE,
    }


def _language_of(notification):
    known = dict(settings.LANGUAGES)
    return notification.language if notification.language in known else settings.LANGUAGE_CODE


def _answer_url(notification):
    """Where the receiver of an invitation answers; "" for other messages, and for who does not take part any more."""
    if notification.kind != kinds.INVITATION or notification.calendar_method != calendars.REQUEST:
        return ""
    places = MeetingParticipant.objects.filter(meeting=notification.meeting_id, user=notification.user_id)
    places = (
        places.filter(role__in=["", notification.role])
        if notification.user_id
        else places.filter(address__iexact=notification.address)
    )
    place = places.select_related("meeting").first()
    return links.answer_url(place) if place else ""


def _digest_lines(notification):
    """(words, full address) of each sort of message that a digest gathers, for its HTML."""
    if notification.kind != kinds.DIGEST:
        return []
    counted = Counter(notification.gathered.values_list("role", "kind"))
    several = len({role for role, _kind in counted}) > 1
    inbox = settings.BASE_URL + reverse("notifications:inbox")
    rows = []
    for (role, kind), number in counted.items():
        words = f"{kinds.label(kind)}: {number}"
        if several and role:
            words = f"{Role(role).label}: {words}"
        rows.append((words, f"{inbox}?{urlencode({'show': 'unread', 'kind': kind})}"))
    return sorted(rows)
