"""
The backup of a PostgreSQL database: ``pg_dump``, which sees one state of it.

The format is PostgreSQL's own; ``pg_restore`` reads it.  Where ``pg_dump`` is not installed, what
to type where it is.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from sqlalchemy import URL

from lut_server.engines.place import Place
from profiler.errors import BackupFailed

PACKAGED = Path("/usr/lib/postgresql")
"""Where distributions put programs of several versions side by side."""

OURS = "measurements"


def dump(place: Place, partial: Path) -> dict[str, int | None]:
    """
    Dump the database at *place* into *partial*; return its tables, whose rows nobody counted.

    Raises:
        StoreInvalid: it is not the database of a store.
        BackupFailed: ``pg_dump`` is not installed, or failed.
    """
    program = _program("pg_dump")
    if program is None:
        raise BackupFailed(
            "pg_dump is not installed here; install PostgreSQL's client programs, or type on a "
            f"machine that has them: pg_dump --format=custom --file=FILE {place.shown}"
        )
    address = _without_password(place.url)
    _run(
        program,
        *("--format=custom", "--no-password", f"--file={partial}", f"--dbname={address}"),
        password=place.url.password or "",
    )
    tables = _tables(program.with_name("pg_restore"), partial)
    if OURS not in tables:
        raise place.unusable("it is another program's database, or an empty one")
    return dict.fromkeys(tables)


def _tables(program: Path, partial: Path) -> list[str]:
    """Return the tables whose rows a dump holds; reading it to its end proves it whole."""
    _run(program, f"--file={os.devnull}", str(partial))
    lines = _run(program, "--list", str(partial)).splitlines()
    return [line.split()[-2] for line in lines if " TABLE DATA " in line]


def _program(name: str) -> Path | None:
    packaged = sorted(PACKAGED.glob(f"*/bin/{name}"), key=lambda path: _version(path.parents[1]))
    if packaged:
        return packaged[-1]  # the newest one reads the databases of older servers, too
    found = shutil.which(name)
    return None if found is None else Path(found)


def _version(folder: Path) -> int:
    return int(folder.name) if folder.name.isdigit() else 0


def _without_password(url: URL) -> str:
    """Return the address as libpq reads it; other users could see a password in it."""
    parts = (url.host, url.port, url.database, url.query)
    return URL.create("postgresql", url.username, None, *parts).render_as_string()


def _run(program: Path, *arguments: str, password: str = "") -> str:
    done = subprocess.run(
        [str(program), *arguments],
        env=os.environ | ({"PGPASSWORD": password} if password else {}),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise BackupFailed(f"{program.name} failed: {' '.join(done.stderr.split())}")
    return done.stdout
