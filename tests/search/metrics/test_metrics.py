"""The figures of lists of images, by hand and against the official code's."""

import os
from pathlib import Path

import numpy as np
import pytest

from profiler.errors import DataInvalid
from search.metrics.metrics import Tally, score_image

ROOT = Path(__file__).parents[3]
SHARED = Path(os.environ.get("HNA_DATA", ROOT.parent / "shared" / "data")).parent
GOLDEN = SHARED / "spec" / "golden" / "metrics_golden.npz"
EMPTY = np.zeros((32, 32), dtype=np.bool_)


def _square(top, left, side):
    mask = EMPTY.copy()
    mask[top : top + side, left : left + side] = True
    return mask


def _metrics(*pairs):
    tally = Tally()
    for prediction, mask in pairs:
        tally.add(prediction, mask)
    return tally.metrics()


@pytest.fixture(scope="module")
def golden():
    if not GOLDEN.is_file():
        pytest.skip(f"{GOLDEN} is absent; it is not part of the repository")
    return dict(np.load(GOLDEN))


def test_miou_adds_pixels_of_all_images_and_niou_averages_images():
    half = (_square(0, 0, 2), _square(0, 0, 2) | _square(2, 0, 2))  # 4 of 8
    whole = (_square(5, 5, 4), _square(5, 5, 4))  # 16 of 16

    metrics = _metrics(half, whole)

    assert metrics.miou == 20 / 24
    assert metrics.niou == (0.5 + 1) / 2
    assert metrics.pixel_recall == 20 / 24


def test_nothing_predicted_where_there_is_nothing_is_perfect():
    metrics = _metrics((EMPTY, EMPTY))

    assert (metrics.miou, metrics.niou, metrics.fa) == (1, 1, 0)
    assert metrics.pd is None and metrics.pixel_recall is None


def test_a_false_alarm_on_an_empty_image_costs_iou_and_fa():
    metrics = _metrics((_square(3, 3, 2), EMPTY))

    assert (metrics.miou, metrics.niou) == (0, 0)
    assert metrics.fa == 4 / 1024
    assert metrics.fa_compat == 4 / 65536


def test_a_missed_target_costs_pd_and_no_false_alarm():
    metrics = _metrics((EMPTY, _square(3, 3, 2)), (_square(9, 9, 3), _square(9, 9, 3)))

    assert metrics.pd == 1 / 2
    assert metrics.fa == 0
    assert (metrics.images, metrics.targets) == (2, 2)


def test_a_prediction_of_another_size_is_refused():
    with pytest.raises(DataInvalid, match=r"\(32, 32\) pixels for a mask of \(16, 16\)"):
        score_image(EMPTY, EMPTY[:16, :16])


def test_no_images_have_no_figures():
    with pytest.raises(DataInvalid, match="no images"):
        Tally().metrics()


def test_iou_is_the_official_one(golden):
    metrics = _metrics(*zip(golden["logits"][:, 0] > 0, golden["masks"][:, 0] > 0, strict=True))

    assert metrics.miou == golden["iou"]
    assert metrics.pixel_recall == pytest.approx(float(golden["pixacc"]), abs=1e-7)  # has an eps


@pytest.mark.parametrize("bin_number", range(11))
def test_pd_and_compat_fa_are_the_official_ones_at_every_threshold(golden, bin_number):
    predicted = golden["logits"][:, 0] > bin_number * 25.5

    metrics = _metrics(*zip(predicted, golden["masks"][:, 0] > 0, strict=True))

    assert metrics.pd == golden["PD"][bin_number]
    assert metrics.fa_compat == golden["FA"][bin_number]
    assert metrics.targets == golden["n_targets"][bin_number]
