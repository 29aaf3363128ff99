"""Training a tiny network for real: it learns, resumes to the bit, and stops when it diverges."""

from dataclasses import replace
from statistics import mean

import numpy as np
import pytest
import torch
from torch import nn

from profiler.errors import RunInvalid, TrainingDiverged
from search.checkpoint import load_checkpoint
from search.data.dataset import Sample
from search.evaluation import evaluate
from search.training.loop import CHECKPOINT, train
from search.training.plan import TrainingPlan

PLAN = TrainingPlan(epochs=4, batch=8, size=32, learning_rate=5e-3)


class StoppedError(Exception):
    """What a killed process looks like from inside."""


def _stop_after(epoch):
    def on_epoch(report):
        if report.epoch == epoch:
            raise StoppedError

    return on_epoch


def _assert_equal(one, other):
    assert one.keys() == other.keys()
    for name in one:
        assert torch.equal(one[name], other[name]), name


def test_the_loss_falls(fresh, scenes, tmp_path):
    plan = replace(PLAN, epochs=20, batch=4, learning_rate=1e-2)

    result = train(fresh(), scenes, plan, run=tmp_path)

    assert mean(result.losses[-3:]) < 0.9 * mean(result.losses[:3])
    assert result.best_miou == max(result.validation_mious)


def test_the_module_ends_with_the_weights_of_the_best_epoch(fresh, scenes, tmp_path):
    module = fresh()

    result = train(module, scenes, replace(PLAN, epochs=8), run=tmp_path)

    metrics = evaluate(module, scenes.validation, size=32, normalisation=scenes.normalisation)
    assert metrics.miou == pytest.approx(result.best_miou, abs=1e-3)
    assert not module.training


@pytest.mark.parametrize(
    "plan",
    [PLAN, replace(PLAN, optimizer="adagrad"), replace(PLAN, ema_decay=0.9)],
    ids=["adamw", "adagrad", "ema"],
)
def test_a_resumed_training_ends_with_the_same_bits(fresh, scenes, tmp_path, plan):
    whole, halves = fresh(), fresh()
    uninterrupted = train(whole, scenes, plan, run=tmp_path / "whole")

    with pytest.raises(StoppedError):
        train(halves, scenes, plan, run=tmp_path / "halves", on_epoch=_stop_after(2))
    resumed_module = fresh(seed=99)
    resumed = train(resumed_module, scenes, plan, run=tmp_path / "halves")

    assert resumed == uninterrupted
    _assert_equal(resumed_module.state_dict(), whole.state_dict())
    last = [load_checkpoint(tmp_path / run / CHECKPOINT)["module"] for run in ("whole", "halves")]
    _assert_equal(*last)


def test_a_finished_training_is_not_repeated(fresh, scenes, tmp_path):
    first = train(fresh(), scenes, PLAN, run=tmp_path)
    reports = []

    again = train(fresh(), scenes, PLAN, run=tmp_path, on_epoch=reports.append)

    assert again == first
    assert reports == []


def test_every_epoch_reports_loss_and_validation(fresh, scenes, tmp_path):
    reports = []

    result = train(fresh(), scenes, PLAN, run=tmp_path, on_epoch=reports.append)

    assert [(report.epoch, report.epochs) for report in reports] == [(n, 4) for n in (1, 2, 3, 4)]
    assert tuple(report.values["loss"] for report in reports) == result.losses
    assert tuple(report.values["miou"] for report in reports) == result.validation_mious


def test_without_a_validation_list_the_last_epoch_is_kept(fresh, scenes, tmp_path):
    result = train(fresh(), replace(scenes, validation=()), PLAN, run=tmp_path)

    assert (result.best_epoch, result.best_miou, result.validation_mious) == (4, None, ())


def test_the_test_list_is_never_read(fresh, scenes, tmp_path):
    unreadable = Sample(id="test", image=tmp_path / "absent.png", mask=tmp_path / "absent.png")

    result = train(fresh(), replace(scenes, test=(unreadable,)), PLAN, run=tmp_path)

    assert len(result.losses) == 4


def test_a_loss_that_is_no_number_stops_and_keeps_the_last_good_state(fresh, scenes, tmp_path):
    module = fresh()

    def poison(report):
        if report.epoch == 2:
            with torch.no_grad():
                next(module.parameters()).fill_(np.nan)

    with pytest.raises(TrainingDiverged, match=r"nan in epoch 3.*is kept; lower the learning rate"):
        train(module, scenes, PLAN, run=tmp_path, on_epoch=poison)

    kept = load_checkpoint(tmp_path / CHECKPOINT)
    assert len(kept["losses"]) == 2
    assert all(tensor.isfinite().all() for tensor in kept["module"].values())
    _assert_equal(module.state_dict(), kept["best"])


def test_a_step_that_ruins_the_weights_is_no_finished_epoch(fresh, scenes, tmp_path):
    module = fresh()
    before = {name: tensor.clone() for name, tensor in module.state_dict().items()}
    plan = replace(PLAN, batch=16, learning_rate=float("inf"))  # one step an epoch

    with pytest.raises(TrainingDiverged, match="no epoch had finished"):
        train(module, scenes, plan, run=tmp_path)

    assert not (tmp_path / CHECKPOINT).exists()
    _assert_equal(module.state_dict(), before)


def test_resuming_with_another_plan_is_refused_and_says_what_changed(fresh, scenes, tmp_path):
    train(fresh(), scenes, PLAN, run=tmp_path)

    with pytest.raises(RunInvalid, match="epochs was 4, now 9"):
        train(fresh(), scenes, replace(PLAN, epochs=9), run=tmp_path)


def test_resuming_another_network_is_refused(fresh, scenes, tmp_path):
    train(fresh(), scenes, PLAN, run=tmp_path)

    with pytest.raises(RunInvalid, match="is of another network"):
        train(nn.Conv2d(3, 1, 1), scenes, PLAN, run=tmp_path)


@pytest.mark.parametrize(
    "fields",
    [{"epochs": 0}, {"batch": 0}, {"learning_rate": 0.0}, {"ema_decay": 1.0}, {"optimizer": "sgd"}],
)
def test_an_impossible_plan_names_its_field(fields):
    with pytest.raises(RunInvalid, match=next(iter(fields))):
        TrainingPlan(**fields)


def test_the_learning_rate_of_adamw_is_half_in_the_middle_and_adagrads_is_constant():
    assert PLAN.learning_rate_at(0, 10) == 5e-3
    assert PLAN.learning_rate_at(5, 10) == pytest.approx(2.5e-3)
    assert replace(PLAN, optimizer="adagrad").learning_rate_at(9, 10) == 5e-3
