"""Pages of accounts: signing in, one's own account, the people of the portal and their organisations."""

from allauth.account.internal.flows.login import record_authentication
from allauth.account.utils import perform_login
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.encoding import force_str
from django.utils.http import url_has_allowed_host_and_scheme, urlsafe_base64_decode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import overviews, second_factor, services, sign_in_services
from accounts.access import allow, public, signed_in
from accounts.forms import (
    DetailsForm,
    EndRoleForm,
    FirstPasswordForm,
    InviteForm,
    OrganisationFilter,
    OrganisationForm,
    PeopleFilter,
    RoleForm,
)
from accounts.middleware import SESSION_KEY
from accounts.models import Organisation, RoleAssignment, User
from accounts.personas import persona
from accounts.reading import note_reading
from accounts.roles import Role
from accounts.rules import RuleBroken
from accounts.zones import Zone

MANAGERS = (Role.FUNCTIONEEL_BEHEERDER, Role.VRIJWILLIGERSCOORDINATOR)


# --- Signing in --------------------------------------------------------------------------------------


@public
@require_POST
@never_cache
def sign_in_as(request):
    """One click signs in as a persona; in the demo, and only there."""
    chosen = persona(request.POST.get("email", "")) if settings.DEMO else None
    user = User.objects.filter(email=chosen.email, is_active=True).first() if chosen else None
    if user is None:
        raise Http404
    record_authentication(request, user, "demo")
    return perform_login(request, user, redirect_url=_safe_next(request))


@public
@never_cache
@sensitive_post_parameters("password1", "password2")
@require_http_methods(["GET", "POST"])
def accept_invitation(request, uid, token):
    """Choose the first password and be signed in. The link itself changes nothing."""
    user, now = _invited_user(uid), timezone.now()
    if user is None or services.open_invitation(user=user, token=token, now=now) is None:
        return render(request, "accounts/invitation_closed.html", status=410)
    form = FirstPasswordForm(request.POST or None, user=user)
    if request.method == "POST" and form.is_valid():
        try:
            user = services.accept_invitation(user=user, token=token, password=form.cleaned_data["password1"], now=now)
        except RuleBroken as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, _("Uw wachtwoord is opgeslagen. Welkom."))
            record_authentication(request, user, "invitation")
            return perform_login(request, user)
    return render(request, "accounts/accept_invitation.html", {"form": form, "email": user.email})


def _invited_user(uid):
    try:
        return User.objects.filter(pk=int(force_str(urlsafe_base64_decode(uid)))).first()
    except (ValueError, OverflowError):
        return None


@signed_in
@require_POST
def switch_role(request):
    """Work on in another of one's own current roles."""
    wanted = request.POST.get("role_assignment", "")
    own = request.user.current_roles()
    chosen = own.filter(pk=wanted).first() if wanted.isdecimal() and len(wanted) < 19 else None
    if chosen is None:
        raise Http404
    request.session[SESSION_KEY] = chosen.pk
    sign_in_services.rotate_session(request.session)
    messages.success(request, _("U werkt nu als %(role)s.") % {"role": chosen.get_role_display().lower()})
    return redirect(_safe_next(request) or "home")


def _safe_next(request):
    """The page asked for in `next`, when it is one of ours; otherwise None."""
    wanted = request.POST.get(REDIRECT_FIELD_NAME, "")
    is_ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if is_ours else None


# --- One's own account -------------------------------------------------------------------------------


@signed_in
@require_GET
def my_account(request):
    """Who am I here: details, roles, password and second factor."""
    user = request.user
    roles = [role for role in (user.acting_as or user.withheld_role, *user.other_roles) if role]
    context = {
        "roles": roles,
        "now_working_as": user.acting_as,
        "language_name": dict(settings.LANGUAGES).get(user.language, "") if len(settings.LANGUAGES) > 1 else "",
        "has_second_factor": second_factor.is_active(user),
        "second_factor_is_demanded": settings.SECOND_FACTOR_REQUIRED and any(role.is_professional for role in roles),
    }
    return render(request, "accounts/my_account.html", context)


@signed_in
@require_http_methods(["GET", "POST"])
def edit_my_account(request):
    """Change one's own name, phone number and language."""
    user = request.user
    initial = {"name": user.name, "phone": user.phone, "language": user.language}
    form = DetailsForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        services.change_details(user=user, by=user, **form.cleaned_data)
        messages.success(request, _("Uw gegevens zijn opgeslagen."))
        return redirect("accounts:my_account")
    return _form_page(request, _("Mijn gegevens"), form, back=reverse("accounts:my_account"))


