"""What leaves the dossier as a file, batch by batch: plans as PDF, and the list of dossiers.

Each starts at `held_by` the person who asked, in the role in which it was asked; who asks for it and how long it takes is
no matter of this module.
"""

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.roles import Role
from accounts.zones import Zone
from cases import filters, overviews, words
from cases.models import Assignment, Case, PlanVanAanpak
from cases.pdf import plan_pdf
from cases.reach import reader_of


def cases_with_plan(user, parameters):
    """Own dossiers in which a plan was begun; `numbers` in `parameters` chooses some of them."""
    found = Case.objects.held_by(user).filter(pk__in=PlanVanAanpak.objects.order_by().values("case"))
    if parameters.get("numbers"):
        found = found.filter(number__in=parameters["numbers"])
    return found.select_related("statushouder", "programme_settings")


def plan_file(case, user):
    """(file name, PDF) of the newest established version, or of the concept; None for who may not read it."""
    if not reader_of(case, user).reads(Zone.BENEFIT):
        return None
    today = timezone.localdate()
    page = overviews.plan_page(case, today)
    if not page.versions:
        return f"plan-van-aanpak-{case.number}-concept.pdf", plan_pdf(page.content, today=today)
    version = overviews.version_page(PlanVanAanpak.objects.get(case=case).versions.get(number=page.latest.number))
    made = plan_pdf(
        version.content,
        today=today,
        version=version.number,
        agreed=version.agreed,
        language=version.language,
        by=version.by,
    )
    return f"plan-van-aanpak-{case.number}-versie-{version.number}.pdf", made


def listed_cases(user, parameters):
    """The dossiers of the list, narrowed as its filters say (`parameters` are those of the address)."""
    found = filters.narrow(filters.CaseFilters, parameters, Case.objects.held_by(user))
    return found.select_related("statushouder")


def case_headings():
    """The headings of the list."""
    return [
        _("Dossier"), _("Naam"), _("Fase"), _("Sinds"), _("Gemeente"), _("Wet"), _("Leerroute"), _("Taal"), _("Tolk"),
        _("Wijk"), _("Start programma"), _("Doeldatum"), _("Klantmanager"), _("Begeleider"),
    ]  # fmt: skip


def case_rows(cases, user):
    """The cells of these dossiers, as text, in the order of `case_headings`. One query for the colleagues."""
    colleagues = {}
    standing = Assignment.objects.current(timezone.localdate()).filter(
        case__in=[case.pk for case in cases],
        role__in=(Role.KLANTMANAGER, Role.MAATSCHAPPELIJK_BEGELEIDER),
        deputy_for=None,
        user__isnull=False,
    )
    for case, role, name in standing.order_by("-pk").values_list("case", "role", "user__name"):
        colleagues[case, role] = name
    return [
        [
            case.number,
            case.statushouder.full_name,
            str(case.get_phase_display()),
            case.phase_since.isoformat(),
            case.municipality,
            str(case.get_legal_regime_display()),
            str(case.get_leerroute_display()),
            str(words.language_label(case.statushouder.language)),
            str(_("ja")) if case.statushouder.needs_interpreter else "",
            case.statushouder.neighbourhood,
            case.programme_start.isoformat(),
            case.goal_deadline.isoformat(),
            colleagues.get((case.pk, Role.KLANTMANAGER), ""),
            colleagues.get((case.pk, Role.MAATSCHAPPELIJK_BEGELEIDER), ""),
        ]
        for case in cases
    ]
