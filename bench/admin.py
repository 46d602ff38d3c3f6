"""Django's own list of dossiers with the same nine columns, for comparison alone."""

from django.contrib import admin

from cases.models import Case


@admin.register(Case)
class CaseAdmin(admin.ModelAdmin):
    """Nine columns, fifty rows, the order of our list."""

    list_display = (
        "number", "name", "phase", "goal_deadline", "legal_regime", "leerroute", "language", "neighbourhood", "municipality",
    )  # fmt: skip
    list_select_related = ("statushouder",)
    list_per_page = 50
    list_filter = ("phase", "legal_regime", "leerroute", "municipality")
    search_fields = ("number", "statushouder__full_name")
    ordering = ("goal_deadline", "number")

    @admin.display(ordering="statushouder__full_name")
    def name(self, case):
        return case.statushouder.full_name

    @admin.display
    def language(self, case):
        return case.statushouder.get_language_display()

    @admin.display
    def neighbourhood(self, case):
        return case.statushouder.neighbourhood
