"""The embedded broker under many hands: nothing lost, nothing twice, nothing half; and what is no message ends nobody."""

import json
import logging
import os
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from pathlib import Path
from threading import Event

import pytest
from kombu import Connection, Exchange, Queue
from kombu.exceptions import ChannelError

from jas_portal.celery import app as celery_app

WRITERS = READERS = 4
EACH = 50


@pytest.fixture
def connect(tmp_path):
    """Return a function that opens one more connection to a broker in an empty folder."""
    for name in ("queue", "control"):
        (tmp_path / name).mkdir()
    opened = []

    def open_one():
        opened.append(
            Connection(
                "filesystem://localhost",
                transport="jas_portal.folder_broker:Transport",
                transport_options={
                    "data_folder_in": str(tmp_path / "queue"),
                    "data_folder_out": str(tmp_path / "queue"),
                    "control_folder": str(tmp_path / "control"),
                },
            )
        )
        return opened[-1].channel()

    yield open_one
    for connection in opened:
        connection.release()


def put(channel, text, queue="celery"):
    channel.basic_publish(channel.prepare_message(text), exchange="", routing_key=queue)


def take(channel, queue="celery"):
    """Return the text of the oldest message, None when there is none."""
    message = channel.basic_get(queue, no_ack=True)
    return message.body.decode() if message else None


def test_the_portal_uses_it_where_there_is_no_broker_server(settings):
    is_folder = settings.CELERY_BROKER_URL.startswith("filesystem:")
    module = "jas_portal.folder_broker" if is_folder else "jas_portal.redis_broker"
    for connection in (celery_app.connection_for_read(), celery_app.connection_for_write().clone()):
        with connection:
            assert type(connection.transport).__module__ == module


def test_many_writers_and_readers(connect, tmp_path):
    written = Event()
    long_text = "lang " * 4000  # more than one write to the disk

    def write(channel, number):
        for count in range(EACH):
            put(channel, f"{number}-{count} {long_text}")

    def read(channel):
        found = []
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            last_round = written.is_set()
            text = take(channel)
            if text is not None:
                found.append(text)
            elif last_round:
                return found
        raise AssertionError("never empty")

    channels = [connect() for _ in range(WRITERS + READERS)]
    with ThreadPoolExecutor(WRITERS + READERS) as pool:
        readers = [pool.submit(read, channel) for channel in channels[WRITERS:]]
        writers = [pool.submit(write, channel, number) for number, channel in enumerate(channels[:WRITERS])]
        try:
            for writer in writers:
                writer.result(30)
        finally:
            written.set()
        found = list(chain.from_iterable(reader.result(30) for reader in readers))

    assert sorted(found) == sorted(
        f"{number}-{count} {long_text}" for number in range(WRITERS) for count in range(EACH)
    )
    assert not list((tmp_path / "queue").iterdir())


def test_oldest_first_and_each_queue_its_own(connect):
    channel = connect()
    for text in ("een", "twee", "drie"):
        put(channel, text)
    put(channel, "elders", queue="celery@host.celery.pidbox")

    assert channel._size("celery") == 3
    assert [take(channel) for _ in range(4)] == ["een", "twee", "drie", None]
    assert take(channel, "celery@host.celery.pidbox") == "elders"


@pytest.mark.parametrize(
    "garbage",
    [b"", b'{"body": "aGE', b"\xff\xfe\x00", b"[]", b"{}", b'{"body": "x", "properties": {"body_encoding": "rot13"}}'],
)
def test_garbage_is_removed_and_the_next_message_read(connect, tmp_path, caplog, garbage):
    channel = connect()
    file = tmp_path / "queue" / "0_garbage.celery.msg"
    file.write_bytes(garbage)
    put(channel, "heel")

    with caplog.at_level(logging.WARNING, logger="jas_portal.folder_broker"):
        assert take(channel) == "heel"

    assert take(channel) is None
    assert not file.exists()
    assert [record.message.partition(":")[0] for record in caplog.records] == [
        f"Removed unreadable message {file.name}"
    ]


def test_a_file_in_the_making_is_nobodys(connect, tmp_path, monkeypatch):
    """What readers meet at the moment before the file gets its name."""
    writer, reader = connect(), connect()
    replace, seen = Path.replace, []

    def look_first(path, target):
        seen.append((take(reader), reader._size("celery"), reader._purge("celery"), path.exists()))
        return replace(path, target)

    monkeypatch.setattr(Path, "replace", look_first)
    put(writer, "heel")

    assert seen == [(None, 0, 0, True)]
    assert take(reader) == "heel"


def test_what_cannot_be_written_is_said_and_leaves_nothing(connect, tmp_path, monkeypatch):
    def full(path, target):
        raise OSError(28, "No space left on device")

    channel = connect()
    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(ChannelError, match="No space left on device"):
        put(channel, "heel")

    assert os.listdir(tmp_path / "queue") == []


def test_many_declare_their_queues_at_once(connect, tmp_path):
    """As worker and beat do when both start on an empty folder; no row of the table is lost."""
    names = [f"queue{number}" for number in range(WRITERS + READERS)]

    def declare(channel, name):
        Queue(name, Exchange("exchange"), routing_key=name)(channel).declare()
        return [row.queue for row in channel.get_table("exchange")]

    channels = [connect() for _ in names]
    with ThreadPoolExecutor(len(names)) as pool:
        seen = list(pool.map(declare, channels, names))

    assert all(name in rows for name, rows in zip(names, seen, strict=True))
    assert sorted(row.queue for row in channels[0].get_table("exchange")) == names
    channels[0].queue_delete("queue3")
    assert sorted(row[2] for row in json.loads((tmp_path / "control" / "exchange.exchange").read_text())) == [
        name for name in names if name != "queue3"
    ]


@pytest.mark.parametrize("garbage", [b"", b'[["a", ', b"null", b'[["one"]]'])
def test_unreadable_table_is_written_anew(connect, tmp_path, garbage):
    name = uuid.uuid4().hex  # what was declared under a name kombu remembers for the whole process
    (tmp_path / "control" / f"{name}.exchange").write_bytes(garbage)
    channel = connect()

    assert channel.get_table(name) == []
    Queue("celery", Exchange(name), routing_key="celery")(channel).declare()
    channel.basic_publish(channel.prepare_message("heel"), exchange=name, routing_key="celery")

    assert take(channel) == "heel"
