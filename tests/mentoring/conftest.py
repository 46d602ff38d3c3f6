"""The cast with a mentor's file, a match and its talks."""

from types import SimpleNamespace

import pytest

from mentoring.models import CheckInKind
from tests import factories
from tests.mentoring.matches import make_match


@pytest.fixture
def cast(cast):
    """The cast, and `cast.mentor_file`, `cast.outsider.mentor_file`: available mentors."""
    cast.mentor_file = factories.make_mentor(
        cast.mentor,
        languages=["nl", "ti"],
        availability=["di_avond", "za"],
        interests=["koken"],
        neighbourhood="Merenwijk",
    )
    cast.outsider.mentor_file = factories.make_mentor(cast.outsider.mentor)
    return cast


@pytest.fixture
def match(cast):
    """An active match around the cast's dossier."""
    return make_match(cast)


@pytest.fixture
def talks(match):
    """Its two talks, as `first` and `second`."""
    return SimpleNamespace(
        first=match.check_ins.get(kind=CheckInKind.M3), second=match.check_ins.get(kind=CheckInKind.M6)
    )
