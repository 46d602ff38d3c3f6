"""The lists: my dossiers, and those without klantmanager; taking and handing over."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from accounts.access import allow
from accounts.reading import note_reading
from accounts.roles import Role
from accounts.rules import RuleBroken
from accounts.zones import Zone
from cases import overviews, services
from cases.forms import HandOverForm
from cases.models import Case
from cases.views.common import LIST_ROLES, visible_case


@allow(*LIST_ROLES)
@require_http_methods(["GET"])
def case_list(request):
    """My dossiers. With `overdragen` in the address each row can be chosen, to hand over several at once."""
    today = timezone.localdate()
    choosing = "overdragen" in request.GET and request.user.role == Role.KLANTMANAGER
    found = overviews.case_list(request.user, request.GET, today)
    note_reading(request, Zone.PROGRAMME, count=len(found.rows))
    context = {"list": found, "choosing": choosing}
    if choosing:
        context["form"] = HandOverForm(today=today, organisation=request.user.acting_as.organisation)
    return render(request, "cases/hand_over_several.html" if choosing else "cases/list.html", context)


@allow(Role.KLANTMANAGER)
@require_http_methods(["POST"])
def hand_over_several(request):
    """Give the chosen dossiers of the list to one colleague, who gets one message."""
    today = timezone.localdate()
    form = HandOverForm(request.POST, today=today, organisation=request.user.acting_as.organisation)
    numbers = [number for number in request.POST.getlist("case") if "\x00" not in number]
    chosen = list(Case.objects.held_by(request.user).filter(number__in=numbers))
    note_reading(request, Zone.PROGRAMME, count=len(chosen), search=", ".join(case.number for case in chosen))
    if not chosen or not form.is_valid():
        messages.error(request, _("Kies eerst de dossiers en de nieuwe klantmanager."))
        return redirect(f"{reverse('cases:list')}?overdragen=1")
    try:
        count = services.hand_over_several(
            cases=chosen, to=form.cleaned_data["to"], by=request.user, today=today, now=timezone.now()
        )
    except RuleBroken as error:
        messages.error(request, error.message)
    else:
        text = ngettext("%(n)d dossier is nu van %(to)s.", "%(n)d dossiers zijn nu van %(to)s.", count)
        messages.success(request, text % {"n": count, "to": form.cleaned_data["to"]})
    return redirect("cases:list")


@allow(Role.KLANTMANAGER, Role.FUNCTIONEEL_BEHEERDER)
@require_http_methods(["GET"])
def unassigned(request):
    """Dossiers without klantmanager; the beheerder sees numbers only."""
    today = timezone.localdate()
    found = overviews.unassigned_list(request.user, request.GET, today)
    note_reading(request, Zone.PROGRAMME, count=len(found.rows))
    return render(request, "cases/unassigned.html", {"list": found})


@allow(Role.KLANTMANAGER)
@require_http_methods(["POST"])
def take_case(request, number):
    """Become the klantmanager of a dossier that has none."""
    case = visible_case(request, number)
    try:
        services.take_case(case=case, by=request.user, today=timezone.localdate(), now=timezone.now())
    except RuleBroken as error:
        messages.error(request, error.message)
        return redirect("cases:unassigned")
    messages.success(request, _("U bent nu klantmanager van dossier %s.") % case.number)
    return redirect("cases:case", number=case.number)


@allow(Role.KLANTMANAGER, Role.FUNCTIONEEL_BEHEERDER)
@require_http_methods(["GET", "POST"])
def hand_over(request, number):
    """Give a dossier to another klantmanager. The beheerder assigns a waiting one by its number, without opening it."""
    today = timezone.localdate()
    organisation = None
    if request.user.role == Role.FUNCTIONEEL_BEHEERDER:
        case = get_object_or_404(Case.objects.unheld(), number=number)
        note_reading(request, Zone.PROGRAMME, case_number=case.number)
    else:
        case = visible_case(request, number)
        organisation = request.user.acting_as.organisation
    form = HandOverForm(request.POST or None, today=today, organisation=organisation)
    if request.method == "POST" and form.is_valid():
        to = form.cleaned_data["to"]
        try:
            services.hand_over(case=case, to=to, by=request.user, today=today, now=timezone.now())
        except RuleBroken as error:
            form.add_error(None, error.message)
        else:
            messages.success(request, _("Dossier %(number)s is nu van %(to)s.") % {"number": case.number, "to": to})
            is_mine = request.user.role == Role.KLANTMANAGER
            return redirect("cases:list" if is_mine else "cases:unassigned")
    waits = case.waits_for_klantmanager
    title = _("Dossier %s toewijzen") % case.number if waits else _("Dossier %s overdragen") % case.number
    if request.user.role == Role.KLANTMANAGER:
        back, back_url = overviews.crumb(case, request.user)
    else:
        back, back_url = _("Zonder klantmanager"), reverse("cases:unassigned")
    return render(
        request,
        "components/form_page.html",
        {
            "title": title,
            "lead": _("De nieuwe klantmanager krijgt bericht. De statushouder ook, als er een adres is."),
            "form": form,
            "submit": _("Toewijzen") if waits else _("Overdragen"),
            "cancel_url": back_url,
            "breadcrumb": [(back, back_url), (title, "")],
        },
    )
