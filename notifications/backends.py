"""Django's mail API, answered by the outbox: what accounts mails becomes a row like any other message."""

import uuid

from django.core.mail.backends.base import BaseEmailBackend

from notifications.services import Receiver, notify


class OutboxEmailBackend(BaseEmailBackend):
    """Queues each message, once per receiver. Such mail carries links that work once: it is emptied after delivery."""

    def send_messages(self, email_messages):
        """Queue the messages; returns how many."""
        for message in email_messages:
            for address in message.recipients():
                notify(
                    key=f"mail:{uuid.uuid4()}",
                    kind="account",
                    receiver=Receiver(address=address),
                    subject=message.subject,
                    body=message.body,
                    in_inbox=False,
                    is_secret=True,
                )
        return len(email_messages)
