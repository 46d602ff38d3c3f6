"""The worker is killed while it delivers, and started again: nothing lost, nothing twice."""

import time

from tests.journeys.running_portal import kill, wait_until

MESSAGES = 22
QUEUE = f"""
    from notifications import services
    from notifications.services import Receiver

    for number in range({MESSAGES}):
        receiver = Receiver(address=f"persoon{{number}}@demo.example")
        services.notify(key=f"kill:{{number}}", kind="hand_over", receiver=receiver, subject=f"Bericht {{number}}")
"""
#: Longer than two sweeps.
QUIET_SECONDS = 11


def called_out(portal):
    """How many claims were asked for their holder."""
    return portal.query("SELECT count(*) FROM notifications_notification WHERE claimed_by LIKE '?%'")[0][0]


def test_a_worker_killed_while_delivering_loses_nothing_and_doubles_nothing(portal, post):
    portal.python(QUEUE)
    worker = portal.start_worker()

    def kill_the_worker(_message):
        """The server has the fifth message but has not taken it when the worker dies."""
        kill(worker)
        return "451 too late"

    post.wishes = [None, None, None, None, kill_the_worker]
    wait_until(lambda: worker.poll() is not None, seconds=60, what=lambda: portal.log)
    states = dict(portal.query("SELECT status, count(*) FROM notifications_notification GROUP BY status"))
    # Ten are claimed at once.
    assert states == {"sent": 4, "sending": 6, "queued": 12}

    # A new worker leaves what the dead one held alone as long as the lease holds, and does everything else.
    again = portal.start_worker()
    wait_until(lambda: len(post.ids) == MESSAGES - 6, seconds=60, what=lambda: portal.log)
    time.sleep(QUIET_SECONDS)
    assert len(post.ids) == MESSAGES - 6

    # Two minutes later, without waiting for them, the dead one is called out; half a minute later nobody answered.
    for asked in (0, 6):
        wait_until(lambda asked=asked: called_out(portal) == asked, seconds=30, what=lambda: portal.log)
        portal.query("UPDATE notifications_notification SET next_attempt_at = '2020-01-01' WHERE status = 'sending'")
    wait_until(lambda: len(post.ids) >= MESSAGES, seconds=30, what=lambda: portal.log)
    time.sleep(QUIET_SECONDS)
    kill(again)
    assert len(post.ids) == MESSAGES
    assert len(set(post.ids)) == MESSAGES
    states = dict(portal.query("SELECT status, count(*) FROM notifications_notification GROUP BY status"))
    assert states == {"sent": MESSAGES}
