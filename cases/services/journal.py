"""One journal line for each thing that happens around a dossier."""

from django.utils import timezone

from cases.models import JournalEntry


def record(*, case, kind, zone, text, for_role="", by=None, now=None):
    """Write one line: that something happened, when and by whom; never the content. Returns the `JournalEntry`.

    `zone` is the zone of what the line tells; who does not read that zone does not see the line. With `for_role` it is
    for that role alone, as an alert is.
    """
    return JournalEntry.objects.create(
        case=case,
        kind=kind,
        zone=zone,
        text=str(text),
        at=now or timezone.now(),
        by=by,
        role=(by.role or "") if by else "",
        for_role=for_role,
    )
