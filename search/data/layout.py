"""
Where a data set keeps its images, masks and lists, as its authors or users lay it out.

Known: ``images`` and ``masks`` (NUAA-SIRST, NUDT-SIRST, NUST-SIRST; masks of NUAA-SIRST may be
called ``<id>_pixels0``), and ``IRSTD1k_Img`` and ``IRSTD1k_Label`` (IRSTD-1K).  Lists are
``train.txt`` or ``trainval.txt`` and ``test.txt`` in the folder of the split, which may be the
data set's own (``.``, IRSTD-1K), or ``train_<name>.txt`` and ``test_<name>.txt`` (``img_idx``).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from profiler.errors import DataInvalid

SUFFIXES = (".png", ".bmp", ".jpg", ".jpeg", ".tif", ".tiff")
"""What an image file may be called."""

_FOLDERS = (("images", "masks"), ("IRSTD1k_Img", "IRSTD1k_Label"))
_MASK_ENDING = "_pixels0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """
    The four places of a data set.

    Args:
        images: folder of the images.
        masks: folder of the masks.
        train: list of the training ids.
        test: list of the test ids.
    """

    images: Path
    masks: Path
    train: Path
    test: Path


def find_layout(root: Path, split: str) -> Layout:
    """
    Return where the data set in *root* keeps what; *split* is the folder of its lists.

    Raises:
        DataInvalid: a folder is absent.
    """
    if not root.is_dir():
        raise DataInvalid(f"{root}: there is no such folder; name one that holds a data set")
    there = [pair for pair in _FOLDERS if all((root / name).is_dir() for name in pair)]
    images, masks = (there or _FOLDERS)[0]
    absent = [name for name in (images, masks, split) if not (root / name).is_dir()]
    if absent:
        raise DataInvalid(
            f"{root} has no folder {', '.join(absent)}; a data set has images, masks and a split "
            f"such as 50_50; found: {_folders(root)}{_splits(root)}"
        )
    name = root.resolve().name
    return Layout(
        images=root / images,
        masks=root / masks,
        train=_list(root / split, ("train.txt", "trainval.txt", f"train_{name}.txt")),
        test=_list(root / split, ("test.txt", f"test_{name}.txt")),
    )


def read_ids(path: Path) -> list[str]:
    """
    Return the ids in a list, one a line; an extension of an image is left out.

    Raises:
        DataInvalid: no readable text, or no id.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DataInvalid(f"{path} cannot be read as a list of ids: {error}") from error
    ids = [_without_suffix(line.strip()) for line in lines if line.strip()]
    if not ids:
        raise DataInvalid(f"{path} is empty; it lists one image id a line")
    return ids


def find_files(folder: Path, ids: Sequence[str], *, suffix: str | None = None) -> list[Path]:
    """
    Return the image file of each id in *folder*, in the order of *ids*.

    Args:
        folder: of images or of masks.
        ids: as ``read_ids`` returns them.
        suffix: the extension of the files; any of ``SUFFIXES`` unless given.

    Raises:
        DataInvalid: an id has no file, or more than one.
    """
    files = _files_by_id(folder, (suffix.lower(),) if suffix else SUFFIXES)
    absent = [f"{each}{suffix or '.png'}" for each in ids if each not in files]
    if absent:
        raise DataInvalid(
            f"{folder} lacks {some(absent)}, which the lists name; "
            "complete the folder or shorten the lists"
        )
    for each in ids:
        if len(files[each]) > 1:
            names = ", ".join(path.name for path in files[each])
            raise DataInvalid(f"{folder} has more than one {each}: {names}; keep one of them")
    return [files[each][0] for each in ids]


def some(names: Sequence[str]) -> str:
    """Return the first few names and how many there are."""
    return f"{', '.join(names[:3])}{' ...' if len(names) > 3 else ''} ({len(names)} in all)"


def _list(folder: Path, names: Iterable[str]) -> Path:
    """Return the first of *names* that is there, or the first, which reading then misses."""
    paths = [folder / name for name in names]
    return next((path for path in paths if path.is_file()), paths[0])


def _folders(root: Path) -> str:
    names = sorted(path.name for path in root.iterdir() if path.is_dir())
    return ", ".join(names) or "no folder"


def _splits(root: Path) -> str:
    """Return which splits could be named instead."""
    found = sorted({path.parent for path in root.glob("**/test*.txt")})
    if not found:
        return ""
    return f"; there are lists in: {', '.join(str(path.relative_to(root)) for path in found)}"


def _files_by_id(folder: Path, suffixes: tuple[str, ...]) -> dict[str, list[Path]]:
    files: dict[str, list[Path]] = {}
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() in suffixes:
            files.setdefault(path.stem.removesuffix(_MASK_ENDING), []).append(path)
    return files


def _without_suffix(name: str) -> str:
    return name[: -len(Path(name).suffix)] if Path(name).suffix.lower() in SUFFIXES else name
