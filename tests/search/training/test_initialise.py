"""Fresh weights follow from the seed and have Xavier's spread."""

import pytest
import torch
from torch import nn

from search.training.initialise import initialise


def test_convolutions_have_the_xavier_normal_spread():
    layer = nn.Conv2d(32, 64, 3)

    initialise(layer, seed=0)

    expected = (2 / (32 * 9 + 64 * 9)) ** 0.5
    assert layer.weight.std().item() == pytest.approx(expected, rel=0.03)


def test_equal_seeds_make_equal_weights_whatever_was_there(fresh):
    one, other = fresh(seed=5).state_dict(), fresh(seed=5).state_dict()

    assert all(torch.equal(one[name], other[name]) for name in one)
    assert not torch.equal(one["head.conv.weight"], fresh(seed=6).state_dict()["head.conv.weight"])


def test_the_global_random_state_is_left_alone(fresh):
    module = fresh()
    before = torch.get_rng_state()

    initialise(module, seed=1)

    assert torch.equal(torch.get_rng_state(), before)
