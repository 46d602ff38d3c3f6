"""Everything about one person as PDF: tagged (PDF/UA-1), one heading for each kind of data, fonts inside."""

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.translation import get_language
from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration

from cases import words
from cases.pdf import SCHEME, StaticFetcher


def person_file_pdf(file, *, statements=()):
    """A `PersonFile` as bytes of a tagged PDF. `statements` are (item, text) of what the person has to say beside the data."""
    html = render_to_string(
        "pdf/person_file.html",
        {
            "file": file,
            "made": words.written(file.made_on),
            "statements": statements,
            "lang": get_language() or settings.LANGUAGE_CODE,
            "programme_name": settings.PROGRAMME_NAME,
            "funding_line": settings.PROGRAMME_FUNDING_LINE,
            "contact_email": settings.PROGRAMME_CONTACT_EMAIL,
            "contact_phone": settings.PROGRAMME_CONTACT_PHONE,
        },
    )
    fetcher = StaticFetcher()
    fonts = FontConfiguration()
    sheets = [
        CSS(string=render_to_string(name), url_fetcher=fetcher, font_config=fonts)
        for name in ("pdf/plan.css", "pdf/person_file.css")
    ]
    return HTML(string=html, base_url=SCHEME, url_fetcher=fetcher).write_pdf(
        stylesheets=sheets, font_config=fonts, pdf_variant="pdf/ua-1"
    )
