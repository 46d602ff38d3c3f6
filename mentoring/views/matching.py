"""The matching screen and its steps: request, proposal, answer, confirmation."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.access import allow
from accounts.forms import DayField
from accounts.reading import note_reading
from accounts.roles import Role
from accounts.rules import RuleBroken
from accounts.zones import Zone
from cases.models import Case, ProgrammeSettings
from mentoring import rules, services
from mentoring.forms import (
    AnswerForm,
    CompareForm,
    ConfirmMatchForm,
    MatchRequestForm,
    RequestSearchForm,
    WithdrawForm,
)
from mentoring.models import MatchRequest, Mentor, Mentorship, coordinating_organisations, in_reach
from mentoring.overviews.matching import (
    candidates_for,
    comparison,
    matching_screen,
    proposal_for_mentor,
    request_facts,
    weight_words,
)
from mentoring.views.common import asked

ASKS_FOR_MENTOR = (Role.KLANTMANAGER, Role.VRIJWILLIGERSCOORDINATOR, Role.STATUSHOUDER)


# --- The screen --------------------------------------------------------------------------------------------


@allow(Role.VRIJWILLIGERSCOORDINATOR)
@require_http_methods(["GET"])
def match_requests(request):
    """Koppelen: who waits longest, and who fits the first of them."""
    return _screen(request)


@allow(Role.VRIJWILLIGERSCOORDINATOR)
@require_http_methods(["GET"])
def match_request(request, pk):
    """The same screen with another request chosen; a request that is closed shows what came of it."""
    chosen = get_object_or_404(
        MatchRequest.objects.visible_to(request.user).select_related("case__statushouder"), pk=pk
    )
    return _screen(request, chosen)


def _screen(request, chosen=None):
    params = asked(request)
    screen = matching_screen(
        request.user,
        timezone.localdate(),
        chosen=chosen,
        search=params.get("q", ""),
        page=params.get("page", 1),
        candidate_page=params.get("mentoren", 1),
    )
    number = screen.chosen.number if screen.chosen else ""
    note_reading(request, Zone.MENTORING, case_number=number, count=len(screen.rows))
    return render(
        request,
        "mentoring/match_requests.html",
        {
            "screen": screen,
            "weights": weight_words(),
            "search_form": RequestSearchForm(params),
            "search": params.get("q", ""),
            "is_chosen": chosen is not None,
        },
    )


@allow(Role.VRIJWILLIGERSCOORDINATOR)
@require_http_methods(["GET"])
def compare_candidates(request, pk):
    """Two mentors beside each other, for one request."""
    chosen = _open_request(request, pk)
    fitting = candidates_for(chosen, request.user, timezone.localdate()).fitting
    if len(fitting) < 2:
        messages.info(request, _("Er is nu maar één mentor om te bekijken."))
        return redirect("mentoring:match_request", pk=chosen.pk)
    first = request.GET.get("a") or str(fitting[0].pk)
    second = request.GET.get("b") or next(str(c.pk) for c in fitting if str(c.pk) != first)
    form = CompareForm({"a": first, "b": second}, candidates=fitting)
    if not form.is_valid():
        raise Http404
    by_pk = {candidate.pk: candidate for candidate in fitting}
    pair = [by_pk[form.cleaned_data["a"]], by_pk[form.cleaned_data["b"]]]
    return render(
        request,
        "mentoring/compare_candidates.html",
        {
            "form": form,
            "request_pk": chosen.pk,
            "name": chosen.case.statushouder.full_name,
            "pair": pair,
            "rows": comparison(*pair),
            "breadcrumb": [
                (_("Koppelen"), reverse("mentoring:match_request", args=[chosen.pk])),
                (_("Vergelijken"), ""),
            ],
        },
    )


# --- The request -------------------------------------------------------------------------------------------


@allow(*ASKS_FOR_MENTOR)
@require_http_methods(["GET", "POST"])
def open_match_request(request, number):
    """Ask for a mentor for a dossier."""
    case = get_object_or_404(
        Case.objects.filter(in_reach(request.user, "")).select_related("statushouder"), number=number
    )
    note_reading(request, Zone.MENTORING, case_number=case.number)
    today = timezone.localdate()
    organisations, own = None, None
    if request.user.role == Role.VRIJWILLIGERSCOORDINATOR:
        own = request.user.acting_as.organisation
    else:
        organisations = coordinating_organisations(today)
    is_self = request.user.role == Role.STATUSHOUDER
    form = MatchRequestForm(request.POST or None, organisations=organisations, for_self=is_self)
    if request.method == "POST" and form.is_valid():
        data = dict(form.cleaned_data)
        try:
            services.open_match_request(
                case=case,
                organisation=own or data.pop("organisation", None),
                by=request.user,
                today=today,
                now=timezone.now(),
                **data,
            )
        except RuleBroken as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, _("De coördinator zoekt een mentor en neemt contact op."))
            return redirect("mentoring:case_mentor", number=case.number)
    return render(
        request,
        "components/form_page.html",
        {
            "title": _("Een mentor vragen"),
            "lead": _(
                "Een mentor is een vrijwilliger, een extra buur: samen op pad, Nederlands spreken, de stad leren kennen."
            ),
            "form": form,
            "submit": _("Mentor vragen"),
            "cancel_url": reverse("mentoring:case_mentor", args=[case.number]),
        },
    )


@allow(*ASKS_FOR_MENTOR)
@require_http_methods(["GET", "POST"])
def change_match_request(request, pk):
    """Change the wishes of an open request."""
    match_request = _open_request(request, pk)
    form = MatchRequestForm(
        request.POST or None,
        initial={
            "wishes": match_request.wishes,
            "gender_wish": match_request.gender_wish,
            "availability": match_request.availability,
            "interests": match_request.interests,
        },
        for_self=request.user.role == Role.STATUSHOUDER,
    )
    back = _back_to(request, match_request)
    if request.method == "POST" and form.is_valid():
        try:
            services.change_match_request(
                request=match_request, by=request.user, now=timezone.now(), **form.cleaned_data
            )
        except RuleBroken as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, _("De wensen zijn opgeslagen."))
            return redirect(back)
    return render(
        request,
        "components/form_page.html",
        {"title": _("Wensen voor een mentor"), "form": form, "submit": _("Opslaan"), "cancel_url": back},
    )


@allow(*ASKS_FOR_MENTOR)
@require_http_methods(["GET", "POST"])
def withdraw_match_request(request, pk):
    """Take a request back."""
    match_request = _open_request(request, pk)
    form = WithdrawForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.withdraw_match_request(
                request=match_request,
                reason=form.cleaned_data["reason"],
                by=request.user,
                today=timezone.localdate(),
                now=timezone.now(),
            )
        except RuleBroken as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, _("Het koppelverzoek is ingetrokken."))
            if request.user.role == Role.VRIJWILLIGERSCOORDINATOR:
                return redirect("mentoring:match_requests")
            return redirect("mentoring:case_mentor", number=match_request.case.number)
    return render(
        request,
        "components/form_page.html",
        {
            "title": _("Koppelverzoek intrekken"),
            "lead": _("De coördinator ziet het dossier daarna niet meer. Een voorstel dat loopt, gaat niet door."),
            "form": form,
            "submit": _("Verzoek intrekken"),
            "danger": True,
            "cancel_url": _back_to(request, match_request),
        },
    )


# --- The proposal ------------------------------------------------------------------------------------------


@allow(Role.VRIJWILLIGERSCOORDINATOR)
@require_http_methods(["GET", "POST"])
def propose_match(request, pk, mentor):
    """Put a request to a mentor."""
    match_request = _open_request(request, pk)
    candidate = get_object_or_404(Mentor.objects.visible_to(request.user).select_related("user"), pk=mentor)
    back = reverse("mentoring:match_request", args=[match_request.pk])
    if request.method == "POST":
        try:
            services.propose_match(
                request=match_request,
                mentor=candidate,
                by=request.user,
                today=timezone.localdate(),
                now=timezone.now(),
            )
        except RuleBroken as error:
            messages.error(request, error.message)
        else:
            messages.success(
                request,
                _("%s heeft bericht gekregen en kan ja of nee zeggen. Vraag nu ook de statushouder.") % candidate,
            )
        return redirect(back)
    return render(
        request,
        "components/confirm_page.html",
        {
            "title": _("%s voorstellen") % candidate,
            "text": _("De mentor krijgt een bericht zonder naam, en ziet de taal, de wijk en de wensen."),
            "submit": _("Voorstellen"),
            "cancel_url": back,
        },
    )


@allow(Role.MENTOR, Role.VRIJWILLIGERSCOORDINATOR, Role.STATUSHOUDER)
@require_http_methods(["GET", "POST"])
def answer_proposal(request, pk):
    """Yes or no: the mentor and the statushouder each for themselves, the coordinator for who said it by phone."""
    proposal = get_object_or_404(
        Mentorship.objects.visible_to(request.user).select_related("request", "case__statushouder", "mentor__user"),
        pk=pk,
    )
    note_reading(request, Zone.MENTORING, case_number=proposal.case.number)
    role = request.user.role
    if role == Role.MENTOR and proposal.is_active:
        return redirect("mentoring:mentorship", pk=proposal.pk)
    if not proposal.is_proposed:
        raise Http404
    side = _side(request, role)
    has_agreed = proposal.mentor_agrees if side == Role.MENTOR else bool(proposal.statushouder_agrees)
    form = AnswerForm(request.POST or None, initial={"answer": AnswerForm.YES} if has_agreed else None)
    if role != Role.MENTOR:
        form.fields["reason"].help_text = _("Alleen als het antwoord nee is. De coördinator leest dit.")
    if request.method == "POST" and form.is_valid():
        agrees = form.cleaned_data["answer"] == AnswerForm.YES
        try:
            services.answer_proposal(
                mentorship=proposal,
                side=side,
                agrees=agrees,
                reason=form.cleaned_data["reason"],
                by=request.user,
                today=timezone.localdate(),
                now=timezone.now(),
            )
        except RuleBroken as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, _answered(role, agrees))
            if role == Role.VRIJWILLIGERSCOORDINATOR:
                return redirect("mentoring:match_request", pk=proposal.request_id)
            return redirect("home")
    context = {"proposal": proposal, "form": form, "side": side, "role": role, "has_agreed": has_agreed}
    if role == Role.VRIJWILLIGERSCOORDINATOR:
        context |= {
            "cancel_url": reverse("mentoring:match_request", args=[proposal.request_id]),
            "person": proposal.mentor.user.name if side == Role.MENTOR else proposal.case.statushouder.full_name,
        }
    else:
        context |= {"cancel_url": reverse("home"), "facts": proposal_for_mentor(proposal)}
        if role == Role.STATUSHOUDER:
            context["facts"] = [
                (_("Talen"), ", ".join(proposal.mentor.language_labels())),
                (_("Wijk"), proposal.mentor.neighbourhood),
                (_("Kan op"), ", ".join(proposal.mentor.day_part_labels())),
                (_("Houdt van"), ", ".join(proposal.mentor.interest_labels())),
            ]
    return render(request, "mentoring/answer_proposal.html", context)


def _side(request, role):
    if role != Role.VRIJWILLIGERSCOORDINATOR:
        return Role(role)
    asked = request.GET.get("wie")
    if asked not in (Role.MENTOR, Role.STATUSHOUDER):
        raise Http404
    return Role(asked)


def _answered(role, agrees):
    if role == Role.VRIJWILLIGERSCOORDINATOR:
        return _("Het antwoord is vastgelegd.")
    if role == Role.MENTOR:
        return (
            _("Dank je wel. De coördinator neemt contact met je op.")
            if agrees
            else _("Dank je wel voor je antwoord. De coördinator zoekt verder.")
        )
    return _("Dank u wel. De coördinator neemt contact met u op.")


@allow(Role.VRIJWILLIGERSCOORDINATOR)
@require_http_methods(["GET", "POST"])
def withdraw_proposal(request, pk):
    """Take a proposal back; both are free again."""
    proposal = get_object_or_404(
        Mentorship.objects.visible_to(request.user).proposed().select_related("mentor__user", "case"), pk=pk
    )
    note_reading(request, Zone.MENTORING, case_number=proposal.case.number)
    back = reverse("mentoring:match_request", args=[proposal.request_id])
    if request.method == "POST":
        try:
            services.withdraw_proposal(
                mentorship=proposal, by=request.user, today=timezone.localdate(), now=timezone.now()
            )
        except RuleBroken as error:
            messages.error(request, error.message)
        else:
            messages.success(request, _("Het voorstel is ingetrokken."))
        return redirect(back)
    return render(
        request,
        "components/confirm_page.html",
        {
            "title": _("Voorstel intrekken"),
            "text": _("%s krijgt bericht dat het voorstel niet doorgaat. Daarna kunt u een andere mentor voorstellen.")
            % proposal.mentor,
            "submit": _("Voorstel intrekken"),
            "danger": True,
            "cancel_url": back,
        },
    )


@allow(Role.VRIJWILLIGERSCOORDINATOR)
@require_http_methods(["GET", "POST"])
def confirm_match(request, pk):
    """Both said yes: when does it begin, and when are the two talks?"""
    proposal = get_object_or_404(
        Mentorship.objects.visible_to(request.user).select_related("mentor__user", "case__statushouder"), pk=pk
    )
    note_reading(request, Zone.MENTORING, case_number=proposal.case.number)
    if proposal.is_active:
        return redirect("mentoring:mentorship", pk=proposal.pk)
    if not proposal.can_be_confirmed:
        raise Http404
    today = timezone.localdate()
    start = _day(request.GET.get("start_date", "")) or today
    targets = rules.check_in_targets(start, ProgrammeSettings.objects.on(today))
    first, second = (rules.suggested_talk(target, today) for target in targets)
    form = ConfirmMatchForm(
        request.POST or None,
        initial={
            "start_date": start,
            "first_on": first.date(),
            "first_time": first.time(),
            "first_place": request.GET.get("first_place", ""),
            "second_on": second.date(),
            "second_time": second.time(),
            "second_place": request.GET.get("second_place", ""),
        },
    )
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            match = services.confirm_match(
                mentorship=proposal,
                start_date=data["start_date"],
                first_at=data["first_at"],
                first_place=data["first_place"],
                second_at=data["second_at"],
                second_place=data["second_place"],
                by=request.user,
                today=today,
                now=timezone.now(),
            )
        except RuleBroken as error:
            form.add_error(None, error.message)
        else:
            messages.success(
                request, _("De koppeling is rond. De gesprekken zijn gepland en iedereen krijgt een uitnodiging.")
            )
            return redirect("mentoring:mentorship", pk=match.pk)
    return render(
        request,
        "mentoring/confirm_match.html",
        {
            "form": form,
            "proposal": proposal,
            "name": proposal.case.statushouder.full_name,
            "targets": targets,
            "facts": request_facts(proposal.case, today),
            "cancel_url": reverse("mentoring:match_request", args=[proposal.request_id]),
        },
    )


def _day(text):
    """The day that an address asks for, or None when it is none."""
    try:
        return DayField(required=False).clean(text)
    except ValidationError:
        return None


def _open_request(request, pk):
    found = get_object_or_404(
        MatchRequest.objects.visible_to(request.user).open().select_related("case__statushouder"), pk=pk
    )
    note_reading(request, Zone.MENTORING, case_number=found.case.number)
    return found


def _back_to(request, match_request):
    if request.user.role == Role.VRIJWILLIGERSCOORDINATOR:
        return reverse("mentoring:match_request", args=[match_request.pk])
    return reverse("mentoring:case_mentor", args=[match_request.case.number])
