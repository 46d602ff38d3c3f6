"""The Plan van Aanpak: a living plan, and versions that are established and then never change."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.roles import Role
from accounts.rules import RuleBroken
from accounts.zones import Zone
from cases.models.case import Case
from cases.models.person import Language


class MainGoal(models.TextChoices):
    """What the plan works towards (R49; names of the goals as municipalities use them)."""

    WERK = "werk", _("Betaald werk")
    STUDIE = "studie", _("Opleiding")
    WERK_EN_LEREN = "werk_en_leren", _("Werken en leren")
    ONDERNEMEN = "ondernemen", _("Eigen bedrijf")
    MEEDOEN = "meedoen", _("Meedoen in de samenleving")


class PlanVanAanpak(models.Model):
    """Plan van Aanpak: what we agreed, as it stands now (R17). Health and justice never stand in it."""

    zone = Zone.BENEFIT

    case = models.OneToOneField(Case, models.CASCADE, related_name="plan")
    main_goal = models.CharField(_("hoofddoel"), max_length=20, choices=MainGoal, blank=True)
    goal_text = models.TextField(_("doel in eigen woorden"), max_length=2000, blank=True)
    starting_point = models.TextField(_("vertrekpunt: opleiding, werk en taal"), max_length=2000, blank=True)
    wishes = models.TextField(_("wensen"), max_length=2000, blank=True)
    obstacles = models.TextField(_("wat eerst geregeld moet zijn"), max_length=2000, blank=True)
    programme_parts = models.TextField(_("onderdelen en uren per week"), max_length=2000, blank=True)
    obligations = models.TextField(
        _("afspraken die moeten, en wat er gebeurt als het niet lukt"), max_length=2000, blank=True
    )
    evaluate_on = models.DateField(_("we bespreken het plan weer op"), null=True, blank=True)
    changed_at = models.DateTimeField(_("gewijzigd op"), default=timezone.now)
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    #: Rises with each change; the form carries it back, so that two people at once do not overwrite each other.
    revision = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("Plan van Aanpak")
        verbose_name_plural = _("Plannen van Aanpak")

    def __str__(self):
        return f"{self.case}"

    @property
    def current_version(self):
        """The newest established version, or None."""
        return self.versions.order_by("-number").first()


class AgreementParty(models.TextChoices):
    """Who does what was agreed: the values are role values."""

    STATUSHOUDER = Role.STATUSHOUDER.value, _("Statushouder")
    KLANTMANAGER = Role.KLANTMANAGER.value, _("Gemeente (klantmanager)")
    MAATSCHAPPELIJK_BEGELEIDER = Role.MAATSCHAPPELIJK_BEGELEIDER.value, _("VluchtelingenWerk")


class Agreement(models.Model):
    """Afspraak in het plan: who does what by when."""

    zone = Zone.BENEFIT

    plan = models.ForeignKey(PlanVanAanpak, models.CASCADE, related_name="agreements")
    party = models.CharField(_("wie"), max_length=30, choices=AgreementParty)
    what = models.CharField(_("wat"), max_length=300)
    by_when = models.DateField(_("uiterlijk"), null=True, blank=True)
    done_on = models.DateField(_("gedaan op"), null=True, blank=True)
    #: From the form: sending it twice is one agreement.
    key = models.UUIDField(unique=True, null=True, editable=False)

    class Meta:
        ordering = ["by_when", "pk"]
        verbose_name = _("afspraak")
        verbose_name_plural = _("afspraken")

    def __str__(self):
        return self.what


class PlanVersion(models.Model):
    """Vastgestelde versie van het plan: frozen. `content` is the plan as it was, section by section."""

    zone = Zone.BENEFIT

    plan = models.ForeignKey(PlanVanAanpak, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField(_("versie"))
    #: The revision of the living plan that was frozen: the same one is not established twice.
    revision = models.PositiveIntegerField(default=0, editable=False)
    content = models.JSONField(_("inhoud"))
    agreed_on = models.DateField(_("besproken op"))
    language_used = models.CharField(_("gesproken taal"), max_length=10, choices=Language, default=Language.NEDERLANDS)
    interpreter_present = models.BooleanField(_("met tolk"), default=False)
    established_at = models.DateTimeField(_("vastgesteld op"), default=timezone.now)
    established_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-number"]
        verbose_name = _("versie van het plan")
        verbose_name_plural = _("versies van het plan")
        constraints = [models.UniqueConstraint(fields=["plan", "number"], name="plan_version_once")]

    def __str__(self):
        return f"{self.plan} · {self.number}"

    def save(self, *args, **kwargs):
        """An established version never changes."""
        if self.pk is not None:
            raise RuleBroken(_("Een vastgestelde versie van het plan kan niet meer worden gewijzigd."))
        super().save(*args, **kwargs)
