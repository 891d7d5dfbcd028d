"""A scope holds: who may see one artist is answered as from a lake that holds nothing but that artist's rows."""

import json
import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import polars as pl
import polars.selectors as cs
import pytest
from graphql import GraphQLObjectType, GraphQLSchema, build_schema
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from bedrot_graph.app import create_app
from bedrot_graph.lake.catalogue import DATASETS
from bedrot_graph.lake.names import identity
from bedrot_graph.lake.scoped import artist_column
from bedrot_graph.lake.snapshot import Snapshot
from bedrot_graph.schema import sdl
from bedrot_graph.settings import Settings
from bedrot_graph.web.keys import KeyFile
from tests.askers import client_of
from tests.cubes.subjects import AUDIENCE, CAMPAIGNS, REVENUE, STREAMS, TIKTOK, letters
from tests.domains.campaigns import ads
from tests.graph.generated import documents
from tests.house.docs import ROOT
from tests.house.test_questions import QUESTIONS, VARIABLES
from tests.lakes import SAMPLE_LAKE, TODAY, Rows, snapshot_of, split, write_lake

EXAMPLES = 15
OWL, HALO = "owl1987", "halob7"
CUBES = ("revenue", "streams", "campaigns", "tiktokMetrics", "spotifyAudience")
ROOTS = (*CUBES, *CUBES, "revenueLines", "payments", "streamRates", "kpis", "pulse", "alerts", "datasets", "dataset")
OF_FILES = {
    "Dataset": (
        "files",
        "filesPassedOver",
        "rowsRejected",
        "duplicatesDropped",
        "rowsRestated",
        "unknownColumns",
        "rejects",
        "problem",
        "limitations",
        "version",
    ),
}
"""What speaks of files, which hold the rows of others too."""
OF_THE_VERSION = {"PageInfo": ("startCursor", "endCursor"), "Edge": ("cursor",)}
UNSCOPED = frozenset({"daily_streams", "meta_ads", "meta_ads_days", "meta_ads_kpis", "linktree"})
SPLITS = [
    split(isrc="QZAB02400001", title="GLASS ORCHARD", artist="OWL1987", share="50"),
    split(isrc="QZAB02400002", title="Hex", artist="HALO B7", share="20"),
    split(isrc="", title="HEX", artist="HALO B7", share="33.3333"),
    split(isrc="", title="Hex", artist="OWL 1987", share="70"),
]
LAKES = st.fixed_dictionaries(
    {"statements": REVENUE.rows, "tiktok": TIKTOK.rows, "audience": AUDIENCE.rows, "streams": STREAMS.rows}
)


def compared() -> GraphQLSchema:
    """The schema, without what is not to be the same."""
    known = build_schema(sdl())
    for type_ in known.type_map.values():
        if isinstance(type_, GraphQLObjectType):
            for name in (*OF_FILES.get(type_.name, ()), *OF_THE_VERSION.get(type_.name, ())):
                del type_.fields[name]
            if type_.name.endswith("Edge"):
                type_.fields.pop("cursor", None)
    return known


COMPARED = compared()


def of(artist: str, rows: Rows, column: str) -> Rows | None:
    return [row for row in rows if letters(row[column]) == artist] or None


@contextmanager
def folders(lake: dict[str, Rows], artist: str, campaigns: list[dict[str, Any]]) -> Iterator[tuple[Path, Path]]:
    """A lake, and one that holds only what is the artist's."""
    with tempfile.TemporaryDirectory() as whole, tempfile.TemporaryDirectory() as alone:
        ads.write(write_lake(Path(whole), splits=SPLITS, **lake), ads.BY_AD, *campaigns)
        write_lake(
            Path(alone),
            statements=of(artist, lake["statements"], "Artist"),
            splits=of(artist, SPLITS, "artist"),
            tiktok=of(artist, lake["tiktok"], "artist"),
            audience=of(artist, lake["audience"], "artist_name"),
        )
        yield Path(whole), Path(alone)


@contextmanager
def serving(folder: Path, state: Path) -> Iterator[TestClient]:
    settings = Settings(
        curated_data_path=folder,
        state_dir=state,
        page_size=5,
        max_depth=20,
        max_aliases=100,
        max_directives=200,
        max_cost=10**9,
    )
    with client_of(create_app(settings, today=lambda: TODAY)) as client:
        yield client


Ask = Callable[[TestClient], dict[str, Any]]


