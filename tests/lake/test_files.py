import os
import sys
from pathlib import Path

import pytest

from bedrot_graph.lake.catalogue import DATASETS, STATEMENTS
from bedrot_graph.lake.dataset import Dataset
from bedrot_graph.lake.files import candidates, holds_known_file, read_settled, stamp, version_of
from tests.lake.sales import SALES


def preferred(folder: Path, *names: str) -> list[str]:
    for name in names:
        (folder / name).write_text("content", encoding="utf-8")
    return order(folder, SALES)


def order(folder: Path, dataset: Dataset) -> list[str]:
    """The names in the order in which they are tried."""
    found = candidates(folder, dataset)
    return [each.version.name for form in dataset.forms for each in found.of(form)]


@pytest.mark.parametrize(
    ("name", "moment"),
    [
        ("sales_20250907_141945.csv", "20250907141945"),
        ("sales_20250907T141945.csv", "20250907141945"),
        ("sales_20250907-141945.csv", "20250907141945"),
        ("sales_20250907.csv", "20250907000000"),
        ("sales_2025-09-07.csv", "20250907000000"),
        ("sales_20250907_141945 (1).csv", "20250907141945"),
        ("DistroKid_1757240000000.tsv", "20250907101320"),
        ("DistroKid_1757240000.tsv", "20250907101320"),
        ("sales_70799.csv", ""),
        ("sales_198000000000.csv", ""),
        ("sales_latest.csv", ""),
    ],
)
def test_the_stamp_in_a_name_is_a_moment(name: str, moment: str) -> None:
    assert stamp(name) == moment


def test_the_newest_stamp_wins(tmp_path: Path) -> None:
    names = ["sales_20250801_000000.csv", "sales_20250907T141945.csv", "sales_20250907_141944.csv", "sales_old.csv"]
    assert preferred(tmp_path, *names) == [names[1], names[2], names[0], names[3]]


def test_the_time_on_disk_decides_nothing(tmp_path: Path) -> None:
    preferred(tmp_path, "sales_20250801_000000.csv", "sales_20250907_000000.csv")
    os.utime(tmp_path / "sales_20250907_000000.csv", (0, 0))
    assert order(tmp_path, SALES)[0] == "sales_20250907_000000.csv"


def test_a_file_of_an_earlier_form_wins_over_any_stamp(tmp_path: Path) -> None:
    assert preferred(tmp_path, "sales_20250907_000000.csv", "sales.csv")[0] == "sales.csv"


def test_names_match_without_case(tmp_path: Path) -> None:
    assert preferred(tmp_path, "SALES.CSV") == ["SALES.CSV"]


@pytest.mark.parametrize(
    "name", ["~$sales.csv", ".~lock.sales.csv#", ".sales.csv", "sales.csv.bak", "resales.csv", "sales_1.xlsx", "sales"]
)
def test_other_names_are_never_opened(tmp_path: Path, name: str) -> None:
    assert preferred(tmp_path, name) == []
    assert candidates(tmp_path, SALES).passed_over == ()


def test_a_folder_with_a_matching_name_is_passed_over_with_a_reason(tmp_path: Path) -> None:
    (tmp_path / "sales.csv").mkdir()
    found = candidates(tmp_path, SALES)
    assert found.files == ()
    assert [(each.name, each.reason) for each in found.passed_over] == [("sales.csv", "it is not a file")]


@pytest.mark.skipif(sys.platform == "win32", reason="needs links and pipes")
def test_links_that_lead_nowhere_and_pipes_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / "sales.csv").symlink_to(tmp_path / "gone.csv")
    (tmp_path / "sales_1.csv").symlink_to(tmp_path / "sales_1.csv")
    os.mkfifo(tmp_path / "sales_2.csv")
    found = candidates(tmp_path, SALES)
    assert found.files == ()
    assert len(found.passed_over) == 3


@pytest.mark.skipif(sys.platform != "linux", reason="other systems know no such names")
def test_a_name_that_is_no_text_can_be_shown(tmp_path: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/sales_\xff.csv"))
    path.write_text("content", encoding="utf-8")
    found = candidates(tmp_path, SALES)
    assert [each.path for each in found.files] == [path]
    assert found.files[0].version.name == "sales_?.csv"


def test_a_card_statement_belongs_to_no_dataset(tmp_path: Path) -> None:
    (tmp_path / "capitol_one_purchases.csv").write_text("Date,Amount\n", encoding="utf-8")
    assert not holds_known_file(tmp_path, DATASETS)


def test_a_raw_export_is_a_known_file(tmp_path: Path) -> None:
    (tmp_path / "DistroKid_1757240000000.tsv").write_text("", encoding="utf-8")
    assert holds_known_file(tmp_path, DATASETS)


def test_a_folder_that_cannot_be_listed_holds_nothing_known(tmp_path: Path) -> None:
    assert not holds_known_file(tmp_path / "nowhere", DATASETS)


def test_the_curated_statements_win_over_raw_exports(tmp_path: Path) -> None:
    names = ["DistroKid_1757240000000.tsv", "dk_bank_details_20250908_000000.tsv", "dk_bank_details.csv"]
    for name in names:
        (tmp_path / name).write_text("", encoding="utf-8")
    assert order(tmp_path, STATEMENTS) == [names[2], names[1], names[0]]


def test_a_version_changes_with_the_file(tmp_path: Path) -> None:
    path = tmp_path / "sales.csv"
    path.write_text("one", encoding="utf-8")
    before = version_of(path, "sales.csv")
    assert version_of(path, "sales.csv") == before
    path.write_text("three", encoding="utf-8")
    assert version_of(path, "sales.csv") != before
    assert before.size_bytes == 3


def test_a_file_that_is_replaced_by_one_of_the_same_size_and_time_is_another_version(tmp_path: Path) -> None:
    path, other = tmp_path / "sales.csv", tmp_path / "other"
    for each in (path, other):
        each.write_text("same", encoding="utf-8")
        os.utime(each, (1, 1))
    before = version_of(path, "sales.csv")
    other.replace(path)
    assert version_of(path, "sales.csv") != before


def test_a_file_that_holds_still_is_settled(tmp_path: Path) -> None:
    path = tmp_path / "sales.csv"
    path.write_bytes(b"content")
    data, version, is_settled = read_settled(path, "sales.csv", lambda file: file.read())
    assert (data, version.size_bytes, is_settled) == (b"content", 7, True)


@pytest.mark.skipif(sys.platform != "linux", reason="needs a file that lies about its size")
def test_a_file_that_is_longer_than_it_says_is_not_settled() -> None:
    _, _, is_settled = read_settled(Path("/proc/self/status"), "status", lambda file: file.read())
    assert not is_settled
