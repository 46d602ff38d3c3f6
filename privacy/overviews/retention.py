"""What the pages about retention show: the policy in words, and a run in counts."""

from dataclasses import dataclass
from datetime import date

from django.apps import apps
from django.db.models import Count, Sum
from django.utils.dateparse import parse_date
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from privacy.models import ItemState, RetentionRun, RetentionState
from privacy.policy import policy

#: At most so many numbers of dossiers that were held back or left stand on one page.
NAMED = 100

#: What becomes of a field, by its verb in the policy.
VERB_LABELS = {
    "leaves": gettext_lazy("Gaat weg"),
    "empty": gettext_lazy("Wordt leeg"),
    "rename": gettext_lazy("Wordt “Geanonimiseerd”"),
    "opaque": gettext_lazy("Wordt een willekeurige code"),
    "month": gettext_lazy("Wordt de eerste dag van de maand"),
    "keep": gettext_lazy("Blijft"),
}
ROWS_LABELS = {
    "delete": gettext_lazy("De rij gaat weg"),
    "stay": gettext_lazy("De rij blijft voor de cijfers, zonder persoon"),
    "keep": gettext_lazy("Blijft"),
    "own": gettext_lazy("Gaat weg langs een eigen weg"),
}
#: Words that are Dutch in the code as well.
DUTCH_IN_CODE = {"leerroute", "docent", "mentor", "statushouder"}
ACTION_LABELS = {"delete": gettext_lazy("verwijderen"), "empty": gettext_lazy("anonimiseren")}


@dataclass(frozen=True)
class PeriodShown:
    """One period: after what, how long, and why."""

    title: str
    counts_from: str
    length: str
    is_law: bool
    source: str


@dataclass(frozen=True)
class RuleShown:
    """What becomes of rows of one model, or of some of their fields. `fields`: (what happens, which fields)."""

    rows: str
    when: list[str]
    fields: list[tuple[str, str]]
    why: str


@dataclass(frozen=True)
class ModelShown:
    """One model and its rules; some fields may leave before the others."""

    title: str
    rows: str
    rules: list[RuleShown]


@dataclass(frozen=True)
class ResultShown:
    """One line of a run."""

    model: str
    period: str
    action: str
    listed: int
    done: int
    oldest: date | None
    newest: date | None
    examples: str


@dataclass(frozen=True)
class HeldShown:
    """One dossier, match or mentor that stays for now, by its number."""

    reference: str
    period: str
    since: date
    reason: str


@dataclass(frozen=True)
class RunShown:
    """A run with its lines, in a fixed number of queries."""

    results: list[ResultShown]
    most: int
    found: int
    items: int
    held: list[HeldShown]
    held_count: int
    batches: list
    batch_count: int
    done: int
    left: int


def length_of(period):
    """How long a period is, in words: "5 jaar", "6 maanden", "28 dagen"."""
    if period.days:
        return ngettext("%(n)s dag", "%(n)s dagen", period.days) % {"n": period.days}
    if period.months % 12 == 0:
        return _("%(n)s jaar") % {"n": period.months // 12}
    return ngettext("%(n)s maand", "%(n)s maanden", period.months) % {"n": period.months}


def model_name(label):
    """The Dutch name of a model: its own, or of a library's the one that the policy gives."""
    title = next((entry.title for entry in policy().entries_of(label) if entry.title), "")
    return title or capfirst(str(apps.get_model(label)._meta.verbose_name_plural))


def waiting_for(user):
    """The proefrun that waits for the approval of this privacy officer, or None."""
    waiting = RetentionRun.objects.filter(state=RetentionState.KLAAR, items__state=ItemState.PENDING)
    return waiting.exclude(prepared_by=user).first()


def periods_shown():
    """All periods, as the policy orders them."""
    return [
        PeriodShown(period.title, period.counts_from, length_of(period), period.is_law, period.source)
        for period in policy().periods
    ]


def rules_shown(words=""):
    """What becomes of every model and field; with `words` only what these stand in."""
    now, words = policy(), words.strip().lower()
    shown = []
    for label in dict.fromkeys(entry.model for entry in now.entries):
        rules = [_rule(now, entry) for entry in now.entries_of(label)]
        text = [model_name(label), label]
        for rule in rules:
            text += [rule.rows, rule.why, *rule.when, *(part for pair in rule.fields for part in pair)]
        if words in " ".join(text).lower():
            shown.append(ModelShown(model_name(label), rules[-1].rows, rules))
    return shown


def _rule(now, entry):
    meta = apps.get_model(entry.model)._meta
    fields = [
        (str(label), _fields([meta.get_field(name) for name in entry.of(verb)]))
        for verb, label in VERB_LABELS.items()
        if entry.of(verb)
    ]
    when = [_after(period) for period in _periods(now, entry, set())]
    when += [spare.reason for spare in entry.spare if spare.reason]
    return RuleShown(str(ROWS_LABELS[entry.rows]), when, fields, entry.why)


def _fields(fields):
    """Names of fields in Dutch. One without a name of its own is called after what it points at, or stands last."""
    named, technical = [], []
    for field in fields:
        called = str(field.verbose_name)
        if called != field.name.replace("_", " ") or field.name in DUTCH_IN_CODE:
            named.append(called)
        elif field.is_relation:
            named.append(str(field.related_model._meta.verbose_name))
        else:
            technical.append(field.name)
    words = ", ".join(dict.fromkeys(named))
    if not technical:
        return words
    technical = _("technisch: %s") % ", ".join(technical)
    return f"{words}; {technical}" if words else technical


def _periods(now, entry, seen):
    """The periods after which an entry is due: its own, and those of the rows it goes along with."""
    found = []
    for when in entry.when:
        if when.after:
            found.append(now.period(when.after))
        elif when.model not in seen:
            for other in now.entries_of(when.model):
                found += _periods(now, other, seen | {when.model})
    return list(dict.fromkeys(found))


def _after(period):
    why = _("wet") if period.is_law else _("voorstel")
    return _("%(length)s na: %(event)s (%(why)s: %(title)s)") % {
        "length": length_of(period),
        "event": period.counts_from,
        "why": why,
        "title": period.title,
    }


def run_shown(run):
    """A run as its page shows it."""
    titles = {period.name: period.title for period in policy().periods}
    results = [
        ResultShown(
            model_name(result.model),
            titles.get(result.period, result.period),
            str(ACTION_LABELS[result.action]),
            result.listed,
            result.done,
            result.oldest,
            result.newest,
            ", ".join(_example(*example) for example in result.examples),
        )
        for result in run.results.order_by("position")
    ]
    held = run.items.exclude(state=ItemState.PENDING)
    counted = run.batches.aggregate(number=Count("pk"), done=Sum("items"), left=Sum("left"))
    return RunShown(
        results=results,
        most=max((result.listed for result in results), default=0),
        found=sum(result.listed for result in results),
        items=run.items_total,
        held=[
            HeldShown(item.reference, titles.get(item.period, item.period), item.anchor_on, item.reason)
            for item in held.order_by("position", "root")[:NAMED]
        ],
        held_count=held.count(),
        batches=[
            (batch, titles.get(batch.period, batch.period), sum(batch.rows.values()))
            for batch in run.batches.order_by("-number")[:50]
        ],
        batch_count=counted["number"],
        done=counted["done"] or 0,
        left=counted["left"] or 0,
    )


def _example(pk, reference, day):
    """A row by its number and the day of its event: "JAS-2019-0004 (3 maart 2021)"."""
    called = reference or f"#{pk}"
    day = parse_date(day) if day else None
    return f"{called} ({date_format(day, 'j F Y')})" if day else called
