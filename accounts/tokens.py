"""The secret in a link to choose another password."""

from django.contrib.auth.tokens import PasswordResetTokenGenerator


class ResetToken(PasswordResetTokenGenerator):
    """A link that works for an account that is open; one that was sent before it was closed changes nothing."""

    def check_token(self, user, token):
        return user is not None and user.is_active and super().check_token(user, token)
