"""The look: tokens that can be read, one template for every form, places, the two numbers and pages for what goes wrong."""

import re
from collections import Counter
from datetime import date
from html.parser import HTMLParser
from pathlib import Path

import pytest
from crispy_forms.templatetags.crispy_forms_filters import as_crispy_form
from django import forms
from django.conf import settings
from django.core.exceptions import BadRequest, PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.template import Context, Template
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.urls import path

from accounts.access import allow, public
from accounts.roles import Role
from accounts.widgets import ChoiceButtons, ChoiceButtonsMultiple, DateInput, DateTimeInput, TimeInput
from jas_portal import context, navigation
from jas_portal.context import Portal
from jas_portal.templatetags import look

TEMPLATES = settings.BASE_DIR / "templates"
STATIC = settings.BASE_DIR / "static"


# --- Pages of our own, so that these tests stand apart from what the portal offers -----------------------------------


@public
def plain(request):
    return render(request, "components/form_page.html", {"title": "Een pagina", "form": forms.Form()})


@public
def refused(request):
    raise PermissionDenied


@public
def misunderstood(request):
    raise BadRequest


@public
def broken(request):
    raise RuntimeError("broken on purpose")


@allow(Role.DOCENT)
def closed(request):
    return HttpResponse("ok")


@public
def nothing(request):
    return HttpResponse("ok")


urlpatterns = [
    path("", plain, name="home"),
    path("onder/", plain, name="below"),
    path("onder/diep/", plain, name="deep"),
    path("docent/", closed, name="closed"),
    path("geweigerd/", refused),
    path("onbegrepen/", misunderstood),
    path("stuk/", broken),
    path("uit/", nothing, name="account_logout"),
]
own_urls = pytest.mark.urls(__name__)


# --- Tokens ------------------------------------------------------------------------------------------------------------

#: Text on ground: at least 4.5 (WCAG 1.4.3).
READ_ON = [
    ("ink", "ground"), ("ink", "paper"), ("ink", "neutral-soft"), ("ink", "brand-soft"),
    ("ink-soft", "ground"), ("ink-soft", "paper"), ("ink-soft", "neutral-soft"),
    ("on-brand", "brand"), ("on-brand", "brand-strong"), ("brand-ink", "brand-soft"), ("brand-ink", "paper"),
    ("brand-ink", "ground"), ("link", "paper"), ("link", "ground"),
    ("urgent", "urgent-soft"), ("urgent", "paper"), ("soon", "soon-soft"), ("done", "done-soft"), ("done", "paper"),
    ("info", "info-soft"), ("neutral", "neutral-soft"), *[("chart-ink", f"chart-{n}") for n in range(1, 7)],
]  # fmt: skip
#: Borders of controls, focus and parts of charts: at least 3 (WCAG 1.4.11).
SEEN_ON = [
    ("control-border", "paper"), ("focus", "paper"), ("focus", "ground"), ("brand", "paper"), ("brand", "track"),
    *[(f"chart-{n}", "paper") for n in range(1, 7)],
]  # fmt: skip


def schemes():
    """Light and dark: the colours of tokens.css by name."""
    light, dark = (STATIC / "css" / "tokens.css").read_text().split("@media (prefers-color-scheme: dark)")

    def read(text):
        return dict(re.findall(r"--([\w-]+):\s*(#[0-9a-f]{3,6});", text))

    return {"light": read(light), "dark": read(light) | read(dark)}


def luminance(colour):
    digits = colour.lstrip("#")
    digits = "".join(d * 2 for d in digits) if len(digits) == 3 else digits
    parts = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_tokens_can_be_read(scheme):
    colours = schemes()[scheme]
    measured = {
        (text, ground): (round(contrast(colours[text], colours[ground]), 2), floor)
        for pairs, floor in ((READ_ON, 4.5), (SEEN_ON, 3))
        for text, ground in pairs
    }
    assert {pair: found for pair, found in measured.items() if found[0] < found[1]} == {}


def test_both_schemes_name_the_same_colours():
    light, dark = (STATIC / "css" / "tokens.css").read_text().split("@media (prefers-color-scheme: dark)")
    names = [set(re.findall(r"--([\w-]+):\s*(?:#|rgb)", text)) for text in (light, dark)]
    assert names[0] == names[1]


