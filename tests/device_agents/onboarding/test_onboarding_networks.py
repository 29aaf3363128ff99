"""How far sums of rows are off for networks that were measured whole."""

from dataclasses import replace

import pytest

from device_agents.onboarding.networks import network_errors
from profiler.operations import operation_key


def test_devices_that_differ_in_speed_only_predict_networks_almost_exactly(fleet):
    sources = [fleet.table("first", 1.0), fleet.table("second", 2.0)]
    table = fleet.only(fleet.table("new", 3.0), *fleet.operations[::4], *fleet.networks)

    errors = network_errors(table, sources)

    assert errors.networks == len(fleet.networks)
    assert errors.worst < 0.05


def test_a_network_that_takes_longer_than_its_parts_is_off_by_that(fleet):
    slow = operation_key(fleet.networks[0])
    table = fleet.table("new", 1.0)
    entries = tuple(
        replace(e, latency_us=2 * e.latency_us) if e.key == slow else e for e in table.entries
    )

    errors = network_errors(replace(table, entries=entries), [])

    assert errors.worst == pytest.approx(0.5)
    assert errors.median == pytest.approx(0.0, abs=1e-9)
    assert errors.bias == pytest.approx(0.0, abs=1e-9)


def test_rows_that_nobody_measured_are_not_believed_but_made_anew(fleet):
    sources = [fleet.table("first", 1.0), fleet.table("second", 2.0)]
    measured = fleet.only(fleet.table("new", 3.0), *fleet.operations[::4], *fleet.networks)
    wrong = tuple(
        replace(fleet.entry(operation, 3.0), latency_us=1e6, value_kind="transferred")
        for operation in measured.missing(fleet.operations)
    )

    errors = network_errors(replace(measured, entries=(*measured.entries, *wrong)), sources)

    assert errors == network_errors(measured, sources)


def test_without_a_network_there_is_nothing_to_tell(fleet):
    table = fleet.only(fleet.table("new", 1.0), *fleet.operations[:10])

    assert network_errors(table, [fleet.table("first", 2.0)]) is None


def test_a_network_with_a_part_nobody_knows_is_left_out(fleet):
    part = next(iter(fleet.networks[0].parts()))
    sources = [
        fleet.only(fleet.table("first", 1.0), *(o for o in fleet.operations if o != part)),
    ]
    table = fleet.only(fleet.table("new", 3.0), *fleet.operations[1:20:3], fleet.networks[0])
    table = replace(table, entries=tuple(e for e in table.entries if e.operation != part))

    assert network_errors(table, sources) is None
