"""Pages of messages: the inbox, the mailbox of the demo, and mail that did not arrive."""

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from accounts.access import allow, gives_file, public
from accounts.reading import note_reading
from accounts.roles import Role
from accounts.rules import RuleBroken
from accounts.zones import Zone
from notifications import addresses, calendars, mail, overviews, services
from notifications.forms import FailedForm, InboxForm, MailboxForm, RefusedForm
from notifications.models import Meeting, Notification, RefusedAddress

PER_PAGE = 25


# --- Berichten ---------------------------------------------------------------------------------------------


@allow()
@require_http_methods(["GET"])
def inbox(request):
    """Messages to the reader in the role worked in, with search, filter and order."""
    form = InboxForm(request.GET, role=request.user.role)
    form.is_valid()
    own = Notification.objects.visible_to(request.user)
    found = own.searched(form.value("q")).in_order(form.value("sort"))
    if form.value("show") == "unread":
        found = found.unread()
    if form.value("kind"):
        found = found.filter(kind=form.value("kind"))
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    note_reading(request, Zone.CONTACT, count=len(page.object_list))
    context = {
        "form": form,
        "page": page,
        "unread": own.unread().count(),
        "is_refused": RefusedAddress.objects.of(request.user.email).exists(),
        "count": _found(page),
    }
    return render(request, "notifications/inbox.html", context)


@allow()
@require_http_methods(["POST"])
def mark_all_read(request):
    """Everything in the inbox counts as read."""
    count = services.mark_all_read(by=request.user, now=timezone.now())
    if count:
        messages.success(
            request, ngettext("Eén bericht is nu gelezen.", "%(n)s berichten zijn nu gelezen.", count) % {"n": count}
        )
    return redirect("notifications:inbox")


@allow()
@require_http_methods(["GET"])
def message(request, pk):
    """One message; opening it is noted as reading it."""
    row = get_object_or_404(Notification.objects.visible_to(request.user).select_related("meeting"), pk=pk)
    note_reading(request, Zone.CONTACT, case_number=row.case_number)
    services.mark_read(notification=row, now=timezone.now())
    may_open = row.meeting is None or Meeting.objects.visible_to(request.user).filter(pk=row.meeting_id).exists()
    context = {
        "notification": row,
        "may_open": may_open,
        "may_download": row.calendar and (may_open or row.calendar_method == calendars.CANCEL),
        "breadcrumb": [(_("Berichten"), reverse("notifications:inbox")), (row.subject, "")],
    }
    return render(request, "notifications/message.html", context)


@allow()
@require_http_methods(["GET"])
@gives_file
def message_calendar(request, pk):
    """The calendar file that came with a message; without access to the meeting only the one that takes it away."""
    row = get_object_or_404(Notification.objects.visible_to(request.user), pk=pk)
    if row.meeting_id and row.calendar_method != calendars.CANCEL:
        get_object_or_404(Meeting.objects.visible_to(request.user), pk=row.meeting_id)
    note_reading(request, Zone.PROGRAMME, case_number=row.case_number)
    return _calendar_file(row)


# --- Mail that did not arrive ---------------------------------------------------------------------------------


@allow(Role.FUNCTIONEEL_BEHEERDER)
@require_http_methods(["GET"])
def failed(request):
    """Mail that nobody received, without what it was about, to try again or to correct an address."""
    form = FailedForm(request.GET)
    form.is_valid()
    retrying = form.value("show") == "retrying"
    found = Notification.objects.retrying() if retrying else Notification.objects.failed()
    found = found.addressed_to(form.value("q")).with_receivers().order_by("-created_at", "-pk")
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    note_reading(request, Zone.CONTACT, count=len(page.object_list))
    context = {
        "form": form,
        "page": page,
        "failed_count": Notification.objects.failed().count(),
        "retrying_count": Notification.objects.retrying().count(),
        "retrying": retrying,
        "segments": _failed_segments("failed"),
        "count": _found(page),
    }
    return render(request, "notifications/failed.html", context)


@allow(Role.FUNCTIONEEL_BEHEERDER)
@require_http_methods(["POST"])
def retry(request, pk):
    """Try one failed message again."""
    row = get_object_or_404(Notification.objects.undelivered(), pk=pk)
    try:
        services.retry(notification=row, by=request.user, now=timezone.now())
        messages.success(request, _("Het bericht wordt opnieuw verstuurd."))
    except RuleBroken as error:
        messages.error(request, error.message)
    return redirect("notifications:failed")


