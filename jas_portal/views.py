"""The home page of each role."""

from django.http import HttpResponse

from accounts.access import allow


@allow()
def home(request):
    """Today, for the role worked in now."""
    return HttpResponse("ok")
