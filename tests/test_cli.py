"""The command line, as somebody at a label types it: real files, real processes, whole outputs."""

import datetime as dt
import io
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from bedrot_graph.cli import main
from bedrot_graph.goals import read_goals, usual_goals
from bedrot_graph.graph.dictionary import measured_fields
from bedrot_graph.report.meaning import measures_markdown
from bedrot_graph.schema import schema, sdl
from bedrot_graph.settings import Settings
from bedrot_graph.web.keys import KeyFile, Keys
from tests.lakes import SPLITS_FILE, STATEMENT, STATEMENTS_FILE, STREAMS_FILE, csv_text, day, statement, write_lake
from tests.processes import free_port, serving

YESTERDAY = (dt.date.today() - dt.timedelta(days=1)).isoformat()  # noqa: DTZ011 - as the command line sees it
BY_PLATFORM = "{ revenue(by: [PLATFORM]) { nodes { platform revenueUsd streams } total { revenueUsd streams } } }"


class Ran(NamedTuple):
    code: int
    out: str
    err: str


Run = Callable[..., Ran]


@pytest.fixture(autouse=True)
def nothing_is_set(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """An environment that sets nothing of ours, and a folder without settings to start in."""
    for key in list(os.environ):
        if key.lower() in Settings.model_fields:
            monkeypatch.delenv(key)
    monkeypatch.chdir(tmp_path_factory.mktemp("started_here"))


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """`run("check", "--json")`: the exit code and what was printed."""

    def start(*arguments: object) -> Ran:
        with pytest.raises(SystemExit) as ended:
            main([str(each) for each in arguments])
        printed = capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return Ran(ended.value.code, printed.out, printed.err)

    return start


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    """Two platforms in one month, a day of streams, one track: all of it fresh."""
    return write_lake(
        tmp_path,
        statements=[
            statement("2025-01", "Spotify", 2000, "8.00", reported=YESTERDAY),
            statement("2025-01", "Tidal", 100, "1.234567890123", reported=YESTERDAY),
        ],
        streams=[day(YESTERDAY, "distrokid", 10, 5)],
        splits=[{}],
    )


def written(file: Path, text: str) -> Path:
    file.write_text(text, encoding="utf-8")
    return file


def told_of(dataset: str, out: str) -> dict[str, str]:
    """What `check` says of a dataset, by label; where a label has several lines, the first."""
    block = next(block for block in out.split("\n\n") if block.startswith(dataset))
    lines = re.findall(r"^  (\S.*?)  +(\S.*?) *$", block, re.MULTILINE)
    return dict(reversed(lines)) | {"state": block.splitlines()[0].partition(": ")[2]}


def stripped(text: str) -> str:
    """Without the blanks that fill a table up to its width."""
    return "\n".join(line.rstrip() for line in text.splitlines())


# --- all commands ---


def test_the_version(run: Run) -> None:
    assert run("--version").out == "bedrot-graph 0.1.0\n"


def test_help_names_every_command_and_waits_for_nothing_heavy() -> None:
    heavy = "{'polars', 'strawberry', 'pydantic', 'uvicorn', 'rich.table'} & set(sys.modules)"
    script = f"import sys, bedrot_graph.cli; assert not {heavy}, {heavy}; bedrot_graph.cli.main(['--help'])"
    shown = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, encoding="utf-8")
    assert all(
        command in shown.stdout for command in ("serve", "query", "check", "goals", "keys", "export-schema", "describe")
    )


@pytest.mark.parametrize("command", [["serve"], ["query", "{ __typename }"], ["check"]], ids=lambda each: each[0])
def test_a_bad_setting_is_one_line_that_names_it(run: Run, monkeypatch: pytest.MonkeyPatch, command: list[str]) -> None:
    monkeypatch.setenv("CACHE_TTL", "soon")
    ran = run(*command)
    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert ran.err.startswith("error: CACHE_TTL is 'soon' (the environment): it should be a valid integer.")


def test_a_lake_that_does_not_exist_is_one_line(run: Run, tmp_path: Path) -> None:
    ran = run("check", "--lake", tmp_path / "nowhere")
    assert (ran.code, ran.err.count("\n")) == (2, 1)
    assert ran.err.startswith("error: DATA_LAKE_PATH is ")
    assert "nowhere' (the command line): there is no folder" in ran.err


