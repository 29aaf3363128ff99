"""The measuring loop, on a device made of numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import chain, count, cycle, repeat

import pytest

from profiler.backends.port import Prepared
from profiler.backends.registry import open_backend
from profiler.device import Device, Environment
from profiler.errors import HnaError, OperationUnsupported
from profiler.measurement import Session, Timer
from profiler.measuring.instruments import Instruments
from profiler.measuring.loop import SENTINEL, measure, with_borders
from profiler.measuring.plan import MeasurementPlan
from profiler.measuring.rounds import Progress
from profiler.operations import Border, Head, MaxPool, Operation, border_of, operation_key

HEAD = Head(channels=8, height=16, width=16)
POOL = MaxPool(channels=8, height=16, width=16)
BORDER = Border(channels=(8,), height=16, width=16)
DEVICE = Device(
    fingerprint="f" * 32,
    model="numbers",
    name="numbers",
    architecture="none",
    cores=1,
    memory_bytes=1,
    system="none",
    simulated=True,
)


class Numbers:
    """A backend whose latencies are what a test says, per operation kind."""

    name = "numbers"
    environment = Environment(runtime="simulated", runtime_version="0", provider="numbers")
    timer = Timer(name="none", resolution_us=0.0, overhead_us=0.0)

    def __init__(self, **latencies_us: Callable[[], Iterator[float]]) -> None:
        self._latencies_us = latencies_us
        self.executions: list[str] = []

    def device(self, machine: Device) -> Device:
        return machine

    @contextmanager
    def prepare(self, operation: Operation):
        if operation == POOL and "max_pool" not in self._latencies_us:
            raise OperationUnsupported("no kernel for max_pool")
        stream = self._latencies_us.get(operation.kind, lambda: repeat(1_000.0))()

        def execute(times: int) -> float:
            self.executions.append(operation_key(operation))
            return next(stream)

        yield Prepared(execute=execute, flush=lambda: self.executions.append("flush"))


def run(backend: Numbers, *operations: Operation, **bounds: float) -> Session:
    plan = MeasurementPlan(**({"min_rounds": 3, "max_rounds": 6, "visit_us": 3_000.0} | bounds))
    return measure(operations, backend, DEVICE, plan)


def of(session: Session, operation: Operation):
    return next(m for m in session.measurements if m.operation == operation)


def test_an_operation_is_measured_with_its_border_and_each_once():
    session = run(Numbers(), HEAD, HEAD)

    assert [m.operation for m in session.measurements] == [BORDER, HEAD]
    assert with_borders([HEAD, HEAD]) == (border_of(HEAD), HEAD)


def test_a_steady_operation_stops_after_the_fewest_rounds_because_of_its_noise():
    session = run(Numbers(), HEAD)

    assert len(of(session, HEAD).rounds) == 3
    assert of(session, HEAD).stop_reason == "noise"


def test_a_noisy_operation_goes_on_to_the_last_round_and_says_so():
    wild = Numbers(head=lambda: cycle([1_000.0, 9_000.0, 2_000.0, 30_000.0, 5_000.0]))

    session = run(wild, HEAD, stabilised=0.0)

    assert len(of(session, HEAD).rounds) == 6
    assert of(session, HEAD).stop_reason == "round_limit"


def test_rounds_that_no_longer_help_end_an_operation_as_stabilised():
    wobbling = Numbers(head=lambda: cycle([1_000.0, 1_300.0, 1_100.0, 1_250.0, 1_050.0]))

    session = run(
        wobbling, HEAD, max_rounds=40, max_noise=0.0, stabilised=10.0, min_samples=1, max_samples=1
    )

    assert of(session, HEAD).stop_reason == "stabilised"
    assert len(of(session, HEAD).rounds) < 40


def test_no_round_begins_after_the_time_limit():
    wild = Numbers(head=lambda: cycle([1_000.0, 9_000.0, 2_000.0, 30_000.0, 5_000.0]))

    session = run(wild, HEAD, time_limit_s=0.0, max_noise=0.0, stabilised=0.0)

    assert len(of(session, HEAD).rounds) == 3
    assert of(session, HEAD).stop_reason == "time_limit"


def test_warm_up_lasts_until_two_executions_agree_and_is_not_kept():
    slow_start = Numbers(head=lambda: chain([9_000.0, 5_000.0, 1_000.0], repeat(1_000.0)))

    session = run(slow_start, HEAD)

    samples = [s for r in of(session, HEAD).rounds for s in r.samples_us]
    assert set(samples) == {1_000.0}
    assert of(session, HEAD).warmups == 4 + 3  # until the two 1000s, then one before each visit


def test_an_operation_shorter_than_the_clock_can_see_is_looped_and_says_so():
    session = run(Numbers(head=lambda: repeat(8.0)), HEAD)

    assert of(session, HEAD).inner_loops == 13  # 100 us / 8 us, rounded up


def test_a_visit_takes_as_many_samples_as_fit_its_time():
    session = run(Numbers(head=lambda: repeat(500.0)), HEAD, visit_us=3_000.0)

    assert {len(r.samples_us) for r in of(session, HEAD).rounds} == {6}


def test_an_operation_without_a_kernel_becomes_a_gap_and_the_rest_is_measured():
    session = run(Numbers(), POOL, HEAD)

    assert [gap.operation for gap in session.gaps] == [POOL]
    assert "no kernel" in session.gaps[0].reason
    assert of(session, HEAD)


def test_the_sentinel_runs_in_every_round_and_its_movement_is_a_warning():
    swinging = Numbers(residual=lambda: cycle([1_000.0, 1_500.0, 1_100.0, 3_000.0, 2_000.0]))

    session = run(swinging, HEAD, min_rounds=6, max_rounds=8, min_samples=1, visit_us=1.0)

    assert operation_key(SENTINEL) in swinging.executions
    assert len(session.sentinel_us) >= 6
    assert session.warnings and session.warnings[0].startswith("sentinel_moved")


def test_operations_are_visited_in_another_order_in_every_round():
    backend = Numbers(max_pool=lambda: repeat(1_000.0))
    operations = [Head(channels=c, height=16, width=16) for c in range(4, 12)]

    run(backend, *operations, min_rounds=4, max_rounds=4, min_samples=1, max_samples=1)

    heads = [key for key in backend.executions if key.startswith("head")]
    visits = heads[-4 * 16 :][::2]  # one warm-up and one sample each
    rounds = [tuple(visits[i : i + 8]) for i in range(0, 32, 8)]
    assert all(sorted(r) == sorted(rounds[0]) for r in rounds)
    assert len(set(rounds)) > 1


def test_progress_is_told_between_visits_and_may_abort():
    seen: list[Progress] = []

    class EnoughError(Exception):
        pass

    def stop_in_round_two(progress: Progress) -> None:
        seen.append(progress)
        if progress.round == 2:
            raise EnoughError

    with pytest.raises(EnoughError):
        measure([HEAD], Numbers(), DEVICE, MeasurementPlan(), on_round=stop_in_round_two)

    assert {p.phase for p in seen} == {"build", "warm_up", "rounds"}


class Watches:
    """A watcher that reads and judges as it is told."""

    watches = "the test"

    def __init__(self, span, reading, state="clean"):
        self.span = span
        self._reading = reading
        self._state = state

    def read(self):
        return self._reading

    def judge(self, before, after):
        return self._state


@pytest.mark.parametrize("span", ["visit", "round"])
def test_what_a_watcher_saw_marks_the_round(span):
    plan = MeasurementPlan(min_rounds=3, max_rounds=3)
    instruments = Instruments(watchers=(Watches(span, 1, "throttled"),))

    session = measure([HEAD], Numbers(), DEVICE, plan, instruments=instruments)

    assert {r.state for m in session.measurements for r in m.rounds} == {"throttled"}


@pytest.mark.parametrize("span", ["visit", "round"])
def test_a_watcher_that_cannot_read_makes_rounds_unverified_and_is_named(span):
    instruments = Instruments(watchers=(Watches(span, None), Watches(span, 1)))

    session = measure(
        [HEAD], Numbers(), DEVICE, MeasurementPlan(max_rounds=10), instruments=instruments
    )

    assert {r.state for m in session.measurements for r in m.rounds} == {"unverified"}
    assert session.unread == ("the test",)


def sentinel_slow_for(executions: range) -> Callable[[], Iterator[float]]:
    """Return a sentinel of 50 us that takes twice as long for some of its executions."""
    counted = count()
    return lambda: (100.0 if next(counted) in executions else 50.0 for _ in count())


def test_visits_beside_a_slow_sentinel_are_contended_and_the_others_are_clean():
    backend = Numbers(residual=sentinel_slow_for(range(300, 500)))

    session = run(backend, HEAD, min_rounds=20, max_rounds=20)

    states = [part.state for part in of(session, HEAD).rounds]
    assert set(states) == {"clean", "contended"}
    assert states.count("contended") < len(states) / 2


def test_an_operation_goes_on_until_enough_rounds_were_undisturbed():
    backend = Numbers(residual=sentinel_slow_for(range(100, 300)))

    session = run(backend, HEAD, min_rounds=6, max_rounds=40)

    states = [part.state for part in of(session, HEAD).rounds]
    assert states.count("clean") == 6
    assert "contended" in states
    assert of(session, HEAD).stop_reason == "noise"


def test_cold_samples_each_begin_with_a_flush_and_stand_apart():
    backend = Numbers()

    session = run(backend, HEAD, cold_samples=2)

    measured = of(session, HEAD)
    assert len(measured.cold) == len(measured.rounds)
    assert all(len(part.samples_us) == 2 for part in measured.cold)
    flushes = [i for i, what in enumerate(backend.executions) if what == "flush"]
    assert all(backend.executions[i + 1] != "flush" for i in flushes)


class Counts:
    """A rail that counts a joule whenever it is read."""

    name = "test"
    step_s = 1.0
    update_s = 0.0

    def __init__(self):
        self._read = count()

    def joules(self):
        return float(next(self._read))


def test_energy_is_counted_after_the_rounds_where_it_is_asked_for_and_a_rail_is_there():
    instruments = Instruments(rails=(Counts(),))
    plan = MeasurementPlan(min_rounds=3, max_rounds=3, energy_s=0.1)

    session = measure([HEAD], Numbers(), DEVICE, plan, instruments=instruments)
    without = measure([HEAD], Numbers(), DEVICE, plan, instruments=Instruments())

    assert of(session, HEAD).energy.rail == "test"
    assert of(without, HEAD).energy is None


def test_a_sample_lasts_a_thousand_steps_of_a_coarse_clock():
    coarse = Numbers(head=lambda: repeat(10.0))
    coarse.timer = Timer(name="ticks", resolution_us=1_000.0, overhead_us=0.0)

    session = run(coarse, HEAD)

    assert of(session, HEAD).inner_loops == 100_000
    assert session.timer == coarse.timer


def test_conditions_are_read_before_after_and_once_a_round():
    session = run(Numbers(), HEAD)

    assert len(session.during) == len(session.sentinel_us)
    assert session.before.at <= session.during[0].at <= session.after.at


def test_nothing_to_measure_is_an_error():
    with pytest.raises(HnaError, match="no operation"):
        measure([], Numbers(), DEVICE, MeasurementPlan())


def test_bounds_that_contradict_each_other_are_refused():
    with pytest.raises(HnaError, match="min_rounds=9"):
        MeasurementPlan(min_rounds=9, max_rounds=4)


def test_the_simulated_backend_repeats_itself_with_one_seed_and_not_with_another():
    def samples(seed: int) -> list[float]:
        backend = open_backend("simulated", seed=seed)
        session = measure([HEAD], backend, DEVICE, MeasurementPlan(max_rounds=10))
        return [s for m in session.measurements for r in m.rounds for s in r.samples_us]

    assert samples(1) == samples(1)
    assert samples(1) != samples(2)
