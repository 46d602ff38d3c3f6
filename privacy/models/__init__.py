"""The tables of privacy, a module per idea."""

from privacy.models.log import Action, LogCheck, LogLine, Seal, SealKind
from privacy.models.retention import (
    ItemState,
    RetentionBatch,
    RetentionHold,
    RetentionItem,
    RetentionResult,
    RetentionRun,
    RetentionState,
)

__all__ = [
    "Action",
    "ItemState",
    "LogCheck",
    "LogLine",
    "RetentionBatch",
    "RetentionHold",
    "RetentionItem",
    "RetentionResult",
    "RetentionRun",
    "RetentionState",
    "Seal",
    "SealKind",
]
