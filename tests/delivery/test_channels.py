"""The file of channels: what it says, and the one line that refuses a bad one and shows no secret."""

import datetime as dt
import sys
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bedrot_graph.delivery import chat
from bedrot_graph.delivery.channels import Channel, example, is_open_to_others, read_channels
from bedrot_graph.delivery.quiet import Quiet
from bedrot_graph.domains.alerts.finding import Severity
from bedrot_graph.errors import SettingsInvalid
from tests.delivery.conftest import Log
from tests.receivers import SECRET

TOKEN = "T0KENT0KENT0KEN"
PASSWORD = "correct-horse-42"
URL = f"https://user:{PASSWORD}@hooks.example/services/{TOKEN}"
HOOK = f'webhook = "{URL}"\nsecret = "{SECRET}"\n'


def written(folder: Path, text: str) -> Path:
    path = folder / "channels.toml"
    path.write_text(text, encoding="utf-8")
    path.chmod(0o600)
    return path


def refusal(folder: Path, text: str) -> str:
    path = written(folder, text)
    with pytest.raises(SettingsInvalid) as refused:
        read_channels(path)
    message = str(refused.value)
    assert message.startswith(f"CHANNELS is '{path}', ")
    assert message.endswith(" Correct it; 'bedrot-graph alerts channels' prints an example.")
    assert "\n" not in message
    for secret in (TOKEN, PASSWORD, SECRET, SECRET[6:], "hooks.example/services"):
        assert secret not in message
    return message.removeprefix(f"CHANNELS is '{path}', ").partition(" Correct it;")[0]


def test_a_channel_is_as_usual_where_the_file_does_not_say(tmp_path: Path) -> None:
    (hook,) = read_channels(written(tmp_path, f"[hook]\n{HOOK}"))
    assert hook == Channel("hook", Severity.WARNING, webhook=URL, secrets=(SECRET,))
    assert hook.severities == {"WARNING", "CRITICAL"}


def test_a_channel_is_as_the_file_says(tmp_path: Path) -> None:
    text = f"""
        [ops-1]
        {HOOK.splitlines()[0]}
        secret = ["{SECRET}", "whsec_{"A" * 32}"]
        severity = "CRITICAL"
        resolved = true
        every_minutes = 0.5
        most_shown = 7
        quiet = {{ from = "22:00", to = "07:00", zone = "Europe/Berlin", all = true }}
        [mail]
        apprise = "mailto://user:{PASSWORD}@smtp.example"
        severity = "INFO"
    """
    first, second = read_channels(written(tmp_path, text))
    quiet = Quiet(dt.time(22), dt.time(7), ZoneInfo("Europe/Berlin"), is_for_all=True)
    secrets = (SECRET, f"whsec_{'A' * 32}")
    assert first == Channel(
        "ops-1",
        Severity.CRITICAL,
        tells_resolved=True,
        quiet=quiet,
        every_seconds=30,
        most_shown=7,
        webhook=URL,
        secrets=secrets,
    )
    assert second == Channel("mail", Severity.INFO, apprise=f"mailto://user:{PASSWORD}@smtp.example")
    assert second.severities == {"INFO", "WARNING", "CRITICAL"}


def test_the_example_can_be_used_and_has_a_secret_of_its_own(tmp_path: Path) -> None:
    one, other = (read_channels(written(tmp_path, example())) for _ in range(2))
    assert [each.name for each in one] == ["hook"]
    assert one[0].secrets != other[0].secrets


