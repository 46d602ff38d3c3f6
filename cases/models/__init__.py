"""Tables of the dossier, by idea."""

from cases.models.case import (
    Assignment,
    Case,
    CaseNumber,
    Group,
    Leerroute,
    LegalRegime,
    Phase,
    PhaseChange,
    TermSource,
)
from cases.models.caseload import CaseloadImport, CaseloadImportRow, ImportState, RowStatus
from cases.models.cover import BreakGlass, Deputyship, Verdict
from cases.models.journal import Alert, AlertStatus, FollowUp, FollowUpChannel, JournalEntry, JournalKind
from cases.models.person import Channel, HomeAddress, HouseholdNote, Language, Statushouder
from cases.models.plan import Agreement, AgreementParty, MainGoal, PlanVanAanpak, PlanVersion
from cases.models.programme import ProgrammeSettings
from cases.models.task import ChecklistItem, Task, TaskKind, TaskStatus

__all__ = [
    "Agreement",
    "AgreementParty",
    "Alert",
    "AlertStatus",
    "Assignment",
    "BreakGlass",
    "Case",
    "CaseNumber",
    "CaseloadImport",
    "CaseloadImportRow",
    "Channel",
    "ChecklistItem",
    "Deputyship",
    "FollowUp",
    "FollowUpChannel",
    "Group",
    "HomeAddress",
    "HouseholdNote",
    "ImportState",
    "JournalEntry",
    "JournalKind",
    "Language",
    "Leerroute",
    "LegalRegime",
    "MainGoal",
    "Phase",
    "PhaseChange",
    "PlanVanAanpak",
    "PlanVersion",
    "ProgrammeSettings",
    "RowStatus",
    "Statushouder",
    "Task",
    "TaskKind",
    "TaskStatus",
    "TermSource",
    "Verdict",
]
