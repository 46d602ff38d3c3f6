"""When a session ends by itself: after some time without use, and after half a day whatever happens.

The session carries when it began and when it was last used; the second is written at most once a minute. What somebody
sent in with a session that had just lapsed is kept, sealed and for that person alone, until they sign in again
(docs/adr/0010).
"""

import json
import time

from django.conf import settings
from django.utils.crypto import salted_hmac

from accounts import encryption

BEGAN, SEEN, KEPT = "began_at", "seen_at", "kept"

#: Seconds between two moments of use that are written down.
TOUCH_EVERY = 60
#: Seconds for which what was typed is kept, and how much of it at most, in characters.
KEPT_FOR, KEPT_AT_MOST = 3600, 200_000
#: A form that carries this name is kept and not acted upon (static/js/session.js).
KEEP = "_bewaar"
#: Beside it the page on which it was typed, as the address bar has it.
PAGE = "_pagina"
#: Never kept: passwords, and what belongs to the form of that moment.
NOT_KEPT = ("csrfmiddlewaretoken", KEEP, PAGE, "password", "password1", "password2", "oldpassword")
#: Nothing of forms whose address has a name like these: they hold passwords and codes.
NOTHING_KEPT_OF = ("account_", "mfa_", "openid_")


def begin(session, now):
    """Somebody signs in at `now` (seconds since 1970)."""
    session[BEGAN] = session[SEEN] = int(now)


def idle_seconds(user):
    """How long this person may leave the portal alone, in the role worked in."""
    role = user.acting_as or user.withheld_role
    minutes = settings.IDLE_MINUTES_PROFESSIONAL if role and role.is_professional else settings.IDLE_MINUTES
    return minutes * 60


def seconds_left(session, user, now):
    """Seconds until this session ends when it is not used; zero or less when it has ended."""
    signed_in_at = user.last_login.timestamp() if user.last_login else now
    began, seen = session.get(BEGAN, signed_in_at), session.get(SEEN, signed_in_at)
    return int(min(seen + idle_seconds(user), began + settings.SESSION_COOKIE_AGE) - now)


def use(session, user, now):
    """Write down that the session is used, when that was not done in the last minute. Returns whether it was written."""
    signed_in_at = user.last_login.timestamp() if user.last_login else now
    if now - session.get(SEEN, signed_in_at) < TOUCH_EVERY:
        return False
    session.setdefault(BEGAN, int(signed_in_at))
    session[SEEN] = int(now)
    return True


def mark_of(user):
    """By which a page knows whether the same person works in the same role again; it tells nobody else who that is.

    In no role (the second factor is still to be shown) the mark is another one.
    """
    role = user.acting_as.pk if user.acting_as else 0
    return salted_hmac("accounts.lapse", f"{user.pk} {role}").hexdigest()[:16]


# --- What was typed ------------------------------------------------------------------------------------


def keep(session, user_id, path, fields, page=""):
    """Keep the fields (name → list of values) that were sent to `path` from `page`. Returns whether there was something."""
    fields = {name: values for name, values in fields.items() if name not in NOT_KEPT and any(values)}
    text = json.dumps({"user": user_id, "path": path, "page": page, "fields": fields})
    if not fields or len(text) > KEPT_AT_MOST:
        return False
    session[KEPT] = encryption.seal(text)
    return True


def kept(session, user):
    """What this person typed when the session lapsed: `{"path", "page", "fields"}`, or None. Somebody else's is thrown away."""
    if KEPT not in session:
        return None
    try:
        found = json.loads(encryption.unseal(session[KEPT], max_age=KEPT_FOR))
    except encryption.NotOpened:
        found = {}
    if found.get("user") != user.pk:
        del session[KEPT]
        return None
    return found


def forget(session):
    """Keep nothing any longer."""
    session.pop(KEPT, None)


def forget_when_sent(session, user, path):
    """What was kept is sent in after all: keep it no longer."""
    found = kept(session, user)
    if found and found["path"].partition("?")[0] == path:
        forget(session)


def now():
    """This moment in seconds since 1970."""
    return time.time()
