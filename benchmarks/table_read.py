"""
What reading tables over HTTP costs: ``python -m benchmarks.table_read [--json]``.

A table of 500 entries, read whole by 64 connections from a real ``hna serve``, beside the same
bytes from a bare Starlette route and the same table from FastAPI as a dict; all take turns, and a
ratio is the median of those of single rounds, so that a busy machine is busy for both.  And a table
of 10,000 entries, read once from a process that has just started.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import httpx2

from benchmarks.figures import Figure, at_least, at_most, report, say
from benchmarks.load import Load, load_on
from benchmarks.reports import MadeUpDevice, some_operations
from benchmarks.serving import serving
from lut_server.client import LutClient
from lut_server.client.connection import segment
from lut_server.clock import utc_now
from lut_server.database import open_database
from lut_server.tokens.repository import TokenRepository
from lut_server.tokens.service import TokenService
from profiler.errors import HnaError

ENTRIES, MANY = 500, 10_000
CODINGS = ("identity", "gzip", "zstd")
ROUNDS = 7
SECONDS = 1.0
STARTS = 5
REPORT = 500
"""Operations of one report."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A request that is made again and again, and what its answers must be."""

    url: str
    headers: Mapping[str, str]
    status: int = 200


def run() -> list[Figure]:
    """Read a table under load, beside bare routes; and a large one from a fresh process."""
    with TemporaryDirectory(prefix="hna-table-read-") as name:
        folder = Path(name)
        return [*_under_load(folder), *_cold(folder)]


def _under_load(folder: Path) -> list[Figure]:
    database, closed = str(folder / "open.db"), str(folder / "closed.db")
    table = _filled(database, folder, ENTRIES)
    _filled(closed, folder, ENTRIES)
    bearer = {"authorization": f"Bearer {_token(closed)}"}
    with serving(database, folder) as ours, serving(closed, folder) as tokens:
        bodies = _keep_bodies(f"{ours.url}{table}", folder / "bodies")
        say(", ".join(f"{coding} {size:,} bytes" for coding, size in bodies.items()))
        with _bare(folder / "bodies") as bare:
            cases = _cases(bare, f"{ours.url}{table}", f"{tokens.url}{table}", bearer)
            return _figures(_take_turns(cases))


def _cases(bare: str, ours: str, closed: str, bearer: Mapping[str, str]) -> dict[str, Case]:
    cases = {}
    for coding in CODINGS:
        asked = {"accept-encoding": coding}
        cases[f"bare {coding}"] = Case(url=f"{bare}/{coding}", headers=asked)
        cases[f"table {coding}"] = Case(url=ours, headers=asked)
        cases[f"table {coding}, token"] = Case(url=closed, headers={**asked, **bearer})
    known = {"if-none-match": _tag(ours, {})}
    unchanged = {"if-none-match": _tag(closed, bearer), **bearer}
    return cases | {
        "bare 304": Case(url=f"{bare}/unchanged", headers={}, status=304),
        "table 304": Case(url=ours, headers=known, status=304),
        "table 304, token": Case(url=closed, headers=unchanged, status=304),
        "fastapi dict": Case(url=f"{bare}/dict/identity", headers={}),
    }


def _figures(loads: Mapping[str, Sequence[Load]]) -> list[Figure]:
    figures = []
    for coding in CODINGS:
        for name in (f"table {coding}", f"table {coding}, token"):
            figures.append(_ratio(loads, name, f"bare {coding}", 0.7))
    for name in ("table 304", "table 304, token"):
        figures.append(_ratio(loads, name, "bare zstd", 0.85))
        figures.append(_ratio(loads, name, "bare 304", 0.5))
    fast, plain = _median_rate(loads["table identity"]), _median_rate(loads["fastapi dict"])
    figures.append(at_least("table identity", fast, plain, "requests/s", plain))
    for name in ("table identity", "table zstd", "table 304"):
        bare = "bare 304" if name == "table 304" else name.replace("table", "bare")
        ours_ms, bare_ms = (median(load.p99_ms for load in loads[of]) for of in (name, bare))
        figures.append(at_most(f"{name}: p99", ours_ms, 2 * bare_ms, "ms", bare_ms))
    return figures