def test_a_municipality_replaces_one_file():
    """Every colour of ours is a token; only print on paper and the mark of a logo are black and white by nature."""
    css = re.sub(r"/\*.*?\*/", "", (STATIC / "css" / "portal.css").read_text(), flags=re.S)
    assert set(re.findall(r"#[0-9a-fA-F]{3,8}\b", css)) <= {"#fff", "#000", "#999"}
    used = set(re.findall(r"var\(--((?!bs-)[\w-]+)", css))
    defined = set(re.findall(r"--([\w-]+):", (STATIC / "css" / "tokens.css").read_text() + css))
    assert used <= defined


def test_stylesheet_mirrors_by_itself():
    """Logical properties only: nothing says left or right, but the place of a background, which has its mirror beside it."""
    css = re.sub(r"/\*.*?\*/", "", (STATIC / "css" / "portal.css").read_text(), flags=re.S)
    physical = re.findall(
        r"[{;\s]((?:margin|padding|border)-(?:left|right)[\w-]*|left|right|text-align:\s*(?:left|right))\s*:", css
    )
    assert physical == []


def test_pages_need_no_inline_style_or_script():
    """A strict Content-Security-Policy refuses them. Mail and PDF are no pages."""
    found = []
    for file in sorted(TEMPLATES.rglob("*.html")):
        if {"emails", "pdf"} & set(file.relative_to(TEMPLATES).parts):
            continue
        text = re.sub(r"\{% comment %\}.*?\{% endcomment %\}|\{#.*?#\}", "", file.read_text(), flags=re.S)
        for pattern in (
            r"\sstyle\s*=",
            r"<style\b",
            r"\son[a-z]+\s*=",
            r"<script(?![^>]*\bsrc=)[^>]*>",
            r"javascript:",
        ):
            found += [f"{file.relative_to(TEMPLATES)}: {hit}" for hit in re.findall(pattern, text)]
    assert found == []


# --- One template draws every form -----------------------------------------------------------------------------------


class Page(HTMLParser):
    """What tests ask of a page: its ids, and what points at them."""

    def __init__(self, html):
        super().__init__()
        self.ids, self.labels, self.described, self.links, self.controls = [], [], [], [], []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if "id" in attrs:
            self.ids.append(attrs["id"])
        if tag == "label":
            self.labels.append(attrs.get("for"))
        if "aria-describedby" in attrs:
            self.described += attrs["aria-describedby"].split()
        if tag == "a" and len(attrs.get("href", "")) > 1 and attrs["href"].startswith("#"):
            self.links.append(attrs["href"][1:])
        if tag in ("input", "select", "textarea") and attrs.get("type") != "hidden":
            self.controls.append(attrs)


class ContactForm(forms.Form):
    when = forms.DateField(label="Dag", widget=DateInput, help_text="Niet later dan vandaag.")
    how = forms.ChoiceField(label="Hoe?", choices=[("a", "Thuis"), ("b", "Bellen")], widget=ChoiceButtons)
    days = forms.MultipleChoiceField(
        label="Dagen", choices=[("ma", "ma"), ("di", "di")], widget=forms.CheckboxSelectMultiple
    )
    place = forms.ChoiceField(label="Waar", choices=[("", "-"), ("x", "Hier")])
    note = forms.CharField(label="Wat deden jullie?", widget=forms.Textarea, required=False)
    agreed = forms.BooleanField(label="Akkoord")
    secret = forms.CharField(widget=forms.HiddenInput)

    def clean(self):
        raise forms.ValidationError("Deze koppeling is al beëindigd.")


def test_form_errors_lead_to_their_fields():
    html = as_crispy_form(ContactForm({}))
    page = Page(html)
    assert page.links == ["id_when", "id_how_0", "id_days_0", "id_place", "id_agreed"]
    assert set(page.links) <= set(page.ids)
    assert "Deze koppeling is al beëindigd." in html
    assert html.index("error-summary") < html.index("id_when_error")


