"""What the lists of inburgering share: filter, order and page of a queryset, from the address."""

from dataclasses import dataclass

from django.core.paginator import Page, Paginator
from django.forms import Form

PER_PAGE = 25


@dataclass(frozen=True)
class Listing:
    """One page of a list. `active`: how many filters are in use; `found`: rows in all."""

    page: Page
    form: Form
    active: int
    found: int


def listing(params, queryset, filter_class, orders, default, **filter_arguments):
    """Filter `queryset` by the GET `params`, order it and take the asked page. Returns a `Listing`.

    `orders`: name in the address → fields; a name with "-" before it turns them round. An unknown order or page gives
    the default order, the nearest page.
    """
    chosen = filter_class(params, queryset=queryset, **filter_arguments)
    name = params.get("sort") or default
    fields = orders.get(name.lstrip("-")) or orders[default.lstrip("-")]
    if name.lstrip("-") not in orders:
        name = default
    if name.startswith("-"):
        fields = [field[1:] if field.startswith("-") else f"-{field}" for field in fields]
    page = Paginator(chosen.qs.order_by(*fields), PER_PAGE).get_page(params.get("page"))
    active = sum(1 for field in chosen.form.fields if params.get(field))
    return Listing(page=page, form=chosen.form, active=active, found=page.paginator.count)
