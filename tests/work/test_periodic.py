"""Periodic work: one at a time, noted down, run now, and somebody who notices when it stands still."""

import threading
import time
from datetime import timedelta

import pytest
import time_machine
from django.core.cache import cache
from django.db import OperationalError, connections
from django.utils import timezone

from accounts.roles import Role
from jas_portal import heartbeat
from jas_portal.celery import app
from jas_portal.models import PeriodicJob, PeriodicRun
from jas_portal.work import alarm, periodic
from jas_portal.work.table import BY_NAME, PERIODIC
from notifications.models import Notification
from tests.mail_server import Post, start_mail_server

QUARTER = BY_NAME["expire-proposals"]
FREQUENT = BY_NAME["deliver-messages"]


# As a worker does; in the suite nobody has needed the tasks yet.
app.loader.import_default_modules()


def clock_at(moment):
    return lambda: moment


def test_the_table_is_what_beat_sends():
    assert set(app.conf.beat_schedule) == set(BY_NAME)
    assert {entry.task for entry in PERIODIC} <= set(app.tasks)
    for entry in PERIODIC:
        assert app.conf.beat_schedule[entry.name]["options"]["expires"] == max(entry.every, 60)


def test_long_work_stands_in_a_queue_of_its_own():
    router = app.amqp.router
    queues = {entry.name: router.route({}, entry.task)["queue"].name for entry in PERIODIC}
    assert queues["deliver-messages"] == "mail"
    assert {queues[name] for name in ("work-on-jobs", "work-on-imports", "work-on-retention")} == {"reports"}
    assert queues["expire-proposals"] == queues["run-asked"] == "sweeps"


@pytest.mark.django_db
def test_a_run_is_noted_with_what_it_did():
    now = timezone.now()
    assert periodic.run(QUARTER, lambda: 3, clock=clock_at(now)) == 3
    job = PeriodicJob.objects.get()
    assert (job.name, job.last_started_at, job.last_result, job.last_problem, job.claimed_by) == (
        QUARTER.name,
        now,
        3,
        "",
        "",
    )
    assert [run.result for run in PeriodicRun.objects.all()] == [3]


@pytest.mark.django_db
def test_a_task_that_a_worker_runs_is_noted_and_a_plain_call_is_not():
    task = app.tasks[QUARTER.task]
    task()
    assert not PeriodicJob.objects.exists()
    task.apply(throw=True)
    assert PeriodicJob.objects.get().last_result == 0


@pytest.mark.django_db
def test_two_beats_at_once_are_one_run():
    now = timezone.now()
    runs = []
    for seconds in (0, 1, 400, 460, 1400):
        periodic.run(QUARTER, lambda: runs.append(1), clock=clock_at(now + timedelta(seconds=seconds)))
    # Half an interval on, the next one may.
    assert len(runs) == 3


@pytest.mark.django_db
def test_a_clock_that_stood_in_the_future_keeps_no_work_waiting():
    now = timezone.now()
    periodic.run(QUARTER, lambda: 1, clock=clock_at(now + timedelta(days=300)))
    assert periodic.run(QUARTER, lambda: 1, clock=clock_at(now)) == 1


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_are_one_run():
    together, runs = threading.Barrier(4), []

    def work():
        runs.append(1)
        time.sleep(0.3)

    def worker():
        together.wait()
        try:
            periodic.run(QUARTER, work)
        finally:
            connections.close_all()

    workers = [threading.Thread(target=worker) for _ in range(4)]
    for thread in workers:
        thread.start()
    for thread in workers:
        thread.join()
    assert len(runs) == 1
    assert PeriodicRun.objects.count() == 1


@pytest.mark.django_db
def test_a_dead_worker_keeps_others_away_no_longer_than_its_lease():
    now = timezone.now()
    PeriodicJob.objects.create(
        name=QUARTER.name, claimed_by="dead", lease_until=now, last_started_at=now - timedelta(hours=1)
    )
    assert periodic.run(QUARTER, lambda: 1, clock=clock_at(now - timedelta(seconds=1))) is None
    assert periodic.run(QUARTER, lambda: 1, clock=clock_at(now)) == 1


