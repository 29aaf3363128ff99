"""
Servers killed while they work: ``python -m benchmarks.crash [--kills 100]``.

A real server, several clients that report to it without a pause, and ``kill -9`` at a random
moment; then the next server on the same database.  After every kill the database is opened and
looked at: it is sound, every measurement that was acknowledged is there with what was sent, no
session is there in part.  A report whose answer never came is sent again to the next server, as an
agent does, and may not be there twice.

On PostgreSQL every tenth kill also stops the database as a power failure would.
"""

from __future__ import annotations

import argparse
import sqlite3
import tempfile
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from threading import Event, Thread
from time import sleep

import httpx2
from sqlalchemy import select

from benchmarks.figures import Figure, at_least, at_most, report, say
from benchmarks.reports import MadeUpDevice, some_operations
from benchmarks.serving import Postgres, own_postgres, postgres_binaries, serving
from lut_server.client import LutClient
from lut_server.database import open_database
from lut_server.models import MeasurementRow
from lut_server.wire import Report
from profiler.measurement import Session

KILLS = 100
REPORTERS = 4
OPERATIONS = some_operations(6)
LONGEST_LIFE_S = 1.0
HEADERS = {"content-type": "application/json"}
DATABASE_CRASHES = 10
"""Every so many kills, PostgreSQL is stopped at once, too."""


@dataclass(slots=True, kw_only=True)
class Sent:
    """
    What clients sent, and what of it they were told is stored.

    Args:
        acknowledged: first samples, in microseconds, by id of the measurement.
        unanswered: reports to be sent again.
        again: how many were.
    """

    acknowledged: dict[str, float] = field(default_factory=dict)
    unanswered: deque[Session] = field(default_factory=deque)
    again: int = 0


@dataclass(slots=True, kw_only=True)
class Found:
    """
    What was wrong after kills; every number should be 0.

    Args:
        unsound: databases that failed their own check; one that does not open ends the benchmark.
        lost: acknowledged measurements that were not there, or were others.
        doubled: operations that one session has twice.
        torn: sessions of which a part was there.
    """

    unsound: int = 0
    lost: int = 0
    doubled: int = 0
    torn: int = 0


def run(kills: int = KILLS) -> list[Figure]:
    """Kill servers on each database there is."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        figures = killed("sqlite", str(folder / "lut.db"), folder, kills)
    if postgres_binaries() is None:
        say("no PostgreSQL server is installed: its half is skipped")
        return figures
    with tempfile.TemporaryDirectory() as name, own_postgres() as postgres:
        place = postgres.new_database()
        return figures + killed("postgresql", place, Path(name), kills, postgres)


def killed(
    kind: str, place: str, folder: Path, kills: int, postgres: Postgres | None = None, seed: int = 0
) -> list[Figure]:
    """
    Kill a server on the database at *place* so many times; return what was wrong.

    Args:
        kind: of the database, for the figures' names.
        place: path or address.
        folder: for logs.
        kills: how many.
        postgres: the database's server, to be stopped at once now and then.
        seed: of the moments.
    """
    sent, found, random = Sent(), Found(), Random(seed)
    for kill in range(kills):
        with serving(place, folder) as server:
            _register(server.url)
            with _reporting(server.url, sent, kill):
                sleep(random.uniform(0.0, LONGEST_LIFE_S))
                server.process.kill()
                server.process.wait()
        if postgres is not None and kill % DATABASE_CRASHES == 0:
            postgres.crash()
            postgres.start()
        look(place, sent, found)
        if (kill + 1) % 10 == 0:
            say(f"{kind}: {kill + 1} kills, {len(sent.acknowledged)} acknowledged, {found}")
    return [
        at_least(f"kills_{kind}", kills, min(kills, KILLS), "kills"),
        at_least(f"acknowledged_{kind}", len(sent.acknowledged), kills, "measurements"),
        at_least(f"sent_again_{kind}", sent.again, 1, "reports"),
        at_most(f"unsound_{kind}", found.unsound, 0, "databases"),
        at_most(f"lost_{kind}", found.lost, 0, "measurements"),
        at_most(f"doubled_{kind}", found.doubled, 0, "measurements"),
        at_most(f"torn_{kind}", found.torn, 0, "sessions"),
    ]


def _device(index: int) -> MadeUpDevice:
    return MadeUpDevice(f"reporter-{index}")


def _register(url: str) -> None:
    with LutClient(url) as client:
        for index in range(REPORTERS):
            client.register(_device(index).registration())


@contextmanager
def _reporting(url: str, sent: Sent, kill: int) -> Iterator[None]:
    """Report from several threads until the block ends."""
    over = Event()
    threads = [
        Thread(target=_report, args=(url, _device(index), f"{kill}-{index}", sent, over))
        for index in range(REPORTERS)
    ]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        over.set()
        for thread in threads:
            thread.join()


def _report(url: str, device: MadeUpDevice, seed: str, sent: Sent, over: Event) -> None:
    """Send what was not answered before, then new sessions; until nobody answers."""
    device.reseed(seed)
    with httpx2.Client(base_url=url) as http:
        while not over.is_set():
            session = _next(device, sent)
            body = Report(session=session).model_dump_json()
            try:
                answer = http.post("/v1/reports", content=body, headers=HEADERS)
            except httpx2.TransportError:
                sent.unanswered.append(session)
                return
            answer.raise_for_status()
            for measurement in session.measurements:
                sent.acknowledged[measurement.id] = measurement.rounds[0].samples_us[0]


def _next(device: MadeUpDevice, sent: Sent) -> Session:
    try:
        session = sent.unanswered.popleft()
    except IndexError:
        return device.session(OPERATIONS)
    sent.again += 1
    return session


def look(place: str, sent: Sent, found: Found) -> None:
    """Open the database as the next server would, and count what is wrong with it."""
    if not _is_sound(place):
        found.unsound += 1
        return
    with closing(open_database(place, 30.0)) as database, database.reading() as transaction:
        row = (MeasurementRow.id, MeasurementRow.session_id, MeasurementRow.digest)
        rows = list(transaction.execute(select(*row, MeasurementRow.document)))
    stored = {row.id: row.document["rounds"][0]["samples_us"][0] for row in rows}
    sizes = Counter(row.session_id for row in rows)
    once = {(row.session_id, row.digest) for row in rows}
    found.lost += sum(stored.get(key) != us for key, us in sent.acknowledged.items())
    found.doubled += len(rows) - len(once)
    found.torn += sum(size != len(OPERATIONS) for size in sizes.values())


def _is_sound(place: str) -> bool:
    if "://" in place:
        return True  # PostgreSQL has recovered, or the next query fails
    with closing(sqlite3.connect(place)) as connection:
        return bool(connection.execute("PRAGMA integrity_check").fetchone() == ("ok",))


def main() -> None:
    """Read how many kills are wanted, and report."""
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--kills", type=int, default=KILLS)
    wanted, others = parser.parse_known_args()
    report(lambda: run(wanted.kills), others)


if __name__ == "__main__":
    main()
