"""Answers to invitations: kept with the participant, and a refusal told to who planned the meeting."""

from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import RoleAssignment
from accounts.roles import PROFESSIONAL_ROLES
from accounts.rules import RuleBroken
from notifications import kinds
from notifications.models import Answer, Meeting, MeetingParticipant
from notifications.services.feeds import touch_feeds
from notifications.services.messages import Receiver, notify


@transaction.atomic
def answer_meeting(*, participant, answer, asked=None, now=None):
    """Keep whether a participant comes. Returns the `MeetingParticipant`; the same answer again changes nothing.

    `asked` is which asking is answered: raises RuleBroken when the meeting changed since, was called off or is over.
    Who planned the meeting hears of a refusal, once for each asking.
    """
    now = now or timezone.now()
    meeting = Meeting.objects.select_for_update().get(pk=participant.meeting_id)
    row = MeetingParticipant.objects.select_for_update().filter(pk=participant.pk, meeting=meeting).first()
    if row is None or row.user_id != participant.user_id or (asked is not None and row.asked != asked):
        raise RuleBroken(_("Deze afspraak is gewijzigd. Kijk in het laatste bericht erover."))
    if meeting.is_cancelled:
        raise RuleBroken(_("Deze afspraak gaat niet door. U hoeft niets te doen."))
    if meeting.ends_at <= now:
        raise RuleBroken(_("Deze afspraak is geweest."))
    if row.answer == answer:
        return row
    row.answer, row.answered_at = Answer(answer), now
    row.save(update_fields=["answer", "answered_at"])
    if row.user_id:
        touch_feeds(users=[row.user_id], now=now)
    if row.answer == Answer.NO:
        _tell_of_refusal(meeting, row, now=now)
    return row


def _tell_of_refusal(meeting, row, *, now):
    """Whoever planned it; when that person is gone, the professionals who take part."""
    when = date_format(timezone.localtime(meeting.starts_at), r"l j F Y, H:i")
    seen_by = {other.user_id for other in meeting.participants.all()}
    for receiver in _who_hears(meeting, row, now):
        notify(
            key=f"answer:{row.pk}:{row.asked}:{receiver.key}",
            kind=kinds.ANSWER,
            receiver=receiver,
            subject=_("Iemand komt niet: %(title)s op %(when)s") % {"title": meeting.title, "when": when},
            body=_("%(role)s komt niet. Plan een andere dag, of laat de afspraak doorgaan zonder deze persoon.")
            % {"role": row.role_label if row.role else _("Een deelnemer")},
            link=meeting.get_absolute_url() if receiver.user.pk in seen_by or not meeting.link else meeting.link,
            case_number=meeting.case_number,
            meeting=meeting,
            now=now,
        )


def _who_hears(meeting, row, now):
    today = timezone.localdate(now)
    if meeting.organiser_id and meeting.organiser_id != row.user_id:
        held = RoleAssignment.objects.current(today).filter(user=meeting.organiser_id, role=meeting.organiser_role)
        if held.exists():
            return [Receiver(user=meeting.organiser, role=meeting.organiser_role)]
    others = meeting.participants.filter(user__is_active=True, role__in=PROFESSIONAL_ROLES).exclude(pk=row.pk)
    return [Receiver(user=other.user, role=other.role) for other in others.select_related("user")]
