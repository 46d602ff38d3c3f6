"""The home page of each role."""

from django.shortcuts import render
from django.utils import timezone
from django.utils.formats import date_format
from django.views.decorators.http import require_safe

from accounts.access import allow
from jas_portal.homes import HOMES
from jas_portal.homes.reading import note_home
from jas_portal.homes.shared import greeting


@allow()
@require_safe
def home(request):
    """Today, for the role worked in now."""
    today, now = timezone.localdate(), timezone.now()
    template, today_for = HOMES[request.user.role]
    found = today_for(request.user, today, now)
    note_home(request, found)
    context = {
        "home": found,
        "greeting": greeting(now),
        "first_name": request.user.name.split()[0] if request.user.name else request.user.email,
        "day": date_format(today, "l j F Y").capitalize(),
    }
    context["today_count"] = getattr(context["home"], "today_count", None)
    return render(request, template, context)
