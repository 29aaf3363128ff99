"""Folders as the data sets come, and every way they arrive broken."""

import numpy as np
import pytest
from PIL import Image

from profiler.errors import DataInvalid
from search.data.folder import open_folder
from search.data.normalisation import IMAGENET, normalisation_of


def test_lists_with_windows_line_ends_name_the_samples(folder):
    dataset = open_folder(folder, validation_share=0.2)

    assert [sample.id for sample in dataset.test] == ["Misc_6", "Misc_7", "Misc_8"]
    assert (len(dataset.train), len(dataset.validation)) == (4, 1)
    assert dataset.source == "folder"


def test_train_and_validation_are_the_training_list_split_in_two(folder):
    dataset = open_folder(folder, validation_share=0.4)

    train = {sample.id for sample in dataset.train}
    validation = {sample.id for sample in dataset.validation}
    assert train | validation == {f"Misc_{number}" for number in range(1, 6)}
    assert not train & validation


def test_the_seed_decides_which_images_validate(folder):
    def chosen(seed):
        return open_folder(folder, seed=seed).validation

    assert chosen(3) == chosen(3)
    assert len({chosen(seed) for seed in range(8)}) > 1


def test_normalisation_is_the_published_one_of_the_data_set(folder):
    assert open_folder(folder).normalisation.mean == (0.439, 0.439, 0.439)
    assert normalisation_of("nudt-sirst").std == (0.217, 0.217, 0.217)
    assert normalisation_of("something else") == IMAGENET


def test_an_absent_folder_is_named(tmp_path):
    with pytest.raises(DataInvalid, match="nowhere: there is no such folder"):
        open_folder(tmp_path / "nowhere")


def test_an_absent_split_is_named_with_what_is_there(folder):
    with pytest.raises(DataInvalid, match=r"no folder 80_20.*found: 50_50, images, masks"):
        open_folder(folder, split="80_20")


@pytest.mark.parametrize("name", ["train.txt", "test.txt"])
def test_an_empty_list_is_refused(folder, name):
    (folder / "50_50" / name).write_text("\r\n \r\n")

    with pytest.raises(DataInvalid, match=rf"{name} is empty"):
        open_folder(folder)


def test_an_absent_list_is_refused(folder):
    (folder / "50_50" / "test.txt").unlink()

    with pytest.raises(DataInvalid, match=r"test\.txt cannot be read"):
        open_folder(folder)


def test_absent_images_are_counted_and_the_first_are_named(folder):
    with (folder / "50_50" / "test.txt").open("ab") as file:
        file.write(b"\r\nA\r\nB\r\nC\r\nD\r\n")

    with pytest.raises(DataInvalid, match=r"images lacks A\.png, B\.png, C\.png \.\.\. \(4 in all"):
        open_folder(folder)


def test_images_without_masks_are_refused(folder):
    (folder / "masks" / "Misc_2.png").unlink()

    with pytest.raises(DataInvalid, match=r"masks lacks Misc_2\.png \(1 in all\)"):
        open_folder(folder)


def test_an_id_listed_twice_is_refused(folder):
    (folder / "50_50" / "train.txt").write_text("Misc_1\nMisc_2\nMisc_1\n")

    with pytest.raises(DataInvalid, match=r"train\.txt names Misc_1 \(1 in all\) more than once"):
        open_folder(folder)


def test_an_id_in_both_lists_is_refused(folder):
    (folder / "50_50" / "test.txt").write_text("Misc_1\nMisc_6\n")

    with pytest.raises(DataInvalid, match="both name Misc_1"):
        open_folder(folder)


def test_a_mask_of_another_size_is_refused_with_both_sizes(folder):
    Image.new("1", (64, 48)).save(folder / "masks" / "Misc_3.png")

    with pytest.raises(DataInvalid, match="Misc_3 is 32x24 pixels and its mask 64x48"):
        open_folder(folder)


def test_a_mask_of_another_size_is_resized_when_asked(folder):
    large = np.zeros((48, 64), dtype=np.uint8)
    large[8:14, 10:16] = 255
    Image.fromarray(large).save(folder / "masks" / "Misc_6.png")

    image, mask = open_folder(folder, resize_masks=True).test[0].load()

    assert mask.shape == image.shape[:2] == (24, 32)
    assert mask[4:7, 5:8].all() and mask.sum() == 9


def test_a_file_that_is_no_image_is_found_when_the_folder_is_opened(folder):
    (folder / "images" / "Misc_4.png").write_bytes(b"<html>not found</html>")

    with pytest.raises(DataInvalid, match=r"Misc_4\.png is no readable image"):
        open_folder(folder)


def test_a_png_cut_short_is_an_error_when_it_is_loaded(folder):
    path = folder / "images" / "Misc_6.png"
    noise = np.random.default_rng(0).integers(0, 255, (24, 32), dtype=np.uint8)
    Image.fromarray(noise).save(path)
    path.write_bytes(path.read_bytes()[:200])

    sample = open_folder(folder).test[0]

    with pytest.raises(DataInvalid, match=r"Misc_6\.png is no readable image"):
        sample.load()


def test_too_few_images_to_hold_one_out_is_an_error(folder):
    (folder / "50_50" / "train.txt").write_text("Misc_1\n")

    with pytest.raises(DataInvalid, match="cannot spare 1 for validation"):
        open_folder(folder)


def test_the_published_lists_of_nuaa_sirst_have_213_and_214_images(nuaa):
    dataset = open_folder(nuaa)

    assert (len(dataset.train), len(dataset.validation)) == (170, 43)
    assert len(dataset.test) == 214
