"""Opening a dossier, who stands around it, and the phase it is in."""

from django.db import transaction
from django.db.models import Exists, F, Max, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import RoleAssignment, User
from accounts.roles import CASE_ROLES, Role
from accounts.rules import RuleBroken
from accounts.sweeping import sweep
from accounts.zones import Zone
from cases import rules
from cases.models import (
    Assignment,
    Case,
    CaseNumber,
    ChecklistItem,
    Group,
    JournalKind,
    Leerroute,
    LegalRegime,
    Phase,
    PhaseChange,
    ProgrammeSettings,
    Statushouder,
    Task,
    TaskKind,
    TaskStatus,
    TermSource,
)
from cases.models.case import CLOSED_PHASES, ORGANISATION_ROLES
from cases.services.break_glass import has_emergency_access, refuse_in_emergency
from cases.services.deputies import cover_new_dossier
from cases.services.journal import record
from cases.task_templates import DIPLOMA, LOAN, NINETEEN
from notifications import services as notifications
from notifications.services import Receiver


def next_number(year):
    """Give out the next dossier number of `year`; the counter's row stays locked until the transaction ends."""
    CaseNumber.objects.get_or_create(year=year)
    CaseNumber.objects.filter(year=year).update(last=F("last") + 1)
    return rules.case_number(year, CaseNumber.objects.get(year=year).last)


@transaction.atomic
def open_case(
    *, preferred_name, full_name, programme_start, language="", needs_interpreter=False, email="", phone="", channel="",
    neighbourhood="", municipality="", legal_regime=LegalRegime.WI2021, group=Group.ASIEL, pip_date=None,
    leerroute=Leerroute.ONBEKEND, external_number=None, user=None, phase=Phase.AANGEMELD, by, today, now=None,
    journal_kind=JournalKind.OPENED, klantmanager=None, key=None,
):  # fmt: skip
    """Open a dossier: the person, the number, the deadlines and the tasks. Returns the `Case`.

    Without `klantmanager` it waits in the list of those that have none. Sent twice with one `key` it is one dossier. Dates follow the settings in force
    on `today`, and the dossier keeps that version (model §5.1).
    """
    now = now or timezone.now()
    if key is not None:
        # Two of the same form at once queue at the counter of numbers; the second finds what the first made.
        CaseNumber.objects.get_or_create(year=programme_start.year)
        CaseNumber.objects.select_for_update().get(year=programme_start.year)
        done = Case.objects.filter(key=key).first()
        if done:
            return done
    if external_number and Case.objects.filter(external_number=external_number).exists():
        raise RuleBroken(_("Er is al een dossier met dit nummer van de gemeente."))
    settings = ProgrammeSettings.objects.on(today)
    if settings.pk is None:
        settings, _created = ProgrammeSettings.objects.get_or_create(valid_from=min(today, programme_start))
    person = Statushouder.objects.create(
        preferred_name=preferred_name,
        full_name=full_name,
        language=language,
        needs_interpreter=needs_interpreter,
        email=email,
        phone=phone,
        channel=channel,
        neighbourhood=neighbourhood,
        user=user,
    )
    deadline = rules.goal_deadline(programme_start, settings.goal_months)
    term_start, term_end = rules.legal_term(pip_date) if legal_regime == LegalRegime.WI2021 else (None, None)
    case = Case.objects.create(
        number=next_number(programme_start.year),
        external_number=external_number or None,
        statushouder=person,
        municipality=municipality,
        legal_regime=legal_regime,
        group=group,
        phase=phase,
        phase_since=today,
        leerroute=leerroute,
        programme_start=programme_start,
        goal_deadline_original=deadline,
        goal_deadline=deadline,
        pip_date=pip_date,
        legal_term_start=term_start,
        legal_term_end=term_end,
        legal_term_source=TermSource.BEREKEND if term_end else "",
        programme_settings=settings,
        without_klantmanager_since=today,
        opened_at=now,
        opened_by=by,
        key=key,
    )
    PhaseChange.objects.create(case=case, phase=phase, since=today)
    create_tasks(case=case, today=today, now=now)
    record(case=case, kind=journal_kind, zone=Zone.PROGRAMME, text=JournalKind.OPENED.label, by=by, now=now)
    if klantmanager is not None:
        assign(case=case, role=Role.KLANTMANAGER, user=klantmanager, by=by, today=today, now=now)
        case.refresh_from_db()
    return case


