"""The pages about retention, the command and the clock: counts and numbers for beheerder and privacy officer, no names."""

from datetime import date
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from cases.models import Case, Task
from privacy.models import LogLine, RetentionHold, RetentionRun, RetentionState
from privacy.policy import policy
from privacy.services import retention
from privacy.tasks import clear_sessions, work_on_retention
from tests.factories import TODAY
from tests.privacy.aged import SECRET, make_aged_case

OLD = date(2021, 11, 23)


@pytest.fixture
def aged(cast):
    return make_aged_case(cast, closed_on=OLD)


def text_of(response):
    return " ".join(response.content.decode().split())


def test_from_proefrun_to_report(cast, aged, sign_in):
    beheerder = sign_in(cast.functioneel_beheerder)
    page = beheerder.get(reverse("privacy:retention"))
    assert "Nog geen opruimruns" in text_of(page)
    started = beheerder.post(reverse("privacy:prepare_retention"))
    run = RetentionRun.objects.get()
    here = reverse("privacy:retention_run", args=[run.pk])
    assert started.url == here
    assert "Proefrun wordt gemaakt" in text_of(beheerder.get(here))
    work_on_retention()
    shown = text_of(beheerder.get(here))
    assert f"{aged.number} (23 november 2021)" in shown
    assert "Een privacy officer die deze proefrun niet zelf maakte" in shown
    assert SECRET not in shown
    assert reverse("privacy:approve_retention", args=[run.pk]) not in shown

    officer = sign_in(cast.privacy_officer)
    assert here in text_of(officer.get(reverse("home")))
    approve = reverse("privacy:approve_retention", args=[run.pk])
    assert approve in text_of(officer.get(here))
    assert "Dat kan niet meer terug" in text_of(officer.get(approve))
    assert Task.objects.filter(case=aged).exists()
    officer.post(approve)
    assert officer.get(approve).status_code == 302
    while RetentionRun.objects.filter(state=RetentionState.RUIMT_OP).exists():
        work_on_retention()
    report = text_of(officer.get(here))
    assert "Wat er is opgeruimd" in report
    assert here not in text_of(officer.get(reverse("home")))
    assert "Logboek van het opruimen" in report
    assert aged.number not in report
    assert not Task.objects.filter(case=aged).exists()


def test_who_made_the_proefrun_cannot_approve_it(cast, aged, sign_in):
    officer = sign_in(cast.privacy_officer)
    officer.post(reverse("privacy:prepare_retention"))
    work_on_retention()
    run = RetentionRun.objects.get()
    approve = reverse("privacy:approve_retention", args=[run.pk])
    assert approve not in text_of(officer.get(reverse("privacy:retention_run", args=[run.pk])))
    assert officer.get(approve).status_code == 302
    page = officer.post(approve, follow=True)
    assert "U maakte deze proefrun zelf" in text_of(page)
    run.refresh_from_db()
    assert run.state == RetentionState.KLAAR


def test_a_run_is_stopped_on_its_page(cast, aged, sign_in):
    beheerder = sign_in(cast.functioneel_beheerder)
    beheerder.post(reverse("privacy:prepare_retention"))
    run = RetentionRun.objects.get()
    page = beheerder.post(reverse("privacy:cancel_retention", args=[run.pk]), follow=True)
    assert "De opruimrun is gestopt" in text_of(page)
    work_on_retention()
    assert run.items.count() == 0
    again = beheerder.post(reverse("privacy:cancel_retention", args=[run.pk]), follow=True)
    assert again.status_code == 200


def test_progress_asks_for_itself_and_then_for_the_page(cast, sign_in):
    run = retention.prepare_run(by=cast.functioneel_beheerder, today=TODAY)
    client = sign_in(cast.functioneel_beheerder)
    address = reverse("privacy:retention_progress", args=[run.pk])
    assert client.get(address).status_code == 302
    working = client.get(address, headers={"HX-Request": "true"})
    assert "hx-trigger" in text_of(working)
    assert "HX-Refresh" not in working
    work_on_retention()
    assert client.get(address, headers={"HX-Request": "true"})["HX-Refresh"] == "true"


def test_the_policy_is_readable_to_the_last_field(cast, sign_in):
    client = sign_in(cast.privacy_officer)
    page = text_of(client.get(reverse("privacy:retention")))
    for period in policy().periods:
        assert period.title in page
    assert "5 jaar" in page
    assert "28 dagen" in page
    rules = text_of(client.get(reverse("privacy:retention_rules")))
    assert rules.count('<details class="card">') == len({entry.model for entry in policy().entries})
    assert "(wet: Dossier van een statushouder)" in rules
    assert "(voorstel: Notities over een koppeling)" in rules
    found = text_of(client.get(reverse("privacy:retention_rules"), {"q": "vastgestelde inhoud"}))
    assert "Geen regel gevonden" in found
    assert "straat en huisnummer" in text_of(client.get(reverse("privacy:retention_rules"), {"q": "postcode"}))


