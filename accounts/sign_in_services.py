"""Every write about signing in: sessions, remembered devices, the second factor of somebody else, the municipality's link."""

import hashlib
import secrets
from datetime import timedelta

from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from accounts import mails
from accounts.models import Invitation, RememberedDevice, SignInEvent, SignInEventKind, User
from accounts.roles import Role
from accounts.rules import RuleBroken

# --- Sessions ------------------------------------------------------------------------------------------


def session_used(*, key, ip, now):
    """Write down where and when the session with this key was last used."""
    UserSession.objects.filter(session_key=key).update(ip=ip, last_seen_at=now)


def session_ended(*, key):
    """Forget the session with this key in the list of sessions; the session itself ends with signing out."""
    UserSession.objects.filter(session_key=key).delete()


def rotate_session(session):
    """Give a session another key at a moment at which it becomes worth more, so that no earlier key opens it."""
    before = session.session_key
    session.cycle_key()
    UserSession.objects.filter(session_key=before).update(session_key=session.session_key)


def end_sessions(*, user, keep_key=None):
    """End the sessions of this account at once, all but the one with the key `keep_key`. Returns how many."""
    rows = list(UserSession.objects.filter(user=user.pk).exclude(session_key=keep_key or ""))
    for row in rows:
        row.end()
    return len(rows)


def end_session(*, session, by):
    """End one of one's own sessions."""
    if by is None or session.user_id != by.pk:
        raise RuleBroken(_("U kunt alleen uw eigen sessies beëindigen."))
    session.end()


# --- Remembered devices --------------------------------------------------------------------------------


@transaction.atomic
def remember_device(*, user, user_agent, now):
    """Remember the device that somebody signs in with. Returns (`RememberedDevice`, the secret that goes to the device)."""
    token = secrets.token_urlsafe(32)
    RememberedDevice.objects.filter(user=user, expires_at__lte=now).delete()
    device = RememberedDevice.objects.create(
        user=user,
        token_hash=_hash(token),
        user_agent=user_agent[:200],
        remembered_at=now,
        last_used_at=now,
        expires_at=now + timedelta(days=settings.REMEMBER_DEVICE_DAYS),
    )
    return device, token


def use_remembered_device(*, user, token, now):
    """The remembered device of `user` to which this secret belongs, with its use written down; or None."""
    found = RememberedDevice.objects.filter(user=user, token_hash=_hash(token), expires_at__gt=now)
    if not settings.REMEMBER_DEVICE_DAYS or not found.update(last_used_at=now):
        return None
    return found.get()


@transaction.atomic
def forget_device(*, device, by):
    """Remember one of one's own devices no longer."""
    if by is None or device.user_id != by.pk:
        raise RuleBroken(_("U kunt alleen uw eigen apparaten vergeten."))
    device.delete()


def forget_devices(*, user):
    """Remember none of this account's devices."""
    RememberedDevice.objects.filter(user=user).delete()


def _hash(token):
    return hashlib.sha256(token.encode()).hexdigest()


# --- The second factor of somebody who lost it -----------------------------------------------------------


@transaction.atomic
def reset_second_factor(*, user, by, now):
    """Take the lost second factor from an account: app, passkeys, recovery codes, remembered devices, sessions, password.

    The password goes as well: else a password that somebody else knows would now be enough to set up a second factor. The
    person hears of it by mail, chooses a password with a link sent to that address, and sets up a second factor anew at
    the next sign-in. By the beheerder, of somebody else. Returns the `User`; asking twice mails once.
    """
    if by is not None and by.role != Role.FUNCTIONEEL_BEHEERDER:
        raise RuleBroken(_("Dit kan alleen de functioneel beheerder."))
    if by is not None and by.pk == user.pk:
        raise RuleBroken(_("Uw eigen tweede stap kunt u hier niet weghalen. Vraag een andere beheerder."))
    user = User.objects.select_for_update().get(pk=user.pk)
    held = Authenticator.objects.filter(user=user)
    if not held.exists():
        return user
    held.delete()
    forget_devices(user=user)
    user.set_unusable_password()
    user.save(update_fields=["password"])
    end_sessions(user=user)
    SignInEvent.objects.create(user=user, kind=SignInEventKind.SECOND_FACTOR_RESET, by=by, at=now)
    mails.send("second_factor_reset", to=user.email)
    return user


# --- The municipality's own sign-in ----------------------------------------------------------------------


@transaction.atomic
def link_to_provider(*, account, claims, now):
    """The account in the portal of somebody who comes from the municipality (`claims` of a checked id token).

    `account` is allauth's `SocialAccount`. Linked before: that account, whatever the address is now. Otherwise the invited
    account with the address, when the issuer vouches for it, and it is linked. Raises `RuleBroken` in words.
    """
    if account.pk:
        return account.user
    email = str(claims.get("email") or "").strip().lower()
    if not _is_vouched_for(email, claims):
        raise RuleBroken(
            _("Uw organisatie bevestigt uw e-mailadres niet. Vraag de beheerder van uw organisatie om hulp.")
        )
    user = User.objects.select_for_update().filter(email__iexact=email, is_active=True).first()
    if user is None or not user.role_assignments.current(now.date()).exists():
        raise RuleBroken(_("Voor dit adres is er geen account. Vraag de functioneel beheerder om een uitnodiging."))
    if SocialAccount.objects.filter(user=user, provider=account.provider).exists():
        # The same address with another id: perhaps somebody new who was given the address of somebody who left.
        raise RuleBroken(
            _("Dit account hoort al bij iemand anders van uw organisatie. Vraag de functioneel beheerder.")
        )
    account.user = user
    account.save()
    Invitation.objects.filter(user=user, accepted_at=None).update(accepted_at=now)
    SignInEvent.objects.create(user=user, kind=SignInEventKind.LINKED, by=user, at=now)
    mails.send("linked_to_provider", to=user.email, provider_name=settings.OIDC_NAME)
    return user


def _is_vouched_for(email, claims):
    """Whether the issuer vouches for this address.

    `email_verified` (or Entra's `xms_edov`) true will do; false never. Entra ID often says nothing: then the address
    counts only when its domain is one that the settings name. Where they name any, no other domain comes in at all.
    """
    domain = email.rpartition("@")[2]
    allowed = {name.strip().lower() for name in settings.OIDC_EMAIL_DOMAINS}
    if not domain or (allowed and domain not in allowed):
        return False
    said = [claims[name] for name in ("email_verified", "xms_edov") if name in claims]
    if said:
        return all(value in (True, "true", "1", 1) for value in said)
    return bool(allowed)