def test_a_lake_that_is_typed_wins_over_a_curated_folder_in_the_settings(
    run: Run, monkeypatch: pytest.MonkeyPatch, lake: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    monkeypatch.setenv("CURATED_DATA_PATH", str(other))
    assert run("check", "--lake", lake).code == 0
    assert run("check").code == 1
    assert run("check", "--lake", lake, "--curated", other).code == 1


def test_a_path_that_is_typed_starts_where_it_is_typed(run: Run, monkeypatch: pytest.MonkeyPatch, lake: Path) -> None:
    monkeypatch.setenv("PROJECT_ROOT", os.sep)
    monkeypatch.chdir(lake.parent)
    assert run("check", "--lake", lake.name).code == 0


# --- query ---


def test_a_question_is_answered_as_json_with_exact_amounts_and_lineage(run: Run, lake: Path) -> None:
    ran = run("query", BY_PLATFORM, "--lake", lake)
    assert (ran.code, ran.err) == (0, "")
    assert '"revenueUsd": 1.234567890123,' in ran.out
    assert '"revenueUsd": 9.234567890123,' in ran.out
    body = json.loads(ran.out)
    assert body["data"]["revenue"]["nodes"] == [
        {"platform": "Spotify", "revenueUsd": 8, "streams": 2000},
        {"platform": "Tidal", "revenueUsd": 1.234567890123, "streams": 100},
    ]
    assert set(body["extensions"]["lineage"]["measures"]) == {"Revenue.revenueUsd", "Revenue.streams"}


def test_without_a_lake_the_sample_lake_answers(run: Run) -> None:
    lineage = json.loads(run("query", BY_PLATFORM).out)["extensions"]["lineage"]
    assert "SAMPLE_DATA" in [limitation["code"] for limitation in lineage["limitations"]]


@pytest.mark.parametrize(
    ("level", "keys"),
    [("none", None), ("summary", {"unit", "datasets", "limitations"})],
    ids=["none", "summary"],
)
def test_the_lineage_may_be_less(run: Run, lake: Path, level: str, keys: set[str] | None) -> None:
    body = json.loads(run("query", BY_PLATFORM, "--lineage", level, "--lake", lake).out)
    lineage = body.get("extensions", {}).get("lineage")
    assert (set(lineage["measures"]["Revenue.streams"]) if lineage else None) == keys


def test_a_question_and_its_variables_may_be_files(run: Run, lake: Path, tmp_path: Path) -> None:
    question = written(
        tmp_path / "one.graphql",
        "\ufeffquery One($first: Int!) {\r\n  revenue(by: [PLATFORM], first: $first) { nodes { platform } }\r\n}\r\n",
    )
    variables = written(tmp_path / "one.json", '{"first": 1}')
    for given in (f"@{variables}", '{"first": 1}'):
        body = json.loads(run("query", question, "-v", given, "--lake", lake).out)
        assert body["data"] == {"revenue": {"nodes": [{"platform": "Spotify"}]}}


def test_a_question_may_come_from_standard_input(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"{ __typename }")))
    assert json.loads(run("query", "-").out) == {"data": {"__typename": "Query"}}


def test_of_several_questions_one_is_named(run: Run) -> None:
    document = "query A { a: __typename } query B { b: __typename }"
    assert json.loads(run("query", document, "--operation", "B").out) == {"data": {"b": "Query"}}
    ran = run("query", document, "--operation", "C")
    assert ran.code == 1
    assert json.loads(ran.out)["errors"][0]["extensions"]["code"] == "OPERATION_RESOLUTION_FAILURE"


def test_an_error_in_one_part_leaves_the_rest_and_is_told_by_the_exit_code(run: Run, lake: Path) -> None:
    (lake / STREAMS_FILE).unlink()
    ran = run("query", "{ streams { total { totalStreams } } revenue { total { streams } } }", "--lake", lake)
    body = json.loads(ran.out)
    assert ran.code == 1
    assert body["data"] == {"streams": None, "revenue": {"total": {"streams": 2100}}}
    assert [error["extensions"]["code"] for error in body["errors"]] == ["DATASET_UNAVAILABLE"]


