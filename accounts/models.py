"""People who can sign in, their organisations and the roles they hold."""

from datetime import UTC, date, timedelta

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from accounts.prepared import Prepared
from accounts.roles import PROFESSIONAL_ROLES, Role
from accounts.zones import Zone


class OrganisationKind(models.TextChoices):
    GEMEENTE = "gemeente", _("Gemeente")
    VLUCHTELINGENWERK = "vluchtelingenwerk", _("VluchtelingenWerk")
    INSTITUUT = "instituut", _("Inburgeringsinstituut")
    VRIJWILLIGERS = "vrijwilligers", _("Vrijwilligersorganisatie")


class Organisation(models.Model):
    """Organisatie: who employs or represents a person in a role."""

    name = models.CharField(_("naam"), max_length=120, unique=True)
    kind = models.CharField(_("soort"), max_length=20, choices=OrganisationKind)
    email = models.EmailField(_("e-mailadres"), blank=True)
    phone = models.CharField(_("telefoon"), max_length=30, blank=True)

    class Meta:
        ordering = ["name"]
        verbose_name = _("organisatie")
        verbose_name_plural = _("organisaties")

    def __str__(self):
        return self.name


#: How the address of an account ends that was emptied after its time (privacy/retention.toml): nobody's any more.
EMPTIED = "@geanonimiseerd.invalid"


class UserQuerySet(models.QuerySet):
    def visible_to(self, user, today=None):
        """Accounts that this person may read about in the role worked in now.

        The beheerder and the privacy officer read all but the emptied ones; a coordinator the mentors of the own organisation, and mentors
        of none. Everybody else reads about people through the dossiers they share.
        """
        role = user.role
        if role in (Role.FUNCTIONEEL_BEHEERDER, Role.PRIVACY_OFFICER):
            return self.exclude(email__endswith=EMPTIED)
        if role == Role.VRIJWILLIGERSCOORDINATOR:
            mentors = RoleAssignment.objects.filter(
                Q(organisation=None) | Q(organisation=user.acting_as.organisation_id), role=Role.MENTOR
            )
            return self.filter(pk__in=mentors.values("user"))
        return self.none()

    def nameless(self):
        """Accounts of people in the programme who work in no other role. Who keeps the accounts or watches over them
        does not read who they are (model §5.7: contact data is closed to both)."""
        roles = RoleAssignment.objects.all()
        return self.filter(
            pk__in=roles.of_role(Role.STATUSHOUDER).values("user"),
        ).exclude(pk__in=roles.exclude(role=Role.STATUSHOUDER).values("user"))

    def with_roles(self):
        """With all role assignments, their organisations and the invitation, in two queries."""
        assignments = RoleAssignment.objects.select_related("organisation").order_by("-starts_on", "pk")
        return self.select_related("invitation").prefetch_related(models.Prefetch("role_assignments", assignments))

    def with_current_role(self, today=None, **conditions):
        """Active accounts with a role in force on `today` that meets `conditions` (of RoleAssignment)."""
        current = RoleAssignment.objects.current(today).filter(**conditions)
        return self.filter(pk__in=current.values("user"))

    def invited(self):
        """Accounts whose person has not chosen a password yet."""
        return self.filter(is_active=True, invitation__isnull=False, invitation__accepted_at=None)


class UserManager(BaseUserManager.from_queryset(UserQuerySet)):
    def get_by_natural_key(self, email):
        return self.get(email__iexact=email)

    def create_user(self, email, password=None, **fields):
        """A new account; the e-mail address is stored in lower case. Without password nobody can sign in with one."""
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser, PermissionsMixin):
    """Account: a person who can sign in. The e-mail address is the name."""

    zone = Zone.CONTACT

    email = models.EmailField(_("e-mailadres"), unique=True)
    name = models.CharField(_("naam"), max_length=120)
    phone = models.CharField(_("telefoon"), max_length=30, blank=True)
    language = models.CharField(_("taal van het portaal"), max_length=10, default="nl")
    is_active = models.BooleanField(_("actief"), default=True)
    created_at = models.DateTimeField(_("aangemaakt op"), default=timezone.now, editable=False)

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    #: The RoleAssignment in which this person works now; set on each request by `accounts.middleware.acting_role`.
    acting_as = None
    #: The RoleAssignment that waits for a second factor; set by the same middleware, and then `acting_as` is None.
    withheld_role = None

    class Meta:
        ordering = ["name"]
        verbose_name = _("account")
        verbose_name_plural = _("accounts")

    def __str__(self):
        return self.name or self.email

    @property
    def role(self):
        """The value of the role worked in now, or None."""
        return self.acting_as.role if self.acting_as else None

    @property
    def initials(self):
        """Up to two letters for the round mark beside a name."""
        words = [word for word in str(self).split() if word[:1].isalpha()]
        return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper()

    def current_roles(self, today=None):
        """Role assignments in force today, oldest first."""
        return self.role_assignments.current(today).select_related("organisation").order_by("starts_on", "pk")

    def choose_role(self, assignment_id=None):
        """Current role assignment with this id; otherwise the first current one; otherwise None.

        The result carries this very user, so that reading `acting_as.user` costs nothing.
        """
        roles = [_role_from(row) for row in _CURRENT_ROLES(self, today=timezone.localdate())]
        chosen = next((role for role in roles if role.pk == assignment_id), roles[0] if roles else None)
        if chosen:
            chosen.user = self
        self.__dict__["other_roles"] = [role for role in roles if role is not chosen]
        return chosen

    def act_as(self, role, today=None):
        """This user with `acting_as` set to the first current assignment of `role`; for jobs, demo and tests."""
        self.acting_as = self.current_roles(today).filter(role=role).first()
        return self


