"""The Plan van Aanpak on screen: the living plan, its versions, and what changed between two of them."""

import re
from dataclasses import dataclass
from difflib import SequenceMatcher

from django.utils import timezone
from django.utils.translation import gettext as _

from cases import rules, words
from cases.models import Agreement, AgreementParty, PlanVanAanpak, PlanVersion
from cases.plan_content import PlanContent, freeze, read
from cases.services.plan import GAPS


@dataclass(frozen=True)
class VersionLine:
    """One established version in the list."""

    number: int
    established: str
    agreed: str
    by: str


@dataclass(frozen=True)
class PlanPage:
    """The living plan for who reads all of it."""

    content: PlanContent
    versions: list[VersionLine]
    gaps: str
    is_established: bool
    is_changed: bool
    revision: int
    changed: str
    mine: list

    @property
    def latest(self):
        """The newest version, or None."""
        return self.versions[0] if self.versions else None

    @property
    def can_establish(self):
        return not self.gaps and self.is_changed


def plan_page(case, today):
    """The `PlanPage` of a dossier; reading makes nothing. Five queries."""
    plan = PlanVanAanpak.objects.filter(case=case).select_related("changed_by").first() or PlanVanAanpak(case=case)
    agreements = list(plan.agreements.all()) if plan.pk else []
    versions = list(plan.versions.select_related("established_by").defer("content")) if plan.pk else []
    content = read(freeze(case, plan, agreements, today))
    gaps = rules.plan_gaps(has_goal=bool(plan.main_goal), agreements=len(agreements), evaluate_on=plan.evaluate_on)
    changed = ""
    if plan.pk and plan.changed_by:
        changed = _("Laatst gewijzigd op %(day)s door %(person)s") % {
            "day": words.written(timezone.localdate(plan.changed_at)),
            "person": plan.changed_by,
        }
    return PlanPage(
        content=content,
        versions=[_version_line(version) for version in versions],
        gaps=", ".join(str(GAPS[gap]) for gap in gaps),
        is_established=bool(versions),
        is_changed=not versions or versions[0].revision != plan.revision,
        revision=plan.revision,
        changed=changed,
        mine=content.of_party(AgreementParty.STATUSHOUDER.value),
    )


def vwn_agreements(case):
    """What was agreed with VluchtelingenWerk, and nothing else of the plan: (words of each, since when a plan stands)."""
    rows = Agreement.objects.filter(plan__case=case, party=AgreementParty.MAATSCHAPPELIJK_BEGELEIDER)
    latest = PlanVersion.objects.filter(plan__case=case).defer("content").first()
    lines = [
        {"what": row.what, "by_when": words.written(row.by_when), "done_on": words.written(row.done_on)}
        for row in rows
    ]
    established = words.written(timezone.localdate(latest.established_at)) if latest else ""
    return lines, established


def _version_line(version):
    return VersionLine(
        number=version.number,
        established=words.written(timezone.localdate(version.established_at)),
        agreed=words.written(version.agreed_on),
        by=str(version.established_by),
    )


@dataclass(frozen=True)
class VersionPage:
    """One established version, and what it changed."""

    number: int
    content: PlanContent
    established: str
    agreed: str
    language: str
    by: str
    latest: int
    differences: list
    previous: int

    @property
    def is_latest(self):
        return self.number == self.latest


def version_page(version):
    """The `VersionPage` of an established version, read from what was frozen. One query."""
    others = dict(version.plan.versions.values_list("number", "content"))
    before = others.get(version.number - 1)
    content = read(version.content)
    language = words.language_label(version.language_used)
    if version.interpreter_present:
        language = _("%s, met tolk") % language
    return VersionPage(
        number=version.number,
        content=content,
        established=words.written(timezone.localdate(version.established_at)),
        agreed=words.written(version.agreed_on),
        language=language,
        by=str(version.established_by),
        latest=max(others),
        differences=plan_difference(read(before), content) if before else [],
        previous=version.number - 1 if before else 0,
    )


@dataclass(frozen=True)
class Piece:
    """A stretch of text: kind is same, gone or new."""

    text: str
    kind: str


@dataclass(frozen=True)
class Difference:
    """One part of the plan that changed, with its pieces in reading order."""

    label: str
    pieces: list[Piece]


def plan_difference(before, after):
    """What changed from one plan to the next, part by part, in the order of the plan. Takes two `PlanContent`."""
    parts = [(_("Hoofddoel"), before.main_goal, after.main_goal), (_("Doel"), before.goal_text, after.goal_text)]
    parts += [(_("Huishouden"), before.household, after.household)]
    parts += [(new.label, old.text, new.text) for old, new in zip(before.sections, after.sections, strict=True)]
    parts += [(_("We bespreken het plan weer op"), before.evaluate_on_words, after.evaluate_on_words)]
    found = [Difference(label, pieces(old, new)) for label, old, new in parts if old != new]
    was, now = ({row.id: row for row in content.agreements} for content in (before, after))
    lines = []
    for pk in dict.fromkeys([*was, *now]):
        old, new = (_agreement(rows[pk]) if pk in rows else "" for rows in (was, now))
        if old != new:
            lines.append(Difference(_("Afspraak"), pieces(old, new)))
    return found + lines


def _agreement(row):
    parts = [f"{row.party_label}: {row.what}"]
    if row.by_when:
        parts.append(_("uiterlijk %s") % row.by_when_words)
    if row.done_on:
        parts.append(_("gedaan op %s") % row.done_on_words)
    return ", ".join(parts)


def pieces(old, new):
    """The two texts as one, word by word, with what went and what came."""
    old, new = (re.findall(r"\w+|\s+|[^\w\s]", text) for text in (old, new))
    found = []
    for tag, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            found.append(Piece("".join(old[a:b]), "same"))
            continue
        if b > a:
            found.append(Piece("".join(old[a:b]), "gone"))
        if d > c:
            found.append(Piece("".join(new[c:d]), "new"))
    return found
