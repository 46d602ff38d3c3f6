"""Ways up to a dossier for pages of packages that know it by its number only. Use with `{% load dossiers %}`."""

from django import template

from cases.models import Case
from jas_portal.homes.shared import names_of

register = template.Library()


@register.simple_tag(takes_context=True)
def visible_case(context, number):
    """The dossier with this number when the reader may see it, otherwise None; one query, none without a number."""
    return Case.objects.visible_to(context["request"].user).filter(number=number).first() if number else None


@register.simple_tag(takes_context=True)
def visible_name(context, number):
    """The name behind this dossier number, "" when the reader may not see it or when it is the reader."""
    return names_of([number], context["request"].user).get(number, "") if number else ""


@register.simple_tag(takes_context=True)
def names_in(context, days):
    """The names behind the dossier numbers in these days of an agenda, as the home shows them: number → name; one query."""
    numbers = {slot.case_number for day in days for slot in day.slots} - {""}
    return names_of(numbers, context["request"].user) if numbers else {}


@register.filter
def name_of(names, number):
    """The name behind this dossier number in what `names_in` found, "" when the reader may not see it."""
    return names.get(number, "")
