"""Sorts of messages as one table: their Dutch names, who receives them, how, and what may not be switched off.

A sort that is not named here is simply a message: mailed at once, and in the history of a dossier only for its receiver.
"""

from dataclasses import dataclass, field

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.roles import Role
from accounts.zones import Zone

ACCOUNT = "account"
REFUSED_ADDRESS = "refused_address"
ANSWER = "answer"
DIGEST = "digest"
INVITATION = "invitation"


class Way(models.TextChoices):
    """How somebody receives one sort of message. In the portal it stands in any case."""

    AT_ONCE = "at_once", _("Meteen per mail")
    DAILY = "daily", _("Eén keer per dag, samen in één mail")
    WEEKLY = "weekly", _("Eén keer per week, samen in één mail")
    PORTAL = "portal", _("Alleen in het portaal")


#: The ways that gather messages in one mail.
GATHERED = (Way.DAILY, Way.WEEKLY)


@dataclass(frozen=True)
class Kind:
    """One sort of message.

    `zone` is that of what it tells: the history of a dossier shows it to who reads there (as a journal line), and of
    those to `only_for` alone when that is filled.
    `roles` receive it and choose how, beginning with `default` (or their own in `defaults`).
    `why_always` says why it is always mailed at once, whatever anybody chose and whatever the hour; "" when it may wait.
    """

    label: str
    zone: Zone = Zone.CONTACT
    roles: tuple[Role, ...] = ()
    default: Way = Way.AT_ONCE
    defaults: dict[Role, Way] = field(default_factory=dict)
    why_always: str = ""
    only_for: tuple[Role, ...] = ()

    def default_for(self, role):
        """How somebody in `role` receives it as long as nothing else was chosen."""
        return self.defaults.get(role, self.default)


_ALL = tuple(Role)
#: Who can ask for long work (`jas_portal.work.kinds`).
_JOB_ROLES = (
    Role.KLANTMANAGER, Role.MAATSCHAPPELIJK_BEGELEIDER, Role.DOCENT, Role.FUNCTIONEEL_BEHEERDER,
)  # fmt: skip

