"""
The journal of what was changed about the machine, so that a crash leaves nothing changed.

A change is written down first, then made, and crossed out after it was put back: one small file
for each, removed at the end.  The file is locked by the kernel for as long as the process that
made the change lives, so the next start knows which changes nobody will put back any more, without
trusting process ids.  What an earlier boot changed, the reboot put back.

Only values are written down, in a folder that nobody else may write; see ``quiet.change``.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from device_agents.quiet.change import Change, Machine
from device_agents.quiet.governor import GovernorChange
from device_agents.quiet.gpu import GpuClocksChange
from device_agents.quiet.jetson import STORED, JetsonClocksChange
from device_agents.quiet.undisturbed import undisturbed
from profiler.errors import QuietFailed
from profiler.platforms.files import read_text

BOOT_ID = "proc/sys/kernel/random/boot_id"
ENTRY = ".json"
UNFINISHED = ".unfinished"

Known = GovernorChange | GpuClocksChange | JetsonClocksChange


class Entry(BaseModel):
    """
    One change, as it is written down.

    Args:
        format: of this document; history: 1 (2026-11) the first.
        boot_id: of the boot it was made in.
        pid: of the process that made it, for people.
        change: what was changed, from what, to what.
    """

    model_config: ClassVar[ConfigDict] = ConfigDict(frozen=True, extra="forbid")

    format: Literal[1] = 1
    boot_id: str | None
    pid: int
    change: Annotated[Known, Field(discriminator="kind")]


class Journal:
    """
    The journal in one folder.

    Args:
        folder: of its files; made when there is a first change.
        say: tells people.
        root: of the system's tree.
    """

    def __init__(self, folder: Path, say: Callable[[str], None], root: Path = Path("/")) -> None:
        self._machine = Machine(root=root, folder=folder)
        self._say = say

    @property
    def root(self) -> Path:
        """Root of the system's tree."""
        return self._machine.root

    def make(self, change: Known, undo: ExitStack) -> None:
        """
        Write *change* down, make it, and have it put back when *undo* ends.

        Raises:
            QuietFailed: it is not possible here, and nothing is changed.
        """
        with undisturbed():
            path, file = self._write(change)
            try:
                change.make(self._machine)
            except QuietFailed:
                _cross_out(path, file)
                raise
            undo.callback(self._end, change, path, file)

    def recover(self) -> None:
        """Put back, the latest first, what processes changed that are no more."""
        folder = self._machine.folder
        try:
            left = sorted(folder.glob(f"*{ENTRY}"), reverse=True)
            if left and folder.stat().st_uid != os.geteuid():
                raise PermissionError(0, "it is another user's")
            for path in left:
                self._recover(path)
            self._sweep()
        except OSError as error:
            self._say(f"the journal {folder} cannot be used: {error.strerror}; see what it says")

    def _write(self, change: Known) -> tuple[Path, IO[bytes]]:
        """Write an entry that is complete from the moment it has its name."""
        boot_id = read_text(self.root / BOOT_ID)
        entry = Entry(boot_id=boot_id, pid=os.getpid(), change=change)
        # Within one boot names sort by time, and only entries of one boot are put back.
        path = self._machine.folder / f"{time.monotonic_ns():020}-{os.getpid()}{ENTRY}"
        try:
            self._machine.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            return path, _written(path, entry.model_dump_json().encode())
        except OSError as error:
            raise QuietFailed(
                f"the journal {path.parent} cannot be written ({error.strerror}), and what is not "
                "written down is not changed"
            ) from error

    def _end(self, change: Change, path: Path, file: IO[bytes]) -> None:
        with undisturbed():
            self._put_back(change, path, file)

    def _recover(self, path: Path) -> None:
        with undisturbed(), path.open("rb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return  # whoever made the change lives
            try:
                entry = Entry.model_validate_json(file.read())
            except ValidationError:
                self._say(f"{path} is no entry this version can read; look at it and remove it")
                return
            if entry.boot_id != read_text(self.root / BOOT_ID):
                self._say(f"{entry.change}: of an earlier boot, put back by the reboot")
                _cross_out(path, file)
            elif self._put_back(entry.change, path, file):
                self._say(f"{entry.change}: put back, process {entry.pid} could not")

    def _sweep(self) -> None:
        """Remove what a crash left beside the entries, once there are none."""
        folder = self._machine.folder
        if not any(folder.glob(f"*{ENTRY}")):
            for path in (*folder.glob(f"*{UNFINISHED}"), *folder.glob(f"*{STORED}")):
                path.unlink(missing_ok=True)

    def _put_back(self, change: Change, path: Path, file: IO[bytes]) -> bool:
        """Put *change* back and cross it out; return whether there is nothing else to say."""
        try:
            said = change.put_back(self._machine)
        except QuietFailed as error:
            file.close()
            self._say(f"{change}: NOT put back, tried again at the next start: {error}")
            return False
        _cross_out(path, file)
        if said:
            self._say(said)
        return said is None


def _written(path: Path, content: bytes) -> IO[bytes]:
    """Return the open file *path*, locked, which has its name only once it is on the disk."""
    unfinished = path.with_suffix(UNFINISHED)
    file = unfinished.open("xb", buffering=0)
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.write(content)
        os.fsync(file.fileno())
        unfinished.rename(path)
    except OSError:
        file.close()
        unfinished.unlink(missing_ok=True)
        raise
    return file


def _cross_out(path: Path, file: IO[bytes]) -> None:
    path.unlink(missing_ok=True)
    file.close()
