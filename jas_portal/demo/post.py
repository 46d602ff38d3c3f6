"""What people did with their mail in the demo: answers to invitations, choices at Meldingen, and an address that is wrong."""

from datetime import time, timedelta

from django.db.models import F
from django.utils import timezone

from accounts.models import User
from accounts.roles import Role
from notifications import services
from notifications.kinds import Way
from notifications.models import UNDELIVERED, Answer, MeetingParticipant, Notification, NotificationStatus
from notifications.services.refused import refuse_address

#: Answers in turn; "" is nobody's yet.
ANSWERS = (Answer.YES, Answer.YES, "", Answer.MAYBE, Answer.YES, Answer.NO, "")


def choose(today):
    """Before anything is sent: a mentor who sleeps at night, a klantmanager who reads some things once a day."""
    now = _at(today, 0)
    mentor = User.objects.get(email="mentor@demo.example")
    services.set_quiet_hours(user=mentor, starts=time(21), ends=time(7), days="0123456", by=mentor)
    klantmanager = User.objects.get(email="klantmanager@demo.example")
    services.choose_ways(
        user=klantmanager, role=Role.KLANTMANAGER, ways={"hand_over": Way.DAILY}, by=klantmanager, now=now
    )


def deliver_the_past(today):
    """Mail of earlier days has long been delivered, and mostly read; that of the last days came in a digest."""
    before, day = _at(today, 0), timedelta(days=1)
    past = Notification.objects.filter(created_at__lt=before)
    past.filter(status__in=UNDELIVERED).update(status=NotificationStatus.SENT, sent_at=F("created_at"))
    past.filter(created_at__lt=before - 5 * day).update(read_at=F("created_at"))
    old = past.filter(status=NotificationStatus.HELD, created_at__lt=before - 5 * day)
    old.update(status=NotificationStatus.PORTAL_ONLY)
    past.filter(status=NotificationStatus.HELD).update(next_attempt_at=before)
    services.send_digests(now=before)


def answer(today):
    """Some say whether they come; one address of somebody without account takes no mail."""
    now = _at(today, 0)
    coming = MeetingParticipant.objects.filter(
        meeting__in=_coming_meetings(now),
        user__isnull=False,
        role__in=[Role.MENTOR, Role.STATUSHOUDER, Role.KLANTMANAGER],
    ).order_by("meeting__starts_at", "pk")
    for place, given in zip(coming[: 3 * len(ANSWERS)], 3 * ANSWERS, strict=False):
        if given:
            services.answer_meeting(participant=place, answer=given, now=now)
    wrong = Notification.objects.filter(user=None, status=NotificationStatus.SENT).exclude(case_number="").first()
    if wrong:
        said = "550 5.1.1 De mailbox bestaat niet"
        Notification.objects.filter(pk=wrong.pk).update(status=NotificationStatus.FAILED, error=said, attempts=1)
        refuse_address(notification=wrong, answer=said, now=now)


def _coming_meetings(now):
    return MeetingParticipant.objects.filter(
        meeting__ends_at__gt=now, meeting__state="planned", meeting__kind="check_in"
    ).values("meeting")


def _at(day, hour):
    return timezone.make_aware(timezone.datetime(day.year, day.month, day.day, hour))
