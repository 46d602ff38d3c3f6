"""Pages of the import of a caseload, for the functioneel beheerder."""

import csv

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import allow, gives_file
from accounts.exports import spreadsheet_safe
from accounts.reading import note_reading
from accounts.roles import Role
from accounts.rules import RuleBroken
from accounts.zones import Zone
from cases.caseload import overviews
from cases.caseload.columns import FIELDS, REQUIRED
from cases.caseload.forms import ImportFilter, RowFilter, UploadForm
from cases.models import CaseloadImport, CaseloadImportRow, ImportState, RowStatus
from cases.services import caseload

RUNS_PER_PAGE = 25
ROWS_PER_PAGE = 50
_RUN_ORDER = {
    "uploaded_at": ["uploaded_at", "pk"],
    "-uploaded_at": ["-uploaded_at", "-pk"],
    "file_name": ["file_name", "pk"],
    "-file_name": ["-file_name", "-pk"],
}
_ROW_ORDER = {
    "number": ["number"],
    "-number": ["-number"],
    "status": ["status", "number"],
    "-status": ["-status", "number"],
}


def _run_or_404(request, pk):
    return get_object_or_404(
        CaseloadImport.objects.visible_to(request.user).select_related("uploaded_by", "undone_by"), pk=pk
    )


def _mine_or_404(request, pk):
    """A run that this person uploaded: nobody else has seen what is in it."""
    return get_object_or_404(CaseloadImport.objects.visible_to(request.user), pk=pk, uploaded_by=request.user)


def _crumbs(*more):
    return [(_("Import"), reverse("cases:imports")), *more]


def _active(filterset):
    return sum(1 for name in filterset.filters if filterset.data.get(name))


@allow(Role.FUNCTIONEEL_BEHEERDER)
@require_safe
def imports(request):
    """The list of runs."""
    found = ImportFilter(request.GET, CaseloadImport.objects.visible_to(request.user).select_related("uploaded_by"))
    order = _RUN_ORDER.get(request.GET.get("sort"), _RUN_ORDER["-uploaded_at"])
    page = Paginator(found.qs.order_by(*order), RUNS_PER_PAGE).get_page(request.GET.get("page"))
    counts = overviews.counts_of(page.object_list)
    count = page.paginator.count
    return render(
        request,
        "cases/caseload/imports.html",
        {
            "filter": found,
            "active_filters": _active(found),
            "found": ngettext("%(n)s import", "%(n)s imports", count) % {"n": count},
            "page": page,
            "runs": [(run, counts[run.pk]) for run in page.object_list],
        },
    )


@allow(Role.FUNCTIONEEL_BEHEERDER)
@require_http_methods(["GET", "HEAD", "POST"])
def upload_caseload(request):
    """Upload a file; reading it is the worker's."""
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            run = caseload.upload(content=file, name=file.name, key=form.cleaned_data["key"], by=request.user)
        except RuleBroken as refused:
            form.add_error("file", refused.message)
        else:
            return redirect("cases:caseload_import", run.pk)
    return render(
        request,
        "cases/caseload/upload_caseload.html",
        {
            "title": _("Dossiers inlezen"),
            "lead": _("U ziet eerst per rij wat er gebeurt. Pas daarna maakt u de dossiers."),
            "form": form,
            "submit": _("Bestand inlezen"),
            "cancel_url": reverse("cases:imports"),
            "breadcrumb": _crumbs((_("Dossiers inlezen"), "")),
            "fields": [(field, field.key in REQUIRED) for field in FIELDS],
        },
        status=422 if form.errors else 200,
    )


@allow(Role.FUNCTIONEEL_BEHEERDER)
@require_safe
def caseload_import(request, pk):
    """One run: its state, its counts, and for who may read them its rows."""
    run = _run_or_404(request, pk)
    counts = overviews.counts_of([run])[run.pk]
    mine = run.is_of(request.user)
    visible = run.rows.visible_to(request.user)
    found = RowFilter(request.GET, visible)
    order = _ROW_ORDER.get(request.GET.get("sort"), _ROW_ORDER["number"])
    page = Paginator(found.qs.order_by(*order), ROWS_PER_PAGE).get_page(request.GET.get("page"))
    count = page.paginator.count
    note_reading(request, Zone.PROGRAMME, count=len(page.object_list))
    return render(
        request,
        "cases/caseload/caseload_import.html",
        {
            "run": run,
            "counts": counts,
            "mine": mine,
            "can_read_rows": mine or run.emptied_at is not None,
            "is_reading": run.state == ImportState.LEEST,
            "can_apply": mine and run.can_be_applied and counts.new,
            "can_cancel": mine and run.can_be_cancelled,
            "can_undo": run.can_be_undone and counts.dossiers,
            "filter": found,
            "active_filters": _active(found),
            "found": ngettext("%(n)s rij", "%(n)s rijen", count) % {"n": count},
            "page": page,
            "rows": overviews.rows_of(page.object_list),
            "kept": run.rows.filter(status=RowStatus.GEBLEVEN).values_list("case_number", flat=True)[:100],
            "breadcrumb": _crumbs((run.file_name, "")),
        },
    )


