"""Which places each role has in the main menu, in order. A place appears as soon as its page exists."""

from dataclasses import dataclass, replace
from functools import lru_cache

from django.conf import settings
from django.urls import NoReverseMatch, Resolver404, get_script_prefix, get_urlconf, resolve, reverse
from django.utils.translation import gettext_lazy as _

from accounts.roles import Role

HOME = "home"
ALERTS = "alerts"

#: How many places stand in the bar at the bottom of a phone before "Meer".
ON_PHONE = 4


@dataclass(frozen=True)
class Place:
    """A page one can always go to: Dutch label, URL name, icon in icons/sprite.svg and the number it shows."""

    label: str
    url_name: str
    icon: str
    count: str = ""
    url: str = ""
    #: "page" for the very page, "true" for a page below it, "" elsewhere: the value of aria-current.
    current: str = ""

    @property
    def is_home(self):
        return self.count == HOME

    @property
    def counts_alerts(self):
        return self.count == ALERTS


TODAY = Place(_("Vandaag"), "home", "home", HOME)
CASES = Place(_("Dossiers"), "cases:list", "folder")
ALERTS_PLACE = Place(_("Signalen"), "cases:alerts", "bell", ALERTS)
TASKS = Place(_("Taken"), "cases:tasks", "plan")
AGENDA = Place(_("Agenda"), "notifications:agenda", "calendar")
STARTGROEPEN = Place(_("Startgroepen"), "inburgering:startgroepen", "school")
INSTITUTES = Place(_("Instituten"), "inburgering:institutes", "building")
UNASSIGNED = Place(_("Zonder klantmanager"), "cases:unassigned", "people")
DEPUTIES = Place(_("Vervanging"), "cases:deputies", "people")
BREAK_GLASSES = Place(_("Noodtoegang"), "cases:break_glasses", "bell")
REQUESTS = Place(_("Verzoeken"), "cases:rights_requests", "list")
DEMO_MAILBOX = Place(_("Demo-postvak"), "notifications:demo_mailbox", "mail")

PEOPLE = Place(_("Mensen"), "accounts:people", "people")
LOG = Place(_("Logboek"), "privacy:log", "list")
RETENTION = Place(_("Bewaartermijnen"), "privacy:retention", "calendar")
ACCESS_REVIEW = Place(_("Toegangsrechten"), "access_review", "list")
WHO_SEES_WHAT = Place(_("Wie mag wat zien"), "accounts:who_sees_what", "plan")

JOBS = Place(_("Opdrachten"), "work:jobs", "list")

PLACES = {
    Role.KLANTMANAGER: (
        TODAY,
        CASES,
        ALERTS_PLACE,
        AGENDA,
        TASKS,
        JOBS,
        STARTGROEPEN,
        INSTITUTES,
        UNASSIGNED,
        DEPUTIES,
        REQUESTS,
        DEMO_MAILBOX,
    ),
    Role.MAATSCHAPPELIJK_BEGELEIDER: (TODAY, CASES, AGENDA, TASKS, JOBS, DEPUTIES, DEMO_MAILBOX),
    Role.MENTOR: (
        TODAY,
        Place(_("Contact"), "mentoring:contacts", "talk"),
        AGENDA,
        Place(_("Mijn profiel"), "mentoring:my_profile", "people"),
        DEMO_MAILBOX,
    ),
    Role.VRIJWILLIGERSCOORDINATOR: (
        TODAY,
        Place(_("Koppelen"), "mentoring:match_requests", "link"),
        Place(_("Koppelingen"), "mentoring:mentorships", "people"),
        Place(_("Mentoren"), "mentoring:mentors", "people"),
        Place(_("Gesprekken"), "mentoring:check_ins", "talk"),
        ALERTS_PLACE,
        AGENDA,
        DEMO_MAILBOX,
    ),
    Role.DOCENT: (TODAY, STARTGROEPEN, CASES, AGENDA, TASKS, JOBS, INSTITUTES, DEMO_MAILBOX),
    Role.INSTITUUT: (TODAY, Place(_("Cursisten"), "inburgering:enrolments", "school"), AGENDA, DEMO_MAILBOX),
    Role.STATUSHOUDER: (
        TODAY,
        Place(_("Mijn plan"), "cases:my_plan", "plan"),
        AGENDA,
        Place(_("Mijn gegevens"), "cases:my_data", "people"),
        DEMO_MAILBOX,
    ),
    Role.FUNCTIONEEL_BEHEERDER: (
        TODAY,
        PEOPLE,
        Place(_("Import"), "cases:imports", "upload"),
        Place(_("Instellingen"), "cases:settings", "gear"),
        INSTITUTES,
        ACCESS_REVIEW,
        WHO_SEES_WHAT,
        UNASSIGNED,
        Place(_("Niet aangekomen"), "notifications:failed", "mail"),
        Place(_("Periodiek werk"), "work:periodic", "gear"),
        JOBS,
        RETENTION,
        DEMO_MAILBOX,
    ),
    Role.PRIVACY_OFFICER: (
        TODAY,
        LOG,
        REQUESTS,
        PEOPLE,
        WHO_SEES_WHAT,
        BREAK_GLASSES,
        ACCESS_REVIEW,
        RETENTION,
        DEMO_MAILBOX,
    ),
}


def url_or_empty(url_name):
    """The address of a page without arguments, or "" as long as the page does not exist."""
    return _resolved(url_name, get_urlconf(), get_script_prefix())


@lru_cache(maxsize=512)
def _resolved(url_name, urlconf, script_prefix):
    try:
        return reverse(url_name, urlconf=urlconf)
    except NoReverseMatch:
        return ""


def may_open(role, url_name):
    """Whether the page exists and its view lets this role in: a link that ends in a refusal is not shown."""
    return bool(role) and _opens(role, url_name, get_urlconf(), get_script_prefix())


@lru_cache(maxsize=2048)
def _opens(role, url_name, urlconf, script_prefix):
    address = _resolved(url_name, urlconf, script_prefix)
    if not address:
        return False
    try:
        view = resolve("/" + address.removeprefix(script_prefix), urlconf).func
    except Resolver404:
        return False
    roles = getattr(view, "allowed_roles", "public")
    return roles in ("public", "signed_in") or role in roles


def places_for(role, path):
    """The places of `role` that exist and let it in, as a list of `Place`, the one that `path` lies in marked as current."""
    found = [
        replace(place, label=str(place.label), url=url_or_empty(place.url_name))
        for place in PLACES.get(role, ())
        if may_open(role, place.url_name) and (settings.DEMO or place is not DEMO_MAILBOX)
    ]
    inside = [place for place in found if path == place.url or (not place.is_home and path.startswith(place.url))]
    if inside:
        here = max(inside, key=lambda place: len(place.url))
        found[found.index(here)] = replace(here, current="page" if path == here.url else "true")
    return found
