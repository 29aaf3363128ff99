"""Files, folders and links as steps of an installation."""

from __future__ import annotations

import os
import stat
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from device_agents.install.accounts import belongs, give
from device_agents.install.step import Undo
from profiler.errors import InstallRefused

MARK = "# Written by hna agent install; run it again to change it."
"""First line of the files that are this installation's to change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """
    A folder of its own for the agent.

    Args:
        path: of the folder.
        root: the tree it lies in.
        mode: its permissions.
        owner: a user of the tree.
    """

    path: Path
    root: Path
    mode: int
    owner: str

    def __str__(self) -> str:
        return f"folder {self.path}, {self.mode:04o}, of {self.owner}"

    def check(self) -> None:
        """See the port."""
        if self.path.is_symlink() or (self.path.exists() and not self.path.is_dir()):
            raise InstallRefused(f"{self.path} is not a folder; move it away")

    def holds(self) -> bool:
        """See the port."""
        return _is_so(self.path, self.root, self.mode, self.owner)

    def make(self) -> Undo:
        """See the port."""
        with ExitStack() as undo:
            made = _make_folders(self.path)
            undo.callback(_remove_folders, made)
            if self.path not in made:
                undo.callback(_restore, self.path, self.path.stat())
            self.path.chmod(self.mode)
            give(self.path, self.root, self.owner)
            return undo.pop_all().close


@dataclass(frozen=True, slots=True, kw_only=True)
class TextFile:
    """
    A small file, replaced whole.

    Args:
        path: of the file.
        root: the tree it lies in.
        text: what it holds; never shown.
        mode: its permissions, from the first moment.
        owner: a user of the tree.
        marked: whether it begins with ``MARK``, and one without it is somebody else's.
    """

    path: Path
    root: Path
    text: str = field(repr=False)
    mode: int
    owner: str
    marked: bool = True

    def __str__(self) -> str:
        return f"file {self.path}, {self.mode:04o}, of {self.owner}"

    def check(self) -> None:
        """See the port."""
        if self.path.is_symlink() or (self.path.exists() and not self.path.is_file()):
            raise InstallRefused(f"{self.path} is not a plain file; move it away")
        if self.marked and self.path.exists() and not is_ours(self.path):
            raise InstallRefused(
                f"{self.path} was not written by hna agent install; move it away if the agent is "
                "to have its place"
            )

    def holds(self) -> bool:
        """See the port."""
        return (
            _is_so(self.path, self.root, self.mode, self.owner)
            and self.path.read_text(encoding="utf-8") == self.text
        )

    def make(self) -> Undo:
        """See the port."""
        made = _make_folders(self.path.parent)
        try:
            before = self.path.read_bytes(), self.path.stat()
        except FileNotFoundError:
            before = None
        partial_path = self.path.with_name(f".{self.path.name}.partial")
        with ExitStack() as undo:
            undo.callback(_remove_folders, made)
            undo.callback(partial_path.unlink, missing_ok=True)
            self._write(partial_path)
            partial_path.replace(self.path)
            undo.callback(_put_back, self.path, before)
            return undo.pop_all().close

    def _write(self, path: Path) -> None:
        path.unlink(missing_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(self.text.encode())
            give(descriptor, self.root, self.owner)
            os.fchmod(descriptor, self.mode)
            file.flush()
            os.fsync(descriptor)


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """
    A symbolic link.

    Args:
        path: of the link.
        to: what it says, relative to its folder.
    """

    path: Path
    to: str

    def __str__(self) -> str:
        return f"link {self.path} to {self.to}"

    def check(self) -> None:
        """See the port."""
        there = self.path.is_symlink() or self.path.exists()
        if there and not self.holds():
            raise InstallRefused(f"{self.path} is there and is no link to {self.to}; move it away")

    def holds(self) -> bool:
        """See the port."""
        return self.path.is_symlink() and str(self.path.readlink()) == self.to

    def make(self) -> Undo:
        """See the port."""
        with ExitStack() as undo:
            undo.callback(_remove_folders, _make_folders(self.path.parent))
            self.path.symlink_to(self.to)
            undo.callback(self.path.unlink)
            return undo.pop_all().close


def is_ours(path: Path) -> bool:
    """Return whether ``hna agent install`` wrote the file."""
    return path.read_text(encoding="utf-8", errors="replace").startswith(MARK)


def _is_so(path: Path, root: Path, mode: int, owner: str) -> bool:
    if not path.exists():
        return False
    return stat.S_IMODE(path.stat().st_mode) == mode and belongs(path, root, owner)


def _make_folders(path: Path) -> tuple[Path, ...]:
    """Make *path* and its parents; return those that were not there, outermost first."""
    missing = [folder for folder in (path, *path.parents) if not folder.exists()][::-1]
    for folder in missing:
        folder.mkdir(mode=0o755)
    return tuple(missing)


def _remove_folders(folders: tuple[Path, ...]) -> None:
    for folder in reversed(folders):
        folder.rmdir()


def _restore(path: Path, before: os.stat_result) -> None:
    path.chmod(stat.S_IMODE(before.st_mode))
    if os.geteuid() == 0:
        os.chown(path, before.st_uid, before.st_gid)


def _put_back(path: Path, before: tuple[bytes, os.stat_result] | None) -> None:
    if before is None:
        path.unlink()
        return
    content, status = before
    path.write_bytes(content)
    _restore(path, status)