# --- People ------------------------------------------------------------------------------------------


def _user(request, pk, users=User.objects):
    """The account of `users` that this reader may read about, otherwise 404."""
    user = get_object_or_404(users.visible_to(request.user), pk=pk)
    note_reading(request, Zone.CONTACT)
    return user


@allow(*MANAGERS, Role.PRIVACY_OFFICER)
@require_GET
def people(request):
    """Who can sign in, as what."""
    one_role = request.user.role == Role.VRIJWILLIGERSCOORDINATOR
    form = PeopleFilter(request.GET, states=overviews.STATES, one_role=one_role)
    form.is_valid()
    chosen = {name: value for name, value in form.cleaned_data.items() if value}
    page = overviews.people(
        request.user,
        today=timezone.localdate(),
        sort=request.GET.get("sort", "name"),
        page=request.GET.get("page", 1),
        **chosen,
    )
    found = page.paginator.count
    note_reading(request, Zone.CONTACT, count=len(page.object_list))
    context = {
        "form": form,
        "page": page,
        "rows": page.object_list,
        "active_filters": len(chosen),
        "count": ngettext("%(n)d account", "%(n)d accounts", found) % {"n": found},
        "one_role": one_role,
        "may_invite": request.user.role in MANAGERS,
        "shows_organisations": request.user.role == Role.FUNCTIONEEL_BEHEERDER,
    }
    return render(request, "accounts/people.html", context)


@allow(*MANAGERS, Role.PRIVACY_OFFICER)
@require_GET
def person(request, pk):
    """One account: roles, invitation, and what can be done with them."""
    user = _user(request, pk, User.objects.with_roles())
    page = overviews.person(user, request.user, today=timezone.localdate(), now=timezone.now())
    return render(request, "accounts/person.html", {"person": page, "breadcrumb": _to_people(page.name)})


@allow(*MANAGERS)
@require_http_methods(["GET", "POST"])
def invite(request):
    """Invite somebody by mail, or give somebody with an account a role."""
    form = InviteForm(request.POST or None, by=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            user = services.invite(
                by=request.user, today=timezone.localdate(), now=timezone.now(), **form.cleaned_data
            )
        except RuleBroken as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, _("Opgeslagen. Is de rol nieuw, dan krijgt deze persoon een mail."))
            return redirect("accounts:person", pk=user.pk)
    return _form_page(
        request,
        _("Iemand uitnodigen"),
        form,
        lead=_("Deze persoon krijgt een mail met een link om een wachtwoord te kiezen."),
        submit=_("Uitnodigen"),
        back=reverse("accounts:people"),
        breadcrumb=_to_people(_("Uitnodigen")),
    )


@allow(*MANAGERS)
@require_http_methods(["GET", "POST"])
def give_role(request, pk):
    """Give an account one more role."""
    user = _user(request, pk)
    form = RoleForm(request.POST or None, by=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            services.give_role(user=user, by=request.user, today=timezone.localdate(), **form.cleaned_data)
        except RuleBroken as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, _("De rol is gegeven."))
            return redirect("accounts:person", pk=user.pk)
    return _form_page(
        request,
        _("Rol geven"),
        form,
        lead=overviews.shown_name(user),
        submit=_("Rol geven"),
        back=reverse("accounts:person", args=[pk]),
        breadcrumb=_to_people(overviews.shown_name(user), _("Rol geven"), pk=pk),
    )


@allow(*MANAGERS)
@require_http_methods(["GET", "POST"])
def end_role(request, pk, assignment):
    """End a role, today or on a later day."""
    user = _user(request, pk)
    row = get_object_or_404(RoleAssignment.objects.select_related("organisation"), pk=assignment, user=user)
    if not services.may_manage(request.user, row.role, row.organisation):
        raise Http404
    today = timezone.localdate()
    form = EndRoleForm(request.POST or None, initial={"ends_on": today})
    if request.method == "POST" and form.is_valid():
        try:
            services.end_role(assignment=row, by=request.user, today=today, **form.cleaned_data)
        except RuleBroken as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, _("De rol is beëindigd."))
            return redirect("accounts:person", pk=pk)
    return _form_page(
        request,
        _("Rol beëindigen"),
        form,
        lead=_("%(name)s, %(role)s. Vanaf deze dag ziet deze persoon in deze rol niets meer.")
        % {"name": overviews.shown_name(user), "role": row.get_role_display().lower()},
        submit=_("Rol beëindigen"),
        danger=True,
        back=reverse("accounts:person", args=[pk]),
        breadcrumb=_to_people(overviews.shown_name(user), _("Rol beëindigen"), pk=pk),
    )


