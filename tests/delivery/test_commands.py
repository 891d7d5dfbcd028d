"""`bedrot-graph alerts`, as somebody types it who wants to be told."""

import logging
import os
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from bedrot_graph.cli import main
from bedrot_graph.delivery.channels import read_channels
from bedrot_graph.settings import Settings
from tests.receivers import SECRET, mail_server, receiving, status

TOKEN = "T0KENT0KEN"


class Ran(NamedTuple):
    code: int
    out: str
    err: str


Run = Callable[..., Ran]


@pytest.fixture(autouse=True)
def nothing_is_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for key in list(os.environ):
        if key.lower() in Settings.model_fields:
            monkeypatch.delenv(key)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def start(*arguments: str) -> Ran:
        with pytest.raises(SystemExit) as ended:
            main(["alerts", *arguments])
        printed = capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return Ran(ended.value.code, printed.out, printed.err)

    return start


@pytest.fixture
def channels(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., None]:
    """`channels(hook=url, …)`: a file of webhooks, and of others by their own address."""

    def write(**urls: str) -> None:
        path = tmp_path / "channels.toml"
        path.touch(0o600)
        for name, url in urls.items():
            is_hook = url.startswith("http")
            lines = [f"[{name}]", f'{"webhook" if is_hook else "apprise"} = "{url}"']
            lines += [f'secret = "{SECRET}"'] if is_hook else []
            path.write_text("\n".join([path.read_text(encoding="utf-8"), *lines]), encoding="utf-8")
        monkeypatch.setenv("CHANNELS", str(path))

    return write


def test_the_file_that_is_printed_can_be_used(run: Run, tmp_path: Path) -> None:
    printed = run("channels")
    assert (printed.code, printed.err) == (0, "")
    path = tmp_path / "channels.toml"
    path.write_text(printed.out, encoding="utf-8")
    assert [each.name for each in read_channels(path)] == ["hook"]


def test_each_channel_is_told_and_what_has_become_of_it_is_said(run: Run, channels: Callable[..., None]) -> None:
    with receiving() as one, receiving(status(500)) as other, mail_server() as mail:
        channels(one=one.url, other=other.url, mail=mail.url)
        ran = run("test-delivery")
        assert one.received[0].type == "alerts.test"
        assert one.received[0].payload["data"]["channel"] == "one"
        assert [each["subject"] for each in mail.box.mails] == ["This is a test"]
    assert (ran.code, ran.err) == (1, "")
    rows = {row.split("│")[1].strip(): row.split("│")[2:4] for row in ran.out.splitlines() if "│" in row}
    assert {name: cell.strip() for name, (cell, _) in rows.items()} == {
        "one": "webhook",
        "other": "webhook",
        "mail": "apprise",
    }
    assert rows["one"][1].strip().startswith("arrived, in ")
    assert rows["other"][1].strip() == "The receiver has answered 500."
    assert rows["mail"][1].strip().startswith("arrived, in ")
    for secret in (TOKEN, SECRET, str(one.port), "team@label.example"):
        assert secret not in ran.out


def test_one_channel_is_told_by_its_name(run: Run, channels: Callable[..., None]) -> None:
    with receiving() as one, receiving(status(500)) as other:
        channels(one=one.url, other=other.url)
        assert run("test-delivery", "one").code == 0
        assert (len(one.received), len(other.received)) == (1, 0)


def test_a_channel_that_is_not_there_is_refused(run: Run, channels: Callable[..., None]) -> None:
    channels(one="https://hooks.example", other="https://hooks.example")
    assert run("test-delivery", "tow") == Ran(2, "", "error: There is no channel 'tow'. There are: one, other.\n")


def test_without_a_file_it_says_how_to_begin(run: Run) -> None:
    assert run("test-delivery") == Ran(
        2, "", "error: CHANNELS names no file of channels. 'bedrot-graph alerts channels' prints one to begin with.\n"
    )


def test_a_file_that_cannot_be_used_is_one_line(run: Run, channels: Callable[..., None]) -> None:
    channels(one=f"nothing://{TOKEN}")
    ran = run("test-delivery")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("error: CHANNELS is '")
    assert "channel 'one'" in ran.err
    assert ran.err.count("\n") == 1
    assert TOKEN not in ran.err


def test_a_file_that_others_may_read_is_warned_of(
    run: Run, channels: Callable[..., None], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with receiving() as receiver:
        channels(one=receiver.url)
        run("test-delivery")
        assert caplog.messages == []
        (tmp_path / "channels.toml").chmod(0o644)
        run("test-delivery")
    assert caplog.record_tuples == [
        (
            "bedrot_graph.cli",
            logging.WARNING,
            f"others may read the secrets in '{tmp_path}/channels.toml'; let only the server do so: chmod 600",
        )
    ]