@allow(Role.FUNCTIONEEL_BEHEERDER)
@require_safe
def import_progress(request, pk):
    """How far the worker is, as a part of the page; when it is done, the whole page is fetched anew."""
    run = _run_or_404(request, pk)
    if not request.htmx:
        return redirect("cases:caseload_import", run.pk)
    response = render(request, "cases/caseload/_progress.html", {"run": run})
    if not run.is_working:
        response["HX-Refresh"] = "true"
    return response


@allow(Role.FUNCTIONEEL_BEHEERDER)
@require_POST
def apply_import(request, pk):
    """Make the dossiers."""
    return _ask(request, _mine_or_404(request, pk), caseload.apply_import, _("De dossiers worden gemaakt."))


@allow(Role.FUNCTIONEEL_BEHEERDER)
@require_POST
def cancel_import(request, pk):
    """Stop the run."""
    return _ask(request, _mine_or_404(request, pk), caseload.cancel_import, _("De import is gestopt."))


def _ask(request, run, service, done):
    try:
        service(run=run, by=request.user)
    except RuleBroken as refused:
        messages.error(request, refused.message)
    else:
        messages.success(request, done)
    return redirect("cases:caseload_import", run.pk)


@allow(Role.FUNCTIONEEL_BEHEERDER)
@require_http_methods(["GET", "HEAD", "POST"])
def undo_import(request, pk):
    """Take the dossiers of a run back, after a page that says what that means.

    Once the run holds no personal data any more, every beheerder may: who uploaded it may be away.
    """
    run = _run_or_404(request, pk)
    if not run.is_of(request.user) and run.emptied_at is None:
        raise Http404
    if request.method == "POST":
        return _ask(request, run, caseload.undo_import, _("De import wordt teruggedraaid."))
    if not run.can_be_undone:
        return redirect("cases:caseload_import", run.pk)
    counts = overviews.counts_of([run])[run.pk]
    return render(
        request,
        "components/confirm_page.html",
        {
            "title": _("Import terugdraaien"),
            "text": ngettext(
                "Deze import maakte %(n)s dossier. Het verdwijnt, behalve als er al aan is gewerkt.",
                "Deze import maakte %(n)s dossiers. Ze verdwijnen, behalve de dossiers waaraan al is gewerkt: "
                "die blijven, en u ziet welke dat zijn.",
                counts.dossiers,
            )
            % {"n": counts.dossiers},
            "submit": _("Draai terug"),
            "danger": True,
            "cancel_url": reverse("cases:caseload_import", args=[run.pk]),
            "breadcrumb": _crumbs(
                (run.file_name, reverse("cases:caseload_import", args=[run.pk])), (_("Terugdraaien"), "")
            ),
        },
    )


@allow(Role.FUNCTIONEEL_BEHEERDER)
@require_safe
@gives_file
def download_import(request, pk):
    """Row number, result, dossier number and reasons as CSV: no personal data."""
    run = get_object_or_404(CaseloadImport.objects.visible_to(request.user), pk=pk)
    rows = CaseloadImportRow.objects.visible_to(request.user).filter(run=run).order_by("number").defer("values")
    count = rows.count()
    if not count:
        return redirect("cases:caseload_import", run.pk)
    note_reading(request, Zone.PROGRAMME, count=count)
    response = StreamingHttpResponse(_csv_lines(rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="import-{run.pk}-resultaat.csv"'
    return response


class _Echo:
    """A file whose lines go straight out."""

    def write(self, line):
        return line


def _csv_lines(rows):
    writer = csv.writer(_Echo(), delimiter=";")
    # The mark by which Dutch spreadsheet programs know UTF-8.
    yield "\ufeff" + writer.writerow([_("Rij"), _("Resultaat"), _("Waarschuwing"), _("Dossier"), _("Waarom")])
    for row in rows.iterator(chunk_size=500):
        row.values = None
        cells = [
            row.number,
            row.get_status_display(),
            _("ja") if row.is_warned else "",
            row.case_number,
            " ".join(overviews.reasons_of(row)),
        ]
        yield writer.writerow([spreadsheet_safe(cell) for cell in cells])
