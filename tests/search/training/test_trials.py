"""Trials: networks begin their training against each other, and the best goes on."""

from dataclasses import replace

import pytest
import torch
from torch import nn

from profiler.errors import RunInvalid
from search.checkpoint import load_checkpoint
from search.data.synthetic import synthetic_dataset
from search.training.loop import CHECKPOINT, train
from search.training.plan import TrainingPlan
from search.trials import TrialPlan, race

PLAN = TrainingPlan(epochs=4, batch=4, size=32)


@pytest.fixture(scope="module")
def scenes():
    return synthetic_dataset(train=8, test=1, size=32, seed=0)


class Constant(nn.Module):
    """Predicts one logit everywhere, whatever it is shown, and never learns another."""

    def __init__(self, logit):
        super().__init__()
        self.logit = nn.Parameter(torch.tensor(float(logit)))

    def forward(self, images):
        return self.logit.detach() + 0 * self.logit + images[:, :1] * 0


class Brightness(nn.Module):
    """Predicts what is bright, and learns from how bright on."""

    def __init__(self):
        super().__init__()
        self.convolution = nn.Conv2d(3, 1, 1)
        nn.init.constant_(self.convolution.weight, 2.0)
        nn.init.constant_(self.convolution.bias, -9.0)

    def forward(self, images):
        return self.convolution(images)


def nothing():
    return Constant(-9)  # every target is missed: mIoU 0


def everything():
    return Constant(9)  # every target is hit, with all that is none: mIoU just above 0


def makers_of(count, at, best=everything):
    makers = [nothing] * count
    makers[at] = best
    return makers


def test_the_network_that_does_best_on_validation_images_wins(scenes, tmp_path):
    trials = race(makers_of(4, at=2), scenes, PLAN, TrialPlan(networks=4, epochs=1), run=tmp_path)

    assert trials[0].number == 2
    assert trials[0].miou > 0
    assert [trial.epochs for trial in trials] == [2, 2, 1, 1]
    assert sorted(trial.number for trial in trials) == [0, 1, 2, 3]


def test_the_winners_training_goes_on_where_its_trial_stopped(scenes, tmp_path):
    plan = TrialPlan(networks=2, epochs=2)
    race([Brightness, Brightness], scenes, PLAN, plan, run=tmp_path / "raced")
    raced = Brightness()
    epochs = []

    train(raced, scenes, PLAN, run=tmp_path / "raced", on_epoch=epochs.append)

    alone = Brightness()
    train(alone, scenes, PLAN, run=tmp_path / "alone")
    assert [report.epoch for report in epochs] == [3, 4]
    assert torch.equal(raced.convolution.weight, alone.convolution.weight)


def test_a_race_called_again_trains_nothing_twice(scenes, tmp_path):
    plan = TrialPlan(networks=2, epochs=1)
    first = race(makers_of(2, at=0), scenes, PLAN, plan, run=tmp_path)
    train(everything(), scenes, PLAN, run=tmp_path)
    epochs = []

    again = race(makers_of(2, at=0), scenes, PLAN, plan, run=tmp_path, on_epoch=epochs.append)

    assert epochs == []
    assert again == first
    assert len(load_checkpoint(tmp_path / CHECKPOINT)["losses"]) == 4, "the training is kept"


def test_one_network_needs_no_race(scenes, tmp_path):
    assert race([everything], scenes, PLAN, TrialPlan(networks=4), run=tmp_path) == []


def test_without_validation_images_there_is_nothing_to_compare_on(scenes, tmp_path):
    blind = replace(scenes, validation=())

    with pytest.raises(RunInvalid, match="hold some out"):
        race(makers_of(2, at=0), blind, PLAN, TrialPlan(networks=2), run=tmp_path)


def test_no_round_goes_beyond_the_training():
    assert TrialPlan(networks=8, epochs=10).rounds(24) == [(8, 10), (4, 20), (2, 24)]


@pytest.mark.parametrize("wrong", [{"networks": 0}, {"epochs": 0}])
def test_a_number_no_trial_can_have_is_refused(wrong):
    with pytest.raises(RunInvalid, match="each at least 1"):
        TrialPlan(**wrong)
