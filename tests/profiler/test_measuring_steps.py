"""Measuring in steps, on a simulated device whose every latency is known by its formula."""

from contextlib import contextmanager

import pytest

from profiler.backends.registry import open_backend
from profiler.backends.simulated import roofline_us
from profiler.errors import HnaError, OperationUnsupported
from profiler.measuring.plan import MeasurementPlan
from profiler.measuring.steps import measure_in_steps
from profiler.operations import border_of, operation_graph, operation_key, probe_graph
from profiler.platforms.here import this_machine
from profiler.space import known_topology, named_space, random_networks, space_operations

PLAN = MeasurementPlan(min_rounds=6, max_rounds=6, max_samples=6, max_warmups=2)
SPACE = named_space("one", "resnet_10", height=64, width=64)
UNET = known_topology("unet")
OPERATIONS = space_operations(SPACE, UNET)[::3]


def truth_us(operation):
    """Return what a row of the simulated device should say."""
    border = border_of(operation)
    probe_us = roofline_us(probe_graph(operation))
    return probe_us - (roofline_us(operation_graph(border)) if border else 0.0)


def run(operations, target_error, **told):
    backend = open_backend("simulated", noise=0.001)
    device = backend.device(this_machine())
    return measure_in_steps(operations, backend, device, PLAN, target_error=target_error, **told)


@pytest.fixture(scope="module")
def steps():
    return run(OPERATIONS, 0.2)


def test_every_operation_has_a_row_and_fewer_were_measured(steps):
    kinds = {operation_key(o): steps.table.by_key[operation_key(o)].value_kind for o in OPERATIONS}

    measured = sum(kind == "measured" for kind in kinds.values())
    assert 0 < measured < len(kinds)
    assert set(kinds.values()) == {"measured", "predicted"}
    assert steps.worst_error <= 0.2


def test_what_is_predicted_is_as_near_the_truth_as_was_asked_for(steps):
    off = sorted(
        abs(entry.latency_us / truth_us(entry.operation) - 1)
        for entry in steps.table.entries
        if entry.value_kind == "predicted"
    )

    assert off[int(0.9 * len(off))] <= 0.2


def test_a_closer_target_measures_more(steps):
    closer = run(OPERATIONS, 0.02)

    def measured(result):
        return sum(entry.value_kind == "measured" for entry in result.table.entries)

    assert measured(closer) > measured(steps)


def test_no_operation_is_measured_in_two_steps_but_the_borders_they_share(steps):
    keys = [
        operation_key(measurement.operation)
        for session in steps.sessions
        for measurement in session.measurements
    ]
    borders = {operation_key(border) for o in OPERATIONS if (border := border_of(o)) is not None}

    asked = [key for key in keys if key not in borders]
    assert len(asked) == len(set(asked))
    assert len(steps.sessions) > 1


def test_whole_networks_are_measured_and_never_predicted():
    networks = random_networks(SPACE, UNET, 2, 0)

    table = run((*OPERATIONS, *networks), 0.5).table

    assert {table.by_key[operation_key(each)].value_kind for each in networks} == {"measured"}


def test_each_step_is_told_of_before_it_is_measured(steps):
    told = []

    result = run(OPERATIONS[:20], 0.2, on_step=lambda number, step: told.append((number, step)))

    assert [number for number, _ in told] == list(range(1, len(result.sessions) + 1))
    assert all(step.next for _, step in told)


def test_choosing_is_shown_and_its_time_is_counted():
    phases = []

    result = run(OPERATIONS[:20], 0.2, on_round=lambda progress: phases.append(progress.phase))

    assert phases.count("choose") == len(result.sessions) + 1
    assert result.choosing_s > 0


def test_an_operation_the_backend_cannot_build_is_a_gap_and_asked_for_once():
    backend = open_backend("simulated", noise=0.001)
    bad = operation_key(OPERATIONS[3])
    prepare = backend.prepare

    @contextmanager
    def choosy(operation):
        if operation_key(operation) == bad:
            raise OperationUnsupported("no kernel here")
        with prepare(operation) as prepared:
            yield prepared

    backend.prepare = choosy
    device = backend.device(this_machine())
    result = measure_in_steps(OPERATIONS[:12], backend, device, PLAN, target_error=0.001)

    gaps = [gap for session in result.sessions for gap in session.gaps]
    assert [operation_key(gap.operation) for gap in gaps] == [bad]
    assert bad not in result.table.by_key


def test_nothing_wanted_is_an_error():
    with pytest.raises(HnaError, match="no operation to measure"):
        run((), 0.05)
