"""What an import leaves: a run folder, and beside its files which ones of the release they are."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from profiler.errors import RunInvalid
from profiler.operations import DnaNet, Network
from profiler.operations.network import Place
from profiler.space import Gene
from search.reference.checkpoint import Checkpoint
from search.reference.normalisation import ChosenNormalisation
from search.run_folder import write_json
from search.saved_network import NETWORK_FILE

FORMAT = "hna-nas reference 1"
"""1: the first; ``kind``, ``checkpoint`` and what else an import was made from."""

REFERENCE_FILE = "reference.json"
GENE_FILE = "gene.txt"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedNetwork:
    """
    A shipped network in a run folder.

    Args:
        run: the folder.
        network: what it is.
        normalisation: how its images are normalised, and why so.
        skipped: cells of the grid that do not run.
        placeholders: entries of the checkpoint that belong to skipped cells and were left.
    """

    run: Path
    network: Network | DnaNet
    normalisation: ChosenNormalisation
    skipped: tuple[Place, ...] = ()
    placeholders: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedTopology:
    """
    What a shipped stage-1 supernet selects.

    Args:
        run: the folder with its gene.
        gene: the picks of every cell.
    """

    run: Path
    gene: Gene


def require_free(run: Path) -> None:
    """
    Refuse a folder whose network is no earlier import: it may be a search's result.

    Raises:
        RunInvalid: it is, or *run* is a file.
    """
    if run.exists() and not run.is_dir():
        raise RunInvalid(f"{run} is a file; name a folder to write")
    if (run / NETWORK_FILE).exists() and not (run / REFERENCE_FILE).exists():
        raise RunInvalid(f"{run} holds a network that was not imported; choose another with --out")


def write_provenance(run: Path, checkpoint: Checkpoint, **more: object) -> None:
    """
    Write which checkpoint the files in *run* are from, and *more* about how it was read.

    Raises:
        RunInvalid: it could not be written.
    """
    origin = {"file": checkpoint.file, "sha256": checkpoint.sha256}
    document = {"format": FORMAT, "kind": checkpoint.kind, "checkpoint": origin, **more}
    write_json(run / REFERENCE_FILE, document)


def file_identity(path: Path) -> Mapping[str, str]:
    """Return the name of a file and the SHA-256 of its bytes."""
    return {"file": path.name, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}


def normalisation_document(chosen: ChosenNormalisation) -> Mapping[str, object]:
    """Return a normalisation and why it was chosen, as JSON values."""
    return {**asdict(chosen.normalisation), "why": chosen.why}
