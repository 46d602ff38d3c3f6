"""The PDF engine has no way out: not to the network, not to the file system, whatever a document or a typed text asks."""

import ast
import contextlib
import io
import socket
import threading

import pytest
from django.conf import settings
from pypdf import PdfReader
from weasyprint import HTML

from cases import services
from cases.pdf import SCHEME, Refused, StaticFetcher
from tests.test_conventions import APPS, sources


@pytest.fixture
def listener():
    """A port of this machine that notes who knocks: (`address`, list of connections)."""
    knocks = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        stop = threading.Event()

        def listen():
            while not stop.is_set():
                try:
                    connection, address = server.accept()
                except TimeoutError:
                    continue
                knocks.append(address)
                connection.close()

        thread = threading.Thread(target=listen, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/x", knocks
        stop.set()
        thread.join(2)


#: Every way in which a document can ask for something; {} is the address.
WAYS = {
    "image": '<img src="{}.png" alt="">',
    "stylesheet": '<link rel="stylesheet" href="{}.css">',
    "import": "<style>@import url({}.css);</style>",
    "background": '<p style="background: url({}.png)">x</p>',
    "font": "<style>@font-face {{ font-family: f; src: url({}.woff2) }} p {{ font-family: f }}</style><p>x</p>",
    "list": "<style>li {{ list-style-image: url({}.png) }}</style><ul><li>x</ul>",
    "attachment": '<link rel="attachment" href="{}">',
    "link as attachment": '<a rel="attachment" href="{}">x</a>',
    "object": '<object data="{}.png"></object>',
    "embed": '<embed src="{}.png">',
    "picture in a picture": '<svg width="10" height="10"><image href="{}.png" width="10" height="10"/></svg>',
    "use": '<svg width="10" height="10"><use href="{}.svg#a"/></svg>',
}


def made(html):
    """The document as pypdf reads it. Raises `Refused`, or makes the document without what was asked."""
    return PdfReader(
        io.BytesIO(HTML(string=html, base_url=SCHEME, url_fetcher=StaticFetcher()).write_pdf(pdf_variant="pdf/ua-1"))
    )


@pytest.mark.parametrize("way", WAYS)
def test_nothing_is_asked_of_the_network(listener, way):
    address, knocks = listener
    with contextlib.suppress(Refused):
        assert "/EmbeddedFiles" not in str(made(WAYS[way].format(address)).trailer["/Root"])

    assert knocks == []


def test_the_listener_hears_an_engine_that_may_do_what_it_likes(listener):
    """A control: without the fetcher of ours a knock is noted."""
    address, knocks = listener
    HTML(string=WAYS["image"].format(address)).write_pdf()

    assert len(knocks) == 1


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("start", ["file://{}", "{}", "static:../../../../../../..{}"])
def test_nothing_is_read_from_the_file_system(tmp_path, way, start):
    for ending in ("", ".png", ".css", ".woff2", ".svg"):
        (tmp_path / f"geheim{ending}").write_text("p::before { content: 'GEHEIM' } GEHEIM")
    try:
        reader = made(WAYS[way].format(start.format(tmp_path / "geheim")))
    except Refused:
        return
    assert "/EmbeddedFiles" not in str(reader.trailer["/Root"])
    assert not any("GEHEIM" in page.extract_text() for page in reader.pages)


def test_a_typed_text_asks_for_nothing(cast, listener, sign_in):
    address, knocks = listener
    text = "".join(way.format(place) for way in WAYS.values() for place in (address, "file:///etc/passwd"))
    services.edit_plan(case=cast.case, revision=0, goal_text=text, wishes=text, by=cast.klantmanager)

    answer = sign_in(cast.klantmanager).get(f"/dossiers/{cast.case.number}/plan/pdf/")

    assert answer.status_code == 200
    reader = PdfReader(io.BytesIO(answer.content))
    assert "/EmbeddedFiles" not in str(reader.trailer["/Root"].get("/Names", ""))
    assert "root:" not in "".join(page.extract_text() for page in reader.pages)
    assert knocks == []


def test_every_document_is_made_with_the_fetcher_of_ours():
    """Nobody calls the engine without it: WeasyPrint's own would follow any address."""
    careless = set()
    for package in (*APPS, "jas_portal"):
        for path, tree in sources(package):
            text = path.read_text()
            if "weasyprint" not in text:
                continue
            for call in ast.walk(tree):
                if not isinstance(call, ast.Call):
                    continue
                name = call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")
                if name in ("HTML", "CSS") and "url_fetcher" not in {keyword.arg for keyword in call.keywords}:
                    careless.add(f"{path.relative_to(settings.BASE_DIR)}:{call.lineno}")
    assert careless == set()
