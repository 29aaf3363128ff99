"""
Data sets in the official folder layout (spec 5.1).

``<root>/images/<id>.png``, ``<root>/masks/<id>.png`` and ``<root>/<split>/{train,test}.txt`` with
one id a line, as NUAA-SIRST, NUDT-SIRST, IRSTD-1k and NUST-SIRST come.  Everything that can be
wrong without decoding a pixel is found when the folder is opened, not hours into a search.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from profiler.errors import DataInvalid
from search.data.dataset import Dataset, Sample, split_off_validation
from search.data.images import image_size
from search.data.normalisation import Normalisation, normalisation_of


def open_folder(
    root: Path,
    *,
    split: str = "50_50",
    seed: int = 0,
    validation_share: float = 0.2,
    resize_masks: bool = False,
    normalisation: Normalisation | None = None,
) -> Dataset:
    """
    Return the data set in *root*; its files are checked now and decoded when used.

    Args:
        root: the folder that holds ``images``, ``masks`` and the split.
        split: the folder of the lists.
        seed: of the choice of validation images.
        validation_share: how much of the training list is held out for validation.
        resize_masks: accept a mask of another size than its image and resize it; the first
            release of NUAA-SIRST has one (Misc_111).
        normalisation: of the images; by default that published for the folder's name.

    Raises:
        DataInvalid: a folder or list is absent or empty, lists overlap, files are absent,
            unreadable or of different sizes.
    """
    _require_folders(root, split)
    training = _read_list(root / split / "train.txt")
    test = _read_list(root / split / "test.txt")
    _require_apart(root / split, training, test)
    samples = _samples(root, [*training, *test], resize_masks)
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


def _require_folders(root: Path, split: str) -> None:
    if not root.is_dir():
        raise DataInvalid(f"{root}: there is no such folder; name one that holds a data set")
    absent = [name for name in ("images", "masks", split) if not (root / name).is_dir()]
    if absent:
        found = sorted(path.name for path in root.iterdir() if path.is_dir())
        raise DataInvalid(
            f"{root} has no folder {', '.join(absent)}; a data set has images, masks and a split "
            f"such as 50_50; found: {', '.join(found) or 'no folder'}"
        )


def _read_list(path: Path) -> list[str]:
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DataInvalid(f"{path} cannot be read as a list of ids: {error}") from error
    ids = [line.strip() for line in lines if line.strip()]
    if not ids:
        raise DataInvalid(f"{path} is empty; it lists one image id a line")
    return ids


def _require_apart(split: Path, training: Sequence[str], test: Sequence[str]) -> None:
    for name, ids in (("train.txt", training), ("test.txt", test)):
        repeated = [sample_id for sample_id, times in Counter(ids).items() if times > 1]
        if repeated:
            raise DataInvalid(f"{split / name} names {_some(repeated)} more than once")
    shared = sorted(set(training) & set(test))
    if shared:
        raise DataInvalid(
            f"{split}: train.txt and test.txt both name {_some(shared)}; "
            "a figure on images that were trained on means nothing"
        )


def _samples(root: Path, ids: Sequence[str], resize_masks: bool) -> tuple[Sample, ...]:
    samples = tuple(
        Sample(
            id=sample_id,
            image=root / "images" / f"{sample_id}.png",
            mask=root / "masks" / f"{sample_id}.png",
            resize_mask=resize_masks,
        )
        for sample_id in ids
    )
    _require_files(root, "images", ids)
    _require_files(root, "masks", ids)
    if not resize_masks:
        _require_equal_sizes(root, ids)
    return samples


def _require_files(root: Path, kind: str, ids: Sequence[str]) -> None:
    present = {path.name for path in (root / kind).iterdir()}
    absent = [f"{sample_id}.png" for sample_id in ids if f"{sample_id}.png" not in present]
    if absent:
        raise DataInvalid(
            f"{root / kind} lacks {_some(absent)}, which the lists name; "
            "complete the folder or shorten the lists"
        )


def _require_equal_sizes(root: Path, ids: Sequence[str]) -> None:
    for sample_id in ids:
        image = image_size(root / "images" / f"{sample_id}.png")
        mask = image_size(root / "masks" / f"{sample_id}.png")
        if image != mask:
            raise DataInvalid(
                f"{root}: image {sample_id} is {image[1]}x{image[0]} pixels and its mask "
                f"{mask[1]}x{mask[0]}; correct the mask or open the folder with resize_masks"
            )


def _some(names: Sequence[str]) -> str:
    """Return the first few names and how many there are."""
    return f"{', '.join(names[:3])}{' ...' if len(names) > 3 else ''} ({len(names)} in all)"