def create_tasks(*, case, today, now):
    """Make the tasks that every dossier gets, and the loan only where the law gives one. Returns nothing."""
    templates = [*NINETEEN, DIPLOMA]
    if rules.loan_applies(case.legal_regime, case.group):
        templates.append(LOAN)
    tasks = []
    for template in templates:
        due_on = None
        if template.due_days:
            due_on = rules.plan_due(today, getattr(case.programme_settings, template.due_days))
        tasks.append(
            Task(
                case=case,
                template=template.code,
                title=template.title,
                kind=template.kind,
                owner_role=template.owner_role,
                zone=template.zone,
                status=TaskStatus.LOPEND if template.kind == TaskKind.ONGOING else TaskStatus.OPEN,
                due_on=due_on,
                created_at=now,
            )
        )
    Task.objects.bulk_create(tasks)
    items = {template.code: template.items for template in templates if template.items}
    ChecklistItem.objects.bulk_create(
        ChecklistItem(task=task, label=label, zone=task.zone)
        for task in tasks
        for label in items.get(task.template, ())
    )


@transaction.atomic
def assign(*, case, role, user=None, organisation=None, starts_on=None, ends_on=None, by, today, now=None):
    """Put a person or an organisation around a dossier in a role. Returns the `Assignment`.

    Asking twice gives the row that is there: nobody stands around a dossier twice in one role. A person must hold the
    role today. A dossier has at most one klantmanager and one mentor; end the current one first (`release`, `hand_over`).
    Who stands there in the place of another (`services.deputies`, `services.break_glass`) becomes the one.
    """
    case = Case.objects.select_for_update().get(pk=case.pk)
    refuse_in_emergency(case=case, by=by, today=today)
    if role not in CASE_ROLES:
        raise RuleBroken(_("Deze rol kan niet bij een dossier staan."))
    if (user is None) == (organisation is None):
        raise RuleBroken(_("Kies een persoon of een organisatie."))
    if organisation is not None and role not in ORGANISATION_ROLES:
        raise RuleBroken(_("Kies een persoon: deze rol houdt een organisatie niet als geheel."))
    if user is not None and not RoleAssignment.objects.current(today).filter(user=user, role=role).exists():
        raise RuleBroken(
            _("%(person)s heeft de rol %(role)s niet.") % {"person": user, "role": Role(role).label.lower()}
        )
    standing = Assignment.objects.filter(case=case, role=role).filter(Q(ends_on=None) | Q(ends_on__gt=today))
    current = standing.current(today)
    mine = standing.filter(user=user) if user is not None else standing.filter(user=None, organisation=organisation)
    already = mine.first()
    if already and already.deputy_for_id is None:
        return already
    if role in (Role.KLANTMANAGER, Role.MENTOR) and current.filter(deputy_for=None).exists():
        raise RuleBroken(_("Dit dossier heeft al een %s.") % Role(role).label.lower())
    if user is not None:
        organisation = _works_for(user, role, by, today)
    if already:  # who stood in for another becomes the one
        already.deputy_for, already.deputyship, already.ends_on = None, None, ends_on
        already.starts_on, already.organisation = min(already.starts_on, today), organisation
        already.save(update_fields=["deputy_for", "deputyship", "starts_on", "ends_on", "organisation"])
        assignment = already
    else:
        assignment = Assignment.objects.create(
            case=case,
            role=role,
            user=user,
            organisation=organisation,
            starts_on=starts_on or today,
            ends_on=ends_on,
            assigned_by=by,
        )
    if user is not None:
        cover_new_dossier(assignment=assignment, today=today, now=now)
    if role == Role.KLANTMANAGER:
        Case.objects.filter(pk=case.pk).update(without_klantmanager_since=None)
        notifications.replace_participant(
            case_number=case.number, role=role, receiver=Receiver(user=user, role=role), by=by, now=now
        )
    text = _("%(who)s is nu %(role)s") % {"who": user or organisation, "role": Role(role).label.lower()}
    record(case=case, kind=JournalKind.ASSIGNED, zone=Zone.CONTACT, text=text, by=by, now=now)
    return assignment


