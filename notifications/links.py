"""Signed links in mail that work without signing in: to answer an invitation, and to stop mail of one sort."""

import json

from django.conf import settings
from django.core import signing
from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.http import urlsafe_base64_decode, urlsafe_base64_encode

from accounts.models import User
from notifications.models import MailSettings, MeetingParticipant

_STOP = "notifications.stop"


# --- Answer an invitation ----------------------------------------------------------------------------------


def answer_url(participant):
    """The full address where this participant answers. It stops when the place goes to another or is asked again."""
    return settings.BASE_URL + reverse("notifications:answer_by_link", args=[_answer_token(participant)])


def participant_of(token):
    """(participant with its meeting, whether this link is still theirs to use); (None, False) for what is no link.

    A link of before the meeting changed is real, but no longer in use. One of an account that was closed, or that does not
    work in the role of its place today, is none.
    """
    pk, _dash, rest = token.partition("-")
    asked, _dash, signature = rest.partition("-")
    if not (pk.isdecimal() and asked.isdecimal() and len(pk) < 19 and len(asked) < 10):
        return None, False
    row = MeetingParticipant.objects.select_related("meeting", "user").filter(pk=pk).first()
    if row is None or not constant_time_compare(signature, _answer_signature(row, asked)):
        return None, False
    if row.user and not _works_in(row.user, row.role):
        return None, False
    return row, row.asked == int(asked)


def _works_in(user, role):
    return user.current_roles().filter(role=role).exists() if role else user.is_active


def _answer_token(participant):
    return f"{participant.pk}-{participant.asked}-{_answer_signature(participant, participant.asked)}"


def _answer_signature(participant, asked):
    # With the person in it, so that a link does not pass on to who takes over the place.
    parts = [participant.pk, asked, participant.meeting.uid, participant.user_id or "", participant.address.lower()]
    return salted_hmac("notifications.answer", "|".join(map(str, parts)), algorithm="sha256").hexdigest()[:40]


# --- Stop mail ------------------------------------------------------------------------------------------------


def stop_url(user_pk, role, kind, link_key):
    """The full address where this person stops mail of one sort, until the person makes old links worthless."""
    secret = signing.Signer(salt=_STOP).signature(_stop_words(user_pk, role, kind, link_key))
    token = urlsafe_base64_encode(json.dumps([user_pk, role, kind, secret]).encode())
    return settings.BASE_URL + reverse("notifications:stop_by_link", args=[token])


def stop_of(token):
    """(account, role, kind) that a link to stop is about; None for what is no link of ours, or no longer."""
    try:
        pk, role, kind, secret = json.loads(urlsafe_base64_decode(token))
        user = User.objects.filter(pk=pk, is_active=True).first()
    except (ValueError, TypeError):
        return None
    if user is None:
        return None
    key = link_key_of(user.pk)
    if not constant_time_compare(str(secret), signing.Signer(salt=_STOP).signature(_stop_words(pk, role, kind, key))):
        return None
    return user, role, kind


def link_key_of(user_pk):
    """What the links to stop of this person are signed with, next to the portal's own secret."""
    return MailSettings.objects.filter(user=user_pk).values_list("link_key", flat=True).first() or ""


def _stop_words(pk, role, kind, link_key):
    return f"{pk}|{role}|{kind}|{link_key}"
