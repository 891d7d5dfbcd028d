"""What scripts find out about the server: facts, each of which holds, or something speaks against it."""

import json
import re
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

FACT = re.compile(r'^@?fact\("(.+?)"', re.MULTILINE)

Told = Callable[[str], dict[str, str | None]]
"""`told("urql")`: what speaks against each fact of a script, by its name; None where it holds."""


def facts_in(script: Path) -> list[str]:
    """The names of the facts that a script tells."""
    return FACT.findall(script.read_text(encoding="utf-8"))


def told_by(command: Sequence[str]) -> dict[str, str | None]:
    """What speaks against each fact, by its name; None where it holds."""
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    return {each["name"]: each["problem"] for each in lines}