@pytest.mark.django_db
def test_what_went_wrong_is_said_in_dutch_without_the_text_of_the_error():
    def broken():
        raise ValueError("Selam Tekle, selam@demo.example")

    with pytest.raises(ValueError, match="Selam"):
        periodic.run(QUARTER, broken)
    job = PeriodicJob.objects.get()
    assert job.last_problem == "Er ging iets mis (ValueError). In het logboek van de worker staat waar."
    assert job.claimed_by == ""
    assert "database" in periodic.in_words(OperationalError("secret"))


@pytest.mark.django_db
def test_what_comes_by_every_few_seconds_overlaps_and_leaves_no_line_when_it_did_nothing(
    django_assert_max_num_queries,
):
    now = timezone.now()
    periodic.run(FREQUENT, lambda: 0, clock=clock_at(now))
    with django_assert_max_num_queries(2):
        periodic.run(FREQUENT, lambda: 0, clock=clock_at(now + timedelta(seconds=3)))
    assert not PeriodicRun.objects.exists()
    periodic.run(FREQUENT, lambda: 5, clock=clock_at(now + timedelta(seconds=4)))
    assert [run.result for run in PeriodicRun.objects.all()] == [5]


@pytest.mark.django_db
def test_sixty_runs_of_a_job_are_kept():
    PeriodicRun.objects.bulk_create(
        PeriodicRun(job=PeriodicJob.objects.get_or_create(name=FREQUENT.name)[0], started_at=timezone.now(), seconds=1)
        for _ in range(70)
    )
    periodic.run(FREQUENT, lambda: 1)
    assert PeriodicRun.objects.count() == periodic.KEEP_RUNS


# --- Run now -------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_asked_twice_it_runs_once(cast, sign_in):
    client, runs = sign_in(cast.functioneel_beheerder), []
    for _click in range(2):
        assert client.post(f"/opdrachten/periodiek/{QUARTER.name}/nu/").status_code == 302
    tasks = {QUARTER.task: lambda: runs.append(1)}
    assert periodic.run_asked(tasks) == 1
    assert periodic.run_asked(tasks) == 0
    assert runs == [1]
    assert PeriodicRun.objects.get().asked_by == cast.functioneel_beheerder


@pytest.mark.django_db
def test_asked_while_it_runs_it_runs_after(cast):
    now = timezone.now()
    PeriodicJob.objects.create(
        name=QUARTER.name, claimed_by="other", lease_until=now + timedelta(minutes=1), last_started_at=now
    )
    periodic.ask_to_run(name=QUARTER.name, by=cast.functioneel_beheerder, now=now)
    tasks, runs = {QUARTER.task: lambda: runs.append(1)}, []
    assert periodic.run_asked(tasks) == 0
    PeriodicJob.objects.update(claimed_by="", lease_until=None)
    assert periodic.run_asked(tasks) == 1
    assert runs == [1]


@pytest.mark.django_db
def test_one_that_fails_stands_in_nobodys_way(cast):
    other = BY_NAME["release-docents"]
    for name in (QUARTER.name, other.name):
        periodic.ask_to_run(name=name, by=cast.functioneel_beheerder, now=timezone.now())
    runs = []
    assert periodic.run_asked({QUARTER.task: lambda: 1 / 0, other.task: lambda: runs.append(1)}) == 2
    assert runs == [1]


# --- The screen ------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_the_screen_shows_every_job_in_as_many_queries_with_many_runs(cast, sign_in, django_assert_num_queries):
    client = sign_in(cast.functioneel_beheerder)
    address = "/opdrachten/periodiek/"
    page = client.get(address)
    for entry in PERIODIC:
        assert str(entry.label) in page.text
    assert page.text.count("Nog niet gedaan") == len(PERIODIC)

    now = timezone.now()
    with django_assert_num_queries(2):
        periodic.screen(now)
    for number in range(3):
        for entry in PERIODIC:
            periodic.run(entry, lambda: 2, clock=clock_at(now - 2 * entry.interval + number * entry.interval))
    with django_assert_num_queries(2):
        lines = periodic.screen(now)
    assert {len(line.bars) for line in lines} == {3}
    assert "Gedaan: 2" in client.get(address).text


