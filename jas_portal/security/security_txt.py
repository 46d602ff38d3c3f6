"""Where to tell of a hole in the portal: /.well-known/security.txt (RFC 9116)."""

from datetime import UTC, datetime, time, timedelta

from django.conf import settings
from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import public

#: The file says until when it may be believed; the RFC advises less than a year.
BELIEVED_FOR = timedelta(days=180)


@public
@require_safe
def security_txt(request):
    """Contact, last day, languages and the address of the file itself. It's the same text all day."""
    contact = settings.SECURITY_CONTACT
    if "@" in contact and ":" not in contact:
        contact = f"mailto:{contact}"
    expires = datetime.combine(timezone.now().date() + BELIEVED_FOR, time(), tzinfo=UTC)
    lines = [
        f"Contact: {contact}",
        f"Expires: {expires:%Y-%m-%dT%H:%M:%SZ}",
        "Preferred-Languages: nl, en",
        f"Canonical: {settings.BASE_URL}{request.path}",
    ]
    if settings.SECURITY_POLICY_URL:
        lines.append(f"Policy: {settings.SECURITY_POLICY_URL}")
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")
