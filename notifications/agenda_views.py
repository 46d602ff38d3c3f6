"""Pages of the agenda: one's meetings, one meeting with its answers, and the feeds that calendar apps read."""

from datetime import UTC
from email.utils import parsedate_to_datetime

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseNotFound, HttpResponseNotModified
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import http_date, parse_etags
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.access import allow, gives_file, public
from accounts.reading import note_reading
from accounts.roles import Role
from accounts.rules import RuleBroken
from accounts.zones import Zone
from notifications import calendars, kinds, links, overviews, services
from notifications.forms import AgendaForm, FeedForm
from notifications.models import Answer, CalendarFeed, Meeting
from notifications.views import calendar_download

#: The ways to look at an agenda, as the address names them, and what reads them.
VIEWS = {"": overviews.list_from, "week": overviews.week_of, "dag": overviews.day_of}


# --- Agenda --------------------------------------------------------------------------------------------------


@allow()
@require_http_methods(["GET"])
def agenda(request):
    """The reader's meetings: four weeks as a list, one week side by side, one day, or what a search finds."""
    form = AgendaForm(request.GET)
    form.is_valid()
    today = timezone.localdate()
    since, words, kind = (form.cleaned_data.get(name) or "" for name in ("van", "q", "soort"))
    view = request.GET.get("weergave", "")
    if view not in VIEWS or words:
        view = ""
    if words:
        page = request.GET.get("page")
        shown = overviews.search(request.user, words, kind=kind, since=since, page=page, today=today)
    else:
        shown = VIEWS[view](request.user, since or today, kind=kind, today=today)
    note_reading(request, Zone.PROGRAMME, count=sum(len(day.slots) for day in shown.days))

    def address(view, day=None):
        return overviews.agenda_url(view=view, day=day, kind=kind)

    labels = {"": _("Lijst"), "week": _("Week"), "dag": _("Dag")}
    context = {
        "agenda": shown,
        "form": form,
        "view": view,
        "active": bool(since) + bool(words) + bool(kind),
        "is_week": view == "week",
        "words": words,
        "segments": [
            {"label": label, "url": address(name, since), "current": name == view} for name, label in labels.items()
        ],
        "previous_url": address(view, shown.previous),
        "next_url": address(view, shown.next),
        "today_url": address(view),
        "count": _("Gevonden: %(n)s") % {"n": shown.count} if words else "",
    }
    return render(request, "notifications/agenda.html", context)


@allow()
@require_http_methods(["GET"])
def meeting(request, pk):
    """One meeting: when, where, with whom, who comes, and whom somebody must phone."""
    row = get_object_or_404(Meeting.objects.visible_to(request.user), pk=pk)
    note_reading(request, Zone.PROGRAMME, case_number=row.case_number)
    participants = overviews.participants_of(row, request.user)
    own = next((participant for participant in participants if participant.is_reader), None)
    is_over = row.ends_at <= timezone.now()
    context = {
        "meeting": row,
        "kind_label": kinds.meeting_label(row.kind),
        "participants": participants,
        "own": own,
        "may_answer": own is not None and not is_over and not row.is_cancelled,
        "answers": answer_buttons(own.answer if own else ""),
        "is_helper": request.user.role != Role.STATUSHOUDER,
        "is_over": is_over,
        "breadcrumb": [(_("Agenda"), reverse("notifications:agenda")), (row.title, "")],
    }
    return render(request, "notifications/meeting.html", context)


def answer_buttons(given):
    """The three answers as buttons: (value, words, whether this was answered)."""
    words = ((Answer.YES, _("Ik kom")), (Answer.NO, _("Ik kom niet")), (Answer.MAYBE, _("Misschien")))
    return [(value.value, label, value == given) for value, label in words]


@allow()
@gives_file
@require_http_methods(["GET"])
def meeting_calendar(request, pk):
    """The calendar file of one meeting as it stands now, for the reader alone."""
    row = get_object_or_404(Meeting.objects.of_user(request.user), pk=pk)
    note_reading(request, Zone.PROGRAMME, case_number=row.case_number)
    write = calendars.cancel if row.is_cancelled else calendars.request
    return calendar_download(write(row, request.user.email, now=timezone.now()))


# --- Answers ---------------------------------------------------------------------------------------------------


@allow()
@require_http_methods(["POST"])
def answer_meeting(request, pk):
    """Say whether one comes, from the page of the meeting."""
    row = get_object_or_404(Meeting.objects.of_user(request.user), pk=pk)
    note_reading(request, Zone.PROGRAMME, case_number=row.case_number)
    place = row.participants.filter(user=request.user, role__in=["", request.user.role]).first()
    if place is None:
        raise Http404
    try:
        services.answer_meeting(participant=place, answer=_answer(request), now=timezone.now())
        messages.success(request, _("Uw antwoord is opgeslagen."))
    except RuleBroken as refusal:
        messages.error(request, refusal.message)
    return redirect(row)


