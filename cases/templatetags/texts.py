"""Filters for texts people wrote, in any script. Use with `{% load texts %}`."""

import unicodedata

from django import template

register = template.Library()


@register.filter
def direction(text):
    """ "rtl" when the first letter with a direction is Arabic or Hebrew, otherwise "ltr". The PDF maker knows no `auto`."""
    for character in str(text):
        kind = unicodedata.bidirectional(character)
        if kind in ("R", "AL"):
            return "rtl"
        if kind == "L":
            break
    return "ltr"


@register.filter
def paragraphs(text):
    """The lines of a text that hold anything."""
    return [line for line in str(text).splitlines() if line.strip()]
