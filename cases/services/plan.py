"""The Plan van Aanpak: the living plan, its agreements, and the version that is established and never changes (R17)."""

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.roles import Role
from accounts.rules import RuleBroken
from accounts.zones import Zone
from cases import rules
from cases.models import Agreement, Case, JournalKind, Language, PlanVanAanpak, PlanVersion, Task
from cases.plan_content import freeze
from cases.services.history import delete_row
from cases.services.journal import record
from cases.services.tasks import complete
from cases.task_templates import PLAN_TEMPLATE
from notifications import services as notifications
from notifications.services import Receiver

#: What a form may change in the living plan.
PLAN_FIELDS = (
    "main_goal",
    "goal_text",
    "starting_point",
    "wishes",
    "obstacles",
    "programme_parts",
    "obligations",
    "evaluate_on",
)

#: What can lack, in words (`rules.plan_gaps`).
GAPS = {
    "goal": gettext_lazy("het doel"),
    "agreements": gettext_lazy("een afspraak"),
    "evaluate_on": gettext_lazy("de dag waarop u het plan weer bespreekt"),
}


class PlanChanged(RuleBroken):
    """Somebody else saved the plan meanwhile. `plan` is how it stands now; nothing was written."""

    def __init__(self, plan):
        super().__init__(
            _(
                "%(person)s heeft het plan intussen ook gewijzigd. Vergelijk de teksten hieronder en bewaar daarna opnieuw."
            )
            % {"person": plan.changed_by or _("Iemand anders")}
        )
        self.plan = plan


@transaction.atomic
def edit_plan(*, case, revision, by, now=None, **fields):
    """Change the living plan; fields not given stay. Returns the `PlanVanAanpak`.

    `revision` is the one the person was looking at: when it is no longer the newest, nothing is written and
    `PlanChanged` is raised. Saving the same values again writes nothing.
    """
    unknown = set(fields) - set(PLAN_FIELDS)
    if unknown:
        raise TypeError(f"not of the plan: {sorted(unknown)}")
    plan = _locked_plan(case)
    changed = [name for name, value in fields.items() if getattr(plan, name) != value]
    if not changed:
        return plan
    if plan.revision != revision:
        raise PlanChanged(plan)
    for name in changed:
        setattr(plan, name, fields[name])
    _touch(plan, changed, by=by, now=now)
    record(case=case, kind=JournalKind.PLAN, zone=Zone.BENEFIT, text=_("Plan van Aanpak gewijzigd"), by=by, now=now)
    return plan


@transaction.atomic
def add_agreement(*, case, party, what, by_when=None, key=None, by, now=None):
    """Add what somebody will do, and by when. Returns the `Agreement`; sent twice with one `key` it is one."""
    plan = _locked_plan(case)
    if key is not None:
        done = plan.agreements.filter(key=key).first()
        if done:
            return done
    agreement = Agreement.objects.create(plan=plan, party=party, what=what.strip(), by_when=by_when, key=key)
    _touch(plan, [], by=by, now=now)
    record(case=case, kind=JournalKind.PLAN, zone=Zone.BENEFIT, text=_("Afspraak toegevoegd"), by=by, now=now)
    return agreement


@transaction.atomic
def change_agreement(*, agreement, party, what, by_when=None, by, now=None):
    """Change an agreement. Returns the `Agreement`; the same again writes nothing."""
    agreement, plan = _locked_agreement(agreement)
    if (agreement.party, agreement.what, agreement.by_when) == (party, what.strip(), by_when):
        return agreement
    agreement.party, agreement.what, agreement.by_when = party, what.strip(), by_when
    agreement.save(update_fields=["party", "what", "by_when"])
    _touch(plan, [], by=by, now=now)
    record(case=plan.case, kind=JournalKind.PLAN, zone=Zone.BENEFIT, text=_("Afspraak gewijzigd"), by=by, now=now)
    return agreement


@transaction.atomic
def tick_agreement(*, agreement, done, by, today, now=None):
    """Note that what was agreed is done, or is not done yet. Returns the `Agreement`."""
    agreement, plan = _locked_agreement(agreement)
    if (agreement.done_on is not None) == done:
        return agreement
    agreement.done_on = today if done else None
    agreement.save(update_fields=["done_on"])
    _touch(plan, [], by=by, now=now)
    text = _("Afspraak gedaan") if done else _("Afspraak weer open")
    record(case=plan.case, kind=JournalKind.PLAN, zone=Zone.BENEFIT, text=text, by=by, now=now)
    return agreement


