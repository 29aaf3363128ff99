"""From measurements to rows: borders subtracted, sessions pooled, doubts named."""

from dataclasses import replace

import pytest

from profiler.measurement import Build, Energy, EnergyWindow, Measurement, Round
from profiler.operations import (
    Border,
    Cell,
    Head,
    MaxPool,
    Network,
    ResidualConv,
    border_of,
    operation_key,
)
from profiler.tabulate import tabulate

POOL = MaxPool(channels=8, height=4, width=4)
BORDER = Border(channels=(8,), height=4, width=4)
READER = ResidualConv(channels_in=3, channels_out=8, height=4, width=4)
NETWORK = Network(
    height=4,
    width=4,
    channels=(8,),
    cells=(Cell(iteration=0, level=0, inputs=(), candidate="3x3_ResConv"),),
)


def measured(operation, *medians_us, state="clean", id="m", **fields):
    """One measurement with a round of three equal samples for each median."""
    rounds = tuple(Round(samples_us=(us,) * 3, state=state) for us in medians_us)
    return Measurement(
        id=id, operation=operation, rounds=rounds, warmups=1, stop_reason="round_limit",
        **({"inner_loops": 1} | fields),
    )  # fmt: skip


def rows(*measurements):
    """Return the rows of one session."""
    return {entry.operation: entry for entry in tabulate([measurements])}


def rows_of_sessions(*sessions):
    return {entry.operation: entry for entry in tabulate(sessions)}


def test_the_border_of_the_operations_here_is_the_border_measured_here():
    assert border_of(POOL) == BORDER


def test_a_row_is_the_latency_of_the_probe_less_that_of_its_border():
    table = rows(measured(POOL, *[50.0] * 3, id="a"), measured(BORDER, *[30.0] * 3, id="b"))

    entry = table[POOL]

    assert (entry.latency_us, entry.border_us) == (20.0, 30.0)
    assert (entry.low_us, entry.high_us) == (20.0, 20.0)
    assert entry.measurement_ids == ("a", "b")
    assert (entry.value_kind, entry.samples, entry.warnings) == ("measured", 9, ())


def test_the_border_has_a_row_of_its_own_from_which_nothing_is_subtracted():
    table = rows(measured(POOL, 50.0), measured(BORDER, 30.0, id="b"))

    assert (table[BORDER].latency_us, table[BORDER].border_us) == (30.0, 0.0)
    assert table[BORDER].measurement_ids == ("b",)


def test_an_operation_without_its_border_has_no_row():
    table = rows(measured(POOL, 50.0), measured(Border(channels=(9,), height=4, width=4), 30.0))

    assert POOL not in table


@pytest.mark.parametrize("operation", [READER, NETWORK], ids=["reads the image", "network"])
def test_what_has_no_border_is_priced_as_it_was_measured(operation):
    entry = rows(measured(operation, 50.0))[operation]

    assert (entry.latency_us, entry.border_us) == (50.0, 0.0)


def test_an_operation_no_slower_than_its_border_costs_nothing_and_says_so():
    entry = rows(measured(POOL, 29.0), measured(BORDER, 30.0))[POOL]

    assert entry.latency_us == entry.low_us == entry.high_us == 0.0
    assert entry.warnings == ("below_border",)


def test_one_session_says_that_it_saw_no_other():
    entry = rows(measured(NETWORK, 10.0, 11.0, 12.0))[NETWORK]

    assert (entry.sessions, entry.unseen) == (1, ("session",))


def test_several_sessions_are_a_mean_with_the_spread_between_them():
    first = [measured(NETWORK, *[100.0] * 3, id="first")]
    second = [measured(NETWORK, *[110.0] * 3, id="second")]

    entry = rows_of_sessions(first, second)[NETWORK]

    assert (entry.latency_us, entry.sessions, entry.unseen) == (105.0, 2, ())
    # one row alone: variance 50, common 50 / 0.470; t of 5 degrees, root of 1 + 1/2
    variance = (4 * 50.0 / (7 / 9) ** 3 + 50.0) / 5
    half = 2.015 * variance**0.5 * 1.5**0.5
    assert entry.high_us == pytest.approx(105.0 + half, rel=0.01)
    assert (entry.samples, entry.measurement_ids) == (18, ("first", "second"))


def test_a_session_in_which_everything_is_slower_moves_the_difference_only_by_its_share():
    fast = [measured(POOL, *[50.0] * 3, id="a"), measured(BORDER, *[30.0] * 3, id="b")]
    slow = [measured(POOL, *[60.0] * 3, id="c"), measured(BORDER, *[36.0] * 3, id="d")]

    entry = rows_of_sessions(fast, slow)[POOL]

    assert (entry.latency_us, entry.border_us) == (22.0, 33.0)


def test_engine_builds_are_the_outermost_level_where_several_were_seen():
    built = [Build(id=name, seconds=1.0) for name in "xyy"]
    sessions = [
        [measured(NETWORK, *[us] * 3, id=str(us), build=build)]
        for us, build in zip((100.0, 80.0, 90.0), built, strict=True)
    ]

    one_build = rows_of_sessions(*sessions[1:])[NETWORK]
    two_builds = rows_of_sessions(*sessions)[NETWORK]

    assert (one_build.latency_us, one_build.unseen) == (85.0, ("build",))
    assert (two_builds.latency_us, two_builds.unseen) == (92.5, ())


