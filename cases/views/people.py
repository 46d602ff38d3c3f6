"""The person: opening a dossier, contact data, address, household, and the invitation to an account."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.access import allow
from accounts.roles import Role
from accounts.rules import RuleBroken
from accounts.zones import Zone
from cases import services
from cases.forms import AddressForm, HouseholdForm, InviteForm, OpenCaseForm, OwnContactForm, PersonForm
from cases.models import HomeAddress, HouseholdNote, Statushouder
from cases.views.common import case_form, managed_case, open_case_in


@allow(Role.KLANTMANAGER)
@require_http_methods(["GET", "POST"])
def open_case(request):
    """Open a dossier by hand; the klantmanager becomes its klantmanager."""
    today = timezone.localdate()
    form = OpenCaseForm(request.POST or None, today=today)
    if request.method == "POST" and form.is_valid():
        try:
            case = services.open_case(
                **form.cleaned_data, klantmanager=request.user, by=request.user, today=today, now=timezone.now()
            )
        except RuleBroken as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, _("Dossier %s is geopend.") % case.number)
            return redirect(case)
    return render(
        request,
        "components/form_page.html",
        {
            "title": _("Dossier openen"),
            "lead": _("U wordt de klantmanager van dit dossier."),
            "form": form,
            "submit": _("Dossier openen"),
            "cancel_url": reverse("cases:list"),
            "breadcrumb": [(_("Dossiers"), reverse("cases:list")), (_("Dossier openen"), "")],
        },
    )


@allow(Role.KLANTMANAGER, Role.MAATSCHAPPELIJK_BEGELEIDER, Role.STATUSHOUDER)
@require_http_methods(["GET", "POST"])
def edit_person(request, number):
    """Change contact data; the statushouder changes the own way to be reached and language."""
    case, reader = open_case_in(request, number, Zone.CONTACT)
    is_own = reader.role == Role.STATUSHOUDER
    # A copy: a form that is refused must not change the person on the page.
    person = Statushouder.objects.get(pk=case.statushouder_id)
    form = (OwnContactForm if is_own else PersonForm)(request.POST or None, instance=person)
    if request.method == "POST" and form.is_valid():
        services.edit_person(case=case, **form.cleaned_data, by=request.user, now=timezone.now())
        messages.success(request, _("De gegevens zijn opgeslagen."))
        return redirect(case)
    title = _("Mijn gegevens") if is_own else _("Contactgegevens")
    return case_form(request, case, form, title=title, submit=_("Opslaan"))


@allow(Role.KLANTMANAGER)
@require_http_methods(["GET", "POST"])
def edit_address(request, number):
    """Change where the person lives."""
    case, _reader = open_case_in(request, number, Zone.PROGRAMME)
    address = HomeAddress.objects.filter(statushouder=case.statushouder_id).first()
    form = AddressForm(request.POST or None, instance=address)
    if request.method == "POST" and form.is_valid():
        services.edit_address(case=case, **form.cleaned_data, by=request.user, now=timezone.now())
        messages.success(request, _("Het adres is opgeslagen."))
        return redirect(case)
    return case_form(
        request, case, form, title=_("Adres"), submit=_("Opslaan"), lead=_("Mentoren zien dit adres niet.")
    )


@allow(Role.KLANTMANAGER)
@require_http_methods(["GET", "POST"])
def edit_household(request, number):
    """Change with whom the person lives; part of the Plan van Aanpak."""
    case, _reader = open_case_in(request, number, Zone.BENEFIT)
    note = HouseholdNote.objects.filter(statushouder=case.statushouder_id).first()
    form = HouseholdForm(request.POST or None, initial={"text": note.text if note else ""})
    if request.method == "POST" and form.is_valid():
        services.edit_household(case=case, **form.cleaned_data, by=request.user, now=timezone.now())
        messages.success(request, _("Het huishouden is opgeslagen."))
        return redirect("cases:plan", number=case.number)
    return case_form(
        request, case, form, title=_("Huishouden"), submit=_("Opslaan"), lead=_("Dit staat in het Plan van Aanpak.")
    )


@allow(Role.KLANTMANAGER)
@require_http_methods(["GET", "POST"])
def invite_statushouder(request, number):
    """Invite the person to an account of their own."""
    case = managed_case(request, number)
    if case.statushouder.user_id:
        messages.info(request, _("Deze persoon heeft al een account."))
        return redirect(case)
    form = InviteForm(request.POST or None, initial={"email": case.statushouder.email})
    if request.method == "POST" and form.is_valid():
        try:
            services.invite_statushouder(
                case=case,
                email=form.cleaned_data["email"],
                by=request.user,
                today=timezone.localdate(),
                now=timezone.now(),
            )
        except RuleBroken as error:
            form.add_error("email", error.message)
        else:
            messages.success(request, _("De uitnodiging is verstuurd."))
            return redirect(case)
    lead = _("De statushouder krijgt een e-mail om een wachtwoord te kiezen en leest daarna het eigen dossier.")
    return case_form(request, case, form, title=_("Uitnodigen voor een account"), submit=_("Uitnodigen"), lead=lead)
