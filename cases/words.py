"""Dates and labels in words, remembered: a list of fifty rows asks for the same ones again and again."""

from datetime import date, timedelta
from functools import lru_cache

from django.utils.formats import date_format
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from cases.models import Group, Language, Leerroute, LegalRegime, Phase


def written(day):
    """A date as "3 februari 2028"; None is ""."""
    return _written(day, get_language()) if day else ""


@lru_cache(maxsize=4096)
def _written(day, language):
    return date_format(day, "j F Y")


def short(day):
    """A date for a narrow column: "6 mei 2026", "3 feb 2028"; None is ""."""
    return _short(day, get_language()) if day else ""


@lru_cache(maxsize=4096)
def _short(day, language):
    return date_format(day, "j M Y").lower()


def phase_since(phase, since):
    """ "Inburgering, sinds 6 mei 2026"."""
    return _phase_since(phase, since, get_language())


@lru_cache(maxsize=4096)
def _phase_since(phase, since, language):
    return f"{phase_label(phase)}, {_('sinds')} {short(since)}"


def dated(day, what):
    """ "3 feb 2028 (doel)"."""
    return _dated(day, what, get_language())


@lru_cache(maxsize=4096)
def _dated(day, what, language):
    return f"{short(day)} ({what})"


def phase_label(phase):
    return _label(Phase, phase, get_language())


def legal(regime, leerroute):
    """ "Wi2021, B1-route"; a learning route that isn't known yet is left out."""
    return _legal(regime, leerroute, get_language())


@lru_cache(maxsize=64)
def _legal(regime, leerroute, language):
    route = "" if leerroute == Leerroute.ONBEKEND else f", {Leerroute(leerroute).label}"
    return f"{LegalRegime(regime).label}{route}"


def group_label(group):
    return _label(Group, group, get_language())


def language_label(code):
    """The Dutch name of a language; "" stays ""."""
    return _label(Language, code, get_language()) if code else ""


def language_and_interpreter(code, needs_interpreter):
    """ "Tigrinya, tolk nodig"."""
    return _language(code, needs_interpreter, get_language())


@lru_cache(maxsize=128)
def _language(code, needs_interpreter, language):
    parts = [str(Language(code).label)] if code else []
    return ", ".join(parts + [_("tolk nodig")]) if needs_interpreter else "".join(parts)


@lru_cache(maxsize=256)
def _label(choices, value, language):
    return str(choices(value).label) if value in choices.values else value


def days_ago(day: date, today: date) -> str:
    """ "vandaag", "gisteren", "4 dagen geleden"."""
    count = (today - day).days
    if count <= 0:
        return _("vandaag")
    return _("gisteren") if count == 1 else ngettext("%d dag geleden", "%d dagen geleden", count) % count


def days(count: int) -> str:
    """ "1 dag", "5 dagen"."""
    return ngettext("%d dag", "%d dagen", count) % count


def waiting(count: int) -> str:
    """For how long already: "sinds vandaag", "al 1 dag", "al 5 dagen"."""
    return _("al %s") % days(count) if count else _("sinds vandaag")


def stands_in(holder, ends_on, *, is_emergency):
    """For whom somebody stands around a dossier, and until which day; `ends_on` is the first day without."""
    last = short(ends_on - timedelta(days=1))
    if is_emergency:
        return _("noodtoegang tot en met %s") % last
    return _("vervangt %(who)s tot en met %(day)s") % {"who": holder, "day": last}
