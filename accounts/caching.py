"""Nothing a person read stays behind in the browser or in a proxy."""

from django.utils.decorators import sync_only_middleware


@sync_only_middleware
def keep_nothing(get_response):
    """Answer every page with `Cache-Control: no-store`: after signing out, "back" and the disk of a shared computer show
    nothing. Files below STATIC_URL are answered by WhiteNoise before this and may be kept.
    """

    def middleware(request):
        response = get_response(request)
        response.headers["Cache-Control"] = "no-store, private"
        return response

    return middleware
