"""Every sort of message: named once, told without a name of anybody in the programme, and read in one's own language."""

import ast
import re
import struct
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.roles import Role
from accounts.zones import Zone
from notifications import kinds, mail, services
from notifications.models import Notification, RefusedAddress
from notifications.services import Receiver
from tests.test_access import ids, make_ids  # noqa: F401

ROOT = Path(__file__).resolve().parent.parent.parent
NOW = datetime(2026, 11, 23, 10, 0, tzinfo=ZoneInfo("Europe/Amsterdam"))


def kinds_in_code():
    """The sorts that services name, as text, where they call `notify` or `tell_coordinators`."""
    found = set()
    for package in ("accounts", "cases", "mentoring", "inburgering", "notifications", "privacy", "jas_portal"):
        for path in (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if not isinstance(node, ast.Call):
                    continue
                name = getattr(node.func, "attr", getattr(node.func, "id", ""))
                if name in ("notify", "tell_coordinators"):
                    found |= {
                        keyword.value.value
                        for keyword in node.keywords
                        if keyword.arg == "kind" and isinstance(keyword.value, ast.Constant)
                    }
    return found


def test_every_sort_that_is_sent_stands_in_the_table():
    assert len(kinds_in_code()) > 10
    assert kinds_in_code() - set(kinds.KINDS) == set()


def test_every_sort_says_who_receives_it_and_has_a_default():
    for name, kind in kinds.KINDS.items():
        assert kind.roles or name == kinds.DIGEST
        assert isinstance(kind.zone, Zone)
        assert set(kind.defaults) <= set(kind.roles)


def test_a_mentor_gets_little_mail_that_can_wait():
    at_once = [n for n, kind in kinds.of_role(Role.MENTOR) if kind.default_for(Role.MENTOR) == kinds.Way.AT_ONCE]
    assert set(at_once) <= {"account", "invitation", "match", "proposal"}


# --- No names, one link -------------------------------------------------------------------------------------------


def everything_that_is_sent(cast):
    """The whole course of two dossiers, and what the clock adds."""
    make_ids(cast)
    RefusedAddress.objects.all().delete()
    for kind in (kind for kind in kinds.KINDS if not Notification.objects.filter(kind=kind).exists()):
        # What the course above does not reach is sent from its own tests; here its frame is looked at.
        role = (kinds.KINDS[kind].roles or (Role.KLANTMANAGER,))[0]
        user = getattr(cast, role.value)
        services.notify(
            key=f"frame:{kind}", kind=kind, receiver=Receiver(user=user, role=role), subject="Dag", link="/", now=NOW
        )
    return list(Notification.objects.order_by("pk"))


def test_no_mail_names_anybody_in_the_programme_or_says_more_than_one_link(cast, settings):
    settings.DEFAULT_FROM_EMAIL = "JAS-portaal <portaal@demo.example>"
    rows = everything_that_is_sent(cast)
    assert {row.kind for row in rows} == set(kinds.KINDS)
    person = cast.case.statushouder
    hidden = {person.full_name, person.preferred_name, "Tekle", cast.statushouder.name}
    wrong = []
    for row in rows:
        if row.user_id == cast.statushouder.pk:
            continue
        text, html = mail.as_text(row), mail.as_html(row)
        said = "\n".join([row.subject, text, html, row.calendar, row.link])
        wrong += [f"{row.kind} names {name}" for name in hidden if re.search(rf"\b{re.escape(name)}\b", said)]
        links = set(re.findall(r"https?://[^\s\"<>]+", text))
        if len(links) > 1:
            wrong.append(f"{row.kind} has {links}")
        for remote in ("<img", "<script", "<link", "src=", "url("):
            if remote in html:
                wrong.append(f"{row.kind} has {remote}")
    assert wrong == []


def test_what_a_statushouder_receives_names_no_other_and_no_content(cast):
    make_ids(cast)
    helpers = [getattr(cast, role.value).name for role in Role if role != Role.STATUSHOUDER]
    for row in Notification.objects.filter(user=cast.statushouder):
        said = row.subject + row.body + row.calendar
        assert not [name for name in helpers if name in said]
        assert cast.case.number not in said


# --- In the receiver's language ------------------------------------------------------------------------------------


def catalogue(folder, language, words):
    """A compiled catalogue with these words, as `compilemessages` would make it."""
    pairs = sorted({"": "Content-Type: text/plain; charset=UTF-8\n", **words}.items())
    keys, values = ([text.encode() for text in column] for column in zip(*pairs, strict=True))
    start = 28 + 16 * len(pairs)
    tables, texts, place = [], b"", start
    for column in (keys, values):
        for text in column:
            tables += [len(text), place]
            texts += text + b"\0"
            place += len(text) + 1
    head = struct.pack("<7I", 0x950412DE, 0, len(pairs), 28, 28 + 8 * len(pairs), 0, start)
    path = folder / language / "LC_MESSAGES"
    path.mkdir(parents=True)
    (path / "django.mo").write_bytes(head + struct.pack(f"<{len(tables)}I", *tables) + texts)


@pytest.fixture
def arabic(tmp_path, settings):
    """A portal that also has Arabic: a catalogue and a line in LANGUAGES is all."""
    words = {
        "Uitnodiging: %(title)s op %(when)s": "دعوة: %(title)s %(when)s",
        "Laat weten of u komt": "هل ستأتي؟",
        "Bekijk het in het portaal": "افتح البوابة",
        "Er wacht iets op u.": "هناك شيء بانتظارك.",
    }
    catalogue(tmp_path, "ar", words)
    settings.LOCALE_PATHS = [tmp_path]
    settings.LANGUAGES = [("nl", "Nederlands"), ("ar", "العربية")]
    translation.trans_real._translations.clear()
    yield
    translation.trans_real._translations.clear()


def test_a_message_is_written_in_the_language_of_its_receiver(cast, arabic):
    cast.statushouder.language = "ar"
    cast.statushouder.save()
    services.schedule(
        kind="startgroep", title="Startgroep", starts_at=NOW.replace(month=12), now=NOW,
        ends_at=NOW.replace(month=12, hour=11), by=cast.docent,
        participants=[Receiver(user=user, role=user.role) for user in (cast.statushouder, cast.docent)],
    )  # fmt: skip
    [own] = Notification.objects.filter(user=cast.statushouder)
    [other] = Notification.objects.filter(user=cast.docent)
    assert own.subject.startswith("دعوة: Startgroep")
    assert other.subject.startswith("Uitnodiging: Startgroep")
    html = mail.as_html(own)
    assert '<html lang="ar" dir="rtl">' in html
    assert "هل ستأتي؟" in html
    assert '<html lang="nl" dir="ltr">' in mail.as_html(other)
    assert b"Content-Language: ar" in mail.compose(own, now=NOW)


def test_who_has_an_address_alone_is_written_to_in_the_language_given(cast, arabic):
    row = services.notify(
        key="a", kind="plan_established", receiver=Receiver(address="a@demo.example", language="ar"),
        subject=lambda: _("Er wacht iets op u."), now=NOW,
    )  # fmt: skip
    assert (row.language, row.subject) == ("ar", "هناك شيء بانتظارك.")


def test_a_language_the_portal_does_not_have_is_dutch(cast):
    row = services.notify(
        key="a",
        kind="plan_established",
        receiver=Receiver(address="a@demo.example", language="ti"),
        subject="Dag",
        now=NOW,
    )
    assert row.language == "nl"
    assert '<html lang="nl" dir="ltr">' in mail.as_html(row)
