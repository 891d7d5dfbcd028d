"""What the docs say of messages is so."""

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bedrot_graph.delivery.channels import Channel, read_channels
from bedrot_graph.delivery.message import written
from bedrot_graph.delivery.outcome import ARRIVED
from bedrot_graph.delivery.postman import Pace
from bedrot_graph.delivery.webhooks import Hook
from bedrot_graph.domains.alerts import gaps, keeping
from bedrot_graph.domains.counters import months
from bedrot_graph.lake.snapshot import Snapshot
from bedrot_graph.ledger.outbox import Told
from tests.house.docs import ROOT
from tests.lakes import day
from tests.receivers import SECRET, Received, receiving

PAGE = (ROOT / "docs" / "alerts.md").read_text(encoding="utf-8")
AT = 1_764_133_200.0  # 2025-11-26 05:00 UTC


def block(language: str, *, holds: str) -> str:
    """The code of that language in the page that holds a text."""
    blocks = re.findall(rf"^( *)```{language}\n(.*?)^ *```", PAGE, re.DOTALL | re.MULTILINE)
    (found,) = [(indent, code) for indent, code in blocks if holds in code]
    return re.sub(rf"^{found[0]}", "", found[1], flags=re.MULTILINE)


@pytest.fixture
def told(snapshot: Callable[..., Snapshot]) -> Told:
    """Two days that are missing."""
    lake = snapshot(streams=[day(f"2025-09-0{number}", "distrokid", 100, 10) for number in (1, 2, 5, 6)])
    (finding,) = gaps.missing_days(months.counted(lake, None))
    seen = keeping.seen(finding)
    return Told(seen.id, "RAISED", seen.severity, seen.body)


async def test_a_webhook_gets_what_the_page_shows(told: Told) -> None:
    channel = Channel("ops", webhook="https://hooks.example")
    assert json.loads(block("json", holds="timestamp")) == json.loads(written(channel, [told], AT).body)


def test_people_get_what_the_page_shows(told: Told) -> None:
    message = json.loads(written(Channel("team", apprise="mailto://smtp.example"), [told], AT).body)
    assert block("text", holds="WARNING") == f"{message['title']}\n{message['text']}\n"


def test_the_channels_of_the_page_can_be_used(tmp_path: Path) -> None:
    path = tmp_path / "channels.toml"
    path.write_text(block("toml", holds="[ops]").replace("whsec_…", SECRET), encoding="utf-8")
    assert [each.name for each in read_channels(path)] == ["ops", "team"]


def test_pauses_are_those_of_the_page() -> None:
    assert Pace().pauses[:7] == (5, 30, 2 * 60, 5 * 60, 15 * 60, 30 * 60, 60 * 60)


async def received(body: str) -> Received:
    with receiving() as receiver:
        assert await Hook(receiver.url, (SECRET,)).send("msg_1", body) == ARRIVED
        return receiver.received[0]


async def test_the_page_verifies_messages_in_python() -> None:
    scope: dict[str, Any] = {}
    exec(block("python", holds="verified"), scope)  # the docs' own
    message = await received('{"type":"alerts.test"}')
    assert scope["verified"](message.body, message.headers, SECRET) == {"type": "alerts.test"}
    with pytest.raises(Exception, match="No matching signature"):
        scope["verified"](message.body + b" ", message.headers, SECRET)


NODE = """
const {{ verified }} = await import({module});
const headers = {headers};
const tried = (body, secret) => {{
  try {{ return verified(Buffer.from(body), headers, secret); }} catch (error) {{ return error.message; }}
}};
console.log(JSON.stringify([
  tried({body}, {secret}), tried({body} + " ", {secret}), tried({body}, "whsec_" + "A".repeat(32)),
]));
"""


@pytest.mark.skipif(not shutil.which("node"), reason="there is no Node")
async def test_the_page_verifies_messages_in_node(tmp_path: Path) -> None:
    module = tmp_path / "verified.mjs"
    module.write_text(block("js", holds="verified"), encoding="utf-8")
    message = await received('{"type":"alerts.test","artist":"Sigur Rós"}')
    script = NODE.format(
        module=json.dumps(module.as_uri()),
        headers=json.dumps(message.headers),
        body=json.dumps(message.body.decode()),
        secret=json.dumps(SECRET),
    )
    command = ["node", "--input-type=module", "--eval", script]
    ran = subprocess.run(command, capture_output=True, check=True, timeout=60)  # noqa: ASYNC221 - nothing else runs
    strange = "not signed with this secret"
    assert json.loads(ran.stdout) == [{"type": "alerts.test", "artist": "Sigur Rós"}, strange, strange]