def test_a_question_that_is_no_graphql_has_no_data(run: Run) -> None:
    ran = run("query", "{ nope }")
    body = json.loads(ran.out)
    assert ran.code == 1
    assert "data" not in body
    assert body["errors"][0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["revenue"],
            "'revenue' cannot be read: No such file or directory. A question in GraphQL has braces, such as ",
        ),
        (["{ __typename }", "-v", "{"], "The variables are not JSON: "),
        (["{ __typename }", "-v", "[1]"], 'The variables are no JSON object, such as {"first": 5}.'),
        (["{ __typename }", "-v", "@none.json"], "'none.json' cannot be read: No such file or directory."),
        (["latin.graphql"], "'latin.graphql' is not UTF-8 text."),
        (["empty.graphql"], "There is no question in 'empty.graphql'. A question in GraphQL has braces, such as "),
    ],
    ids=["no question", "no JSON", "no object", "no file", "no UTF-8", "empty"],
)
def test_what_makes_no_sense_is_refused_in_one_line(run: Run, arguments: list[str], message: str) -> None:
    Path("latin.graphql").write_bytes("{ é }".encode("cp1252"))
    Path("empty.graphql").write_bytes(b"\n")
    ran = run("query", *arguments)
    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert ran.err.startswith(f"error: {message}")


# --- query --table ---


def test_a_table_has_its_numbers_below_each_other_and_the_total_as_its_foot(run: Run, lake: Path) -> None:
    (lake / STATEMENTS_FILE).write_text(
        csv_text(
            STATEMENT,
            [
                statement("2025-01", "Spotify", 2000, "8.00", reported=YESTERDAY),
                statement("2025-01", "Tidal", 100, "1.234567890123", reported=YESTERDAY),
                statement("2025-01", "TikTok", 3, "x", reported=YESTERDAY),
            ],
        )
    )
    ran = run("query", BY_PLATFORM, "--table", "--lake", lake)
    assert (ran.code, ran.err) == (0, "")
    table, notes = stripped(ran.out).split("What these numbers cannot tell:\n")
    assert table == (
        "revenue\n"
        "\n"
        " platform       revenueUsd   streams\n"
        " ───────────────────────────────────\n"
        " Spotify    8.000000000000     2,000\n"
        " Tidal      1.234567890123       100\n"
        " ───────────────────────────────────\n"
        " total      9.234567890123     2,100\n"
        "\n"
        "\n"
    )
    labels = [line.split()[0] for line in notes.splitlines()]
    assert {"ROWS_REJECTED", "PAYMENT_DELAY", "TOOLOST_NO_REVENUE"} <= set(labels)


def test_every_list_of_an_answer_is_a_table(run: Run, lake: Path) -> None:
    question = """{
      dataset(name: "daily_streams") {
        name available unknownColumns
        limitations { code }
        rows: rowPage(first: 1) { columns nodes totalCount }
      }
      revenue(where: {platform: {eq: "nowhere"}}, by: [PLATFORM]) { nodes { platform } totalCount }
    }"""
    shown = stripped(run("query", question, "--table", "--lineage", "none", "--lake", lake).out)
    assert shown == (
        "dataset > limitations\n"
        "\n"
        " code\n"
        " ─────────────────────\n"
        " NO_ARTIST_ATTRIBUTION\n"
        " SPOTIFY_DOUBLE_COUNT\n"
        "\n"
        "name: daily_streams · available: yes · unknownColumns:\n"
        "\n"
        "dataset > rows\n"
        "\n"
        " line   date         spotify_streams   apple_streams   distributor\n"
        " ─────────────────────────────────────────────────────────────────\n"
        f"    2   {YESTERDAY}                10               5   distrokid\n"
        "\n"
        "totalCount: 1\n"
        "\n"
        "revenue\n"
        "  no rows\n"
        "totalCount: 0\n"
    )


