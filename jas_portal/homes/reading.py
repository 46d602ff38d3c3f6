"""What a home tells about persons: a list-like page is one line of the read log, with how many lines it showed."""

from accounts.reading import note_reading
from accounts.roles import Role
from accounts.zones import Zone

#: Where the lines about persons stand: on the home itself, or on what mentoring or inburgering brought to it.
_PARTS = ("mentoring", "learning")
_LINES = ("work", "meetings", "matches", "proposals", "concerns", "waiting", "talks", "silent", "absences")
#: Homes that show numbers about the portal, and nobody of the programme.
SHOWS_NOBODY = (Role.FUNCTIONEEL_BEHEERDER, Role.PRIVACY_OFFICER)


def note_home(request, home):
    """Leave on `request` what this home tells: the own dossier, or how many lines about others."""
    role = request.user.role
    if role == Role.STATUSHOUDER:
        note_reading(request, Zone.PROGRAMME, case_number=home.case.number if home.case else "")
    elif role not in SHOWS_NOBODY:
        parts = [home, *(getattr(home, name) for name in _PARTS if hasattr(home, name))]
        lines = [getattr(part, name, ()) for part in parts for name in _LINES]
        note_reading(request, Zone.PROGRAMME, count=sum(len(found) for found in lines if not isinstance(found, int)))