def test_each_error_and_help_is_tied_to_its_field():
    page = Page(as_crispy_form(ContactForm({})))
    assert [name for name, count in Counter(page.ids).items() if count > 1] == []
    assert set(page.described) <= set(page.ids)
    assert {
        "id_when_error",
        "id_when_helptext",
        "id_how_error",
        "id_days_error",
        "id_place_error",
        "id_agreed_error",
    } <= set(page.described)


def test_every_control_has_a_label():
    page = Page(as_crispy_form(ContactForm()))
    assert [control["name"] for control in page.controls if control["id"] not in page.labels] == []


def test_requirement_stands_in_words():
    html = as_crispy_form(ContactForm())
    # When, days, place and agreement; a choice without a chosen one too; the note may stay empty.
    assert (html.count("(verplicht)"), html.count("(mag leeg)")) == (5, 1)
    assert "(verplicht)" not in as_crispy_form(
        type("Chosen", (forms.Form,), {"how": ContactForm.base_fields["how"]})(initial={"how": "a"})
    )


def test_untouched_form_shows_no_error():
    html = as_crispy_form(ContactForm())
    assert "error" not in html


def test_formset_has_one_summary():
    formset = forms.formset_factory(ContactForm, extra=2)(
        {"form-TOTAL_FORMS": "2", "form-INITIAL_FORMS": "0", "form-0-note": "iets", "form-1-note": "iets"}
    )
    html = as_crispy_form(formset)
    page = Page(html)
    assert html.count("error-summary") == 1
    assert set(page.links) <= set(page.ids)
    assert {"id_form-0-when", "id_form-1-when"} <= set(page.links)


@own_urls
def test_title_of_a_page_with_errors_says_so(rf):
    html = render_to_string(
        "components/form_page.html", {"title": "Contact", "form": ContactForm({})}, request=rf.get("/")
    )
    assert re.search(r"<title>\s*Fout:", html)


def test_widgets_use_the_fields_of_the_device():
    assert 'type="date"' in DateInput().render("day", date(2026, 11, 3))
    assert 'value="2026-11-03"' in DateInput().render("day", date(2026, 11, 3))
    assert 'type="time"' in TimeInput().render("time", None)
    assert 'type="datetime-local"' in DateTimeInput().render("at", None)
    several = ChoiceButtonsMultiple(choices=[("a", "A")]).render("some", ["a"], {"id": "id_some"})
    assert 'type="checkbox"' in several
    assert "checked" in several
    assert "choice-buttons-wide" in ChoiceButtons(choices=[("a", "A")], wide=True).render(
        "one", None, {"id": "id_one"}
    )


# --- Places ------------------------------------------------------------------------------------------------------------


def test_every_role_has_a_home_and_every_icon_exists():
    sprite = set(re.findall(r'<symbol id="([\w-]+)"', (STATIC / "icons" / "sprite.svg").read_text()))
    assert set(navigation.PLACES) == set(Role)
    for places in navigation.PLACES.values():
        assert places[0] is navigation.TODAY
        assert {place.icon for place in places} <= sprite


@own_urls
def test_a_place_appears_when_its_page_exists_and_lets_one_in(monkeypatch):
    places = [
        navigation.TODAY,
        *(navigation.Place(name, name, "folder") for name in ("below", "nergens:later", "closed")),
    ]
    monkeypatch.setitem(navigation.PLACES, Role.MENTOR, tuple(places))
    monkeypatch.setitem(navigation.PLACES, Role.DOCENT, tuple(places))
    assert [place.url_name for place in navigation.places_for(Role.MENTOR, "/")] == ["home", "below"]
    assert [place.url_name for place in navigation.places_for(Role.DOCENT, "/")] == ["home", "below", "closed"]
    assert navigation.places_for(None, "/") == []
    assert [navigation.may_open(role, "closed") for role in (Role.DOCENT, Role.MENTOR, None)] == [True, False, False]


def test_the_demo_mailbox_is_a_place_of_the_demo_alone(settings):
    def has_it(demo):
        settings.DEMO = demo
        return any(place.url_name == "notifications:demo_mailbox" for place in navigation.places_for(Role.MENTOR, "/"))

    assert (has_it(True), has_it(False)) == (True, False)


