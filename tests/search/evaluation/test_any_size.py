"""One set of weights at every size."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from profiler.backends.torch_module import torch_module
from profiler.errors import DataInvalid
from search.any_size import AnySize
from search.data.dataset import Sample
from search.data.folder import open_folder
from search.data.normalisation import IMAGENET
from search.evaluation import evaluate, predictions


def test_it_says_what_the_network_described_at_that_size_says(network, module):
    images, runs = torch.randn(2, 3, 40, 56), AnySize(network, module)
    described = torch_module(replace(network, height=40, width=56)).eval()
    described.load_state_dict(module.state_dict())

    with torch.no_grad():
        found, expected = runs.eval()(images), described(images)

    assert found.shape == (2, 1, 40, 56)
    torch.testing.assert_close(found, expected)


def test_it_follows_the_mode_it_is_put_in(network, module):
    images, runs = torch.randn(2, 3, 40, 56), AnySize(network, module)

    with torch.no_grad():
        evaluated = runs.eval()(images)
        trained = runs.train()(images)

    assert not torch.allclose(evaluated, trained)


def test_all_sizes_share_the_weights_of_the_module(network, module):
    runs = AnySize(network, module).eval()
    images = torch.randn(1, 3, 40, 56)
    with torch.no_grad():
        before = runs(images)
        module.get_parameter("head.conv.bias").add_(5.0)
        after = runs(images)

    torch.testing.assert_close(after, before + 5.0)


def test_after_a_cast_no_size_keeps_the_old_weights(network, module):
    runs, images = AnySize(network, module).eval(), torch.randn(1, 3, 40, 56)
    with torch.no_grad():
        runs(images)

        found = runs.double()(images.double())

    assert found.dtype == torch.float64


def test_each_image_is_evaluated_at_its_own_size(network, module, root):
    samples = open_folder(root).test

    found = list(predictions(AnySize(network, module), samples, size=None, normalisation=IMAGENET))

    assert [each.logits.shape for each in found] == [(40, 32), (33, 48)]
    assert [each.image.shape for each in found] == [(40, 32, 3), (33, 48, 3)]
    assert [each.mask.sum() for each in found] == [12, 16]


def test_an_image_too_small_to_be_halved_is_named(network, module):
    tiny = Sample(id="speck", image=np.zeros((1, 5, 3), np.uint8), mask=np.zeros((1, 5), bool))

    with pytest.raises(DataInvalid, match=r"image speck: .*cannot be halved 1 times"):
        evaluate(AnySize(network, module), [tiny], size=None, normalisation=IMAGENET)


class TwoHeads(nn.Module):
    """A first head that sees targets everywhere and a last one that sees them where red is."""

    def forward(self, images):
        return torch.cat([torch.ones_like(images[:, :1]), images[:, :1]], dim=1)


@pytest.mark.parametrize("size", [16, None])
def test_of_several_heads_the_last_is_the_prediction(size):
    mask = np.zeros((16, 16), dtype=np.bool_)
    mask[2:5, 2:5] = True
    image = np.repeat(mask[:, :, None].astype(np.uint8) * 255, 3, axis=2)

    metrics = evaluate(
        TwoHeads(), [Sample(id="a", image=image, mask=mask)], size=size, normalisation=IMAGENET
    )

    assert (metrics.miou, metrics.fa) == (1, 0)


def test_a_logit_just_above_zero_is_a_target():
    class Barely(nn.Module):
        def forward(self, images):
            return torch.full_like(images[:, :1], 1e-9)  # a probability of 0.5 in float32

    sample = Sample(id="a", image=np.zeros((4, 4, 3), np.uint8), mask=np.ones((4, 4), np.bool_))

    assert evaluate(Barely(), [sample], size=4, normalisation=IMAGENET).miou == 1


@pytest.mark.parametrize("size", [16, None])
def test_no_images_at_all_is_an_error(module, size):
    with pytest.raises(DataInvalid, match="no images"):
        list(predictions(module, [], size=size, normalisation=IMAGENET))
