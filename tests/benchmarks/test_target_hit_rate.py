"""What counts as a hit, and what ``python -m benchmarks.target_hit_rate`` makes of it."""

from importlib import import_module

import pytest

from search.meeting.met import Attempt, Met


@pytest.fixture
def benchmark(root):
    return import_module("benchmarks.target_hit_rate")


@pytest.fixture
def shot(benchmark):
    attempt = Attempt(
        round=1, operations=("a",), score=0.0, predicted_us={"m": 1.0}, corrected_us={"m": 1.0},
        measured_us={"m": 1.0}, verdict="held",
    )  # fmt: skip
    met = Met(
        attempts=(attempt,), chosen=(0,), corrections={"m": 1.0}, drifts={"m": 1.0}, rounds=1,
        sittings=2,
    )  # fmt: skip

    def shot(search_us, naive_us, pace=1.0):
        measured = {"search": search_us, "table": 900.0, "naive": naive_us}
        return benchmark.Shot(
            target_us=1000.0, predicted_us=980.0, measured_us=measured,
            as_sampled_us={way: us * pace for way, us in measured.items()}, met=met,
            seconds=30.0, seconds_scoring=10.0,
        )  # fmt: skip

    return shot


@pytest.mark.parametrize(
    ("measured_us", "hits"), [(949.0, False), (951.0, True), (1049.0, True), (1051.0, False)]
)
def test_a_hit_is_within_5_percent_on_either_side(shot, measured_us, hits):
    assert shot(measured_us, 1000.0).hits("search") is hits


def test_the_rates_are_of_all_searches_beside_those_of_the_naive_way(benchmark, shot):
    shots = [shot(980.0, 1100.0), shot(1000.0, 990.0), shot(960.0, 1200.0), shot(1070.0, 1010.0)]

    by_name = {figure.name: figure for figure in benchmark.figures(shots)}

    rate, miss = by_name["hit_rate"], by_name["largest_miss"]
    assert (rate.figure, rate.baseline, rate.holds) == (0.75, 0.5, False)
    assert (miss.figure, miss.baseline) == (pytest.approx(0.07), pytest.approx(0.2))
    assert by_name["search_minutes"].figure == pytest.approx(2.0)


def test_hits_are_counted_of_the_samples_as_they_are_as_well(benchmark, shot):
    shots = [shot(980.0, 1100.0), shot(980.0, 1100.0, pace=0.9)]

    by_name = {figure.name: figure for figure in benchmark.figures(shots)}

    assert by_name["hit_rate"].figure == 1.0
    sampled = by_name["hit_rate_as_sampled"]
    assert (sampled.figure, sampled.baseline, sampled.holds) == (0.5, 0.5, False)
