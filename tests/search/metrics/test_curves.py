"""Curves over thresholds: by hand, and beside a library that has the same figures."""

import numpy as np
import pytest
import torch
from torchmetrics.functional.classification import (
    binary_auroc,
    binary_average_precision,
    binary_jaccard_index,
)

from search.metrics.curves import PixelHistogram, TargetCurve
from search.metrics.metrics import Tally


@pytest.fixture(params=range(3))
def scene(request):
    draw = np.random.default_rng(request.param)
    mask = draw.random((4, 48, 48)) < 0.05
    logits = draw.normal(-4, 3, mask.shape) + 5 * mask
    return (np.rint(logits * 64) / 64).astype(np.float32), mask  # as the histogram rounds


def _curve(logits, masks):
    histogram = PixelHistogram()
    for image, mask in zip(logits, masks, strict=True):
        histogram.add(image, mask)
    return histogram.curve()


def test_the_curve_of_four_pixels_is_the_one_drawn_by_hand():
    logits = np.array([[[3, 2, 1, 0]]], dtype=np.float32)
    mask = np.array([[[True, False, True, False]]])

    curve = _curve(logits, mask)

    assert curve.logit.tolist() == [np.inf, 3, 2, 1, 0]
    assert curve.recall.tolist() == [0, 0.5, 0.5, 1, 1]
    assert curve.false_positive_rate.tolist() == [0, 0, 0.5, 0.5, 1]
    assert curve.precision.tolist() == [1, 1, 1 / 2, 2 / 3, 1 / 2]
    assert curve.auc == 0.75
    assert curve.average_precision == pytest.approx(0.5 * 1 + 0.5 * 2 / 3)


def test_pixels_that_tie_count_half():
    curve = _curve(np.zeros((1, 2, 2), np.float32), np.array([[[True, False], [False, False]]]))

    assert curve.auc == 0.5
    assert curve.average_precision == 0.25


def test_without_targets_there_is_no_curve():
    assert _curve(np.zeros((1, 2, 2), np.float32), np.zeros((1, 2, 2), np.bool_)) is None


def test_areas_are_those_of_torchmetrics(scene):
    logits, masks = scene
    scores = torch.from_numpy((logits.ravel().astype(np.float64) + 512) / 1024)  # 0 to 1
    targets = torch.from_numpy(masks.ravel().astype(np.int64))

    curve = _curve(logits, masks)

    assert curve.auc == pytest.approx(float(binary_auroc(scores, targets)), abs=1e-6)
    precision = float(binary_average_precision(scores, targets))
    assert curve.average_precision == pytest.approx(precision, abs=1e-6)


def test_miou_is_the_binary_jaccard_index_of_torchmetrics(scene):
    logits, masks = scene
    tally = Tally()
    for image, mask in zip(logits, masks, strict=True):
        tally.add(image > 0, mask)

    expected = binary_jaccard_index(torch.from_numpy(logits > 0), torch.from_numpy(masks))

    assert tally.metrics().miou == pytest.approx(float(expected), abs=1e-6)


def test_a_stricter_threshold_finds_fewer_targets_and_raises_fewer_alarms():
    mask = np.zeros((20, 20), dtype=np.bool_)
    mask[4:6, 4:6] = mask[14:16, 14:16] = True
    logits = np.full((20, 20), -9.0, dtype=np.float32)
    logits[4:6, 4:6], logits[14:16, 14:16], logits[4:6, 14:17] = 3.0, 0.5, 1.0

    curve = TargetCurve((0.1, 0.5, 0.7, 0.9, 0.99))
    curve.add(logits, mask)

    points = curve.points()
    assert [point.pd for point in points.values()] == [1, 1, 0.5, 0.5, 0]
    assert [round(point.fa * 400) for point in points.values()] == [6, 6, 6, 0, 0]


def test_half_is_the_prediction_itself(scene):
    logits, masks = scene
    curve, tally = TargetCurve(), Tally()
    for image, mask in zip(logits, masks, strict=True):
        curve.add(image, mask)
        tally.add(image > 0, mask)

    assert curve.points()[0.5] == tally.metrics()
