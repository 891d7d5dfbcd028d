"""The compose file, as the linter dclint sees it: nothing here can start it."""

import json
import subprocess
from pathlib import Path

from tests.clients.installs import node
from tests.house.docs import ROOT


def test_the_compose_file_is_as_it_should_be(packages: Path) -> None:
    linter = packages / "node_modules" / "dclint" / "bin" / "dclint.cjs"
    command = [node(), str(linter), "--formatter", "json", "--max-warnings", "0", str(ROOT / "compose.yaml")]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False, timeout=60)
    assert [each["messages"] for each in json.loads(done.stdout)] in ([], [[]]), done.stdout
    assert done.returncode == 0, done.stderr