class RoleAssignmentQuerySet(models.QuerySet):
    def current(self, today=None):
        """In force on `today` (default: today in the portal's time zone), of active accounts."""
        today = today or timezone.localdate()
        return self.filter(Q(ends_on=None) | Q(ends_on__gt=today), starts_on__lte=today, user__is_active=True)

    def of_role(self, role):
        return self.filter(role=role)


class RoleAssignment(models.Model):
    """Rol van een account: who may work as what, for which organisation, from when until when."""

    zone = Zone.CONTACT

    user = models.ForeignKey(User, models.CASCADE, related_name="role_assignments", verbose_name=_("account"))
    role = models.CharField(_("rol"), max_length=30, choices=Role)
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="role_assignments",
        verbose_name=_("organisatie"),
    )  # fmt: skip
    starts_on = models.DateField(_("vanaf"), default=timezone.localdate)
    ends_on = models.DateField(_("tot"), null=True, blank=True, help_text=_("Eerste dag zonder deze rol."))
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")

    objects = RoleAssignmentQuerySet.as_manager()

    class Meta:
        ordering = ["user", "starts_on"]
        verbose_name = _("rol")
        verbose_name_plural = _("rollen")
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gte=F("starts_on")), name="role_assignment_ends_after_start"
            ),
            models.UniqueConstraint(
                fields=["user", "role", "organisation"], condition=Q(ends_on=None), name="role_assignment_once"
            ),
            models.UniqueConstraint(
                fields=["user", "role"],
                condition=Q(ends_on=None, organisation=None),
                name="role_assignment_once_without_organisation",
            ),
        ]

    def __str__(self):
        return f"{self.user} · {self.get_role_display()}"

    @property
    def is_professional(self):
        """Whether this role is paid work and needs a second factor."""
        return self.role in PROFESSIONAL_ROLES


class Invitation(models.Model):
    """Uitnodiging: an account that waits for its person to choose a password."""

    zone = Zone.CONTACT

    user = models.OneToOneField(User, models.CASCADE, related_name="invitation")
    invited_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    invited_at = models.DateTimeField(_("uitgenodigd op"), default=timezone.now)
    accepted_at = models.DateTimeField(_("aanvaard op"), null=True, blank=True)

    class Meta:
        ordering = ["-invited_at"]
        verbose_name = _("uitnodiging")
        verbose_name_plural = _("uitnodigingen")

    def __str__(self):
        return f"{self.user.email}"

    @property
    def expires_at(self):
        """The moment from which the link no longer works."""
        return self.invited_at + timedelta(days=settings.INVITATION_DAYS)

    def is_open(self, now=None):
        """Whether its link still works at `now`: not used, not too old, and there is still a role to come in for."""
        now = now or timezone.now()
        if self.accepted_at is not None or not self.user.is_active or now >= self.expires_at:
            return False
        roles = self.user.role_assignments.all()
        return any(row.ends_on is None or row.ends_on > timezone.localdate(now) for row in roles)

    @property
    def token(self):
        """The secret half of the link. It changes with the password, the address and each new sending."""
        parts = [self.user_id, self.user.password, self.user.email, self.invited_at.astimezone(UTC).isoformat()]
        return salted_hmac("accounts.invitation", "|".join(map(str, parts)), algorithm="sha256").hexdigest()


class RememberedDevice(models.Model):
    """Onthouden apparaat: asks no second factor until `expires_at`, because its owner wanted that.

    The device holds the secret; here is its hash alone.
    """

    zone = Zone.CONTACT

    user = models.ForeignKey(User, models.CASCADE, related_name="remembered_devices")
    token_hash = models.CharField(max_length=64, unique=True)
    user_agent = models.CharField(max_length=200, blank=True)
    remembered_at = models.DateTimeField(_("onthouden sinds"))
    last_used_at = models.DateTimeField(_("laatst gebruikt"))
    expires_at = models.DateTimeField(_("onthouden tot"))

    class Meta:
        ordering = ["-last_used_at"]
        verbose_name = _("onthouden apparaat")
        verbose_name_plural = _("onthouden apparaten")

    def __str__(self):
        return f"{self.user.email}"