def test_all_of_the_example_can_be_used(tmp_path: Path) -> None:
    lines = example().splitlines()
    at = next(number for number, line in enumerate(lines) if line == "# [mail]")
    shown = [line.removeprefix("# ") for line in lines[at:]]
    text = "\n".join(lines[:at] + shown).replace("slack://…", "slack://AAAAAAAAA/BBBBBBBBB/cccccccccccccccccccccccc")
    assert [each.name for each in read_channels(written(tmp_path, text))] == ["hook", "mail", "chat"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "which names no channel."),
        ("[hook", "which is not a TOML file (at end of document)."),
        (f'[hook]\nsecret = "{SECRET}" "x"', "which is not a TOML file (at line 2, column 51)."),
        (HOOK, "where webhook stands in no table. Begin one with [NAME]."),
        (f"{TOKEN} = 1", "where something stands in no table. Begin one with [NAME]."),
        (
            f'["{URL}"]\n{HOOK}',
            "whose table number 1 has a name that is none. Use up to 40 letters, digits, '-' and '_'.",
        ),
    ],
    ids=["empty", "broken", "broken beside a secret", "no table", "no table, unknown", "no name"],
)
def test_a_file_that_is_none_is_refused(tmp_path: Path, text: str, problem: str) -> None:
    assert refusal(tmp_path, text) == problem


KEYS = (
    "it has a key that is none. The keys are: webhook, secret, apprise, severity, resolved, quiet, every_minutes, "
    "most_shown."
)
NO_ZONE = "quiet: its zone is none. Give one by its place, such as Europe/Berlin, or UTC."
NO_SERVICE = "apprise: it is no address that apprise knows, such as mailtos://user:password@smtp.example."
KEYS_OF_QUIET = "it has a key that is none. The keys of quiet are: from, to, zone, all."
NO_TIME = "quiet: it begins when it ends. Give two times, or leave it out."
FROM = 'from = "22:00"'
TO = 'to = "07:00"'
ZONE = 'zone = "UTC"'
NO_HOURS = (
    'quiet: it is { from = "22:00", to = "07:00", zone = "Europe/Berlin" }, with \'all = true\' for CRITICAL too.'
)
NO_ADDRESS = "webhook: it is no address that can be sent to, such as https://hooks.example/alerts."
NO_SECRET = "secret: it is whsec_ and then 24 to 64 random bytes in base64; the example has one made anew."
NONE_SECRET = "secret: a webhook has one, or up to 3 in a list while they are changed."


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "it needs either webhook or apprise, which say where it leads."),
        (f'{HOOK}apprise = "{URL}"', "it needs either webhook or apprise, which say where it leads."),
        (f'{HOOK}severty = "INFO"', "it has a key that is none, where severity may be meant."),
        (f"{HOOK}{TOKEN} = 1", KEYS),
        (f"{HOOK}quiet = {{ {FROM}, {TO}, {ZONE}, evr = 1 }}", KEYS_OF_QUIET),
        (f'{HOOK}severity = "LOUD"', "severity: it is INFO, WARNING or CRITICAL."),
        (f'{HOOK}resolved = "yes"', "resolved: it is true or false."),
        (f"{HOOK}every_minutes = -1", "every_minutes: it is a number of minutes, 0 to 1440."),
        (f"{HOOK}every_minutes = nan", "every_minutes: it is a number of minutes, 0 to 1440."),
        (f"{HOOK}most_shown = 0", "most_shown: it is a number of alerts, 1 to 200."),
        (f'{HOOK}quiet = "at night"', NO_HOURS),
        (f"{HOOK}quiet = {{ {FROM}, {TO} }}", NO_HOURS),
        (f'{HOOK}quiet = {{ from = "24:00", {TO}, {ZONE} }}', NO_HOURS),
        (f'{HOOK}quiet = {{ {FROM}, to = "22:00", {ZONE} }}', NO_TIME),
        (f'{HOOK}quiet = {{ {FROM}, {TO}, zone = "Berlin" }}', NO_ZONE),
        (f'{HOOK}quiet = {{ {FROM}, {TO}, zone = "../etc" }}', NO_ZONE),
        (f'webhook = 7\nsecret = "{SECRET}"', "webhook: it is an address in quotes."),
        (f'webhook = "ftp://hooks.example/{TOKEN}"\nsecret = "{SECRET}"', NO_ADDRESS),
        (f'webhook = "hooks.example/{TOKEN}"\nsecret = "{SECRET}"', NO_ADDRESS),
        (f'webhook = "https:///{TOKEN}"\nsecret = "{SECRET}"', NO_ADDRESS),
        (f'webhook = "https://a b/{TOKEN}"\nsecret = "{SECRET}"', NO_ADDRESS),
        (f'webhook = "https://hooks.example:99999/{TOKEN}"\nsecret = "{SECRET}"', NO_ADDRESS),
        (f'webhook = "https://hooks.example/{TOKEN}\\n"\nsecret = "{SECRET}"', NO_ADDRESS),
        (f'webhook = "https://hooks.example/{TOKEN}#x"\nsecret = "{SECRET}"', NO_ADDRESS),
        (f'webhook = "https://hooks.example/{"x" * 2000}"\nsecret = "{SECRET}"', NO_ADDRESS),
        (f'webhook = "{URL}"', NONE_SECRET),
        (f'webhook = "{URL}"\nsecret = []', NONE_SECRET),
        (f'webhook = "{URL}"\nsecret = "{PASSWORD}"', NO_SECRET),
        (f'webhook = "{URL}"\nsecret = "whsec_{TOKEN}"', NO_SECRET),
        (f'webhook = "{URL}"\nsecret = "whsec_AAAA"', NO_SECRET),
        (f'webhook = "{URL}"\nsecret = ["{SECRET}", 7]', "secret: it is a text in quotes, or a list of such."),
        (f'apprise = "mailto://smtp.example"\nsecret = "{SECRET}"', "secret: only webhooks have one. Leave it out."),
        (f'apprise = "nothing://{TOKEN}"', NO_SERVICE),
        (f'apprise = "slack://{TOKEN}"', NO_SERVICE),
    ],
)
def test_a_channel_that_cannot_be_used_is_refused_by_its_name(tmp_path: Path, text: str, problem: str) -> None:
    told = refusal(tmp_path, f"[first]\n{HOOK}\n[second]\n{text}")
    assert told == f"whose channel 'second' cannot be used: {problem}"


