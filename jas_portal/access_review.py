"""The page of the yearly review of access rights. It stands here because it counts dossiers: numbers, never names."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from django import forms
from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.db.models import Case as Either
from django.db.models import Count, F, IntegerField, OuterRef, Subquery, Value, When
from django.db.models.functions import Coalesce, Lower
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from accounts import access_review as services
from accounts.access import allow
from accounts.models import AccessReview, AccessReviewRow, ReviewDecision, RoleAssignment
from accounts.reading import note_reading
from accounts.roles import Role
from accounts.rules import RuleBroken
from accounts.searching import every_word
from accounts.zones import Zone
from cases.models import Assignment
from cases.models.case import ORGANISATION_ROLES

PAGE_SIZE = 25
ORDERS = {
    "name": Lower("user__name"),
    "role": F("role"),
    "since": F("starts_on"),
    "login": F("user__last_login"),
    "dossiers": F("dossiers"),
}


class ReviewFilter(forms.Form):
    """Search and filters of the roles."""

    q = forms.CharField(label=gettext_lazy("Naam of organisatie"), required=False)
    role = forms.ChoiceField(
        label=gettext_lazy("Rol"),
        required=False,
        choices=[("", gettext_lazy("Alle")), *((r.value, r.label) for r in Role if r != Role.STATUSHOUDER)],
    )
    state = forms.ChoiceField(
        label=gettext_lazy("Stand"),
        required=False,
        choices=[("", gettext_lazy("Alle")), ("open", gettext_lazy("Nog te beoordelen")), *ReviewDecision.choices],
    )


class ReviewRow(NamedTuple):
    """One role in force and what was decided about it."""

    pk: int
    user: int
    name: str
    role: str
    organisation: str
    since: date
    last_login: datetime | None
    dossiers: int
    decision: str
    label: str
    by: str
    is_own: bool


@dataclass(frozen=True)
class ReviewPage:
    """The running review, or what was last signed for."""

    review: AccessReview | None
    last: AccessReview | None
    due_on: date
    is_late: bool
    rows: list[ReviewRow]
    page: Page | None
    total: int
    done: int


def review_page(user, today, *, q="", role="", state="", sort="name", page=1):
    """The `ReviewPage` for this reader. Six queries, however many rows."""
    review = AccessReview.objects.running().first()
    due_on = services.due_on(today)
    last = AccessReview.objects.signed_off().select_related("signed_off_by").order_by("-signed_off_at").first()
    if review is None:
        return ReviewPage(None, last, due_on, due_on <= today, [], None, 0, 0)
    everything = services.to_review(today)
    decided = AccessReviewRow.objects.filter(review=review)
    found = everything.select_related("user", "organisation").annotate(dossiers=_dossiers(today))
    if q:
        found = found.filter(every_word(q, "user__name", "organisation__name"))
    if role:
        found = found.filter(role=role)
    if state == "open":
        found = found.exclude(pk__in=decided.values("role_assignment"))
    elif state:
        found = found.filter(pk__in=decided.filter(decision=state).values("role_assignment"))
    column = ORDERS.get(sort.removeprefix("-"), ORDERS["name"])
    order = column.desc(nulls_last=True) if sort.startswith("-") else column.asc(nulls_first=True)
    listed = Paginator(found.order_by(order, "pk"), PAGE_SIZE).get_page(page)
    said = {
        row.role_assignment_id: row
        for row in decided.filter(role_assignment__in=[row.pk for row in listed]).select_related("decided_by")
    }
    rows = [_row(assignment, said.get(assignment.pk), user) for assignment in listed]
    done = everything.filter(pk__in=decided.values("role_assignment")).count()
    return ReviewPage(review, last, due_on, due_on <= today, rows, listed, everything.count(), done)


def _dossiers(today):
    """How many dossiers this role opens now: of the person, or of the organisation in the roles that it holds."""
    current = Assignment.objects.current(today).filter(role=OuterRef("role")).order_by()
    own = current.filter(user=OuterRef("user")).values("user").annotate(n=Count("pk")).values("n")
    of_organisation = (
        current.filter(user=None, organisation=OuterRef("organisation"))
        .values("organisation")
        .annotate(n=Count("pk"))
        .values("n")
    )
    return Either(
        When(role__in=ORGANISATION_ROLES, then=Coalesce(Subquery(of_organisation), Value(0))),
        default=Coalesce(Subquery(own), Value(0)),
        output_field=IntegerField(),
    )


def _row(assignment, said, user):
    return ReviewRow(
        pk=assignment.pk,
        user=assignment.user_id,
        name=assignment.user.name,
        role=assignment.get_role_display(),
        organisation=assignment.organisation.name if assignment.organisation else "",
        since=assignment.starts_on,
        last_login=assignment.user.last_login,
        dossiers=assignment.dossiers,
        decision=said.decision if said else "",
        label=said.get_decision_display() if said else "",
        by=str(said.decided_by) if said else "",
        is_own=assignment.user_id == user.pk,
    )


# --- Pages -----------------------------------------------------------------------------------------------


@allow(*services.REVIEWERS)
@require_http_methods(["GET"])
def access_review(request):
    """Every role in force, with what is decided about it."""
    form = ReviewFilter(request.GET)
    form.is_valid()
    chosen = {name: value for name, value in form.cleaned_data.items() if value}
    found = review_page(
        request.user,
        timezone.localdate(),
        sort=request.GET.get("sort", "name"),
        page=request.GET.get("page", 1),
        **chosen,
    )
    note_reading(request, Zone.CONTACT, count=len(found.page.object_list) if found.page else 0)
    context = {
        "found": found,
        "form": form,
        "page": found.page,
        "active_filters": len(chosen),
        "count": _("%(done)d van %(total)d beoordeeld") % {"done": found.done, "total": found.total},
        "may_sign": request.user.role == Role.PRIVACY_OFFICER,
        "may_end": request.user.role == Role.FUNCTIONEEL_BEHEERDER,
        "asked": request.GET.urlencode(),
    }
    return render(request, "accounts/access_review.html", context)


@allow(*services.REVIEWERS)
@require_POST
def start_access_review(request):
    """Begin a review."""
    services.start_review(by=request.user, now=timezone.now())
    return redirect("access_review")


@allow(*services.REVIEWERS)
@require_POST
def decide_access(request, pk):
    """One role stays, or has to end; the beheerder goes on to the page that ends it."""
    assignment = get_object_or_404(RoleAssignment.objects.exclude(role=Role.STATUSHOUDER), pk=pk)
    decision = request.POST.get("decision")
    if decision in ReviewDecision.values:
        try:
            services.decide(
                assignment=assignment,
                decision=decision,
                by=request.user,
                today=timezone.localdate(),
                now=timezone.now(),
            )
        except RuleBroken as refusal:
            messages.error(request, refusal.message)
        else:
            if decision == ReviewDecision.BEEINDIGEN and request.user.role == Role.FUNCTIONEEL_BEHEERDER:
                return redirect("accounts:end_role", pk=assignment.user_id, assignment=assignment.pk)
    asked = request.POST.get("asked", "")
    return redirect(f"{reverse('access_review')}?{asked}" if asked else "access_review")


@allow(Role.PRIVACY_OFFICER)
@require_POST
def sign_off_access_review(request):
    """Sign for the whole review."""
    try:
        services.sign_off(by=request.user, today=timezone.localdate(), now=timezone.now())
    except RuleBroken as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("De beoordeling is afgerond."))
    return redirect("access_review")
