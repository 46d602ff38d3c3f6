#!/usr/bin/env python3
"""How long clearing old dossiers takes: proefrun, run and second run, with counts and peak memory.

bench/retention.py [--aged 20000] [--young 2000] [--database sqlite|postgresql|both]

Makes aged dossiers with some fifty rows each, and younger ones beside them; then each step in a process of its own, on each
database. Checks that a second run finds nothing, and that every row of the younger dossiers is what it was. Exits with 1
when that is not so. Starts the servers it needs and removes them.
"""

import argparse
import hashlib
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "script")]

STEPS = ("make", "dry-run", "run", "second")
BATCH = 1_000


def setup():
    import django

    django.setup()


# --- Making -----------------------------------------------------------------------------------------


def make(aged, young):
    """Aged dossiers of 2018 closed in 2019–2020, and younger ones, open or closed in the last four years."""
    setup()
    from datetime import date, timedelta

    from django.core.management import call_command
    from django.db import connection
    from django.utils import timezone

    from accounts.models import Organisation, OrganisationKind, RoleAssignment, User
    from accounts.roles import Role
    from cases.models import Case
    from inburgering.models import Institute
    from jas_portal.demo.plain import make_plain_cases
    from mentoring.models import Mentor

    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    today = timezone.localdate()
    chance = random.Random(1)
    gemeente = Organisation.objects.create(name="Gemeente", kind=OrganisationKind.GEMEENTE)
    mentors = Organisation.objects.create(name="Mentoren", kind=OrganisationKind.VRIJWILLIGERS)
    school = Organisation.objects.create(name="School", kind=OrganisationKind.INSTITUUT)
    institute = Institute.objects.create(organisation=school, capacity=100)

    def person(name, role, organisation):
        user = User.objects.create_user(f"{name}@bench.example", name=name)
        RoleAssignment.objects.create(user=user, role=role, organisation=organisation, starts_on=date(2015, 1, 1))
        return user

    cast = {
        "klantmanager": person("klantmanager", Role.KLANTMANAGER, gemeente),
        "beheerder": person("beheerder", Role.FUNCTIONEEL_BEHEERDER, gemeente),
        "privacy": person("privacy", Role.PRIVACY_OFFICER, gemeente),
        "instituut": person("instituut", Role.INSTITUUT, school),
        "mentor": person("mentor", Role.MENTOR, mentors),
    }
    mentor = Mentor.objects.create(user=cast["mentor"], organisation=mentors, status="beschikbaar")
    for count, born, closed in ((aged, date(2018, 6, 1), True), (young, today - timedelta(days=300), False)):
        first = Case.objects.count()
        make_plain_cases(count, [cast["klantmanager"]], today=born)
        keys = list(Case.objects.order_by("pk").values_list("pk", flat=True)[first:])
        for begin in range(0, len(keys), BATCH):
            _fill(keys[begin : begin + BATCH], closed, cast, mentor, institute, chance, today)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _fill(keys, aged, cast, mentor, institute, chance, today):
    """Everything around a thousand dossiers."""
    from datetime import date, datetime, timedelta
    from datetime import time as clock
    from uuid import uuid4

    from django.db import transaction
    from django.utils import timezone

    from accounts.models import User
    from accounts.roles import Role
    from accounts.zones import Zone
    from cases.models import (
        Agreement,
        Alert,
        Case,
        FollowUp,
        HomeAddress,
        HouseholdNote,
        JournalEntry,
        PhaseChange,
        PlanVanAanpak,
        PlanVersion,
    )  # fmt: skip
    from inburgering.models import Absence, Enrolment, EnrolmentStep
    from mentoring.models import CheckIn, ContactMoment, MatchRequest, Mentorship
    from notifications.models import Meeting, MeetingParticipant, Notification

    def at(day):
        return timezone.make_aware(datetime.combine(day, clock(10)))

    km, words = cast["klantmanager"], "Een regel tekst zoals mensen die schrijven. " * 4
    with transaction.atomic():
        cases = list(Case.objects.filter(pk__in=keys).select_related("statushouder").order_by("pk"))
        accounts = User.objects.bulk_create(
            User(email=f"s{case.pk}@bench.example", name=case.statushouder.full_name, password="!")
            for case in cases[::2]
        )
        for case, account in zip(cases[::2], accounts, strict=True):
            case.statushouder.user = account
            case.statushouder.email = account.email
        ends = {}
        for index, case in enumerate(cases):
            if aged:
                ends[case.pk] = date(2019, 1, 1) + timedelta(days=chance.randrange(700))
                case.phase = chance.choice(["afgerond", "beeindigd"])
            else:
                ends[case.pk] = today - timedelta(days=chance.randrange(1, 150))
                case.phase = "inburgering" if index % 2 else "afgerond"
            case.phase_since, case.phase_reason, case.external_number = ends[case.pk], words[:80], f"E{case.pk}"
        Case.objects.bulk_update(cases, ["phase", "phase_since", "phase_reason", "external_number"], batch_size=200)
        persons = [case.statushouder for case in cases]
        type(persons[0]).objects.bulk_update(persons, ["user", "email"], batch_size=200)

        def every(model, number, build, among=cases):
            return model.objects.bulk_create(
                (build(case, n) for case in among for n in range(number)), batch_size=2_000
            )

        end = lambda case: ends[case.pk]  # noqa: E731
        every(HomeAddress, 1, lambda c, n: HomeAddress(statushouder=c.statushouder, street="Straat 1", town="Leiden"))
        every(HouseholdNote, 1, lambda c, n: HouseholdNote(statushouder=c.statushouder, text=words))
        every(PhaseChange, 3, lambda c, n: PhaseChange(case=c, phase=c.phase, since=end(c) - timedelta(days=n)))
        every(
            JournalEntry, 12,
            lambda c, n: JournalEntry(case=c, kind="task", zone=Zone.PROGRAMME, text=words[:90], at=at(end(c)), by=km),
        )  # fmt: skip
        plans = every(PlanVanAanpak, 1, lambda c, n: PlanVanAanpak(case=c, goal_text=words, wishes=words))
        every(Agreement, 3, lambda p, n: Agreement(plan=p, party=Role.STATUSHOUDER, what=words[:90]), plans)
        every(
            PlanVersion, 2,
            lambda p, n: PlanVersion(
                plan=p, number=n + 1, content={"goal": words}, agreed_on=today, established_by=km
            ),
            plans,
        )  # fmt: skip
        alerts = every(
            Alert, 1,
            lambda c, n: Alert(
                case=c, key=f"b:{c.pk}", kind="absence", for_role=Role.KLANTMANAGER, zone=Zone.ATTENDANCE,
                title="Verzuim", detail=words[:90], status="afgehandeld", handled_at=at(end(c)), handled_by=km,
            ),
            cases[::3],
        )  # fmt: skip
        every(
            FollowUp, 1,
            lambda a, n: FollowUp(
                alert=a, contacted_on=today, channel="telefoon", agreed=words, key=uuid4(), recorded_by=km
            ),
            alerts,
        )  # fmt: skip
        matched = cases[::2]
        organisation = mentor.organisation
        requests = every(
            MatchRequest, 1,
            lambda c, n: MatchRequest(
                case=c, organisation=organisation, wishes=words, status="vervuld", opened_on=end(c), closed_on=end(c)
            ),
            matched,
        )  # fmt: skip
        matches = every(
            Mentorship, 1,
            lambda r, n: Mentorship(
                mentor=mentor, case=r.case, request=r, status="beeindigd", start_date=end(r.case) - timedelta(days=90),
                ended_on=end(r.case), end_note=words[:90], proposed_at=at(end(r.case)),
            ),
            requests,
        )  # fmt: skip
        every(
            ContactMoment, 6,
            lambda m, n: ContactMoment(
                mentorship=m, on=m.ended_on - timedelta(days=7 * n + 1), channel="thuis", minutes=60, note=words[:90],
                key=uuid4(), logged_by=cast["mentor"], logged_at=at(m.ended_on),
            ),
            matches,
        )  # fmt: skip
        meetings = every(
            Meeting, 1,
            lambda m, n: Meeting(
                kind="check_in", title="Gesprek", starts_at=at(m.ended_on), ends_at=at(m.ended_on) + timedelta(hours=1),
                case_number=m.case.number,
            ),
            matches,
        )  # fmt: skip
        every(
            MeetingParticipant,
            1,
            lambda m, n: MeetingParticipant(meeting=m, user=cast["mentor"], role="mentor"),
            meetings,
        )
        CheckIn.objects.bulk_create(
            CheckIn(
                mentorship=match, kind="m3", target_on=match.ended_on, due_on=match.ended_on, meeting=meeting,
                status="vastgelegd", held_on=match.ended_on, summary=words,
            )
            for match, meeting in zip(matches, meetings, strict=True)
        )  # fmt: skip
        enrolments = every(
            Enrolment, 1,
            lambda c, n: Enrolment(
                case=c, institute=institute, status="afgerond", level="B1", started_on=end(c) - timedelta(days=300),
                ended_on=end(c), end_reason=words[:90],
            ),
            [case for index, case in enumerate(cases) if index % 10 < 7],
        )  # fmt: skip
        every(EnrolmentStep, 2, lambda e, n: EnrolmentStep(enrolment=e, status="gestart", on=e.started_on), enrolments)
        every(
            Absence, 3,
            lambda e, n: Absence(
                enrolment=e, lesson_on=e.started_on + timedelta(days=n), hours=3, reported_by=cast["instituut"],
                reported_at=at(e.started_on),
            ),
            enrolments,
        )  # fmt: skip
        every(
            Notification, 4,
            lambda c, n: Notification(
                key=f"b:{c.pk}:{n}", kind="assigned", user=km, address=km.email, subject="Bericht", body=words,
                case_number=c.number, status="sent", created_at=at(end(c)), next_attempt_at=at(end(c)),
            ),
        )  # fmt: skip


