"""Detections beside ground truth: what counts as hit, miss and false alarm, and the PNG."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from profiler.errors import DataInvalid
from search.metrics.components import match
from search.report.detections import GAP, SIDE, detections_png, marks_of


def test_a_prediction_nearer_than_three_pixels_is_a_hit():
    marks = marks_of(_dot(10, 10), _dot(12, 12))

    assert marks.hits == ((10.0, 10.0),)
    assert marks.misses == marks.false_alarms == ()


def test_a_prediction_three_pixels_away_is_a_miss_and_a_false_alarm():
    marks = marks_of(_dot(10, 10), _dot(10, 13))

    assert marks.hits == ()
    assert marks.misses == ((10.0, 10.0),)
    assert marks.false_alarms == ((10.0, 13.0),)


def test_one_predicted_component_is_claimed_by_one_target_only():
    marks = marks_of(_dot(10, 10) | _dot(10, 14), _dot(10, 12))

    assert len(marks.hits) == len(marks.misses) == 1


def test_pixels_that_touch_at_a_corner_are_one_component():
    marks = marks_of(_dot(10, 10) | _dot(11, 11), np.zeros((32, 32), bool))

    assert marks.misses == ((10.5, 10.5),)


@pytest.mark.parametrize("seed", range(5))
def test_the_marks_are_what_the_metrics_count(seed):
    draw = np.random.default_rng(seed)
    mask, predicted = draw.random((2, 48, 48)) < 0.02

    marks, counted = marks_of(mask, predicted), match(predicted, mask)

    assert len(marks.hits) == len(counted.found) > 0
    assert len(marks.hits) + len(marks.misses) == counted.targets
    assert len(marks.false_alarms) == len(counted.false) > 0


def test_the_sheet_has_three_panels_for_each_image(detections):
    sheet = Image.open(io.BytesIO(detections_png(detections)))

    assert sheet.format == "PNG"
    assert sheet.size == (3 * SIDE + 2 * GAP, 2 * SIDE + GAP)


def test_images_that_are_not_square_keep_their_shape():
    image, mask = np.zeros((32, 64, 3), np.uint8), np.zeros((32, 64), bool)

    sheet = Image.open(io.BytesIO(detections_png([(image, mask, mask.astype(np.float32))])))

    assert sheet.size == (3 * SIDE + 2 * GAP, SIDE // 2)


def test_a_mask_of_another_size_is_an_error_that_names_both_sizes():
    image, mask = np.zeros((32, 32, 3), np.uint8), np.zeros((16, 16), bool)

    with pytest.raises(DataInvalid, match=r"\(32, 32\), mask \(16, 16\)"):
        detections_png([(image, mask, np.zeros((32, 32), np.float32))])


def test_no_detections_at_all_is_an_error():
    with pytest.raises(DataInvalid, match="at least one image"):
        detections_png([])


def _dot(row: int, column: int) -> np.ndarray:
    mask = np.zeros((32, 32), bool)
    mask[row, column] = True
    return mask
