"""The explorer that is committed is what its sources build, byte for byte."""

import subprocess
from pathlib import Path

from bedrot_graph.pages.files import FOLDER
from tests.pages.browsing import UI, node


def files_in(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def run(*arguments: str | Path) -> None:
    done = subprocess.run(node(*arguments), cwd=UI, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_sources_have_no_faults_of_type() -> None:
    run("node_modules/typescript/bin/tsc", "--noEmit")


def test_the_explorer_is_what_its_sources_build(tmp_path: Path) -> None:
    run("node_modules/vite/bin/vite.js", "build", "--logLevel", "error", "--outDir", tmp_path, "--emptyOutDir")
    built, committed = files_in(tmp_path), files_in(FOLDER / "explorer")
    assert built.keys() == committed.keys(), "run `make ui`"
    assert [name for name in built if built[name] != committed[name]] == [], "run `make ui`"


def test_the_lock_file_names_no_place_to_load_from() -> None:
    lock = (UI / "package-lock.json").read_text(encoding="utf-8")
    assert '"resolved"' not in lock