# --- Measuring -----------------------------------------------------------------------------------------


def peak():
    """Most memory this process ever had, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def checksum():
    """A hash of every row around the younger dossiers, in all tables."""
    from datetime import date

    from cases.models import Case
    from privacy.policy import policy
    from privacy.services import retention_rows as rows

    now = policy()
    young = Case.objects.filter(phase_since__gte=date(2022, 1, 1)).values("pk")
    digest, count = hashlib.sha256(), 0
    for period in now.periods:
        if period.name not in ("dossier", "messages", "agenda"):
            continue
        if period.name == "dossier":
            roots = young
        else:
            numbers = Case.objects.filter(pk__in=young).values("number")
            roots = rows.rows_of(period.model).filter(case_number__in=numbers).values("pk")
        for entry, condition in rows.Reach(now, period, roots, date.max).entries():
            columns = [field.attname for field in rows.model_of(entry.model)._meta.local_concrete_fields]
            for row in rows.rows_of(entry.model).filter(condition).order_by("pk").values_list(*columns).iterator():
                digest.update(repr(row).encode())
                count += 1
    return digest.hexdigest()[:16], count


def figures():
    """What the programme counts, in short."""
    from django.db.models import Count, Sum

    from cases.models import Case
    from inburgering.models import Absence, Enrolment
    from mentoring.models import ContactMoment, Mentorship

    return [
        sorted(
            map(str, Case.objects.values_list("phase", "programme_start__year").annotate(n=Count("pk")).order_by())
        ),
        sorted(map(str, Mentorship.objects.values_list("mentor", "status").annotate(n=Count("pk")).order_by())),
        ContactMoment.objects.aggregate(n=Count("pk"), minutes=Sum("minutes")),
        Enrolment.objects.count(),
        str(Absence.objects.aggregate(n=Count("pk"), hours=Sum("hours"))),
    ]


def step(name):
    """One step in this process; prints what was seen as JSON."""
    setup()
    from django.db.models import Sum
    from django.utils import timezone

    from accounts.models import User
    from accounts.roles import Role
    from privacy.models import RetentionRun
    from privacy.services import retention

    today, base = timezone.localdate(), peak()
    seen = {}
    if name in ("dry-run", "second"):
        by = User.objects.get(name="beheerder").act_as(Role.FUNCTIONEEL_BEHEERDER)
        begin = time.perf_counter()
        run = retention.prepare_run(by=by, today=today, worker="bench")
    else:
        officer = User.objects.get(name="privacy").act_as(Role.PRIVACY_OFFICER)
        begin = time.perf_counter()
        run = retention.approve_run(run=RetentionRun.objects.get(), by=officer, today=today, worker="bench")
    run = retention.finish(run=run, worker="bench")
    seen["seconds"] = round(time.perf_counter() - begin, 1)
    seen["state"], seen["problem"] = run.state, run.problem
    seen["memory"] = [base, peak()]
    seen["roots"] = run.items_total
    seen.update(run.results.aggregate(listed=Sum("listed"), done=Sum("done")))
    seen["batches"] = run.batches.count()
    seen["left"] = run.items.exclude(state="pending").count()
    if name == "run":
        seen["lines"] = [[r.model, r.period, r.action, r.listed, r.done] for r in run.results.all()]
    seen["young"], seen["figures"] = checksum(), figures()
    print(json.dumps(seen, default=str))


# --- All of it --------------------------------------------------------------------------------------------


def measure(name, environment, aged, young):
    """Make and measure on one database; print a table. Returns whether all was well."""
    seen = {}
    for step_name in STEPS:
        begin = time.perf_counter()
        command = [sys.executable, __file__, "--step", step_name, "--aged", str(aged), "--young", str(young)]
        done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True, cwd=ROOT)
        if step_name == "make":
            print(
                f"{name}: made {aged} aged and {young} younger dossiers in {time.perf_counter() - begin:.0f} s",
                flush=True,
            )
            probe = [sys.executable, __file__, "--step", "look"]
            out = subprocess.run(
                probe, env=environment, stdout=subprocess.PIPE, text=True, check=True, cwd=ROOT
            ).stdout
            seen["look"] = json.loads(out.strip().splitlines()[-1])
            continue
        seen[step_name] = it = json.loads(done.stdout.strip().splitlines()[-1])
        print(
            f"{name}: {step_name}: {it['seconds']} s, {it['roots']} on the list, {it['listed'] or 0} rows listed, "
            f"{it['done'] or 0} done, {it['batches']} batches, {it['left']} left, memory {it['memory'][0]} → "
            f"{it['memory'][1]} MB, {it['state']} {it['problem']}",
            flush=True,
        )
    for line in seen["run"]["lines"]:
        print("   ", *line)
    young_same = len({tuple(found["young"]) for found in seen.values()}) == 1
    figures_same = len({json.dumps(found["figures"]) for found in seen.values()}) == 1
    print(f"{name}: rows around younger dossiers: {seen['look']['young'][1]}, the same: {young_same}")
    print(f"{name}: figures of the programme the same: {figures_same}")
    nothing = not seen["second"]["roots"] and seen["run"]["listed"] == seen["run"]["done"]
    print(f"{name}: all that was listed is done, and a second run finds nothing: {nothing}", flush=True)
    return young_same and figures_same and nothing


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--aged", type=int, default=20_000)
    parser.add_argument("--young", type=int, default=2_000)
    parser.add_argument("--database", choices=["sqlite", "postgresql", "both"], default="both")
    parser.add_argument("--step", choices=[*STEPS, "look"], help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.step == "make":
        return make(options.aged, options.young)
    if options.step == "look":
        setup()
        print(json.dumps({"young": checksum(), "figures": figures()}, default=str))
        return None
    if options.step:
        return step(options.step)
    from _servers import Servers

    fine = True
    with tempfile.TemporaryDirectory() as folder:
        environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "jas_portal.settings",
            "ENV_FILE": os.devnull,
            "SECRET_KEY": "only-for-the-measurement-only-for-the-measurement-x",
            "BASE_URL": "http://localhost",
            "ALLOWED_HOSTS": "localhost",
            "DATA_DIR": folder,
            "DEMO": "1",
            "LOG_LEVEL": "ERROR",
        }
        environment.pop("DATABASE_URL", None)
        environment.pop("REDIS_URL", None)
        if options.database != "postgresql":
            fine &= measure("SQLite", environment, options.aged, options.young)
        if options.database != "sqlite":
            with Servers() as servers:
                environment["DATABASE_URL"] = servers.database_url
                fine &= measure("PostgreSQL", environment, options.aged, options.young)
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main())