@pytest.mark.django_db
def test_a_failed_run_stands_on_the_screen_and_on_the_home(cast, sign_in):
    with pytest.raises(ZeroDivisionError):
        periodic.run(QUARTER, lambda: 1 / 0)
    client = sign_in(cast.functioneel_beheerder)
    assert "Mislukt" in client.get("/opdrachten/periodiek/").text
    assert "'Voorstellen laten verlopen' is de laatste keer mislukt." in client.get("/").content.decode().replace(
        "&#x27;", "'"
    )


# --- Who notices ---------------------------------------------------------------------------------------------


@pytest.fixture
def no_heartbeats(db):
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def mails(settings):
    """What the mail server of this test took."""
    box = Post()
    controller = start_mail_server(box)
    settings.EMAIL_HOST, settings.EMAIL_PORT = controller.hostname, controller.port
    yield box
    controller.stop()


def test_a_portal_in_which_nothing_ever_ran_has_nothing_to_complain_about(no_heartbeats):
    assert periodic.troubles(timezone.now()) == []


@pytest.mark.parametrize(
    ("silent", "words"),
    [
        (["worker"], "De worker geeft geen teken meer"),
        (["beat"], "De planner (beat) geeft geen teken meer"),
        (["worker", "beat"], "Worker en planner geven geen teken meer"),
        ([], "hoewel worker en planner draaien"),
    ],
)
def test_the_home_says_who_is_silent(no_heartbeats, cast, sign_in, silent, words):
    now = timezone.now()
    periodic.run(QUARTER, lambda: 1, clock=clock_at(now - timedelta(hours=1)))
    for part in heartbeat.PARTS:
        heartbeat.write(part, now=now.timestamp() - (1000 if part in silent else 1))
    assert words in sign_in(cast.functioneel_beheerder).get("/").text


def test_one_late_job_is_named(no_heartbeats):
    now = timezone.now()
    for entry in PERIODIC:
        periodic.run(entry, lambda: 1, clock=clock_at(now - timedelta(seconds=2)))
    assert periodic.troubles(now) == []
    PeriodicJob.objects.filter(name=QUARTER.name).update(last_ended_at=now - timedelta(hours=2))
    assert periodic.troubles(now) == ["'Voorstellen laten verlopen' loopt achter."]
    PeriodicJob.objects.exclude(name=PERIODIC[0].name).update(last_ended_at=now - timedelta(days=3))
    assert periodic.troubles(now) == [f"{len(PERIODIC) - 1} soorten werk lopen achter."]


def worked(at, *names):
    """The work of each queue, or these jobs, found nothing to do at that moment."""
    for name in names or ("deliver-messages", "work-on-jobs", "run-asked"):
        periodic.run(BY_NAME[name], lambda: 0, clock=clock_at(at))


def looks(*moments, seen_by="beat"):
    """What each look at these moments, a minute or more apart, told of."""
    told = []
    for moment in moments:
        cache.delete("silence:telling")  # in Redis it lives in its own time
        told.append(alarm.watch(seen_by=seen_by, now=moment))
    return told


def test_one_silent_queue_is_told_once_though_other_workers_live(no_heartbeats, cast, mails):
    now = timezone.now()
    minute = timedelta(minutes=1)
    worked(now - 6 * minute, "deliver-messages")
    worked(now, "work-on-jobs", "run-asked")
    heartbeat.write("worker", now=now.timestamp())
    assert looks(now, now + minute, now + 2 * minute) == [[], ["mail"], []]
    assert looks(now + 3 * minute, seen_by="web") == [[]]
    [message] = mails.messages
    assert cast.functioneel_beheerder.email in message.envelope_receivers
    assert cast.functioneel_beheerder.email not in message.as_string()
    assert message["Subject"] == "Het portaal staat deels stil"
    assert "Er wordt geen werk meer gedaan uit de wachtrij mail. Dat is al 7 minuten zo." in message.get_content()
    assert not Notification.objects.filter(kind="alarm").exists()

    # It came back, and falls silent again.
    worked(now + 4 * minute)
    assert looks(now + 8 * minute) == [[]]
    worked(now + 8 * minute, "work-on-jobs", "run-asked")
    assert looks(now + 10 * minute, now + 11 * minute) == [[], ["mail"]]
    assert len(mails.messages) == 2


