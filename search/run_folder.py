"""
The folder of one search: what it was told, what it found, and what it made.

Every file is written whole or not at all.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from profiler.atomic import write_atomically
from profiler.certificates import Certificate
from profiler.errors import HnaError, RunInvalid, TableMismatch
from profiler.table import Table
from profiler.table_file import load_table, save_table
from search.configuration import Configuration
from search.data.dataset import Dataset
from search.kept_scores import KeptScores, load_scores, save_scores
from search.meeting.met import Met, load_met, save_met
from search.progress import EpochReport
from search.stage2 import Scored

CONFIGURATION = "configuration.json"
SCORES = "scores.json"
MEETING = "meeting.json"
SECONDS = "seconds.json"

_CERTIFICATE: TypeAdapter[Certificate] = TypeAdapter(Certificate)
_CONFIGURATION: TypeAdapter[Configuration] = TypeAdapter(Configuration)


@dataclass(frozen=True, slots=True)
class RunFolder:
    """
    The files of a run.

    Args:
        path: the folder; made if need be.
    """

    path: Path

    def table(self, device: int = 0) -> Path:
        """Return where the pinned table of a device is; *device* counts them from 0."""
        return self.path / f"table{_numbered(device)}.json"

    def certificate(self, device: int = 0) -> Path:
        """Return where the certificate of that table is."""
        return self.path / f"certificate{_numbered(device)}.json"

    @property
    def onnx(self) -> Path:
        """Network and weights, to deploy."""
        return self.path / "network.onnx"

    @property
    def result(self) -> Path:
        """Every number."""
        return self.path / "result.json"

    @property
    def report(self) -> Path:
        """The page to look at."""
        return self.path / "report.html"

    def claim(
        self, configuration: Configuration, dataset: Dataset, budgets_us: Mapping[str, float | None]
    ) -> None:
        """
        Make the folder this search's, or check that it is.

        Args:
            configuration: what the search does.
            dataset: what it learns from.
            budgets_us: budget of each of its devices, by the name of the table.

        Raises:
            RunInvalid: the folder holds a run of another configuration or data set.
            TableMismatch: it holds a run for another device or environment.
        """
        path = self.path / CONFIGURATION
        asked = {
            "configuration": asdict(configuration),
            "data": _identity(dataset),
            "tables": list(budgets_us),
            "budgets_us": list(budgets_us.values()),
        }
        document = json.loads(json.dumps(asked))
        if path.exists():
            self._require_same(read_json(path), document)
        write_json(path, document)

    def _require_same(self, held: Any, asked: dict[str, Any]) -> None:
        for name, was, now in _differences(held, asked):
            kind = TableMismatch if name == "tables" else RunInvalid
            raise kind(
                f"{self.path} holds a run with another {name}: {was!r} there, {now!r} now; choose "
                "another folder, or remove this one"
            )

    def pin(self, table: Table, certificate: Certificate, device: int = 0) -> None:
        """Keep the table the search uses for a device, whatever the server's becomes later."""
        write_atomically(self.certificate(device), _CERTIFICATE.dump_json(certificate, indent=1))
        save_table(table, self.table(device))

    def pinned(self, device: int = 0) -> tuple[Table, Certificate] | None:
        """
        Return what was pinned for a device, or None before anything was.

        Raises:
            RunInvalid: the certificate cannot be read.
            TableInvalid: the table cannot be.
        """
        if not self.table(device).exists():
            return None
        certificate = load_certificate(self.certificate(device))
        return load_table(self.table(device)), certificate

    def configuration(self) -> Configuration:
        """
        Return what the search was told.

        Raises:
            RunInvalid: no search claimed the folder, or its claim is broken.
        """
        path = self.path / CONFIGURATION
        document = read_json(path)
        held = document.get("configuration") if isinstance(document, dict) else None
        try:
            return _CONFIGURATION.validate_python(held)
        except (ValueError, HnaError) as error:
            raise RunInvalid(f"{path} holds no configuration of a search") from error

    def keep_scores(self, seen: Scored) -> None:
        """Write down what the supernet says of the candidates that are left."""
        save_scores(seen, self.path / SCORES)

    def scores(self) -> KeptScores:
        """
        Return what the supernet said of its candidates.

        Raises:
            RunInvalid: the search did not get that far, or the file is broken.
        """
        return load_scores(self.path / SCORES)

    def keep_met(self, met: Met) -> None:
        """Write down which networks were measured near the target and which hold."""
        save_met(met, self.path / MEETING)

    def met(self) -> Met | None:
        """
        Return what meeting the target came to; None before it did.

        Raises:
            RunInvalid: the file is broken.
        """
        return load_met(self.path / MEETING)

    def inputs_table(self) -> Path:
        """Return where the table is that says what inputs cost, pinned for stage 1."""
        return self.path / "table_inputs.json"

    def seconds(self) -> dict[str, float]:
        """Return the time earlier calls spent, by phase."""
        path = self.path / SECONDS
        return dict(read_json(path)) if path.exists() else {}

    def keep_seconds(self, seconds: Mapping[str, float]) -> None:
        """Write down the time spent so far, by phase."""
        write_json(self.path / SECONDS, seconds)

    def keep_curves(self, reports: Iterable[EpochReport]) -> dict[str, list[dict[str, float]]]:
        """Write the numbers of every epoch, by phase, and return them."""
        curves: dict[str, list[dict[str, float]]] = {}
        for report in reports:
            numbers = {"epoch": float(report.epoch), **report.values}
            curves.setdefault(report.phase, []).append(numbers)
        write_json(self.path / "curves.json", curves)
        return curves


