"""The lists of dossiers: mine, and those without klantmanager."""

from datetime import timedelta

import pytest
from django.http import QueryDict
from django.urls import reverse

from accounts.roles import Role
from accounts.zones import Zone
from cases import overviews, services
from cases.models import Case, Task
from tests import factories
from tests.factories import TODAY


def rows(user, query=""):
    """The rows of the list that this person sees for a query string."""
    return overviews.case_list(user, QueryDict(query), TODAY).rows


def names(user, query=""):
    return [row.name for row in rows(user, query)]


@pytest.fixture
def three(cast):
    """Three more dossiers of the cast's klantmanager, and one of somebody else."""
    for name, phase in (("Amina Noor", "aangemeld"), ("Bashir Ali", "inburgering"), ("Chala Bekele", "afgerond")):
        factories.make_case(
            klantmanager=cast.klantmanager,
            full_name=name,
            phase=phase,
            municipality="Leiderdorp" if name.startswith("B") else "Leiden",
            external_number=f"X-{name[:1]}",
        )
    factories.make_case(klantmanager=cast.outsider.klantmanager, full_name="Dina Ander")
    return cast


def test_my_dossiers_the_newest_first(three):
    assert names(three.klantmanager) == ["Chala Bekele", "Bashir Ali", "Amina Noor", "Selam Tekle"]
    assert names(three.outsider.klantmanager) == ["Dina Ander"]


def test_a_row_is_in_words(three):
    Task.objects.filter(case=three.case).update(due_on=None)
    Task.objects.filter(case=three.case, template="r17").update(due_on=TODAY + timedelta(days=3))
    services.raise_alert(
        case=three.case,
        key="k",
        kind="absence",
        for_role=Role.KLANTMANAGER,
        zone=Zone.ATTENDANCE,
        title="Vierde verzuim",
    )

    (row,) = rows(three.klantmanager, "q=Tekle")

    assert row == (
        three.case.number,
        f"/dossiers/{three.case.number}/",
        "Selam Tekle",
        "Aangemeld, sinds 23 nov 2026",
        "26 nov 2026 (taak)",
        "Wi2021",
        "Tigrinya",
        "Merenwijk",
        three.maatschappelijk_begeleider.name,
        "Vierde verzuim",
        "",
    )


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=bash", ["Bashir Ali"]),
        ("q=X-C", ["Chala Bekele"]),
        ("q=ali+bash", ["Bashir Ali"]),
        ("q=bashir+noor", []),
        ("q=" + "a+" * 500, ["Chala Bekele", "Bashir Ali", "Amina Noor", "Selam Tekle"]),
        ("phase=aangemeld", ["Amina Noor", "Selam Tekle"]),
        ("status=closed", ["Chala Bekele"]),
        ("status=open&municipality=Leiderdorp", ["Bashir Ali"]),
        ("regime=wi2013", []),
        ("phase=onzin&leerroute=onbekend", ["Chala Bekele", "Bashir Ali", "Amina Noor", "Selam Tekle"]),
        ("q=Dina", []),
    ],
)
def test_search_and_filters(three, query, found):
    assert names(three.klantmanager, query) == found


@pytest.mark.parametrize("key", ["number", "name", "phase", "date", "legal", "language", "neighbourhood", "colleague"])
def test_every_heading_orders_both_ways(three, key):
    forth, back = names(three.klantmanager, f"sort={key}"), names(three.klantmanager, f"sort=-{key}")

    assert sorted(forth) == sorted(back) == ["Amina Noor", "Bashir Ali", "Chala Bekele", "Selam Tekle"]


@pytest.mark.parametrize("key", ["date", "-date"])
def test_a_closed_dossier_has_no_next_date_and_stands_last(three, key):
    assert names(three.klantmanager, f"sort={key}")[-1] == "Chala Bekele"


def test_order_by_name(three):
    assert names(three.klantmanager, "sort=name") == ["Amina Noor", "Bashir Ali", "Chala Bekele", "Selam Tekle"]
    assert names(three.klantmanager, "sort=-name") == ["Selam Tekle", "Chala Bekele", "Bashir Ali", "Amina Noor"]


def test_fifty_a_page_and_the_rest_behind_it(cast):
    for _number in range(53):
        factories.make_case(klantmanager=cast.klantmanager)

    first = overviews.case_list(cast.klantmanager, QueryDict(""), TODAY)
    second = overviews.case_list(cast.klantmanager, QueryDict("page=2"), TODAY)
    beyond = overviews.case_list(cast.klantmanager, QueryDict("page=99"), TODAY)

    assert (len(first.rows), len(second.rows), first.found) == (50, 4, "54 dossiers")
    assert beyond.rows == second.rows
    assert len({row.number for row in [*first.rows, *second.rows]}) == 54


def test_counting_stops_at_the_cap(cast, monkeypatch):
    monkeypatch.setattr("cases.paging.CAP", 2)
    monkeypatch.setattr("cases.paging.CappedPaginator.__init__.__defaults__", (None, 1))
    for _number in range(5):
        factories.make_case(klantmanager=cast.klantmanager)

    page = overviews.case_list(cast.klantmanager, QueryDict(""), TODAY)

    assert page.found == "meer dan 2 dossiers"
    assert page.page.has_next()


