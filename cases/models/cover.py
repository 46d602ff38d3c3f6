"""Who stands in for whom: a deputy for some days, and emergency access to the dossier of a colleague."""

from django.conf import settings
from django.db import models
from django.db.models import Count, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.roles import Role
from accounts.zones import Zone


class DeputyshipQuerySet(models.QuerySet):
    def of_user(self, user):
        """Those in which this person is replaced or replaces, in the role worked in now."""
        if user.acting_as is None:
            return self.none()
        return self.filter(Q(holder=user) | Q(deputy=user), role=user.acting_as.role)

    visible_to = of_user

    def overlapping(self, starts_on, ends_on):
        """With at least one day in common with the days from `starts_on` up to but not including `ends_on`."""
        return self.filter(Q(ends_on__gt=F("starts_on")), starts_on__lt=ends_on, ends_on__gt=starts_on)

    def running_or_coming(self, today):
        return self.filter(Q(ends_on__gt=F("starts_on")), ends_on__gt=today)


class Deputyship(models.Model):
    """Vervanging: a colleague in the same role who does somebody's dossiers from one day until another.

    The access itself is an `Assignment` per dossier, so that it begins and ends by its dates and by nothing else.
    """

    zone = Zone.CONTACT

    role = models.CharField(_("rol"), max_length=30, choices=Role)
    holder = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("wie wordt vervangen")
    )
    deputy = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("vervanger"))
    starts_on = models.DateField(_("vanaf"))
    ends_on = models.DateField(_("tot"), help_text=_("Eerste dag zonder deze vervanger."))
    covers_all = models.BooleanField(_("alle dossiers"), default=True)
    named_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    named_at = models.DateTimeField(_("vastgelegd op"), default=timezone.now)
    #: That the clock has settled the agenda at the beginning and at the end.
    begun_at = models.DateTimeField(null=True, blank=True, editable=False)
    closed_at = models.DateTimeField(null=True, blank=True, editable=False)
    key = models.UUIDField(unique=True, null=True, editable=False)

    objects = DeputyshipQuerySet.as_manager()

    class Meta:
        ordering = ["-starts_on", "-pk"]
        verbose_name = _("vervanging")
        verbose_name_plural = _("vervangingen")
        constraints = [
            models.CheckConstraint(condition=Q(ends_on__gte=F("starts_on")), name="deputyship_ends_after_start"),
            models.CheckConstraint(condition=~Q(holder=F("deputy")), name="deputyship_of_two_people"),
        ]

    def __str__(self):
        return f"{self.deputy} · {self.holder}"

    @property
    def last_day(self):
        """The last day on which the deputy works."""
        return self.ends_on - timezone.timedelta(days=1)


class Verdict(models.TextChoices):
    TERECHT = "terecht", _("Terecht")
    NIET_TERECHT = "niet_terecht", _("Niet terecht")


class BreakGlassQuerySet(models.QuerySet):
    def visible_to(self, user):
        """For who watches over access."""
        return self if user.role == Role.PRIVACY_OFFICER else self.none()

    def to_review(self):
        return self.filter(reviewed_at=None)

    def with_counts(self, since):
        """Each with `recent`: how often the same person took emergency access from the moment `since` on."""
        same = BreakGlass.objects.filter(by=OuterRef("by"), opened_at__gte=since).order_by().values("by")
        return self.annotate(recent=Coalesce(Subquery(same.annotate(n=Count("pk")).values("n")), 0))


class BreakGlass(models.Model):
    """Noodtoegang: a klantmanager opened the dossier of a colleague, with a reason. The privacy officer judges it."""

    zone = Zone.AUDIT

    case = models.ForeignKey("cases.Case", models.CASCADE, related_name="break_glasses", verbose_name=_("dossier"))
    assignment = models.OneToOneField(
        "cases.Assignment", models.SET_NULL, null=True, blank=True, related_name="break_glass",
        verbose_name=_("betrokkenheid"),
    )  # fmt: skip
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("door"))
    holder = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("klantmanager van het dossier")
    )
    reason = models.TextField(_("reden"), max_length=500)
    opened_at = models.DateTimeField(_("geopend op"), default=timezone.now)
    ends_on = models.DateField(_("tot"), help_text=_("Eerste dag zonder toegang."))
    reviewed_at = models.DateTimeField(_("beoordeeld op"), null=True, blank=True)
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+",
        verbose_name=_("beoordeeld door"),
    )  # fmt: skip
    verdict = models.CharField(_("oordeel"), max_length=20, choices=Verdict, blank=True)
    review_note = models.CharField(_("toelichting"), max_length=300, blank=True)
    key = models.UUIDField(unique=True, null=True, editable=False)

    objects = BreakGlassQuerySet.as_manager()

    class Meta:
        ordering = ["-opened_at", "-pk"]
        verbose_name = _("noodtoegang")
        verbose_name_plural = _("noodtoegangen")
        indexes = [models.Index(fields=["by", "opened_at"], name="break_glass_of_user")]
        constraints = [
            models.CheckConstraint(
                condition=Q(reviewed_at=None, reviewed_by=None, verdict="")
                | (Q(reviewed_at__isnull=False, reviewed_by__isnull=False) & ~Q(verdict="")),
                name="break_glass_reviewed_whole",
            )
        ]

    def __str__(self):
        return f"{self.case} · {self.by}"

    @property
    def last_day(self):
        """The last day on which the dossier was open."""
        return self.ends_on - timezone.timedelta(days=1)