class SignInEventKind(models.TextChoices):
    SECOND_FACTOR_RESET = "second_factor_reset", _("Tweede stap weggehaald")
    LINKED = "linked", _("Inloggen bij de eigen organisatie gekoppeld")


class SignInEvent(models.Model):
    """Gebeurtenis bij het inloggen: what was changed about how somebody signs in, by whom and when. Never changed."""

    zone = Zone.AUDIT

    user = models.ForeignKey(User, models.CASCADE, related_name="sign_in_events")
    kind = models.CharField(_("wat"), max_length=30, choices=SignInEventKind)
    by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    at = models.DateTimeField(_("wanneer"))

    class Meta:
        ordering = ["-at", "-pk"]
        verbose_name = _("gebeurtenis bij het inloggen")
        verbose_name_plural = _("gebeurtenissen bij het inloggen")

    def __str__(self):
        return self.get_kind_display()


class AccessReviewQuerySet(models.QuerySet):
    def running(self):
        return self.filter(is_running=True)

    def signed_off(self):
        return self.filter(is_running=False)


class AccessReview(models.Model):
    """Jaarlijkse beoordeling van toegangsrechten (BIO2 5.18.02): every current role looked at, and signed for."""

    zone = Zone.CONTACT

    started_at = models.DateTimeField(_("begonnen op"), default=timezone.now)
    started_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    signed_off_at = models.DateTimeField(_("afgerond op"), null=True, blank=True)
    signed_off_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    is_running = models.BooleanField(_("loopt"), default=True, editable=False)
    #: How many roles were looked at and how many of them ended, as it was at the sign-off.
    stays = models.PositiveIntegerField(_("blijft"), default=0)
    ended = models.PositiveIntegerField(_("beëindigd"), default=0)

    objects = AccessReviewQuerySet.as_manager()

    class Meta:
        ordering = ["-started_at", "-pk"]
        verbose_name = _("beoordeling van toegangsrechten")
        verbose_name_plural = _("beoordelingen van toegangsrechten")
        constraints = [
            models.UniqueConstraint(
                fields=["is_running"], condition=Q(is_running=True), name="access_review_one_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(is_running=True, signed_off_at=None, signed_off_by=None)
                | Q(is_running=False, signed_off_at__isnull=False, signed_off_by__isnull=False),
                name="access_review_signed_whole",
            ),
        ]

    def __str__(self):
        return f"{self.started_at:%Y-%m-%d}"


class ReviewDecision(models.TextChoices):
    BLIJFT = "blijft", _("Blijft")
    BEEINDIGEN = "beeindigen", _("Beëindigen")


class AccessReviewRow(models.Model):
    """Oordeel over één rol in een beoordeling: stays, or has to end."""

    zone = Zone.CONTACT

    review = models.ForeignKey(AccessReview, models.CASCADE, related_name="rows")
    role_assignment = models.ForeignKey(
        RoleAssignment, models.CASCADE, related_name="review_rows", verbose_name=_("rol")
    )
    decision = models.CharField(_("oordeel"), max_length=20, choices=ReviewDecision)
    decided_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(_("beoordeeld op"), default=timezone.now)

    class Meta:
        ordering = ["review", "role_assignment"]
        verbose_name = _("oordeel over een rol")
        verbose_name_plural = _("oordelen over rollen")
        constraints = [models.UniqueConstraint(fields=["review", "role_assignment"], name="access_review_row_once")]

    def __str__(self):
        return f"{self.role_assignment} · {self.get_decision_display()}"


_ROLE_COLUMNS = ("id", "user_id", "role", "organisation_id", "starts_on", "ends_on")
_ORGANISATION_COLUMNS = ("id", "name", "kind", "email", "phone")
# Asked on every request (`User.choose_role`).
_CURRENT_ROLES = Prepared(
    lambda user, today: (
        RoleAssignment.objects.current(today)
        .filter(user=user.pk)
        .order_by("starts_on", "pk")
        .values_list(*_ROLE_COLUMNS, *(f"organisation__{name}" for name in _ORGANISATION_COLUMNS))
    ),
    today=date,
)


def _role_from(row):
    """A `RoleAssignment` with its organisation from a row of `_CURRENT_ROLES`."""
    role = RoleAssignment.from_db(None, _ROLE_COLUMNS, row[: len(_ROLE_COLUMNS)])
    if role.organisation_id is not None:
        role.organisation = Organisation.from_db(None, _ORGANISATION_COLUMNS, row[len(_ROLE_COLUMNS) :])
    return role
