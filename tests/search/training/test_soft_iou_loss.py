"""The loss, by hand and against the official code's."""

import os
from pathlib import Path

import numpy as np
import pytest
import torch

from search.losses import deeply_supervised_loss, soft_iou_loss

ROOT = Path(__file__).parents[3]
SHARED = Path(os.environ.get("HNA_DATA", ROOT.parent / "shared" / "data")).parent
GOLDEN = SHARED / "spec" / "golden" / "metrics_golden.npz"


def test_half_sure_of_everything_is_worked_out_by_hand():
    logits = torch.zeros(1, 1, 2, 2)  # p = 0.5 four times
    target = torch.tensor([[[[1.0, 0.0], [0.0, 0.0]]]])

    loss = soft_iou_loss(logits, target)

    assert loss.item() == pytest.approx(1 - (0.5 + 1) / (2 + 1 - 0.5 + 1))


def test_a_sure_and_right_prediction_costs_nothing():
    target = torch.eye(4)[None, None]

    assert soft_iou_loss((target - 0.5) * 100, target).item() == pytest.approx(0, abs=1e-6)


def test_it_is_the_official_loss_of_images_and_of_the_batch():
    if not GOLDEN.is_file():
        pytest.skip(f"{GOLDEN} is absent; it is not part of the repository")
    golden = np.load(GOLDEN)
    logits = torch.from_numpy(golden["logits"])
    masks = torch.from_numpy(golden["masks"]).float()

    batch = soft_iou_loss(logits, masks).item()
    images = [soft_iou_loss(x, t).item() for x, t in zip(logits, masks, strict=True)]

    assert batch == pytest.approx(float(golden["softiou_batch"]), abs=1e-7)
    np.testing.assert_allclose(images, golden["softiou_per_image"], atol=1e-7)


def test_the_loss_of_several_heads_is_the_mean_of_theirs():
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(2, 3, 8, 8, generator=generator)
    target = (torch.rand(2, 1, 8, 8, generator=generator) > 0.9).float()

    loss = deeply_supervised_loss(logits, target)

    single = [float(soft_iou_loss(logits[:, k : k + 1], target)) for k in range(3)]
    assert float(loss) == pytest.approx(sum(single) / 3)


def test_the_loss_of_one_head_is_soft_iou_to_the_bit():
    logits, target = torch.randn(2, 1, 8, 8), torch.ones(2, 1, 8, 8)

    assert deeply_supervised_loss(logits, target).equal(soft_iou_loss(logits, target))
