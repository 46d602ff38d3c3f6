"""The one table of periodic work: what runs, how often, and what the beheerder reads about it.

Intervals in seconds, counted in UTC; what is due is a date in the database, never the hour of the clock.
"""

from dataclasses import dataclass
from datetime import timedelta

from django.utils.translation import gettext_lazy as _

#: Work that comes by more often than this is a look for rows to take: several at once share them, and one that found
#: nothing is not worth a line.
SELDOM_SECONDS = 60


@dataclass(frozen=True)
class Periodic:
    """One periodic job: its name, its Celery task, seconds between two runs, and in Dutch what it is and does."""

    name: str
    task: str
    every: int
    label: str
    does: str

    @property
    def is_frequent(self):
        """Whether it looks for rows so often that runs may overlap and empty ones leave no line."""
        return self.every < SELDOM_SECONDS

    @property
    def interval(self):
        return timedelta(seconds=self.every)

    @property
    def late_after(self):
        """How long after its last run it counts as late: three were missed, and a little."""
        return self.interval * 3 + timedelta(minutes=2)


PERIODIC = (
    Periodic(
        "deliver-messages",
        "notifications.tasks.deliver_due",
        5,
        _("Mail versturen"),
        _("Verstuurt berichten die klaarstaan, en probeert opnieuw wat niet lukte."),
    ),
    Periodic(
        "send-digests",
        "notifications.tasks.send_digests",
        300,
        _("Verzamelberichten maken"),
        _("Zet berichten van een dag of week samen in één mail, voor wie dat koos."),
    ),
    Periodic(
        "work-on-jobs",
        "jas_portal.tasks.work_on_jobs",
        3,
        _("Opdrachten uitvoeren"),
        _("Maakt lijsten en bestanden waar iemand om vroeg."),
    ),
    Periodic(
        "work-on-imports",
        "cases.tasks.work_on_imports",
        3,
        _("Imports verwerken"),
        _("Leest ingelezen bestanden en maakt er dossiers van."),
    ),
    Periodic(
        "work-on-retention",
        "privacy.tasks.work_on_retention",
        3,
        _("Opruimen na de bewaartermijn"),
        _("Maakt de lijst van wat weg mag, en ruimt op wat is goedgekeurd."),
    ),
    Periodic(
        "remind-of-requests",
        "cases.tasks.remind_of_requests",
        900,
        _("Herinneren aan verzoeken over gegevens"),
        _("Waarschuwt een week voordat het antwoord op een verzoek er moet zijn."),
    ),
    Periodic(
        "run-asked",
        "jas_portal.tasks.run_asked",
        3,
        _("Werk dat u nu laat doen"),
        _("Begint met werk waarvoor op deze pagina op de knop is gedrukt."),
    ),
    Periodic(
        "seal-read-log",
        "privacy.tasks.seal_read_log",
        60,
        _("Logboek verzegelen"),
        _("Legt vast wat in het logboek staat, zodat niemand het kan veranderen."),
    ),
    Periodic(
        "check-read-log",
        "jas_portal.tasks.check_read_log",
        60,
        _("Logboek controleren"),
        _("Controleert de zegels van het logboek wanneer dat aan de beurt is."),
    ),
    Periodic(
        "clean-up-imports",
        "cases.tasks.clean_up_imports",
        600,
        _("Imports opruimen"),
        _("Vergeet ingelezen gegevens die niemand binnen een dag gebruikte."),
    ),
    Periodic(
        "clean-up-jobs",
        "jas_portal.tasks.clean_up_jobs",
        600,
        _("Bestanden van opdrachten opruimen"),
        _("Gooit bestanden weg die ouder zijn dan een dag."),
    ),
    Periodic(
        "raise-overdue-check-ins",
        "mentoring.tasks.raise_overdue_check_ins",
        900,
        _("Gesprekken bewaken"),
        _("Geeft een signaal bij een 3- of 6-maandengesprek waarvan de dag voorbij is."),
    ),
    Periodic(
        "expire-proposals",
        "mentoring.tasks.expire_proposals",
        900,
        _("Voorstellen laten verlopen"),
        _("Haalt voorstellen terug waarop een mentor niet op tijd antwoordde."),
    ),
    Periodic(
        "end-for-closed-cases",
        "mentoring.tasks.end_for_closed_cases",
        900,
        _("Koppelingen beëindigen"),
        _("Beëindigt koppelingen en verzoeken bij gesloten dossiers."),
    ),
    Periodic(
        "raise-missing-start",
        "inburgering.tasks.raise_missing_start",
        900,
        _("Startdatum bewaken"),
        _("Geeft een signaal als iemand na de Startgroep nog geen startdatum heeft."),
    ),
    Periodic(
        "release-docents",
        "inburgering.tasks.release_docents",
        900,
        _("Toegang van docenten beëindigen"),
        _("Sluit dossiers voor de docent vier weken na de start van de cursus."),
    ),
    Periodic(
        "end-courses-of-closed-cases",
        "inburgering.tasks.end_for_closed_cases",
        900,
        _("Inschrijvingen beëindigen"),
        _("Beëindigt inschrijvingen en plaatsen bij gesloten dossiers."),
    ),
    Periodic(
        "end-lapsed-relations",
        "cases.tasks.end_lapsed_relations",
        900,
        _("Toegang beëindigen"),
        _("Beëindigt de toegang van wie geen rol meer heeft, en van vervangers na hun laatste dag."),
    ),
    Periodic(
        "clear-sessions",
        "privacy.tasks.clear_sessions",
        3600,
        _("Oude sessies wissen"),
        _("Vergeet sessies die voorbij zijn."),
    ),
)
BY_NAME = {entry.name: entry for entry in PERIODIC}
BY_TASK = {entry.task: entry for entry in PERIODIC}
