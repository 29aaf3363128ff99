"""Which operations are measured next, and when the rest can be left."""

import numpy as np

from profiler.operations import UNet, operation_key
from profiler.prediction import fit_predictor, judge, learning, next_step


def test_at_first_those_are_measured_that_say_most_of_the_others(device):
    every = device.operations()

    step = next_step(device.table_of(), every, target_error=0.05, count=6)

    assert len(set(step.next)) == 6
    assert (step.left, step.worst_error) == ((), None)
    assert len({o.height for o in step.next}) > 1


def test_once_the_target_is_met_the_rest_is_predicted_and_networks_are_measured(device):
    some, others = device.drawn(40)
    network = UNet(height=32, width=32, channels=(4, 8, 16), blocks=(1, 1))

    step = next_step(device.measured(some), [*some, *others[:20], network], target_error=0.9)

    assert step.next == (network,)
    assert {entry.operation for entry in step.left} == set(others[:20])
    assert step.worst_error <= 0.9


def test_while_the_target_is_missed_nothing_is_left(device):
    some, others = device.drawn(20)

    step = next_step(device.measured(some), [*some, *others], target_error=0.001, count=7)

    assert len(step.next) == 7
    assert set(step.next) <= set(others)
    assert step.left == ()
    assert step.worst_error > 0.001


def test_what_cannot_be_measured_is_not_asked_for(device):
    some, others = device.drawn(20)
    gaps = {operation_key(o) for o in others[:-2]}

    step = next_step(device.measured(some), others, target_error=1e-6, count=50, gaps=gaps)

    assert set(step.next) == set(others[-2:])


def test_nothing_remains_where_all_was_measured(device):
    some, _ = device.drawn(6)

    step = next_step(device.measured(some), some, target_error=0.05)

    assert (step.next, step.left, step.worst_error) == ((), (), None)


def test_chosen_operations_teach_more_than_as_many_by_chance(device, monkeypatch):
    monkeypatch.setattr(learning, "TILES", (1,))  # that of the device; the others cost time only
    every = device.operations()
    chosen = []
    for count in (16, 16):
        table = device.measured(chosen)
        chosen += next_step(table, every, target_error=1e-6, count=count).next

    errors = [
        judge(fit_predictor(device.measured(some)), device.measured(every, seed=2)).mean_error
        for some in (chosen, *(device.drawn(32, seed)[0] for seed in range(3)))
    ]

    assert errors[0] < np.mean(errors[1:])
