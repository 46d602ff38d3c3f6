"""What every page shows around its content: names, logos, places and two numbers. Nothing is asked before it is printed."""

from dataclasses import dataclass
from datetime import date
from pathlib import PurePosixPath

from django.conf import settings
from django.templatetags.static import static
from django.utils import timezone
from django.utils.functional import cached_property, lazystr
from django.utils.translation import get_language, get_language_bidi
from django.utils.translation import gettext_lazy as _

from accounts import lapse
from accounts.prepared import Prepared, counted
from accounts.roles import Role
from cases.models import Alert
from jas_portal.navigation import may_open, places_for, url_or_empty
from notifications.models import Notification

#: Pages of one's own account, in the menu behind the initials.
ACCOUNT_ITEMS = (
    (_("Mijn account"), "accounts:my_account"),
    (_("Meldingen"), "notifications:preferences"),
    (_("Wachtwoord wijzigen"), "account_change_password"),
    (_("Tweede stap bij inloggen"), "mfa_index"),
    (_("Waar u bent ingelogd"), "usersessions_list"),
)


@dataclass(frozen=True)
class Logo:
    url: str
    name: str


_OPEN_ALERTS = Prepared(lambda user, today: counted(Alert.objects.visible_to(user, today).open()), today=date)
_UNREAD = Prepared(lambda user: counted(Notification.objects.inbox_of(user).unread()))


def portal(request):
    """Context processor: `portal`, `user` and `csp_nonce` for the templates.

    The first two cost nothing for a template that does not use them. The nonce is that of this answer: a script without
    it does not run.
    """
    return {
        "portal": Portal(request),
        "user": getattr(request, "user", None),
        "csp_nonce": lazystr(getattr(request, "csp_nonce", "")),
    }


class Portal:
    """The frame around a page for this request; at most two queries, both lazy."""

    def __init__(self, request):
        self.request = request

    # --- The programme (R67, R68) ---

    name = property(lambda self: settings.PORTAL_NAME)
    programme_name = property(lambda self: settings.PROGRAMME_NAME)
    funding_line = property(lambda self: settings.PROGRAMME_FUNDING_LINE)
    contact_email = property(lambda self: settings.PROGRAMME_CONTACT_EMAIL)
    demo = property(lambda self: settings.DEMO)

    @cached_property
    def mark(self):
        """Address of the mark beside the portal's name; a municipality puts its own icons/mark.svg in THEME_DIR."""
        return static("icons/mark.svg")

    @cached_property
    def sprite(self):
        return static("icons/sprite.svg")

    @cached_property
    def logos(self):
        """The logos of the footer: each setting is a path below static/, or `path|the name a screen reader says`."""
        logos = []
        for entry in settings.PROGRAMME_LOGOS:
            path, _bar, name = entry.partition("|")
            try:
                logos.append(Logo(static(path.strip()), name.strip() or PurePosixPath(path.strip()).stem))
            except ValueError:  # not collected: a missing logo is no reason to refuse the page
                continue
        return logos

    # --- Language ---

    @property
    def language(self):
        return get_language() or settings.LANGUAGE_CODE

    @property
    def direction(self):
        return "rtl" if get_language_bidi() else "ltr"

    # --- Who is looking ---

    @cached_property
    def user(self):
        """The person signed in, or None (also where a refusal came before the session was read)."""
        user = getattr(self.request, "user", None)
        return user if user is not None and user.is_authenticated else None

    @property
    def session_seconds(self):
        """Seconds until this session ends when it is left alone; 0 where no page asks for it."""
        session = getattr(self.request, "session", None)
        return lapse.seconds_left(session, self.user, lapse.now()) if self.user and session is not None else 0

    @property
    def session_who(self):
        return lapse.mark_of(self.user)

    @property
    def time_left_url(self):
        return url_or_empty("accounts:time_left")

    @property
    def kept_url(self):
        return url_or_empty("accounts:kept")

    @property
    def sign_in_url(self):
        return url_or_empty("account_login")

    @cached_property
    def role(self):
        """The value of the role worked in, or None."""
        acting_as = getattr(self.user, "acting_as", None)
        return acting_as.role if acting_as else None

    @property
    def role_label(self):
        return Role(self.role).label if self.role else ""

    @property
    def other_roles(self):
        """This person's other current role assignments; the middleware has read them already."""
        return getattr(self.user, "other_roles", [])

    @property
    def base_template(self):
        """What a page extends that both can meet: signed in or not."""
        return "base.html" if self.user else "base_public.html"

    # --- Where one can go ---

    @property
    def home_url(self):
        return url_or_empty("home") or "/"

    @property
    def search_url(self):
        return url_or_empty("cases:list") if may_open(self.role, "cases:list") else ""

    @property
    def messages_url(self):
        return url_or_empty("notifications:inbox") if may_open(self.role, "notifications:inbox") else ""

    @property
    def switch_role_url(self):
        return url_or_empty("accounts:switch_role")

    @property
    def sign_out_url(self):
        return url_or_empty("account_logout")

    @property
    def account_items(self):
        return [{"label": label, "url": url} for label, name in ACCOUNT_ITEMS if (url := url_or_empty(name))]

    @cached_property
    def places(self):
        return places_for(self.role, self.request.path) if self.role else []

    # --- The two numbers ---

    @cached_property
    def open_alerts(self):
        return _OPEN_ALERTS.number(self.user, today=timezone.localdate())

    @cached_property
    def unread_messages(self):
        return _UNREAD.number(self.user)
