"""Rules about estimates: nothing missing is priced, every doubt is said."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from lut_server.clock import Clock
from lut_server.database import Database
from lut_server.documents import from_document
from lut_server.tables.reader import TableReader
from lut_server.tables.repository import TableRepository
from lut_server.wire import EstimateRequest
from profiler.certificates import Certificate
from profiler.estimate import Estimate, estimate_network, estimate_operations
from profiler.onnx_cells.contents import Contents, unpriced_line
from profiler.operations import Network, Operation, operation_key
from profiler.table import ValueKind


class EstimateService:
    """What can be asked about networks that need not have been measured."""

    def __init__(self, tables: TableReader, database: Database, clock: Clock) -> None:
        self._tables = tables
        self._database = database
        self._clock = clock

    def estimate(self, name: str, request: EstimateRequest) -> Estimate:
        """Return what a network takes by a table, or raise ``TableUnknown``."""
        if request.network is not None:
            return self._network(name, request.network, request.allow)
        return self._sum(name, request.operations, request.allow)

    def estimate_contents(
        self, name: str, contents: Contents, allowed: Collection[ValueKind] = ()
    ) -> Estimate:
        """Return what an ONNX model takes by a table, or raise ``TableUnknown``."""
        if contents.network is not None:
            return self._network(name, contents.network, allowed)
        doubts = [unpriced_line(contents.unpriced)] if contents.unpriced else []
        return self._sum(name, contents.operations, allowed, doubts)

    def _network(self, name: str, network: Operation, allowed: Collection[ValueKind]) -> Estimate:
        shelved = self._tables.get(name, allowed)
        if not isinstance(network, Network) or operation_key(network) in shelved.table.by_key:
            return self._sum(name, [network], allowed)  # measured whole, or not at all
        certificate = self._certificate(name)
        doubts: Collection[str] = ()
        if certificate is not None:  # which judged the rows that are there without leave
            newer = self._software(name, certificate.created_at)
            doubts = certificate.doubts(self._tables.get(name).table, self._clock(), newer)
        rows = self._tables.with_operations(name, allowed, tuple(network.parts()))
        found = estimate_network(rows, network, certificate, doubts)
        return replace(found, table_version=shelved.version)

    def _sum(
        self,
        name: str,
        operations: Sequence[Operation],
        allowed: Collection[ValueKind],
        doubts: Collection[str] = (),
    ) -> Estimate:
        rows = self._tables.with_operations(name, allowed, operations)
        found = estimate_operations(rows, operations, doubts)
        return replace(found, table_version=self._tables.get(name, allowed).version)

    def _software(self, name: str, since: str) -> tuple[str, ...]:
        with self._database.reading() as session:
            return TableRepository(session).software(name, since)

    def _certificate(self, name: str) -> Certificate | None:
        with self._database.reading() as session:
            document = TableRepository(session).certificate(name)
        return None if document is None else from_document(Certificate, document)
