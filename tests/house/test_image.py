"""The image, as the linter hadolint sees its Dockerfile: nothing here can build it."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.docs import ROOT

DOCKERFILE = ROOT / "Dockerfile"


@pytest.mark.skipif(sys.platform != "linux", reason="hadolint is installed on Linux only")
def test_the_dockerfile_is_as_it_should_be() -> None:
    hadolint = Path(sys.executable).with_name("hadolint")
    done = subprocess.run([hadolint, "--no-color", DOCKERFILE], capture_output=True, text=True, check=False)
    assert (done.stdout, done.returncode) == ("", 0), done.stderr


def test_what_the_dockerfile_copies_is_let_into_the_image_and_nothing_else() -> None:
    text = DOCKERFILE.read_text(encoding="utf-8")
    copied = {name for line in re.findall(r"^COPY (?!--from)(.+) \./?.*$", text, re.MULTILINE) for name in line.split()}
    let_in = re.findall(r"^!(.+)$", (ROOT / ".dockerignore").read_text(encoding="utf-8"), re.MULTILINE)
    assert copied == set(let_in)
    assert all((ROOT / name).exists() for name in copied)
