"""Where to tell of a hole: the file of RFC 9116."""

import re
from datetime import datetime, timedelta

from django.test import override_settings
from django.utils import timezone


@override_settings(SECURITY_CONTACT="beveiliging@gemeente.example", BASE_URL="https://portaal.example")
def test_security_txt_says_where_until_when_and_in_which_language(client, db):
    response = client.get("/.well-known/security.txt")

    assert response.status_code == 200
    assert response.headers["Content-Type"] == "text/plain; charset=utf-8"
    fields = dict(line.split(": ", 1) for line in response.content.decode().splitlines())
    assert fields["Contact"] == "mailto:beveiliging@gemeente.example"
    assert fields["Preferred-Languages"] == "nl, en"
    assert fields["Canonical"] == "https://portaal.example/.well-known/security.txt"
    assert "Policy" not in fields
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT00:00:00Z", fields["Expires"])
    left = datetime.fromisoformat(fields["Expires"]) - timezone.now()
    assert timedelta(days=150) < left < timedelta(days=365)


@override_settings(
    SECURITY_CONTACT="https://gemeente.example/melden", SECURITY_POLICY_URL="https://gemeente.example/regels"
)
def test_a_page_to_tell_it_on_and_the_rules(client, db):
    text = client.get("/.well-known/security.txt").content.decode()

    assert "Contact: https://gemeente.example/melden\n" in text
    assert "Policy: https://gemeente.example/regels\n" in text


def test_without_a_setting_it_is_the_address_of_the_programme(client, db, settings):
    assert (
        f"Contact: mailto:{settings.PROGRAMME_CONTACT_EMAIL}"
        in client.get("/.well-known/security.txt").content.decode()
    )