def test_lists_inside_of_rows_are_tables_of_their_own(run: Run, lake: Path) -> None:
    shown = stripped(run("query", "{ datasets { name stale files { name } } }", "--table", "--lake", lake).out)
    assert re.search(r"^ royalty_splits +no\b", shown, re.MULTILINE)
    assert f"datasets > royalty_splits > files\n\n name\n ────────────────────────────────\n {SPLITS_FILE}\n" in shown


def test_what_a_group_is_compared_with_stands_beside_it_and_null_is_no_zero(run: Run, lake: Path) -> None:
    question = """{ revenue(compare: PREVIOUS_YEAR, grain: MONTH) {
      nodes { date streams growth(of: STREAMS) previous { streams } } } }"""
    shown = stripped(run("query", question, "--table", "--lineage", "none", "--lake", lake).out)
    assert shown.splitlines()[2:5] == [
        " date         streams   growth   previous",
        " ────────────────────────────────────────",
        " 2025-01-01     2,100   –        –",
    ]


def test_an_answer_without_a_list_is_a_table_of_one_row(run: Run, lake: Path) -> None:
    shown = run("query", "{ revenue { total { streams units } } }", "--table", "--lineage", "none", "--lake", lake).out
    assert stripped(shown) == (
        "\n revenue.total.streams   revenue.total.units\n"
        " ───────────────────────────────────────────\n"
        "                 2,100                     0\n\n"
    )


