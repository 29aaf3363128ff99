"""The users and groups of a tree, read from its own files and changed by the system's tools."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from device_agents.install.places import STATE, USER
from device_agents.install.programs import run
from device_agents.install.step import Undo
from profiler.errors import InstallRefused

NO_SHELLS = ("/usr/sbin/nologin", "/sbin/nologin", "/bin/false", "/usr/bin/false")


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One line of ``/etc/passwd``."""

    uid: int
    gid: int
    home: str
    shell: str


def account(root: Path, name: str = USER) -> Account | None:
    """Return the user *name* of the tree; None where there is none."""
    for line in _lines(root / "etc/passwd"):
        fields = line.split(":")
        if fields[0] == name and len(fields) == 7:
            return Account(uid=int(fields[2]), gid=int(fields[3]), home=fields[5], shell=fields[6])
    return None


def groups_among(root: Path, names: tuple[str, ...]) -> tuple[str, ...]:
    """Return which of the groups *names* the tree has: systemd refuses one that is not there."""
    there = {line.partition(":")[0] for line in _lines(root / "etc/group")}
    return tuple(name for name in names if name in there)


def give(path: Path | int, root: Path, owner: str) -> None:
    """Give a file to *owner* of the tree; only root can, elsewhere it stays the caller's."""
    if os.geteuid() == 0:
        os.chown(path, *_ids(root, owner))


def belongs(path: Path, root: Path, owner: str) -> bool:
    """Return whether *path* is *owner*'s, as far as the caller could have made it so."""
    if os.geteuid() != 0:
        return True
    if owner != "root" and account(root, owner) is None:
        return False
    found = path.lstat()
    return (found.st_uid, found.st_gid) == _ids(root, owner)


def remove_user(root: Path, name: str = USER) -> None:
    """
    Remove the user *name* and its group.

    Raises:
        InstallFailed: the system's tool did not do it.
    """
    if account(root, name) is not None:
        run("userdel", *_prefix(root), name)
    if groups_among(root, (name,)):
        run("groupdel", *_prefix(root), name)


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemUser:
    """The step that makes the unprivileged user an agent runs as."""

    root: Path

    def __str__(self) -> str:
        return f"system user {USER}, no password, no shell"

    def check(self) -> None:
        """
        Look for another user of that name.

        Raises:
            InstallRefused: there is one, and somebody works as it.
        """
        found = account(self.root)
        if found and (found.home != str(STATE) or found.shell not in NO_SHELLS):
            raise InstallRefused(
                f"there is a user {USER} already, with home {found.home} and shell {found.shell}, "
                f"that hna agent install did not make; rename it, or give it home {STATE} and "
                f"shell {NO_SHELLS[0]}"
            )

    def holds(self) -> bool:
        """Return whether the user is there."""
        return account(self.root) is not None

    def make(self) -> Undo:
        """Make the user."""
        (self.root / "etc").mkdir(parents=True, exist_ok=True)
        run(
            "useradd", *_prefix(self.root), "--system", "--user-group",
            "--home-dir", str(STATE), "--no-create-home", "--shell", NO_SHELLS[0], USER,
        )  # fmt: skip
        return partial(remove_user, self.root)


def _ids(root: Path, owner: str) -> tuple[int, int]:
    if owner == "root":
        return 0, 0
    found = account(root, owner)
    if found is None:
        raise InstallRefused(f"there is no user {owner} in {root / 'etc/passwd'}")
    return found.uid, found.gid


def _prefix(root: Path) -> tuple[str, ...]:
    return () if root == Path("/") else ("--prefix", str(root.resolve()))


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return []
