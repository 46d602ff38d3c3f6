"""Tasks: done, opened again, waiting for somebody, their points, and tasks people add for themselves."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.roles import Role
from accounts.rules import RuleBroken
from accounts.zones import Zone
from cases import rules
from cases.models import Assignment, ChecklistItem, JournalKind, Task, TaskKind, TaskStatus
from cases.services.journal import record
from cases.task_templates import PLAN_TEMPLATE


@transaction.atomic
def tick_task(*, task, by, now=None):
    """Mark a task as done. Returns the `Task`; done twice is done once."""
    task = _own_task(task, by)
    if task.status == TaskStatus.AFGEROND:
        return task
    if task.kind == TaskKind.ONGOING:
        raise RuleBroken(_("Deze taak loopt door en is nooit klaar."))
    if task.template == PLAN_TEMPLATE:
        raise RuleBroken(_("Deze taak is klaar zodra het Plan van Aanpak is vastgesteld."))
    return complete(task=task, by=by, now=now)


@transaction.atomic
def reopen_task(*, task, by, now=None):
    """Open a task again. Returns the `Task`; open already, it stays as it is."""
    task = _own_task(task, by)
    if task.is_open or task.kind == TaskKind.ONGOING:
        return task
    task.status, task.completed_at, task.completed_by = TaskStatus.OPEN, None, None
    task.save(update_fields=["status", "completed_at", "completed_by"])
    _note(task, _("Taak weer open: %s"), by=by, now=now)
    return task


@transaction.atomic
def wait_for(*, task, waits_for, follow_up_on, by, today, now=None):
    """Note that a task waits for somebody else, and on which day to look again. Returns the `Task`."""
    task = _own_task(task, by)
    if not task.is_open:
        raise RuleBroken(_("Alleen een open taak kan wachten."))
    if follow_up_on < today:
        raise RuleBroken(_("Kies een dag vanaf vandaag om opnieuw te kijken."))
    if (task.status, task.waits_for, task.follow_up_on) == (TaskStatus.WACHT_OP, waits_for.strip(), follow_up_on):
        return task
    task.status, task.waits_for, task.follow_up_on = TaskStatus.WACHT_OP, waits_for.strip(), follow_up_on
    task.save(update_fields=["status", "waits_for", "follow_up_on"])
    _note(task, _("Taak wacht: %s"), by=by, now=now)
    return task


@transaction.atomic
def tick_item(*, item, done, by, now=None):
    """Tick a point of a task, or take the tick away. Returns the `ChecklistItem`.

    With its last point the task is done; a point opened again opens the task.
    """
    now = now or timezone.now()
    task = _own_task(item.task, by)
    item = ChecklistItem.objects.select_for_update().get(pk=item.pk)
    if (item.done_at is not None) == done:
        return item
    item.done_at, item.done_by = (now, by) if done else (None, None)
    item.save(update_fields=["done_at", "done_by"])
    if not task.items.filter(done_at=None).exists():
        complete(task=task, by=by, now=now)
    elif not task.is_open:
        reopen_task(task=task, by=by, now=now)
    return item


@transaction.atomic
def add_item(*, task, label, by):
    """Add a point to a list; the same words twice are one point. Returns the `ChecklistItem`."""
    task = _own_task(task, by)
    if task.kind != TaskKind.CHECKLIST:
        raise RuleBroken(_("Deze taak heeft geen lijst met punten."))
    return ChecklistItem.objects.get_or_create(task=task, label=label.strip(), defaults={"zone": task.zone})[0]


@transaction.atomic
def add_task(*, case, title, owner_role, zone=Zone.PROGRAMME, due_on=None, assignee=None, key=None, by, now=None):
    """Add a task of one's own role to a dossier. Returns the `Task`; sent twice with one `key` it is one task.

    A mentor's task never lies in a zone that mentors don't read, and nobody gets the task of another role (R1).
    """
    now = now or timezone.now()
    if by is not None and by.role != owner_role:
        raise RuleBroken(_("U kunt alleen een taak toevoegen voor uw eigen rol."))
    if not rules.may_own_task(owner_role, zone):
        raise RuleBroken(_("Deze rol kan zo'n taak niet hebben."))
    template = f"own-{key}" if key else ""
    if template:
        done = Task.objects.filter(case=case, template=template).first()
        if done:
            return done
    if assignee is not None:
        _check_assignee(case, owner_role, assignee)
    task = Task.objects.create(
        case=case,
        template=template,
        title=title.strip(),
        kind=TaskKind.ONCE,
        owner_role=owner_role,
        assignee=assignee,
        zone=zone,
        due_on=due_on,
        created_at=now,
    )
    _note(task, _("Taak toegevoegd: %s"), by=by, now=now)
    return task


@transaction.atomic
def assign_task(*, task, to, by, now=None):
    """Say who does a task: somebody around the dossier in the role that owns it, nobody else (R1). Returns the `Task`."""
    task = Task.objects.select_for_update().select_related("case").get(pk=task.pk)
    _check_assignee(task.case, task.owner_role, to)
    if task.assignee_id != to.pk:
        task.assignee = to
        task.save(update_fields=["assignee"])
    return task


def complete(*, task, by, now):
    """Write that a task is done; for the services that know it by themselves. Returns the `Task`."""
    now = now or timezone.now()
    if task.status == TaskStatus.AFGEROND:
        return task
    task.status, task.completed_at, task.completed_by = TaskStatus.AFGEROND, now, by
    task.waits_for, task.follow_up_on = "", None
    task.save(update_fields=["status", "completed_at", "completed_by", "waits_for", "follow_up_on"])
    _note(task, _("Taak klaar: %s"), by=by, now=now)
    return task


def _own_task(task, by):
    """The task, locked. Refuses somebody of another role than the one that owns it."""
    task = Task.objects.select_for_update().select_related("case").get(pk=task.pk)
    if by is not None and by.role != task.owner_role:
        raise RuleBroken(_("Deze taak is van een ander."))
    return task


def _check_assignee(case, role, person):
    if not Assignment.objects.current().filter(case=case, role=role, user=person).exists():
        raise RuleBroken(
            _("%(person)s staat niet als %(role)s bij dit dossier.")
            % {"person": person, "role": Role(role).label.lower()}
        )


def _note(task, sentence, *, by, now):
    # The title of a task people wrote themselves is content; the line says only that there was one.
    is_own = not task.template or task.template.startswith("own-")
    title = _("eigen taak") if is_own else task.title.rstrip(".")
    record(case=task.case, kind=JournalKind.TASK, zone=task.zone, text=(sentence % title)[:300], by=by, now=now)