@allow(*MANAGERS)
@require_POST
def resend_invitation(request, pk):
    """Mail the link again; the earlier one stops working."""
    user = _user(request, pk)
    return _act(
        request, user, _("Er is een nieuwe uitnodiging gemaild."),
        lambda: services.resend_invitation(user=user, by=request.user, now=timezone.now()),
    )  # fmt: skip


@allow(Role.FUNCTIONEEL_BEHEERDER)
@require_http_methods(["GET", "POST"])
def deactivate(request, pk):
    """Close an account, after one more question."""
    user = _user(request, pk)
    if request.method == "POST":
        return _act(
            request, user, _("Het account is uitgezet."),
            lambda: services.deactivate(user=user, by=request.user, today=timezone.localdate()),
        )  # fmt: skip
    context = {
        "title": _("Account uitzetten"),
        "text": _("%(name)s kan dan niet meer inloggen en is meteen uitgelogd. De rollen blijven bewaard.")
        % {"name": overviews.shown_name(user)},
        "submit": _("Account uitzetten"),
        "danger": True,
        "cancel_url": reverse("accounts:person", args=[pk]),
        "breadcrumb": _to_people(overviews.shown_name(user), _("Uitzetten"), pk=pk),
    }
    return render(request, "components/confirm_page.html", context)


@allow(Role.FUNCTIONEEL_BEHEERDER)
@require_POST
def reactivate(request, pk):
    """Open a closed account again."""
    user = _user(request, pk)
    return _act(
        request, user, _("Het account staat weer aan."), lambda: services.reactivate(user=user, by=request.user)
    )


def _act(request, user, done, service):
    """Do it, say so or say why not, and show the person."""
    try:
        service()
    except RuleBroken as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, done)
    return redirect("accounts:person", pk=user.pk)


def _to_people(*labels, pk=None):
    """The way back to the list: the last label is this page, one before it the person `pk`."""
    path = [(_("Mensen"), reverse("accounts:people"))]
    if pk is not None:
        path.append((labels[0], reverse("accounts:person", args=[pk])))
    return [*path, (labels[-1], "")]


# --- Organisations -------------------------------------------------------------------------------------


@allow(Role.FUNCTIONEEL_BEHEERDER)
@require_GET
def organisations(request):
    """The organisations people work for."""
    form = OrganisationFilter(request.GET)
    form.is_valid()
    chosen = {name: value for name, value in form.cleaned_data.items() if value}
    page = overviews.organisations(
        today=timezone.localdate(),
        sort=request.GET.get("sort", "name"),
        page=request.GET.get("page", 1),
        **chosen,
    )
    found = page.paginator.count
    context = {
        "form": form,
        "page": page,
        "rows": page.object_list,
        "active_filters": len(chosen),
        "count": ngettext("%(n)d organisatie", "%(n)d organisaties", found) % {"n": found},
    }
    return render(request, "accounts/organisations.html", context)


@allow(Role.FUNCTIONEEL_BEHEERDER)
@require_http_methods(["GET", "POST"])
def add_organisation(request):
    """A new organisation."""
    return _organisation_form(request, None, _("Organisatie toevoegen"))


@allow(Role.FUNCTIONEEL_BEHEERDER)
@require_http_methods(["GET", "POST"])
def edit_organisation(request, pk):
    """Change an organisation."""
    return _organisation_form(request, get_object_or_404(Organisation, pk=pk), _("Organisatie wijzigen"))


def _organisation_form(request, organisation, title):
    form = OrganisationForm(request.POST or None, instance=organisation)
    if request.method == "POST" and form.is_valid():
        try:
            services.save_organisation(organisation=organisation, by=request.user, **form.cleaned_data)
        except RuleBroken as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, _("%s staat in de lijst, zoals u het invulde.") % form.cleaned_data["name"])
            return redirect("accounts:organisations")
    back = reverse("accounts:organisations")
    return _form_page(request, title, form, back=back, breadcrumb=[(_("Organisaties"), back), (title, "")])


def _form_page(request, title, form, *, back, lead="", submit="", danger=False, breadcrumb=()):
    context = {
        "title": title,
        "lead": lead,
        "form": form,
        "submit": submit,
        "cancel_url": back,
        "danger": danger,
        "breadcrumb": breadcrumb,
    }
    return render(request, "components/form_page.html", context)
