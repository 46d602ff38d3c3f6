"""The broker is down while an institute reports absence: the request succeeds, and the mail goes out once it is back."""

import socket
import time

from tests.journeys.running_portal import kill, wait_until

#: One dossier with its klantmanager, and a course that began a month ago; prints who and what.
PREPARE = """
    from datetime import timedelta

    from django.utils import timezone

    from accounts.roles import Role
    from tests import factories

    month_ago = timezone.localdate() - timedelta(days=30)
    institute = factories.make_institute()
    reporter = factories.make_user(Role.INSTITUUT, organisation=institute.organisation, email="instituut@demo.example")
    klantmanager = factories.make_user(Role.KLANTMANAGER, email="klantmanager@demo.example")
    case = factories.make_case(klantmanager=klantmanager, today=month_ago)
    print(factories.make_enrolment(case=case, institute=institute, today=month_ago).pk)
"""
REPORT = """
    from datetime import timedelta

    from django.conf import settings
    from django.test import Client
    from django.urls import reverse
    from django.utils import timezone

    from accounts.models import User
    from inburgering.models import AbsenceKind, LessonPart

    assert settings.CELERY_BROKER_URL.startswith("redis://")
    days = [(timezone.localdate() - timedelta(days=number)).isoformat() for number in (1, 2, 3, 4)]
    lessons = dict(zip(("lesson_on", "more_1", "more_2", "more_3"), days))
    client = Client(headers={"host": "localhost"})
    client.force_login(
        User.objects.get(email="instituut@demo.example"), backend="django.contrib.auth.backends.ModelBackend"
    )
    response = client.post(
        reverse("inburgering:report_absence", args=[ENROLMENT]),
        {**lessons, "lesson_part": LessonPart.OCHTEND, "kind": AbsenceKind.ONBEKEND},
    )
    page = client.get(response.url) if response.status_code == 302 else response
    print(response.status_code, page.status_code)
"""


def test_absence_is_saved_without_a_broker_and_the_mail_goes_out_later(portal, post):
    enrolment = portal.python(PREPARE).strip()
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # taken, and nobody listens: every connection is refused
        redis = f"redis://127.0.0.1:{closed.getsockname()[1]}/0"
        # DEBUG: the pages need no collected static files.
        answer = portal.python(REPORT.replace("ENROLMENT", enrolment), REDIS_URL=redis, DEBUG="1")
    assert answer.split() == ["302", "200"]
    assert portal.query("SELECT count(*) FROM inburgering_absence") == [(4,)]
    waiting = portal.query(
        "SELECT address, status, attempts FROM notifications_notification WHERE kind = 'absence_alert'"
    )
    assert waiting == [("klantmanager@demo.example", "queued", 0)]
    assert post.messages == []

    worker = portal.start_worker()
    [(everything,)] = portal.query("SELECT count(*) FROM notifications_notification")
    wait_until(lambda: len(post.ids) >= everything, seconds=60, what=lambda: portal.log)
    time.sleep(6)
    kill(worker)
    assert len(post.ids) == everything
    [message] = [message for message in post.messages if message["To"] == "klantmanager@demo.example"]
    assert message["Subject"] == "Een signaal over verzuim vraagt om contact"
