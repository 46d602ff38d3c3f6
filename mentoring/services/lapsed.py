"""Matches whose mentor no longer works as one: the coordinator hears of it and ends them."""

from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import RoleAssignment
from accounts.roles import Role
from accounts.zones import Zone
from cases.models import Alert, Assignment
from cases.services import raise_alert, withdraw_alert
from mentoring.models import EndReason, Mentorship
from mentoring.services.matching import end_mentorship

NO_MENTOR = "no_mentor"


def key_of(mentorship_id):
    """The key of the alert of one match."""
    return f"no-mentor:{mentorship_id}"


def without_mentor(today):
    """Active matches whose mentor holds the role no more, or stands around the dossier no more."""
    works = RoleAssignment.objects.current(today).filter(user=OuterRef("mentor__user"), role=Role.MENTOR)
    stands = Assignment.objects.current(today).filter(
        case=OuterRef("case"), user=OuterRef("mentor__user"), role=Role.MENTOR
    )
    return Mentorship.objects.active().filter(Q(~Exists(works)) | Q(~Exists(stands)), start_date__lte=today)


def raise_without_mentor(today, now=None):
    """One alert to the coordinator for each match without a mentor, taken back when the mentor is there again.

    Access ended by itself; the match, its talks and the wait for another mentor are the coordinator's to settle. Running
    it again raises nothing new. Returns how many were raised.
    """
    found = {key_of(match.pk): match for match in without_mentor(today).select_related("case", "mentor__user")}
    raised = 0
    for key, match in found.items():
        _alert, is_new = raise_alert(
            case=match.case,
            key=key,
            kind=NO_MENTOR,
            for_role=Role.VRIJWILLIGERSCOORDINATOR,
            zone=Zone.MENTORING,
            title=_("Koppeling zonder mentor"),
            detail=_("De mentor heeft geen account of rol meer en ziet het dossier niet. Beëindig de koppeling."),
            link=reverse("mentoring:end_without_mentor", args=[match.pk]),
            now=now,
        )
        raised += is_new
    for alert in Alert.objects.open().filter(kind=NO_MENTOR).exclude(key__in=found):
        withdraw_alert(key=alert.key, detail=_("Er is weer een mentor, of de koppeling is beëindigd."), now=now)
    return raised


def end_without_mentor(*, mentorship, by, today, now=None):
    """End a match whose mentor is gone, and seek another one with the same wishes. Returns the `Mentorship`."""
    ended = end_mentorship(
        mentorship=mentorship, reason=EndReason.MENTOR_STOPT, seek_new=True, by=by, today=today, now=now
    )
    withdraw_alert(key=key_of(mentorship.pk), detail=_("De koppeling is beëindigd."), by=by, now=now)
    return ended
