"""Pages of notifications: messages, agenda, the mailbox of the demo, and mail that did not arrive."""

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
from notifications.forms import AgendaForm, FailedForm, InboxForm, MailboxForm
from notifications.models import Meeting, Notification, RefusedAddress

PER_PAGE = 25


# --- Berichten ---------------------------------------------------------------------------------------------


@allow()
@require_http_methods(["GET"])
def inbox(request):
    """Messages to the reader in the role worked in, with search, filter and order."""
    form = InboxForm(request.GET)
    form.is_valid()
    own = Notification.objects.visible_to(request.user)
    found = own.searched(form.value("q")).in_order(form.value("sort"))
    if form.value("show") == "unread":
        found = found.unread()
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    note_reading(request, Zone.CONTACT, count=len(page.object_list))
    context = {
        "form": form,
        "page": page,
        "unread": own.unread().count(),
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


# --- Agenda -------------------------------------------------------------------------------------------------


@allow()
@require_http_methods(["GET"])
def agenda(request):
    """The reader's meetings: four weeks as a list, one week side by side, or what a search finds."""
    form = AgendaForm(request.GET)
    form.is_valid()
    today = timezone.localdate()
    since, words = form.cleaned_data.get("van"), form.cleaned_data.get("q")
    is_week = request.GET.get("weergave") == "week" and not words
    if words:
        shown = overviews.search(request.user, words, since=since, page=request.GET.get("page"), today=today)
    elif is_week:
        shown = overviews.week_of(request.user, since or today, today=today)
    else:
        shown = overviews.list_from(request.user, since or today, today=today)
    here = reverse("notifications:agenda")
    from_day = f"van={since.isoformat()}" if since else ""
    note_reading(request, Zone.PROGRAMME, count=sum(len(day.slots) for day in shown.days))
    segments = [
        {"label": _("Lijst"), "url": f"{here}?{from_day}", "current": not is_week},
        {"label": _("Week"), "url": f"{here}?weergave=week&{from_day}", "current": is_week},
    ]
    view = "weergave=week&" if is_week else ""
    context = {
        "agenda": shown,
        "form": form,
        "active": bool(since) + bool(words),
        "is_week": is_week,
        "words": words,
        "segments": segments,
        "previous_url": f"{here}?{view}van={shown.previous.isoformat()}",
        "next_url": f"{here}?{view}van={shown.next.isoformat()}",
        "today_url": f"{here}?{view}",
        "count": _("Gevonden: %(n)s") % {"n": shown.count} if words else "",
    }
    return render(request, "notifications/agenda.html", context)


@allow()
@require_http_methods(["GET"])
def meeting(request, pk):
    """One meeting: when, where, with whom, and whom somebody must phone."""
    row = get_object_or_404(Meeting.objects.visible_to(request.user), pk=pk)
    note_reading(request, Zone.PROGRAMME, case_number=row.case_number)
    context = {
        "meeting": row,
        "participants": overviews.participants_of(row, request.user),
        "is_helper": request.user.role != Role.STATUSHOUDER,
        "is_over": row.ends_at <= timezone.now(),
        "breadcrumb": [(_("Agenda"), reverse("notifications:agenda")), (row.title, "")],
    }
    return render(request, "notifications/meeting.html", context)


@allow()
@require_http_methods(["GET"])
@gives_file
def meeting_calendar(request, pk):
    """The calendar file of one meeting as it stands now, for the reader alone."""
    row = get_object_or_404(Meeting.objects.visible_to(request.user), pk=pk)
    note_reading(request, Zone.PROGRAMME, case_number=row.case_number)
    write = calendars.cancel if row.is_cancelled else calendars.request
    return _download(write(row, request.user.email, now=timezone.now()))


# --- Mail that did not arrive ---------------------------------------------------------------------------------


@allow(Role.FUNCTIONEEL_BEHEERDER)
@require_http_methods(["GET"])
def failed(request):
    """Mail that nobody received, without what it was about, to try again or to correct an address."""
    form = FailedForm(request.GET)
    form.is_valid()
    retrying = form.value("show") == "retrying"
    found = Notification.objects.retrying() if retrying else Notification.objects.failed()
    found = found.addressed_to(form.value("q")).order_by("-created_at", "-pk")
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    note_reading(request, Zone.CONTACT, count=len(page.object_list))
    context = {
        "form": form,
        "page": page,
        "failed_count": Notification.objects.failed().count(),
        "retrying_count": Notification.objects.retrying().count(),
        "retrying": retrying,
        "refused": RefusedAddress.objects.all()[:PER_PAGE],
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
    return _download(row.calendar)


def _download(text):
    response = HttpResponse(text.encode(), content_type=f"{calendars.CONTENT_TYPE}; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{calendars.FILENAME}"'
    response["Cache-Control"] = "private, no-store"
    return response