KINDS = {
    ACCOUNT: Kind(
        _("Account en inloggen"),
        roles=_ALL,
        why_always=_("Zo merkt u meteen dat iemand iets aan uw account verandert."),
    ),
    INVITATION: Kind(
        _("Uitnodiging voor een afspraak"),
        zone=Zone.PROGRAMME,
        roles=tuple(role for role in Role if role not in (Role.FUNCTIONEEL_BEHEERDER, Role.PRIVACY_OFFICER)),
        why_always=_("Een afspraak geldt pas als iedereen de dag en de tijd weet, ook na een wijziging."),
    ),
    "absence_alert": Kind(
        _("Signaal over verzuim"),
        zone=Zone.ATTENDANCE,
        roles=(Role.KLANTMANAGER,),
        why_always=_("De gemeente moet op verzuim letten (Wet inburgering). Een signaal mag niet blijven liggen."),
        only_for=(Role.KLANTMANAGER,),
    ),
    ANSWER: Kind(
        _("Antwoord op een uitnodiging"),
        zone=Zone.PROGRAMME,
        roles=(Role.KLANTMANAGER, Role.VRIJWILLIGERSCOORDINATOR, Role.DOCENT),
    ),
    "assigned": Kind(_("Nieuw dossier"), roles=(Role.MAATSCHAPPELIJK_BEGELEIDER,)),
    "break_glass": Kind(
        _("Noodtoegang"),
        zone=Zone.BENEFIT,
        roles=(Role.KLANTMANAGER, Role.PRIVACY_OFFICER),
        why_always=_("Toegang in nood mag alleen als iemand anders het meteen hoort."),
        only_for=(Role.KLANTMANAGER, Role.STATUSHOUDER),
    ),
    "caseload_import": Kind(_("Import van dossiers"), roles=(Role.KLANTMANAGER,), default=Way.DAILY),
    "check_in": Kind(
        _("Gesprek met de mentor"),
        zone=Zone.MENTORING,
        roles=(Role.KLANTMANAGER, Role.VRIJWILLIGERSCOORDINATOR),
        default=Way.DAILY,
        only_for=(Role.KLANTMANAGER, Role.VRIJWILLIGERSCOORDINATOR),
    ),
    "deputy": Kind(_("Vervanging"), roles=(Role.KLANTMANAGER, Role.MAATSCHAPPELIJK_BEGELEIDER)),
    DIGEST: Kind(_("Verzamelbericht")),
    "enrolment": Kind(
        _("Inschrijving bij een instituut"),
        zone=Zone.LEARNING,
        roles=(Role.KLANTMANAGER, Role.DOCENT, Role.INSTITUUT),
        defaults={Role.KLANTMANAGER: Way.DAILY},
    ),
    "hand_over": Kind(_("Overdracht van een dossier"), roles=(Role.KLANTMANAGER,)),
    "match": Kind(
        _("Koppeling"),
        zone=Zone.MENTORING,
        roles=(Role.KLANTMANAGER, Role.MENTOR, Role.VRIJWILLIGERSCOORDINATOR, Role.STATUSHOUDER),
        defaults={Role.KLANTMANAGER: Way.DAILY},
    ),
    "match_request": Kind(_("Koppelverzoek"), zone=Zone.MENTORING, roles=(Role.VRIJWILLIGERSCOORDINATOR,)),
    "mentor_concern": Kind(
        _("Zorg van een mentor"),
        zone=Zone.MENTORING,
        roles=(Role.VRIJWILLIGERSCOORDINATOR,),
        why_always=_("Een mentor vraagt om een telefoontje. Dat kan niet wachten."),
        only_for=(Role.VRIJWILLIGERSCOORDINATOR,),
    ),
    "new_klantmanager": Kind(_("Nieuwe klantmanager"), roles=(Role.STATUSHOUDER,)),
    "plan_established": Kind(_("Plan van Aanpak"), zone=Zone.BENEFIT, roles=(Role.STATUSHOUDER,)),
    "proposal": Kind(
        _("Voorstel voor een koppeling"),
        zone=Zone.MENTORING,
        roles=(Role.MENTOR, Role.VRIJWILLIGERSCOORDINATOR),
        defaults={Role.VRIJWILLIGERSCOORDINATOR: Way.DAILY},
    ),
    "job": Kind(_("Opdracht klaar"), roles=_JOB_ROLES, default=Way.PORTAL),
    "read_log": Kind(
        _("Logboek klopt niet"),
        zone=Zone.AUDIT,
        roles=(Role.PRIVACY_OFFICER,),
        why_always=_("Wie het logboek verandert, mag geen tijd winnen."),
    ),
    REFUSED_ADDRESS: Kind(_("Mailadres geweigerd"), roles=(Role.FUNCTIONEEL_BEHEERDER,)),
    "rights": Kind(
        _("Verzoek over eigen gegevens"),
        zone=Zone.BENEFIT,
        roles=(Role.KLANTMANAGER, Role.STATUSHOUDER, Role.PRIVACY_OFFICER),
        why_always=_("De wet geeft een maand voor een antwoord; die maand loopt."),
    ),
    "startgroep": Kind(
        _("Startgroep"), zone=Zone.PROGRAMME, roles=(Role.DOCENT, Role.STATUSHOUDER, Role.KLANTMANAGER)
    ),
}  # fmt: skip

_SIMPLY_A_MESSAGE = Kind(_("Bericht"))

#: Sorts of meetings: their Dutch names, and the zone of what an invitation to them tells.
MEETINGS = {
    "check_in": (_("Gesprek met de mentor"), Zone.MENTORING),
    "progress_talk": (_("Voortgangsgesprek"), Zone.BENEFIT),
    "startgroep": (_("Bijeenkomst van een Startgroep"), Zone.PROGRAMME),
    "theme": (_("Themabijeenkomst"), Zone.MENTORING),
}


def get(kind):
    """The `Kind` with this name; a sort that nobody named is mailed at once."""
    return KINDS.get(kind, _SIMPLY_A_MESSAGE)


def label(kind):
    """The Dutch name of a sort of message."""
    return get(kind).label


def may_be_stopped(kind):
    """Whether its receiver may have it otherwise than mailed at once."""
    return kind in KINDS and not KINDS[kind].why_always


def of_role(role):
    """(name, `Kind`) of all that somebody in `role` may receive: first what may be chosen, in order of their labels."""
    mine = [(name, kind) for name, kind in KINDS.items() if role in kind.roles]
    return sorted(mine, key=lambda pair: (bool(pair[1].why_always), str(pair[1].label)))


def seen_in(zones, role):
    """Names of the sorts of which `role` reads in `zones` that they were sent, invitations left out: their zone is that
    of the meeting."""
    return [
        name
        for name, kind in KINDS.items()
        if kind.zone in zones and (not kind.only_for or role in kind.only_for) and name not in (INVITATION, ANSWER)
    ]


def meeting_label(kind):
    """The Dutch name of a sort of meeting."""
    return MEETINGS[kind][0] if kind in MEETINGS else _("Afspraak")


def meetings_seen_in(zones):
    """Names of the sorts of meetings whose zone is among `zones`."""
    return [name for name, (_label, zone) in MEETINGS.items() if zone in zones]
