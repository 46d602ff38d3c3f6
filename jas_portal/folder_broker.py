"""The embedded broker: kombu's folder of files, in which nobody ever meets a file that is half written.

A file is written under a name that readers pass over and then renamed into place. What cannot be read all the same (a
full disk, a power cut) counts as nothing: a task is only a nudge, and the next sweep finds the same rows.
"""

import fcntl
import logging
import os
import time
import uuid
from pathlib import Path
from queue import Empty

from kombu.exceptions import ChannelError
from kombu.transport import filesystem
from kombu.utils.json import dumps, loads

logger = logging.getLogger(__name__)


def _write_whole(path, content):
    """Put `content` into the file `path`, which others see whole or not at all. Raises `ChannelError`."""
    # What follows the first dot of a name says whose message it is; that of a hidden file is nobody's.
    hidden = path.with_name(f".{uuid.uuid4().hex}.{path.name}")
    try:
        hidden.write_text(content, encoding="utf-8")
        hidden.replace(path)
    except OSError as error:
        hidden.unlink(missing_ok=True)
        raise ChannelError(f"Cannot write into {path.parent}: {error.strerror}") from error


class Channel(filesystem.Channel):
    """One conversation with the folder. The files are named as kombu names them, so `_size` and `_purge` are its own."""

    def _put(self, queue, payload, **kwargs):
        # Readers go by name; nanoseconds of one length put the oldest first.
        name = f"{time.time_ns():020}_{uuid.uuid4().hex}.{queue}.msg"
        _write_whole(Path(self.data_folder_out, name), dumps(payload))

    def _get(self, queue):
        """Return the oldest message of `queue` and remove it. Raises `Empty`."""
        for name in sorted(os.listdir(self.data_folder_in)):
            if name.partition(".")[2] != f"{queue}.msg":
                continue
            path = Path(self.data_folder_in, name)
            try:
                content = path.read_bytes()
            except FileNotFoundError:
                continue
            except OSError:
                content = b""
            try:
                path.unlink()
            except OSError:
                continue  # another reader was first: a message belongs to who removes it
            try:
                payload = loads(content)
                self.Message(payload, channel=self)
            except Exception as error:  # whatever is wrong with it, it is no message
                logger.warning("Removed unreadable message %s: %s", name, type(error).__name__)
                continue
            return payload
        raise Empty

    # --- The table of an exchange: which queues get its messages ------------------------------------

    def get_table(self, exchange):
        file = self._exchange_file(exchange)
        try:
            return [filesystem.exchange_queue_t(*row) for row in loads(file.read_bytes())]
        except FileNotFoundError:
            return []
        except (ValueError, TypeError) as error:
            # Every process declares its queues when it starts, which writes the table anew.
            logger.warning("Passed over unreadable table %s: %s", file.name, type(error).__name__)
            return []
        except OSError as error:
            raise ChannelError(f"Cannot read {file}: {error.strerror}") from error

    def _change_table(self, exchange, change):
        """Write what `change` makes of the rows of the table, one process at a time."""
        file = self._exchange_file(exchange)
        try:
            file.parent.mkdir(exist_ok=True)
            with open(file.parent / ".lock", "a") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)  # until it is closed
                before = self.get_table(exchange)
                after = change(before)
                if after != before:
                    _write_whole(file, dumps(after))
        except OSError as error:
            raise ChannelError(f"Cannot write into {file.parent}: {error.strerror}") from error

    def _queue_bind(self, exchange, routing_key, pattern, queue):
        row = filesystem.exchange_queue_t(routing_key or "", pattern or "", queue or "")
        self._change_table(exchange, lambda rows: rows if row in rows else [row, *rows])

    def _delete(self, queue, exchange, routing_key, pattern, *args, **kwargs):
        row = filesystem.exchange_queue_t(routing_key or "", pattern or "", queue or "")
        self._purge(queue)
        self._change_table(exchange, lambda rows: [kept for kept in rows if kept != row])


class Transport(filesystem.Transport):
    """What CELERY_BROKER_TRANSPORT names. Its `driver_type` is that of kombu's: "filesystem"."""

    Channel = Channel
