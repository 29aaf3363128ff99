"""
Data sets in the layouts they come in (spec 5.1; ``search.data.layout`` knows them).

Everything that can be wrong without decoding a pixel is found when the folder is opened, not
hours into a search.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from profiler.errors import DataInvalid
from search.data.dataset import Dataset, Sample, split_off_validation
from search.data.images import image_size
from search.data.layout import Layout, find_files, find_layout, read_ids, some
from search.data.normalisation import Normalisation, normalisation_of


def open_folder(
    root: Path,
    *,
    split: str = "50_50",
    seed: int = 0,
    validation_share: float = 0.2,
    resize_masks: bool = False,
    mask_threshold: int | None = None,
    suffix: str | None = None,
    normalisation: Normalisation | None = None,
) -> Dataset:
    """
    Return the data set in *root*; its files are checked now and decoded when used.

    Args:
        root: the folder that holds images, masks and the split.
        split: the folder of the lists; ``.`` where they lie beside the images' folder.
        seed: of the choice of validation images.
        validation_share: how much of the training list is held out for validation.
        resize_masks: accept a mask of another size than its image and resize it; the first
            release of NUAA-SIRST has one (Misc_111).
        mask_threshold: in masks that have greys, the grey (0 to 254) above which a pixel is a
            target; such masks are refused unless given.  85 of IRSTD-1K's 1001 have some.
        suffix: extension of the files, such as ``.png``; any that images have unless given.
        normalisation: of the images; by default that published for the folder's name.

    Raises:
        DataInvalid: a folder or list is absent or empty, lists overlap, files are absent,
            unreadable or of different sizes.
    """
    if mask_threshold is not None and not 0 <= mask_threshold <= 254:
        raise DataInvalid(f"mask threshold {mask_threshold}: a grey from 0 to 254")
    layout = find_layout(root, split)
    training, test = read_ids(layout.train), read_ids(layout.test)
    _require_apart(layout, training, test)
    samples = _samples(layout, [*training, *test], resize_masks, mask_threshold, suffix)
    train, validation = split_off_validation(
        samples[: len(training)], share=validation_share, seed=seed
    )
    return Dataset(
        name=root.resolve().name,
        train=train,
        validation=validation,
        test=samples[len(training) :],
        normalisation=normalisation or normalisation_of(root.resolve().name),
        source="folder",
    )


def _require_apart(layout: Layout, training: Sequence[str], test: Sequence[str]) -> None:
    for path, ids in ((layout.train, training), (layout.test, test)):
        repeated = [sample_id for sample_id, times in Counter(ids).items() if times > 1]
        if repeated:
            raise DataInvalid(f"{path} names {some(repeated)} more than once")
    shared = sorted(set(training) & set(test))
    if shared:
        raise DataInvalid(
            f"{layout.train} and {layout.test.name} both name {some(shared)}; "
            "a figure on images that were trained on means nothing"
        )


def _samples(
    layout: Layout,
    ids: Sequence[str],
    resize_masks: bool,
    mask_threshold: int | None,
    suffix: str | None,
) -> tuple[Sample, ...]:
    images = find_files(layout.images, ids, suffix=suffix)
    masks = find_files(layout.masks, ids, suffix=suffix)
    if not resize_masks:
        _require_equal_sizes(images, masks)
    return tuple(
        Sample(
            id=sample_id,
            image=image,
            mask=mask,
            resize_mask=resize_masks,
            mask_threshold=mask_threshold,
        )
        for sample_id, image, mask in zip(ids, images, masks, strict=True)
    )


def _require_equal_sizes(images: Sequence[Path], masks: Sequence[Path]) -> None:
    for image_path, mask_path in zip(images, masks, strict=True):
        image, mask = image_size(image_path), image_size(mask_path)
        if image != mask:
            raise DataInvalid(
                f"{image_path.parent.parent}: image {image_path.stem} is {image[1]}x{image[0]} "
                f"pixels and its mask {mask[1]}x{mask[0]}; correct the mask, or resize masks "
                "(--resize-masks; open_folder(resize_masks=True))"
            )
