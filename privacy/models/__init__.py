"""The tables of privacy, a module per idea."""

from privacy.models.log import Action, LogCheck, LogLine, Seal, SealKind

__all__ = ["Action", "LogCheck", "LogLine", "Seal", "SealKind"]
