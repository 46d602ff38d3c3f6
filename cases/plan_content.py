"""The words of a Plan van Aanpak as one plain structure: what a page shows, a PDF prints and a version freezes."""

from dataclasses import dataclass
from datetime import date

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.roles import Role
from cases.models import (
    AgreementParty,
    Assignment,
    HouseholdNote,
    Language,
    Leerroute,
    LegalRegime,
    MainGoal,
    TermSource,
)

#: The sections in their order (law §2.5): field of the living plan, heading, heading in the person's own page (A2).
SECTIONS = (
    ("starting_point", gettext_lazy("Vertrekpunt: opleiding, werk en taal"), gettext_lazy("Wat u al kunt")),
    ("wishes", gettext_lazy("Wensen"), gettext_lazy("Wat u wilt")),
    ("obstacles", gettext_lazy("Wat eerst geregeld moet zijn"), gettext_lazy("Wat we eerst regelen")),
    ("programme_parts", gettext_lazy("Onderdelen en uren per week"), gettext_lazy("Wat u elke week doet")),
    (
        "obligations",
        gettext_lazy("Afspraken die moeten, en wat er gebeurt als het niet lukt"),
        gettext_lazy("Wat moet, en wat er gebeurt als het niet lukt"),
    ),
)

#: Roles that a plan names: who works with this person.
PLAN_ROLES = (Role.KLANTMANAGER, Role.MAATSCHAPPELIJK_BEGELEIDER, Role.MENTOR)


@dataclass(frozen=True)
class Section:
    key: str
    label: str
    own_label: str
    text: str


@dataclass(frozen=True)
class PlanAgreement:
    """Who does what by when; dates both as dates and in words."""

    id: int
    party: str
    party_label: str
    what: str
    by_when: str
    done_on: str

    @property
    def by_when_words(self):
        return _words(self.by_when)

    @property
    def done_on_words(self):
        return _words(self.done_on)


@dataclass(frozen=True)
class PlanContent:
    """A plan to read. `agreements` in the order of their dates."""

    number: str
    name: str
    preferred_name: str
    municipality: str
    legal: str
    main_goal: str
    goal_text: str
    household: str
    sections: list[Section]
    agreements: list[PlanAgreement]
    people: list[dict]
    deadlines: list[tuple[str, str]]
    evaluate_on: str

    @property
    def evaluate_on_words(self):
        return _words(self.evaluate_on)

    def of_party(self, party):
        return [agreement for agreement in self.agreements if agreement.party == party]

    @property
    def by_party(self):
        """(label, agreements) per party that has any, the person first."""
        return [(party.label, found) for party in AgreementParty if (found := self.of_party(party.value))]


def freeze(case, plan, agreements, today):
    """The plan as JSON: everything a version has to say for itself, years later, without looking anything up."""
    note = HouseholdNote.objects.filter(statushouder=case.statushouder_id).first()
    around = (
        Assignment.objects.filter(case=case, role__in=PLAN_ROLES, deputy_for=None)
        .current(today)
        .select_related("user", "organisation")
        .order_by("pk")
    )
    order = {role.value: index for index, role in enumerate(PLAN_ROLES)}
    deadlines = [[str(_("Doeldatum van het programma")), case.goal_deadline.isoformat()]]
    if case.legal_term_end:
        source = _("volgens DUO") if case.legal_term_source == TermSource.DUO else _("berekend")
        deadlines.append([str(_("Inburgeringstermijn tot en met")) + f" ({source})", case.legal_term_end.isoformat()])
    regime = LegalRegime(case.legal_regime).label
    route = Leerroute(case.leerroute).label if case.leerroute != Leerroute.ONBEKEND else ""
    return {
        "schema": 1,
        "number": case.number,
        "name": case.statushouder.full_name,
        "preferred_name": case.statushouder.preferred_name,
        "municipality": case.municipality,
        "legal": ", ".join(str(part) for part in (regime, route) if part),
        "main_goal": str(MainGoal(plan.main_goal).label) if plan.main_goal else "",
        "goal_text": plan.goal_text,
        "household": note.text if note else "",
        "sections": {key: getattr(plan, key) for key, _label, _own in SECTIONS},
        "agreements": [
            {
                "id": row.pk,
                "party": row.party,
                "what": row.what,
                "by_when": row.by_when.isoformat() if row.by_when else "",
                "done_on": row.done_on.isoformat() if row.done_on else "",
            }
            for row in agreements
        ],
        "people": [
            {"role": row.role, "label": str(Role(row.role).label), "name": str(row.user or row.organisation)}
            for row in sorted(around, key=lambda row: order[row.role])
        ],
        "deadlines": deadlines,
        "evaluate_on": plan.evaluate_on.isoformat() if plan.evaluate_on else "",
    }


def read(content):
    """`PlanContent` of the JSON that `freeze` made, of a version or of the living plan."""
    texts = content["sections"]
    return PlanContent(
        number=content["number"],
        name=content["name"],
        preferred_name=content["preferred_name"],
        municipality=content["municipality"],
        legal=content["legal"],
        main_goal=content["main_goal"],
        goal_text=content["goal_text"],
        household=content["household"],
        sections=[Section(key, str(label), str(own), texts.get(key, "")) for key, label, own in SECTIONS],
        agreements=[
            PlanAgreement(
                id=row["id"],
                party=row["party"],
                party_label=str(AgreementParty(row["party"]).label),
                what=row["what"],
                by_when=row["by_when"],
                done_on=row["done_on"],
            )
            for row in content["agreements"]
        ],
        people=content["people"],
        deadlines=[(label, _words(day)) for label, day in content["deadlines"]],
        evaluate_on=content["evaluate_on"],
    )


def language_label(code):
    """The Dutch name of a language code, or the code."""
    return str(Language(code).label) if code in Language.values else code


def _words(day):
    """An ISO date as "3 februari 2028"; "" stays ""."""
    return date_format(date.fromisoformat(day), "j F Y") if day else ""