@own_urls
@pytest.mark.parametrize(
    ("address", "current"),
    [
        ("/", ["page", "", ""]),
        ("/onder/", ["", "page", ""]),
        ("/onder/diep/3/", ["", "", "true"]),
        ("/elders/", ["", "", ""]),
    ],
)
def test_the_place_one_is_in_is_marked(monkeypatch, address, current):
    below, deep = navigation.Place("Onder", "below", "folder"), navigation.Place("Diep", "deep", "folder")
    monkeypatch.setitem(navigation.PLACES, Role.MENTOR, (navigation.TODAY, below, deep))
    assert [place.current for place in navigation.places_for(Role.MENTOR, address)] == current


def test_phone_bar_has_four_places_and_more(rf):
    def split(count):
        portal = Portal(rf.get("/"))
        portal.__dict__["places"] = [navigation.Place(f"Plek {n}", "home", "home", url=f"/{n}/") for n in range(count)]
        first, _more, rest = look.main_menu({"portal": portal}).partition("<details")
        return first.count("Plek"), rest.count("Plek")

    assert [split(count) for count in (0, 1, 5, 6, 9)] == [(0, 0), (1, 0), (5, 0), (4, 2), (4, 5)]


def test_menu_prints_the_number_at_its_place(rf):
    def numbers(open_alerts, today_count):
        portal = Portal(rf.get("/"))
        portal.__dict__["places"] = [navigation.TODAY, navigation.ALERTS_PLACE]
        portal.__dict__["open_alerts"] = open_alerts
        menu = look.main_menu({"portal": portal, "today_count": today_count})
        return re.findall(r'place-count">\s*(\d+)', menu)

    assert [numbers(2, 7), numbers(2, None), numbers(0, 0)] == [["7", "2"], ["2"], []]


# --- The frame -----------------------------------------------------------------------------------------------------------


def test_nothing_is_asked_before_it_is_printed(rf, django_assert_num_queries, cast):
    request = rf.get("/")
    request.user = cast.klantmanager
    with django_assert_num_queries(0):
        Template("{{ portal.name }}{{ portal.role_label }}").render(Context(context.portal(request)))


def test_the_frame_costs_two_queries_at_most(rf, django_assert_max_num_queries, cast, today):
    for role in Role:
        request = rf.get("/")
        request.user = getattr(cast, role.value)
        # What the middleware has read by then.
        request.user.choose_role()
        request.user.act_as(role, today=today)
        with django_assert_max_num_queries(2):
            html = render_to_string("base.html", {}, request=request)
        assert str(role.label) in html


@own_urls
def test_who_is_not_signed_in_sees_no_places_and_costs_no_query(settings):
    settings.DEMO = True
    html = render_to_string("base_public.html", {}, request=RequestFactory().get("/"))
    assert "Hoofdmenu" not in html
    assert "alle mensen zijn verzonnen" in html


def test_programme_name_funding_line_and_logos_come_from_settings(settings, rf):
    settings.PROGRAMME_NAME = "Samen Vooruit"
    settings.PROGRAMME_FUNDING_LINE = "Betaald door ons allen"
    settings.PORTAL_NAME = "Vooruitportaal"
    settings.PROGRAMME_LOGOS = ["icons/mark.svg|Gemeente Voorbeeld", "icons/mark.svg"]
    html = render_to_string("base_public.html", {}, request=rf.get("/"))
    for words in (
        "Samen Vooruit",
        "Betaald door ons allen",
        "Vooruitportaal",
        'alt="Gemeente Voorbeeld"',
        'alt="mark"',
    ):
        assert words in html


def test_a_logo_that_was_not_collected_refuses_no_page(settings, rf):
    settings.PROGRAMME_LOGOS = ["logos/bestaat-niet.svg"]
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"}
    }
    assert Portal(rf.get("/")).logos == []


def test_right_to_left_page_takes_the_mirrored_build(rf):
    html = render_to_string("base_public.html", {"page_direction": "rtl"}, request=rf.get("/"))
    assert 'dir="rtl"' in html
    assert "bootstrap.rtl.min.css" in html


# --- When something goes wrong -------------------------------------------------------------------------------------------


