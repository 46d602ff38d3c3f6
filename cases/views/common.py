"""What the views of a dossier share: who comes here, and how a dossier is fetched."""

from django.http import Http404
from django.shortcuts import get_object_or_404, render

from accounts.reading import note_reading
from accounts.roles import Role
from accounts.zones import Zone
from cases import overviews
from cases.models import Case
from cases.reach import reader_of

#: Roles with a list of dossiers.
LIST_ROLES = (Role.KLANTMANAGER, Role.MAATSCHAPPELIJK_BEGELEIDER, Role.DOCENT)
#: Roles with a case page. An institute works from its own enrolments.
PAGE_ROLES = (*LIST_ROLES, Role.MENTOR, Role.VRIJWILLIGERSCOORDINATOR, Role.STATUSHOUDER)


def visible_case(request, number):
    """The dossier with its person when this reader sees it, otherwise 404."""
    case = get_object_or_404(
        Case.objects.visible_to(request.user).select_related("statushouder", "programme_settings"), number=number
    )
    note_reading(request, Zone.PROGRAMME, case_number=case.number)
    return case


def open_case_in(request, number, zone):
    """The dossier when this reader may write in `zone` of it, otherwise 404. Returns it with its `Reader`."""
    case = visible_case(request, number)
    reader = reader_of(case, request.user)
    if not reader.writes(zone):
        raise Http404
    note_reading(request, zone, case_number=case.number)
    return case, reader


def managed_case(request, number):
    """The dossier when its reader stands around it (a waiting dossier shows, but nobody acts in it yet), otherwise 404."""
    case = visible_case(request, number)
    if reader_of(case, request.user).is_narrow:
        raise Http404
    return case


def case_form(request, case, form, *, title, submit, lead="", cancel_url="", trail=()):
    """The page of one form about a dossier, which goes back to the dossier, or to `cancel_url` at the end of `trail`."""
    return render(
        request,
        "components/form_page.html",
        {
            "title": title,
            "lead": lead,
            "form": form,
            "submit": submit,
            "cancel_url": cancel_url or case.get_absolute_url(),
            "breadcrumb": [overviews.crumb(case, request.user), *trail, (title, "")],
        },
    )
