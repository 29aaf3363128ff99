"""
One agent per device and machine: two would disturb each other's measurements.

The kernel holds the lock for as long as the process lives, so no crash leaves a stale one.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from profiler.errors import AgentConflict, SpoolFailed


@contextmanager
def only_agent(path: Path) -> Iterator[None]:
    """
    Hold the lock file *path* while the context lasts.

    Raises:
        AgentConflict: another process holds it; names its pid.
        SpoolFailed: the file cannot be made.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("a+")
    except OSError as error:
        raise SpoolFailed(
            f"cannot write {path} ({error.strerror}); choose another folder with --state-dir"
        ) from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            raise AgentConflict(
                f"another agent (pid {file.read().strip() or 'unknown'}) already measures this "
                f"device and holds {path}; stop it first"
            ) from error
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield
