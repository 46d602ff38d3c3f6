"""The rights of the person: the own page, requests and their answers, the copy itself, disclosures, and the notice."""

import json

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from accounts.access import allow, gives_file
from accounts.reading import note_reading
from accounts.roles import Role
from accounts.rules import RuleBroken
from accounts.zones import Zone, readable_zones
from cases.models import Case, PrivacyNotice, RightsRequest
from cases.overviews import crumb
from cases.overviews import rights as overviews
from cases.person_file_pdf import person_file_pdf
from cases.rights_forms import (
    AnswerForm,
    CorrectionForm,
    DisclosureForm,
    ExplainForm,
    NoticeForm,
    PrepareForm,
    ReasonForm,
    RegisterRequestForm,
    StatementForm,
)
from cases.services import rights as services
from cases.views.common import managed_case

#: Who answers requests.
ANSWER_ROLES = (Role.KLANTMANAGER, Role.PRIVACY_OFFICER)
MY_DATA = gettext_lazy("Mijn gegevens")
REQUESTS = gettext_lazy("Verzoeken")


def _newest_case(request):
    """The dossier of who is signed in, the newest when there are two, or None."""
    case = Case.objects.visible_to(request.user).select_related("statushouder").order_by("-pk").first()
    if case:
        note_reading(request, Zone.PROGRAMME, case_number=case.number)
    return case


def _own_case(request):
    """The dossier of who is signed in, otherwise 404."""
    if case := _newest_case(request):
        return case
    raise Http404


def _request(request, pk):
    """The request when this person may see it, otherwise 404."""
    found = get_object_or_404(
        RightsRequest.objects.visible_to(request.user).select_related(
            "case__statushouder", "prepared_by", "approved_by", "closed_by"
        ),
        pk=pk,
    )
    note_reading(request, Zone.BENEFIT, case_number=found.case.number)
    return found


def _do(request, form, act, done, back):
    """Let a service act on a valid form. Returns the redirect, or None when it refused and the form says why."""
    try:
        act()
    except RuleBroken as error:
        form.add_error(None, error.message)
        return None
    messages.success(request, done)
    return redirect(back)


def _page(request, form, *, title, submit, cancel_url, trail, lead="", danger=False):
    return render(
        request,
        "components/form_page.html",
        {
            "title": title,
            "lead": lead,
            "form": form,
            "submit": submit,
            "cancel_url": cancel_url,
            "danger": danger,
            "breadcrumb": [*trail, (title, "")],
        },
    )


# --- The person ---------------------------------------------------------------------------------------


@allow(Role.STATUSHOUDER)
@require_http_methods(["GET"])
def my_data(request):
    """What we keep about me, who reads it, what I asked, and to whom it went."""
    case = _newest_case(request)
    page = overviews.my_data(case, timezone.localdate()) if case else None
    return render(request, "cases/my_data.html", {"page": page})


@allow(Role.STATUSHOUDER)
@require_http_methods(["GET", "POST"])
def ask_copy(request):
    """Ask for a copy of my data."""
    case = _own_case(request)
    if request.method == "POST":
        services.ask_copy(case=case, by=request.user, today=timezone.localdate(), now=timezone.now())
        messages.success(request, _("Uw vraag is verstuurd. U krijgt bericht."))
        return redirect("cases:my_data")
    return render(
        request,
        "components/confirm_page.html",
        {
            "title": _("Kopie van mijn gegevens vragen"),
            "text": _(
                "U vraagt alles wat er over u in het portaal staat. Het is gratis. U krijgt antwoord binnen een maand. "
                "U krijgt het als PDF, en als bestand voor de computer."
            ),
            "submit": _("Vraag een kopie"),
            "cancel_url": reverse("cases:my_data"),
            "breadcrumb": [(MY_DATA, reverse("cases:my_data")), (_("Kopie vragen"), "")],
        },
    )


@allow(Role.STATUSHOUDER)
@require_http_methods(["GET", "POST"])
def ask_correction(request):
    """Say that something is wrong, and what it should be."""
    case = _own_case(request)
    form = CorrectionForm(request.POST or None)
    back = reverse("cases:my_data")
    if request.method == "POST" and form.is_valid():
        services.ask_correction(
            case=case, **form.cleaned_data, by=request.user, today=timezone.localdate(), now=timezone.now()
        )
        messages.success(request, _("Uw vraag is verstuurd. U krijgt bericht."))
        return redirect(back)
    return _page(
        request,
        form,
        title=_("Verbetering vragen"),
        lead=_("Klopt er iets niet? Schrijf het op. U krijgt antwoord binnen een maand."),
        submit=_("Verstuur"),
        cancel_url=back,
        trail=[(MY_DATA, back)],
    )


@allow(Role.STATUSHOUDER)
@require_http_methods(["GET", "POST"])
def withdraw_request(request, pk):
    """Take a request back."""
    found = _request(request, pk)
    back = reverse("cases:my_data")
    if request.method == "POST":
        try:
            services.withdraw_request(request=found, by=request.user, now=timezone.now())
        except RuleBroken as error:
            messages.error(request, error.message)
        else:
            messages.success(request, _("Uw vraag is ingetrokken."))
        return redirect(back)
    return render(
        request,
        "components/confirm_page.html",
        {
            "title": _("Vraag intrekken"),
            "text": _("Wij stoppen dan met uw vraag. U kunt het later opnieuw vragen."),
            "submit": _("Trek de vraag in"),
            "danger": True,
            "cancel_url": back,
            "breadcrumb": [(MY_DATA, back), (_("Vraag intrekken"), "")],
        },
    )


@allow(Role.STATUSHOUDER)
@require_http_methods(["GET", "POST"])
def add_statement(request, pk):
    """Say something beside data that was not corrected."""
    found = _request(request, pk)
    back = reverse("cases:my_data")
    form = StatementForm(request.POST or None, initial={"statement": found.statement})
    if request.method == "POST" and form.is_valid():
        answer = _do(
            request,
            form,
            lambda: services.add_statement(request=found, **form.cleaned_data, by=request.user, now=timezone.now()),
            _("Uw verklaring staat bij uw gegevens."),
            back,
        )
        if answer:
            return answer
    return _page(
        request, form, title=_("Verklaring toevoegen"), submit=_("Opslaan"), cancel_url=back, trail=[(MY_DATA, back)]
    )


# --- The copy itself ------------------------------------------------------------------------------------


@allow(Role.STATUSHOUDER, Role.KLANTMANAGER)
@require_http_methods(["POST"])
@gives_file
def fetch_copy(request, pk):
    """The copy as PDF or JSON, made now and kept nowhere.

    The person gets everything. A klantmanager fetches it for a person without an account, to give it on paper, with what
    a klantmanager reads; the begeleider gives the rest by word of mouth (docs/adr/0013).
    """
    found = _request(request, pk)
    today, now = timezone.localdate(), timezone.now()
    is_own = request.user.role == Role.STATUSHOUDER
    if not is_own and found.case.statushouder.user_id is not None:
        raise Http404
    try:
        services.hand_over_copy(request=found, by=request.user, today=today, now=now)
    except RuleBroken as error:
        messages.error(request, error.message)
        return redirect("cases:my_data" if is_own else reverse("cases:rights_request", args=[found.pk]))
    file = overviews.file_of(found.case, today, zones=None if is_own else set(readable_zones(request.user.role)))
    name = f"gegevens-{found.case.number}"
    if request.POST.get("vorm") == "json":
        content = json.dumps(file.as_json(), ensure_ascii=False, indent=2)
        response = HttpResponse(content, content_type="application/json; charset=utf-8")
        name += ".json"
    else:
        pdf = person_file_pdf(file, statements=overviews.statements_of(found.case))
        response = HttpResponse(pdf, content_type="application/pdf")
        name += ".pdf"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    note_reading(request, Zone.PROGRAMME, case_number=found.case.number, purpose="kopie van gegevens")
    return response


# --- Answering ------------------------------------------------------------------------------------------


@allow(*ANSWER_ROLES)
@require_http_methods(["GET"])
def rights_requests(request):
    """Requests about one's own data: of the own dossiers, or for the privacy officer all, by number."""
    found = overviews.request_list(request.user, request.GET, timezone.localdate())
    note_reading(request, Zone.BENEFIT, count=len(found.rows))
    return render(request, "cases/rights_requests.html", {"list": found})


@allow(*ANSWER_ROLES)
@require_http_methods(["GET"])
def rights_request(request, pk):
    """One request, what it holds by kind and count, and what can be done."""
    found = _request(request, pk)
    page = overviews.request_page(found, request.user, timezone.localdate())
    title = found.get_kind_display()
    return render(
        request,
        "cases/rights_request.html",
        {"page": page, "title": title, "breadcrumb": [(REQUESTS, reverse("cases:rights_requests")), (title, "")]},
    )


def _answer(request, pk, form, act, *, title, submit, done, lead="", danger=False):
    """A form on one request: show it, or act on it and go back to the request."""
    found = _request(request, pk)
    back = reverse("cases:rights_request", args=[found.pk])
    if request.method == "POST" and form.is_valid():
        answer = _do(request, form, lambda: act(found, form.cleaned_data), done, back)
        if answer:
            return answer
    trail = [(REQUESTS, reverse("cases:rights_requests")), (found.get_kind_display(), back)]
    return _page(request, form, title=title, lead=lead, submit=submit, cancel_url=back, trail=trail, danger=danger)


@allow(Role.KLANTMANAGER)
@require_http_methods(["GET", "POST"])
def prepare_copy(request, pk):
    """Say that the copy can be judged by the privacy officer."""
    return _answer(
        request,
        pk,
        PrepareForm(request.POST or None),
        lambda found, data: services.prepare_copy(
            request=found, by=request.user, today=timezone.localdate(), now=timezone.now()
        ),
        title=_("Kopie klaarzetten"),
        lead=_("De privacy officer keurt de kopie goed. Daarna kan de persoon haar ophalen."),
        submit=_("Zet klaar"),
        done=_("De kopie wacht op goedkeuring door de privacy officer."),
    )


@allow(Role.PRIVACY_OFFICER)
@require_http_methods(["POST"])
def approve_copy(request, pk):
    """Approve a copy; the person can fetch it from now on."""
    found = _request(request, pk)
    try:
        services.approve_copy(request=found, by=request.user, today=timezone.localdate(), now=timezone.now())
    except RuleBroken as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("Goedgekeurd. De persoon krijgt bericht."))
    return redirect("cases:rights_request", pk=found.pk)


@allow(*ANSWER_ROLES)
@require_http_methods(["GET", "POST"])
def extend_request(request, pk):
    """Take two more months."""
    return _answer(
        request,
        pk,
        ReasonForm(request.POST or None),
        lambda found, data: services.extend_request(
            request=found, **data, by=request.user, today=timezone.localdate(), now=timezone.now()
        ),
        title=_("Termijn verlengen"),
        lead=_("U krijgt twee maanden extra. Dat mag één keer, als het verzoek moeilijk is."),
        submit=_("Verleng"),
        done=_("De termijn is verlengd. De persoon krijgt bericht."),
    )


@allow(*ANSWER_ROLES)
@require_http_methods(["GET", "POST"])
def refuse_request(request, pk):
    """Refuse, with the reason."""
    return _answer(
        request,
        pk,
        AnswerForm(request.POST or None),
        lambda found, data: services.refuse_request(request=found, **data, by=request.user, now=timezone.now()),
        title=_("Verzoek weigeren"),
        lead=_("Schrijf waarom, en dat de persoon een klacht kan indienen bij de Autoriteit Persoonsgegevens."),
        submit=_("Weiger"),
        done=_("Het verzoek is geweigerd. De persoon krijgt bericht."),
        danger=True,
    )


@allow(Role.KLANTMANAGER)
@require_http_methods(["GET", "POST"])
def close_correction(request, pk):
    """Say what was corrected, after it was corrected on its own screen."""
    return _answer(
        request,
        pk,
        AnswerForm(request.POST or None),
        lambda found, data: services.close_correction(request=found, **data, by=request.user, now=timezone.now()),
        title=_("Verbetering afronden"),
        lead=_("Verbeter eerst de gegevens in het dossier zelf. Schrijf hier wat er is verbeterd."),
        submit=_("Rond af"),
        done=_("Het verzoek is afgerond. De persoon krijgt bericht."),
    )


