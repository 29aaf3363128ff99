"""
``trtexec``, the command-line tool of TensorRT, driven as a process.

Its options change between releases, and an option it does not know ends it; so its own ``--help``
is asked first, and only options it lists are given.  Facts of its interface: NVIDIA's reference
"Command-Line Programs" and the tool's published source (samples/trtexec, samples/common).
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from profiler.backends.cuda.device import GpuProperties, driver_release
from profiler.backends.tensorrt.builder import NO_KERNEL, NO_LAYER
from profiler.errors import BackendFailed, BackendUnavailable, OperationUnsupported

INSTALLED = Path("/usr/src/tensorrt/bin/trtexec")
"""Where JetPack and NVIDIA's packages put it, which is on nobody's PATH."""

HELP_TIMEOUT_S = 60.0
SHOWN_LINES = 3
"""Last lines of what it complained about that an error repeats."""

UNSUPPORTED = ("UNSUPPORTED", "No importer registered", NO_LAYER, NO_KERNEL)
"""Words by which it says that TensorRT cannot compute a node."""

INTEGRATED = {(5, 3), (6, 2), (7, 2), (8, 7), (10, 1), (11, 0), (12, 1)}
"""Compute capabilities of GPUs that share the memory of their board: Tegra, Jetson, Thor, GB10."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """
    The tool as it is installed.

    Args:
        path: of the program.
        version: of its TensorRT, such as ``10.3.0``.
        options: those it knows, such as ``--useCudaGraph``.
        timeout_s: seconds one run may take.
    """

    path: Path
    version: str
    options: frozenset[str]
    timeout_s: float

    def known(self, *options: str) -> list[str]:
        """Return those of *options*, such as ``--avgRuns=10``, that this release knows."""
        return [option for option in options if option.partition("=")[0] in self.options]

    def run(self, arguments: Sequence[str], folder: Path, what: str) -> str:
        """Run it in *folder* to do *what*; return what it printed.  See ``run_program``."""
        return run_program([str(self.path), *arguments], folder, what, self.timeout_s)


def find_tool(path: Path | str | None, timeout_s: float) -> Tool:
    """
    Return the tool at *path*, or the one on PATH, or where JetPack puts it.

    Raises:
        BackendUnavailable: there is none, or it does not start.
    """
    found = Path(path) if path is not None else Path(shutil.which("trtexec") or INSTALLED)
    if not found.is_file():
        where = f"at {found}" if path is not None else f"on PATH and not at {INSTALLED}"
        raise BackendUnavailable(f"trtexec is not {where}; it comes with TensorRT, as in JetPack")
    try:
        said = run_program([str(found), "--help"], Path.cwd(), "--help", HELP_TIMEOUT_S)
    except BackendFailed as error:
        raise BackendUnavailable(f"trtexec at {found} does not work: {error}") from error
    number = re.search(r"\[TensorRT v(\d+)\]", said)
    if number is None:
        raise BackendUnavailable(f"{found} is no trtexec: it does not name its TensorRT")
    options = frozenset(re.findall(r"--\w+", said))
    return Tool(
        path=found.resolve(), version=_version(int(number[1])), options=options, timeout_s=timeout_s
    )


def run_program(command: Sequence[str], folder: Path, what: str, timeout_s: float) -> str:
    """
    Run *command* in *folder* and return what it printed.

    Raises:
        OperationUnsupported: it says that TensorRT has nothing for a node.
        BackendFailed: it could not be started, ended badly, or did not end in time; each in its
            own words.
    """
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as complaints:
        try:
            process = subprocess.Popen(
                command,
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=complaints,
                start_new_session=True,
            )
        except OSError as error:
            raise BackendFailed(f"{command[0]} cannot be started: {error.strerror}") from error
        try:
            status = process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            raise BackendFailed(
                f"trtexec did not end within {timeout_s:g} s: {what}; give it more with timeout_s"
            ) from None
        finally:
            _end(process)
        said = _text(out)
        if status != 0:
            raise _failure(status, what, _text(complaints) or said)
        return said


def gpu_properties(said: str, device: int) -> GpuProperties:
    """
    Return what the tool printed about the GPU it selected.

    Raises:
        BackendUnavailable: it printed too little to tell the GPU from others.
    """

    def told(label: str) -> str | None:
        found = re.search(rf"{label}: (.+)$", said, re.MULTILINE)
        return found[1].strip() if found else None

    name, capability = told("Selected Device"), told("Compute Capability")
    processors, memory = told("SMs"), told("Device Global Memory")
    if name is None or capability is None or processors is None or memory is None:
        raise BackendUnavailable("trtexec does not say which GPU it uses; update TensorRT")
    major, minor = (int(part) for part in capability.split("."))
    integrated, uuid = (major, minor) in INTEGRATED, told("Selected Device UUID")
    if uuid is None and not integrated:
        raise BackendUnavailable(
            f"this trtexec does not tell the UUID of GPU {device}, so {name} cannot be told from "
            "others of its kind; use TensorRT 10 or later"
        )
    return GpuProperties(
        name=name,
        uuid=uuid or "",
        capability=(major, minor),
        multiprocessors=int(processors),
        memory_bytes=int(memory.split()[0]) * 2**20,
        integrated=integrated,
        driver=driver_release(),
    )


def _end(process: subprocess.Popen[bytes]) -> None:
    """Leave nothing running, whatever happened; a wrapper script may have children."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _text(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode("utf-8", "replace")


def _failure(status: int, what: str, complaints: str) -> Exception:
    lines = [line.strip() for line in complaints.splitlines() if line.strip()]
    last = " | ".join(lines[-SHOWN_LINES:]) or "it said nothing"
    if any(word in complaints for word in UNSUPPORTED):
        return OperationUnsupported(f"trtexec has nothing for {what}: {last}")
    if status < 0:
        return BackendFailed(f"trtexec crashed ({signal.Signals(-status).name}): {what}: {last}")
    return BackendFailed(f"trtexec ended with status {status}: {what}: {last}")


def _version(number: int) -> str:
    """
    Return the version behind the number the tool prints.

    >>> _version(100300), _version(8601)
    ('10.3.0', '8.6.1')
    """
    base = 10_000 if number >= 100_000 else 1_000
    return f"{number // base}.{number % base // 100}.{number % 100}"
