"""Questions about payments and stream rates, asked through the real application."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from bedrot_graph.graph.dictionary import measured_fields
from bedrot_graph.schema import schema
from tests.lakes import SAMPLE_LAKE, STATEMENTS_FILE, STREAMS_FILE

Ask = Callable[..., dict[str, Any]]
Serve = Callable[..., TestClient]

TYPES = {"Payments", "PaymentMonth", "PaymentLag", "PaymentLagShare", "PlatformLag", "StreamRate"}
QUESTIONS = Path(__file__).parent.parent.parent / "questions"


def question(number: str) -> str:
    return next(QUESTIONS.glob(f"{number}-*.graphql")).read_text(encoding="utf-8")


def limitations(answer: dict[str, Any]) -> set[str]:
    return {each["code"] for each in answer["extensions"]["lineage"]["limitations"]}


def test_04_what_months_should_have_paid_and_have(ask: Ask) -> None:
    answer = ask(question("04"), period={"dates": {"from": "2025-06-01", "to": "2025-08-31"}})
    payments = answer["data"]["payments"]
    june, july, august = payments["months"]
    assert {name: value for name, value in june.items() if name != "platforms"} == {
        "month": "2025-06-01",
        "status": "PAID",
        "dueDate": "2025-08-31",
        "complete": True,
        "coverage": pytest.approx(0.9876742340),
        "actualUsd": 197.77590876,
        "comparableUsd": 185.00346691,
        "expectedUsd": 182.782145214614,
        "expectedAtReferenceRatesUsd": 148.458454,
        "varianceUsd": 2.221321695386,
        "pendingUsd": 0,
        "estimatedOtherUsd": 79.472241279151,
        "spotifyStreams": 84238,
        "appleStreams": 3810,
        "totalStreams": 88048,
        "transactions": 813,
    }
    assert july["platforms"] == ["Apple Music", "YouTube (Ads)", "YouTube (Red)", "iTunes Match", "iTunes Songs"]
    assert (july["status"], july["dueDate"], july["varianceUsd"]) == ("PARTIAL", "2025-09-30", None)
    assert (july["comparableUsd"], july["pendingUsd"]) == (14.87133171, 176.459175677281)
    assert (august["status"], august["actualUsd"], august["pendingUsd"]) == ("PENDING", None, 186.922736028413)
    assert (august["platforms"], august["transactions"], august["coverage"]) == ([], 0, 0)
    assert (payments["latestCompleteMonth"], payments["pendingUsd"], payments["overdueUsd"]) == (
        "2025-06-01",
        363.381911705694,
        0,
    )


def test_04_says_what_the_numbers_cannot_tell(ask: Ask) -> None:
    assert limitations(ask(question("04"))) == {
        "PENDING_PAYMENT",
        "PARTIAL_PERIOD",
        "ESTIMATE_NOT_AVAILABLE",
        "SAMPLE_DATA",
        "ESTIMATED",
        "PAYMENT_DELAY",
        "TOOLOST_NO_REVENUE",
        "NO_ARTIST_ATTRIBUTION",
        "SPOTIFY_DOUBLE_COUNT",
    }


def test_04_how_long_payments_take(ask: Ask) -> None:
    lag = ask(question("04"))["data"]["payments"]["lag"]
    assert {name: lag[name] for name in ("meanMonths", "medianMonths", "mostCommonMonths", "transactions")} == {
        "meanMonths": 1.724,
        "medianMonths": 2,
        "mostCommonMonths": 2,
        "transactions": 11000,
    }
    assert lag["revenueWeightedMonths"] == pytest.approx(1.858185896)
    assert [row["transactions"] for row in lag["distribution"]] == [3241, 7556, 201, 2]
    assert lag["byPlatform"][2] == {"platform": "Apple Music", "mostCommonMonths": 1}


def test_05_what_a_stream_brings(ask: Ask) -> None:
    rates = ask(question("05"))["data"]["streamRates"]
    assert rates[0] == {
        "platformGroup": "Spotify",
        "observedUsd": 0.002872909152,
        "observedGrossUsd": 0.00290832727,
        "referenceUsd": 0.002274,
        "usedUsd": 0.002872909152,
        "basis": "OBSERVED",
        "streams": 598888,
    }
    assert [rate["platformGroup"] for rate in rates] == [
        "Spotify",
        "Apple",
        "YouTube",
        "TikTok",
        "Meta",
        "Tidal",
        "Amazon",
        "Deezer",
        "Other",
        "Pandora",
    ]


def test_as_of_a_day_after_its_due_date_july_is_overdue(ask: Ask) -> None:
    query = """query ($asOf: Date) {
      payments(period: { dates: { from: "2025-07-01", to: "2025-07-31" } }, asOf: $asOf) {
        months { status } pendingUsd overdueUsd
      }
    }"""
    on_time, late = (ask(query, asOf=day)["data"]["payments"] for day in ("2025-09-30", "2025-10-01"))
    assert on_time == {"months": [{"status": "PARTIAL"}], "pendingUsd": 176.459175677281, "overdueUsd": 0}
    assert late == {"months": [{"status": "OVERDUE"}], "pendingUsd": 0, "overdueUsd": 176.459175677281}


def test_the_same_question_about_another_period_or_day_has_another_answer(ask: Ask) -> None:
    answer = ask("""{
      year: streamRates { streams }
      two: streamRates(period: { dates: { from: "2025-05-01", to: "2025-06-30" } }) { streams }
      before: streamRates(asOf: "2025-01-01") { streams }
    }""")
    assert {name: rates[0]["streams"] for name, rates in answer["data"].items()} == {
        "year": 598888,
        "two": 124818,
        "before": 296602,
    }


EVERYTHING = "{ payments { latestCompleteMonth pendingUsd } streamRates { usedUsd } }"


@pytest.mark.parametrize(
    ("missing", "data", "paths"),
    [
        (STATEMENTS_FILE, {"payments": None, "streamRates": None}, [["payments"], ["streamRates"]]),
        (STREAMS_FILE, {"payments": {"latestCompleteMonth": "2025-06-01", "pendingUsd": None}}, [["payments"]]),
    ],
    ids=["statements", "daily streams"],
)
def test_what_is_missing_is_an_error_and_not_an_empty_list(
    missing: str, data: dict[str, Any], paths: list[list[str]], serve: Serve, tmp_path: Path
) -> None:
    for name in {STATEMENTS_FILE, STREAMS_FILE} - {missing}:
        shutil.copy(SAMPLE_LAKE / name, tmp_path)
    answer = serve(tmp_path).post("/graphql", json={"query": EVERYTHING}).json()
    assert {name: answer["data"][name] for name in data} == data
    assert [error["path"] for error in answer["errors"]] == paths
    assert {error["extensions"]["code"] for error in answer["errors"]} == {"DATASET_UNAVAILABLE"}


def test_a_period_that_ends_before_it_begins_is_an_error(ask: Ask) -> None:
    answer = ask('{ payments(period: { dates: { from: "2025-07-01", to: "2025-06-01" } }) { pendingUsd } }')
    assert answer["data"] == {"payments": None}
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["INVALID_PERIOD"]


MEASURES = {
    measured.coordinate: measured.measure for measured in measured_fields(schema()) if measured.type_name in TYPES
}


@pytest.mark.parametrize("coordinate", sorted(MEASURES))
def test_every_number_is_declared_in_words(coordinate: str) -> None:
    assert MEASURES[coordinate].meaning.endswith(".")
    assert MEASURES[coordinate].method.endswith(".")


def test_what_is_expected_says_that_it_is_an_estimate() -> None:
    estimated = {
        coordinate for coordinate, measure in MEASURES.items() if "ESTIMATED" in {each.code for each in measure.caveats}
    }
    assert estimated == {
        "PaymentMonth.expectedUsd",
        "PaymentMonth.expectedAtReferenceRatesUsd",
        "PaymentMonth.varianceUsd",
        "PaymentMonth.pendingUsd",
        "PaymentMonth.estimatedOtherUsd",
        "Payments.pendingUsd",
        "Payments.overdueUsd",
    }