@allow(Role.KLANTMANAGER)
@require_http_methods(["GET", "POST"])
def register_request(request, number):
    """Write down what somebody asked at the desk, by telephone or by letter."""
    case = managed_case(request, number)
    form = RegisterRequestForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        shared = {
            "case": case,
            "requested_on": data["requested_on"],
            "by": request.user,
            "today": timezone.localdate(),
            "now": timezone.now(),
        }
        if data["kind"] == "kopie":
            found = services.ask_copy(**shared)
        else:
            found = services.ask_correction(**shared, item=data["item"], wish=data["wish"], key=data["key"])
        messages.success(request, _("Het verzoek is vastgelegd."))
        return redirect("cases:rights_request", pk=found.pk)
    return _page(
        request,
        form,
        title=_("Verzoek vastleggen"),
        lead=_("Voor wie niet zelf in het portaal vraagt. Een verzoek mag ook mondeling."),
        submit=_("Leg vast"),
        cancel_url=case.get_absolute_url(),
        trail=[crumb(case, request.user)],
    )


# --- Disclosures ----------------------------------------------------------------------------------------


@allow(*ANSWER_ROLES)
@require_http_methods(["GET"])
def disclosures(request):
    """To whom data went, of the own dossiers, or for the privacy officer of all, by number."""
    found = overviews.disclosure_list(request.user, request.GET, timezone.localdate())
    note_reading(request, Zone.PROGRAMME, count=len(found.rows))
    return render(request, "cases/disclosures.html", {"list": found})


@allow(Role.KLANTMANAGER)
@require_http_methods(["GET", "POST"])
def record_disclosure(request, number):
    """Write down that data went to somebody outside the dossier."""
    case = managed_case(request, number)
    form = DisclosureForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        services.disclose(case=case, **form.cleaned_data, by=request.user, now=timezone.now())
        messages.success(request, _("De verstrekking is vastgelegd. De statushouder leest dit."))
        return redirect(case)
    return _page(
        request,
        form,
        title=_("Verstrekking vastleggen"),
        lead=_("Gaf u gegevens aan een organisatie buiten het portaal? Leg vast welke, en op grond waarvan."),
        submit=_("Leg vast"),
        cancel_url=case.get_absolute_url(),
        trail=[crumb(case, request.user)],
    )


# --- The notice -----------------------------------------------------------------------------------------


@allow(Role.PRIVACY_OFFICER)
@require_http_methods(["GET"])
def notices(request):
    """The versions of what people are told about their data."""
    rows, total = overviews.notice_list(timezone.localdate())
    return render(request, "cases/notices.html", {"rows": rows, "total": total})


@allow(Role.PRIVACY_OFFICER)
@require_http_methods(["GET", "POST"])
def add_notice(request):
    """A new version, in force from a day."""
    form = NoticeForm(request.POST or None)
    back = reverse("cases:notices")
    if request.method == "POST" and form.is_valid():
        answer = _do(
            request,
            form,
            lambda: services.add_notice(**form.cleaned_data, by=request.user, now=timezone.now()),
            _("De nieuwe uitleg is opgeslagen."),
            back,
        )
        if answer:
            return answer
    return _page(
        request,
        form,
        title=_("Nieuwe versie van de uitleg"),
        submit=_("Opslaan"),
        cancel_url=back,
        trail=[(_("Uitleg over privacy"), back)],
    )


@allow(Role.KLANTMANAGER, Role.MAATSCHAPPELIJK_BEGELEIDER)
@require_http_methods(["GET", "POST"])
def explain_notice(request, number):
    """Write down that the notice in force was explained; it is read out here."""
    case = managed_case(request, number)
    note_reading(request, Zone.CONTACT, case_number=case.number)
    today = timezone.localdate()
    notice = PrivacyNotice.objects.on(today)
    form = ExplainForm(request.POST or None, initial={"language": case.statushouder.language})
    if request.method == "POST" and notice and form.is_valid():
        answer = _do(
            request,
            form,
            lambda: services.explain_notice(
                case=case, notice=notice, **form.cleaned_data, by=request.user, today=today, now=timezone.now()
            ),
            _("Vastgelegd dat de uitleg is gegeven."),
            case,
        )
        if answer:
            return answer
    return render(
        request,
        "cases/explain_notice.html",
        {
            "title": _("Uitleg over privacy"),
            "notice": notice,
            "state": overviews.notice_state(case, today),
            "form": form,
            "submit": _("Leg vast dat het is uitgelegd"),
            "cancel_url": case.get_absolute_url(),
            "breadcrumb": [crumb(case, request.user), (_("Uitleg over privacy"), "")],
        },
    )
