"""Pages of jobs, for who asks for them, and of periodic work, for the functioneel beheerder."""

import re
import uuid

from django.contrib import messages
from django.core.files.storage import default_storage
from django.core.paginator import Paginator
from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import allow, gives_file
from accounts.reading import note_reading
from accounts.roles import Role
from accounts.rules import RuleBroken
from cases.converters import CaseNumberConverter
from jas_portal.models import Job
from jas_portal.work import jobs, periodic
from jas_portal.work.forms import JobFilterForm
from jas_portal.work.kinds import KINDS, of_role
from jas_portal.work.table import BY_NAME

PER_PAGE = 25
#: Who can ask for a job at all.
JOB_ROLES = tuple(role for role in Role if of_role(role))
_ORDERS = {
    "asked": ("asked_at", "pk"),
    "-asked": ("-asked_at", "-pk"),
    "state": ("state", "-pk"),
    "-state": ("-state", "-pk"),
}


def _crumbs(*more):
    return [(_("Opdrachten"), reverse("work:jobs")), *more]


def _kind_or_404(request, name):
    kind = KINDS.get(name)
    if kind is None or request.user.role not in kind.roles:
        raise Http404
    return kind


def _job_or_404(request, pk):
    return get_object_or_404(Job.objects.visible_to(request.user), pk=pk)


@allow(*JOB_ROLES)
@require_safe
def job_list(request):
    """What I asked for, and what I can ask for."""
    mine = of_role(request.user.role)
    form = JobFilterForm(request.GET, mine)
    wanted = {name: form.value(name) for name in form.fields if form.value(name)}
    found = Job.objects.visible_to(request.user).filter(**wanted)
    page = Paginator(found.order_by(*_ORDERS.get(request.GET.get("sort"), _ORDERS["-asked"])), PER_PAGE).get_page(
        request.GET.get("page")
    )
    count = page.paginator.count
    return render(
        request,
        "work/jobs.html",
        {
            "kinds": mine,
            "form": form,
            "active": form.active,
            "page": page,
            "rows": [(row, KINDS.get(row.kind)) for row in page.object_list],
            "found": ngettext("%(n)s opdracht", "%(n)s opdrachten", count) % {"n": count},
        },
    )


@allow(*JOB_ROLES)
@require_http_methods(["GET", "HEAD", "POST"])
def ask_job(request, kind):
    """What a job will make and of how many; the button asks for it."""
    kind = _kind_or_404(request, kind)
    given = request.POST if request.method == "POST" else request.GET
    parameters = {
        name: given[name][:100]
        for name in ("q", "phase", "status", "regime", "leerroute", "municipality")
        if given.get(name)
    }
    numbers = [number for number in given.getlist("case") if re.fullmatch(CaseNumberConverter.regex, number)][:1000]
    if numbers:
        parameters["numbers"] = numbers
    count = kind.rows(request.user, parameters).count()
    # The log says who had a file made, of how many, and what was searched for.
    note_reading(
        request, kind.zone, count=count, search="; ".join(f"{name}: {value}" for name, value in parameters.items())
    )
    if request.method == "POST":
        try:
            job = jobs.ask(kind=kind, parameters=parameters, key=_key(request), by=request.user)
        except RuleBroken as refused:
            messages.error(request, refused.message)
            return redirect("work:jobs")
        return redirect(job)
    return render(
        request,
        "work/ask_job.html",
        {
            "kind": kind,
            "count": count,
            "parameters": parameters,
            "numbers": numbers,
            "key": uuid.uuid4(),
            "breadcrumb": _crumbs((kind.label, "")),
        },
    )


def _key(request):
    try:
        return uuid.UUID(request.POST.get("key", ""))
    except ValueError:
        return uuid.uuid4()


@allow(*JOB_ROLES)
@require_safe
def job(request, pk):
    """One job: how far it is, its file when it is done."""
    found = _job_or_404(request, pk)
    kind = KINDS.get(found.kind)
    return render(
        request,
        "work/job.html",
        {
            "job": found,
            "kind": kind,
            "may_fetch": found.has_file and jobs.may_fetch(job=found, user=request.user),
            "until": _until(found),
            "breadcrumb": _crumbs((kind.label if kind else found.kind, "")),
        },
    )


def _until(job):
    return job.ended_at + jobs.KEEP_FILES if job.ended_at else None


@allow(*JOB_ROLES)
@require_safe
def job_progress(request, pk):
    """How far the worker is, as a part of the page; when it is done, the whole page is fetched anew."""
    found = _job_or_404(request, pk)
    if not request.htmx:
        return redirect(found)
    response = render(request, "work/_progress.html", {"job": found, "kind": KINDS.get(found.kind)})
    if not found.is_working:
        response["HX-Refresh"] = "true"
    return response


@allow(*JOB_ROLES)
@require_POST
def cancel_job(request, pk):
    """Stop the job."""
    found = _job_or_404(request, pk)
    try:
        jobs.cancel(job=found, by=request.user)
    except RuleBroken as refused:
        messages.error(request, refused.message)
    else:
        messages.success(request, _("De opdracht is gestopt."))
    return redirect(found)


@allow(*JOB_ROLES)
@require_safe
@gives_file
def job_file(request, pk):
    """The result, for who asked for it."""
    found = _job_or_404(request, pk)
    kind = KINDS.get(found.kind)
    if not found.has_file or kind is None or not jobs.may_fetch(job=found, user=request.user):
        raise Http404
    each = jobs.numbers_in(found) if kind.is_of_each else ()
    note_reading(request, kind.zone, count=found.done, search="", each=each)
    try:
        content = default_storage.open(found.file.name, "rb")
    except FileNotFoundError:
        raise Http404 from None
    response = FileResponse(content, as_attachment=True, filename=found.file_name, content_type=kind.content_type)
    response["Cache-Control"] = "no-store"
    return response


# --- Periodic work -----------------------------------------------------------------------------------------


@allow(Role.FUNCTIONEEL_BEHEERDER)
@require_safe
def periodic_work(request):
    """Every periodic job: last run, result, next run, how long it took, and a button to run it now."""
    now = timezone.now()
    return render(
        request,
        "work/periodic.html",
        {"lines": periodic.screen(now), "troubles": periodic.troubles(now)},
    )


@allow(Role.FUNCTIONEEL_BEHEERDER)
@require_POST
def run_now(request, name):
    """Have one periodic job done now."""
    if name not in BY_NAME:
        raise Http404
    periodic.ask_to_run(name=name, by=request.user, now=timezone.now())
    messages.success(request, _("'%s' begint binnen enkele seconden.") % BY_NAME[name].label)
    return redirect("work:periodic")
