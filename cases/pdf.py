"""The Plan van Aanpak as PDF: tagged (PDF/UA-1), with its fonts inside, made of our own files and nothing else."""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.exceptions import SuspiciousFileOperation
from django.template.loader import render_to_string
from django.utils.translation import get_language
from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

from cases import words
from cases.plan_content import PlanContent

#: The one kind of address a document may name: a path below static/.
SCHEME = "static:"
_TYPES = {
    ".woff2": "font/woff2",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
}


class Refused(FatalURLFetchingError):
    """A document asked for something that is not one of our static files."""


class StaticFetcher(URLFetcher):
    """Gives fonts and images below static/, by name; no network and no other file."""

    def fetch(self, url, headers=None):
        name = url.removeprefix(SCHEME).lstrip("/")
        kind = _TYPES.get(Path(name).suffix.lower())
        path = _static_path(name) if url.startswith(SCHEME) and kind else None
        if path is None:
            raise Refused(f"not a static file: {url}")
        return URLFetcherResponse(url, Path(path).read_bytes(), {"Content-Type": kind})


def _static_path(name):
    """Where a static file lies: in the source folders, or collected. None when there is none of that name."""
    try:
        path = finders.find(name) or staticfiles_storage.path(name)
    except (NotImplementedError, SuspiciousFileOperation, ValueError):
        return None
    return path if Path(path).is_file() else None


@dataclass(frozen=True)
class PlanDocument:
    """What the document says beside the plan itself. Without a version it is a concept and says so."""

    content: PlanContent
    version: int
    agreed: str
    language: str
    by: str
    printed: str

    @property
    def is_concept(self):
        return not self.version


def plan_pdf(content, *, today: date, version=0, agreed="", language="", by=""):
    """The plan as bytes of a tagged PDF. `content` is a `PlanContent`; without `version` it carries "CONCEPT"."""
    document = PlanDocument(content, version, agreed, language, by, words.written(today))
    html = render_to_string(
        "pdf/plan.html",
        {
            "document": document,
            "plan": content,
            "lang": get_language() or settings.LANGUAGE_CODE,
            "programme_name": settings.PROGRAMME_NAME,
            "funding_line": settings.PROGRAMME_FUNDING_LINE,
            "contact_email": settings.PROGRAMME_CONTACT_EMAIL,
            "contact_phone": settings.PROGRAMME_CONTACT_PHONE,
            "logos": _logos(),
        },
    )
    fetcher = StaticFetcher()
    fonts = FontConfiguration()
    style = CSS(string=_style(), url_fetcher=fetcher, font_config=fonts)
    return HTML(string=html, base_url=SCHEME, url_fetcher=fetcher).write_pdf(
        stylesheets=[style], font_config=fonts, pdf_variant="pdf/ua-1"
    )


def _logos():
    """(address, name) of each of PROGRAMME_LOGOS (`path`, or `path|the name a screen reader says`) that is there."""
    logos = []
    for entry in settings.PROGRAMME_LOGOS:
        path, _bar, name = (part.strip() for part in entry.partition("|"))
        if _static_path(path):  # a missing logo is no reason to refuse the plan
            logos.append((f"{SCHEME}{path}", name or Path(path).stem))
    return logos


@lru_cache(maxsize=1)
def _style():
    return render_to_string("pdf/plan.css")
