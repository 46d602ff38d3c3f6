"""Template tags of the components: what a template can't compute by itself. Use with `{% load look %}`."""

from dataclasses import dataclass
from functools import lru_cache

from django import template
from django.template.loader import render_to_string
from django.utils.translation import get_language

from jas_portal.navigation import ON_PHONE

register = template.Library()

#: Tones of a chart in tokens.css; a seventh part starts over.
TONES = 6


@dataclass(frozen=True)
class Slice:
    """One part of a stacked bar; places and widths in percent of the bar, as text that no language changes."""

    label: str
    value: int
    url: str
    tone: int
    x: str
    width: str
    middle: str
    has_room: bool


@register.simple_tag(takes_context=True)
def main_menu(context):
    """The main menu of who is signed in. Everyone in a role has the same one, so it is drawn once and remembered."""
    portal = context.get("portal")
    if not portal or not portal.places:
        return ""
    open_alerts = portal.open_alerts if any(place.counts_alerts for place in portal.places) else 0
    return _menu(tuple(portal.places), open_alerts, context.get("today_count") or 0, portal.sprite, get_language())


@lru_cache(maxsize=1024)
def _menu(places, open_alerts, today_count, sprite, language):
    # Four places and "Meer" fit a phone; five places fit without it.
    first = len(places) if len(places) <= ON_PHONE + 1 else ON_PHONE
    return render_to_string(
        "components/menu.html",
        {
            "first_places": places[:first],
            "more_places": places[first:],
            "current_is_behind_more": any(place.current for place in places[first:]),
            "open_alerts": open_alerts,
            "today_count": today_count,
            "sprite": sprite,
        },
    )


@register.inclusion_tag("components/stacked_bar.html")
def stacked_bar(parts, label):
    """A bar of the parts of a whole. `parts`: (words, number) or (words, number, url) each; `label`: what the whole is."""
    parts = [(*part, "")[:3] for part in parts]
    total = sum(value for _label, value, _url in parts) or 1
    slices, start = [], 0.0
    for index, (words, value, url) in enumerate(parts):
        width = 100 * value / total
        slices.append(
            Slice(
                label=words,
                value=value,
                url=url,
                tone=index % TONES + 1,
                x=f"{start:.2f}",
                width=f"{width:.2f}",
                middle=f"{start + width / 2:.2f}",
                has_room=width >= 2.5 * len(str(value)) + 2,
            )
        )
        start += width
    return {"slices": slices, "label": label}


@register.inclusion_tag("components/sort_header.html", takes_context=True)
def sort_header(context, field, label, extra_class="", default=""):
    """A `<th>` that orders by `field`; `default` is the order of the list when the address names none ("-" is descending)."""
    params = context["request"].GET.copy()
    now = params.get("sort") or default
    order = {field: "ascending", f"-{field}": "descending"}.get(now, "")
    params["sort"] = f"-{field}" if order == "ascending" else field
    params.pop("page", None)
    return {"label": label, "order": order, "url": f"?{params.urlencode()}", "extra_class": extra_class}


@register.simple_tag(takes_context=True)
def query_with(context, **changes):
    """The query string of this page with these parameters changed; None takes one away."""
    params = context["request"].GET.copy()
    for key, value in changes.items():
        if value is None:
            params.pop(key, None)
        else:
            params[key] = value
    return f"?{params.urlencode()}"


@register.filter
def page_numbers(page):
    """The numbers to offer around a `Page`; None stands for a gap."""
    return [
        number if isinstance(number, int) else None
        for number in page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1)
    ]


@register.filter
def initials(name):
    """Up to two letters for the round mark beside a name: of the first word and of the last."""
    words = [word for word in str(name).split() if word[:1].isalpha()]
    return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper()


@register.filter
def first_control(field):
    """The id that a link to this field goes to: its control, or the first of its choices."""
    return field.id_for_label or f"{field.auto_id}_0"
