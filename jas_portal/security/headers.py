"""The headers of every answer. Both stand at the very front, so that static files, redirects and refusals get them too."""

from csp.constants import NONE
from csp.middleware import CSPMiddleware
from django.utils.decorators import sync_only_middleware

from jas_portal.security import policy


@sync_only_middleware
def same_everywhere(get_response):
    """Put the headers that never differ on the answer."""

    def middleware(request):
        response = get_response(request)
        for name, value in policy.SAME_EVERYWHERE.items():
            response.headers.setdefault(name, value)
        return response

    return middleware


def is_saved(response):
    """Whether the browser is told to save this answer instead of showing it."""
    return response.headers.get("Content-Disposition", "").startswith("attachment")


class ContentSecurityPolicy(CSPMiddleware):
    """The policy of the settings; a file that is saved gets the one for files, an answer without nonce runs no script."""

    def get_policy_parts(self, request, response, report_only=False):
        parts = super().get_policy_parts(request, response, report_only)
        if is_saved(response):
            parts.config = policy.FOR_FILES
            return parts
        if parts.nonce is None:
            parts.replace = {"script-src": [NONE], **(parts.replace or {})}
        match = getattr(request, "resolver_match", None)
        if match and match.view_name in policy.ALSO:
            parts.update = {**policy.ALSO[match.view_name], **(parts.update or {})}
        return parts
