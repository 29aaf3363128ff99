"""What a plan may add to a training: precision, warm-up, clipping, TensorBoard, test figures."""

import resource
import sys
from dataclasses import replace

import pytest
import torch
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from profiler.errors import ExtraMissing, RunInvalid
from search.checkpoint import load_checkpoint
from search.data.augmentation import STRONG
from search.training.loop import CHECKPOINT, train
from search.training.plan import TrainingPlan
from search.training.recipes import RECIPES, changed

PLAN = TrainingPlan(epochs=3, batch=8, size=32, learning_rate=5e-3)


@pytest.mark.parametrize(
    "plan",
    [
        replace(PLAN, precision="bf16"),
        replace(PLAN, augmentation=STRONG, warmup_epochs=1.5, gradient_clip=0.1, ema_decay=0.9),
    ],
    ids=["bf16", "modern"],
)
def test_a_resumed_training_ends_with_the_same_bits(fresh, scenes, tmp_path, plan):
    whole, resumed = fresh(), fresh(seed=9)
    uninterrupted = train(whole, scenes, plan, run=tmp_path / "whole")

    with pytest.raises(KeyboardInterrupt):
        train(fresh(), scenes, plan, run=tmp_path / "halves", on_epoch=_interrupt)
    assert train(resumed, scenes, plan, run=tmp_path / "halves") == uninterrupted

    for name, tensor in whole.state_dict().items():
        assert torch.equal(resumed.state_dict()[name], tensor), name


def _interrupt(report):
    raise KeyboardInterrupt


def test_bf16_computes_other_numbers_and_keeps_weights_in_fp32(fresh, scenes, tmp_path):
    module = fresh()

    low = train(module, scenes, replace(PLAN, precision="bf16"), run=tmp_path / "bf16")
    full = train(fresh(), scenes, PLAN, run=tmp_path / "fp32")

    assert low.losses != full.losses
    assert low.losses == pytest.approx(full.losses, abs=0.05)
    assert {weight.dtype for weight in module.parameters()} == {torch.float32}


def test_fp16_is_refused_without_a_gpu(fresh, scenes, tmp_path):
    with pytest.raises(RunInvalid, match="fp16 trains on a GPU, not on cpu; take bf16"):
        train(fresh(), scenes, replace(PLAN, precision="fp16"), run=tmp_path)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
@pytest.mark.parametrize("precision", ["fp16", "bf16", "fp32"])
def test_every_precision_trains_on_a_gpu(fresh, scenes, tmp_path, precision):
    plan = replace(PLAN, precision=precision)

    result = train(fresh().cuda(), scenes, plan, run=tmp_path)

    assert len(result.losses) == 3


def test_the_learning_rate_rises_during_the_warm_up_and_then_falls():
    plan = replace(PLAN, epochs=10, warmup_epochs=2)

    rates = [plan.learning_rate_at(step, 50) for step in range(50)]  # 10 steps of warm-up

    assert rates[0] == pytest.approx(5e-4)
    assert max(rates) == rates[9] == rates[10] == 5e-3
    assert rates[:10] == sorted(rates[:10]) and rates[10:] == sorted(rates[10:], reverse=True)


def test_clipped_gradients_move_the_weights_less(fresh, scenes, tmp_path):
    def moved(clip):
        plan = replace(PLAN, epochs=1, optimizer="adagrad", gradient_clip=clip)
        train(fresh(), scenes, plan, run=tmp_path / str(clip))
        state = load_checkpoint(tmp_path / str(clip) / CHECKPOINT)["optimizer"]["state"]
        return sum(float(each["sum"].sum()) for each in state.values())  # of squared gradients

    assert moved(1e-3) == pytest.approx(2 * 1e-6, rel=0.01)  # two steps of norm 1e-3
    assert moved(0.0) > 1e-4


def test_looking_at_the_test_list_is_reported_and_chooses_nothing(fresh, scenes, tmp_path):
    plan = replace(PLAN, epochs=5)
    reports = []

    blind = train(fresh(), scenes, plan, run=tmp_path / "blind")
    seeing = train(
        fresh(),
        scenes,
        replace(plan, test_every=2),
        run=tmp_path / "seeing",
        on_epoch=reports.append,
    )

    assert [epoch for epoch, _ in seeing.test_mious] == [2, 4, 5]
    assert ["test_miou" in report.values for report in reports] == [False, True] * 2 + [True]
    best = max(miou for _, miou in seeing.test_mious)
    assert (seeing.best_on_test_miou, seeing.last_on_test_miou) == (best, seeing.test_mious[-1][1])
    assert dict(seeing.test_mious)[seeing.best_on_test_epoch] == best
    assert replace(seeing, test_mious=()) == blind
    assert (blind.best_on_test_miou, blind.best_on_test_epoch) == (None, None)
    assert blind.last_miou == blind.validation_mious[-1]


def test_tensorboard_shows_what_every_epoch_reported(fresh, scenes, tmp_path):
    result = train(fresh(), scenes, PLAN, run=tmp_path, tensorboard=True)

    events = EventAccumulator(str(tmp_path)).Reload()
    losses = [(event.step, event.value) for event in events.Scalars("train/loss")]
    mious = [event.value for event in events.Scalars("train/miou")]
    assert [step for step, _ in losses] == [1, 2, 3]
    assert [value for _, value in losses] == pytest.approx(result.losses, rel=1e-6)
    assert mious == pytest.approx(result.validation_mious, rel=1e-6)


def test_tensorboard_that_is_not_installed_is_named(fresh, scenes, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)

    with pytest.raises(ExtraMissing, match=r"tensorboard is not installed.*hna-nas\[search\]"):
        train(fresh(), scenes, PLAN, run=tmp_path, tensorboard=True)


def test_a_disk_that_fills_up_keeps_the_last_checkpoint_and_the_run_goes_on_later(
    fresh, scenes, tmp_path
):
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)

    def fill(report):
        if report.epoch == 2:
            resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))

    try:
        with pytest.raises(RunInvalid, match="could not be written"):
            train(fresh(), scenes, PLAN, run=tmp_path, on_epoch=fill)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    assert len(load_checkpoint(tmp_path / CHECKPOINT)["losses"]) == 2
    resumed = train(fresh(), scenes, PLAN, run=tmp_path)
    assert resumed == train(fresh(), scenes, PLAN, run=tmp_path / "undisturbed")


@pytest.mark.parametrize(
    "fields",
    [{"precision": "int8"}, {"warmup_epochs": 100}, {"gradient_clip": -1.0}, {"test_every": -1}],
)
def test_an_impossible_plan_names_its_field(fields):
    with pytest.raises(RunInvalid, match=next(iter(fields))):
        TrainingPlan(**fields)


def test_a_recipe_is_changed_only_where_it_is_asked_to_be():
    changed_recipe = changed("reference", epochs=7, batch=None, augmentation="strong")

    expected = replace(RECIPES["reference"].plan, epochs=7, augmentation=STRONG)
    assert changed_recipe.plan == expected
    assert not changed_recipe.expect_few_targets


def test_a_recipe_made_short_keeps_a_short_warm_up():
    assert changed("modern", epochs=4).plan.warmup_epochs == pytest.approx(0.4)


@pytest.mark.parametrize(
    ("name", "fields", "message"),
    [
        ("best", {}, "unknown recipe 'best'; known are reference, dnanet, modern"),
        ("modern", {"augmentation": "wild"}, "unknown augmentation 'wild'; known are reference"),
    ],
)
def test_an_unknown_name_is_refused(name, fields, message):
    with pytest.raises(RunInvalid, match=message):
        changed(name, **fields)
