"""What peers need and the project does not: a Python environment and a folder of Node packages, in `.cache`."""

import shutil
import subprocess
import sys
from collections.abc import Sequence
from functools import cache
from importlib.metadata import version
from pathlib import Path

from benchmarks.data import KEPT

HERE = Path(__file__).parent
REQUIREMENTS = HERE / "peers" / "requirements.txt"
SERVED_WITH = ("starlette", "uvicorn", "uvloop", "httptools", "orjson")
"""What both sides are served with, in the same versions."""


class NotInstalled(RuntimeError):
    """A peer cannot be had here."""

    in_short = "It does not install here."


@cache
def python_with(name: str) -> Path:
    """A Python that has the peer of that name. Raises NotInstalled."""
    folder = KEPT / "python"
    if not (folder / "bin" / "python").exists():
        _run([sys.executable, "-m", "venv", str(folder)])
    (wanted,) = (line for line in REQUIREMENTS.read_text(encoding="utf-8").splitlines() if line.startswith(name))
    same = [f"{package}=={version(package)}" for package in SERVED_WITH]
    _run([str(folder / "bin" / "pip"), "install", "--quiet", "--disable-pip-version-check", wanted, *same])
    return folder / "bin" / "python"


@cache
def mercurius() -> list[str]:
    """The command that starts Mercurius. Raises NotInstalled."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        raise NotInstalled("Node and npm are not here (Debian, Ubuntu: apt install nodejs npm).")
    folder = KEPT / "mercurius"
    shutil.copytree(HERE / "mercurius", folder, dirs_exist_ok=True)
    if not (folder / "node_modules" / "mercurius").is_dir():
        _run([npm, "ci", "--silent", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix", str(folder)])
    return [node, str(folder / "server.js")]


def _run(command: Sequence[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise NotInstalled(f"'{' '.join(command)}' failed: {(done.stderr or done.stdout).strip()[-300:]}")
