"""The statements of the sample lake, in every form that people keep them in."""

import csv
import io
from collections.abc import Callable
from io import BytesIO

import polars as pl
import pytest

from bedrot_graph.lake.catalogue import DATASETS, STATEMENTS
from bedrot_graph.lake.reader import Reading, read
from bedrot_graph.lake.sample import sample_lake
from tests.lakes import SAMPLE_LAKE, STATEMENTS_FILE, TODAY, snapshot_of

CURATED = (SAMPLE_LAKE / STATEMENTS_FILE).read_bytes()
LINES = list(csv.reader(io.StringIO(CURATED.decode())))[:2001]
EARNINGS = LINES[0].index("Earnings (USD)")


def written(lines: list[list[str]], delimiter: str = ",", end: str = "\n", quoting: int = csv.QUOTE_MINIMAL) -> bytes:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator=end, quoting=quoting).writerows(lines)  # type: ignore[arg-type]
    return out.getvalue().encode()


def with_amounts(change: Callable[[str], str]) -> list[list[str]]:
    return [LINES[0], *([*line[:EARNINGS], change(line[EARNINGS])] for line in LINES[1:])]


def fifteen_columns() -> list[list[str]]:
    header = ["Date Inserted", *LINES[0], "Recoup (USD)"]
    header[header.index("Song/Album")] = "Source Type"
    header[header.index("Songwriter Royalties Withheld")] = "Songwriter Royalties Withheld (USD)"
    return [header, *(["", *line, ""] for line in LINES[1:])]


def parquet(lines: list[list[str]]) -> bytes:
    out = io.BytesIO()
    pl.read_csv(written(lines)).write_parquet(out)
    return out.getvalue()


def in_parentheses(amount: str) -> str:
    return f"(${amount[1:]})" if amount.startswith("-") else f"${amount}"


FORMS = {
    "raw export: CR and tabs": written(LINES, delimiter="\t", end="\r"),
    "15 columns, all quoted": written(fifteen_columns(), quoting=csv.QUOTE_ALL),
    "15 columns, raw": written(fifteen_columns(), delimiter="\t", end="\r", quoting=csv.QUOTE_ALL),
    "saved by Excel": b"\xef\xbb\xbf" + written(LINES, end="\r\n"),
    "saved by Excel as Unicode text": written(LINES, delimiter="\t", end="\r\n").decode().encode("utf-16"),
    "saved by Excel in Germany": written(with_amounts(lambda amount: amount.replace(".", ",")), delimiter=";"),
    "latin letters": written(LINES).decode().replace("π", "p").encode("cp1252"),
    "dollars and parentheses": written(with_amounts(in_parentheses)),
    "columns turned round": written([line[::-1] for line in LINES]),
    "a preamble and blank lines": b"Bank details\n\n" + written(LINES).replace(b"\n", b"\n\n"),
    "Parquet": parquet(LINES),
}


def reading_of(data: bytes) -> Reading:
    return read(BytesIO(data), STATEMENTS, today=TODAY)


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_a_file_says_the_same(form: str) -> None:
    reading, plain = reading_of(FORMS[form]), reading_of(written(LINES))
    but_text = ["line", "title"]  # latin letters have no pi
    assert reading.rejects.rows() == plain.rejects.rows() == []
    assert reading.rows.drop(but_text).equals(plain.rows.drop(but_text))
    assert reading.unknown_columns == ()
    assert not reading.is_unfinished


def test_the_sample_lake_is_read_whole() -> None:
    snapshot = snapshot_of(sample_lake())
    assert snapshot.faults == {}
    for table in snapshot.tables.values():
        assert (table.dataset.name, table.rejects.height, table.findings()) == (table.dataset.name, 0, ())
    assert len(snapshot.tables) == len(DATASETS)
