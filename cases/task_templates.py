"""The nineteen tasks of the chain, as the programme's own page names them (R2–R20), and the few the portal adds."""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from accounts.roles import Role
from accounts.zones import Zone
from cases.models.task import TaskKind


@dataclass(frozen=True)
class TaskTemplate:
    """One task that every dossier gets. `due_days` names the number of `ProgrammeSettings` that sets its last day."""

    code: str
    title: str
    owner_role: str
    kind: str
    zone: str
    items: tuple[str, ...] = ()
    due_days: str = ""

    @property
    def own_words(self):
        """What this helps with, in easy Dutch, on the page of the person it is for."""
        return OWN_WORDS[self.code]


#: The tasks as the statushouder reads them (A2): what somebody helps with.
OWN_WORDS = {
    "r2": _("Luistert naar u en is een extra buur"),
    "r3": _("Spreekt Nederlands met u"),
    "r4": _("Gaat met u naar buiten en bekijkt de buurt"),
    "r5": _("Laat u de stad zien"),
    "r6": _("Praat met u over gewoontes in Nederland"),
    "r7": _("Helpt u om mensen te leren kennen"),
    "r8": _("Helpt u met geld: wat komt er binnen en wat gaat eruit"),
    "r9": _("Vraagt verzekeringen en toeslagen met u aan"),
    "r10": _("Meldt u aan voor energie, water, DigiD, telefoon en internet"),
    "r11": _("Helpt u met brieven"),
    "r12": _("Stuurt u naar de goede organisatie"),
    "r13": _("Helpt u met gezinshereniging, reizen en papieren"),
    "r14": _("Belt of schrijft met u naar de dokter, de school, DUO en anderen"),
    "r15": _("Beslist over uw uitkering"),
    "r16": _("Beslist over extra geld voor bijzondere kosten"),
    "r17": _("Maakt met u een plan"),
    "r18": _("Kijkt of u op tijd start met de cursus"),
    "r19": _("Kijkt of het programma goed gaat"),
    "r20": _("Geeft antwoord op vragen over uw uitkering en het programma"),
    "r54": _("Regelt met u de lening van DUO"),
    "r60": _("Laat kijken wat uw diploma in Nederland waard is"),
}


#: The task that only an established plan completes (R17).
PLAN_TEMPLATE = "r17"

_MENTOR, _VWN, _KM = Role.MENTOR, Role.MAATSCHAPPELIJK_BEGELEIDER, Role.KLANTMANAGER

NINETEEN = (
    TaskTemplate(
        "r2", "Ben je een extra buur en bied je een luisterend oor.", _MENTOR, TaskKind.ONGOING, Zone.MENTORING
    ),
    TaskTemplate("r3", "Stimuleer je het spreken van de Nederlandse taal.", _MENTOR, TaskKind.ONGOING, Zone.MENTORING),
    TaskTemplate(
        "r4",
        "Activeer je de statushouder om samen de omgeving te verkennen en spreek je (ook) buiten de deur af.",
        _MENTOR,
        TaskKind.ONGOING,
        Zone.MENTORING,
    ),
    TaskTemplate("r5", "Maak je de statushouder wegwijs in de stad.", _MENTOR, TaskKind.ONGOING, Zone.MENTORING),
    TaskTemplate(
        "r6",
        "Stimuleer je de statushouder om na te denken over culturele verschillen en Nederlandse normen en waarden.",
        _MENTOR,
        TaskKind.ONGOING,
        Zone.MENTORING,
    ),
    TaskTemplate(
        "r7",
        "Ondersteun je de statushouder bij het opbouwen van een netwerk in de regio.",
        _MENTOR,
        TaskKind.ONGOING,
        Zone.MENTORING,
    ),
    TaskTemplate(
        "r8",
        "Inkomsten en uitgaven anders dan uitkering en bijzondere bijstand.",
        _VWN,
        TaskKind.ONGOING,
        Zone.MONEY,
    ),
    TaskTemplate(
        "r9",
        "Aanvragen van verzekeringen en voorzieningen.",
        _VWN,
        TaskKind.CHECKLIST,
        Zone.PROGRAMME,
        ("Zorgverzekering", "Inboedel en aansprakelijkheid", "Toeslagen"),
    ),
    TaskTemplate(
        "r10",
        "Aanmeldingen bij o.a. energie, water, sport, UWV, DigiD, telefoon en internet.",
        _VWN,
        TaskKind.CHECKLIST,
        Zone.PROGRAMME,
        ("Energie", "Water", "Sport", "UWV", "DigiD", "Telefoon", "Internet"),
    ),
    TaskTemplate("r11", "Post.", _VWN, TaskKind.ONGOING, Zone.PROGRAMME),
    TaskTemplate("r12", "Doorverwijzen naar instanties.", _VWN, TaskKind.ONGOING, Zone.PROGRAMME),
    TaskTemplate(
        "r13",
        "Juridische zaken waaronder gezinshereniging, reizen naar het buitenland en juridische "
        "verblijfsdocumenten pasgeborenen.",
        _VWN,
        TaskKind.ONGOING,
        Zone.LEGAL,
    ),
    TaskTemplate(
        "r14",
        "Contacten met: artsen, scholen, kinderopvang, GGZ, woningbouw, belastingdienst, DUO, verzekeringen, "
        "deurwaarders, organisaties binnen het sociale domein, advocaten en IND.",
        _VWN,
        TaskKind.ONGOING,
        Zone.PROGRAMME,
    ),
    TaskTemplate("r15", "Beoordeelt de uitkeringsaanvraag", _KM, TaskKind.DECISION, Zone.BENEFIT),
    TaskTemplate("r16", "Beoordeelt het recht op bijzondere bijstand.", _KM, TaskKind.DECISION, Zone.BENEFIT),
    TaskTemplate(
        PLAN_TEMPLATE, "Stelt het Plan van Aanpak op.", _KM, TaskKind.ONCE, Zone.PROGRAMME, due_days="plan_days"
    ),
    TaskTemplate("r18", "Bewaakt een tijdige inschrijving inburgering.", _KM, TaskKind.ONGOING, Zone.PROGRAMME),
    TaskTemplate(
        "r19",
        "Bewaakt de voortgang van het programma Leidse Inburgering.",
        _KM,
        TaskKind.ONGOING,
        Zone.PROGRAMME,
    ),
    TaskTemplate(
        "r20",
        "Is de contactpersoon waar statushouders met vragen omtrent de uitkering en het programma Leidse Inburgering "
        "terecht kunnen.",
        _KM,
        TaskKind.ONGOING,
        Zone.PROGRAMME,
    ),
)

#: R54: only where the law gives a loan (`rules.loan_applies`).
LOAN = TaskTemplate("r54", "DUO-lening regelen", _VWN, TaskKind.ONCE, Zone.PROGRAMME)
#: R60: picked up early.
DIPLOMA = TaskTemplate(
    "r60", "Diplomawaardering starten", _KM, TaskKind.ONCE, Zone.LEARNING, due_days="diploma_start_days"
)

BY_CODE = {template.code: template for template in (*NINETEEN, LOAN, DIPLOMA)}
