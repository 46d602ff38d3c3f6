"""The statushouder, with one table per data zone."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.zones import Zone


class Language(models.TextChoices):
    """Languages people speak: of contact, of interpreters and of mentors."""

    ARABISCH = "ar", _("Arabisch")
    DARI = "prs", _("Dari")
    ENGELS = "en", _("Engels")
    FARSI = "fa", _("Farsi")
    FRANS = "fr", _("Frans")
    KURMANCI = "kmr", _("Koerdisch (Kurmancî)")
    SORANI = "ckb", _("Koerdisch (Sorani)")
    NEDERLANDS = "nl", _("Nederlands")
    OEKRAIENS = "uk", _("Oekraïens")
    PASHTO = "ps", _("Pashto")
    RUSSISCH = "ru", _("Russisch")
    SOMALISCH = "so", _("Somalisch")
    SPAANS = "es", _("Spaans")
    TIGRINYA = "ti", _("Tigrinya")
    TURKS = "tr", _("Turks")
    AMHAARS = "am", _("Amhaars")
    OVERIG = "overig", _("Een andere taal")


class Channel(models.TextChoices):
    """How a statushouder wants to be reached."""

    TELEFOON = "telefoon", _("Bellen")
    APP = "app", _("App of sms")
    EMAIL = "email", _("E-mail")
    BRIEF = "brief", _("Brief")


class Statushouder(models.Model):
    """Statushouder: the person whose plan and file it is. No birth date, no BSN, no V-nummer, no religion."""

    zone = Zone.CONTACT

    preferred_name = models.CharField(_("roepnaam"), max_length=80)
    full_name = models.CharField(_("volledige naam"), max_length=200, db_index=True)
    language = models.CharField(_("taal"), max_length=10, choices=Language, blank=True)
    needs_interpreter = models.BooleanField(_("tolk nodig"), default=False)
    email = models.EmailField(_("e-mailadres"), blank=True)
    phone = models.CharField(_("telefoon"), max_length=30, blank=True)
    channel = models.CharField(_("liefst bereikbaar via"), max_length=10, choices=Channel, blank=True)
    neighbourhood = models.CharField(_("wijk"), max_length=80, blank=True)
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("account")
    )

    class Meta:
        ordering = ["full_name", "pk"]
        verbose_name = _("statushouder")
        verbose_name_plural = _("statushouders")

    def __str__(self):
        return self.full_name

    @property
    def can_be_mailed(self):
        """Whether a message can reach this person; otherwise somebody phones or writes."""
        return bool(self.user_id or self.email)


class HomeAddress(models.Model):
    """Adres: where the person lives. Kept apart from the contact data, which more people read."""

    zone = Zone.PROGRAMME

    statushouder = models.OneToOneField(Statushouder, models.CASCADE, related_name="home_address")
    street = models.CharField(_("straat en huisnummer"), max_length=120)
    postal_code = models.CharField(_("postcode"), max_length=10, blank=True)
    town = models.CharField(_("woonplaats"), max_length=80, blank=True)

    class Meta:
        verbose_name = _("adres")
        verbose_name_plural = _("adressen")

    def __str__(self):
        return f"{self.street}, {self.postal_code} {self.town}"


class HouseholdNote(models.Model):
    """Huishouden: with whom the person lives, as far as the Plan van Aanpak needs it."""

    zone = Zone.BENEFIT

    statushouder = models.OneToOneField(Statushouder, models.CASCADE, related_name="household_note")
    text = models.TextField(_("huishouden"), max_length=1000)

    class Meta:
        verbose_name = _("huishouden")
        verbose_name_plural = _("huishoudens")

    def __str__(self):
        return str(self.statushouder)
