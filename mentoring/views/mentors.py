"""Mentors: the coordinator's list and files, and the mentor's own profile."""

from django.conf import settings
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
from mentoring import services
from mentoring.forms import (
    GedragscodeForm,
    MentorFilterForm,
    MentorForm,
    MoveMentorForm,
    ProfileForm,
    RegisterMentorForm,
)
from mentoring.models import Mentor
from mentoring.overviews.mentors import mentor_file, mentor_list
from mentoring.views.common import asked

PROFILE = ("languages", "availability", "interests", "neighbourhood", "gender", "max_active", "motivation")


# --- The coordinator ---------------------------------------------------------------------------------------


@allow(Role.VRIJWILLIGERSCOORDINATOR)
@require_http_methods(["GET"])
def mentors(request):
    """The mentors of the organisation."""
    params = asked(request)
    form = MentorFilterForm(params)
    found = mentor_list(
        request.user,
        timezone.localdate(),
        search=params.get("q", ""),
        status=params.get("stand", ""),
        language=params.get("taal", ""),
        neighbourhood=params.get("wijk", ""),
        with_place=params.get("plaats") == "vrij",
        sort=params.get("sort", ""),
        page=params.get("page", 1),
    )
    note_reading(request, Zone.VOLUNTEER, count=len(found.rows))
    return render(
        request,
        "mentoring/mentors.html",
        {"found": found, "filter_form": form, "active_filters": sum(1 for name in form.fields if params.get(name))},
    )


@allow(Role.VRIJWILLIGERSCOORDINATOR)
@require_http_methods(["GET", "POST"])
def register_mentor(request):
    """Invite a volunteer and make the file."""
    form = RegisterMentorForm(request.POST or None, initial={"max_active": 2})
    if request.method == "POST" and form.is_valid():
        try:
            mentor = services.register_mentor(
                organisation=request.user.acting_as.organisation,
                by=request.user,
                today=timezone.localdate(),
                now=timezone.now(),
                **form.cleaned_data,
            )
        except RuleBroken as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, _("De mentor staat in de lijst en krijgt een uitnodiging om in te loggen."))
            return redirect("mentoring:mentor", pk=mentor.pk)
    return render(
        request,
        "components/form_page.html",
        {
            "title": _("Nieuwe mentor"),
            "form": form,
            "submit": _("Uitnodigen"),
            "cancel_url": reverse("mentoring:mentors"),
        },
    )


@allow(Role.VRIJWILLIGERSCOORDINATOR)
@require_http_methods(["GET"])
def mentor(request, pk):
    """A mentor's file."""
    today = timezone.localdate()
    found = get_object_or_404(
        Mentor.objects.visible_to(request.user).with_places().with_role(today).select_related("user"), pk=pk
    )
    note_reading(request, Zone.VOLUNTEER)
    return render(
        request,
        "mentoring/mentor.html",
        {
            "file": mentor_file(found, request.user, today),
            "breadcrumb": [(_("Mentoren"), reverse("mentoring:mentors")), (str(found), "")],
        },
    )


@allow(Role.VRIJWILLIGERSCOORDINATOR)
@require_http_methods(["GET", "POST"])
def change_mentor(request, pk):
    """Change a mentor's file."""
    found = get_object_or_404(Mentor.objects.visible_to(request.user).select_related("user"), pk=pk)
    note_reading(request, Zone.VOLUNTEER)
    form = MentorForm(
        request.POST or None, initial={field: getattr(found, field) for field in (*PROFILE, "vog_seen_on")}
    )
    if request.method == "POST" and form.is_valid():
        try:
            services.change_mentor(mentor=found, by=request.user, **form.cleaned_data)
        except RuleBroken as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, _("De gegevens zijn opgeslagen."))
            return redirect("mentoring:mentor", pk=found.pk)
    return render(
        request,
        "components/form_page.html",
        {
            "title": _("Gegevens van %s") % found,
            "form": form,
            "submit": _("Opslaan"),
            "cancel_url": reverse("mentoring:mentor", args=[found.pk]),
        },
    )


@allow(Role.VRIJWILLIGERSCOORDINATOR)
@require_http_methods(["GET", "POST"])
def move_mentor(request, pk):
    """Bring a mentor into another state."""
    found = get_object_or_404(
        Mentor.objects.visible_to(request.user).with_places().with_role().select_related("user"), pk=pk
    )
    note_reading(request, Zone.VOLUNTEER)
    steps = mentor_file(found, request.user, timezone.localdate()).steps
    if not steps:
        raise Http404
    form = MoveMentorForm(request.POST or None, steps=steps)
    if request.method == "POST" and form.is_valid():
        try:
            services.move_mentor(mentor=found, to=form.cleaned_data["to"], by=request.user, today=timezone.localdate())
        except RuleBroken as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, _("De stand is gewijzigd."))
            return redirect("mentoring:mentor", pk=found.pk)
    return render(
        request,
        "components/form_page.html",
        {
            "title": _("Stand van %s") % found,
            "lead": _("Nu: %s.") % found.get_status_display(),
            "form": form,
            "submit": _("Wijzigen"),
            "cancel_url": reverse("mentoring:mentor", args=[found.pk]),
        },
    )


# --- The mentor --------------------------------------------------------------------------------------------


@allow(Role.MENTOR)
@require_http_methods(["GET", "POST"])
def my_profile(request):
    """The mentor's own file."""
    mentor = Mentor.objects.visible_to(request.user).first()
    if mentor is None:
        return render(request, "mentoring/no_profile.html")
    form = ProfileForm(request.POST or None, initial={field: getattr(mentor, field) for field in PROFILE})
    if request.method == "POST" and form.is_valid():
        try:
            services.change_mentor(mentor=mentor, by=request.user, **form.cleaned_data)
        except RuleBroken as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, _("Je profiel is opgeslagen."))
            return redirect("mentoring:my_profile")
    return render(request, "mentoring/my_profile.html", {"mentor": mentor, "form": form})


@allow(Role.MENTOR)
@require_http_methods(["GET", "POST"])
def accept_gedragscode(request):
    """Read the code of conduct and agree to it."""
    mentor = Mentor.objects.visible_to(request.user).first()
    if mentor is None:
        return redirect("mentoring:my_profile")
    form = GedragscodeForm(request.POST or None, initial={"version": settings.GEDRAGSCODE_VERSION})
    if request.method == "POST" and form.is_valid():
        try:
            services.accept_gedragscode(
                mentor=mentor,
                version=form.cleaned_data["version"],
                by=request.user,
                today=timezone.localdate(),
                now=timezone.now(),
            )
        except RuleBroken as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, _("Dank je wel. Je akkoord is vastgelegd."))
            return redirect("mentoring:my_profile")
    return render(
        request,
        "mentoring/gedragscode.html",
        {
            "form": form,
            "mentor": mentor,
            "version": settings.GEDRAGSCODE_VERSION,
            "text_url": settings.GEDRAGSCODE_URL,
            "cancel_url": reverse("mentoring:my_profile"),
        },
    )
