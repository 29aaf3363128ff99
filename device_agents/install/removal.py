"""Taking an installation away again; what was measured and not reported stays unless asked."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

from device_agents.install.accounts import SystemUser, account, remove_user
from device_agents.install.files import is_ours
from device_agents.install.places import SERVICE, USER, Places
from device_agents.install.service import reload, stop
from device_agents.install.step import Say
from profiler.errors import InstallFailed, InstallRefused


def remove(places: Places, say: Say, *, purge: bool = False, dry_run: bool = False) -> bool:
    """
    Remove what an installation made.

    Args:
        places: where it is.
        say: told about everything that goes.
        purge: also the spool with its unreported measurements, and the user who owns it.
        dry_run: only say what would be done.

    Returns:
        Whether anything was, or would be, removed.

    Raises:
        InstallRefused: a file or user of its name is somebody else's; nothing was removed.
        InstallFailed: something could not be removed; again is safe.
    """
    for path in (places.unit, places.config):
        if path.exists() and not is_ours(path):
            raise InstallRefused(f"{path} was not written by hna agent install; it stays")
    if purge:
        SystemUser(root=places.root).check()
    doing = list(_removals(places, purge=purge))
    if doing and places.live and not dry_run:
        stop()
    for what, act in doing:
        say(f"  {'would remove' if dry_run else 'removing'}: {what}")
        if not dry_run:
            _act(what, act)
    if doing and places.live and not dry_run:
        reload()
    return bool(doing)


def reports_waiting(state: Path) -> int | None:
    """
    Count the reports in the spools of folder *state* without touching them.

    Returns:
        How many; None where a spool, or the folder, cannot be read.
    """
    try:
        return sum(_count(path) for path in state.iterdir() if path.suffix == ".spool")
    except FileNotFoundError:
        return 0
    except (OSError, sqlite3.Error):
        return None


def _removals(places: Places, *, purge: bool) -> list[tuple[str, Callable[[], None]]]:
    """Return what is there and how it goes: what starts the agent first, what it owns last."""
    found: list[tuple[str, Callable[[], None]]] = [
        (f"file {path}", path.unlink)
        for path in (places.wanted, places.unit, places.config, places.token)
        if path.is_symlink() or path.exists()
    ]
    if places.config.parent.is_dir() and set(places.config.parent.iterdir()) <= {
        places.config,
        places.token,
    }:
        found.append((f"folder {places.config.parent}", places.config.parent.rmdir))
    if purge and places.state.exists():
        waiting = reports_waiting(places.state)
        count = "an unknown number of" if waiting is None else str(waiting)
        found.append(
            (
                f"folder {places.state} with {count} unreported session(s)",
                lambda: shutil.rmtree(places.state),
            )
        )
    if purge and account(places.root) is not None:
        found.append((f"user {USER}", lambda: remove_user(places.root)))
    return found


def _act(what: str, act: Callable[[], None]) -> None:
    try:
        act()
    except OSError as error:
        raise InstallFailed(
            f"{what} could not be removed ({error.strerror}); mend that and run hna agent "
            f"uninstall again; {SERVICE} is stopped"
        ) from error


def _count(path: Path) -> int:
    # No log beside it: nobody has it open, and opening it as immutable leaves no log behind either.
    how = "mode=ro" if path.with_name(f"{path.name}-wal").exists() else "immutable=1"
    base = sqlite3.connect(f"file:{path.resolve()}?{how}", uri=True)
    try:
        return int(base.execute("SELECT count(*) FROM report").fetchone()[0])
    finally:
        base.close()
