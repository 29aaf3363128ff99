"""Pictures of predictions: what is drawn where, and which are chosen."""

import io

import numpy as np
import pytest
from PIL import Image

from profiler.errors import RunInvalid
from search.assessment import assess
from search.data.dataset import Sample
from search.evaluation import Prediction
from search.pictures import picture_png, write_pictures
from search.report.detections import FALSE_ALARM, GAP, HIT, MISS, SIDE


def _square(top, left, side=3):
    mask = np.zeros((32, 32), dtype=np.bool_)
    mask[top : top + side, left : left + side] = True
    return mask


def _prediction(name, mask, predicted):
    image = np.full((32, 32, 3), 60, dtype=np.uint8)
    logits = np.where(predicted, 8.0, -8.0).astype(np.float32)
    return Prediction(sample=Sample(id=name, image=image, mask=mask), mask=mask, logits=logits)


HIT_ONE = _prediction("found", _square(10, 10), _square(10, 10))
MISSED = _prediction("missed", _square(10, 10), _square(24, 4))
HALF = _prediction("half", _square(10, 10, 4), _square(10, 10, 3))


def test_the_worst_are_kept_in_their_order():
    assessment = assess([HIT_ONE, MISSED, HALF], pictures=2)

    assert [judged.prediction.sample.id for judged in assessment.worst] == ["missed", "half"]
    assert assessment.ids == ("found", "missed", "half")
    assert assessment.pixels is None and assessment.targets is None


def test_an_output_that_is_no_number_names_the_image():
    broken = _prediction("broken", _square(1, 1), _square(1, 1))
    broken.logits[3, 3] = np.nan

    with pytest.raises(RunInvalid, match="image broken: the network's output"):
        assess([broken])


def test_what_was_missed_and_what_is_false_have_their_own_colours():
    (judged,) = assess([MISSED], pictures=1).worst

    sheet = Image.open(io.BytesIO(picture_png(judged))).convert("RGB")

    overlay = np.array(sheet.crop((3 * (SIDE + GAP), 60, sheet.width, 60 + SIDE)))
    colours = {tuple(colour) for colour in overlay.reshape(-1, 3)}
    assert sheet.width == 4 * SIDE + 3 * GAP
    assert {MISS, FALSE_ALARM} <= colours
    assert HIT not in colours


def test_a_hit_is_marked_where_it_is():
    (judged,) = assess([HIT_ONE], pictures=1).worst

    sheet = Image.open(io.BytesIO(picture_png(judged))).convert("RGB")

    overlay = np.array(sheet.crop((3 * (SIDE + GAP), 60, sheet.width, 60 + SIDE)))
    rows, columns = np.nonzero((overlay == HIT).all(axis=2))
    assert abs(rows.mean() / 10 - 11.5) < 0.5 and abs(columns.mean() / 10 - 11.5) < 0.5


def test_a_large_image_keeps_all_its_pixels():
    mask = np.zeros((400, 500), dtype=np.bool_)
    mask[200, 300] = True
    image = np.zeros((400, 500, 3), dtype=np.uint8)
    large = Prediction(
        sample=Sample(id="large", image=image, mask=mask),
        mask=mask,
        logits=np.where(mask, 1, -1).astype(np.float32),
    )

    sheet = Image.open(io.BytesIO(picture_png(assess([large], pictures=1).worst[0])))

    assert sheet.size == (4 * 500 + 3 * GAP, 400 + 90)
    assert np.array(sheet.convert("L"))[60 + 200, 500 + GAP + 300] > 150


def test_pictures_of_an_earlier_call_do_not_stay(tmp_path):
    write_pictures(tmp_path, assess([HIT_ONE, MISSED, HALF], pictures=3).worst)
    (tmp_path / "note.png").write_bytes(b"mine")

    write_pictures(tmp_path, assess([HIT_ONE, MISSED], pictures=1).worst)

    assert sorted(path.name for path in tmp_path.iterdir()) == ["0001_missed.png", "note.png"]
