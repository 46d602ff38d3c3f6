"""Ways up to a dossier for pages of packages that know it by its number only. Use with `{% load dossiers %}`."""

from django import template

from cases.models import Case

register = template.Library()


@register.simple_tag(takes_context=True)
def visible_case(context, number):
    """The dossier with this number when the reader may see it, otherwise None; one query, none without a number."""
    return Case.objects.visible_to(context["request"].user).filter(number=number).first() if number else None
