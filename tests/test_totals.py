"""What the workers of one server count, added up."""

from pathlib import Path

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from bedrot_graph.totals import Totals


def counted(requests: dict[str, int], waiting: int) -> list[Metric]:
    counter = CounterMetricFamily("requests", "How many there were.", labels=["name"])
    for name, count in requests.items():
        counter.add_metric([name], count)
    return [counter, GaugeMetricFamily("waiting", "How many wait.", waiting)]


def told(text: bytes) -> list[str]:
    return [line for line in text.decode().splitlines() if not line.startswith("#")]


def test_the_figures_of_all_are_added_label_by_label(tmp_path: Path) -> None:
    one, other = Totals(tmp_path, 0), Totals(tmp_path, 1)
    other.leave(counted({"a": 10, "b": 1}, waiting=2))
    text = one.text(counted({"a": 1}, waiting=3))
    assert told(text) == ['requests_total{name="a"} 11.0', 'requests_total{name="b"} 1.0', "waiting 5.0"]
    assert b"# TYPE requests_total counter" in text
    assert b"# HELP waiting How many wait." in text


def test_a_worker_tells_its_own_figures_as_they_are_now(tmp_path: Path) -> None:
    totals = Totals(tmp_path, 0)
    totals.leave(counted({"a": 1}, waiting=1))
    assert told(totals.text(counted({"a": 5}, waiting=0))) == ['requests_total{name="a"} 5.0', "waiting 0.0"]


def test_the_next_one_in_the_same_place_counts_on_and_waits_for_itself_only(tmp_path: Path) -> None:
    Totals(tmp_path, 0).leave(counted({"a": 10}, waiting=4))
    after = Totals(tmp_path, 0)
    after.leave(counted({"a": 1}, waiting=1))
    expected = ['requests_total{name="a"} 11.0', "waiting 1.0"]
    assert told(after.text(counted({"a": 1}, waiting=1))) == expected
    assert told(Totals(tmp_path, 1).text([])) == expected


def test_a_file_that_is_none_counts_nothing(tmp_path: Path) -> None:
    (tmp_path / "1.json").write_text('[{"name": "requ', encoding="utf-8")
    assert told(Totals(tmp_path, 0).text(counted({}, waiting=1))) == ["waiting 1.0"]
