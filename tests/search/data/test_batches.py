"""Batches: their shapes, their order, and that everything random follows from the seed."""

import numpy as np
import pytest
import torch

from profiler.errors import DataInvalid
from search.data import batches
from search.data.augmentation import augmented, padded, scaled_to
from search.data.dataset import Sample
from search.data.normalisation import IMAGENET
from search.data.synthetic import synthetic_dataset

SAMPLES = synthetic_dataset(train=10, test=1, size=48, seed=0).train  # 8 stay for training


def _training(samples=SAMPLES, batch=3, seed=0):
    return batches.training_batches(
        samples, size=32, batch=batch, seed=seed, normalisation=IMAGENET
    )


def _plain(samples=SAMPLES, batch=3, size=48):
    return batches.test_batches(samples, size=size, batch=batch, normalisation=IMAGENET)


def _all(found):
    images, masks = zip(*found, strict=True)
    return torch.cat(images), torch.cat(masks)


def test_training_batches_have_the_size_asked_for_and_masks_of_zero_and_one():
    found = list(_training().epoch(0))

    assert [images.shape for images, _ in found] == [(3, 3, 32, 32)] * 2
    assert [masks.shape for _, masks in found] == [(3, 1, 32, 32)] * 2
    images, masks = _all(found)
    assert images.dtype == masks.dtype == torch.float32
    assert set(masks.unique().tolist()) <= {0.0, 1.0}


def test_an_incomplete_last_batch_is_dropped_in_training():
    assert len(_training(batch=3)) == 2
    assert len(_training(batch=4)) == 2


def test_fewer_samples_than_a_batch_are_one_smaller_batch():
    found = list(_training(batch=16).epoch(0))

    assert len(_training(batch=16)) == len(found) == 1
    assert found[0][0].shape[0] == 8


def test_an_epoch_is_the_same_again_for_the_same_seed_and_number():
    first, again = _all(_training().epoch(5)), _all(_training().epoch(5))

    assert torch.equal(first[0], again[0]) and torch.equal(first[1], again[1])


def test_another_epoch_or_seed_is_something_else():
    images, _ = _all(_training().epoch(0))

    assert not torch.equal(images, _all(_training().epoch(1))[0])
    assert not torch.equal(images, _all(_training(seed=1).epoch(0))[0])


def test_test_batches_hold_every_sample_once_in_order_without_change():
    images, masks = _all(_plain().epoch(0))

    assert images.shape == (8, 3, 48, 48)
    for sample, image, mask in zip(SAMPLES, images, masks, strict=True):
        pixels, truth = sample.load()
        assert torch.equal(image, torch.from_numpy(IMAGENET.apply(pixels)))
        assert torch.equal(mask[0] > 0, torch.from_numpy(truth))


def test_the_number_of_test_batches_counts_the_incomplete_one():
    assert len(_plain(batch=3)) == len(list(_plain(batch=3).epoch(0))) == 3


def test_normalisation_subtracts_the_mean_and_divides_by_the_spread():
    image = np.full((2, 2, 3), 255, dtype=np.uint8)

    normalised = IMAGENET.apply(image)

    np.testing.assert_allclose(normalised[0], (1 - 0.485) / 0.229, rtol=1e-6)


def test_the_aspect_is_kept_when_the_long_side_is_scaled():
    assert scaled_to(240, 320, 160) == (120, 160)
    assert scaled_to(320, 240, 160) == (160, 120)
    assert scaled_to(1, 1000, 10) == (1, 10)


def test_small_images_are_padded_right_and_below():
    image, mask = padded(np.full((2, 3, 3), 9, np.uint8), np.ones((2, 3), np.bool_), 4)

    assert image.shape == (4, 4, 3) and mask.shape == (4, 4)
    assert mask[:2, :3].all() and mask.sum() == 6
    assert image.sum() == 9 * 3 * 6


def test_image_and_mask_are_augmented_alike():
    mask = np.zeros((40, 60), dtype=np.bool_)
    mask[10:30, 12:40] = True
    image = np.repeat(mask[:, :, None].astype(np.uint8) * 255, 3, axis=2)

    for seed in range(20):
        view, target = augmented(image, mask, 32, np.random.default_rng(seed))

        agreement = ((view[..., 0] > 127) == target).mean()
        assert agreement > 0.95  # bilinear and nearest differ at the edges


def test_about_half_of_the_views_are_flipped():
    image = np.zeros((32, 32, 3), dtype=np.uint8)
    image[:, :8] = 255
    mask = np.zeros((32, 32), dtype=np.bool_)

    views = [augmented(image, mask, 8, np.random.default_rng(seed))[0] for seed in range(200)]

    left = sum(int(view[:, 0, 0].sum()) > int(view[:, -1, 0].sum()) for view in views)
    right = sum(int(view[:, 0, 0].sum()) < int(view[:, -1, 0].sum()) for view in views)
    assert abs(left - right) < 0.3 * (left + right)


def test_no_samples_make_no_batches():
    with pytest.raises(DataInvalid, match="no images"):
        _training(samples=())


def test_a_broken_sample_is_an_error_of_the_epoch():
    broken = Sample(id="x", image=np.zeros((4, 4, 3), np.uint8), mask=np.zeros((5, 4), np.bool_))

    with pytest.raises(DataInvalid, match="x: the image is 4x4 pixels and its mask 4x5"):
        list(_plain(samples=[broken]).epoch(0))


def test_processes_that_share_batches_see_what_one_sees():
    def part(shard):
        return batches.training_batches(
            SAMPLES, size=32, batch=4, seed=0, normalisation=IMAGENET, shard=shard
        ).epoch(2)

    halves = zip(part((0, 2)), part((1, 2)), strict=True)
    for (images, masks), *shared in zip(part((0, 1)), halves, strict=True):
        (first, second) = shared[0]
        assert first[0].shape[0] == second[0].shape[0] == 2
        assert torch.equal(torch.cat((first[0], second[0])), images)
        assert torch.equal(torch.cat((first[1], second[1])), masks)


@pytest.mark.parametrize("batch", [3, 64], ids=["odd batch", "fewer images than a batch"])
def test_batches_that_processes_cannot_share_evenly_are_refused(batch):
    with pytest.raises(DataInvalid, match="processes cannot share batches"):
        batches.training_batches(
            SAMPLES[:7], size=32, batch=batch, seed=0, normalisation=IMAGENET, shard=(0, 2)
        )
