"""What only shows when rows are seen together."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from profiler.lint import lint
from profiler.operations import InvertedConv, MaxPool, ResidualConv
from profiler.table import Entry


def of_kernel(kernel, latency_us, **fields):
    operation = InvertedConv(
        channels_in=16, channels_out=16, height=32, width=32, kernel=kernel, expansion=3
    )
    return Entry(operation=operation, latency_us=latency_us, **fields)


def of_channels(channels, latency_us):
    return Entry(operation=MaxPool(channels=channels, height=32, width=32), latency_us=latency_us)


def known(half_us, latency_us):
    return {"low_us": latency_us - half_us, "high_us": latency_us + half_us}


def test_a_larger_kernel_that_costs_less_is_found(make, found):
    small = of_kernel(3, 140.0, **known(2.0, 140.0))
    big = of_kernel(5, 100.0, **known(2.0, 100.0))

    (finding,) = found(make.of(small, big), "monotonicity")

    assert finding.keys == (small.key, big.key)


def test_the_same_difference_inside_the_intervals_is_noise(make, found):
    small = of_kernel(3, 140.0, **known(40.0, 140.0))
    big = of_kernel(5, 100.0, **known(40.0, 100.0))

    assert found(make.of(small, big), "monotonicity") == []


def test_a_projection_that_falls_away_is_no_defect(make, found):
    def row(channels_in, latency_us):
        operation = ResidualConv(channels_in=channels_in, channels_out=32, height=16, width=16)
        return Entry(operation=operation, latency_us=latency_us, **known(0.1, latency_us))

    assert found(make.of(row(16, 54.0), row(32, 47.0)), "monotonicity") == []


def test_equal_numbers_under_two_keys_are_a_copy(make, found):
    table = make.of(make.foreign("a", 309.6415478615071), make.foreign("b", 309.6415478615071))

    (finding,) = found(table, "copied")

    assert len(finding.keys) == 2


def test_equal_numbers_that_are_coarsely_written_are_chance(make, found):
    draw = np.random.default_rng(0)
    rows = [make.foreign(f"n{i}", float(draw.integers(1000, 9999))) for i in range(300)]

    assert len({row.latency_us for row in rows}) < 300
    assert found(make.of(*rows), "copied") == []


def test_a_name_written_in_two_ways_is_one_operation(make, found):
    names = ("ff_H32_W64_C256", "FF-h32-w64-c256")
    rows = [make.foreign(name, 5.0 + i, "fasterseg") for i, name in enumerate(names)]

    (finding,) = found(make.of(*rows), "named-twice")

    assert finding.severity == "warning"


def test_rows_on_one_line_are_interpolated_and_its_ends_are_not(make, found):
    rows = [of_channels(8 * i, 3.0 + 0.7123456789 * i) for i in range(1, 8)]
    bent = of_channels(128, 90.3)

    (finding,) = found(make.of(*rows, bent), "interpolated")

    assert set(finding.keys) == {row.key for row in rows[1:-1]}


def test_four_rows_on_one_line_may_be_chance(make, found):
    table = make.of(*(of_channels(8 * i, 3.0 + 0.7123456789 * i) for i in range(1, 5)))

    assert found(table, "interpolated") == []


def test_numbers_of_few_ticks_come_from_a_coarse_timer(make, found):
    rows = [make.foreign(f"n{i}", 1000.0 * (20 + i % 7)) for i in range(20)]

    (finding,) = found(make.of(*rows), "coarse-timer")

    assert "multiples of 1000 us" in finding.message


@pytest.mark.parametrize("share", [0.1, 0.5])
def test_rows_in_milliseconds_among_microseconds_are_found(make, found, share):
    clean = make.clean(seed=1, noise=0.01, intervals=False, plateau_us=1e-3)
    wrong = {e.key for e in clean.entries[:: int(1 / share)] if e.operation.kind == "residual"}
    mixed = make.of(
        *(replace(e, latency_us=e.latency_us / 1e3) if e.key in wrong else e for e in clean.entries)
    )

    named = {key for finding in found(mixed, "mixed-units") for key in finding.keys}

    assert named == wrong


def test_a_row_far_above_the_rates_of_the_others_is_found(make, found):
    clean = make.clean(seed=1, noise=0.01, intervals=False, plateau_us=1e-3)
    biggest = max(clean.entries, key=lambda entry: entry.latency_us)
    table = make.of(
        *(e for e in clean.entries if e is not biggest),
        replace(biggest, latency_us=biggest.latency_us / 30),
    )

    (finding,) = found(table, "impossible-rate")

    assert finding.keys == (biggest.key,)


def test_a_network_that_is_the_sum_of_its_rows_was_not_measured(table, random_networks, found):
    network = random_networks[0]
    total = sum(table.latency_us(part) for part in network.parts())
    added = replace(table.by_key[_key(network)], latency_us=total)
    kept = tuple(entry for entry in table.entries if entry.key != added.key)

    (finding,) = found(replace(table, entries=(*kept, added)), "exact-sums")

    assert finding.keys == (added.key,)
    assert found(table, "exact-sums") == []


def _key(operation):
    return Entry(operation=operation, latency_us=1.0).key


@settings(max_examples=12, deadline=None, derandomize=True)
@given(
    seed=st.integers(0, 10_000),
    noise=st.floats(0.001, 0.06),
    intervals=st.booleans(),
    plateau_us=st.sampled_from([1e-3, 20.0, 200.0]),
)
def test_of_a_clean_table_at_most_one_row_in_a_hundred_is_flagged(
    make, seed, noise, intervals, plateau_us
):
    table = make.clean(seed=seed, noise=noise, intervals=intervals, plateau_us=plateau_us)

    flagged = {key for f in lint(table) if f.severity != "note" for key in f.keys}

    assert len(flagged) <= 0.01 * len(table.entries)
