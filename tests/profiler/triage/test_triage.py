"""Triage after an upgrade: few are measured, those that moved are found, the rest is left."""

from math import log

import numpy as np
import pytest

from profiler.cost import cost_of
from profiler.device import Environment
from profiler.errors import TableMismatch
from profiler.operations import (
    DEFAULT_CANDIDATES,
    ForeignOperation,
    InvertedConv,
    Position,
    candidate_at,
    operation_graph,
    operation_key,
)
from profiler.table import Entry, Table
from profiler.triage import transferred, triage

NOISE = 0.01


def operations():
    places = [(c, s) for c in (8, 16, 32, 64) for s in (16, 32, 64)]
    return [
        candidate_at(name, Position(channels_in=c, channels_out=c, height=s, width=s, blocks=1))
        for c, s in places
        for name in DEFAULT_CANDIDATES
    ]


def table_of(version, latencies_us):
    environment = Environment(runtime="onnxruntime", runtime_version=version, provider="CPU")
    half = 1.645 * NOISE
    entries = tuple(
        Entry(operation=o, latency_us=us, low_us=us * (1 - half), high_us=us * (1 + half))
        for o, us in latencies_us.items()
    )
    return Table(device_model="board", environment=environment, entries=entries)


class Upgrade:
    """A device whose operations cost *factor* times as much after the upgrade."""

    def __init__(self, factor, seed=0):
        self.draw = np.random.default_rng(seed)
        self.factor = factor
        costs = {o: 3 + cost_of(operation_graph(o)).macs / 2e4 for o in operations()}
        self.true_us = costs
        self.before = table_of("1", {o: self.measured(us) for o, us in costs.items()})
        self.after_us = {}

    def measured(self, us):
        return us * float(np.exp(NOISE * self.draw.standard_normal()))

    def run(self):
        while True:
            found = triage(self.before, table_of("2", self.after_us))
            if not found.next:
                return found
            for operation in found.next:
                us = self.true_us[operation] * self.factor(operation)
                self.after_us[operation] = self.measured(us)


def test_an_upgrade_that_changed_nothing_costs_a_few_measurements():
    upgrade = Upgrade(lambda operation: 1.0)

    found = upgrade.run()

    assert len(upgrade.after_us) <= 0.2 * found.operations
    assert found.measured + len(found.left) == found.operations
    assert found.moved == ()
    assert found.expected_missed <= 0.01 * found.operations


def test_a_family_that_became_slower_is_measured_whole():
    upgrade = Upgrade(lambda operation: 1.3 if isinstance(operation, InvertedConv) else 1.0)

    found = upgrade.run()

    slower = {operation_key(o) for o in operations() if isinstance(o, InvertedConv)}
    measured = {operation_key(o) for o in upgrade.after_us}
    assert slower <= measured
    assert slower <= set(found.moved)
    assert len(measured) <= 0.5 * found.operations


def test_what_is_left_lies_in_its_predicted_interval_nearly_always():
    upgrade = Upgrade(lambda operation: 1.0 + 0.002 * log(operation.channels_in))

    found = upgrade.run()

    by_key = {operation_key(o): o for o in operations()}
    inside = [p.low <= upgrade.factor(by_key[p.key]) <= p.high for p in found.left]
    assert len(inside) > 50
    assert np.mean(inside) >= 0.85


def test_rows_that_are_left_are_transferred_with_a_wider_doubt_and_their_origin():
    upgrade = Upgrade(lambda operation: 1.0)
    found = upgrade.run()

    rows = transferred(upgrade.before, found.left)

    old = upgrade.before.by_key
    assert {row.key for row in rows} == {p.key for p in found.left}
    assert all(row.value_kind == "transferred" for row in rows)
    assert all(upgrade.before.version in row.origin.source for row in rows)
    wider = [_width(row) > _width(old[row.key]) for row in rows]
    assert all(wider)


def _width(entry):
    return entry.high_us / entry.low_us


def test_rows_nobody_can_measure_are_not_asked_for():
    named = ForeignOperation(format="somebody", name="theirs")
    before = table_of("1", {operations()[0]: 10.0, named: 5.0})

    found = triage(before, table_of("2", {}))

    assert found.next == (operations()[0],)
    assert found.operations == 1


def test_tables_of_other_hardware_or_of_one_environment_are_refused():
    before = table_of("1", {operations()[0]: 10.0})
    other = Table(device_model="other", environment=before.environment, entries=())

    with pytest.raises(TableMismatch, match="of other"):
        triage(before, other)
    with pytest.raises(TableMismatch, match="before and after"):
        triage(before, before)
