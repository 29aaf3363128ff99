"""What a plan adds to a view, each kind alone, and that everything follows from the seed."""

from dataclasses import replace

import numpy as np
import pytest

from profiler.errors import DataInvalid
from search.data.augmentation import (
    AUGMENTATIONS,
    DNANET,
    REFERENCE,
    STRONG,
    AugmentationPlan,
    augmented,
)
from search.data.batches import training_batches
from search.data.normalisation import IMAGENET
from search.data.paste import pasted
from search.data.photometry import blurred, lit, noisy
from search.data.synthetic import synthetic_dataset

STILL = AugmentationPlan(flip=0.0, scale=(1.0, 1.0))
"""Leaves a square image of the right size as it is."""


def _scene():
    mask = np.zeros((32, 32), dtype=np.bool_)
    mask[4:7, 5:9] = True
    ramp = np.arange(32, dtype=np.uint8)[:, None] + np.zeros((32, 32), np.uint8)
    image = np.repeat(np.where(mask, 200, ramp)[:, :, None], 3, axis=2).astype(np.uint8)
    return image, mask


def _view(plan, seed=0, donor=None):
    return augmented(*_scene(), 32, np.random.default_rng(seed), plan, donor=donor)


def test_a_plan_that_draws_nothing_changes_nothing():
    image, mask = _view(STILL)

    assert np.array_equal(image, _scene()[0]) and np.array_equal(mask, _scene()[1])


def test_every_orientation_appears_and_image_and_mask_turn_together():
    plan = replace(STILL, flip=0.5, flip_vertical=0.5, rotate=True)

    views = [_view(plan, seed) for seed in range(80)]

    assert len({mask.tobytes() for _, mask in views}) == 8
    assert all(np.array_equal(image[..., 0] == 200, mask) for image, mask in views)


def test_dnanet_is_the_reference_with_every_second_view_blurred():
    pairs = [(_view(REFERENCE, seed), _view(DNANET, seed)) for seed in range(60)]

    differing = sum(not np.array_equal(one[0], other[0]) for one, other in pairs)
    assert all(np.array_equal(one[1], other[1]) for one, other in pairs)
    assert 15 < differing < 45


def test_a_blur_spreads_a_point_and_keeps_its_sum():
    point = np.zeros((9, 9, 3), dtype=np.uint8)
    point[4, 4] = 200

    spread = blurred(point, radius_pixels=1.0)

    assert spread[4, 4, 0] < 100 < spread[..., 0].astype(int).sum() < 300


def test_brightness_adds_and_contrast_stretches_about_the_mean():
    image = np.array([[[100] * 3, [120] * 3]], dtype=np.uint8)

    assert lit(image, added=10, factor=1.0)[0, :, 0].tolist() == [110, 130]
    assert lit(image, added=0, factor=2.0)[0, :, 0].tolist() == [90, 130]
    assert lit(image, added=200, factor=1.0)[0, :, 0].tolist() == [255, 255]


def test_noise_has_the_spread_asked_for_and_is_the_same_in_all_channels():
    grey = np.full((64, 64, 3), 128, dtype=np.uint8)

    noise = noisy(grey, 5.0, np.random.default_rng(0)).astype(float) - 128

    assert noise[..., 0].std() == pytest.approx(5.0, rel=0.1)
    assert np.array_equal(noise[..., 0], noise[..., 1])


def test_a_pasted_target_brings_its_contrast_and_leaves_the_others():
    background = np.full((40, 40, 3), 50, dtype=np.uint8)
    own = np.zeros((40, 40), dtype=np.bool_)
    own[0:2, 0:2] = True

    for seed in range(20):
        generator = np.random.default_rng(seed)
        image, mask = pasted(background, own, 1, _scene, generator)

        added = mask & ~own
        assert mask[own].all()
        assert int(added.sum()) in (0, 12)
        # On the donor's ramp, whose median around the target is about 5, it stands at 200.
        assert np.all(np.abs(image[added].astype(int) - (50 + 200 - 5)) <= 2)


def test_one_to_the_most_targets_are_pasted():
    empty = np.full((200, 200, 3), 50, dtype=np.uint8)
    nothing = np.zeros((200, 200), dtype=np.bool_)

    counts = {
        int(pasted(empty, nothing, 2, _scene, np.random.default_rng(seed))[1].sum()) // 12
        for seed in range(40)
    }

    assert counts == {0, 1, 2}


def test_a_donor_without_targets_gives_none():
    empty = (np.zeros((8, 8, 3), np.uint8), np.zeros((8, 8), np.bool_))

    image, mask = pasted(*empty, 3, lambda: empty, np.random.default_rng(1))

    assert not mask.any() and not image.any()


def test_a_target_too_large_for_the_image_is_left_out():
    small = (np.zeros((6, 6, 3), np.uint8), np.zeros((6, 6), np.bool_))

    masks = [pasted(*small, 1, _scene, np.random.default_rng(seed))[1] for seed in range(10)]

    assert not any(mask.any() for mask in masks)


@pytest.mark.parametrize("name", sorted(AUGMENTATIONS))
def test_a_named_plan_gives_equal_batches_for_equal_seeds(name):
    samples = synthetic_dataset(train=10, test=1, size=48, seed=0).train

    def first(seed):
        batches = training_batches(
            samples,
            size=32,
            batch=4,
            seed=seed,
            normalisation=IMAGENET,
            augmentation=AUGMENTATIONS[name],
        )
        return next(iter(batches.epoch(3)))[0]

    assert first(0).equal(first(0))
    assert not first(0).equal(first(1))


def test_strong_pastes_targets_of_other_training_images():
    images, masks = zip(*(_view(STRONG, seed, donor=_scene) for seed in range(20)), strict=True)

    alone = [_view(STRONG, seed)[1] for seed in range(20)]
    assert sum(mask.sum() for mask in masks) > 1.5 * sum(mask.sum() for mask in alone)
    assert all(image.shape == (32, 32, 3) and image.dtype == np.uint8 for image in images)


@pytest.mark.parametrize(
    "fields", [{"flip": 1.5}, {"noise": -0.1}, {"scale": (2.0, 1.0)}, {"paste": -1}]
)
def test_an_impossible_plan_names_its_field(fields):
    with pytest.raises(DataInvalid, match=next(iter(fields))):
        AugmentationPlan(**fields)
