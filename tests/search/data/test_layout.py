"""Data sets as their authors lay them out."""

import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from profiler.errors import DataInvalid
from search.data.folder import open_folder
from search.data.normalisation import IMAGENET, normalisation_of

DATA = Path(os.environ.get("HNA_DATA", Path(__file__).parents[4] / "shared" / "data"))


def _image(path, grey=90):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.full((16, 20), grey, dtype=np.uint8)).save(path)


def _mask(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    mask = np.zeros((16, 20), dtype=np.uint8)
    mask[4:6, 4:6] = 255
    Image.fromarray(mask).save(path)


def _set(root, ids, *, images="images", masks="masks", suffix=".png", ending=""):
    for each in ids:
        _image(root / images / f"{each}{suffix}")
        _mask(root / masks / f"{each}{ending}{suffix}")
    return root


def _lists(root, **texts):
    root.mkdir(parents=True, exist_ok=True)
    for name, ids in texts.items():
        (root / f"{name}.txt").write_text("\n".join(ids) + "\n")


def _ids(samples):
    return [sample.id for sample in samples]


@pytest.mark.parametrize(
    ("name", "split", "training", "test"),
    [
        ("NUAA-SIRST", "50_50", ["Misc_1", "Misc_2"], ["Misc_3"]),
        ("NUDT-SIRST", "50_50", ["000001", "000002"], ["000003"]),
        ("NUST-SIRST", "10000_100", ["000000_1", "000001_1"], ["010000_1"]),
        ("IRSTD-1K", "80_20", ["XDU0", "XDU1"], ["XDU2"]),
    ],
)
def test_the_official_layouts_open(tmp_path, name, split, training, test):
    root = _set(tmp_path / name, [*training, *test])
    _lists(root / split, train=training, test=test)

    dataset = open_folder(root, split=split, validation_share=0)

    assert (_ids(dataset.train), _ids(dataset.test)) == (training, test)
    assert dataset.test[0].load()[1].sum() == 4


def test_irstd_1k_opens_as_its_authors_ship_it(tmp_path):
    root = _set(
        tmp_path / "IRSTD-1k", ["XDU0", "XDU1"], images="IRSTD1k_Img", masks="IRSTD1k_Label"
    )
    _lists(root, trainval=["XDU0"], test=["XDU1"])

    dataset = open_folder(root, split=".", validation_share=0)

    assert (_ids(dataset.train), _ids(dataset.test)) == (["XDU0"], ["XDU1"])


def test_masks_of_nuaa_sirst_open_under_the_name_they_ship_with(tmp_path):
    root = _set(tmp_path / "NUAA-SIRST", ["Misc_1", "Misc_2"], ending="_pixels0")
    _lists(root / "50_50", train=["Misc_1"], test=["Misc_2"])

    (sample,) = open_folder(root, validation_share=0).test

    assert sample.mask.name == "Misc_2_pixels0.png"
    assert sample.load()[1].sum() == 4


def test_lists_may_be_named_for_their_data_set(tmp_path):
    root = _set(tmp_path / "NUDT-SIRST", ["000001", "000002"])
    _lists(root / "img_idx", **{"train_NUDT-SIRST": ["000001"], "test_NUDT-SIRST": ["000002"]})

    assert _ids(open_folder(root, split="img_idx", validation_share=0).test) == ["000002"]


@pytest.mark.parametrize("suffix", [".bmp", ".jpg", ".tif", ".PNG"])
def test_files_may_have_any_extension_of_an_image(tmp_path, suffix):
    root = _set(tmp_path / "set", ["a", "b"], suffix=suffix)
    for path in list((root / "masks").iterdir()):  # a JPEG is no mask: it makes greys
        path.unlink()
        _mask(path.with_suffix(".png"))
    _lists(root / "50_50", train=["a"], test=["b"])

    (sample,) = open_folder(root, validation_share=0).test

    assert sample.image.name == f"b{suffix}"
    assert sample.load()[1].sum() == 4


def test_ids_with_extensions_are_the_same_ids(tmp_path):
    root = _set(tmp_path / "set", ["a.1", "b"])
    _lists(root / "50_50", train=["a.1.png"], test=["b.png"])

    dataset = open_folder(root, validation_share=0)

    assert (_ids(dataset.train), _ids(dataset.test)) == (["a.1"], ["b"])


def test_an_overlap_hidden_by_an_extension_is_found(tmp_path):
    root = _set(tmp_path / "set", ["a", "b"])
    _lists(root / "50_50", train=["a", "b"], test=["b.png"])

    with pytest.raises(DataInvalid, match="both name b"):
        open_folder(root)


def test_two_files_of_one_id_are_refused_unless_the_extension_is_given(tmp_path):
    root = _set(tmp_path / "set", ["a", "b"])
    _image(root / "images" / "b.bmp")
    _lists(root / "50_50", train=["a"], test=["b"])

    with pytest.raises(DataInvalid, match=r"more than one b: b\.bmp, b\.png"):
        open_folder(root, validation_share=0)
    assert _ids(open_folder(root, validation_share=0, suffix=".png").test) == ["b"]


def test_a_split_that_is_not_there_is_answered_with_those_that_are(tmp_path):
    root = _set(tmp_path / "IRSTD-1k", ["XDU0", "XDU1"])
    _lists(root, trainval=["XDU0"], test=["XDU1"])
    _lists(root / "80_20", train=["XDU0"], test=["XDU1"])

    with pytest.raises(DataInvalid, match=r"no folder 50_50.*lists in: \., 80_20"):
        open_folder(root)


def test_a_mask_threshold_is_a_grey(tmp_path):
    with pytest.raises(DataInvalid, match="mask threshold 255: a grey from 0 to 254"):
        open_folder(tmp_path, mask_threshold=255)


@pytest.mark.parametrize("name", ["IRSTD-1K", "IRSTD-1k", "IRSTD-SIRST", "irstd-1k"])
def test_irstd_has_one_normalisation_by_all_its_names(name):
    assert normalisation_of(name).mean == (0.343, 0.343, 0.343)


@pytest.mark.parametrize("name", ["NUST-SIRST", "NUAA-SIRST-Old"])
def test_sets_without_constants_of_their_own_have_imagenet_s(name):
    assert normalisation_of(name) == IMAGENET


def test_the_real_sample_of_nust_sirst_opens(tmp_path):
    sample = DATA / "NUST-SIRST-sample"
    if not sample.is_dir():
        pytest.skip(f"{sample} is absent; set HNA_DATA to the folder that holds it")
    root = tmp_path / "NUST-SIRST"
    for kind in ("images", "masks"):
        (root / kind).mkdir(parents=True)
        shutil.copy(sample / kind / "000000_1.png", root / kind)
        shutil.copy(sample / kind / "000000_1.png", root / kind / "010000_1.png")
    _lists(root / "10000_100", train=["000000_1"], test=["010000_1"])

    image, mask = open_folder(root, split="10000_100", validation_share=0).test[0].load()

    assert image.shape == (128, 128, 3)
    assert mask.shape == (128, 128) and 0 < mask.sum() < 500