def test_without_apprise_the_channel_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chat._apprise.cache_clear()
    monkeypatch.setitem(sys.modules, "apprise", None)
    told = refusal(tmp_path, '[mail]\napprise = "mailto://smtp.example"')
    assert told == "whose channel 'mail' cannot be used: it needs apprise. Run: pip install 'bedrot-graph[apprise]'."
    assert read_channels(written(tmp_path, f"[hook]\n{HOOK}"))
    chat._apprise.cache_clear()


def test_what_apprise_says_of_an_address_is_not_told(tmp_path: Path, log: Log) -> None:
    refusal(tmp_path, f'[mail]\napprise = "slack://{TOKEN}"')
    refusal(tmp_path, f'[mail]\napprise = "{URL}"')
    assert TOKEN not in log.text


@pytest.mark.parametrize("content", [b"\xff\xfe", b"[hook]\nname = 'caf\xe9'"])
def test_a_file_that_is_not_text_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "channels.toml"
    path.write_bytes(content)
    with pytest.raises(SettingsInvalid, match="which cannot be read: it is not UTF-8 text"):
        read_channels(path)


def test_whether_others_may_read_the_file_is_seen(tmp_path: Path) -> None:
    path = written(tmp_path, "")
    assert not is_open_to_others(path)
    for mode in (0o640, 0o604):
        path.chmod(mode)
        assert is_open_to_others(path)


def test_a_channel_shows_no_secret(tmp_path: Path) -> None:
    mail = f"mailto://user:{PASSWORD}@smtp.example"
    channels = read_channels(written(tmp_path, f'[hook]\n{HOOK}[mail]\napprise = "{mail}"'))
    shown = repr(channels) + repr([each.carrier() for each in channels])
    for secret in (TOKEN, PASSWORD, SECRET):
        assert secret not in shown