def asking(document: str, variables: dict[str, Any], key: str = "") -> Ask:
    def ask(client: TestClient) -> dict[str, Any]:
        body = {"query": document, "variables": variables}
        answer: dict[str, Any] = client.post("/graphql", json=body, headers={"authorization": f"Bearer {key}"}).json()
        return answer

    return ask


def is_of_files(limitation: dict[str, Any]) -> bool:
    """Whether it says whose rows these are, or counts repeated rows, which may be anybody's."""
    return limitation["code"] == "SCOPE_EXCLUDES" or "left out: " in limitation["text"]


def without_files(answer: dict[str, Any]) -> dict[str, Any]:
    """The answer without what speaks of files, and of what no file says whose it is."""
    lineage = answer.get("extensions", {}).get("lineage")
    if lineage:
        lineage["version"] = None
        for dataset in lineage["datasets"].values():
            dataset.pop("files", None)
            dataset.pop("rowsRejected", None)
        lineage["limitations"] = [each for each in lineage["limitations"] if not is_of_files(each)]
    for error in answer.get("errors", ()):
        if error["extensions"].get("dataset"):
            error["message"] = None
            if error["extensions"]["dataset"] in UNSCOPED and error["extensions"]["code"] == "FORBIDDEN":
                error["extensions"]["code"] = "DATASET_UNAVAILABLE"
    return answer


def differences(found: Any, expected: Any, at: str = "") -> dict[str, tuple[Any, Any]]:  # noqa: ANN401 - JSON
    """Where two answers differ, and in what: whole answers are more than one can read."""
    if isinstance(found, dict) and isinstance(expected, dict) and found.keys() == expected.keys():
        pairs = {key: (found[key], expected[key]) for key in found}
    elif isinstance(found, list) and isinstance(expected, list) and len(found) == len(expected):
        pairs = {str(place): pair for place, pair in enumerate(zip(found, expected, strict=True))}
    else:
        return {} if found == expected else {at: (found, expected)}
    return {path: pair for key, both in pairs.items() for path, pair in differences(*both, f"{at}/{key}").items()}


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A key that opens everything, and one for each artist; with the folder that they are known in."""
    folder = tmp_path_factory.mktemp("keys")
    file = KeyFile(folder)
    scopes = {"": "read", OWL: "read:artist=Owl-1987", HALO: "read:artist=HALO B7"}
    return {"folder": str(folder)} | {artist: file.create(scope, (scope,))[1] for artist, scope in scopes.items()}


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],  # to make a lake smaller takes longer than to look at it
    suppress_health_check=[*HealthCheck],
)
@given(st.data())
def test_a_scoped_answer_is_that_of_a_lake_of_the_artist_alone(
    keys: dict[str, str], tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    lake, artist = data.draw(LAKES), data.draw(st.sampled_from((OWL, HALO)))
    open_state = tmp_path_factory.getbasetemp() / "no keys"
    with (
        folders(lake, artist, data.draw(CAMPAIGNS.rows)) as (whole, alone),
        serving(whole, Path(keys["folder"])) as of_all,
        serving(alone, open_state) as of_one,
    ):
        for _ in range(8):
            asked = data.draw(documents(COMPARED, ROOTS))
            expected = without_files(asking(*asked)(of_one))
            for caller in data.draw(st.permutations(("", OWL, HALO))):  # whoever asks first, and is remembered
                asking(*asked, keys[caller])(of_all)
            found = without_files(asking(*asked, keys[artist])(of_all))
            assert differences(found, expected) == {}


# --- nothing of others is told, wherever it stands ---

BROWSED = """query Browse($name: String!) { dataset(name: $name) {
  files { name } filesPassedOver { name reason } rowsRejected duplicatesDropped rowsRestated unknownColumns problem
  rejects { file line reason } limitations { text } rows version rowPage(first: 1000) { columns nodes totalCount }
} }"""
HELD = """{ alerts { nodes { title message dimensions { name value } } } kpis { name value }
  revenue(by: [ARTIST, TRACK], where: { artist: { in: ["HALO B7", "Nobody"] } }) { total { revenueUsd } } }"""


def asked_of_the_lake() -> Iterator[tuple[str, dict[str, Any]]]:
    for path in QUESTIONS:
        if "mutation" not in (document := path.read_text(encoding="utf-8")):
            yield document, VARIABLES.get(path.stem, {})
    yield from ((BROWSED, {"name": dataset.name}) for dataset in DATASETS)
    yield HELD, {}


def words_of(snapshot: Snapshot, artist: str, *, is_theirs: bool) -> set[str]:
    """The texts in rows of the artist, or in all others."""
    words: set[str] = set()
    for table in snapshot.tables.values():
        if column := artist_column(table.dataset):
            of_artist = identity(pl.col(column)) == artist
            rows = table.rows.lazy().filter(of_artist if is_theirs else ~of_artist).collect()
            for series in rows.select(cs.string()).iter_columns():
                words |= {letters(word) for word in series.drop_nulls()}
    return {word for word in words if len(word) > 3}


@pytest.fixture(scope="module")
def told_to_owl(keys: dict[str, str]) -> dict[str, str]:
    """What the owl's key is told, by question, after and before everybody else has asked."""
    with serving(SAMPLE_LAKE, Path(keys["folder"])) as client:
        told = {}
        for place, asked in enumerate(asked_of_the_lake()):
            for caller in ("", OWL, HALO)[:: 1 if place % 2 else -1]:
                asking(*asked, keys[caller])(client)
            told[str(asked)] = json.dumps(asking(*asked, keys[OWL])(client), ensure_ascii=False)
        for page in ("/", "/graphql"):
            sent = {"authorization": f"Bearer {keys[OWL]}", "accept": "text/html"}
            told[page] = client.get(page, headers=sent).text
        return told


