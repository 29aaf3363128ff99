"""Programs: those of the system an installation calls, and the one the service will run."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import profiler
from profiler.errors import InstallFailed, InstallRefused

HIDDEN = ("/home", "/root", "/run/user")
"""What ``ProtectHome=`` hides from the service."""

LIMIT_S = 90
"""How long a program of the system may take, in seconds."""


def run(*command: str) -> str:
    """
    Run a program of the system and return what it printed.

    Raises:
        InstallFailed: it is not there, or says no; with its own words.
    """
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT_S, check=True)
    except FileNotFoundError as error:
        raise InstallFailed(f"{command[0]} is not on this machine") from error
    except subprocess.TimeoutExpired as error:
        raise InstallFailed(f"{' '.join(command)} did not end within {LIMIT_S} s") from error
    except subprocess.CalledProcessError as error:
        said = (error.stderr or error.stdout).strip().replace("\n", "; ")
        raise InstallFailed(
            f"{' '.join(command)} ended with status {error.returncode}: {said}"
        ) from error
    return done.stdout.strip()


def require_root() -> None:
    """
    Check that the caller may change the machine.

    Raises:
        InstallRefused: it is not root.
    """
    if os.geteuid() != 0:
        raise InstallRefused(
            "only root can change this machine's services: run it with sudo, see what it would do "
            "with --dry-run, or try it in a folder with --root"
        )


def own_program() -> Path:
    """
    Return the ``hna`` beside the interpreter that runs this.

    Raises:
        InstallRefused: there is none; the package was not installed.
    """
    program = Path(sys.executable).parent / "hna"
    if not program.is_file():
        raise InstallRefused(
            f"there is no {program}; install hna-nas into this Python with pip, or name the "
            "program with --program"
        )
    return program


def require_usable(program: Path) -> None:
    """
    Check that an unprivileged service can run *program* and, if this Python's, what it needs.

    Raises:
        InstallRefused: it is not there, or the user cannot read it; names where to put it.
    """
    if not program.is_file():
        raise InstallRefused(f"there is no program {program}; name another with --program")
    own = program.parent == Path(sys.executable).parent
    needed = (Path(sys.executable), Path(profiler.__file__)) if own else ()
    for path in (program, *needed):
        for place in {path.absolute(), path.resolve()}:
            fault = unreachable(place)
            if fault:
                raise InstallRefused(
                    f"the agent's user cannot use {place}: {fault}; install hna-nas where all can "
                    "read it, e.g. with python3 -m venv /opt/hna && /opt/hna/bin/pip install "
                    "hna-nas, and run /opt/hna/bin/hna agent install"
                )


def unreachable(path: Path) -> str | None:
    """Return why a user with no rights of its own cannot read *path*; None if it can."""
    for hidden in HIDDEN:
        if path.is_relative_to(hidden):
            return f"the service does not see {hidden}"
    for folder in reversed(path.parents):
        if not folder.stat().st_mode & 0o001:
            return f"{folder} is closed to others"
    if not path.stat().st_mode & 0o004:
        return "it is closed to others"
    if os.access(path, os.X_OK) and not path.stat().st_mode & 0o001:
        return "others may not run it"
    return None
