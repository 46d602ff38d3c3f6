"""Tasks of a dossier, made from the nineteen task templates (cases/task_templates.py)."""

from django.conf import settings
from django.db import models
from django.db.models import Case as Switch
from django.db.models import F, Q, When
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.roles import CASE_ROLES, Role
from accounts.searching import every_word
from accounts.zones import Zone
from cases.models.case import Case, held, in_open_zone


class TaskKind(models.TextChoices):
    ONCE = "once", _("Eenmalig")
    ONGOING = "ongoing", _("Doorlopend")
    CHECKLIST = "checklist", _("Lijst met punten")
    DECISION = "decision", _("Besluit")


class TaskStatus(models.TextChoices):
    OPEN = "open", _("Open")
    BEZIG = "bezig", _("Bezig")
    WACHT_OP = "wacht_op", _("Wacht op een ander")
    AFGEROND = "afgerond", _("Afgerond")
    VERVALLEN = "vervallen", _("Vervallen")
    LOPEND = "lopend", _("Loopt door")
    GESTOPT = "gestopt", _("Gestopt")


#: States in which somebody still has to act.
OPEN_STATES = (TaskStatus.OPEN, TaskStatus.BEZIG, TaskStatus.WACHT_OP)
#: States in which nobody has to act any more.
ENDED_STATES = (TaskStatus.AFGEROND, TaskStatus.VERVALLEN, TaskStatus.GESTOPT)


class TaskQuerySet(models.QuerySet):
    def visible_to(self, user, today=None):
        """Tasks of visible dossiers whose zone this role reads; of a closed zone not even the title shows."""
        if user.acting_as is None:
            return self.none()
        rows = in_open_zone(user, "case", today)
        if user.acting_as.role in CASE_ROLES:
            rows |= held(user, "case", today) & Q(owner_role=user.acting_as.role)
        return self.filter(rows)

    def open(self):
        """Somebody still has to act; an ongoing task never ends up here."""
        return self.filter(status__in=OPEN_STATES)

    def overdue(self, today):
        return self.open().filter(due_on__lt=today)

    def asking_by(self, day):
        """Open, with `turn_on`, and due or to be looked at again by this day."""
        return self.open().with_turn().filter(turn_on__lte=day)

    def with_turn(self):
        """Each with `turn_on`, the day it asks for somebody: the last day, or before it the day to look again."""
        look_again = Q(status=TaskStatus.WACHT_OP, follow_up_on__isnull=False)
        is_first = Q(due_on=None) | Q(follow_up_on__lt=F("due_on"))
        return self.annotate(turn_on=Switch(When(look_again & is_first, then=F("follow_up_on")), default=F("due_on")))

    def owned_by_role(self, role):
        return self.filter(owner_role=role)

    def search(self, text):
        """By the person's name, the dossier's number, or the words of the task."""
        return self.filter(every_word(text, "case__statushouder__full_name", "case__number", "title"))


class Task(models.Model):
    """Taak: what one role does for one dossier. Overdue is derived, never stored; an ongoing task is never overdue."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="tasks", verbose_name=_("dossier"))
    template = models.CharField(_("sjabloon"), max_length=40, blank=True)
    title = models.CharField(_("taak"), max_length=250)
    kind = models.CharField(_("soort"), max_length=20, choices=TaskKind, default=TaskKind.ONCE)
    owner_role = models.CharField(
        _("van wie"),
        max_length=30,
        choices=[(r.value, r.label) for r in Role if r in CASE_ROLES | {Role.STATUSHOUDER}],
    )
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("door")
    )
    zone = models.CharField(_("zone"), max_length=20, choices=[(z.value, z.value) for z in Zone])
    status = models.CharField(_("stand"), max_length=20, choices=TaskStatus, default=TaskStatus.OPEN)
    due_on = models.DateField(_("uiterlijk"), null=True, blank=True)
    waits_for = models.CharField(_("wacht op"), max_length=120, blank=True)
    follow_up_on = models.DateField(_("opnieuw bekijken op"), null=True, blank=True)
    completed_at = models.DateTimeField(_("afgerond op"), null=True, blank=True)
    completed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(_("gemaakt op"), default=timezone.now)

    objects = TaskQuerySet.as_manager()

    class Meta:
        ordering = ["due_on", "pk"]
        verbose_name = _("taak")
        verbose_name_plural = _("taken")
        indexes = [
            models.Index(fields=["due_on"], condition=Q(status__in=OPEN_STATES), name="task_open_due"),
            models.Index(
                fields=["case", "owner_role", "due_on"], condition=Q(status__in=OPEN_STATES), name="task_open_of_case"
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["case", "template"], condition=~Q(template=""), name="task_once_per_template"
            ),
            models.CheckConstraint(
                condition=~Q(kind=TaskKind.ONGOING) | Q(due_on=None), name="task_ongoing_has_no_due_date"
            ),
        ]

    def __str__(self):
        return self.title

    @property
    def is_open(self):
        return self.status in OPEN_STATES

    def is_overdue(self, today):
        """Whether the day has passed and somebody still has to act."""
        return self.is_open and self.due_on is not None and self.due_on < today


class ChecklistItem(models.Model):
    """Punt van een taak: one thing to tick. It may lie in a closed zone of its own."""

    task = models.ForeignKey(Task, models.CASCADE, related_name="items", verbose_name=_("taak"))
    label = models.CharField(_("punt"), max_length=120)
    zone = models.CharField(
        _("zone"), max_length=20, choices=[(z.value, z.value) for z in Zone], default=Zone.PROGRAMME
    )
    done_at = models.DateTimeField(_("gedaan op"), null=True, blank=True)
    done_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["pk"]
        verbose_name = _("punt van een taak")
        verbose_name_plural = _("punten van een taak")
        constraints = [models.UniqueConstraint(fields=["task", "label"], name="checklist_item_once")]

    def __str__(self):
        return self.label