def test_a_hold_is_placed_found_and_ended(cast, aged, sign_in):
    officer = sign_in(cast.privacy_officer)
    assert "Geen enkel dossier is opgeschort" in text_of(officer.get(reverse("privacy:retention_holds")))
    for number, reason, says in (
        ("JAS-1999-0001", "Bezwaar", "Er is geen dossier met dit nummer"),
        (aged.number, "", "Waarom moet dit dossier langer blijven?"),
        (aged.number, "BSN 111222333", "BSN"),
    ):
        refused = officer.post(reverse("privacy:place_hold"), {"case_number": number, "reason": reason})
        assert refused.status_code == 422
        assert says in text_of(refused)
    officer.post(reverse("privacy:place_hold"), {"case_number": aged.number, "reason": "Er loopt een bezwaar."})
    hold = RetentionHold.objects.get()
    assert (hold.case_number, hold.placed_by, hold.is_active) == (aged.number, cast.privacy_officer, True)
    beheerder = sign_in(cast.functioneel_beheerder)
    page = text_of(beheerder.get(reverse("privacy:retention_holds"), {"q": aged.number[-4:], "state": "actief"}))
    assert "Er loopt een bezwaar." in page
    assert reverse("privacy:end_hold", args=[hold.pk]) not in page
    officer = sign_in(cast.privacy_officer)
    officer.post(reverse("privacy:end_hold", args=[hold.pk]))
    assert "Opgeheven op 23 november 2026" in text_of(officer.get(reverse("privacy:retention_holds")))


def test_pages_with_dossier_numbers_leave_a_line_of_the_read_log(cast, aged, sign_in):
    retention.place_hold(case_number=aged.number, reason="Bezwaar", by=cast.privacy_officer)
    run = retention.prepare_run(by=cast.functioneel_beheerder, today=TODAY)
    retention.work(worker="test")
    client = sign_in(cast.functioneel_beheerder)
    # The dossier itself and its match, request, message and meeting have periods of their own, and are all held.
    for name, arguments, count in (("retention_run", [run.pk], 5), ("retention_holds", [], 1)):
        client.get(reverse(f"privacy:{name}", args=arguments))
        line = LogLine.objects.order_by("-pk").first()
        assert (line.address, line.count, line.about_zone) == (f"privacy:{name}", count, "audit")


@pytest.mark.parametrize("page", ["retention", "retention_holds"])
def test_lists_cost_the_same_with_one_row_and_with_three(page, cast, sign_in, django_assert_max_num_queries):  # fmt: skip
    client = sign_in(cast.privacy_officer)

    def rows(count):
        for _row in range(count):
            RetentionRun.objects.create(
                as_of=TODAY, policy="x", state=RetentionState.VERVALLEN, prepared_by=cast.functioneel_beheerder
            )
            RetentionHold.objects.create(
                case_number=f"JAS-2020-{RetentionHold.objects.count()}", reason="x", placed_by=cast.privacy_officer
            )

    def queries():
        with django_assert_max_num_queries(30) as counted:
            client.get(reverse(f"privacy:{page}"))
        return len(counted)

    rows(1)
    queries()
    one = queries()
    rows(2)
    assert queries() == one


# --- The command, and the clock -----------------------------------------------------------------------------


def command(*arguments):
    out = StringIO()
    call_command("retention", *arguments, stdout=out)
    return out.getvalue()


def test_the_command_makes_a_list_and_carries_out_an_approved_one(cast, aged):
    listed = command("--dry-run")
    run = RetentionRun.objects.get()
    assert "Dossiers, Dossier van een statushouder: anonimiseren" in listed
    assert SECRET not in listed
    with pytest.raises(CommandError, match="nog niet goedgekeurd"):
        command("--run", str(run.pk))
    with pytest.raises(CommandError, match="geen privacy officer"):
        command("--run", str(run.pk), "--approved-by", cast.functioneel_beheerder.email)
    done = command("--run", str(run.pk), "--approved-by", cast.privacy_officer.email)
    assert "Opgeruimd" in done
    run.refresh_from_db()
    assert (run.state, run.approved_by) == (RetentionState.UITGEVOERD, cast.privacy_officer)
    assert not Task.objects.filter(case=aged).exists()
    assert "Opgeruimd" in command("--run", str(run.pk))
    with pytest.raises(CommandError, match="geen proefrun"):
        command("--run", "999")


def test_the_command_goes_on_with_what_was_approved_on_screen(cast, aged):
    command("--dry-run")
    run = retention.approve_run(run=RetentionRun.objects.get(), by=cast.privacy_officer, today=TODAY)
    command("--run", str(run.pk))
    assert Case.objects.get(pk=aged.pk).number.startswith("ANON-")


def test_the_clock_forgets_sessions_that_are_over(cast, sign_in):
    client = sign_in(cast.klantmanager)
    client.session.save()
    clear_sessions()
    assert client.get(reverse("home")).status_code == 200
