"""Rules of accounts that need no database."""


class RuleBroken(Exception):
    """A service refuses. Its message is a Dutch sentence for the person on the screen."""

    def __init__(self, message):
        super().__init__(message)
        self.message = message