def _works_for(user, role, by, today):
    """For which organisation this person comes to stand there: that of `by` when both work for it, else the first."""
    works = RoleAssignment.objects.current(today).filter(user=user, role=role).order_by("starts_on", "pk")
    found = [row.organisation for row in works.select_related("organisation")]
    own = by.acting_as.organisation if by is not None and by.acting_as is not None else None
    return own if own in found else found[0]


@transaction.atomic
def release(*, case, role, user=None, organisation=None, by, today, now=None):
    """End who stands around a dossier in a role, from today. Access ends this moment. Returns how many rows ended.

    Without `user` and `organisation` everybody in that role leaves. Who stood in for somebody who leaves, leaves too.
    Asking twice ends nothing more.
    """
    case = Case.objects.select_for_update().get(pk=case.pk)
    refuse_in_emergency(case=case, by=by, today=today)
    rows = Assignment.objects.filter(case=case, role=role).filter(Q(ends_on=None) | Q(ends_on__gt=today))
    if user is not None:
        rows = rows.filter(Q(user=user) | Q(deputy_for=user))
    if organisation is not None:
        rows = rows.filter(user=None, organisation=organisation)
    ended = list(rows.select_related("user", "organisation"))
    for row in ended:
        row.ends_on = max(today, row.starts_on)
        row.save(update_fields=["ends_on"])
        text = _("%(who)s is geen %(role)s meer") % {
            "who": row.user or row.organisation,
            "role": Role(role).label.lower(),
        }
        record(case=case, kind=JournalKind.RELEASED, zone=Zone.CONTACT, text=text, by=by, now=now)
    if ended:
        notifications.vacate(case_number=case.number, role=role, users=_who_left(ended), by=by, now=now)
    if role == Role.KLANTMANAGER and any(row.deputy_for_id is None for row in ended):
        Case.objects.filter(pk=case.pk).update(without_klantmanager_since=today)
    return len(ended)


def _who_left(ended):
    """The people of these relations; of an organisation everyone who works or worked there in that role."""
    at = RoleAssignment.objects.filter(
        role__in={row.role for row in ended},
        organisation__in=[row.organisation_id for row in ended if row.user_id is None],
    )
    return User.objects.filter(Q(pk__in=[row.user_id for row in ended if row.user_id]) | Q(pk__in=at.values("user")))


def release_lapsed(*, today, now=None):
    """End every relation of a person whose account or role ended, and let the dossiers without klantmanager wait.

    Returns how many relations ended. Running it again, or a day late, changes nothing more.
    """
    holds = RoleAssignment.objects.current(today).filter(user=OuterRef("user"), role=OuterRef("role"))
    holds_there = holds.filter(organisation=OuterRef("organisation"))
    lapsed = (
        Assignment.objects.filter(Q(ends_on=None) | Q(ends_on__gt=today), user__isnull=False)
        .filter(Q(~Exists(holds), organisation=None) | Q(~Exists(holds_there), organisation__isnull=False))
        .select_related("case", "user")
    )
    ended = sweep(
        lapsed, lambda row: release(case=row.case, role=row.role, user=row.user, by=None, today=today, now=now)
    )
    # A relation with a planned end simply runs out.
    klantmanager = Assignment.objects.current(today).filter(
        case=OuterRef("pk"), role=Role.KLANTMANAGER, deputy_for=None
    )
    for case in Case.objects.open().filter(~Exists(klantmanager), without_klantmanager_since=None):
        last = case.assignments.filter(role=Role.KLANTMANAGER, deputy_for=None).aggregate(Max("ends_on"))
        Case.objects.filter(pk=case.pk, without_klantmanager_since=None).update(
            without_klantmanager_since=last["ends_on__max"] or today
        )
    return ended


@transaction.atomic
def take_case(*, case, by, today, now=None):
    """A klantmanager takes a dossier that has none. Returns the `Assignment`. Two at once: the second hears who has it."""
    case = Case.objects.select_for_update().get(pk=case.pk)
    current = Assignment.objects.filter(case=case, deputy_for=None).current(today).of_role(Role.KLANTMANAGER).first()
    if current and current.user_id != by.pk:
        raise RuleBroken(_("%s heeft dit dossier net op zich genomen.") % current.user)
    return assign(case=case, role=Role.KLANTMANAGER, user=by, by=by, today=today, now=now)


