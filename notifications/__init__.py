"""What we owe people and when we meet: the outbox, mail, meetings and invitations."""
