"""When a job is over, and what of it is left."""

import pytest

from lut_server.jobs.settling import left_of, unsettled
from profiler.operations import border_of, operation_digest


@pytest.fixture
def operation(bench):
    return bench.operation()


@pytest.fixture
def probe(operation):
    return operation_digest(operation)


@pytest.fixture
def border(operation):
    return operation_digest(border_of(operation))


def test_what_is_a_gap_is_not_measured_again(operation, probe):
    assert unsettled([operation], [], {probe}) == set()
    assert unsettled([operation], [], set()) == {probe}


@pytest.mark.parametrize(
    ("good_rounds", "settled"), [([2], False), ([3], True), ([2, 2], False), ([0, 0, 0], True)]
)
def test_a_session_with_three_good_rounds_or_three_sessions_settle_an_operation(
    operation, probe, good_rounds, settled
):
    sessions = [{probe: good} for good in good_rounds]

    assert (unsettled([operation], sessions, set()) == set()) == settled


def test_an_operation_and_its_border_have_to_be_good_in_one_session(operation, probe, border):
    apart = [{probe: 5, border: 0}, {probe: 0, border: 5}]
    together = {probe: 3, border: 3}

    assert unsettled([operation], apart, set()) == {probe}
    assert unsettled([operation], [*apart[:1], together], set()) == set()


def test_what_is_left_keeps_its_order(bench):
    first, second = bench.operation(8), bench.operation(16)
    asked = (border_of(first), first, border_of(second), second)

    assert left_of(asked, {operation_digest(second)}) == asked[2:]
    assert left_of(asked, {operation_digest(o) for o in asked}) == asked
