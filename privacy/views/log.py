"""The read log, for the privacy officer: search, export, and the state of its seals."""

import csv

from django.contrib import messages
from django.http import StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.access import allow, gives_file
from accounts.exports import spreadsheet_safe
from accounts.reading import asked_for, note_reading
from accounts.roles import Role
from accounts.zones import Zone
from privacy.log_forms import LogFilter
from privacy.overviews import log as overviews
from privacy.services import log as services


@allow(Role.PRIVACY_OFFICER)
@require_http_methods(["GET"])
def log(request):
    """Who saw what of whom."""
    params = overviews.with_period(request.GET, timezone.localdate())
    form = LogFilter(params)
    form.is_valid()
    page = overviews.log_page(request.user, form, params)
    note_reading(request, Zone.AUDIT, count=len(page.rows), search=asked_for(params))
    active = sum(1 for name in form.fields if request.GET.get(name))
    return render(request, "privacy/log.html", {"page": page, "form": form, "active_filters": active})


@allow(Role.PRIVACY_OFFICER)
@require_http_methods(["GET"])
@gives_file
def log_export(request):
    """What the filter finds as CSV, newest first; itself a line of the log."""
    params = overviews.with_period(request.GET, timezone.localdate())
    form = LogFilter(params)
    form.is_valid()
    lines = overviews.narrowed(request.user, form).newest_first()[: overviews.MOST_EXPORTED]
    note_reading(request, Zone.AUDIT, count=lines.count(), search=asked_for(params))
    response = StreamingHttpResponse(_csv_lines(lines), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="logboek-{timezone.localdate().isoformat()}.csv"'
    response["Cache-Control"] = "private, no-store"
    return response


class _Echo:
    """A file whose lines go straight out."""

    def write(self, line):
        return line


def _csv_lines(lines):
    writer = csv.writer(_Echo(), delimiter=";")
    # The mark by which Dutch spreadsheet programs know UTF-8.
    yield "\ufeff" + writer.writerow([str(heading) for heading in overviews.EXPORT_HEADINGS])
    for cells in overviews.export_rows(lines):
        yield writer.writerow([spreadsheet_safe(cell) for cell in cells])


@allow(Role.PRIVACY_OFFICER)
@require_http_methods(["GET"])
def seals(request):
    """Is the log still what was written? The last check and the seals."""
    rows, page = overviews.seal_rows(request.GET.get("page"))
    context = {
        "state": overviews.log_state(timezone.now()),
        "rows": rows,
        "page": page,
        "breadcrumb": [(_("Logboek"), reverse("privacy:log")), (_("Zegels"), "")],
    }
    return render(request, "privacy/seals.html", context)


@allow(Role.PRIVACY_OFFICER)
@require_http_methods(["POST"])
def check_log(request):
    """Have the clock check the whole log."""
    services.ask_for_check(by=request.user, now=timezone.now())
    messages.success(request, _("De controle begint binnen een minuut. De uitkomst komt op deze pagina."))
    return redirect("privacy:seals")
