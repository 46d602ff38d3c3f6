"""Pages of notifications."""

from django.http import HttpResponse

from accounts.access import allow


@allow()
def inbox(request, **kwargs):
    return HttpResponse("")


mark_all_read = message = message_calendar = agenda = meeting = meeting_calendar = failed = inbox
retry = retry_all = demo_mailbox = demo_message = demo_calendar = inbox