def test_no_digit_is_lost_where_the_terminal_is_too_narrow(
    run: Run, lake: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for key, value in {"FORCE_COLOR": "1", "TERM": "xterm", "COLUMNS": "30"}.items():
        monkeypatch.setenv(key, value)
    shown = run("query", BY_PLATFORM, "--table", "--lineage", "none", "--lake", lake).out
    assert stripped(re.sub(r"\x1b\[\d*m", "", shown)) == (
        "revenue\n"
        "  platform    Spotify\n"
        "  revenueUsd  8.000000000000\n"
        "  streams     2,000\n"
        "\n"
        "  platform    Tidal\n"
        "  revenueUsd  1.234567890123\n"
        "  streams     100\n"
        "\n"
        "  platform    total\n"
        "  revenueUsd  9.234567890123\n"
        "  streams     2,100\n"
        "\n"
    )


def test_the_errors_of_a_table_go_to_stderr(run: Run, lake: Path) -> None:
    ran = run("query", '{ dataset(name: "x") { name } }', "--table", "--lake", lake)
    assert ran.code == 1
    assert ran.err.startswith("error: There is no dataset 'x'.")
    assert ran.err.endswith(" (dataset)\n")


def test_what_stands_in_a_file_cannot_steer_the_terminal(run: Run, tmp_path: Path) -> None:
    write_lake(tmp_path, statements=[statement("2025-01", "[red]\x1b[31mTidal", 1, "1")])
    ran = run("query", "{ revenue(by: [PLATFORM]) { nodes { platform } } }", "--table", "--lake", tmp_path)
    assert "\x1b" not in ran.out
    assert "[red]" in ran.out


# --- check ---


def test_a_good_lake_passes(run: Run, lake: Path) -> None:
    ran = run("check", "--lake", lake)
    size_bytes = (lake / SPLITS_FILE).stat().st_size
    told = told_of("royalty_splits", ran.out)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith(f"Lake: {lake}\n\n")
    assert ran.out.endswith("\n\n3 of 12 datasets read; 9 have no file.\n")
    assert told.pop("file").startswith(f"{SPLITS_FILE} ({size_bytes} bytes, written 20")
    assert told == {"state": "good", "rows": "1", "missing columns": "upc, release_date, release_type (optional)"}
    newest = f"{YESTERDAY} (1 day ago; more than 45 is stale)"
    assert told_of("distrokid_statements", ran.out)["newest"] == newest


def test_rows_that_cannot_be_read_are_errors_with_line_and_reason(run: Run, lake: Path) -> None:
    rows = [statement("2025-01", "Spotify", 1, "1.00", reported=YESTERDAY)]
    rows += [statement("2025-01", "Spotify", 1, "free", reported=YESTERDAY)] * 12
    (lake / STATEMENTS_FILE).write_text(csv_text(STATEMENT, rows))
    ran = run("check", "--lake", lake)
    told = told_of("distrokid_statements", ran.out)
    assert ran.code == 1
    assert told["state"] == "12 rows rejected"
    assert told["rows"] == "1, 12 rejected"
    assert told["rejects"] == "line 3: revenue_usd 'free' is not an amount"
    shown = [line.strip() for line in ran.out.splitlines() if " line " in line or " more" in line]
    assert shown[9] == "line 12: revenue_usd 'free' is not an amount"
    assert shown[10] == "… and 2 more"
    assert ran.out.endswith("\n\n3 of 12 datasets read; 12 rows rejected; 9 have no file.\n")


def test_a_dataset_without_a_file_is_no_error_and_says_what_was_looked_for(run: Run, lake: Path) -> None:
    (lake / SPLITS_FILE).unlink()
    ran = run("check", "--lake", lake)
    assert ran.code == 0
    assert "\n\nroyalty_splits: no file (track_catalog_royalty_splits)\n\n" in ran.out
    assert ran.out.endswith("\n\n2 of 12 datasets read; 10 have no file.\n")


def test_a_dataset_whose_file_cannot_be_read_is_an_error_that_says_why(run: Run, lake: Path) -> None:
    (lake / STREAMS_FILE).write_text("")
    ran = run("check", "--lake", lake)
    told = told_of("daily_streams", ran.out)
    assert ran.code == 1
    assert told["state"] == "cannot be read"
    assert told["problem"].startswith(f"Dataset 'daily_streams' cannot be read from '{STREAMS_FILE}': it is empty.")
    assert ran.out.endswith("\n\n2 of 12 datasets read; 1 cannot be read; 9 have no file.\n")


def test_a_file_that_gives_way_to_an_older_one_is_an_error(run: Run, lake: Path) -> None:
    (lake / STREAMS_FILE).rename(lake / "tidy_daily_streams_20240101.csv")
    (lake / STREAMS_FILE).write_text("")
    ran = run("check", "--lake", lake)
    assert ran.code == 1
    assert ran.out.endswith("\n\n3 of 12 datasets read; 1 without a file that should have been read; 9 have no file.\n")


def test_a_lake_without_any_file_is_an_error(run: Run, tmp_path: Path) -> None:
    (tmp_path / "4_curated").mkdir()
    ran = run("check", "--lake", tmp_path)
    assert ran.code == 1
    assert ran.out.endswith("\n\n0 of 12 datasets read; 12 have no file.\n")


def test_old_data_older_files_and_unknown_columns_are_told_and_are_no_errors(run: Run, lake: Path) -> None:
    old = day("2024-01-01", "distrokid", 10, 5) | {"mood": "good"}
    for name in (STREAMS_FILE, "tidy_daily_streams_20240101.csv"):
        (lake / name).write_text(csv_text(old, [old]))
    ran = run("check", "--lake", lake)
    told = told_of("daily_streams", ran.out)
    assert ran.code == 0
    assert told["state"] == "good, but stale"
    assert told["passed over"] == f"tidy_daily_streams_20240101.csv: '{STREAMS_FILE}' is preferred"
    assert told["unknown columns"] == "mood (not read)"
    assert told["covers"] == "2024-01-01 to 2024-01-01"
    assert told["limitations"].startswith("STALE_DATA: The newest date in daily_streams is 2024-01-01, ")


def test_repeated_and_restated_rows_are_counted(run: Run, lake: Path) -> None:
    #                              Spotify  Apple
    first = day(YESTERDAY, "distrokid", 10, 5)
    later = day(YESTERDAY, "distrokid", 12, 5)
    (lake / STREAMS_FILE).write_text(csv_text(first, [first, first, later]))
    ran = run("check", "--lake", lake)
    assert ran.code == 0
    assert told_of("daily_streams", ran.out)["rows"] == "1, 1 dropped as duplicates, 1 replaced by later ones"


def test_the_sample_lake_is_never_stale(run: Run) -> None:
    ran = run("check")
    assert ran.code == 0
    assert " (the sample lake)\n" in ran.out
    assert "stale" not in ran.out


def test_programs_get_the_findings_as_json(run: Run, lake: Path) -> None:
    rows = [statement("2025-01", "Spotify", 1, earned, reported=YESTERDAY) for earned in ("free", "1.00")]
    (lake / STATEMENTS_FILE).write_text(csv_text(STATEMENT, rows))
    ran = run("check", "--json", "--lake", lake)
    found = {each["name"]: each for each in json.loads(ran.out)["datasets"]}
    assert (ran.code, ran.err) == (1, "")
    assert found["distrokid_statements"]["rowsRejected"] == 1
    assert found["distrokid_statements"]["rejects"][0]["line"] == 2
    assert found["royalty_splits"]["rows"] == 1


# --- goals ---


def test_the_usual_goals_are_printed_as_a_file_that_can_be_named_in_goals(run: Run, tmp_path: Path) -> None:
    copy = written(tmp_path / "goals.toml", run("goals").out)
    assert read_goals(copy) == usual_goals()


# --- export-schema ---


def test_the_schema_is_printed_as_the_code_has_it(run: Run) -> None:
    assert run("export-schema") == (0, sdl(), "")


def test_a_written_schema_passes_its_own_check(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "schema.graphql"
    assert run("export-schema", "--output", file) == (0, "", "")
    assert run("export-schema", "--check", file) == (0, "", "")
    file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))  # as git checks it out on Windows
    assert run("export-schema", "--check", file) == (0, "", "")