def _ratio(loads: Mapping[str, Sequence[Load]], ours: str, theirs: str, goal: float) -> Figure:
    pairs = zip(loads[ours], loads[theirs], strict=True)
    ratio = median(a.requests_per_s / b.requests_per_s for a, b in pairs)
    return at_least(f"{ours} / {theirs}", ratio, goal, "ratio")


def _median_rate(loads: Sequence[Load]) -> float:
    return median(load.requests_per_s for load in loads)


def _take_turns(cases: Mapping[str, Case]) -> dict[str, list[Load]]:
    loads: dict[str, list[Load]] = {name: [] for name in cases}
    for number in range(ROUNDS):
        for name, case in cases.items():
            loads[name].append(load_on(case.url, case.headers, SECONDS, status=case.status))
        say(f"round {number + 1} of {ROUNDS}")
    for name, of in loads.items():
        rates = sorted(load.requests_per_s for load in of)
        p50_ms, p99_ms = (median(getattr(load, p) for load in of) for p in ("p50_ms", "p99_ms"))
        say(
            f"{name:24} {median(rates):8,.0f} requests/s [{rates[0]:,.0f} - {rates[-1]:,.0f}]  "
            f"p50 {p50_ms:6.2f} ms  p99 {p99_ms:6.2f} ms"
        )
    return loads


def _cold(folder: Path) -> list[Figure]:
    """Read a large table from processes that have just started, as each coding would be."""
    database = str(folder / "large.db")
    table = _filled(database, folder, MANY)
    taken: dict[str, list[float]] = {coding: [] for coding in CODINGS}
    for _ in range(STARTS):
        for coding, taken_ms in taken.items():
            with serving(database, folder) as fresh, httpx2.Client() as http:
                http.get(f"{fresh.url}/healthz")  # the connection is not what is timed
                begin_s = time.perf_counter()
                answer = http.get(f"{fresh.url}{table}", headers={"accept-encoding": coding})
                taken_ms.append(1e3 * (time.perf_counter() - begin_s))
                answer.raise_for_status()
    return [
        at_most(f"{MANY:,} entries cold, {coding}", median(taken_ms), 300.0, "ms")
        for coding, taken_ms in taken.items()
    ]


def _filled(database: str, folder: Path, entries: int) -> str:
    """Fill a store with a table of so many entries, read once; return the table's path."""
    device, operations = MadeUpDevice("a"), some_operations(entries)
    with serving(database, folder) as server, LutClient(server.url, timeout_s=300.0) as client:
        client.register(device.registration())
        for first in range(0, entries, REPORT):
            client.report(device.report(operations[first : first + REPORT]))
        begin_s = time.perf_counter()
        (view,) = client.tables()
        say(f"{entries:,} entries computed in {time.perf_counter() - begin_s:.2f} s")
    if view.entries != entries:
        raise HnaError(f"the table has {view.entries} entries, not {entries}")
    return f"/v1/tables/{segment(view.name)}"


def _token(database: str) -> str:
    opened = open_database(database, 30.0)
    with opened.writing() as session:
        _, secret = TokenService(TokenRepository(session), utc_now).create("benchmark", "read")
    opened.close()
    return secret


def _tag(url: str, headers: Mapping[str, str]) -> str:
    asked = {**headers, "accept-encoding": "identity"}
    return str(httpx2.get(url, headers=asked).raise_for_status().headers["etag"])


def _keep_bodies(url: str, folder: Path) -> dict[str, int]:
    """Write the body of each coding to a file, as it is sent; return their sizes."""
    folder.mkdir()
    for coding in CODINGS:
        with httpx2.stream("GET", url, headers={"accept-encoding": coding}) as answer:
            (folder / coding).write_bytes(b"".join(answer.iter_raw()))
    return {coding: (folder / coding).stat().st_size for coding in CODINGS}


@contextmanager
def _bare(folder: Path) -> Iterator[str]:
    address = folder / "bare.url"
    with subprocess.Popen([sys.executable, "-m", "benchmarks.bare", str(folder)]) as process:
        try:
            while not address.exists() and process.poll() is None:
                time.sleep(0.02)
            yield address.read_text()
        finally:
            process.kill()


if __name__ == "__main__":
    report(run)
