"""How allauth meets the portal: accounts by invitation only."""

from allauth.account.adapter import DefaultAccountAdapter


class AccountAdapter(DefaultAccountAdapter):
    """Nobody signs up; people are invited."""

    def is_open_for_signup(self, request):
        return False