def test_a_schema_that_has_drifted_is_shown_and_told_how_to_mend(run: Run, tmp_path: Path) -> None:
    file = written(tmp_path / "schema.graphql", sdl().replace("type Query", "type Question"))
    ran = run("export-schema", "--check", file)
    assert ran.code == 1
    assert "-type Question {\n+type Query {\n" in ran.out
    assert ran.err == f"error: {file} is not what the code says. Run: bedrot-graph export-schema --output {file}\n"


def test_only_the_beginning_of_a_long_difference_is_shown(run: Run, tmp_path: Path) -> None:
    ran = run("export-schema", "--check", written(tmp_path / "schema.graphql", ""))
    assert ran.code == 1
    assert ran.out.count("\n") == 41
    assert ran.out.splitlines()[-1].startswith("… and ")


def test_a_schema_that_cannot_be_read_or_written_is_one_line(run: Run, tmp_path: Path) -> None:
    nowhere = tmp_path / "nowhere" / "schema.graphql"
    assert run("export-schema", "--check", nowhere) == (
        2,
        "",
        f"error: '{nowhere}' cannot be read: No such file or directory.\n",
    )
    assert run("export-schema", "--output", nowhere) == (
        2,
        "",
        f"error: '{nowhere}' cannot be written: No such file or directory.\n",
    )


# --- describe ---


def test_all_numbers_are_listed(run: Run) -> None:
    shown = run("describe").out
    assert all(measured.coordinate in shown for measured in measured_fields(schema()))


def test_a_number_is_described_whole_however_it_is_written(run: Run) -> None:
    ran = run("describe", "revenue.REVENUEusd")
    assert ran.code == 0
    lines = stripped(ran.out).splitlines()
    assert lines[0] == "Revenue.revenueUsd"
    labels = [line[2:].split("  ")[0] for line in lines[1:] if not line.startswith("   ")]
    assert labels == ["Meaning", "Method", "Unit", "PAYMENT_DELAY", "TOOLOST_NO_REVENUE", "distrokid_statements"]
    assert "  Unit                  USD. Parts add up to the whole." in lines
    assert "Files: dk_bank_details, dk_bank_details_*, DistroKid_*" in ran.out


def test_a_dataset_is_described_with_its_columns_and_the_numbers_made_from_it(run: Run) -> None:
    shown = run("describe", "daily_streams").out
    assert "spotify_streams (integer, STREAMS): " in shown
    assert "combined_streams (integer, STREAMS, optional): " in shown
    assert "Stream.totalStreams, Stream.spotifyStreams, " in shown


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("PAYMENT_DELAY", "Platforms report a month of sales one to three months later"),
        ("STALE_DATA", "It is found by looking at an answer"),
    ],
    ids=["standing", "found"],
)
def test_a_limitation_is_described(run: Run, code: str, words: str) -> None:
    ran = run("describe", code)
    assert ran.code == 0
    assert words in ran.out


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("Revenue.revenueUSDollars", "Did you mean 'Revenue.revenueUsd'?"),
        ("daily_stream", "Did you mean 'daily_streams'?"),
        ("xyz", "`bedrot-graph describe` lists all numbers."),
    ],
    ids=["number", "dataset", "nothing near"],
)
def test_a_name_that_is_not_known_is_one_line_with_a_hint(run: Run, name: str, hint: str) -> None:
    message = f"error: There is no number, dataset or limitation called '{name}'. {hint}\n"
    assert run("describe", name) == (1, "", message)


