"""What a browser may do with the answers of the portal, as plain values for the settings (docs/security.md says why)."""

from urllib.parse import urlsplit

from csp.constants import NONCE, NONE, SELF

#: What a page has no need of, refused to the page and to whatever would run in it. Passkeys are the one exception.
REFUSED_FEATURES = (
    "accelerometer", "autoplay", "browsing-topics", "camera", "display-capture", "encrypted-media", "fullscreen", "geolocation",
    "gyroscope", "hid", "idle-detection", "local-fonts", "magnetometer", "microphone", "midi", "otp-credentials", "payment",
    "picture-in-picture", "screen-wake-lock", "serial", "storage-access", "usb", "window-management", "xr-spatial-tracking",
)  # fmt: skip
OWN_FEATURES = ("publickey-credentials-create", "publickey-credentials-get")

#: The headers that are the same on every answer: pages, files, static files, refusals.
SAME_EVERYWHERE = {
    "Permissions-Policy": ", ".join(
        [f"{feature}=()" for feature in REFUSED_FEATURES] + [f"{feature}=(self)" for feature in OWN_FEATURES]
    ),
    # For browsers that don't know frame-ancestors.
    "X-Frame-Options": "DENY",
    # Nothing of ours is part of a page elsewhere, and nothing from elsewhere of a page of ours.
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    # Behind sign-in there is nothing to find; the sign-in page of a portal needs no search engine either.
    "X-Robots-Tag": "noindex, nofollow",
}

#: A file that is saved: nothing in it may run, load or be framed when a browser shows it after all.
FOR_FILES = {
    "default-src": [NONE],
    "base-uri": [NONE],
    "form-action": [NONE],
    "frame-ancestors": [NONE],
    "sandbox": [True],
}

#: What single pages need beside the policy, by URL name: the picture to scan is part of the page, as its secret is.
ALSO = {"mfa_activate_totp": {"img-src": ["data:"]}}


def origin(address):
    """`https://host[:port]` of an address, or "" when it is none."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}" if parts.scheme in ("http", "https") and parts.netloc else ""


def for_pages(*, signs_in_at=()):
    """The Content-Security-Policy of a page, as directives of django-csp.

    Scripts run when they carry the nonce of this very answer and in no other case. `signs_in_at` are addresses of the
    municipality's own sign-in: the form of our sign-in page is passed on there, so it may.
    """
    elsewhere = sorted({found for address in signs_in_at if (found := origin(address))})
    return {
        "default-src": [NONE],
        "script-src": [NONCE],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF, *elsewhere],
        "base-uri": [NONE],
        "object-src": [NONE],
        "frame-ancestors": [NONE],
    }