def fresh_folder(path: Path) -> Path:
    """
    Return *path* if it is empty or absent, or holds an unfinished run; clear a finished one.

    A folder that holds anything else is not touched.

    Raises:
        RunInvalid: the folder holds files and none of them is of a run.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
        if any(path.iterdir()) and not _is_run(path):
            raise RunInvalid(f"{path} holds files that are no run's; choose another folder")
        if RunFolder(path).result.exists():
            shutil.rmtree(path)
            path.mkdir()
    except OSError as error:
        raise RunInvalid(
            f"{path} cannot be a run's folder ({error.strerror}); choose another"
        ) from error
    return path


def load_certificate(path: Path) -> Certificate:
    """
    Read the certificate at *path*.

    Raises:
        RunInvalid: there is none, or it is broken.
    """
    try:
        return _CERTIFICATE.validate_json(path.read_bytes())
    except (OSError, ValueError) as error:
        raise RunInvalid(f"{path} cannot be read: {error}") from error


def write_json(path: Path, document: Mapping[str, Any]) -> None:
    """
    Write *document* to *path* in one step.

    Raises:
        RunInvalid: it could not be written; the previous file is intact.
    """
    write_atomically(path, (json.dumps(document, indent=1) + "\n").encode())


def read_json(path: Path) -> Any:
    """
    Read the JSON at *path*.

    Raises:
        RunInvalid: there is none, or it is broken.
    """
    try:
        return json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise RunInvalid(f"{path} cannot be read: {error}") from error


def _numbered(device: int) -> str:
    """Return what tells the files of a second device from those of the first, which have none."""
    return f"_{device + 1}" if device else ""


def _is_run(path: Path) -> bool:
    """Return whether a run claimed *path*; a file that only has the name is not enough."""
    claim = path / CONFIGURATION
    if not claim.exists():
        return (path / "lut.db").exists() and not (path / "result.json").exists()
    document = read_json(claim)
    return isinstance(document, dict) and document.keys() >= {"configuration", "data", "tables"}


def _identity(dataset: Dataset) -> dict[str, Any]:
    return {
        "name": dataset.name,
        "source": dataset.source,
        "train": len(dataset.train),
        "validation": len(dataset.validation),
        "test": len(dataset.test),
    }


def _differences(held: Any, asked: Any, name: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Yield name, old and new value of whatever differs between two documents."""
    if isinstance(held, dict) and isinstance(asked, dict):
        for key in [*asked, *(key for key in held if key not in asked)]:
            inner = f"{name}.{key}" if name else key
            yield from _differences(held.get(key), asked.get(key), inner)
    elif held != asked:
        yield name or "claim", held, asked
