"""Synthetic scenes: reproducible, and with targets one can see."""

import numpy as np
import pytest

from profiler.errors import DataInvalid
from search.data.synthetic import synthetic_dataset
from search.metrics.components import components


def test_equal_seeds_make_equal_scenes():
    one, other = (synthetic_dataset(train=4, test=2, size=64, seed=7) for _ in range(2))

    for first, second in zip(one.train + one.test, other.train + other.test, strict=True):
        for a, b in zip(first.load(), second.load(), strict=True):
            np.testing.assert_array_equal(a, b)


def test_another_seed_makes_other_scenes():
    one, other = (synthetic_dataset(train=2, test=1, size=64, seed=seed) for seed in (1, 2))

    assert not np.array_equal(one.test[0].load()[0], other.test[0].load()[0])


def test_the_lists_are_apart_and_as_long_as_asked():
    dataset = synthetic_dataset(train=10, test=3, size=32, seed=0)

    lists = (dataset.train, dataset.validation, dataset.test)
    assert [len(samples) for samples in lists] == [8, 2, 3]
    assert len({sample.id for samples in lists for sample in samples}) == 13
    assert (dataset.name, dataset.source) == ("synthetic", "synthetic")


def test_every_scene_has_one_to_three_small_targets():
    for sample in synthetic_dataset(train=40, test=1, size=96, seed=3).train:
        _, mask = sample.load()
        targets = components(mask)

        assert 1 <= len(targets) <= 3
        assert mask.mean() < 0.02


def test_targets_are_brighter_than_what_surrounds_them():
    differences = []
    for sample in synthetic_dataset(train=40, test=1, size=96, seed=3).train:
        image, mask = sample.load()
        differences.append(image[mask].mean() - image[~mask].mean())

    assert np.median(differences) > 15


def test_scenes_too_small_or_too_few_are_refused():
    with pytest.raises(DataInvalid, match="size=8"):
        synthetic_dataset(train=4, test=1, size=8, seed=0)
    with pytest.raises(DataInvalid, match="train=1"):
        synthetic_dataset(train=1, test=1, size=32, seed=0)
