"""Search and filters of the lists, as declarations."""

import django_filters as filters
from django.utils.translation import gettext_lazy as _

from accounts.searching import every_word
from inburgering.models import Enrolment, EnrolmentStatus, Institute, Startgroep, StartgroepState


class EnrolmentFilter(filters.FilterSet):
    """Cursisten: by name or number, by state."""

    q = filters.CharFilter(label=_("Naam, dossiernummer of groep"), method="search")
    status = filters.ChoiceFilter(label=_("Stand"), choices=EnrolmentStatus.choices, empty_label=_("Alle"))

    class Meta:
        model = Enrolment
        fields = ["q", "status"]

    def search(self, queryset, name, value):
        names = ("case__statushouder__full_name", "case__statushouder__preferred_name")
        return queryset.filter(every_word(value, *names, "case__number", "course_group"))


class StartgroepFilter(filters.FilterSet):
    """Startgroepen: by name, docent or place, by where they stand on `today`."""

    q = filters.CharFilter(label=_("Naam, docent of plaats"), method="search")
    state = filters.ChoiceFilter(
        label=_("Stand"), choices=StartgroepState.choices, empty_label=_("Alle"), method="in_state"
    )

    class Meta:
        model = Startgroep
        fields = ["q", "state"]

    def __init__(self, *args, today, **kwargs):
        super().__init__(*args, **kwargs)
        self.today = today

    def search(self, queryset, name, value):
        return queryset.filter(every_word(value, "code", "docent__name", "location"))

    def in_state(self, queryset, name, value):
        return queryset.in_state(value, self.today)


class InstituteFilter(filters.FilterSet):
    """Instituten: by name, and whether there are agreements with the municipality."""

    q = filters.CharFilter(label=_("Naam"), method="search")
    contracted = filters.ChoiceFilter(
        label=_("Afspraken met de gemeente"), choices=[("1", _("Ja")), ("0", _("Nee"))], empty_label=_("Alle"),
        method="by_contract",
    )  # fmt: skip

    class Meta:
        model = Institute
        fields = ["q", "contracted"]

    def search(self, queryset, name, value):
        return queryset.filter(every_word(value, "organisation__name"))

    def by_contract(self, queryset, name, value):
        return queryset.filter(contracted=value == "1")