@transaction.atomic
def hand_over(*, case, to, by, today, now=None):
    """Give a dossier from its klantmanager, or from nobody, to another klantmanager, who is told. Returns the `Assignment`.

    The statushouder hears of it too. Who keeps the accounts hands out only what waits (model §5.7 (9)).
    """
    assignment, is_new = _give(case=case, to=to, by=by, today=today, now=now)
    if is_new and to != by:
        notifications.notify(
            key=f"hand-over:{assignment.pk}",
            kind="hand_over",
            receiver=Receiver(user=to, role=Role.KLANTMANAGER),
            subject=_("Er is een dossier aan u overgedragen"),
            body=_("U bent nu klantmanager van een dossier."),
            link=case.get_absolute_url(),
            case_number=case.number,
            by=by,
            now=now,
        )
    return assignment


@transaction.atomic
def hand_over_several(*, cases, to, by, today, now=None):
    """Give several dossiers to one klantmanager, who gets one message about all of them. Returns how many changed hands."""
    given = []
    for case in sorted(cases, key=lambda case: case.pk):
        assignment, is_new = _give(case=case, to=to, by=by, today=today, now=now)
        if is_new:
            given.append(assignment.pk)
    if given and to != by:
        notifications.notify(
            key=f"hand-over-several:{to.pk}:{'.'.join(str(pk) for pk in given)}"[:200],
            kind="hand_over",
            receiver=Receiver(user=to, role=Role.KLANTMANAGER),
            subject=ngettext(
                "Er is een dossier aan u overgedragen", "Er zijn %(count)s dossiers aan u overgedragen", len(given)
            )
            % {"count": len(given)},
            body=_("U bent nu klantmanager van deze dossiers. Bekijk ze in het portaal."),
            link=reverse("cases:list"),
            by=by,
            now=now,
        )
    return len(given)


def _give(*, case, to, by, today, now):
    """One dossier to another klantmanager. Returns the `Assignment` and whether anything changed."""
    case = Case.objects.select_for_update().get(pk=case.pk)
    if by is not None and has_emergency_access(case=case, user=by, today=today):
        raise RuleBroken(_("Met noodtoegang kunt u een dossier niet overdragen."))
    current = Assignment.objects.filter(case=case, deputy_for=None).current(today).of_role(Role.KLANTMANAGER).first()
    if current and current.user_id == to.pk:
        return current, False
    if current and by is not None and by.role == Role.FUNCTIONEEL_BEHEERDER:
        raise RuleBroken(_("Dossier %s heeft al een klantmanager.") % case.number)
    if current:
        release(case=case, role=Role.KLANTMANAGER, user=current.user, by=by, today=today, now=now)
    assignment = assign(case=case, role=Role.KLANTMANAGER, user=to, by=by, today=today, now=now)
    if current and by is not None and by.pk != current.user_id:
        # A deputy may hand over, but never unseen.
        notifications.notify(
            key=f"handed-over:{assignment.pk}",
            kind="hand_over",
            receiver=Receiver(user=current.user, role=Role.KLANTMANAGER),
            subject=_("Een dossier van u is overgedragen"),
            body=_("Uw vervanger heeft een van uw dossiers overgedragen. U bent er geen klantmanager meer van."),
            case_number=case.number,
            by=by,
            now=now,
        )
    person = case.statushouder
    notifications.notify(
        key=f"new-klantmanager:{assignment.pk}",
        kind="new_klantmanager",
        receiver=Receiver(user=person.user, address=person.email, role=Role.STATUSHOUDER),
        subject=_("U heeft een nieuwe contactpersoon bij de gemeente"),
        body=_("In het portaal ziet u wie uw nieuwe contactpersoon is."),
        link=reverse("home"),
        case_number=case.number,
        by=by,
        now=now,
    )
    return assignment, True


