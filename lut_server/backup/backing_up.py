"""
A backup of a store, made while servers work on it.

What is in it is one state of the store.  It is written beside its place, checked, and only then
given its name, so that a file of that name is always a whole backup.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from lut_server.backup.postgresql import dump
from lut_server.backup.sqlite import copy
from lut_server.engines.place import Place
from profiler.errors import BackupFailed, HnaError

Progress = Callable[[int, int], None]
"""Told how much is done, of how much."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """
    A backup that was made and checked.

    Args:
        path: of its file.
        size_bytes: of its file.
        tables: how many tables of the database it holds.
        rows: how many rows, counted in the backup; None where its format cannot be counted.
        restore: what to type to use it.
    """

    path: Path
    size_bytes: int
    tables: int
    rows: int | None
    restore: str


def back_up(place: Place, target: Path, progress: Progress, *, force: bool = False) -> Backup:
    """
    Back up the store at *place* into the file *target*.

    Args:
        place: of the store.
        target: where the backup is to be.
        progress: called now and then, where the database tells how far it is.
        force: whether a file of that name may be replaced.

    Raises:
        StoreInvalid: there is no store.
        BackupFailed: it could not be made, or differs from the store.
    """
    if target.exists() and not force:
        raise BackupFailed(f"{target} exists already; choose another name, or replace it: --force")
    partial = target.with_name(f".{target.name}.partial")
    partial.unlink(missing_ok=True)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        counts = copy(place, partial, progress) if place.is_file else dump(place, partial)
        _put_in_place(partial, target)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise BackupFailed(f"{target} could not be written: {error.strerror or error}") from error
    except HnaError:
        partial.unlink(missing_ok=True)
        raise
    known = [count for count in counts.values() if count is not None]
    return Backup(
        path=target,
        size_bytes=target.stat().st_size,
        tables=len(counts),
        rows=sum(known) if len(known) == len(counts) else None,
        restore=_restore(place, target),
    )


def _put_in_place(partial: Path, target: Path) -> None:
    """Give a written file its name once it and its folder's entry are on the disk."""
    for path in (partial, target.parent):
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
        if path == partial:
            partial.replace(target)


def _restore(place: Place, target: Path) -> str:
    if place.is_file:
        return f"hna serve --database {target}"
    return (
        "createdb --encoding=UTF8 --template=template0 NAME && "
        f"pg_restore --no-owner --exit-on-error --dbname=NAME {target}"
    )
