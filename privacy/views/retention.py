"""Pages about how long things are kept: the policy, the runs that clear what is old, and dossiers that are held back."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import allow
from accounts.reading import note_reading
from accounts.roles import Role
from accounts.rules import RuleBroken
from accounts.zones import Zone
from privacy.models import RetentionHold, RetentionRun
from privacy.overviews import retention as overviews
from privacy.retention_forms import HoldFilter, HoldForm
from privacy.services import retention as services

PER_PAGE = 25
_HOLD_ORDER = {
    "placed_at": ["placed_at", "pk"],
    "-placed_at": ["-placed_at", "-pk"],
    "case_number": ["case_number", "pk"],
    "-case_number": ["-case_number", "-pk"],
}


def _tabs(current):
    pages = [
        ("retention", _("Termijnen")),
        ("retention_rules", _("Per gegeven")),
        ("retention_holds", _("Opgeschort")),
    ]
    return [{"label": label, "url": reverse(f"privacy:{name}"), "current": name == current} for name, label in pages]


def _crumbs(*more):
    return [(_("Bewaartermijnen"), reverse("privacy:retention")), *more]


@allow(Role.FUNCTIONEEL_BEHEERDER, Role.PRIVACY_OFFICER)
@require_safe
def retention(request):
    """The periods, and the runs so far."""
    runs = RetentionRun.objects.visible_to(request.user).select_related("prepared_by", "approved_by")
    return render(
        request,
        "privacy/retention/retention.html",
        {
            "tabs": _tabs("retention"),
            "periods": overviews.periods_shown(),
            "page": Paginator(runs, PER_PAGE).get_page(request.GET.get("page")),
            "at_work": runs.filter(state__in=["telt", "ruimt_op"]).first(),
        },
    )


@allow(Role.FUNCTIONEEL_BEHEERDER, Role.PRIVACY_OFFICER)
@require_safe
def retention_rules(request):
    """What becomes of every model and field."""
    words = request.GET.get("q", "")[:100]
    rules = overviews.rules_shown(words)
    return render(
        request,
        "privacy/retention/retention_rules.html",
        {
            "tabs": _tabs("retention_rules"),
            "rules": rules,
            "words": words,
            "found": ngettext("%(n)s soort gegeven", "%(n)s soorten gegevens", len(rules)) % {"n": len(rules)},
            "breadcrumb": _crumbs((_("Per gegeven"), "")),
        },
    )


@allow(Role.FUNCTIONEEL_BEHEERDER, Role.PRIVACY_OFFICER)
@require_POST
def prepare_retention(request):
    """Ask for a proefrun; making it is the worker's."""
    try:
        run = services.prepare_run(by=request.user, today=timezone.localdate())
    except RuleBroken as refused:
        messages.error(request, refused.message)
        return redirect("privacy:retention")
    return redirect("privacy:retention_run", run.pk)


def _run_or_404(request, pk):
    runs = RetentionRun.objects.visible_to(request.user)
    return get_object_or_404(runs.select_related("prepared_by", "approved_by", "cancelled_by"), pk=pk)


def _may_approve(request, run):
    """Whether this person is the second pair of eyes."""
    return request.user.role == Role.PRIVACY_OFFICER and run.prepared_by_id != request.user.pk


@allow(Role.FUNCTIONEEL_BEHEERDER, Role.PRIVACY_OFFICER)
@require_safe
def retention_run(request, pk):
    """One run: the proefrun to judge, how far it is, or the report of what was cleared."""
    run = _run_or_404(request, pk)
    shown = overviews.run_shown(run)
    # Numbers of dossiers stand here as examples and as what was held back: a list, without names.
    note_reading(request, Zone.AUDIT, count=len(shown.held), search="")
    return render(
        request,
        "privacy/retention/retention_run.html",
        {
            "run": run,
            "shown": shown,
            "can_approve": run.waits_for_approval and shown.items and _may_approve(request, run),
            "must_wait": run.waits_for_approval and shown.items and not _may_approve(request, run),
            "breadcrumb": _crumbs((_("Opruimrun %s") % run, "")),
        },
    )


@allow(Role.FUNCTIONEEL_BEHEERDER, Role.PRIVACY_OFFICER)
@require_safe
def retention_progress(request, pk):
    """How far the worker is, as a part of the page; when it is done, the whole page is fetched anew."""
    run = _run_or_404(request, pk)
    if not request.htmx:
        return redirect("privacy:retention_run", run.pk)
    response = render(request, "privacy/retention/_progress.html", {"run": run})
    if not run.is_working:
        response["HX-Refresh"] = "true"
    return response


