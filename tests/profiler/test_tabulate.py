"""From measurements to rows: borders subtracted, sessions pooled, doubts named."""

import pytest

from profiler.measurement import Measurement, Round
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


def measured(operation, *medians_us, state="clean", id="m"):
    """One measurement with a round of three equal samples for each median."""
    rounds = tuple(Round(samples_us=(us,) * 3, state=state) for us in medians_us)
    return Measurement(
        id=id, operation=operation, rounds=rounds, warmups=1, inner_loops=1,
        stop_reason="round_limit",
    )  # fmt: skip


def rows(*measurements):
    return {entry.operation: entry for entry in tabulate(measurements)}


def test_the_border_of_the_operations_here_is_the_border_measured_here():
    assert border_of(POOL) == BORDER


def test_a_row_is_the_latency_of_the_probe_less_that_of_its_border():
    table = rows(measured(POOL, 50.0, 50.0, id="a"), measured(BORDER, 30.0, 30.0, id="b"))

    entry = table[POOL]

    assert (entry.latency_us, entry.border_us) == (20.0, 30.0)
    assert (entry.low_us, entry.high_us) == (20.0, 20.0)
    assert entry.measurement_ids == ("a", "b")
    assert (entry.value_kind, entry.samples, entry.warnings) == ("measured", 6, ())


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


def test_the_sessions_of_an_operation_are_pooled_by_round():
    first = measured(NETWORK, 10.0, 20.0, 30.0, id="first")
    second = measured(NETWORK, 40.0, 50.0, id="second")

    entry = rows(first, second)[NETWORK]

    # the lower quartile of 10, 20, 30, 40, 50, not a mean of one quartile for each session
    assert entry.latency_us == 20.0
    assert (entry.samples, entry.measurement_ids) == (15, ("first", "second"))


def test_contended_rounds_are_left_out_and_named():
    calm = measured(NETWORK, 10.0, 10.0, 10.0, id="calm")
    busy = measured(NETWORK, 90.0, 5.0, state="contended", id="busy")

    entry = rows(calm, busy)[NETWORK]

    assert (entry.latency_us, entry.samples) == (10.0, 9)
    assert entry.warnings == ("contended: 2 of its rounds",)


def test_a_long_bad_session_is_outvoted_by_three_clean_rounds_of_another():
    bad = measured(NETWORK, *[90.0] * 9, state="throttled", id="bad")

    entry = rows(bad, measured(NETWORK, 10.0, 10.0, 10.0, id="clean"))[NETWORK]

    assert entry.latency_us == 10.0


def test_a_row_of_bad_rounds_only_is_kept_and_doubted():
    entry = rows(measured(NETWORK, 90.0, 90.0, state="contended"))[NETWORK]

    assert (entry.latency_us, entry.samples) == (90.0, 6)
    assert entry.warnings == ("contended: 2 of its rounds",)


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

    forwards, backwards = tabulate(measurements), tabulate(reversed(measurements))

    assert forwards == backwards
    keys = [operation_key(entry.operation) for entry in forwards]
    assert keys == sorted(keys)
    assert len(keys) == 3


def test_nothing_measured_is_an_empty_table():
    assert tabulate([]) == ()
