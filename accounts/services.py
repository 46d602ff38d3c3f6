"""Every write of accounts: inviting people, giving and ending roles, organisations, one's own details."""

from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.crypto import constant_time_compare
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from django.utils.translation import gettext as _

from accounts import mails
from accounts.models import Invitation, Organisation, OrganisationKind, RoleAssignment, User
from accounts.roles import MAY_INVITE, PROFESSIONAL_ROLES, Role
from accounts.rules import RuleBroken
from accounts.sign_in_services import end_sessions, forget_devices

#: Seconds in which sending an invitation again is taken for a double click.
DOUBLE_CLICK = 60


# --- People and their roles ------------------------------------------------------------------------


@transaction.atomic
def invite(*, email, name, role, organisation, by, today, now, starts_on=None, ends_on=None):
    """Give `role` to the person with this address, making the account and mailing an invitation when there is none.

    Who has an account already gets a mail that the role was added and keeps name and password. `by` is the inviting
    User (None = the clock or the demo). `starts_on` and `ends_on` (first day without the role) are dates. Returns the
    `User`; asking twice changes nothing and mails nobody.
    """
    role = Role(role)
    email = User.objects.normalize_email(email).strip().lower()
    _refuse_unless_may_give(by, role, organisation)
    user, created = _find_or_make_account(email, name)
    if not user.is_active:
        raise RuleBroken(_("Dit account is uitgezet. Zet het eerst weer aan."))
    before = set(user.role_assignments.values_list("pk", flat=True))
    assignment = _give(user, role, organisation, by=by, today=today, starts_on=starts_on, ends_on=ends_on)
    if created:
        _mail_invitation(Invitation.objects.create(user=user, invited_by=by, invited_at=now), by=by)
    elif assignment.pk not in before and user.has_usable_password():
        mails.send("role_given", to=user.email, role=role.label, starts_on=assignment.starts_on, today=today)
    return user


@transaction.atomic
def give_role(*, user, role, organisation, by, today, starts_on=None, ends_on=None):
    """Give an account a role from `starts_on` (default: today) until `ends_on` (first day without). No mail.

    Returns the `RoleAssignment`; who has the role already keeps it as it is. Somebody in the programme who helps too is
    invited by their address: a role given to an account without a name would tell whose it is.
    """
    role = Role(role)
    _refuse_unless_may_give(by, role, organisation)
    user = User.objects.select_for_update().get(pk=user.pk)
    if not user.is_active:
        raise RuleBroken(_("Dit account is uitgezet. Zet het eerst weer aan."))
    if by is not None and User.objects.nameless().filter(pk=user.pk).exists():
        raise RuleBroken(_("Dit is een account van een statushouder. Nodig deze persoon uit met het e-mailadres."))
    return _give(user, role, organisation, by=by, today=today, starts_on=starts_on, ends_on=ends_on)


@transaction.atomic
def end_role(*, assignment, by, today, ends_on=None):
    """End a role: `ends_on` (default: today) is the first day without it. Effective on the next request.

    Returns the `RoleAssignment`; a role that ended earlier is left as it is.
    """
    ends_on = ends_on or today
    if assignment.role == Role.FUNCTIONEEL_BEHEERDER:
        _lock_beheerders()
    assignment = RoleAssignment.objects.select_for_update().select_related("user").get(pk=assignment.pk)
    if not may_manage(by, assignment.role, assignment.organisation):
        raise RuleBroken(_("Deze rol kunt u niet beëindigen."))
    if assignment.ends_on is not None and assignment.ends_on <= ends_on:
        return assignment
    if by is not None and by.acting_as is not None and by.acting_as.pk == assignment.pk:
        raise RuleBroken(_("In deze rol werkt u nu zelf. Vraag een collega om hem te beëindigen."))
    if ends_on < today:
        raise RuleBroken(_("Een rol eindigt vandaag of later."))
    if assignment.role == Role.FUNCTIONEEL_BEHEERDER:
        _refuse_without_beheerder(assignment.user, today)
    assignment.ends_on = max(ends_on, assignment.starts_on)
    assignment.save(update_fields=["ends_on"])
    if not assignment.user.current_roles(today).exists():
        end_sessions(user=assignment.user)
    return assignment