@public
@never_cache
@require_http_methods(["GET", "POST"])
def answer_by_link(request, token):
    """Say whether one comes, by the link of the invitation: signed in or not, it shows no more than the mail did.

    Opening it answers nothing, because programs that check mail open every link; a button does.
    """
    place, is_current = links.participant_of(token)
    if place is None:
        raise Http404
    refusal, is_saved = "", False
    if not is_current:
        refusal = _("Deze afspraak is gewijzigd. Gebruik de link in het laatste bericht erover.")
    elif place.meeting.is_cancelled:
        refusal = _("Deze afspraak gaat niet door. U hoeft niets te doen.")
    elif place.meeting.ends_at <= timezone.now():
        refusal = _("Deze afspraak is geweest. U kunt niet meer antwoorden.")
    elif request.method == "POST":
        try:
            place = services.answer_meeting(
                participant=place, answer=_answer(request), asked=place.asked, now=timezone.now()
            )
            is_saved = True
        except RuleBroken as broken:
            refusal = broken.message
    context = {
        "meeting": place.meeting,
        "answers": answer_buttons(place.answer),
        "given": place.answer,
        "refusal": refusal,
        "is_saved": is_saved,
        "may_open": Meeting.objects.visible_to(request.user).filter(pk=place.meeting_id).exists()
        if request.user.is_authenticated
        else False,
    }
    response = render(request, "notifications/answer_by_link.html", context, status=410 if refusal else 200)
    response["X-Robots-Tag"] = "noindex"
    return response


def _answer(request):
    answer = request.POST.get("answer", "")
    if answer not in Answer.values:
        raise Http404
    return answer


# --- Feeds ----------------------------------------------------------------------------------------------------


@allow()
@never_cache
@require_http_methods(["GET", "POST"])
def feeds(request):
    """One's calendar feeds: make one for a role, renew it, or stop it. Its address is shown once, right after making."""
    roles = list(request.user.current_roles())
    form = FeedForm(request.POST or None, roles=roles, initial={"role": request.user.acting_as.pk})
    made = None
    if request.method == "POST" and form.is_valid():
        try:
            token = services.make_feed(role_assignment=form.cleaned_data["role"], by=request.user, now=timezone.now())
            made = request.build_absolute_uri(reverse("calendar_feed", args=[token]))
        except RuleBroken as refusal:
            form.add_error(None, refusal.message)
    rows = CalendarFeed.objects.filter(role_assignment__in=roles).select_related("role_assignment__organisation")
    context = {
        "form": form,
        "made": made,
        "feeds": rows,
        "breadcrumb": [(_("Agenda"), reverse("notifications:agenda")), (_("Agenda-app koppelen"), "")],
    }
    return render(request, "notifications/feeds.html", context)


@allow()
@require_http_methods(["POST"])
def revoke_feed(request, pk):
    """Stop one of one's own feeds."""
    row = get_object_or_404(CalendarFeed, pk=pk, role_assignment__user=request.user)
    services.revoke_feed(feed=row, by=request.user)
    messages.success(request, _("De link is ingetrokken. Uw agenda-app krijgt niets nieuws meer."))
    return redirect("notifications:feeds")


@public
@gives_file
@require_http_methods(["GET", "HEAD"])
def calendar_feed(request, token):
    """The meetings of who made this address, in that role, as they may be seen now. Anything else is one and the same 404.

    Who asks again gets 304 as long as nothing changed.
    """
    today, now = timezone.localdate(), timezone.now()
    row = services.feed_of(token, today)
    if row is None:
        return _no_feed()
    role = row.role_assignment
    user = role.user
    user.acting_as = role
    found = overviews.feed_of(user, row, now)
    etag = f'"{found.fingerprint}"'
    if _is_unchanged(request, etag, found.changed_at):
        return _without_trace(HttpResponseNotModified(), etag, found.changed_at)
    # The read log knows whose calendar this was: nobody is signed in here.
    request.user = user
    note_reading(request, Zone.PROGRAMME, count=len(found.rows), search="")
    text = calendars.feed(found.rows, name=found.name)
    response = HttpResponse(text.encode(), content_type=f"{calendars.CONTENT_TYPE}; charset=utf-8")
    response["Content-Disposition"] = 'inline; filename="agenda.ics"'
    return _without_trace(response, etag, found.changed_at)


def _is_unchanged(request, etag, changed_at):
    """Whether the reader has it already (RFC 9110 §13.1: a tag goes before a moment)."""
    tags = parse_etags(request.headers.get("If-None-Match", ""))
    if tags:
        return "*" in tags or etag in {tag.removeprefix("W/") for tag in tags}
    try:
        since = parsedate_to_datetime(request.headers.get("If-Modified-Since", ""))
    except (TypeError, ValueError):
        return False
    since = since if since.tzinfo else since.replace(tzinfo=UTC)
    return changed_at.replace(microsecond=0) <= since


def _no_feed():
    """The one answer to every address that is no feed: never made, revoked, renewed or ended."""
    response = HttpResponseNotFound(_("Deze agenda is er niet."), content_type="text/plain; charset=utf-8")
    # The address may be a secret that was in use until a moment ago: it goes into no log.
    response._has_been_logged = True
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex"
    response["Cache-Control"] = "private, no-store"
    return response


def _without_trace(response, etag, changed_at):
    response["ETag"] = etag
    response["Last-Modified"] = http_date(changed_at.timestamp())
    response["Cache-Control"] = "private, no-cache"
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex"
    return response
