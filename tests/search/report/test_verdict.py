"""The first words of the report, for good and for bad results."""

from __future__ import annotations

from search.report.verdict import verdict_of


def test_a_network_under_its_budget_and_near_its_prediction_holds():
    verdict = verdict_of(_result(predicted=98.0, measured=100.0, interval=[99.0, 102.0]))

    assert verdict.outcome == "held"
    assert (
        verdict.headline == "The searched network is under its budget, with 20.0\u202f% to spare."
    )
    assert "2.0\u202f% below the measurement, within 5\u202f%" in verdict.sentences[0]


def test_a_network_over_its_budget_is_said_to_be_over_it_by_how_much():
    verdict = verdict_of(_result(predicted=120.0, measured=150.0, interval=[140.0, 160.0]))

    assert verdict.outcome == "failed"
    assert verdict.headline == "The searched network is over its budget by 20.0\u202f%."
    assert "20.0\u202f% below the measurement, not within 10\u202f%" in verdict.sentences[0]


def test_a_network_over_its_budget_whose_interval_reaches_under_it_says_so():
    verdict = verdict_of(_result(predicted=120.0, measured=130.0, interval=[120.0, 140.0]))

    assert verdict.outcome == "failed"
    assert "its interval reaches under it" in verdict.headline


def test_an_interval_that_reaches_over_the_budget_is_a_doubt():
    verdict = verdict_of(_result(predicted=120.0, measured=122.0, interval=[118.0, 131.0]))

    assert verdict.outcome == "doubtful"
    assert "its interval reaches over it" in verdict.headline


def test_a_prediction_7_percent_above_the_measurement_is_a_doubt_even_under_the_budget():
    verdict = verdict_of(_result(predicted=107.0, measured=100.0, interval=[99.0, 101.0]))

    assert verdict.outcome == "doubtful"
    assert "7.0\u202f% above the measurement, within 10\u202f%" in verdict.sentences[0]


def test_a_network_that_was_not_measured_has_no_verdict_on_its_latency():
    verdict = verdict_of(_result(predicted=120.0, measured=None, interval=None))

    assert verdict.outcome == "doubtful"
    assert verdict.headline == "The searched network was not measured."


def _result(*, predicted: float, measured: float | None, interval: list[float] | None):
    return {
        "budget_us": 125.0,
        "predicted_us": predicted,
        "measured_us": measured,
        "measured_interval_us": interval,
    }