@transaction.atomic
def deactivate(*, user, by, today):
    """Close an account: nobody can sign in with it, and who is signed in is out at the next request. Returns the `User`."""
    _lock_beheerders()
    user = User.objects.select_for_update().get(pk=user.pk)
    _refuse_unless_beheerder(by)
    if by is not None and by.pk == user.pk:
        raise RuleBroken(_("Uw eigen account kunt u niet uitzetten. Vraag een andere beheerder."))
    if not user.is_active:
        return user
    if user.role_assignments.current(today).filter(role=Role.FUNCTIONEEL_BEHEERDER).exists():
        _refuse_without_beheerder(user, today)
    user.is_active = False
    user.save(update_fields=["is_active"])
    end_sessions(user=user)
    forget_devices(user=user)
    return user


@transaction.atomic
def reactivate(*, user, by):
    """Open a closed account again; its roles are as they were. Returns the `User`."""
    user = User.objects.select_for_update().get(pk=user.pk)
    _refuse_unless_beheerder(by)
    if not user.is_active:
        user.is_active = True
        user.save(update_fields=["is_active"])
    return user


# --- Invitations -----------------------------------------------------------------------------------


@transaction.atomic
def resend_invitation(*, user, by, now):
    """Mail a new link; the earlier one stops working. Returns the `Invitation`; a double click mails once."""
    user = User.objects.select_for_update().get(pk=user.pk)
    invitation = Invitation.objects.select_for_update().filter(user=user).first()
    if invitation is None or invitation.accepted_at is not None:
        raise RuleBroken(_("Deze persoon heeft al een wachtwoord gekozen. Een nieuwe uitnodiging is niet nodig."))
    if not user.is_active:
        raise RuleBroken(_("Dit account is uitgezet. Zet het eerst weer aan."))
    roles = user.role_assignments.select_related("organisation")
    if not any(may_manage(by, row.role, row.organisation) for row in roles):
        raise RuleBroken(_("Deze persoon kunt u niet uitnodigen."))
    if 0 <= (now - invitation.invited_at).total_seconds() < DOUBLE_CLICK:
        return invitation
    invitation.invited_at = now
    invitation.invited_by = by
    invitation.save(update_fields=["invited_at", "invited_by"])
    invitation.user = user
    _mail_invitation(invitation, by=by)
    return invitation


@transaction.atomic
def accept_invitation(*, user, token, password, now):
    """Choose the first password with the link of an invitation. Works once, until it expires. Returns the `User`."""
    user = User.objects.select_for_update().get(pk=user.pk)
    if open_invitation(user=user, token=token, now=now) is None:
        raise RuleBroken(_("Deze link werkt niet meer. Vraag om een nieuwe uitnodiging."))
    return choose_password(user=user, password=password, now=now)


@transaction.atomic
def choose_password(*, user, password, now):
    """Set a password that the person chose; an invitation that was still open is accepted with it. Returns the `User`."""
    user.set_password(password)
    user.save(update_fields=["password"])
    forget_devices(user=user)
    Invitation.objects.filter(user=user, accepted_at=None).update(accepted_at=now)
    return user


def open_invitation(*, user, token, now):
    """The invitation of `user` that this token opens at `now`, or None."""
    invitation = Invitation.objects.select_related("user").filter(user=user).first()
    if invitation is None or not constant_time_compare(invitation.token, token) or not invitation.is_open(now):
        return None
    return invitation


# --- Organisations and one's own details -------------------------------------------------------------


@transaction.atomic
def save_organisation(*, organisation=None, name, kind, email="", phone="", by):
    """Add an organisation, or change one. Returns the `Organisation`; adding the same twice gives the first."""
    _refuse_unless_beheerder(by)
    name = " ".join(name.split())
    same_name = Organisation.objects.filter(name__iexact=name)
    if organisation is None:
        found = same_name.first()
        if found is not None and found.kind == kind:
            return found
        organisation = Organisation()
    else:
        organisation = Organisation.objects.select_for_update().get(pk=organisation.pk)
        same_name = same_name.exclude(pk=organisation.pk)
    if same_name.exists():
        raise RuleBroken(_("Er is al een organisatie met deze naam."))
    if organisation.pk and kind != organisation.kind and organisation.kind == OrganisationKind.INSTITUUT:
        raise RuleBroken(
            _("Een inburgeringsinstituut blijft een inburgeringsinstituut: er hangen inschrijvingen aan.")
        )
    organisation.name, organisation.kind, organisation.email, organisation.phone = name, kind, email, phone
    organisation.save()
    return organisation