@allow(Role.PRIVACY_OFFICER)
@require_http_methods(["GET", "HEAD", "POST"])
def approve_retention(request, pk):
    """Approve a proefrun, after a page that says what that means."""
    run = _run_or_404(request, pk)
    here = reverse("privacy:retention_run", args=[run.pk])
    if request.method == "POST":
        try:
            services.approve_run(run=run, by=request.user, today=timezone.localdate())
        except RuleBroken as refused:
            messages.error(request, refused.message)
        else:
            messages.success(request, _("Goedgekeurd. Het opruimen begint."))
        return redirect(here)
    if not run.waits_for_approval or not _may_approve(request, run):
        return redirect(here)
    shown = overviews.run_shown(run)
    going = run.items_total - shown.held_count
    return render(
        request,
        "components/confirm_page.html",
        {
            "title": _("Opruimrun goedkeuren"),
            "text": ngettext(
                "%(n)s dossier, koppeling, bericht of account wordt opgeruimd. Dat kan niet meer terug.",
                "%(n)s dossiers, koppelingen, berichten en accounts worden opgeruimd. Dat kan niet meer terug.",
                going,
            )
            % {"n": going},
            "submit": _("Keur goed en ruim op"),
            "danger": True,
            "cancel_url": here,
            "breadcrumb": _crumbs((_("Opruimrun %s") % run, here), (_("Goedkeuren"), "")),
        },
    )


@allow(Role.FUNCTIONEEL_BEHEERDER, Role.PRIVACY_OFFICER)
@require_POST
def cancel_retention(request, pk):
    """Stop a run; what was cleared stays cleared."""
    run = _run_or_404(request, pk)
    try:
        services.cancel_run(run=run, by=request.user)
    except RuleBroken as refused:
        messages.error(request, refused.message)
    else:
        messages.success(request, _("De opruimrun is gestopt."))
    return redirect("privacy:retention_run", run.pk)


@allow(Role.FUNCTIONEEL_BEHEERDER, Role.PRIVACY_OFFICER)
@require_safe
def retention_holds(request):
    """Dossiers whose clearing is suspended, by number."""
    holds = RetentionHold.objects.visible_to(request.user).select_related("placed_by", "ended_by")
    found = HoldFilter(request.GET, holds)
    order = _HOLD_ORDER.get(request.GET.get("sort"), _HOLD_ORDER["-placed_at"])
    page = Paginator(found.qs.order_by(*order), PER_PAGE).get_page(request.GET.get("page"))
    count = page.paginator.count
    note_reading(request, Zone.AUDIT, count=len(page.object_list))
    return render(
        request,
        "privacy/retention/retention_holds.html",
        {
            "tabs": _tabs("retention_holds"),
            "filter": found,
            "active_filters": sum(1 for name in found.filters if found.data.get(name)),
            "found": ngettext("%(n)s dossier", "%(n)s dossiers", count) % {"n": count},
            "page": page,
            "breadcrumb": _crumbs((_("Opgeschort"), "")),
        },
    )


@allow(Role.PRIVACY_OFFICER)
@require_http_methods(["GET", "HEAD", "POST"])
def place_hold(request):
    """Suspend the clearing of a dossier."""
    form = HoldForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            hold = services.place_hold(**form.cleaned_data, by=request.user)
        except RuleBroken as refused:
            form.add_error("case_number", refused.message)
        else:
            messages.success(request, _("De bewaarplicht van %s is opgeschort.") % hold.case_number)
            return redirect("privacy:retention_holds")
    return render(
        request,
        "components/form_page.html",
        {
            "title": _("Bewaarplicht opschorten"),
            "lead": _("Dit dossier wordt niet opgeruimd zolang de opschorting van kracht is."),
            "form": form,
            "submit": _("Schort op"),
            "cancel_url": reverse("privacy:retention_holds"),
            "breadcrumb": _crumbs(
                (_("Opgeschort"), reverse("privacy:retention_holds")), (_("Bewaarplicht opschorten"), "")
            ),
        },
        status=422 if form.errors else 200,
    )


@allow(Role.PRIVACY_OFFICER)
@require_POST
def end_hold(request, pk):
    """Let the clearing of a dossier run again."""
    hold = get_object_or_404(RetentionHold.objects.visible_to(request.user), pk=pk)
    try:
        services.end_hold(hold=hold, by=request.user)
    except RuleBroken as refused:
        messages.error(request, refused.message)
    else:
        messages.success(request, _("De opschorting van %s is opgeheven.") % hold.case_number)
    return redirect("privacy:retention_holds")
