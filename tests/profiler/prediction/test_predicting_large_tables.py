"""Tables of more rows than can be solved as one, made small: the limits are lowered."""

import pytest

from profiler.prediction import fit_predictor, judge, learning, near, predictor


@pytest.fixture
def small(monkeypatch):
    """Learn from 30 rows, solve 60 as one."""
    monkeypatch.setattr(learning, "LEARNT_FROM", 30)
    monkeypatch.setattr(learning, "SOLVED", 60)
    monkeypatch.setattr(predictor, "SOLVED", 60)
    monkeypatch.setattr(near, "NEIGHBOURS", 16)


def foreign_tables(device, count):
    """Return a table of somebody's convolutions and one of others, linear in their size."""
    rows = [device.foreign("conv", size, 2.0 + 0.1 * size) for size in range(1, 2 * count + 1)]
    return device.table_of(*rows[::2]), device.table_of(*rows[1::2])


@pytest.mark.parametrize("count", [50, 200])
def test_every_row_teaches_whichever_way_is_taken(small, device, count):
    train, test = foreign_tables(device, count)

    predictor = fit_predictor(train)

    judgement = judge(predictor, test)
    assert judgement.taught == count
    assert judgement.median_error < 0.02
    assert judgement.coverage > 0.7


def test_of_our_operations_as_many_teach_as_can_be_solved(small, device):
    some, others = device.drawn(70)

    predictor = fit_predictor(device.measured(some))

    assert len(predictor.taught) == 60
    assert {row.reason for row in predictor.left_out} == {"a predictor holds 60 rows of ours"}
    assert judge(predictor, device.measured(others)).median_error < 0.1