def test_no_word_that_only_rows_of_others_have_is_told(told_to_owl: dict[str, str]) -> None:
    lake = snapshot_of(SAMPLE_LAKE)
    foreign = words_of(lake, OWL, is_theirs=False) - words_of(lake, OWL, is_theirs=True)
    assert {"halob7"} < foreign
    for asked, told in told_to_owl.items():
        found = {word for word in foreign if word in letters(told)} - {
            word for word in foreign if word in letters(asked)
        }
        assert found == set(), asked


def test_browsing_shows_the_rows_of_the_artist_only(told_to_owl: dict[str, str]) -> None:
    seen = {}
    for dataset in DATASETS:
        answer = json.loads(told_to_owl[str((BROWSED, {"name": dataset.name}))])["data"]["dataset"]
        page = answer["rowPage"]
        place = page["columns"].index(artist_column(dataset)) if page else 0
        seen[dataset.name] = {letters(row[place]) for row in page["nodes"]} if page else set()
        assert (answer["files"], answer["filesPassedOver"], answer["unknownColumns"]) == ([], [], [])
        assert (answer["rowsRejected"], answer["duplicatesDropped"], answer["rowsRestated"]) == (None, None, None)
    assert seen == {dataset.name: {OWL} if artist_column(dataset) else set() for dataset in DATASETS}


def test_what_has_no_artist_is_refused_with_the_reason(keys: dict[str, str]) -> None:
    question = "{ streams { total { totalStreams } } campaigns { total { spendUsd } } pulse { date } }"
    with serving(SAMPLE_LAKE, Path(keys["folder"])) as client:
        answer = asking(question, {}, keys[OWL])(client)
    assert answer["data"] == {"streams": None, "campaigns": None, "pulse": None}
    assert [error["extensions"] for error in answer["errors"]] == [
        {"code": "FORBIDDEN", "dataset": dataset} for dataset in ("daily_streams", "meta_ads", "daily_streams")
    ]
    assert answer["errors"][0]["message"].startswith("Dataset 'daily_streams' does not say whose its rows are")


def test_a_number_says_whose_rows_it_is_made_of(keys: dict[str, str]) -> None:
    with serving(SAMPLE_LAKE, Path(keys["folder"])) as client:
        answer = asking("{ revenue { total { revenueUsd } } }", {}, keys[OWL])(client)
    found = [each for each in answer["extensions"]["lineage"]["limitations"] if each["code"] == "SCOPE_EXCLUDES"]
    assert [each["text"] for each in found] == [
        "Of distrokid_statements only rows of OWL1987 are in this number: the key may see no others."
    ]


def test_the_docs_say_which_datasets_a_scope_sees() -> None:
    rows = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8").splitlines()
    seen, unseen = (
        set(re.findall(r"`([a-z_]+)`", row))
        for start in ("| seen, by the artist", "| not at all, as no row")
        for row in rows
        if row.startswith(start)
    )
    assert seen == {dataset.name for dataset in DATASETS if artist_column(dataset)}
    assert unseen == {dataset.name for dataset in DATASETS if not artist_column(dataset)}
