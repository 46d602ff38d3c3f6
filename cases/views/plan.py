"""The Plan van Aanpak: reading, changing, agreements, establishing, versions and PDF."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.access import allow, gives_file
from accounts.reading import note_reading
from accounts.roles import Role
from accounts.rules import RuleBroken
from accounts.zones import Zone
from cases import overviews, services
from cases.forms import AgreementForm, EstablishForm, PlanForm, one_newline
from cases.models import Agreement, Case, Language, PlanVanAanpak, PlanVersion
from cases.pdf import plan_pdf as make_pdf
from cases.reach import reader_of
from cases.services.plan import PLAN_FIELDS, PlanChanged
from cases.views.common import case_form, open_case_in, visible_case

#: Who reads the whole plan (zone benefit).
READERS = (Role.KLANTMANAGER, Role.STATUSHOUDER)


def _readable_case(request, number):
    """The dossier when this reader reads the whole plan, otherwise 404."""
    case = visible_case(request, number)
    if not reader_of(case, request.user).reads(Zone.BENEFIT):
        raise Http404
    note_reading(request, Zone.BENEFIT, case_number=case.number)
    return case


@allow(Role.KLANTMANAGER, Role.MAATSCHAPPELIJK_BEGELEIDER, Role.STATUSHOUDER)
@require_http_methods(["GET"])
def plan(request, number):
    """The living plan. VluchtelingenWerk sees the agreements made with VluchtelingenWerk and nothing else of it."""
    today = timezone.localdate()
    case = visible_case(request, number)
    header = overviews.case_header(case, request.user, today)
    if header.is_own:
        return redirect("cases:my_plan")
    if not header.reader.sees(Zone.BENEFIT):
        raise Http404
    note_reading(request, Zone.BENEFIT, case_number=case.number)
    if not header.reader.reads(Zone.BENEFIT):
        agreements, established = overviews.vwn_agreements(case)
        return render(
            request,
            "cases/plan_vwn.html",
            {"header": header, "agreements": agreements, "established": established},
        )
    return render(request, "cases/plan.html", {"header": header, "page": overviews.plan_page(case, today)})


@allow(Role.STATUSHOUDER)
@require_http_methods(["GET"])
def my_plan(request):
    """The own plan in easy words."""
    today = timezone.localdate()
    case = Case.objects.visible_to(request.user).select_related("statushouder").order_by("-pk").first()
    page = overviews.plan_page(case, today) if case else None
    note_reading(request, Zone.BENEFIT, case_number=case.number if case else "")
    return render(request, "cases/my_plan.html", {"case": case, "page": page})


@allow(Role.KLANTMANAGER)
@require_http_methods(["GET", "POST"])
def edit_plan(request, number):
    """Change the sections. When somebody else saved meanwhile, both texts show and nothing typed is lost."""
    case, _reader = open_case_in(request, number, Zone.BENEFIT)
    current = PlanVanAanpak.objects.filter(case=case).first() or PlanVanAanpak(case=case)
    form = PlanForm(
        request.POST or None, today=timezone.localdate(), instance=current, initial={"revision": current.revision}
    )
    conflicts = []
    if request.method == "POST" and form.is_valid():
        # Only what this person touched: what they left alone stays as the other made it.
        touched = {name: form.cleaned_data[name] for name in form.changed_data if name in PLAN_FIELDS}
        try:
            try:
                _save(request, case, form.cleaned_data["revision"], touched)
            except PlanChanged as changed:
                conflicts = _conflicts(request, form, changed.plan, touched)
                if conflicts:
                    raise
                _save(request, case, changed.plan.revision, touched)
        except PlanChanged as changed:
            form = _both(request, form, changed.plan, touched)
            messages.warning(request, changed.message)
        except RuleBroken as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, _("Het plan is bewaard."))
            return redirect("cases:plan", number=case.number)
    return render(
        request,
        "cases/edit_plan.html",
        {"case": case, "form": form, "conflicts": conflicts, "name": case.statushouder.full_name},
    )


def _save(request, case, revision, touched):
    services.edit_plan(case=case, revision=revision, **touched, by=request.user, now=timezone.now())


def _conflicts(request, form, now, touched):
    """Touched sections that somebody else changed too: label, what stands now, what this person typed."""
    found = []
    for name, mine in touched.items():
        was = form.fields[name].to_python(one_newline(request.POST.get(form[name].html_initial_name, "")))
        stands = getattr(now, name)
        if stands not in (was, mine):
            found.append({"label": form[name].label, "theirs": _in_words(now, name)})
    return found


def _in_words(plan, name):
    return plan.get_main_goal_display() if name == "main_goal" else getattr(plan, name) or _("(leeg)")


def _both(request, form, now, touched):
    """The form again: own text where this person typed, the other's elsewhere, based on the newest revision."""
    fresh = PlanForm(today=timezone.localdate(), instance=now, initial={"revision": now.revision})
    data = {}
    for name in fresh.fields:
        stands = fresh[name].initial
        text = "" if stands is None else str(stands)
        if name != "revision":
            data[fresh[name].html_initial_name] = text
        data[fresh.add_prefix(name)] = request.POST.get(name, "") if name in touched else text
    return PlanForm(data, today=timezone.localdate(), instance=now)


def _agreement(request, pk):
    """An agreement in a plan this reader may write, otherwise 404."""
    agreement = get_object_or_404(
        Agreement.objects.select_related("plan__case__statushouder").filter(
            plan__case__in=Case.objects.visible_to(request.user)
        ),
        pk=pk,
    )
    open_case_in(request, agreement.plan.case.number, Zone.BENEFIT)
    return agreement


