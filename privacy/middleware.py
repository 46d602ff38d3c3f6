"""The read log's middleware: one line per answer about persons, written before the answer leaves (docs/adr/0008)."""

import ipaddress
import logging

from allauth.account.adapter import get_adapter
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.db import Error as DatabaseError
from django.shortcuts import render
from django.utils.decorators import sync_only_middleware

from privacy.models import Action
from privacy.services import log

logger = logging.getLogger(__name__)

#: What shows nobody's data when it could not be written down; the answer goes out and the failure is reported.
SHOWS_NOTHING = (Action.DENIED, Action.CHANGED)


@sync_only_middleware
def read_log(get_response):
    """Write down what the view left on the request (`accounts.reading.note_reading`), changes, and refusals.

    Stands outside everything that refuses (sign-in, role, second factor), so that a refusal is a line too. One insert,
    no other query; a second one for a file with a document of each of several dossiers. A page about persons that cannot
    be written down is not shown.
    """

    def middleware(request):
        response = get_response(request)
        action = action_of(request, response)
        if action is None:
            return response
        try:
            line = line_of(request, response, action)
            log.write_line(**line)
            if action == Action.EXPORTED and request.reading.each:
                line |= {"action": Action.DOWNLOADED, "count": None, "search": ""}
                log.write_for_each(request.reading.each, **line)
        except DatabaseError:
            address = request.resolver_match.view_name
            logger.exception("Read log: no line for %s on %s, answered with %s", action, address, response.status_code)
            if action in SHOWS_NOTHING:
                return response
            return render(request, "privacy/not_logged.html", status=503)
        return response

    return middleware


def action_of(request, response):
    """What this answer means for the log, or None when it tells nothing about anybody.

    Refused is 403 anywhere; on an address with an id also 404, and being sent to the sign-in page or second factor.
    """
    match, status = request.resolver_match, response.status_code
    if match is None:
        return None
    has_id = bool(match.kwargs or match.args)
    if status == 403 or (status == 404 and has_id):
        return Action.DENIED
    allowed = getattr(match.func, "allowed_roles", "public")
    is_for_roles = allowed not in ("public", "signed_in")
    asks_more = getattr(request.user, "acting_as", None) is None if is_for_roles else not request.user.is_authenticated
    if status == 302 and allowed != "public" and asks_more:
        # The view was not reached: sent to the sign-in page, or to the second factor.
        return Action.DENIED if has_id else None
    reading = getattr(request, "reading", None)
    if request.method == "POST" and 300 <= status < 400:
        return Action.CHANGED if reading or is_for_roles else None
    if reading is None or status != 200:
        return None
    if not response.get("Content-Type", "").startswith("text/html"):
        return Action.DOWNLOADED if reading.count is None else Action.EXPORTED
    if reading.count is not None and not reading.case_number:
        return Action.SEARCHED if reading.is_search else Action.LISTED
    return Action.READ


def line_of(request, response, action):
    """The columns of the line, as `log.write_line` takes them."""
    match, user = request.resolver_match, request.user
    reading = getattr(request, "reading", None)
    role = getattr(user, "acting_as", None) or getattr(user, "withheld_role", None)
    number = match.kwargs.get("number", "")
    return {
        "actor": user.pk,
        "role": role.role if role else "",
        "organisation": str(role.organisation or "") if role else "",
        "action": action,
        "case_number": (reading.case_number if reading else "") or number,
        "about_zone": str(reading.zone) if reading else "",
        "address": match.view_name,
        "subject": ", ".join(f"{name}={value}" for name, value in match.kwargs.items() if isinstance(value, int)),
        "purpose": reading.purpose if reading else "",
        "count": reading.count if reading else None,
        "search": reading.search if reading else "",
        "result": response.status_code,
        "origin": origin_of(request),
    }


def origin_of(request):
    """The address of the visitor, by the rules of ALLAUTH_TRUSTED_PROXY_COUNT; of IPv6 the network (/64) alone."""
    try:
        address = ipaddress.ip_address(get_adapter(request).get_client_ip(request))
    except (ImproperlyConfigured, PermissionDenied, ValueError):
        return ""
    if address.version == 6 and not address.is_loopback:
        return str(address.ipv4_mapped or ipaddress.ip_network((address, 64), strict=False).network_address)
    return str(address)