def test_contended_rounds_are_left_out_and_named():
    busy = Round(samples_us=(90.0,), state="contended")
    calm = measured(NETWORK, 10.0, 10.0, 10.0)

    entry = rows(replace(calm, rounds=(*calm.rounds, busy, busy)))[NETWORK]

    assert (entry.latency_us, entry.samples, entry.value_kind) == (10.0, 9, "measured")
    assert entry.warnings == ("contended: 2 of its rounds",)


def test_a_suspect_session_does_not_count_beside_a_clean_one():
    bad = [measured(NETWORK, *[90.0] * 9, state="throttled", id="bad")]
    clean = [measured(NETWORK, 10.0, 10.0, 10.0, id="clean")]

    entry = rows_of_sessions(bad, clean)[NETWORK]

    assert (entry.latency_us, entry.value_kind, entry.sessions) == (10.0, "measured", 1)


def test_a_row_of_bad_rounds_only_is_kept_and_suspect():
    entry = rows(measured(NETWORK, 90.0, 90.0, state="contended"))[NETWORK]

    assert (entry.latency_us, entry.samples, entry.value_kind) == (90.0, 6, "suspect")
    assert entry.warnings == ("contended: 2 of its rounds",)


def test_a_row_is_suspect_if_its_border_is():
    border = measured(BORDER, *[30.0] * 3, state="contended")

    entry = rows(measured(POOL, *[50.0] * 3), border)[POOL]

    assert entry.value_kind == "suspect"


def test_percentiles_need_enough_samples_and_single_executions():
    def entry(samples, loops=1):
        rounds = tuple(Round(samples_us=tuple(range(1, samples + 1))) for _ in range(3))
        one = replace(measured(NETWORK, 1.0, inner_loops=loops), rounds=rounds)
        return rows(one)[NETWORK]

    assert (entry(21).p90_us, entry(22).p90_us) == (None, pytest.approx(20, abs=1))
    assert (entry(220).p99_us, entry(221).p99_us) == (None, pytest.approx(219, abs=1))
    assert (entry(300, loops=4).p90_us, entry(300, loops=4).inner_loops) == (None, 4)


def test_cold_latencies_stand_beside_hot_ones_with_the_cold_border_subtracted():
    def cold(*medians_us):
        return tuple(Round(samples_us=(us,), state="clean") for us in medians_us)

    pool = measured(POOL, *[50.0] * 3, cold=cold(80.0, 80.0, 80.0))
    border = measured(BORDER, *[30.0] * 3, cold=cold(45.0, 45.0, 45.0))

    entry = rows(pool, border)[POOL]

    assert (entry.latency_us, entry.cold_us.value) == (20.0, 35.0)
    assert rows(measured(POOL, 50.0), border)[POOL].cold_us is None


def test_what_nobody_read_is_absent_not_zero():
    entry = rows(measured(NETWORK, 50.0))[NETWORK]

    assert (entry.energy_mj, entry.peak_memory_bytes, entry.cold_us) == (None, None, None)
    assert rows(measured(NETWORK, 50.0, peak_memory_bytes=9))[NETWORK].peak_memory_bytes == 9


def test_energy_is_that_of_the_probe_less_that_of_its_border():
    def energy(millijoules):
        windows = [
            EnergyWindow(executions=n, seconds=1.0, joules=5.0 + n * millijoules / 1e3)
            for n in (10, 20, 10, 20)
        ]
        return Energy(rail="test", windows=tuple(windows))

    pool = measured(POOL, 50.0, energy=energy(7.0))

    entry = rows(pool, measured(BORDER, 30.0, energy=energy(4.0)))[POOL]

    assert entry.energy_mj.value == pytest.approx(3.0)
    assert rows(pool, measured(BORDER, 30.0))[POOL].energy_mj is None


def test_throughput_is_of_the_operations_batch():
    eight = replace(NETWORK, batch=8)

    assert rows(measured(eight, 1_000.0))[eight].images_per_s == 8_000.0


def test_the_interval_of_a_difference_is_wider_than_that_of_either_part():
    probe = measured(POOL, *[100.0 + us for us in range(12)])
    border = measured(BORDER, *[40.0 + us for us in range(12)])

    table = rows(probe, border)

    width = table[POOL].high_us - table[POOL].low_us
    assert table[POOL].latency_us == pytest.approx(60.0)
    assert table[POOL].low_us < 60.0 < table[POOL].high_us
    assert width > table[BORDER].high_us - table[BORDER].low_us


def test_rows_come_in_the_order_of_their_keys_whatever_the_order_of_measuring():
    measurements = [
        measured(POOL, 50.0, id="p"),
        measured(Head(channels=8, height=4, width=4), 45.0, id="h"),
        measured(BORDER, 30.0, id="b"),
    ]

    forwards, backwards = tabulate([measurements]), tabulate([measurements[::-1]])

    assert forwards == backwards
    keys = [operation_key(entry.operation) for entry in forwards]
    assert keys == sorted(keys)
    assert len(keys) == 3


def test_nothing_measured_is_an_empty_table():
    assert tabulate([]) == ()


def test_kernels_of_a_row_are_those_of_the_probe_less_those_of_its_border():
    table = rows(measured(POOL, 30.0, kernels=5), measured(BORDER, 20.0, id="b", kernels=3))

    assert (table[POOL].kernels, table[BORDER].kernels) == (2, 3)


def test_kernels_are_unknown_where_a_border_does_not_tell_its_own():
    table = rows(measured(POOL, 30.0, kernels=5), measured(BORDER, 20.0, id="b"))

    assert table[POOL].kernels is None
