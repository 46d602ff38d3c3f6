"""How far a person reads into one dossier: role and zone, and the little that a waiting dossier shows."""

from dataclasses import dataclass

from accounts.roles import Role
from accounts.zones import WITHOUT_KLANTMANAGER, Reach, reach, writes
from cases.models import Assignment


@dataclass(frozen=True)
class Reader:
    """One person before one dossier that is visible to them. Role and zone alone open nothing: fetch the dossier first."""

    role: str | None
    is_narrow: bool = False

    def reads(self, zone):
        """Whether all of `zone` is open."""
        return self._reach(zone) is Reach.FULL

    def sees(self, zone):
        """Whether at least a summary of `zone` is open: that and when, never what."""
        return self._reach(zone) is not None

    def writes(self, zone):
        """Whether this person may write in `zone` of this dossier."""
        return not self.is_narrow and writes(self.role, zone)

    def _reach(self, zone):
        if self.is_narrow and zone not in WITHOUT_KLANTMANAGER:
            return None
        return reach(self.role, zone)


def reader_of(case, user, today=None):
    """The `Reader` for this person and this visible dossier. A klantmanager who doesn't hold it reads the little of
    model §5.7 (9). Costs a query only for a dossier that waits for a klantmanager.
    """
    narrow = (
        user.role == Role.KLANTMANAGER
        and case.without_klantmanager_since is not None
        and not Assignment.objects.current(today).held_by(user).filter(case=case).exists()
    )
    return Reader(role=user.role, is_narrow=narrow)
