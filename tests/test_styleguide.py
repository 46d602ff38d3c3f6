"""The style guide shows every component, to anyone, without a question to the database."""

import re
from collections import Counter
from itertools import pairwise

import pytest
from django.conf import settings
from django.urls import path

from jas_portal.styleguide import styleguide
from tests.test_look import Page

urlpatterns = [path("stijlgids/", styleguide, name="styleguide")]
pytestmark = pytest.mark.urls(__name__)

#: Not included by name: widget templates, templates of tags, whole pages, and parts of the frame.
OTHERWISE_SHOWN = {
    "choice_buttons.html": 'class="choice-buttons',
    "stacked_bar.html": 'class="chart"',
    "sort_header.html": "aria-sort",
    "place.html": 'class="place"',
    "menu.html": 'class="places"',
    "footer.html": 'class="footer"',
    "breadcrumb.html": 'class="breadcrumb-line"',
    "form_page.html": None,
    "confirm_page.html": None,
    # Stands on the page of who is signed in alone; tests/browser/test_sign_in_pages.py looks at it.
    "session_dialog.html": None,
}


@pytest.fixture
def guide(client):
    """The style guide as a visitor gets it; no database mark, so a query would fail."""
    response = client.get("/stijlgids/")
    assert response.status_code == 200
    return response.text


def test_style_guide_shows_every_component(guide):
    source = (settings.BASE_DIR / "templates" / "styleguide.html").read_text()
    for file in (settings.BASE_DIR / "templates" / "components").glob("*.html"):
        if file.name in OTHERWISE_SHOWN:
            assert (OTHERWISE_SHOWN[file.name] or "") in guide, file.name
        else:
            assert f'"components/{file.name}"' in source, file.name


def test_style_guide_is_a_sound_page(guide):
    parsed = Page(guide)
    assert [name for name, count in Counter(parsed.ids).items() if count > 1] == []
    assert set(parsed.described) <= set(parsed.ids)
    assert set(parsed.links) <= set(parsed.ids)
    assert [control for control in parsed.controls if control.get("id") not in parsed.labels] == []
    assert guide.count("<h1>") == 1
    levels = [int(level) for level in re.findall(r"<h([1-6])", guide)]
    assert all(later - earlier <= 1 for earlier, later in pairwise(levels))
    assert "style=" not in guide


def test_style_guide_mirrors(client):
    guide = client.get("/stijlgids/", {"richting": "rtl"}).text
    assert 'dir="rtl"' in guide
    assert "bootstrap.rtl.min.css" in guide
