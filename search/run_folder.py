"""
The folder of one search: what it was told, what it found, and what it made.

Every file is written whole or not at all.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from profiler.errors import RunInvalid
from profiler.estimation import Certificate
from profiler.table import Table
from profiler.table_file import load_table, save_table
from search.checkpoint import write_atomically
from search.configuration import Configuration
from search.progress import EpochReport

CONFIGURATION = "configuration.json"

_CERTIFICATE: TypeAdapter[Certificate] = TypeAdapter(Certificate)


@dataclass(frozen=True, slots=True)
class RunFolder:
    """
    The files of a run.

    Args:
        path: the folder; made if need be.
    """

    path: Path

    @property
    def table(self) -> Path:
        """The table the search used, pinned."""
        return self.path / "table.json"

    @property
    def certificate(self) -> Path:
        """The certificate of that table."""
        return self.path / "certificate.json"

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

    def claim(self, configuration: Configuration) -> None:
        """
        Make the folder this configuration's, or check that it is.

        Raises:
            RunInvalid: the folder holds a run of another configuration.
        """
        path = self.path / CONFIGURATION
        document = json.loads(json.dumps(asdict(configuration)))
        if path.exists() and read_json(path) != document:
            raise RunInvalid(
                f"{self.path} holds a run of another configuration; choose another folder, or "
                "remove this one"
            )
        write_json(path, document)

    def pin(self, table: Table, certificate: Certificate) -> None:
        """Keep the table the search uses, whatever the server's becomes later."""
        write_atomically(self.certificate, _CERTIFICATE.dump_json(certificate, indent=1))
        save_table(table, self.table)

    def pinned(self) -> tuple[Table, Certificate] | None:
        """
        Return what was pinned, or None before anything was.

        Raises:
            RunInvalid: the certificate cannot be read.
            TableInvalid: the table cannot be.
        """
        if not self.table.exists():
            return None
        try:
            certificate = _CERTIFICATE.validate_json(self.certificate.read_bytes())
        except (OSError, ValueError) as error:
            raise RunInvalid(f"{self.certificate} cannot be read: {error}") from error
        return load_table(self.table), certificate

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
    Return *path* if it is empty or absent, or holds an unfinished run; else clear it first.

    A folder that holds anything else is not touched.

    Raises:
        RunInvalid: the folder holds files and none of them is of a run.
    """
    if (path / CONFIGURATION).exists() and (path / "result.json").exists():
        shutil.rmtree(path)
    elif path.exists() and any(path.iterdir()) and not (path / CONFIGURATION).exists():
        raise RunInvalid(f"{path} holds files that are no run's; choose another folder")
    path.mkdir(parents=True, exist_ok=True)
    return path


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
