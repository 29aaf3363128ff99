"""The energy of one execution, from windows whose truth is known."""

import numpy as np
import pytest

from profiler.energy.estimate import millijoules
from profiler.errors import HnaError
from profiler.measurement import Energy, EnergyWindow


def windows(*counted):
    return Energy(
        rail="rapl:package-0",
        windows=tuple(EnergyWindow(executions=n, seconds=n / 1e3, joules=j) for n, j in counted),
    )


def drawn(generator, truth_mj=5.0, offset_j=0.8, noise_j=0.05, pairs=10):
    """Windows of 100 and 200 executions, each with what starting costs and with noise."""
    counted = []
    for _ in range(pairs):
        sizes = generator.permutation([100, 200])
        noise = generator.normal(0, noise_j, 2)
        counted += [
            (int(n), offset_j + n * truth_mj / 1e3 + e) for n, e in zip(sizes, noise, strict=True)
        ]
    return windows(*counted)


def test_what_every_window_pays_is_not_in_the_energy():
    energy = windows((100, 1.5), (200, 2.0), (200, 2.0), (100, 1.5))  # 1 J and 5 mJ each

    assert millijoules(energy).value == pytest.approx(5.0)


def test_windows_without_noise_have_an_interval_of_no_width():
    energy = windows((100, 1.5), (200, 2.0), (100, 1.5), (200, 2.0))

    assert millijoules(energy).low == millijoules(energy).high == pytest.approx(5.0)


def test_the_interval_holds_the_truth_nine_times_of_ten():
    generator = np.random.default_rng(4)
    intervals = [millijoules(drawn(generator)) for _ in range(400)]

    held = sum(q.low <= 5.0 <= q.high for q in intervals) / len(intervals)

    assert 0.86 <= held <= 0.95


def test_half_as_many_pairs_still_hold_it():
    generator = np.random.default_rng(5)
    intervals = [millijoules(drawn(generator, pairs=5)) for _ in range(400)]

    held = sum(q.low <= 5.0 <= q.high for q in intervals) / len(intervals)

    assert 0.84 <= held <= 0.96


def test_the_value_is_not_biased_by_noise_and_offset():
    generator = np.random.default_rng(6)
    values = [millijoules(drawn(generator, offset_j=50.0)).value for _ in range(400)]

    assert np.mean(values) == pytest.approx(5.0, rel=0.005)


def test_more_noise_makes_a_wider_interval():
    calm = millijoules(drawn(np.random.default_rng(7), noise_j=0.01))
    loud = millijoules(drawn(np.random.default_rng(7), noise_j=0.2))

    assert loud.high - loud.low > 10 * (calm.high - calm.low)


def test_an_estimate_holds_plain_numbers():
    quantity = millijoules(drawn(np.random.default_rng(9)))

    assert {type(end) for end in (quantity.value, quantity.low, quantity.high)} == {float}


def test_the_same_windows_have_the_same_interval():
    energy = drawn(np.random.default_rng(8))

    assert millijoules(energy) == millijoules(energy)


@pytest.mark.parametrize(
    "energy",
    [windows(), windows((100, 1.0), (200, 2.0)), windows(*[(100, 1.0)] * 4)],
    ids=["none", "one pair", "equal windows"],
)
def test_windows_that_are_no_pairs_are_refused(energy):
    with pytest.raises(HnaError, match="at least two such pairs"):
        millijoules(energy)