def test_the_markdown_has_every_number_under_its_type(run: Run) -> None:
    shown = run("describe", "--markdown").out
    assert shown == measures_markdown(schema())
    assert "*Generated by `bedrot-graph describe --markdown`" in shown
    numbers = list(measured_fields(schema()))
    titles = [line.removeprefix("### ") for line in shown.splitlines() if line.startswith("### ")]
    assert titles == [number.coordinate for number in numbers]
    assert shown.count("\n## ") == len({number.type_name for number in numbers})
    assert shown.count("\n- **Method:** ") == shown.count("\n- **Unit:** ") == len(numbers)
    assert "\n- **PAYMENT_DELAY:** Platforms report a month of sales " in shown


# --- keys ---


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("STATE_DIR", str(tmp_path / "state"))
    return tmp_path / "state"


def test_a_key_is_printed_alone_and_what_is_said_of_it_beside(run: Run, state: Path) -> None:
    made = run(
        "keys", "create", "dashboard", "--expires", 30, "--scope", "read:artist=OWL1987", "--scope", "read:artist=B"
    )
    assert re.fullmatch(r"bg_[A-Za-z0-9_-]{43}\n", made.out)
    (kept,) = KeyFile(state).all()
    assert (kept.name, kept.scopes) == ("dashboard", ("read:artist=OWL1987", "read:artist=B"))
    assert kept.expires_at == kept.created_at + 30 * 86_400
    assert f"The key 'dashboard' ({kept.id}) is valid until " in made.err
    assert Keys(state).find(made.out.strip()) == kept


def test_a_key_may_read_unless_said_otherwise(run: Run, state: Path) -> None:
    run("keys", "create", "dashboard")
    assert [(key.scopes, key.expires_at) for key in KeyFile(state).all()] == [(("read",), None)]


def test_keys_are_listed_with_what_has_become_of_them_and_without_tokens(run: Run, state: Path) -> None:
    assert run("keys", "list").out == "There are no keys yet: 'bedrot-graph keys create NAME' makes one.\n"
    tokens = [run("keys", "create", name, "--expires", 1).out.strip() for name in ("one", "two")]
    revoked = run("keys", "revoke", "one")
    assert (revoked.code, "opens nothing any more" in revoked.err) == (0, True)
    listed = run("keys", "list").out
    assert re.search(r"one .* revoked \d{4}-\d\d-\d\d", listed)
    assert re.search(r"two .* until \d{4}-\d\d-\d\d", listed)
    assert not any(token in listed for token in tokens)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("create", "x", "--scope", "write"), "'write' is no scope"),
        (("create", "x", "--scope", "read:artist="), "'read:artist=' is no scope"),
        (("create", "x", "--scope", "read", "--scope", "read:artist=A"), "'read:artist=A' says nothing beside 'read'"),
        (("create", "x", "--expires", 0), "A key cannot expire after 0 days"),
        (("create", " "), "A key cannot be called ' '"),
        (("revoke", "nobody"), "There is no key 'nobody' that could be revoked"),
    ],
)
def test_what_makes_no_key_is_refused_in_a_line(run: Run, state: Path, arguments: tuple[str, ...], said: str) -> None:
    refused = run("keys", *arguments)
    assert (refused.code, refused.out) == (2, "")
    assert refused.err.startswith(f"error: {said}")


# --- serve ---


