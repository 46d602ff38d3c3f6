"""What axe says about a page."""

from django.conf import settings

AXE = settings.BASE_DIR / "node_modules" / "axe-core" / "axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def assert_accessible(page):
    """Fail with rule, help and place of everything axe finds on the page as it stands. `page` is Playwright's."""
    # A click comes back as soon as the next page begins to arrive: there may be no document yet to look at.
    page.wait_for_load_state()
    # Evaluated by the debugger, so it works under a strict Content-Security-Policy too.
    page.evaluate(AXE.read_text())
    found = page.evaluate("tags => axe.run(document, {runOnly: {type: 'tag', values: tags}})", TAGS)
    assert found["passes"], "axe looked at nothing"
    lines = [
        f"{violation['id']} ({violation['impact']}): {violation['help']}\n    "
        + "\n    ".join(f"{' '.join(map(str, node['target']))}  {node['html'][:160]}" for node in violation["nodes"])
        for violation in found["violations"]
    ]
    assert not lines, f"axe on {page.url}:\n" + "\n".join(lines)
