"""Going along due rows: in pieces, and past the one that fails."""

import pytest
from django.db import OperationalError

from accounts import sweeping
from accounts.models import Organisation, OrganisationKind
from accounts.sweeping import sweep


@pytest.fixture
def rows(db):
    for number in range(7):
        Organisation.objects.create(name=f"Organisatie {number}", kind=OrganisationKind.GEMEENTE)
    return Organisation.objects.filter(name__startswith="Organisatie ")


def test_every_row_once_in_pieces(rows, monkeypatch, django_assert_num_queries):
    monkeypatch.setattr(sweeping, "PIECE", 3)
    seen = []
    with django_assert_num_queries(4):
        assert sweep(rows, lambda row: seen.append(row.name) or len(seen) % 2 == 0) == 3
    assert seen == [f"Organisatie {number}" for number in range(7)]


def test_one_that_fails_stands_in_nobodys_way_and_shows_in_the_end(rows):
    seen = []

    def act(row):
        if row.name == "Organisatie 2":
            raise ValueError(row.name)
        seen.append(row.name)

    with pytest.raises(ValueError, match="Organisatie 2"):
        sweep(rows, act)
    assert len(seen) == 6


def test_without_a_database_it_stops_at_once(rows):
    seen = []

    def act(row):
        seen.append(row)
        raise OperationalError("gone")

    with pytest.raises(OperationalError):
        sweep(rows, act)
    assert len(seen) == 1