@transaction.atomic
def assign_begeleider(*, case, user, by, today, now=None):
    """Put a maatschappelijk begeleider around a dossier, in the place of the one before. Returns the `Assignment`."""
    case = Case.objects.select_for_update().get(pk=case.pk)
    before = Assignment.objects.filter(case=case, deputy_for=None).current(today)
    for row in before.of_role(Role.MAATSCHAPPELIJK_BEGELEIDER).exclude(user=user).select_related("user"):
        release(case=case, role=row.role, user=row.user, by=by, today=today, now=now)
    known = (
        Assignment.objects.filter(case=case, role=Role.MAATSCHAPPELIJK_BEGELEIDER, user=user).current(today).exists()
    )
    assignment = assign(case=case, role=Role.MAATSCHAPPELIJK_BEGELEIDER, user=user, by=by, today=today, now=now)
    if not known:
        notifications.notify(
            key=f"begeleider:{assignment.pk}",
            kind="assigned",
            receiver=Receiver(user=user, role=Role.MAATSCHAPPELIJK_BEGELEIDER),
            subject=_("U begeleidt een nieuw dossier"),
            body=_("Bekijk het dossier in het portaal."),
            link=case.get_absolute_url(),
            case_number=case.number,
            by=by,
            now=now,
        )
    return assignment


@transaction.atomic
def move_phase(*, case, to, reason="", by, today, now=None):
    """Bring a dossier into another phase (model §5.2). Returns the `Case`.

    Forward steps may skip; a step back, a pause, an end or reopening needs a reason. From a pause the dossier goes on
    where it was, since the day it came there. BEEINDIGD ends everybody's relation but the klantmanager's.
    """
    case = Case.objects.select_for_update().get(pk=case.pk)
    if case.phase == to:
        return case
    if rules.phase_needs_reason(case.phase, to) and not reason.strip():
        raise RuleBroken(_("Schrijf in een zin op waarom de fase verandert."))
    since = today
    if case.phase == Phase.PAUZE and to == case.phase_before_pause:
        reached = PhaseChange.objects.filter(case=case, phase=to).order_by("-since", "-pk").first()
        since = reached.since if reached else today
    case.phase_before_pause = case.phase if to == Phase.PAUZE else ""
    case.phase, case.phase_since, case.phase_reason = to, since, reason.strip()
    case.save(update_fields=["phase", "phase_since", "phase_reason", "phase_before_pause"])
    PhaseChange.objects.create(case=case, phase=to, since=since)
    if to == Phase.BEEINDIGD:
        for role in CASE_ROLES - {Role.KLANTMANAGER}:
            release(case=case, role=role, by=by, today=today, now=now)
    kind = JournalKind.CLOSED if to in CLOSED_PHASES else JournalKind.PHASE
    text = _("Fase: %s") % Phase(to).label
    record(case=case, kind=kind, zone=Zone.PROGRAMME, text=text, by=by, now=now)
    return case


@transaction.atomic
def register_term(*, case, starts_on, ends_on, by, now=None):
    """Take over the term that DUO gives (law §2.2): it replaces the computed one. Returns the `Case`."""
    case = Case.objects.select_for_update().get(pk=case.pk)
    if case.legal_regime == LegalRegime.GEEN:
        raise RuleBroken(_("Voor dit dossier geldt geen inburgeringsplicht."))
    if ends_on <= starts_on:
        raise RuleBroken(_("De termijn eindigt na het begin."))
    before = (case.legal_term_start, case.legal_term_end, case.legal_term_source)
    if before == (starts_on, ends_on, TermSource.DUO):
        return case
    case.legal_term_start, case.legal_term_end, case.legal_term_source = starts_on, ends_on, TermSource.DUO
    case.save(update_fields=["legal_term_start", "legal_term_end", "legal_term_source"])
    text = _("Inburgeringstermijn overgenomen van DUO")
    record(case=case, kind=JournalKind.CHANGED, zone=Zone.PROGRAMME, text=text, by=by, now=now)
    return case


@transaction.atomic
def change_route(*, case, leerroute, municipality, by, now=None):
    """Change learning route and municipality of a dossier. Returns the `Case`; the same again writes nothing."""
    case = Case.objects.select_for_update().get(pk=case.pk)
    if (case.leerroute, case.municipality) == (leerroute, municipality):
        return case
    case.leerroute, case.municipality = leerroute, municipality
    case.save(update_fields=["leerroute", "municipality"])
    text = _("Leerroute of gemeente gewijzigd")
    record(case=case, kind=JournalKind.CHANGED, zone=Zone.PROGRAMME, text=text, by=by, now=now)
    return case
