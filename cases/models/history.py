"""The change history of dossiers: who changed which field when, from what to what."""

from auditlog.models import AbstractLogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.roles import Role
from accounts.zones import Zone
from cases import history
from cases.models.case import Case, in_open_zone
from privacy.personal_data import part_of

#: Roles that read the history of a dossier, each in the zones that the role reads in full. A mentor reads none.
HISTORY_ROLES = (Role.KLANTMANAGER, Role.MAATSCHAPPELIJK_BEGELEIDER, Role.STATUSHOUDER)


class ChangeQuerySet(models.QuerySet):
    def visible_to(self, user, today=None):
        """Changes in visible dossiers and in zones this role reads in full there, for the roles that read history."""
        if user.role not in HISTORY_ROLES:
            return self.none()
        return self.filter(in_open_zone(user, "case", today))


class ChangeManager(models.Manager.from_queryset(ChangeQuerySet)):
    """What django-auditlog calls to write a line."""

    def log_create(self, instance, force_log=False, *, action, changes=None, **kwargs):
        """Write down a change of a row. Returns the `Change`, or None for nothing and for a row of no dossier.

        Of a new row only that it came: what it held is in the row, and as old value in its first change. Of a field that
        leaves before the dossier does, only that it changed.
        """
        if not changes:
            return None
        part = part_of(instance._meta.label)
        case_id = _case_of(instance, part.case)
        if case_id is None:
            return None
        actor, role = history.who()
        if action == Change.Action.CREATE:
            changes = {}
        return self.create(
            content_type=ContentType.objects.get_for_model(instance),
            object_id=instance.pk,
            case_id=case_id,
            zone=str(instance.zone),
            action=action,
            changes={name: None if name in part.silent else values for name, values in changes.items()},
            actor_id=actor.pk if actor else None,
            role=role,
        )


def _case_of(instance, path):
    """The key of the dossier of a row: `path` leads from it to the dossier's number. None while there is no dossier."""
    *way, _number = path.split("__")
    if not way:
        return instance.pk
    *way, last = way
    for name in way:
        instance = getattr(instance, name)
    field = instance._meta.get_field(last)
    if field.concrete:
        return getattr(instance, field.attname)
    return Case.objects.filter(**{field.field.name: instance.pk}).values_list("pk", flat=True).first()


class Change(AbstractLogEntry):
    """Wijziging: one saved change of one row of a dossier. `changes` is {field: [from, to]}, {field: None} without content."""

    object_pk = object_repr = serialized_data = changes_text = additional_data = None
    cid = remote_addr = remote_port = actor_email = None
    changes_dict = changes_str = changes_display_dict = None

    case = models.ForeignKey(Case, models.CASCADE, related_name="+", verbose_name=_("dossier"))
    #: The zone of what was changed: who does not read it does not see the change.
    zone = models.CharField(_("zone"), max_length=20, choices=[(z.value, z.value) for z in Zone])
    role = models.CharField(_("rol"), max_length=30, choices=Role, blank=True)
    object_id = models.BigIntegerField(_("rij"))
    action = models.PositiveSmallIntegerField(_("wat"), choices=AbstractLogEntry.Action.choices)
    timestamp = models.DateTimeField(_("wanneer"), default=timezone.now)

    objects = ChangeManager()

    class Meta:
        ordering = ["-timestamp", "-pk"]
        verbose_name = _("wijziging")
        verbose_name_plural = _("wijzigingen")
        indexes = [models.Index(fields=["case", "-timestamp", "-id"], name="change_of_case")]

    def __str__(self):
        return f"{self.content_type_id}:{self.object_id}"

    @staticmethod
    def of_fields(fields):
        """The condition that one of these (content type, field name) was changed."""
        found = Q(pk__in=())
        for content_type, name in fields:
            found |= Q(content_type=content_type, changes__has_key=name)
        return found
