"""Energy windows, taken of operations that only let a clock go on."""

import pytest

from profiler.backends.port import Prepared
from profiler.energy.estimate import millijoules
from profiler.energy.rails import CountingRail
from profiler.energy.windows import MIN_PAIRS, PAIRS, take_windows

LATENCY_US = 500.0


class Bench:
    """An operation of 2 mJ on a rail of 10 W that also pays 0.3 J for every window."""

    def __init__(self, step_s=1.0, update_s=0.01):
        self.executed = []
        self.calls = 0
        self.gone_after = None
        self._joules = 7.0
        self.rail = CountingRail(
            name="bench:total", read_j=self._read, step_s=step_s, update_s=update_s
        )
        self.prepared = Prepared(execute=self._execute)

    def _execute(self, times):
        self.executed.append(times)
        self._joules += times * 2e-3
        return LATENCY_US

    def _read(self):
        self.calls += 1
        if self.gone_after is not None and self.calls > self.gone_after:
            return None
        return self._joules


def test_windows_are_pairs_of_a_short_one_and_one_twice_as_long():
    bench = Bench()

    energy = take_windows(bench.prepared, bench.rail, 3.0, LATENCY_US)

    pairs = [
        sorted(w.executions for w in energy.windows[n : n + 2])
        for n in range(0, len(energy.windows), 2)
    ]
    assert energy.rail == "bench:total"
    assert pairs == [[200, 400]] * PAIRS  # 3 s are 6000 executions, in 10 pairs of 1 + 2 parts


def test_the_order_within_pairs_is_random_and_reproducible():
    first, again, other = (
        take_windows(Bench().prepared, Bench().rail, 3.0, LATENCY_US, seed) for seed in (1, 1, 2)
    )

    def order(energy):
        return [window.executions for window in energy.windows]

    assert order(first) == order(again) != order(other)


def test_a_rail_is_read_as_often_as_it_asks_for():
    bench = Bench(step_s=0.01)  # 20 executions

    take_windows(bench.prepared, bench.rail, 3.0, LATENCY_US)

    assert max(bench.executed) == 20
    assert sum(bench.executed) == PAIRS * 600


def test_a_rail_that_is_updated_seldom_gets_fewer_and_longer_windows():
    bench = Bench(update_s=0.1)

    energy = take_windows(bench.prepared, bench.rail, 3.0, LATENCY_US)

    assert len(energy.windows) == 2 * MIN_PAIRS
    assert min(window.executions for window in energy.windows) == 400


def test_an_operation_longer_than_its_share_is_executed_once_and_twice():
    bench = Bench()

    energy = take_windows(bench.prepared, bench.rail, 1.0, latency_us=900_000.0)

    assert sorted({window.executions for window in energy.windows}) == [1, 2]
    assert len(energy.windows) == 2 * MIN_PAIRS


@pytest.mark.parametrize("calls", [0, 1, 5])
def test_a_rail_that_stops_being_readable_leaves_nothing_half_counted(calls):
    bench = Bench()
    bench.gone_after = calls

    assert take_windows(bench.prepared, bench.rail, 3.0, LATENCY_US) is None


def test_the_energy_of_an_operation_comes_back():
    bench = Bench()

    energy = take_windows(bench.prepared, bench.rail, 3.0, LATENCY_US)

    assert millijoules(energy).value == pytest.approx(2.0)
