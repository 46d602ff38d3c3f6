"""Contact moments: the mentor logs, corrects and removes the own ones."""

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.roles import Role
from accounts.rules import RuleBroken
from accounts.zones import Zone
from cases.models import JournalKind
from cases.services import delete_row, raise_alert, record, withdraw_alert
from mentoring.models import ContactChannel, ContactMoment, Mentorship
from mentoring.people import tell_coordinators

#: The sort of the alert when a mentor worries.
CONCERN = "mentor_concern"
MOST_MINUTES = 24 * 60


@transaction.atomic
def log_contact(*, mentorship, on, channel, minutes, note="", concern=False, key, by, today, now=None):
    """Log that mentor and statushouder had contact, or that an attempt failed. Returns the `ContactMoment`.

    `on` is a date in Amsterdam, not in the future and not before the match began; `minutes` is how long. `key` comes
    from the form: a double click is one row. A concern raises an alert for the coordinator. The journal line says that,
    never what.
    """
    now = now or timezone.now()
    mentorship = _active(mentorship, by)
    done = ContactMoment.objects.filter(key=key, mentorship=mentorship).first()
    if done:
        return done
    _refuse_date(mentorship, on, today)
    moment = ContactMoment.objects.create(
        mentorship=mentorship,
        on=on,
        channel=channel,
        minutes=_minutes(channel, minutes),
        note=note.strip(),
        concern=concern,
        key=key,
        logged_at=now,
        logged_by=by,
    )
    text = _("Contact van mentor en statushouder op %s") if moment.was_reached else _("Mentor zocht contact op %s")
    _record(moment, text, by=by, now=now)
    if concern:
        _raise_concern(moment, by=by, today=today, now=now)
    return moment


@transaction.atomic
def change_contact(*, moment, on, channel, minutes, note="", concern=False, by, today, now=None):
    """Correct an own contact moment, within fourteen days. Returns the `ContactMoment`; no change leaves no line."""
    now = now or timezone.now()
    moment = _own(moment, by, now)
    _refuse_date(moment.mentorship, on, today)
    new = {
        "on": on,
        "channel": channel,
        "minutes": _minutes(channel, minutes),
        "note": note.strip(),
        "concern": concern,
    }
    if all(getattr(moment, field) == value for field, value in new.items()):
        return moment
    for field, value in new.items():
        setattr(moment, field, value)
    moment.changed_at = now
    moment.save(update_fields=[*new, "changed_at"])
    _record(moment, _("Contactmoment van %s gecorrigeerd"), by=by, now=now)
    if concern:
        _raise_concern(moment, by=by, today=today, now=now)
    else:
        withdraw_alert(key=concern_key(moment), by=by, now=now)
    return moment


@transaction.atomic
def remove_contact(*, moment, by, now=None):
    """Remove an own contact moment that was logged by mistake, within fourteen days. Returns nothing."""
    now = now or timezone.now()
    moment = _own(moment, by, now)
    withdraw_alert(key=concern_key(moment), by=by, now=now)
    _record(moment, _("Contactmoment van %s verwijderd"), by=by, now=now)
    delete_row(moment)


def concern_key(moment):
    """The key of the alert about this moment."""
    return f"concern:{moment.key}"


def _raise_concern(moment, *, by, today, now):
    mentorship = moment.mentorship
    link = reverse("mentoring:mentorship", args=[mentorship.pk])
    _alert, is_new = raise_alert(
        case=mentorship.case,
        key=concern_key(moment),
        kind=CONCERN,
        for_role=Role.VRIJWILLIGERSCOORDINATOR,
        zone=Zone.MENTORING,
        title=_("Mentor maakt zich zorgen"),
        detail=_("Bel de mentor. Het contactmoment staat bij de koppeling."),
        link=link,
        by=by,
        now=now,
    )
    if is_new:
        tell_coordinators(
            mentorship.mentor.organisation,
            key=f"{concern_key(moment)}:{int(now.timestamp())}",
            kind=CONCERN,
            subject=_("Een mentor vraagt u te bellen"),
            body=_("Een mentor maakt zich zorgen. Bekijk het signaal in het portaal."),
            link=link,
            by=by,
            today=today,
            now=now,
        )


def _record(moment, text, *, by, now):
    day = date_format(moment.on, "j F Y")
    record(case=moment.mentorship.case, kind=JournalKind.CONTACT, zone=Zone.MENTORING, text=text % day, by=by, now=now)


def _active(mentorship, by):
    """The match, locked: while somebody logs, nobody ends it. Refuses when it is not the mentor's own, or over."""
    mentorship = (
        Mentorship.objects.select_for_update(of=("self",))
        .select_related("mentor__organisation", "case")
        .get(pk=mentorship.pk)
    )
    if by is None or mentorship.mentor.user_id != by.pk:
        raise RuleBroken(_("Alleen de mentor zelf legt contact vast."))
    if not mentorship.is_active:
        raise RuleBroken(_("Deze koppeling is beëindigd. Je kunt geen contact meer vastleggen."))
    return mentorship


def _own(moment, by, now):
    mentorship = _active(moment.mentorship, by)
    moment = ContactMoment.objects.select_for_update(of=("self",)).get(pk=moment.pk)
    moment.mentorship = mentorship
    if not moment.can_be_changed(now):
        raise RuleBroken(_("Dit contactmoment is te oud om te wijzigen. Bel de coördinator als er iets niet klopt."))
    return moment


def _refuse_date(mentorship, on, today):
    if on > today:
        raise RuleBroken(_("Deze datum ligt in de toekomst. Kies vandaag of eerder."))
    if on < mentorship.start_date:
        raise RuleBroken(
            _("Jullie koppeling begon op %s. Kies een datum vanaf die dag.")
            % date_format(mentorship.start_date, "j F Y")
        )


def _minutes(channel, minutes):
    """An attempt takes no time; contact takes at least a minute and at most a day."""
    if channel == ContactChannel.NIET_BEREIKT:
        return 0
    if not 1 <= minutes <= MOST_MINUTES:
        raise RuleBroken(_("Vul in hoe lang het contact duurde."))
    return minutes
