"""Samples decoded once."""

import numpy as np

from search.data.folder import open_folder
from search.data.memory import decoded


def test_decoded_samples_need_their_files_no_more(folder):
    samples = open_folder(folder).train
    before = [sample.load() for sample in samples]

    kept = decoded(samples)
    for sample in samples:
        sample.image.unlink()

    assert [sample.id for sample in kept] == [sample.id for sample in samples]
    for sample, (image, mask) in zip(kept, before, strict=True):
        assert np.array_equal(sample.load()[0], image) and np.array_equal(sample.load()[1], mask)


def test_what_exceeds_the_limit_stays_on_disk(folder, monkeypatch):
    monkeypatch.setattr("search.data.memory._AT_ONCE", 1)
    samples = open_folder(folder).train

    kept = decoded(samples, limit_bytes=24 * 32 * 4)  # exactly one image and mask fit

    assert [isinstance(sample.image, np.ndarray) for sample in kept][:3] == [True, True, False]
