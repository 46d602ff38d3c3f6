"""The first page anybody sees, in a real browser."""

import re

from playwright.sync_api import expect

from tests.browser.axe import assert_accessible


def test_entrance_leads_to_sign_in(screen):
    problems = []
    screen.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)

    screen.goto("/")

    expect(screen).to_have_url(re.compile(r"/accounts/login/"))
    expect(screen.get_by_role("heading", level=1)).to_be_visible()
    assert_accessible(screen)
    assert problems == []


def test_entrance_without_scrolling_sideways(phone):
    phone.goto("/")

    wide, visible = phone.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    assert wide <= visible
