"""What others wrote and the project does not need: a folder of Node packages and a Python environment, in `.cache`."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

import pytest

HERE = Path(__file__).parent
KEPT = HERE.parent.parent / ".cache" / "clients"
"""What is installed once and used again; git ignores it."""

OLDEST_NODE = 20


def node() -> str:
    """The command of Node. Ends the test where there is none, or an older one."""
    command, npm = shutil.which("node"), shutil.which("npm")
    if not command or not npm:
        missing("Node and npm are not here: install Node 20 or newer (Debian, Ubuntu: apt install nodejs npm).")
    version = _run([command, "--version"])
    found = re.match(r"v(\d+)", version)
    if not found or int(found[1]) < OLDEST_NODE:
        missing(f"Node is {version.strip()}, and these clients need {OLDEST_NODE} or newer.")
    return command


def node_packages() -> Path:
    """The folder of the scripts, with the packages that they need beside them. Ends the test where npm fails."""
    node()
    folder, lock = KEPT / "node", HERE / "package-lock.json"
    folder.mkdir(parents=True, exist_ok=True)
    installed = folder / "installed"
    if not installed.exists() or installed.read_text(encoding="ascii") != _digest(lock):
        for name in ("package.json", "package-lock.json"):
            shutil.copy(HERE / name, folder)
        _run(["npm", "ci", "--loglevel", "error", "--ignore-scripts", "--no-audit", "--no-fund"], folder)
        installed.write_text(_digest(lock), encoding="ascii")
    for script in HERE.glob("*.mjs"):
        shutil.copy(script, folder)
    return folder


def python() -> Path:
    """A Python of its own, with the packages of requirements.txt. Ends the test where pip fails."""
    folder, requirements = KEPT / "python", HERE / "requirements.txt"
    command, installed = folder / "bin" / "python", folder / "installed"
    if not installed.exists() or installed.read_text(encoding="ascii") != _digest(requirements):
        _run([sys.executable, "-m", "venv", "--clear", str(folder)])
        pip = [str(command), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        _run([*pip, "--requirement", str(requirements)])
        installed.write_text(_digest(requirements), encoding="ascii")
    return command


def missing(text: str) -> NoReturn:
    """Skip the test; but in CI, which has everything, fail it."""
    if os.environ.get("CI") == "true":
        pytest.fail(text)
    pytest.skip(text)


def _run(command: Sequence[str], folder: Path | None = None) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=300)
    if done.returncode:
        missing(f"'{' '.join(command)}' failed: {(done.stderr or done.stdout).strip()[-500:]}")
    return done.stdout


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()
