"""The hand-written floor: the same fifty rows in the same order, by raw SQL and strings."""

from datetime import date
from html import escape

from django.db import connection
from django.http import HttpResponse
from django.utils import timezone

from accounts.access import allow, public
from accounts.roles import Role
from cases.models import Language, Leerroute, LegalRegime, Phase

_SQL = """
SELECT c.number, s.full_name, c.phase, c.phase_since,
       (SELECT min(t.due_on) FROM cases_task t WHERE t.case_id = c.id AND t.owner_role = 'klantmanager'
          AND t.due_on IS NOT NULL AND t.status IN ('open', 'bezig', 'wacht_op')),
       c.goal_deadline, c.legal_regime, c.leerroute, s.language, s.needs_interpreter, s.neighbourhood,
       (SELECT u.name FROM cases_assignment b JOIN accounts_user u ON u.id = b.user_id WHERE b.case_id = c.id
          AND b.role = 'maatschappelijk_begeleider' AND b.deputy_for_id IS NULL AND b.starts_on <= %(today)s
          AND (b.ends_on IS NULL OR b.ends_on > %(today)s) ORDER BY b.id LIMIT 1),
       (SELECT l.title FROM cases_alert l WHERE l.case_id = c.id AND l.for_role = 'klantmanager'
          AND l.status IN ('nieuw', 'gezien', 'contact_gehad') ORDER BY l.raised_at LIMIT 1)
FROM cases_assignment a JOIN cases_case c ON c.id = a.case_id JOIN cases_statushouder s ON s.id = c.statushouder_id
WHERE a.user_id = %(user)s AND a.role = 'klantmanager' AND a.starts_on <= %(today)s
  AND (a.ends_on IS NULL OR a.ends_on > %(today)s)
ORDER BY a.case_id DESC LIMIT 50
"""
_MONTHS = ("jan", "feb", "mrt", "apr", "mei", "jun", "jul", "aug", "sep", "okt", "nov", "dec")
_PHASES, _REGIMES, _ROUTES, _LANGUAGES = (
    {value: str(label) for value, label in choices.choices} for choices in (Phase, LegalRegime, Leerroute, Language)
)


def _day(value):
    value = value if isinstance(value, date) else date.fromisoformat(value)
    return f"{value.day} {_MONTHS[value.month - 1]} {value.year}"


def _page(user):
    with connection.cursor() as cursor:
        cursor.execute(_SQL, {"user": user, "today": timezone.localdate()})
        rows = cursor.fetchall()
    cells = []
    for number, name, phase, since, due, goal, regime, route, language, interpreter, place, colleague, alert in rows:
        day = f"{_day(due)} (taak)" if due else f"{_day(goal)} (doel)"
        if phase in ("afgerond", "beeindigd"):
            day = ""
        tongue = _LANGUAGES.get(language, "") + (", tolk nodig" if interpreter else "")
        cells.append(
            f'<tr><td>{number}</td><th scope="row"><a href="/dossiers/{number}/">{escape(name)}</a></th>'
            f"<td>{_PHASES[phase]}, sinds {_day(since)}</td><td>{day}</td>"
            f"<td>{_REGIMES[regime]}, {_ROUTES[route]}</td><td>{tongue}</td><td>{escape(place)}</td>"
            f"<td>{escape(colleague or '')}</td><td>{escape(alert or '')}</td></tr>"
        )
    return HttpResponse(
        '<!doctype html><html lang="nl"><head><meta charset="utf-8"><title>Dossiers</title></head><body><h1>Dossiers</h1>'
        "<table><thead><tr><th>Dossier</th><th>Naam</th><th>Fase</th><th>Volgende datum</th><th>Wet en leerroute</th>"
        f"<th>Taal</th><th>Wijk</th><th>Begeleider</th><th>Signaal</th></tr></thead><tbody>{''.join(cells)}</tbody></table>"
    )


@public
def public_floor(request, user):
    """The floor without any sign-in."""
    return _page(user)


@allow(Role.KLANTMANAGER)
def signed_in_floor(request, user):
    """The floor behind session, account and role."""
    return _page(request.user.pk)
