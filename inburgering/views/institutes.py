"""Institutes: how much room there is where, and who keeps those numbers."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from accounts.access import allow
from accounts.roles import Role
from accounts.rules import RuleBroken
from inburgering import services
from inburgering.filters import InstituteFilter
from inburgering.forms import InstituteForm, InstituteNumbersForm
from inburgering.lists import listing
from inburgering.models import Institute
from inburgering.overviews.institutes import institute_page, institute_rows

ORDERS = {
    "name": ["organisation__name"],
    "free": ["free", "organisation__name"],
    "waiting": ["waiting", "organisation__name"],
    "wait": ["expected_wait_weeks", "organisation__name"],
    "as_of": ["as_of", "organisation__name"],
}
READERS = (
    Role.KLANTMANAGER,
    Role.MAATSCHAPPELIJK_BEGELEIDER,
    Role.DOCENT,
    Role.STATUSHOUDER,
    Role.FUNCTIONEEL_BEHEERDER,
)
EDITORS = (Role.INSTITUUT, Role.FUNCTIONEEL_BEHEERDER)


@allow(*READERS)
@require_http_methods(["GET"])
def institutes(request):
    """The institutes with their room and their waiting lists, side by side."""
    rows = Institute.objects.visible_to(request.user).with_counts()
    found = listing(request.GET, rows, InstituteFilter, ORDERS, "name")
    return render(
        request,
        "inburgering/institutes.html",
        {
            "rows": institute_rows(found.page.object_list),
            "page": found.page,
            "filter_form": found.form,
            "active_filters": found.active,
            "found": ngettext("%d instituut", "%d instituten", found.found) % found.found,
            "may_add": request.user.role == Role.FUNCTIONEEL_BEHEERDER,
        },
    )


@allow(*READERS, Role.INSTITUUT)
@require_http_methods(["GET"])
def institute(request, pk):
    """One institute: places, waiting list, contact."""
    found = get_object_or_404(
        Institute.objects.visible_to(request.user).with_counts().select_related("organisation"), pk=pk
    )
    overview = institute_page(found, request.user, timezone.localdate(), request.user.role in EDITORS)
    return render(
        request,
        "inburgering/institute.html",
        {"overview": overview, "breadcrumb": _breadcrumb(request.user, overview.row.name)},
    )


@allow(Role.FUNCTIONEEL_BEHEERDER)
@require_http_methods(["GET", "POST"])
def add_institute(request):
    """A new institute."""
    form = InstituteForm(request.POST or None, initial={"contracted": True, "expected_wait_weeks": 0})
    if request.method == "POST" and form.is_valid():
        try:
            added = services.add_institute(by=request.user, today=timezone.localdate(), **form.cleaned_data)
        except RuleBroken as broken:
            form.add_error("name", broken.message)
        else:
            messages.success(request, _("%s staat erbij.") % added)
            return redirect(added)
    return _form_page(request, form, _("Instituut toevoegen"), reverse("inburgering:institutes"))


@allow(*EDITORS)
@require_http_methods(["GET", "POST"])
def edit_institute(request, pk):
    """Bring the numbers up to date; the functioneel beheerder also name, contact and agreements."""
    found = get_object_or_404(Institute.objects.visible_to(request.user).select_related("organisation"), pk=pk)
    initial = {
        "capacity": found.capacity,
        "expected_wait_weeks": found.expected_wait_weeks,
        "contracted": found.contracted,
        "name": found.organisation.name,
        "email": found.organisation.email,
        "phone": found.organisation.phone,
    }
    kind = InstituteForm if request.user.role == Role.FUNCTIONEEL_BEHEERDER else InstituteNumbersForm
    form = kind(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            services.edit_institute(institute=found, by=request.user, today=timezone.localdate(), **form.cleaned_data)
        except RuleBroken as broken:
            form.add_error(None, broken.message)
        else:
            messages.success(request, _("Bijgewerkt. De stand is van vandaag."))
            return redirect(found)
    return _form_page(request, form, _("Instituut bijwerken"), found.get_absolute_url(), found.organisation.name)


def _form_page(request, form, title, cancel_url, name=""):
    return render(
        request,
        "components/form_page.html",
        {
            "title": title,
            "lead": name,
            "form": form,
            "submit": _("Opslaan"),
            "cancel_url": cancel_url,
            "breadcrumb": _breadcrumb(request.user, title),
        },
    )


def _breadcrumb(user, label):
    """Where the page lies; an institute has no list of institutes, only itself."""
    if user.role == Role.INSTITUUT:
        return []
    return [(_("Instituten"), reverse("inburgering:institutes")), (label, "")]