def asked(port: int, question: str) -> tuple[Any, set[str]]:
    """The answer to a question, as soon as the server is there to give it."""
    body = json.dumps({"query": question}).encode()
    request = urllib.request.Request(f"http://127.0.0.1:{port}/graphql", body, {"content-type": "application/json"})
    for _ in range(300):
        try:
            with urllib.request.urlopen(request, timeout=30) as response:
                return json.loads(response.read()), {name.lower() for name in response.headers}
        except urllib.error.URLError:
            time.sleep(0.1)
    pytest.fail("The server does not answer.")


def test_the_server_answers_over_http_says_where_and_stops_when_told(lake: Path) -> None:
    port = free_port()
    with serving(port, "--lake", lake) as server:
        answer, headers = asked(port, "{ revenue { total { streams } } }")
        server.send_signal(signal.SIGINT)
        out, err = server.communicate(timeout=30)
    assert answer["data"] == {"revenue": {"total": {"streams": 2100}}}
    assert "server" not in headers
    assert out == (
        f"bedrot-graph: http://127.0.0.1:{port}/ in your browser, questions to http://127.0.0.1:{port}/graphql. "
        f"Ctrl+C stops it.\nIt reads {lake}.\n"
    )
    assert "Traceback" not in err
    assert server.returncode == 0
    assert list(Path("logs").glob("dashboard_*.log"))


@contextmanager
def speaking(port: int) -> Iterator[ClientConnection]:
    """A WebSocket on which questions may be asked."""
    address = f"ws://127.0.0.1:{port}/graphql?secret=1"
    with connect(address, subprotocols=[Subprotocol("graphql-transport-ws")], proxy=None) as client:
        client.send('{"type":"connection_init"}')
        assert client.recv(timeout=30) == '{"type":"connection_ack"}'
        yield client


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM that a program could heed")
def test_a_server_that_is_told_to_stop_finishes_what_it_has_begun() -> None:
    port = free_port()
    body = json.dumps({"query": "{ revenue(by: [TRACK, PLATFORM, COUNTRY], grain: MONTH) { totalCount } }"}).encode()
    headers = ("host: localhost", "content-type: application/json", f"content-length: {len(body)}")
    head = "\r\n".join(["POST /graphql HTTP/1.1", *headers, "", ""]).encode()
    with serving(port, "--lake", Path(__file__).parent.parent / "sample_lake") as server:
        asked(port, "{ __typename }")
        with speaking(port) as idle, socket.create_connection(("127.0.0.1", port), timeout=30) as client:
            client.sendall(head + body[:-1])
            time.sleep(0.2)
            server.send_signal(signal.SIGTERM)
            with pytest.raises(ConnectionClosed) as closed:
                idle.recv(timeout=30)
            client.sendall(body[-1:])
            answer = b"".join(iter(lambda: client.recv(65536), b""))
        _, err = server.communicate(timeout=30)
    assert closed.value.rcvd
    assert closed.value.rcvd.code == 1001
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert b'"totalCount"' in answer
    assert "Traceback" not in err
    assert "secret" not in err
    assert server.returncode == 0


def test_a_port_that_is_taken_is_one_line(lake: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with serving(port, "--lake", lake) as server:
            out, err = server.communicate(timeout=30)
    assert (server.returncode, out) == (1, "")
    assert err == (
        f"error: Port {port} is taken: another program listens on it. Stop that one, or choose another by --port.\n"
    )


def test_an_address_that_is_not_ours_is_one_line() -> None:
    with serving(free_port(), "--host", "192.0.2.1") as server:
        _, err = server.communicate(timeout=30)
    assert server.returncode == 1
    assert err.startswith("error: The server cannot listen on 192.0.2.1, port ")
    assert err.count("\n") == 1


@pytest.mark.parametrize("word", [None, "--insecure"])
def test_a_server_for_others_starts_with_keys_or_where_it_is_said_in_words(
    state: Path, lake: Path, word: str | None
) -> None:
    port = free_port()
    arguments = ["--host", "0.0.0.0", "--lake", str(lake), *([word] if word else [])]
    with serving(port, *arguments) as server:
        if word:
            assert asked(port, "{ __typename }")[0] == {"data": {"__typename": "Query"}}
            return
        out, err = server.communicate(timeout=60)
    assert (server.returncode, out) == (2, "")
    assert "error: BACKEND_HOST is '0.0.0.0', which others can reach, and nobody has to send a key" in err
