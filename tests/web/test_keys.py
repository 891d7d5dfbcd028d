"""Keys: made and revoked in a file, and known to a server that looks at it."""

import shutil
import sqlite3
import stat
from pathlib import Path

import pytest

from bedrot_graph.errors import KeyInvalid, SettingsInvalid
from bedrot_graph.web.keys import FILE, KeyFile, Keys

DAY = 86_400


class Clock:
    def __init__(self, now: float = 1_000_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


def test_a_token_is_found_and_another_is_not(tmp_path: Path) -> None:
    key, token = KeyFile(tmp_path).create("dashboard", ("read",))
    keys = Keys(tmp_path)
    assert keys.find(token) == key
    assert keys.find(token[:-1] + ("A" if token[-1] != "A" else "B")) is None
    assert keys.find("bg_") is None


def test_a_token_is_random_and_nothing_but_its_hash_is_kept(tmp_path: Path) -> None:
    tokens = [KeyFile(tmp_path).create(f"key {number}", ("read",))[1] for number in range(3)]
    assert len(set(tokens)) == 3
    assert all(token.startswith("bg_") and len(token) == 46 for token in tokens)
    kept = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert b"key 1" in kept
    assert not any(token[3:15].encode() in kept for token in tokens)


def test_the_file_is_for_its_owner_only(tmp_path: Path) -> None:
    KeyFile(tmp_path / "new").create("dashboard", ("read",))
    assert stat.S_IMODE((tmp_path / "new" / FILE).stat().st_mode) == 0o600


def test_a_key_has_expired_from_its_last_moment_on(tmp_path: Path) -> None:
    clock = Clock()
    _, token = KeyFile(tmp_path, clock).create("guest", ("read",), days=2)
    keys = Keys(tmp_path, clock)
    clock.now += 2 * DAY - 1
    assert keys.find(token)
    clock.now += 1
    assert keys.find(token) is None


@pytest.mark.parametrize("by", ["name", "id"])
def test_a_revoked_key_is_none_as_soon_as_the_server_has_looked(tmp_path: Path, by: str) -> None:
    file = KeyFile(tmp_path)
    key, token = file.create("guest", ("read",))
    _, other = file.create("dashboard", ("read",))
    keys = Keys(tmp_path)
    file.revoke(getattr(key, by))
    keys.look()
    assert keys.find(token) is None
    assert keys.find(other)
    assert [each.revoked_at is None for each in file.all()] == [False, True]


def test_a_key_that_is_made_while_the_server_runs_is_known_when_it_has_looked(tmp_path: Path) -> None:
    keys = Keys(tmp_path)
    assert not keys.exist
    keys.look()
    file = KeyFile(tmp_path)
    for name in ("first", "second", "third"):
        _, token = file.create(name, ("read",))
        keys.look()
        assert keys.find(token)
    assert keys.exist


def test_a_file_that_is_put_back_is_read_anew(tmp_path: Path) -> None:
    file = KeyFile(tmp_path / "here")
    _, kept = file.create("kept", ("read",))
    shutil.copytree(tmp_path / "here", tmp_path / "backup")
    _, lost = file.create("lost", ("read",))
    keys = Keys(tmp_path / "here")
    assert keys.find(lost)
    (tmp_path / "backup" / FILE).replace(tmp_path / "here" / FILE)
    keys.look()
    assert (keys.find(kept) is None, keys.find(lost) is None) == (False, True)


def test_who_deletes_the_file_does_not_open_the_server(tmp_path: Path) -> None:
    _, token = KeyFile(tmp_path).create("dashboard", ("read",))
    keys = Keys(tmp_path)
    for each in tmp_path.iterdir():
        each.unlink()
    keys.look()
    assert keys.exist
    assert keys.find(token)


def test_a_file_that_breaks_is_in_the_log_once_and_changes_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    _, token = KeyFile(tmp_path).create("dashboard", ("read",))
    keys = Keys(tmp_path)
    keys.close()
    (tmp_path / FILE).write_bytes(b"no database" * 100)
    keys.look()
    keys.look()
    assert keys.find(token)
    assert [record.message for record in caplog.records] == ["keys cannot be read"]


def test_a_server_does_not_start_with_a_file_that_it_cannot_read(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"no database" * 100)
    with pytest.raises(SettingsInvalid, match=rf"^STATE_DIR is '{tmp_path}', and no keys can be kept there: "):
        Keys(tmp_path)


def test_a_file_without_a_table_has_no_keys_yet(tmp_path: Path) -> None:
    sqlite3.connect(tmp_path / FILE).close()
    (tmp_path / FILE).touch()
    keys = Keys(tmp_path)
    assert not keys.exist


def test_two_keys_of_one_name_are_not_valid_at_once(tmp_path: Path) -> None:
    file = KeyFile(tmp_path)
    file.create("dashboard", ("read",))
    with pytest.raises(KeyInvalid, match=r"^There is a key 'dashboard' already\. Revoke it first"):
        file.create("dashboard", ("admin",))
    file.revoke("dashboard")
    assert file.create("dashboard", ("admin",))[0].scopes == ("admin",)


@pytest.mark.parametrize("name", ["", "  ", "a\nb", "\x1b[31m", "x" * 81])
def test_a_name_has_to_be_one_that_can_be_read(tmp_path: Path, name: str) -> None:
    with pytest.raises(KeyInvalid, match=r"^A key cannot be called "):
        KeyFile(tmp_path).create(name, ("read",))


def test_what_is_not_there_cannot_be_revoked(tmp_path: Path) -> None:
    file = KeyFile(tmp_path)
    file.create("dashboard", ("read",))
    file.revoke("dashboard")
    for name in ("dashboard", "nobody"):
        with pytest.raises(KeyInvalid, match=rf"^There is no key '{name}' that could be revoked"):
            file.revoke(name)


def test_a_folder_that_is_a_file_is_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SettingsInvalid, match=r"and no keys can be kept there: .* Name another folder"):
        KeyFile(tmp_path / "file").create("dashboard", ("read",))
