"""Matches: the list, one match, its end, and the tab on the case page."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.access import allow
from accounts.reading import note_reading
from accounts.roles import Role
from accounts.rules import RuleBroken
from accounts.zones import Zone
from cases.models import Case
from cases.overviews import case_header
from mentoring import services
from mentoring.forms import EndMentorshipForm, MentorshipFilterForm
from mentoring.models import Mentorship, in_reach
from mentoring.overviews import mentorships as overviews
from mentoring.views.common import asked


@allow(Role.VRIJWILLIGERSCOORDINATOR)
@require_http_methods(["GET"])
def mentorships(request):
    """The matches, who had no contact for longest first."""
    params = asked(request)
    found = overviews.mentorship_list(
        request.user,
        timezone.localdate(),
        search=params.get("q", ""),
        status=params.get("stand", ""),
        sort=params.get("sort", ""),
        page=params.get("page", 1),
    )
    note_reading(request, Zone.MENTORING, count=len(found.rows))
    form = MentorshipFilterForm(params, rhythm_days=found.rhythm_days)
    return render(
        request,
        "mentoring/mentorships.html",
        {"found": found, "filter_form": form, "active_filters": sum(1 for name in form.fields if params.get(name))},
    )


@allow(Role.VRIJWILLIGERSCOORDINATOR, Role.MENTOR)
@require_http_methods(["GET"])
def mentorship(request, pk):
    """One match: how to reach each other, the talks, the contact."""
    match = _begun(request, pk)
    page = overviews.mentorship_page(
        match, request.user, timezone.localdate(), timezone.now(), page=request.GET.get("page", 1)
    )
    context = {"page": page}
    if not page.is_mentor:
        context["breadcrumb"] = [(_("Koppelingen"), reverse("mentoring:mentorships")), (page.name, "")]
    return render(request, "mentoring/mentorship.html", context)


@allow(Role.VRIJWILLIGERSCOORDINATOR)
@require_http_methods(["GET", "POST"])
def end_mentorship(request, pk):
    """End a match, with or without seeking a new mentor."""
    match = _begun(request, pk)
    if not match.is_active:
        raise Http404
    form = EndMentorshipForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.end_mentorship(
                mentorship=match, by=request.user, today=timezone.localdate(), now=timezone.now(), **form.cleaned_data
            )
        except RuleBroken as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, _("De koppeling is beëindigd. De mentor ziet het dossier niet meer."))
            return redirect("mentoring:mentorships")
    return render(
        request,
        "components/form_page.html",
        {
            "title": _("Koppeling beëindigen"),
            "lead": _(
                "%(mentor)s en %(name)s. Wat gepland is, wordt afgezegd. Privé mogen zij natuurlijk contact houden."
            )
            % {"mentor": match.mentor, "name": match.case.statushouder.full_name},
            "form": form,
            "submit": _("Beëindigen"),
            "danger": True,
            "cancel_url": reverse("mentoring:mentorship", args=[match.pk]),
        },
    )


@allow(Role.VRIJWILLIGERSCOORDINATOR)
@require_http_methods(["GET", "POST"])
def end_without_mentor(request, pk):
    """End a match whose mentor is gone, with one click; a new mentor is sought with the same wishes."""
    match, today = _begun(request, pk), timezone.localdate()
    if not services.without_mentor(today).filter(pk=match.pk).exists():
        messages.info(request, _("Deze koppeling heeft een mentor, of is al beëindigd."))
        return redirect("mentoring:mentorship", pk=match.pk)
    if request.method == "POST":
        try:
            services.end_without_mentor(mentorship=match, by=request.user, today=today, now=timezone.now())
            messages.success(request, _("De koppeling is beëindigd. Het verzoek om een mentor staat weer open."))
        except RuleBroken as error:
            messages.error(request, error.message)
        return redirect("mentoring:match_requests")
    return render(
        request,
        "components/confirm_page.html",
        {
            "title": _("Koppeling zonder mentor"),
            "text": _(
                "%(mentor)s is geen mentor meer. Als u de koppeling met %(name)s beëindigt, vervallen de gesprekken en staat "
                "het verzoek om een mentor weer open, met dezelfde wensen."
            )
            % {"mentor": match.mentor, "name": match.case.statushouder.full_name},
            "submit": _("Koppeling beëindigen"),
            "danger": True,
            "cancel_url": reverse("mentoring:mentorship", args=[match.pk]),
        },
    )


@allow(Role.KLANTMANAGER, Role.VRIJWILLIGERSCOORDINATOR, Role.STATUSHOUDER, Role.MENTOR)
@require_http_methods(["GET"])
def case_mentor(request, number):
    """The tab "Mentor" of the case page; a mentor comes to the page of the own match."""
    if request.user.role == Role.MENTOR:
        match = get_object_or_404(Mentorship.objects.visible_to(request.user).active(), case__number=number)
        return redirect("mentoring:mentorship", pk=match.pk)
    case = get_object_or_404(
        Case.objects.filter(in_reach(request.user, "")).select_related("statushouder", "programme_settings"),
        number=number,
    )
    note_reading(request, Zone.MENTORING, case_number=case.number)
    today = timezone.localdate()
    return render(
        request,
        "mentoring/case_mentor.html",
        {
            "header": case_header(case, request.user, today),
            "case": case,
            "tab": overviews.case_mentor(case, request.user, today, timezone.now()),
            "role": request.user.role,
        },
    )


def _begun(request, pk):
    match = get_object_or_404(
        Mentorship.objects.visible_to(request.user).begun().select_related("mentor__user", "case__statushouder"), pk=pk
    )
    note_reading(request, Zone.MENTORING, case_number=match.case.number)
    return match
