"""Evaluating a module: figures that follow from what it predicts, and nothing left behind."""

import numpy as np
import torch
from torch import nn

from search.data.dataset import Sample
from search.data.normalisation import IMAGENET
from search.evaluation import evaluate, predictions


class Bright(nn.Module):
    """Predicts a target where red is above the mean."""

    def __init__(self):
        super().__init__()
        self.bias = nn.Parameter(torch.zeros(1))

    def forward(self, images):
        return images[:, :1] + self.bias


def _sample(name, top, left, size=16):
    mask = np.zeros((size, size), dtype=np.bool_)
    mask[top : top + 3, left : left + 3] = True
    image = np.repeat(mask[:, :, None].astype(np.uint8) * 255, 3, axis=2)
    return Sample(id=name, image=image, mask=mask)


SAMPLES = [_sample("a", 2, 2), _sample("b", 8, 9), _sample("c", 0, 13)]


def test_a_perfect_prediction_has_perfect_figures():
    metrics = evaluate(Bright(), SAMPLES, size=16, normalisation=IMAGENET, batch=2)

    assert (metrics.miou, metrics.niou, metrics.pd, metrics.fa) == (1, 1, 1, 0)
    assert (metrics.images, metrics.targets) == (3, 3)


def test_a_wrong_sample_costs_its_share():
    image, mask = SAMPLES[0].load()
    moved = Sample(id="moved", image=image, mask=np.roll(mask, 8, axis=1))

    metrics = evaluate(Bright(), [*SAMPLES, moved], size=16, normalisation=IMAGENET)

    assert metrics.pd == 3 / 4
    assert metrics.niou == 3 / 4
    assert metrics.fa == 9 / (4 * 256)


def test_images_are_resized_to_the_size_asked_for():
    found = list(predictions(Bright(), SAMPLES, size=24, normalisation=IMAGENET))

    assert [prediction.sample.id for prediction in found] == ["a", "b", "c"]
    for prediction in found:
        assert prediction.image.shape == (24, 24, 3)
        assert prediction.mask.shape == prediction.probability.shape == (24, 24)
        assert prediction.probability[prediction.mask].mean() > 0.5


def test_the_module_keeps_its_mode_and_its_running_statistics(fresh, scenes):
    module = fresh().train()
    before = {name: tensor.clone() for name, tensor in module.state_dict().items()}

    evaluate(module, scenes.test, size=32, normalisation=scenes.normalisation)

    assert module.training
    assert all(torch.equal(before[name], x) for name, x in module.state_dict().items())
