"""Pages about how one receives messages: Meldingen, and the link in a mail that stops mail of its sort."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from accounts.access import allow, public
from accounts.roles import Role
from accounts.rules import RuleBroken
from notifications import kinds, links, overviews, services
from notifications.forms import PreferencesForm
from notifications.kinds import Way
from notifications.models import MailSettings, RefusedAddress


@allow()
@require_http_methods(["GET", "POST"])
def preferences(request):
    """How each sort of message comes in the role worked in now, and the quiet hours of the person."""
    user, role = request.user, request.user.role
    choices = overviews.choices_of(user, role)
    chosen = [choice for choice in choices if not choice.why_always]
    hours = MailSettings.objects.filter(user=user).first()
    form = PreferencesForm(request.POST or None, choices=chosen, hours=hours)
    if request.method == "POST" and form.is_valid():
        try:
            services.set_quiet_hours(
                user=user,
                starts=form.cleaned_data["quiet_from"],
                ends=form.cleaned_data["quiet_until"],
                days=form.cleaned_data["quiet_days"],
                by=user,
            )
            services.choose_ways(user=user, role=role, ways=form.ways, by=user, now=timezone.now())
        except RuleBroken as refusal:
            form.add_error("quiet_from", refusal.message)
        else:
            messages.success(request, _("Uw keuzes zijn opgeslagen."))
            return redirect("notifications:preferences")
    context = {
        "form": form,
        "ways": [form[f"way-{choice.kind}"] for choice in chosen],
        "always": [choice for choice in choices if choice.why_always],
        "is_refused": RefusedAddress.objects.of(user.email).first(),
        "breadcrumb": [(_("Mijn account"), reverse("accounts:my_account")), (_("Meldingen"), "")],
    }
    return render(request, "notifications/preferences.html", context)


@allow()
@require_http_methods(["POST"])
def trust_my_address(request):
    """One's own address takes mail again."""
    count = services.trust_address(address=request.user.email, by=request.user, now=timezone.now())
    messages.success(request, _("Wij mailen u weer op dit adres.") if count else _("Er stond geen mail te wachten."))
    return redirect("notifications:preferences")


@allow()
@require_http_methods(["POST"])
def revoke_stop_links(request):
    """Make the links to stop in old mail worthless."""
    services.revoke_stop_links(user=request.user, by=request.user)
    messages.success(request, _("De stoplinks in uw oude mail werken niet meer."))
    return redirect("notifications:preferences")


# The link is its own proof: a mail program that offers "Afmelden" posts to it without a cookie (RFC 8058 §3.2).
@public
@csrf_exempt
@never_cache
@require_http_methods(["GET", "POST"])
def stop_by_link(request, token):
    """Stop mail of one sort, by the link in a mail. Opening it changes nothing; a button, or the mail program, does."""
    found = links.stop_of(token)
    if found is None:
        raise Http404
    user, role, kind = found
    if kind != kinds.DIGEST and not kinds.may_be_stopped(kind):
        raise Http404
    done = ""
    if request.method == "POST" and request.POST.get("undo"):
        services.resume_mail(user=user, role=role, kind=kind, now=timezone.now())
        done = "resumed"
    elif request.method == "POST":
        services.stop_mail(user=user, role=role, kind=kind, now=timezone.now())
        done = "stopped"
    context = {
        "done": done,
        "kind_label": kinds.label(kind),
        "is_digest": kind == kinds.DIGEST,
        "role_label": Role(role).label if role in Role else "",
        "way_label": Way(services.way_of(user, role, kind)).label,
    }
    response = render(request, "notifications/stop_by_link.html", context)
    response["X-Robots-Tag"] = "noindex"
    return response
