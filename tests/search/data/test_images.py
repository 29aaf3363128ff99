"""Image and mask files of every mode a data set has been seen with."""

import struct
import zlib

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


def test_a_one_bit_image_is_black_and_white(tmp_path):
    image = read_image(_saved(tmp_path, Image.fromarray(GREY > 100)))

    assert image[..., 0].tolist() == [[0, 0], [255, 255]]


def test_an_integer_image_of_thirty_two_bits_has_the_scale_of_sixteen(tmp_path):
    path = tmp_path / "x.tif"
    Image.fromarray(np.array([[0, 257 * 7], [257 * 128, 65535]], dtype=np.int32)).save(path)

    assert read_image(path)[..., 2].tolist() == [[0, 7], [128, 255]]


@pytest.mark.parametrize("white", [1.0, 255.0, 65535.0])
def test_a_floating_point_image_is_scaled_by_the_range_it_is_in(tmp_path, white):
    path = tmp_path / "x.tif"
    Image.fromarray((GREY / 255 * white).astype(np.float32)).save(path)

    assert read_image(path)[..., 0].tolist() == GREY.tolist()


@pytest.mark.parametrize("value", [-1.0, 70000.0, np.nan])
def test_a_value_no_depth_has_is_refused_with_the_range(tmp_path, value):
    path = tmp_path / "x.tif"
    Image.fromarray(np.array([[0, value]], dtype=np.float32)).save(path)

    with pytest.raises(DataInvalid, match=r"x\.tif: values from .* 0 to 65535"):
        read_image(path)


def _png(colour_type, channels, values):
    """Write a PNG of 16 bits a channel by hand, which Pillow cannot."""
    height, width = len(values), len(values[0])
    rows = b"".join(
        b"\0" + b"".join(struct.pack(f">{channels}H", *[v] * channels) for v in row)
        for row in values
    )

    def chunk(kind, data):
        checksum = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + checksum

    header = struct.pack(">IIBBBBB", width, height, 16, colour_type, 0, 0, 0)
    body = chunk(b"IDAT", zlib.compress(rows))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + body + chunk(b"IEND", b"")


@pytest.mark.parametrize(("colour_type", "channels"), [(0, 1), (2, 3), (4, 2), (6, 4)])
def test_sixteen_bits_are_the_same_grey_in_grey_colour_and_with_transparency(
    tmp_path, colour_type, channels
):
    path = tmp_path / "x.png"
    path.write_bytes(_png(colour_type, channels, [[0, 257], [257 * 128, 65535]]))

    assert read_image(path)[..., 1].tolist() == [[0, 1], [128, 255]]


def test_a_palette_with_transparency_is_read_by_its_colours(tmp_path):
    image = Image.fromarray(GREY).convert("P")
    image.info["transparency"] = bytes([0, 128, 255])

    assert read_image(_saved(tmp_path, image))[..., 0].tolist() == GREY.tolist()


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_a_threshold_decides_about_greys_at_any_depth(tmp_path, dtype):
    greys = np.array([[0, 64, 128, 255]])
    scale = {np.uint8: 1, np.uint16: 257, np.float32: 1 / 255}[dtype]
    path = tmp_path / "x.tif"
    Image.fromarray((greys * scale).astype(dtype)).save(path)

    with pytest.raises(DataInvalid, match="the mask threshold"):
        read_mask(path)
    assert read_mask(path, threshold=100).tolist() == [[False, False, True, True]]
    assert read_mask(path, threshold=254).tolist() == [[False, False, False, True]]


def test_a_threshold_leaves_a_mask_of_two_values_alone(tmp_path):
    path = _saved(tmp_path, Image.fromarray(np.array([[0, 1]], dtype=np.uint8)))

    assert read_mask(path, threshold=254).tolist() == [[False, True]]


def test_an_image_too_large_to_be_meant_is_refused(tmp_path, monkeypatch):
    path = _saved(tmp_path, Image.fromarray(GREY))
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1)

    with pytest.raises(DataInvalid, match="no readable image"):
        read_image(path)
