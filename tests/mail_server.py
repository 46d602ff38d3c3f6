"""A real mail server on the loopback, that takes mail or misbehaves as a test asks."""

import asyncio
import email
import email.policy
import socket
import threading

from aiosmtpd.controller import Controller


class Post:
    """What arrives, in order, and how the server behaves. `wishes` are taken one per message; without one it is accepted.

    A wish is an SMTP answer ("550 no"), "hang up" (the connection is lost after the body, nothing was taken),
    a number of seconds to think first, or a function to call with the parsed message before it is taken.
    """

    def __init__(self):
        self.messages = []
        self.wishes = []
        self.refused_receivers = {}
        self.refused_senders = {}
        self.connections = 0
        #: After so many messages over one connection the server wants another; 0 is never.
        self.messages_per_connection = 0
        self._lock = threading.Lock()

    @property
    def ids(self):
        """The Message-IDs that were taken, in order."""
        return [message["Message-ID"] for message in self.messages]

    async def handle_EHLO(self, server, session, envelope, hostname, responses):
        session.host_name = hostname
        self.connections += 1
        return responses

    async def handle_MAIL(self, server, session, envelope, address, mail_options):
        session.asked = getattr(session, "asked", 0) + 1
        if 0 < self.messages_per_connection < session.asked:
            server.transport.write(b"421 4.7.0 too many messages on this connection\r\n")
            server.transport.close()
            return "421 4.7.0 closing"
        if address in self.refused_senders:
            return self.refused_senders[address]
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, rcpt_options):
        if address in self.refused_receivers:
            return self.refused_receivers[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        message.envelope_receivers = list(envelope.rcpt_tos)
        with self._lock:
            wish = self.wishes.pop(0) if self.wishes else None
        if wish == "hang up":
            server.transport.abort()
            return "451 gone"
        if isinstance(wish, str):
            return wish
        if isinstance(wish, int | float):
            await asyncio.sleep(wish)
        elif wish is not None:
            answer = await asyncio.to_thread(wish, message)
            if answer:
                return answer
        with self._lock:
            self.messages.append(message)
        return "250 Taken"


def start_mail_server(box):
    """Start a server for `box` on a free port of the loopback; `stop()` it afterwards."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    return controller