def test_all_queues_silent_is_one_mail_that_names_the_part(no_heartbeats, cast, mails):
    now = timezone.now()
    worked(now - timedelta(minutes=6))
    heartbeat.write("beat", now=now.timestamp() + 50)
    told = looks(now, now + timedelta(seconds=60))
    assert [sorted(queues) for queues in told] == [[], ["mail", "reports", "sweeps"]]
    [message] = mails.messages
    assert "De worker geeft geen teken meer" in message.get_content()


def test_a_silence_is_seen_though_redis_lost_everything_and_told_again_after_a_day(no_heartbeats, cast, mails):
    now = timezone.now()
    worked(now - timedelta(hours=30))
    [_first, told] = looks(now, now + timedelta(minutes=1))
    assert len(told) == 3
    # What a day does.
    cache.delete_many([f"silence:told:{queue}:{(now - timedelta(hours=30)).timestamp()}" for queue in told])
    assert len(looks(now + timedelta(days=1))[0]) == 3
    assert len(mails.messages) == 2


def test_a_portal_that_was_just_started_raises_no_alarm(no_heartbeats, cast, mails):
    now = timezone.now()
    worked(now - timedelta(hours=8))
    assert looks(now) == [[]]
    worked(now + timedelta(seconds=30))
    assert looks(now + timedelta(minutes=1), now + timedelta(minutes=2)) == [[], []]
    assert mails.messages == []


def test_a_heartbeat_that_the_cache_kept_from_an_earlier_outage_is_no_alarm(no_heartbeats, cast, mails, client):
    now = timezone.now()
    worked(now)
    for part in heartbeat.PARTS:
        cache.set(f"heartbeat:{part}", now.timestamp() - 3000, timeout=600)
    assert looks(now, now + timedelta(minutes=1)) == [[], []]
    client.get("/healthz")
    assert mails.messages == []


@pytest.mark.django_db
def test_a_clock_that_stood_in_the_future_hides_no_silence():
    now = timezone.now()
    worked(now + timedelta(days=300))
    worked(now)
    assert set(PeriodicJob.objects.values_list("last_ended_at", flat=True)) == {now}


def test_asking_after_its_health_tells_what_stands_still(no_heartbeats, cast, mails, client):
    worked(timezone.now())
    assert client.get("/healthz").json()["work"] == "ok"
    PeriodicJob.objects.filter(name="deliver-messages").update(last_ended_at=timezone.now() - timedelta(minutes=6))
    for part in heartbeat.PARTS:
        heartbeat.write(part)
    with time_machine.travel(timezone.now(), tick=False) as traveller:
        for _probe in range(3):
            response = client.get("/healthz")
            assert (response.status_code, response.json()["work"]) == (503, "stale")
            traveller.shift(timedelta(seconds=50))
    assert len(mails.messages) == 1


def test_without_a_mail_server_one_look_a_minute_tries_it(no_heartbeats, cast, mails, client):
    mails.refused_senders["portaal@demo.example"] = "451 not now"
    worked(timezone.now() - timedelta(minutes=10))
    client.get("/healthz")
    with time_machine.travel(timezone.now() + timedelta(minutes=1), tick=True):
        for _probe in range(5):
            assert client.get("/healthz").status_code == 503
        assert alarm.watch(seen_by="beat") == []
    assert (mails.connections, mails.messages) == (1, [])
    # That minute is over, and the server is back.
    mails.refused_senders.clear()
    assert len(looks(timezone.now() + timedelta(minutes=2))[0]) == 3


def test_who_is_no_beheerder_reads_nothing_of_it(cast, sign_in, db):
    for role in Role:
        if role != Role.FUNCTIONEEL_BEHEERDER:
            assert sign_in(getattr(cast, role.value)).get("/opdrachten/periodiek/").status_code == 403
