"""
One agent per device and machine: two would disturb each other's measurements.

Two locks, both held by the kernel for as long as the process lives, so no crash leaves a stale
one.  A name in the abstract namespace of unix sockets is the machine's: any user can take it, a
service with a file system of its own too, and whoever comes second learns the process that holds
it.  Containers with a network of their own do not share it; where they share the state folder the
lock file in it tells them apart.  What neither can see, the server can live with: two agents of
one device get different jobs.
"""

from __future__ import annotations

import errno
import fcntl
import os
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from profiler.errors import AgentConflict, SpoolFailed

CREDENTIALS = struct.Struct("3i")
"""``struct ucred``: process, user, group (unix(7))."""


SHARING = ", or start this one with --share-device: both at work, they disturb each other"


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
            raise _conflict(file.read().strip(), str(path)) from error
        _sign(file.fileno(), path)
        yield


@contextmanager
def only_agent_of_machine(fingerprint: str) -> Iterator[None]:
    """
    Be the machine's only agent of the device *fingerprint* while the context lasts.

    Raises:
        AgentConflict: another process is; names its pid.
    """
    name = f"hna-agent-{fingerprint}"
    with socket.socket(socket.AF_UNIX) as held:
        try:
            held.bind(f"\0{name}")
            held.listen()
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise _conflict(_holder(name), f"the socket @{name}", SHARING) from error
            # A sandbox without such sockets: the lock file is what there is.
        yield


def _holder(name: str) -> str:
    """Return the pid of whoever listens at *name*; nothing where that is not told."""
    with socket.socket(socket.AF_UNIX) as asking:
        try:
            asking.connect(f"\0{name}")
            credentials = asking.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, CREDENTIALS.size)
        except OSError:
            return ""  # it ended this moment, or had not begun to listen
    pid, _, _ = CREDENTIALS.unpack(credentials)
    return str(pid) if pid else ""


def _sign(descriptor: int, path: Path) -> None:
    """Leave our pid for others to read."""
    try:
        os.ftruncate(descriptor, 0)
        os.write(descriptor, str(os.getpid()).encode())
    except OSError as error:
        raise SpoolFailed(
            f"cannot write {path} ({error.strerror}); free space there, or choose another folder "
            "with --state-dir"
        ) from error


def _conflict(pid: str, what: str, otherwise: str = "") -> AgentConflict:
    return AgentConflict(
        f"another agent (pid {pid or 'unknown'}) already measures this device and holds {what}; "
        f"stop it first{otherwise}"
    )
