"""Image and mask files of every mode a data set has been seen with."""

import numpy as np
import pytest
from PIL import Image

from profiler.errors import DataInvalid
from search.data.images import read_image, read_mask

GREY = np.array([[0, 10], [200, 255]], dtype=np.uint8)


def _saved(tmp_path, image):
    path = tmp_path / "x.png"
    image.save(path)
    return path


@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA", "P"])
def test_eight_bit_images_of_any_mode_are_read_as_the_same_rgb(tmp_path, mode):
    image = read_image(_saved(tmp_path, Image.fromarray(GREY).convert(mode)))

    assert image.dtype == np.uint8
    np.testing.assert_array_equal(image, np.stack([GREY] * 3, axis=2))


def test_a_sixteen_bit_image_is_scaled_not_clipped(tmp_path):
    deep = np.array([[0, 257], [257 * 128, 65535]], dtype=np.uint16)

    image = read_image(_saved(tmp_path, Image.fromarray(deep)))

    assert image[..., 0].tolist() == [[0, 1], [128, 255]]


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA"])
def test_masks_of_any_mode_are_true_where_the_target_is(tmp_path, mode):
    grey = np.array([[0, 255], [0, 0]], dtype=np.uint8)

    mask = read_mask(_saved(tmp_path, Image.fromarray(grey).convert(mode)))

    assert mask.tolist() == [[False, True], [False, False]]


@pytest.mark.parametrize("value", [1, 128, 255])
def test_the_one_value_that_is_not_zero_may_be_any(tmp_path, value):
    mask = read_mask(_saved(tmp_path, Image.fromarray(np.array([[0, value]], dtype=np.uint8))))

    assert mask.tolist() == [[False, True]]


def test_a_sixteen_bit_mask_is_read(tmp_path):
    mask = read_mask(_saved(tmp_path, Image.fromarray(np.array([[0, 65535]], dtype=np.uint16))))

    assert mask.tolist() == [[False, True]]


def test_an_empty_mask_has_no_target(tmp_path):
    mask = read_mask(_saved(tmp_path, Image.new("L", (4, 3))))

    assert mask.shape == (3, 4) and not mask.any()


def test_a_mask_with_greys_in_between_is_refused_by_name(tmp_path):
    path = _saved(tmp_path, Image.fromarray(GREY))

    with pytest.raises(DataInvalid, match=r"x\.png: a mask has two values.*\[10, 200\] in 2 pixel"):
        read_mask(path)


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(DataInvalid, match=r"gone\.png is absent"):
        read_image(tmp_path / "gone.png")
