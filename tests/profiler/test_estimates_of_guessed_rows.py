"""Rows that nobody measured are counted in an estimate, named, and widen its interval."""

from dataclasses import replace

import pytest

from profiler.certificates.calibration import Calibration
from profiler.certificates.certificate import Certificate, NetworkPoint
from profiler.device import Environment
from profiler.estimate import estimate_network, estimate_operations
from profiler.operations import Cell, Head, Network
from profiler.table import Entry, Table


def row(operation, kind="measured", latency_us=10.0, half_us=1.0):
    return Entry(
        operation=operation,
        latency_us=latency_us,
        low_us=latency_us - half_us,
        high_us=latency_us + half_us,
        value_kind=kind,
    )


def table_of(*entries):
    environment = Environment(runtime="r", runtime_version="1", provider="p")
    return Table(device_model="board", environment=environment, entries=entries)


def certificate_of(table):
    """A certificate whose 20 networks were off by 1 % to either side."""
    points = tuple(
        NetworkPoint(
            digest=str(i), cells=1, sum_us=100.0, predicted_us=100.0, measured_us=99.0 + i % 3
        )
        for i in range(20)
    )
    return Certificate(
        table=table.name,
        table_version=table.version,
        created_at="2026-11-22T12:00:00+00:00",
        n_networks=20,
        median_abs_error=0.01,
        within_5pct=1.0,
        within_10pct=1.0,
        kendall_tau=1.0,
        uncalibrated_error=0.0,
        calibration=Calibration(),
        points=points,
    )


@pytest.fixture
def heads():
    return [Head(channels=channels, height=8, width=8) for channels in (8, 16, 24)]


def test_each_kind_that_was_not_measured_is_a_doubt_with_its_count(heads):
    kinds = ("measured", "predicted", "transferred")
    table = table_of(*map(row, heads, kinds))

    found = estimate_operations(table, [*heads, heads[1]])

    assert found.value_kinds == {"measured": 1, "predicted": 2, "transferred": 1}
    assert found.doubts[1:] == (
        "1 of 4 rows are transferred",
        "2 of 4 rows are predicted",
    )


def test_a_table_that_was_measured_has_no_such_doubt(heads):
    found = estimate_operations(table_of(*map(row, heads)), heads)

    assert not any("rows are" in doubt for doubt in found.doubts)


def test_predicted_rows_widen_the_interval_of_a_certificate():
    cell = Cell(iteration=0, level=0, inputs=(), candidate="3x3_ResConv", blocks=1)
    network = Network(height=16, width=16, channels=(8,), cells=(cell,))
    parts = list(dict.fromkeys(network.parts()))
    measured = table_of(*map(row, parts))
    first = replace(measured.entries[0], value_kind="predicted", low_us=5.0, high_us=15.0)
    guessed = table_of(first, *measured.entries[1:])
    certificate = certificate_of(measured)

    sure = estimate_network(measured, network, certificate, ())
    unsure = estimate_network(guessed, network, certificate, ())

    assert sure.latency_us == unsure.latency_us
    assert unsure.low_us < sure.low_us
    assert unsure.high_us > sure.high_us
    assert any("rows are predicted" in doubt for doubt in unsure.doubts)
