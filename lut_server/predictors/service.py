"""
The predictors of tables: fitted when somebody asks and the table has changed, kept, asked.

A fit takes seconds, so it is made in a thread of its own, outside of any transaction, once for
all who ask for the same version of a table; requests wait for it where waiting costs nothing.
What is kept is data: a predictor as JSON beside the version of the table it was fitted on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Lock

import zstandard
from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool

from lut_server.clock import Clock, iso
from lut_server.database import Database
from lut_server.documents import adapter
from lut_server.models import PredictorRow
from lut_server.predictors.repository import PredictorRepository
from lut_server.tables.shelf import TableShelf
from lut_server.tables.shelved import ShelvedTable, compressed
from lut_server.triages.repository import gap_digests
from profiler.errors import PredictionImpossible
from profiler.operations import Operation, operation_digest
from profiler.prediction import Predictor, fit_predictor, predicted_entries
from profiler.table import Entry

Fitting = Future[Predictor]


class Predictors:
    """
    Predicts what tables do not hold; threads may share it.

    Args:
        database: where predictors are kept.
        shelf: hands out tables.
        clock: tells the time, in UTC.
    """

    def __init__(self, database: Database, shelf: TableShelf, clock: Clock) -> None:
        self._database = database
        self._shelf = shelf
        self._clock = clock
        self._pool = ThreadPoolExecutor(1, "predicting")
        self._lock = Lock()
        self._newest: dict[str, tuple[str, Fitting]] = {}

    def current(self, name: str) -> Predictor:
        """
        Return the predictor of a table as it now is; to be called outside of transactions.

        Raises:
            TableUnknown: there is no table of that name.
            PredictionImpossible: too few of its rows were measured.
        """
        return self._fitting(self._shelf.current(name)).result()

    async def ready(self, name: str) -> None:
        """
        Wait without a thread until the predictor of a table is there, if there can be one.

        Raises:
            TableUnknown: there is no table of that name.
        """
        fitting = self._fitting(await run_in_threadpool(self._shelf.current, name))
        (done,), _ = await asyncio.wait([asyncio.wrap_future(fitting)])
        done.exception()  # is told to whoever asks for the predictor

    def of_version(self, name: str, version: str) -> Predictor:
        """
        Return the predictor of a table as it was when it was handed out as *version*.

        Raises:
            TableUnknown: there is no table of that name.
            TableVersionUnknown: it never had that version.
            PredictionImpossible: too few of its rows were measured then.
        """
        return self._pool.submit(self._found, self._shelf.version(name, version)).result()

    def foresee(self, name: str, operations: Sequence[Operation]) -> tuple[Entry, ...]:
        """
        Return predicted entries of *operations*, as far as they can be predicted.

        What cannot run on the device, and all where too little was measured, has none.

        Raises:
            TableUnknown: there is no table of that name.
        """
        if not operations:
            return ()
        with self._database.reading() as session:
            gaps = gap_digests(session, name)
        runnable = [each for each in operations if operation_digest(each) not in gaps]
        try:
            return predicted_entries(self.current(name), runnable)
        except PredictionImpossible:
            return ()

    def asked(self, name: str) -> tuple[Operation, ...]:
        """Return the operations that campaigns asked for in a table, by key."""
        with self._database.reading() as session:
            found = PredictorRepository(session).asked(name)
        return tuple(found[digest] for digest in sorted(found))

    def close(self) -> None:
        """End the thread once what it fits is fitted."""
        self._pool.shutdown(cancel_futures=True)

    def _fitting(self, shelved: ShelvedTable) -> Fitting:
        """Return the fit of a version of a table, begun if nobody did."""
        with self._lock:
            version, fitting = self._newest.get(shelved.name, ("", None))
            if fitting is None or version != shelved.version or _failed(fitting):
                fitting = self._pool.submit(self._found, shelved)
                self._newest[shelved.name] = (shelved.version, fitting)
            return fitting

    def _found(self, shelved: ShelvedTable) -> Predictor:
        """Return the predictor that is kept, or fit and keep one."""
        with self._database.reading() as session:
            row = PredictorRepository(session).find(shelved.name, shelved.version)
            kept = None if row is None else _read(row.body)
        if kept is not None:
            return kept
        predictor = fit_predictor(shelved.table)
        row = PredictorRow(
            table_name=shelved.name,
            version=shelved.version,
            created_at=iso(self._clock()),
            body=compressed(adapter(Predictor).dump_json(predictor)),
        )
        with self._database.writing() as session:
            PredictorRepository(session).keep(row)
        return predictor


def _failed(fitting: Fitting) -> bool:
    """Return whether a fit ended for a reason that may have passed."""
    if not fitting.done():
        return False
    return fitting.cancelled() or not isinstance(fitting.exception(), PredictionImpossible | None)


def _read(body: bytes) -> Predictor | None:
    """Return a predictor that was kept; None if it is of a format that is no longer read."""
    try:
        kept: Predictor = adapter(Predictor).validate_json(zstandard.decompress(body))
    except ValidationError:
        return None
    return kept
