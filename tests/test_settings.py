"""Settings come from the environment; the example names every variable, and what is wrong is said in words."""

import os
import re
import subprocess
import sys

import pytest
from django.conf import settings


def start(tmp_path, *, command=("manage.py", "check"), **environment):
    """Start Django with this environment alone; return the finished process. `command` is what Python is given."""
    clean = {"PATH": os.environ["PATH"], "ENV_FILE": os.devnull, "DATA_DIR": str(tmp_path)}
    return subprocess.run(
        [sys.executable, *command],
        cwd=settings.BASE_DIR,
        env=clean | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_example_names_every_variable():
    source = (settings.BASE_DIR / "jas_portal" / "settings.py").read_text()
    example = (settings.BASE_DIR / ".env.example").read_text()

    read = set(re.findall(r'\benv\.\w+\(\s*"([A-Z_]+)"', source))
    named = set(re.findall(r"^#?([A-Z_]+)=", example, flags=re.MULTILINE))

    assert named == read


def test_example_is_a_whole_configuration(tmp_path):
    example = tmp_path / "env"
    example.write_text(
        (settings.BASE_DIR / ".env.example").read_text().replace("SECRET_KEY=\n", "SECRET_KEY=a-key-for-this-test\n")
    )

    done = start(tmp_path, ENV_FILE=str(example))

    assert done.returncode == 0, done.stderr


def test_without_secret_key_the_error_says_what_to_do(tmp_path):
    done = start(tmp_path)

    assert done.returncode != 0
    assert "SECRET_KEY is not set. Use script/server for a demo, or copy .env.example" in done.stderr


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("EMAIL_PORT", "vijfentwintig"),
        ("SECURE_COOKIES", "misschien"),
        ("DATABASE_URL", "databaseserver"),
        ("DATABASE_URL", "hyper://jas:geheim@localhost/jas"),
        ("REDIS_URL", "localhost:6379:geheim"),
    ],
)
def test_unreadable_value_names_its_variable_and_not_itself(tmp_path, name, value):
    done = start(tmp_path, SECRET_KEY="a-key-for-this-test", **{name: value})

    assert done.returncode != 0
    last = done.stderr.strip().splitlines()[-1]
    assert f"{name} is not understood" in last
    assert value not in done.stderr


def test_data_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "file").write_text("")

    done = start(tmp_path, SECRET_KEY="a-key-for-this-test", DATA_DIR=str(tmp_path / "file" / "var"))

    assert "DATA_DIR cannot be written" in done.stderr
