"""When files that have changed may be read: once they lie still, and end as they should."""

import io
import os
import zipfile
from pathlib import Path

import polars as pl
import pytest

from bedrot_graph.lake.files import seen
from bedrot_graph.lake.writing import Writing
from tests.lake.sales import HEADER, SALES
from tests.lake.test_current import Clock


def zipped() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("sales.csv", HEADER * 20)
    return file.getvalue()


def parquet() -> bytes:
    file = io.BytesIO()
    pl.DataFrame({"day": ["2025-01-01"], "store": ["Spotify"], "usd": ["1"]}).write_parquet(file)
    return file.getvalue()


class Folder:
    """A folder of sales that has been read, as it is at some time."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.clock = folder, Clock()
        self._writing = Writing(self.clock)
        self.before = seen(folder, SALES)

    def is_over(self, after: float = 0) -> bool:
        """Whether files may be read so many seconds later; nobody has looked between."""
        self.clock.now += after
        return self._writing.is_over(SALES, self.before, seen(self.folder, SALES))

    def is_over_after(self, *steps: float) -> float:
        """After how many seconds of those they may be read, looked at each time; infinity where never."""
        gone = 0.0
        for step in steps:
            gone += step
            if self.is_over(step):
                return gone
        return float("inf")


@pytest.fixture
def lake(tmp_path: Path) -> Folder:
    (tmp_path / "sales.csv").write_text(HEADER, encoding="utf-8")
    return Folder(tmp_path)


WHOLE = {
    "a last line that ends": HEADER.encode(),
    "as on Windows": HEADER.replace("\n", "\r\n").encode(),
    "as on an old Mac": HEADER.replace("\n", "\r").encode(),
    "UTF-16": HEADER.encode("utf-16"),
    "UTF-16, the other way": HEADER.encode("utf-16-be"),
    "an archive": zipped(),
    "Parquet": parquet(),
}
TORN = {
    "nothing yet": b"",
    "half of a line": (HEADER + "2025-01-01,Spot").encode(),
    "a line that may go on": (HEADER + "2025-01-01,Spotify,1,2").encode(),
    "half of a line in UTF-16": (HEADER + "2025").encode("utf-16"),
    "half of an archive": zipped()[:-40],
    "Parquet without its end": parquet()[:-9],
    "the beginning of Parquet": b"PAR1",
}


@pytest.mark.parametrize("content", WHOLE.values(), ids=WHOLE)
def test_a_file_that_is_whole_is_read_when_it_has_lain_still(content: bytes, lake: Folder) -> None:
    (lake.folder / "sales.csv").write_bytes(content)
    (lake.folder / "sales_2.csv").write_bytes(content)
    assert lake.is_over_after(0, 0.25, 0.25) == 0.5


@pytest.mark.parametrize("content", TORN.values(), ids=TORN)
def test_a_file_that_is_torn_waits_for_its_rest(content: bytes, lake: Folder) -> None:
    (lake.folder / "sales.csv").write_bytes(content)
    assert lake.is_over_after(0, 1, 3.5, 1) == 5.5


def test_a_file_whose_room_is_not_filled_is_waited_for(lake: Folder) -> None:
    (lake.folder / "sales.csv").write_bytes(HEADER.encode() + bytes(100))
    assert lake.is_over_after(0, 30, 29, 2) == 61
    lake.before = seen(lake.folder, SALES)
    (lake.folder / "sales.csv").write_bytes(b"PAR1" + bytes(100))
    assert lake.is_over_after(0, 30) == float("inf")


def test_a_file_that_grows_is_not_read_until_it_lies_still(lake: Folder) -> None:
    for _ in range(20):
        with (lake.folder / "sales.csv").open("a", encoding="utf-8") as file:
            file.write("2025-01-01,Spotify,1,2\n")
        assert not lake.is_over(0.4)
    assert lake.is_over(0.5)


def test_a_file_that_is_written_for_ever_is_read_at_last_and_then_again(lake: Folder) -> None:
    def is_over_after() -> int:
        for seconds in range(100):
            os.utime(lake.folder / "sales.csv", (lake.clock.now, lake.clock.now))
            if lake.is_over(1):
                lake.before = seen(lake.folder, SALES)  # it is read
                return seconds
        return 100

    assert is_over_after() == 60
    assert is_over_after() == 60


def test_of_many_files_each_has_to_lie_still(lake: Folder) -> None:
    for number in range(5):
        (lake.folder / f"sales_{number}.csv").write_text(HEADER, encoding="utf-8")
        assert not lake.is_over(0.4)
    assert lake.is_over(0.5)


def test_a_file_that_goes_while_another_stays_is_gone_soon(lake: Folder) -> None:
    (lake.folder / "sales_2.csv").write_text(HEADER, encoding="utf-8")
    lake.before = seen(lake.folder, SALES)
    (lake.folder / "sales.csv").unlink()
    assert lake.is_over_after(0, 0.25, 0.25) == 0.5


def test_the_last_file_and_the_folder_may_come_back(lake: Folder) -> None:
    (lake.folder / "sales.csv").unlink()
    assert lake.is_over_after(0, 4.5, 1) == 5.5
    lake.before = seen(lake.folder, SALES)
    (lake.folder / "sales.csv").write_text(HEADER, encoding="utf-8")
    assert lake.is_over_after(0, 0.6) == 0.6
    lake.before = seen(lake.folder, SALES)
    lake.folder.rename(lake.folder.with_name("elsewhere"))
    assert lake.is_over_after(0, 4.5, 1) == 5.5


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="Whoever may read everything is refused nothing.")
def test_a_file_that_nobody_may_read_is_waited_for(lake: Folder) -> None:
    (lake.folder / "sales.csv").chmod(0)
    assert lake.is_over_after(0, 30, 29, 2) == 61