@pytest.mark.parametrize("address", ["cases:list", "cases:unassigned", "cases:alerts", "cases:tasks"])
def test_a_list_costs_the_same_with_one_row_and_with_thirty(
    cast, sign_in, address, django_assert_max_num_queries, django_assert_num_queries
):
    client = sign_in(cast.klantmanager)

    def more(count):
        for _number in range(count):
            factories.make_case()
            case = factories.make_case(klantmanager=cast.klantmanager)
            services.raise_alert(
                case=case,
                key=f"k{case.pk}",
                kind="absence",
                for_role=Role.KLANTMANAGER,
                zone=Zone.ATTENDANCE,
                title="Vierde verzuim",
            )

    more(1)
    client.get(reverse(address))
    with django_assert_max_num_queries(10) as first:
        client.get(reverse(address))
    more(29)

    with django_assert_num_queries(len(first)):
        page = client.get(reverse(address))
    assert page.content.decode().count("<tr>") >= 30


@pytest.mark.parametrize(
    ("role", "status"),
    [
        (Role.KLANTMANAGER, 200),
        (Role.MAATSCHAPPELIJK_BEGELEIDER, 200),
        (Role.DOCENT, 200),
        (Role.MENTOR, 403),
        (Role.VRIJWILLIGERSCOORDINATOR, 403),
        (Role.INSTITUUT, 403),
        (Role.STATUSHOUDER, 403),
        (Role.FUNCTIONEEL_BEHEERDER, 403),
        (Role.PRIVACY_OFFICER, 403),
    ],
)
def test_who_has_a_list(cast, sign_in, role, status):
    assert sign_in(getattr(cast, role.value)).get(reverse("cases:list")).status_code == status


def test_an_empty_list_says_what_to_do(cast, sign_in):
    new = factories.make_user(Role.KLANTMANAGER, organisation=cast.organisations[Role.KLANTMANAGER])

    page = sign_in(new).get(reverse("cases:list")).content.decode()

    assert "U heeft nog geen dossiers" in page
    assert reverse("cases:unassigned") in page


# --- Without klantmanager --------------------------------------------------------------------------


def test_waiting_dossiers_the_longest_first(cast):
    new = factories.make_case(full_name="Wacht Kort")
    long = factories.make_case(full_name="Wacht Lang", today=TODAY - timedelta(days=12))

    found = overviews.unassigned_list(cast.klantmanager, QueryDict(""), TODAY)

    assert [(row.number, row.name, row.waits) for row in found.rows] == [
        (long.number, "Wacht Lang", "12 dagen"),
        (new.number, "Wacht Kort", "sinds vandaag"),
    ]


def test_the_beheerder_reads_numbers_and_no_names(cast, sign_in):
    case = factories.make_case(full_name="Geheime Naam", neighbourhood="Stevenshof", municipality="Oegstgeest")

    client = sign_in(cast.functioneel_beheerder)
    page = client.get(reverse("cases:unassigned")).content.decode()
    page += client.get(reverse("cases:hand_over", args=[case.number])).content.decode()

    assert case.number in page
    assert "Geheime" not in page
    assert "Oegstgeest" not in page
    assert overviews.unassigned_list(cast.functioneel_beheerder, QueryDict("q=Geheime"), TODAY).rows == []
    assert client.get(reverse("cases:case", args=[case.number])).status_code == 404


def test_the_beheerder_assigns_by_number(cast, sign_in):
    case = factories.make_case()

    sign_in(cast.functioneel_beheerder).post(
        reverse("cases:hand_over", args=[case.number]), {"to": cast.klantmanager.pk}
    )

    assert Case.objects.held_by(cast.klantmanager).filter(pk=case.pk).exists()
    assert not Case.objects.without_klantmanager().exists()


def test_the_beheerder_does_not_move_a_dossier_that_has_one(cast, sign_in):
    answer = sign_in(cast.functioneel_beheerder).get(reverse("cases:hand_over", args=[cast.case.number]))

    assert answer.status_code == 404


def test_several_at_once_from_the_list(three, sign_in):
    colleague = three.outsider.klantmanager
    chosen = [row.number for row in rows(three.klantmanager)][:2]

    answer = sign_in(three.klantmanager).post(
        reverse("cases:hand_over_several"), {"case": [*chosen, "JAS-1999-0001"], "to": colleague.pk}
    )

    assert answer.status_code == 302
    assert set(chosen) < {row.number for row in rows(colleague)}


def test_only_own_dossiers_go_along(three, sign_in):
    other = rows(three.outsider.klantmanager)[0].number

    sign_in(three.klantmanager).post(
        reverse("cases:hand_over_several"), {"case": [other], "to": three.klantmanager.pk}
    )

    assert other not in {row.number for row in rows(three.klantmanager)}
