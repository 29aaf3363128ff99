"""What a predictor says of operations that no row of its table prices."""

from dataclasses import replace

import numpy as np
import pytest
from pydantic import TypeAdapter

from profiler.errors import PredictionImpossible
from profiler.operations import Head, UNet, border_of
from profiler.prediction import Predictor, fit_predictor, judge, predicted_entries

READER = TypeAdapter(Predictor)


def test_operations_never_measured_are_predicted_from_a_quarter_that_was(learnt):
    _, predictor, others = learnt

    judgement = judge(predictor, others)

    assert (judgement.taught, judgement.tested) == (60, 180)
    assert judgement.median_error < 0.04
    assert judgement.within_10pct > 0.85
    assert judgement.kendall_tau > 0.95


def test_most_intervals_hold_what_is_measured_later(learnt):
    _, predictor, others = learnt

    judgement = judge(predictor, others)

    assert 0.6 < judgement.coverage <= 1.0
    assert judgement.width < 0.2


def test_a_prediction_says_what_it_is_and_which_rows_made_it(learnt):
    table, predictor, others = learnt

    (entry,) = predicted_entries(predictor, [others.entries[0].operation])

    assert entry.value_kind == "predicted"
    assert entry.low_us < entry.latency_us < entry.high_us
    assert entry.origin.format == "hna-predictor"
    assert entry.origin.source == f"{table.name}@{table.version}"
    assert entry.warnings == ()


def test_equal_tables_give_equal_predictors(device):
    table = device.measured(device.drawn(20)[0])

    assert fit_predictor(table) == fit_predictor(replace(table, entries=table.entries[::-1]))


def test_a_predictor_read_back_from_json_answers_the_same(learnt):
    _, predictor, others = learnt
    wanted = [entry.operation for entry in others.entries[:5]]

    again = READER.validate_json(READER.dump_json(predictor))

    assert again == predictor
    assert predicted_entries(again, wanted) == predicted_entries(predictor, wanted)


def test_whole_networks_are_never_predicted(learnt):
    assert (
        predicted_entries(
            learnt[1], [UNet(height=32, width=32, channels=(4, 8, 16), blocks=(1, 1))]
        )
        == ()
    )


def test_rows_that_cost_nothing_are_left_out_and_named(device):
    rows = device.measured(device.drawn(12)[0]).entries
    nothing = replace(rows[0], latency_us=0.0, low_us=0.0, high_us=0.0)

    predictor = fit_predictor(device.table_of(nothing, *rows[1:]))

    assert len(predictor.taught) == 11
    assert [(row.key, row.reason) for row in predictor.left_out] == [
        (nothing.key, "its latency is not above zero")
    ]


def test_too_few_rows_are_an_error_that_counts_them(device):
    table = device.measured(device.drawn(4)[0])

    with pytest.raises(PredictionImpossible, match="holds 4 rows to learn from"):
        fit_predictor(table)


def test_a_table_of_twelve_rows_predicts_with_doubt(device):
    some, others = device.drawn(12)

    entries = predicted_entries(fit_predictor(device.measured(some)), others)

    assert len(entries) == len(others)
    assert all(0 < e.low_us < e.latency_us < e.high_us < np.inf for e in entries)


def test_one_row_that_is_ten_times_off_does_not_spoil_the_others(device):
    some, others = device.drawn(40)
    rows = device.measured(some).entries
    wrong = replace(rows[7], latency_us=rows[7].latency_us * 10, low_us=None, high_us=None)
    table = device.table_of(*rows[:7], wrong, *rows[8:])

    predictor = fit_predictor(table)

    assert min(predictor.learnt.belief) == predictor.learnt.belief[7] < 0.5
    assert judge(predictor, device.measured(others, seed=2)).median_error < 0.08


def test_borders_that_were_subtracted_are_known_without_a_row_of_their_own(device):
    some, _ = device.drawn(20)
    rows = [
        replace(entry, border_us=device.latency_us(border_of(entry.operation)))
        for entry in device.measured(some).entries
    ]

    predictor = fit_predictor(device.table_of(*rows))

    known = {example.operation: example.latency_us for example in predictor.borders}
    border_us = device.latency_us(border_of(some[0]))
    assert known[border_of(some[0])] == border_us
    (entry,) = predicted_entries(predictor, [border_of(some[0])])
    assert entry.latency_us == pytest.approx(border_us, rel=0.1)


def test_a_family_that_taught_nothing_is_predicted_with_more_doubt_and_says_so(learnt):
    _, predictor, others = learnt
    head = Head(channels=8, height=48, width=48)

    unknown, known = predicted_entries(predictor, [head, others.entries[0].operation])

    assert (unknown.warnings, known.warnings) == (("extrapolated",), ())
    assert unknown.high_us / unknown.low_us > known.high_us / known.low_us


def test_imported_rows_teach_where_nothing_was_measured(device):
    rows = [device.foreign("conv", 8 * i, 3.0 * i) for i in range(1, 13)]

    predictor = fit_predictor(device.table_of(*rows))

    (entry,) = predicted_entries(predictor, [device.foreign("conv", 52, 1.0).operation])
    assert entry.latency_us == pytest.approx(19.5, rel=0.15)


def test_imported_and_predicted_rows_teach_nothing_beside_measured_ones(device):
    rows = device.measured(device.drawn(12)[0]).entries
    imported = device.foreign("conv", 8, 3.0)
    predicted = device.foreign("conv", 16, 3.0, value_kind="predicted")

    predictor = fit_predictor(device.table_of(*rows, imported, predicted))

    assert len(predictor.taught) == 12
    assert {row.reason for row in predictor.left_out} == {"it is imported", "it is predicted"}


def test_rows_that_taught_are_not_judged(learnt):
    table, predictor, others = learnt
    both = replace(others, entries=(*table.entries[:3], *others.entries[:7]))

    judgement = judge(predictor, both)

    assert (judgement.seen, judgement.tested) == (3, 7)
    with pytest.raises(PredictionImpossible, match="holds no row to judge by: 60 of 60"):
        judge(predictor, table)
