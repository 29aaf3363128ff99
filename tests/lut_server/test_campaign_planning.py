"""What a campaign measures, as a pure function."""

from lut_server.campaigns.planning import plan_campaign
from profiler.operations import border_of, operation_key


def test_the_border_of_every_operation_is_measured_with_it(bench):
    operation = bench.operation()

    plan = plan_campaign([operation], held=(), operations_per_job=512)

    assert plan.jobs == ((border_of(operation), operation),)
    assert (plan.requested, plan.already_measured) == (2, 0)


def test_equal_operations_are_measured_once(bench):
    plan = plan_campaign([bench.operation()] * 3, held=(), operations_per_job=512)

    assert plan.requested == 2
    assert [len(job) for job in plan.jobs] == [2]


def test_what_the_table_holds_is_left_out_with_its_border(bench):
    operation = bench.operation()
    held = {operation_key(operation), operation_key(border_of(operation))}

    plan = plan_campaign([operation], held, operations_per_job=512)

    assert plan.jobs == ()
    assert (plan.requested, plan.already_measured) == (2, 2)


def test_a_border_held_already_is_measured_again_beside_a_new_operation(bench):
    known, new = bench.operation(8), bench.network(1)
    other = type(known)(channels_in=8, channels_out=8, height=16, width=16, kernel=5)
    held = {operation_key(known), operation_key(border_of(known))}

    plan = plan_campaign([known, other, new], held, operations_per_job=512)

    assert set(plan.jobs[0]) == {border_of(other), other, new}
    assert (plan.requested, plan.already_measured) == (4, 1)


def test_no_job_is_larger_than_asked_and_none_parts_an_operation_from_its_border(bench):
    operations = [bench.operation(channels) for channels in range(8, 28)]

    plan = plan_campaign(operations, held=(), operations_per_job=5)

    assert max(len(job) for job in plan.jobs) <= 5
    for job in plan.jobs:
        borders = {border_of(operation) for operation in job} - {None}
        assert borders <= set(job)
    assert {o for job in plan.jobs for o in job} >= set(operations)


def test_a_network_needs_no_border(bench):
    plan = plan_campaign([bench.network(1), bench.network(2)], held=(), operations_per_job=1)

    assert plan.jobs == ((bench.network(1),), (bench.network(2),))
