"""The style guide in a browser: axe finds nothing, nothing is wider than the screen, and the small scripts help."""

from itertools import product

from tests.browser.axe import assert_accessible


def test_style_guide_is_accessible_and_fits(screen):
    for direction, scheme in product(("ltr", "rtl"), ("light", "dark")):
        screen.emulate_media(color_scheme=scheme)
        screen.goto(f"/stijlgids/?richting={direction}")
        assert_accessible(screen)
        assert screen.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_targets_are_large_enough_for_a_thumb(phone):
    phone.goto("/stijlgids/")
    small = phone.evaluate(
        """() => [...document.querySelectorAll('.btn:not(.btn-sm), .place, .choice, .form-control, .form-select, .form-check, summary')]
        .filter(e => e.checkVisibility() && e.getBoundingClientRect().height < 44).map(e => e.outerHTML.slice(0, 80))"""
    )
    assert small == []


def test_slash_goes_to_the_search_field_and_escape_closes_a_menu(desktop):
    desktop.goto("/stijlgids/")
    desktop.keyboard.press("/")
    assert desktop.evaluate("document.activeElement.id") == "zoek"
    desktop.locator("summary.pill").click()
    assert desktop.get_by_role("button", name="Docent Startgroep").is_visible()
    desktop.keyboard.press("Escape")
    assert not desktop.get_by_role("button", name="Docent Startgroep").is_visible()


def test_what_folds_on_a_phone_stands_open_on_a_desk(phone, desktop):
    for page, open_at_once in ((phone, False), (desktop, True)):
        page.goto("/stijlgids/")
        assert page.get_by_role("link", name="Demo-postvak").is_visible() is open_at_once
        assert page.get_by_label("Begonnen sinds").is_visible() is open_at_once
    phone.get_by_text("Meer", exact=True).click()
    assert phone.get_by_role("link", name="Demo-postvak").is_visible()
    assert_accessible(phone)