@own_urls
@pytest.mark.parametrize(
    ("address", "status", "heading"),
    [("/onbegrepen/", 400, "Dit verzoek begrijpen wij niet"), ("/stuk/", 500, "Er ging iets mis")],
)
def test_error_pages_that_need_no_database(client, address, status, heading):
    """No database mark: a query would fail this test."""
    client.raise_request_exception = False
    response = client.get(address)
    assert response.status_code == status
    assert heading in response.text


@pytest.mark.parametrize("name", ["400.html", "500.html", "403_csrf.html"])
def test_error_pages_that_need_no_context(name):
    html = render_to_string(name)
    assert html.count("<h1>") == 1
    assert "Naar de beginpagina" in html


@own_urls
@pytest.mark.parametrize(
    ("address", "status", "heading"),
    [("/geweigerd/", 403, "hoort niet bij uw rol"), ("/nergens/", 404, "Deze pagina is er niet")],
)
def test_refusals_keep_the_frame(cast, sign_in, client, address, status, heading):
    outside = client.get(address)
    assert (outside.status_code, heading in outside.text, "Uitloggen" in outside.text) == (status, True, False)
    inside = sign_in(cast.mentor).get(address)
    assert (inside.status_code, heading in inside.text, "Uitloggen" in inside.text) == (status, True, True)


# --- Template tags -----------------------------------------------------------------------------------------------------------


def test_stacked_bar_is_a_whole_and_speaks():
    drawn = look.stacked_bar([("Intake", 1), ("Startgroep", 3, "/x/"), ("Niets", 0)], "Uw dossiers")
    assert [(s.x, s.width) for s in drawn["slices"]] == [("0.00", "25.00"), ("25.00", "75.00"), ("100.00", "0.00")]
    html = render_to_string("components/stacked_bar.html", drawn)
    assert "Uw dossiers: Intake 1, Startgroep 3, Niets 0" in " ".join(html.split())
    assert html.count("<rect class=") == 2
    assert [s.width for s in look.stacked_bar([("Niets", 0)], "leeg")["slices"]] == ["0.00"]


def test_sort_header_turns_the_order_and_keeps_the_filter(rf):
    def ask(query):
        return look.sort_header({"request": rf.get("/lijst/", query)}, "name", "Naam", default="name")

    assert ask({})["order"] == "ascending"
    assert ask({})["url"] == "?sort=-name"
    assert ask({"sort": "-name", "q": "Selam", "page": "3"})["order"] == "descending"
    assert ask({"sort": "-name", "q": "Selam", "page": "3"})["url"] == "?sort=name&q=Selam"
    assert ask({"sort": "start"})["order"] == ""


def test_query_with_changes_only_what_is_named(rf):
    request = {"request": rf.get("/lijst/", {"q": "Selam", "page": "3"})}
    assert look.query_with(request, page=4) == "?q=Selam&page=4"
    assert look.query_with(request, page=None) == "?q=Selam"


def test_pagination_elides_and_keeps_search(rf):
    assert look.page_numbers(Paginator(range(500), 50).page(5)) == [1, None, 4, 5, 6, None, 10]
    request = rf.get("/lijst/", {"q": "Selam", "page": "2"})
    html = render_to_string("components/pagination.html", {"page": Paginator(range(120), 50).page(2)}, request=request)
    assert "?q=Selam&amp;page=3" in html
    assert "51 tot en met 100 van 120" in html
    assert (
        render_to_string("components/pagination.html", {"page": Paginator([], 50).page(1)}, request=request).strip()
        == ""
    )


@pytest.mark.parametrize(
    ("name", "letters"),
    [("Karim Bakker", "KB"), ("Fenna de Vries", "FV"), ("Selam", "S"), ("", ""), ("ሰላም ተክለ", "ሰተ")],
)
def test_initials(name, letters):
    assert look.initials(name) == letters


def test_every_component_opens_with_a_comment():
    without = [
        file.name
        for file in sorted(Path(TEMPLATES / "components").glob("*.html"))
        if not re.match(r"(\{% extends [^%]+%\}\s*)?(\{#|\{% comment %\})", file.read_text().lstrip())
    ]
    assert without == []
