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
from cases.models.history import HISTORY_ROLES, Change
from cases.models.journal import Alert, AlertStatus, FollowUp, FollowUpChannel, JournalEntry, JournalKind
from cases.models.person import Channel, HomeAddress, HouseholdNote, Language, Statushouder
from cases.models.plan import Agreement, AgreementParty, MainGoal, PlanVanAanpak, PlanVersion
from cases.models.programme import ProgrammeSettings
from cases.models.rights import (
    Disclosure,
    DisclosureBasis,
    NoticeExplained,
    PrivacyNotice,
    RequestKind,
    RequestStatus,
    RightsRequest,
)
from cases.models.task import ChecklistItem, Task, TaskKind, TaskStatus

__all__ = [
    "HISTORY_ROLES",
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
    "Change",
    "Channel",
    "ChecklistItem",
    "Deputyship",
    "Disclosure",
    "DisclosureBasis",
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
    "NoticeExplained",
    "Phase",
    "PhaseChange",
    "PlanVanAanpak",
    "PlanVersion",
    "PrivacyNotice",
    "ProgrammeSettings",
    "RequestKind",
    "RequestStatus",
    "RightsRequest",
    "RowStatus",
    "Statushouder",
    "Task",
    "TaskKind",
    "TaskStatus",
    "TermSource",
    "Verdict",
]
