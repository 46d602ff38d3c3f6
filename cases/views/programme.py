"""The numbers of the programme, for the functioneel beheerder."""

from django.contrib import messages
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.access import allow
from accounts.roles import Role
from accounts.rules import RuleBroken
from cases import overviews, services
from cases.forms import SettingsForm
from cases.models import ProgrammeSettings


@allow(Role.FUNCTIONEEL_BEHEERDER)
@require_http_methods(["GET"])
def settings(request):
    """The versions, and what is in force today."""
    return render(request, "cases/settings.html", {"page": overviews.settings_page(timezone.localdate())})


@allow(Role.FUNCTIONEEL_BEHEERDER)
@require_http_methods(["GET", "POST"])
def change_settings(request):
    """A new version from a date: first what changes, then the button that does it."""
    today = timezone.localdate()
    form = SettingsForm(request.POST or None, instance=_copy(ProgrammeSettings.objects.on(today), today), today=today)
    changes = None
    if request.method == "POST" and form.is_valid():
        values = {name: form.cleaned_data[name] for name in form.fields}
        before = ProgrammeSettings.objects.on(values["valid_from"])
        changes = overviews.settings_changes(before, values)
        if request.POST.get("confirmed"):
            try:
                version = services.change_settings(**values, by=request.user, today=today)
            except RuleBroken as error:
                form.add_error(None, error.message)
            else:
                day = overviews.written(version.valid_from)
                messages.success(request, _("De nieuwe versie geldt vanaf %s.") % day)
                return redirect("cases:settings")
        elif not changes:
            form.add_error(None, _("Er is niets veranderd ten opzichte van wat dan al geldt."))
        else:
            return render(request, "cases/confirm_settings.html", {"form": form, "changes": changes, "values": values})
    return render(
        request,
        "components/form_page.html",
        {
            "title": _("Nieuwe versie van de instellingen"),
            "lead": _("Bestaande dossiers houden de versie waarmee ze zijn berekend."),
            "form": form,
            "submit": _("Bekijk wat verandert"),
            "cancel_url": reverse("cases:settings"),
            "breadcrumb": [(_("Instellingen"), reverse("cases:settings")), (_("Nieuwe versie"), "")],
        },
    )


def _copy(version, today):
    """A version that is not saved, with the values of the one in force, from today."""
    version.pk = None
    version._state.adding = True
    version.valid_from = today
    return version
