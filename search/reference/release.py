"""
Where the files of a shipped run lie (spec/hna_nas.md sections 6 and 8.1).

A run of the release is a folder with ``net.config`` and a checkpoint; searches keep them in
``learned_net`` and ``checkpoint``.  The gene belongs to a folder above, since several runs share
it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from profiler.errors import RunInvalid

CONFIGURATIONS = ("net.config", "learned_net/net.config")
CHECKPOINTS = (
    "model_best.pth.tar",
    "checkpoint/model_best.pth.tar",
    "checkpoint.pth.tar",
    "checkpoint/checkpoint.pth.tar",
)
"""The best epoch before the last one."""

GENE = "phase1_gene.txt"
_ABOVE = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseFiles:
    """
    The files of one shipped run.

    Args:
        checkpoint: the weights.
        configuration: ``net.config``.
        gene: of the topology.
        dataset: name in ``run.config``; None where it is absent or names none.
    """

    checkpoint: Path
    configuration: Path
    gene: Path
    dataset: str | None


def find_release(
    run: Path, *, gene: Path | None = None, checkpoint: Path | None = None
) -> ReleaseFiles:
    """
    Find the files of the run in *run*.

    Args:
        run: its folder.
        gene: the gene file; searched for in the folder and those above it unless given.
        checkpoint: the checkpoint; the best epoch's unless given.

    Raises:
        RunInvalid: a file is not there.
    """
    above = [run, *run.resolve().parents[:_ABOVE]]
    return ReleaseFiles(
        checkpoint=checkpoint or _first(run, (run / name for name in CHECKPOINTS), "--checkpoint"),
        configuration=_first(run, (run / name for name in CONFIGURATIONS), None),
        gene=gene or _first(run, (folder / GENE for folder in above), "--gene"),
        dataset=_dataset(run / "run.config"),
    )


def _first(run: Path, paths: Iterable[Path], option: str | None) -> Path:
    candidates = list(paths)
    for path in candidates:
        if path.is_file():
            return path
    names = " or ".join(dict.fromkeys(path.name for path in candidates))
    way_out = f"name it with {option}" if option else "name the folder of a shipped run"
    raise RunInvalid(f"{run} has no {names}; {way_out}")


def _dataset(path: Path) -> str | None:
    """Return the data set a ``run.config`` names; not every copy of a run has one."""
    if not path.is_file():
        return None
    try:
        name = json.loads(path.read_text(encoding="utf-8")).get("dataset")
    except (OSError, ValueError, AttributeError) as error:
        raise RunInvalid(f"{path} is no run configuration: {error}") from error
    return name if isinstance(name, str) else None
