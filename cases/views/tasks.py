"""Tasks: the list of one's own; on the case page tick, open again, wait, points of a list, a task of one's own."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.access import allow
from accounts.reading import note_reading
from accounts.roles import Role
from accounts.rules import RuleBroken
from cases import overviews, services
from cases.forms import ItemForm, TaskForm, WaitForm
from cases.models import ChecklistItem, Task
from cases.views.common import LIST_ROLES, case_form, managed_case

#: Roles that have tasks around a dossier.
TASK_ROLES = (Role.KLANTMANAGER, Role.MAATSCHAPPELIJK_BEGELEIDER, Role.MENTOR, Role.DOCENT)


@allow(*LIST_ROLES)
@require_http_methods(["GET"])
def tasks(request):
    """The tasks of one's own over all dossiers: open ones unless asked otherwise, what is due first."""
    found = overviews.task_list(request.user, request.GET, timezone.localdate())
    note_reading(request, found.zone, count=len(found.rows))
    return render(request, "cases/tasks.html", {"list": found})


def _own_task(request, pk):
    """A visible task of the reader's own role; otherwise 404."""
    task = get_object_or_404(
        Task.objects.visible_to(request.user).owned_by_role(request.user.role).select_related("case__statushouder"),
        pk=pk,
    )
    note_reading(request, task.zone, case_number=task.case.number)
    return task


def _back(task):
    return redirect(f"{task.case.get_absolute_url()}#taak-{task.pk}")


def _act(request, task, act, done):
    """Do it, say it, and go back to the task."""
    try:
        act()
    except RuleBroken as error:
        messages.error(request, error.message)
    else:
        messages.success(request, done)
    return _back(task)


@allow(*TASK_ROLES)
@require_http_methods(["POST"])
def tick_task(request, pk):
    """Mark a task as done."""
    task = _own_task(request, pk)
    return _act(
        request,
        task,
        lambda: services.tick_task(task=task, by=request.user, now=timezone.now()),
        _("De taak is klaar."),
    )


@allow(*TASK_ROLES)
@require_http_methods(["POST"])
def reopen_task(request, pk):
    """Open a task again."""
    task = _own_task(request, pk)
    return _act(
        request,
        task,
        lambda: services.reopen_task(task=task, by=request.user, now=timezone.now()),
        _("De taak staat weer open."),
    )


@allow(*TASK_ROLES)
@require_http_methods(["GET", "POST"])
def wait_for(request, pk):
    """Note for whom a task waits and when to look again."""
    task = _own_task(request, pk)
    form = WaitForm(request.POST or None, initial={"waits_for": task.waits_for, "follow_up_on": task.follow_up_on})
    if request.method == "POST" and form.is_valid():
        try:
            services.wait_for(
                task=task, **form.cleaned_data, by=request.user, today=timezone.localdate(), now=timezone.now()
            )
        except RuleBroken as error:
            form.add_error("follow_up_on", error.message)
        else:
            messages.success(request, _("Genoteerd waarop deze taak wacht."))
            return _back(task)
    return case_form(request, task.case, form, title=_("Deze taak wacht"), lead=task.title, submit=_("Noteren"))


@allow(*TASK_ROLES)
@require_http_methods(["POST"])
def tick_item(request, pk):
    """Tick a point of a list, or take the tick away (`done` is "1" or "0")."""
    item = get_object_or_404(
        ChecklistItem.objects.select_related("task__case").filter(
            task__in=Task.objects.visible_to(request.user).owned_by_role(request.user.role)
        ),
        pk=pk,
    )
    note_reading(request, item.task.zone, case_number=item.task.case.number)
    done = request.POST.get("done") != "0"
    try:
        services.tick_item(item=item, done=done, by=request.user, now=timezone.now())
    except RuleBroken as error:
        messages.error(request, error.message)
    return _back(item.task)


@allow(*TASK_ROLES)
@require_http_methods(["GET", "POST"])
def add_item(request, pk):
    """Add a point to a list."""
    task = _own_task(request, pk)
    form = ItemForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.add_item(task=task, label=form.cleaned_data["label"], by=request.user)
        except RuleBroken as error:
            form.add_error("label", error.message)
        else:
            return _back(task)
    return case_form(request, task.case, form, title=_("Punt toevoegen"), lead=task.title, submit=_("Toevoegen"))


@allow(*LIST_ROLES)
@require_http_methods(["GET", "POST"])
def add_task(request, number):
    """Add a task of one's own role to a dossier."""
    case = managed_case(request, number)
    form = TaskForm(request.POST or None, role=request.user.role, today=timezone.localdate())
    if request.method == "POST" and form.is_valid():
        try:
            services.add_task(
                case=case, owner_role=request.user.role, **form.cleaned_data, by=request.user, now=timezone.now()
            )
        except RuleBroken as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, _("De taak is toegevoegd."))
            return redirect(case)
    return case_form(
        request,
        case,
        form,
        title=_("Taak toevoegen"),
        lead=_("Een taak voor uzelf bij dossier %s.") % case.number,
        submit=_("Toevoegen"),
    )