@allow(Role.FUNCTIONEEL_BEHEERDER)
@require_http_methods(["POST"])
def retry_all(request):
    """Try every failed message again."""
    count = services.retry_all(by=request.user, now=timezone.now())
    words = ngettext("Eén bericht wordt opnieuw verstuurd.", "%(n)s berichten worden opnieuw verstuurd.", count)
    messages.success(request, words % {"n": count})
    return redirect("notifications:failed")


@allow(Role.FUNCTIONEEL_BEHEERDER)
@require_http_methods(["GET"])
def refused_addresses(request):
    """Addresses that take no mail: nothing is sent there until somebody says that they are right."""
    form = RefusedForm(request.GET)
    form.is_valid()
    found = RefusedAddress.objects.shown_as(form.value("q")).with_receivers()
    found = found.order_by(*(["refused_at", "pk"] if form.value("sort") == "oldest" else ["-refused_at", "-pk"]))
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    note_reading(request, Zone.CONTACT, count=len(page.object_list))
    number = page.paginator.count
    context = {
        "form": form,
        "page": page,
        "segments": _failed_segments("refused_addresses"),
        "count": ngettext("Eén adres gevonden.", "%(n)s adressen gevonden.", number) % {"n": number} if number else "",
    }
    return render(request, "notifications/refused_addresses.html", context)


@allow(Role.FUNCTIONEEL_BEHEERDER)
@require_http_methods(["POST"])
def trust_address(request, pk):
    """Send to a refused address again, and what was held back with it."""
    row = get_object_or_404(RefusedAddress, pk=pk)
    note_reading(request, Zone.CONTACT, case_number=row.case_number)
    count = services.trust_address(address=row.address, by=request.user, now=timezone.now())
    words = ngettext(
        "Het adres krijgt weer mail. Eén bericht gaat nu alsnog uit.",
        "Het adres krijgt weer mail. %(n)s berichten gaan nu alsnog uit.",
        count,
    )
    messages.success(request, words % {"n": count} if count else _("Het adres krijgt weer mail."))
    return redirect("notifications:refused_addresses")


def _failed_segments(current):
    pages = (("failed", _("Berichten")), ("refused_addresses", _("Adressen")))
    return [
        {"label": label, "url": reverse(f"notifications:{name}"), "current": name == current} for name, label in pages
    ]


# --- Demo-postvak ---------------------------------------------------------------------------------------------
# Public, and only in a demo that keeps its mail: there this page is everybody's mailbox, invitations and new passwords
# included. On a real portal it would hand out accounts, so it needs both settings.


@public
@require_http_methods(["GET"])
def demo_mailbox(request):
    """All mail the demo would have sent, newest first."""
    form = MailboxForm(request.GET)
    form.is_valid()
    page = Paginator(_kept().searched(form.value("q"), addresses=True), PER_PAGE).get_page(request.GET.get("page"))
    own_address = request.user.email if request.user.is_authenticated else ""
    context = {"form": form, "page": page, "own_address": own_address, "count": _found(page)}
    return render(request, "notifications/demo_mailbox.html", context)


@public
@require_http_methods(["GET"])
def demo_message(request, pk):
    """One kept mail as its receiver would read it."""
    row = get_object_or_404(_kept(), pk=pk)
    name, address = addresses.sender()
    context = {
        "notification": row,
        "sender": f"{name} <{address}>",
        "text": mail.as_text(row),
        "stop_url": mail.stop_url(row),
        "calendar_facts": overviews.calendar_facts(row.calendar) if row.calendar else [],
        "breadcrumb": [(_("Demo-postvak"), reverse("notifications:demo_mailbox")), (row.subject, "")],
    }
    return render(request, "notifications/demo_message.html", context)


@public
@require_http_methods(["GET"])
@gives_file
def demo_calendar(request, pk):
    """The calendar file of a kept mail."""
    return _calendar_file(get_object_or_404(_kept(), pk=pk))


def _kept():
    if not settings.DEMO or settings.MAIL_DELIVERY != "keep":
        raise Http404
    return Notification.objects.kept()


# --- Shared ---------------------------------------------------------------------------------------------------


def _found(page):
    count = page.paginator.count
    return ngettext("Eén bericht gevonden.", "%(n)s berichten gevonden.", count) % {"n": count} if count else ""


def _calendar_file(row):
    if not row.calendar:
        raise Http404
    return calendar_download(row.calendar)


def calendar_download(text):
    """A calendar file as a download."""
    response = HttpResponse(text.encode(), content_type=f"{calendars.CONTENT_TYPE}; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{calendars.FILENAME}"'
    response["Cache-Control"] = "private, no-store"
    return response
