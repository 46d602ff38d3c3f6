"""The nineteen tasks of the chain, as the programme's own page names them (R2–R20), and the few the portal adds."""

from dataclasses import dataclass

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


_MENTOR, _VWN, _KM = Role.MENTOR, Role.MAATSCHAPPELIJK_BEGELEIDER, Role.KLANTMANAGER

NINETEEN = (
    TaskTemplate(
        "r2", "Ben je een extra buur en bied je een luisterend oor.", _MENTOR, TaskKind.ONGOING, Zone.MENTORING
    ),
    TaskTemplate(
        "r3", "Stimuleer je het spreken van de Nederlandse taal.", _MENTOR, TaskKind.ONGOING, Zone.MENTORING
    ),
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
        "r17", "Stelt het Plan van Aanpak op.", _KM, TaskKind.ONCE, Zone.PROGRAMME, due_days="plan_days"
    ),
    TaskTemplate(
        "r18", "Bewaakt een tijdige inschrijving inburgering.", _KM, TaskKind.ONGOING, Zone.PROGRAMME
    ),
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