def _agreement_page(request, case, form, title):
    plan_url = reverse("cases:plan", args=[case.number])
    trail = [(_("Plan van Aanpak"), plan_url)]
    return case_form(request, case, form, title=title, submit=_("Opslaan"), cancel_url=plan_url, trail=trail)


@allow(Role.KLANTMANAGER)
@require_http_methods(["GET", "POST"])
def add_agreement(request, number):
    """Add who does what by when."""
    case, _reader = open_case_in(request, number, Zone.BENEFIT)
    form = AgreementForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        services.add_agreement(case=case, **form.cleaned_data, by=request.user, now=timezone.now())
        messages.success(request, _("De afspraak staat in het plan."))
        return redirect("cases:plan", number=case.number)
    return _agreement_page(request, case, form, _("Afspraak toevoegen"))


@allow(Role.KLANTMANAGER)
@require_http_methods(["GET", "POST"])
def change_agreement(request, pk):
    """Change an agreement."""
    agreement = _agreement(request, pk)
    case = agreement.plan.case
    initial = {"party": agreement.party, "what": agreement.what, "by_when": agreement.by_when}
    form = AgreementForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        values = {name: form.cleaned_data[name] for name in ("party", "what", "by_when")}
        try:
            services.change_agreement(agreement=agreement, **values, by=request.user, now=timezone.now())
        except RuleBroken as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, _("De afspraak is gewijzigd."))
            return redirect("cases:plan", number=case.number)
    return _agreement_page(request, case, form, _("Afspraak wijzigen"))


@allow(Role.KLANTMANAGER)
@require_http_methods(["POST"])
def tick_agreement(request, pk):
    """Note that what was agreed is done (`done` is "1"), or not yet ("0")."""
    agreement = _agreement(request, pk)
    done = request.POST.get("done") != "0"
    try:
        services.tick_agreement(
            agreement=agreement, done=done, by=request.user, today=timezone.localdate(), now=timezone.now()
        )
    except RuleBroken as error:
        messages.error(request, error.message)
    return redirect("cases:plan", number=agreement.plan.case.number)


@allow(Role.KLANTMANAGER)
@require_http_methods(["GET", "POST"])
def delete_agreement(request, pk):
    """Take an agreement out of the living plan."""
    agreement = _agreement(request, pk)
    case = agreement.plan.case
    plan_url = reverse("cases:plan", args=[case.number])
    if request.method == "POST":
        services.delete_agreement(agreement=agreement, by=request.user, now=timezone.now())
        messages.success(request, _("De afspraak is verwijderd."))
        return redirect(plan_url)
    return render(
        request,
        "components/confirm_page.html",
        {
            "title": _("Afspraak verwijderen"),
            "text": _("'%s' gaat uit het plan. In vastgestelde versies blijft de afspraak staan.") % agreement.what,
            "submit": _("Verwijderen"),
            "cancel_url": plan_url,
            "breadcrumb": [
                overviews.crumb(case, request.user),
                (_("Plan van Aanpak"), plan_url),
                (_("Afspraak verwijderen"), ""),
            ],
            "danger": True,
        },
    )


@allow(Role.KLANTMANAGER)
@require_http_methods(["GET", "POST"])
def establish_plan(request, number):
    """Freeze the plan as its next version."""
    today = timezone.localdate()
    case, _reader = open_case_in(request, number, Zone.BENEFIT)
    page = overviews.plan_page(case, today)
    person = case.statushouder
    initial = {
        "agreed_on": today,
        "language_used": person.language or Language.NEDERLANDS,
        "interpreter_present": person.needs_interpreter,
        "revision": page.revision,
    }
    form = EstablishForm(request.POST or None, today=today, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            version = services.establish_plan(
                case=case, **form.cleaned_data, by=request.user, today=today, now=timezone.now()
            )
        except RuleBroken as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, _("Versie %s van het plan is vastgesteld.") % version.number)
            return redirect("cases:plan_version", number=case.number, version=version.number)
    return render(
        request, "cases/establish_plan.html", {"case": case, "form": form, "page": page, "name": person.full_name}
    )


@allow(*READERS)
@require_http_methods(["GET"])
def plan_version(request, number, version):
    """An established version, and what it changed."""
    case = _readable_case(request, number)
    found = _version(case, version)
    return render(
        request,
        "cases/plan_version.html",
        {
            "header": overviews.case_header(case, request.user, timezone.localdate()),
            "page": overviews.version_page(found),
        },
    )


def _version(case, number):
    return get_object_or_404(
        PlanVersion.objects.select_related("plan", "established_by"), plan__case=case, number=number
    )


@allow(*READERS)
@require_http_methods(["GET"])
@gives_file
def plan_pdf(request, number):
    """The living plan as PDF: the newest version when nothing changed since, otherwise marked as concept."""
    today = timezone.localdate()
    case = _readable_case(request, number)
    page = overviews.plan_page(case, today)
    if page.versions and not page.is_changed:
        return redirect("cases:plan_version_pdf", number=case.number, version=page.latest.number)
    return _pdf(make_pdf(page.content, today=today), f"plan-van-aanpak-{case.number}-concept.pdf")


@allow(*READERS)
@require_http_methods(["GET"])
@gives_file
def plan_version_pdf(request, number, version):
    """An established version as PDF, from what was frozen."""
    case = _readable_case(request, number)
    page = overviews.version_page(_version(case, version))
    made = make_pdf(
        page.content,
        today=timezone.localdate(),
        version=page.number,
        agreed=page.agreed,
        language=page.language,
        by=page.by,
    )
    return _pdf(made, f"plan-van-aanpak-{case.number}-versie-{page.number}.pdf")


def _pdf(content, name):
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{name}"'
    response["Cache-Control"] = "no-store"
    return response
