"""Deputies, and emergency access to the dossier of a colleague."""

from django.contrib import messages
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
from cases import overviews, services, words
from cases.cover_forms import BreakGlassForm, NameDeputyForm, ReviewBreakGlassForm
from cases.models import Assignment, BreakGlass, Deputyship
from cases.services.deputies import DEPUTY_ROLES

# --- Deputies ----------------------------------------------------------------------------------------


@allow(*DEPUTY_ROLES)
@require_http_methods(["GET"])
def deputies(request):
    """Who stands in for me, and for whom I stand in."""
    return render(
        request, "cases/deputies.html", {"page": overviews.deputies_page(request.user, timezone.localdate())}
    )


@allow(*DEPUTY_ROLES)
@require_http_methods(["GET", "POST"])
def name_deputy(request):
    """Name a colleague who does my dossiers for some days."""
    today, user = timezone.localdate(), request.user
    mine = Assignment.objects.current(today).held_by(user).filter(user=user, deputy_for=None).order_by("case__number")
    cases = list(mine.values_list("case__number", "case__statushouder__full_name"))
    note_reading(request, Zone.CONTACT, count=len(cases))
    form = NameDeputyForm(request.POST or None, user=user, cases=cases, today=today)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            deputyship = services.name_deputy(
                holder=user,
                deputy=data["deputy"],
                starts_on=data["starts_on"],
                last_day=data["last_day"],
                numbers=form.chosen_numbers,
                key=data["key"],
                by=user,
                today=today,
                now=timezone.now(),
            )
        except RuleBroken as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, _("%s vervangt u. U krijgt allebei een bericht.") % deputyship.deputy)
            return redirect("cases:deputies")
    back = reverse("cases:deputies")
    return render(
        request,
        "components/form_page.html",
        {
            "title": _("Vervanger aanwijzen"),
            "lead": _(
                "Uw vervanger ziet en doet in deze dagen alles wat u in deze dossiers kunt. U blijft ze zelf ook zien."
            ),
            "form": form,
            "submit": _("Aanwijzen"),
            "cancel_url": back,
            "breadcrumb": [(_("Vervanging"), back), (_("Vervanger aanwijzen"), "")],
        },
    )


@allow(*DEPUTY_ROLES)
@require_http_methods(["GET", "POST"])
def end_deputyship(request, pk):
    """End a deputyship before its last day, or call it off."""
    today = timezone.localdate()
    found = get_object_or_404(
        Deputyship.objects.visible_to(request.user).select_related("holder", "deputy"), pk=pk, ends_on__gt=today
    )
    back = reverse("cases:deputies")
    if request.method == "POST":
        try:
            services.end_deputyship(deputyship=found, by=request.user, today=today, now=timezone.now())
            messages.success(request, _("De vervanging is geëindigd. U krijgt allebei een bericht."))
        except RuleBroken as error:
            messages.error(request, error.message)
        return redirect(back)
    return render(
        request,
        "components/confirm_page.html",
        {
            "title": _("Vervanging beëindigen"),
            "text": _("%(deputy)s vervangt %(holder)s dan niet meer en ziet deze dossiers meteen niet meer.")
            % {"deputy": found.deputy, "holder": found.holder},
            "submit": _("Vervanging beëindigen"),
            "danger": True,
            "cancel_url": back,
            "breadcrumb": [(_("Vervanging"), back), (_("Beëindigen"), "")],
        },
    )


# --- Emergency access ----------------------------------------------------------------------------------


@allow(Role.KLANTMANAGER)
@require_http_methods(["GET", "POST"])
def break_glass(request):
    """Open the dossier of a colleague, by number and with a reason."""
    form = BreakGlassForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            glass = services.break_glass(
                **form.cleaned_data, by=request.user, today=timezone.localdate(), now=timezone.now()
            )
        except RuleBroken as error:
            form.add_error(None, error.message)
        else:
            note_reading(request, Zone.CONTACT, case_number=glass.case.number, purpose=_("Noodtoegang"))
            text = _(
                "U ziet dossier %(number)s tot en met %(day)s. De klantmanager en de privacy officer weten ervan."
            )
            messages.warning(request, text % {"number": glass.case.number, "day": words.written(glass.last_day)})
            return redirect(glass.case)
    return render(
        request,
        "components/form_page.html",
        {
            "title": _("Noodtoegang"),
            "lead": _(
                "Is een collega er niet en kan het niet wachten? U ziet dan kort het hele dossier. De klantmanager, de "
                "statushouder en de privacy officer kunnen zien dat u dit deed."
            ),
            "form": form,
            "submit": _("Dossier openen"),
            "danger": True,
            "cancel_url": reverse("cases:list"),
            "breadcrumb": [(_("Dossiers"), reverse("cases:list")), (_("Noodtoegang"), "")],
        },
    )


@allow(Role.PRIVACY_OFFICER)
@require_http_methods(["GET"])
def break_glasses(request):
    """Every emergency access, those that wait to be judged first asked for."""
    found = overviews.break_glass_list(request.user, request.GET, timezone.now())
    note_reading(request, Zone.AUDIT, count=len(found.rows))
    return render(request, "cases/break_glasses.html", {"list": found})


@allow(Role.PRIVACY_OFFICER)
@require_http_methods(["GET", "POST"])
def review_break_glass(request, pk):
    """One emergency access with its reason, and whether it was right."""
    glass = get_object_or_404(
        BreakGlass.objects.visible_to(request.user).select_related("case", "by", "holder", "reviewed_by"), pk=pk
    )
    note_reading(request, Zone.AUDIT, case_number=glass.case.number)
    form = ReviewBreakGlassForm(request.POST or None)
    back = reverse("cases:break_glasses")
    if request.method == "POST" and form.is_valid():
        try:
            services.review_break_glass(glass=glass, **form.cleaned_data, by=request.user, now=timezone.now())
        except RuleBroken as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, _("De noodtoegang is beoordeeld."))
            return redirect(back)
    context = {
        "glass": glass,
        "form": form,
        "cancel_url": back,
        "facts": [
            (_("Wie"), str(glass.by)),
            (_("Dossier"), glass.case.number),
            (_("Klantmanager"), str(glass.holder)),
            (_("Geopend op"), words.written(timezone.localdate(glass.opened_at))),
            (_("Tot en met"), words.written(glass.last_day)),
        ],
        "breadcrumb": [(_("Noodtoegang"), back), (glass.case.number, "")],
    }
    return render(request, "cases/review_break_glass.html", context)
