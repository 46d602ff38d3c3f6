"""Rows of the work outside the request: how the clock's jobs went, and what people asked for."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import RoleAssignment
from accounts.zones import Zone

# --- Periodic work ------------------------------------------------------------------------------------


class PeriodicJob(models.Model):
    """Periodiek werk: how one job of the table (`jas_portal.work.table`) went the last time, and who has it now."""

    name = models.CharField(_("naam"), max_length=50, unique=True)
    first_seen_at = models.DateTimeField(default=timezone.now)
    last_started_at = models.DateTimeField(_("laatst begonnen"), null=True, blank=True)
    last_ended_at = models.DateTimeField(_("laatst klaar"), null=True, blank=True)
    last_seconds = models.FloatField(_("duur in seconden"), default=0)
    last_result = models.IntegerField(_("gedaan"), null=True, blank=True)
    #: When it last found something to do.
    last_done_at = models.DateTimeField(null=True, blank=True)
    last_problem = models.CharField(_("wat er mis ging"), max_length=300, blank=True)
    asked_at = models.DateTimeField(_("gevraagd op"), null=True, blank=True)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    claimed_by = models.CharField(max_length=40, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["name"]
        verbose_name = _("periodiek werk")
        verbose_name_plural = _("periodiek werk")

    def __str__(self):
        return self.name


class PeriodicRun(models.Model):
    """Eén keer periodiek werk: when, how long, how much, and what went wrong. The last sixty of each job are kept."""

    job = models.ForeignKey(PeriodicJob, models.CASCADE, related_name="runs")
    started_at = models.DateTimeField(_("begonnen"))
    seconds = models.FloatField(_("duur in seconden"))
    result = models.IntegerField(_("gedaan"), null=True, blank=True)
    problem = models.CharField(_("wat er mis ging"), max_length=300, blank=True)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("keer periodiek werk")
        verbose_name_plural = _("keren periodiek werk")

    def __str__(self):
        return f"{self.job_id}"


# --- Jobs ------------------------------------------------------------------------------------------------


class JobState(models.TextChoices):
    WACHT = "wacht", _("Begint zo")
    BEZIG = "bezig", _("Bezig")
    KLAAR = "klaar", _("Klaar")
    GESTOPT = "gestopt", _("Gestopt")
    MISLUKT = "mislukt", _("Mislukt")


#: States in which a worker has something to do.
WORKING = (JobState.WACHT, JobState.BEZIG)


class JobQuerySet(models.QuerySet):
    def visible_to(self, user):
        """What this person asked for in the role worked in now: a job reads what that role reads."""
        if user.acting_as is None:
            return self.none()
        return self.filter(role_assignment=user.acting_as)

    def due(self, now):
        """Jobs with work that nobody holds, or whose holder's lease ran out; oldest first."""
        return self.filter(Q(lease_until=None) | Q(lease_until__lte=now), state__in=WORKING).order_by("pk")


class Job(models.Model):
    """Opdracht: long work that somebody asked for, with how far it is and the file it makes.

    It acts as the role in which it was asked, looked at again before each batch. The file is for who asked and is gone
    after a day.
    """

    zone = Zone.BENEFIT

    #: From the form: sending it twice is one job.
    key = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(_("soort"), max_length=40)
    role_assignment = models.ForeignKey(RoleAssignment, models.CASCADE, related_name="+")
    parameters = models.JSONField(_("wat er gevraagd is"), default=dict, blank=True)
    asked_at = models.DateTimeField(_("gevraagd op"), default=timezone.now)
    state = models.CharField(_("stand"), max_length=20, choices=JobState, default=JobState.WACHT)
    total = models.PositiveIntegerField(_("totaal"), default=0)
    done = models.PositiveIntegerField(_("gedaan"), default=0)
    left_out = models.PositiveIntegerField(_("overgeslagen"), default=0)
    #: The id after which the next batch begins.
    cursor = models.BigIntegerField(default=0)
    problem = models.CharField(_("wat er mis ging"), max_length=300, blank=True)
    file = models.FileField(_("bestand in opslag"), upload_to="jobs", blank=True)
    file_name = models.CharField(_("bestandsnaam"), max_length=120, blank=True)
    #: The dossiers (ids) of which something stands in the file: looked at again whenever it is fetched.
    covers = models.JSONField(default=list, blank=True, editable=False)
    ended_at = models.DateTimeField(_("klaar op"), null=True, blank=True)
    claimed_by = models.CharField(max_length=40, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)

    objects = JobQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        verbose_name = _("opdracht")
        verbose_name_plural = _("opdrachten")
        indexes = [models.Index(fields=["lease_until"], condition=Q(state__in=WORKING), name="job_due")]

    def __str__(self):
        return self.kind

    def get_absolute_url(self):
        return reverse("work:job", kwargs={"pk": self.pk})

    @property
    def is_working(self):
        return self.state in WORKING

    @property
    def has_file(self):
        return bool(self.file) and not self.is_working


class JobPart(models.Model):
    """Deel van een opdracht: what one batch made, kept apart until the whole is put together."""

    zone = Zone.BENEFIT

    job = models.ForeignKey(Job, models.CASCADE, related_name="parts")
    number = models.PositiveIntegerField()
    name = models.CharField(max_length=120)
    file = models.FileField(upload_to="jobs")
    #: The dossiers (ids) of the batch, on its first part.
    covers = models.JSONField(default=list, blank=True, editable=False)

    class Meta:
        ordering = ["job", "number"]
        verbose_name = _("deel van een opdracht")
        verbose_name_plural = _("delen van een opdracht")
        constraints = [models.UniqueConstraint(fields=["job", "number"], name="job_part_once")]

    def __str__(self):
        return self.name
