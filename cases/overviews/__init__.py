"""What the screens of a dossier need, each in a fixed number of queries."""

from cases.overviews.alerts import alert_list, alert_page
from cases.overviews.case_page import case_header, crumb, known_as, timeline, who_does_what
from cases.overviews.cover import break_glass_list, deputies_page
from cases.overviews.lists import case_list, unassigned_list
from cases.overviews.plan import plan_difference, plan_page, version_page, vwn_agreements
from cases.overviews.programme import settings_changes, settings_page
from cases.overviews.tasks import task_list
from cases.words import written

__all__ = [
    "alert_list",
    "alert_page",
    "break_glass_list",
    "case_header",
    "case_list",
    "crumb",
    "deputies_page",
    "known_as",
    "plan_difference",
    "plan_page",
    "settings_changes",
    "settings_page",
    "task_list",
    "timeline",
    "unassigned_list",
    "version_page",
    "vwn_agreements",
    "who_does_what",
    "written",
]