@transaction.atomic
def change_details(*, user, name, phone, language, by):
    """Change one's own name, phone number and language. Returns the `User`."""
    if by is None or by.pk != user.pk:
        raise RuleBroken(_("U kunt alleen uw eigen gegevens wijzigen."))
    user.name, user.phone, user.language = " ".join(name.split()), phone.strip(), language
    user.save(update_fields=["name", "phone", "language"])
    return user


# --- Who may do this? --------------------------------------------------------------------------------


def may_manage(by, role, organisation):
    """Whether `by` may end this role or send its invitation again. `by=None` may: the clock and the demo.

    The beheerder manages every role; others the roles they may invite, a coordinator within the own organisation.
    """
    if by is None or by.role == Role.FUNCTIONEEL_BEHEERDER:
        return True
    if role not in MAY_INVITE.get(by.role, ()):
        return False
    return by.role != Role.VRIJWILLIGERSCOORDINATOR or organisation in (None, by.acting_as.organisation)


def _refuse_unless_may_give(by, role, organisation):
    if by is not None:
        if role not in MAY_INVITE.get(by.role, ()):
            raise RuleBroken(_("In uw rol kunt u niemand uitnodigen als %(role)s.") % {"role": role.label.lower()})
        if not may_manage(by, role, organisation):
            raise RuleBroken(_("U nodigt alleen uit voor uw eigen organisatie."))
    if role in PROFESSIONAL_ROLES and organisation is None:
        raise RuleBroken(_("Kies voor welke organisatie deze persoon werkt."))
    if role == Role.INSTITUUT and organisation.kind != OrganisationKind.INSTITUUT:
        raise RuleBroken(_("Kies een inburgeringsinstituut: deze rol ziet de cursisten van die organisatie."))
    if role == Role.STATUSHOUDER and organisation is not None:
        raise RuleBroken(_("Een statushouder hoort niet bij een organisatie."))


def _refuse_unless_beheerder(by):
    if by is not None and by.role != Role.FUNCTIONEEL_BEHEERDER:
        raise RuleBroken(_("Dit kan alleen de functioneel beheerder."))


def _lock_beheerders():
    """Make two people who end each other's role as beheerder wait for one another."""
    list(RoleAssignment.objects.select_for_update().filter(role=Role.FUNCTIONEEL_BEHEERDER).order_by("pk"))


def _refuse_without_beheerder(leaving, today):
    """Refuse when nobody else can sign in as functioneel beheerder, today and from now on."""
    rows = RoleAssignment.objects.current(today).filter(role=Role.FUNCTIONEEL_BEHEERDER)
    others = [row.user for row in rows.filter(ends_on=None).exclude(user=leaving).select_related("user")]
    if not any(user.has_usable_password() for user in others):
        raise RuleBroken(_("Dit is de laatste functioneel beheerder. Geef eerst iemand anders deze rol."))


# --- Steps ---------------------------------------------------------------------------------------------


def _find_or_make_account(email, name):
    """(account, whether it is new), locked."""
    found = User.objects.select_for_update().filter(email__iexact=email).first()
    if found:
        return found, False
    try:
        with transaction.atomic():
            return User.objects.create_user(email, name=" ".join(name.split())), True
    except IntegrityError:  # somebody else made it this very moment
        return User.objects.select_for_update().get(email__iexact=email), False


def _give(user, role, organisation, *, by, today, starts_on, ends_on):
    if by is not None and by.pk == user.pk:
        raise RuleBroken(_("Uzelf kunt u geen rol geven. Vraag een andere beheerder."))
    if ends_on is not None and ends_on <= max(starts_on or today, today):
        raise RuleBroken(_("De laatste dag moet na de eerste dag en na vandaag liggen."))
    held = [
        row
        for row in user.role_assignments.filter(role=role, organisation=organisation)
        if row.ends_on is None or row.ends_on > today
    ]
    for row in held:
        if row.ends_on != ends_on or (starts_on is not None and starts_on < row.starts_on):
            raise RuleBroken(_("Deze persoon heeft deze rol al, voor een andere tijd. Beëindig die eerst."))
        return row
    return RoleAssignment.objects.create(
        user=user, role=role, organisation=organisation, starts_on=starts_on or today, ends_on=ends_on, created_by=by
    )


def _mail_invitation(invitation, *, by):
    uid = urlsafe_base64_encode(force_bytes(invitation.user_id))
    path = reverse("accounts:accept_invitation", kwargs={"uid": uid, "token": invitation.token})
    mails.send("invitation", to=invitation.user.email, path=path, by=by, expires_at=invitation.expires_at)