@transaction.atomic
def delete_agreement(*, agreement, by, now=None):
    """Take an agreement out of the living plan; established versions keep it. Returns nothing."""
    found = Agreement.objects.select_related("plan__case").filter(pk=agreement.pk).first()
    if found is None:
        return
    plan = _locked_plan(found.plan.case)
    delete_row(found)
    _touch(plan, [], by=by, now=now)
    record(case=plan.case, kind=JournalKind.PLAN, zone=Zone.BENEFIT, text=_("Afspraak verwijderd"), by=by, now=now)


@transaction.atomic
def establish_plan(
    *,
    case,
    agreed_on,
    language_used=Language.NEDERLANDS,
    interpreter_present=False,
    revision=None,
    by,
    today,
    now=None,
):
    """Freeze the living plan as the next version, complete the task, and tell the statushouder. Returns `PlanVersion`.

    1. Lock the plan; refuse when somebody changed it after the person looked (`revision`), or when something lacks.
    2. The same content established already is that version: a double click makes one.
    3. Freeze content, people and dates; number it.
    4. Complete task R17, write the journal, queue the message.
    """
    now = now or timezone.now()
    plan = _locked_plan(case)
    if agreed_on > today:
        raise RuleBroken(_("De dag van het gesprek ligt in de toekomst."))
    latest = plan.current_version
    if latest is not None and latest.revision == plan.revision:
        return latest
    if revision is not None and plan.revision != revision:
        raise RuleBroken(_("Het plan is intussen gewijzigd. Lees het opnieuw door en stel het dan vast."))
    agreements = list(plan.agreements.all())
    gaps = rules.plan_gaps(has_goal=bool(plan.main_goal), agreements=len(agreements), evaluate_on=plan.evaluate_on)
    if gaps:
        raise RuleBroken(_("In het plan ontbreekt nog: %s.") % ", ".join(str(GAPS[gap]) for gap in gaps))
    version = PlanVersion.objects.create(
        plan=plan,
        number=(latest.number if latest else 0) + 1,
        revision=plan.revision,
        content=freeze(plan.case, plan, agreements, today),
        agreed_on=agreed_on,
        language_used=language_used,
        interpreter_present=interpreter_present,
        established_at=now,
        established_by=by,
    )
    task = Task.objects.select_for_update().filter(case=case, template=PLAN_TEMPLATE).first()
    if task:
        complete(task=task, by=by, now=now)
    text = _("Plan van Aanpak, versie %s vastgesteld") % version.number
    record(case=case, kind=JournalKind.PLAN, zone=Zone.BENEFIT, text=text, by=by, now=now)
    person = plan.case.statushouder
    notifications.notify(
        key=f"plan-version:{version.pk}",
        kind="plan_established",
        receiver=Receiver(user=person.user, address=person.email, role=Role.STATUSHOUDER),
        subject=_("Uw plan is klaar"),
        body=_("U kunt uw plan lezen in het portaal."),
        link=reverse("cases:my_plan"),
        case_number=plan.case.number,
        by=by,
        now=now,
    )
    return version


def _locked_plan(case):
    """The living plan of a dossier, made when there is none, locked. The dossier's row keeps two from making one."""
    case = Case.objects.select_for_update(of=("self",)).select_related("statushouder__user").get(pk=case.pk)
    plan, _created = PlanVanAanpak.objects.select_related("changed_by").get_or_create(case=case)
    plan.case = case
    return plan


def _locked_agreement(agreement):
    found = Agreement.objects.select_related("plan__case").filter(pk=agreement.pk).first()
    if found is None:
        raise RuleBroken(_("Deze afspraak bestaat niet meer."))
    plan = _locked_plan(found.plan.case)
    return Agreement.objects.get(pk=found.pk), plan


def _touch(plan, fields, *, by, now):
    """One revision further: whoever looked before this sees that the plan changed."""
    plan.revision += 1
    plan.changed_at, plan.changed_by = now or timezone.now(), by
    plan.save(update_fields=[*fields, "revision", "changed_at", "changed_by"])
