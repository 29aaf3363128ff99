"""Rules about estimates: nothing missing is priced, every doubt is said."""

from __future__ import annotations

from lut_server.clock import Clock
from lut_server.database import Database
from lut_server.documents import from_document
from lut_server.tables.reader import TableReader
from lut_server.tables.repository import TableRepository
from lut_server.wire import EstimateRequest
from profiler.estimate import Estimate, estimate_network, estimate_operations
from profiler.estimation import Certificate
from profiler.onnx_cells.contents import Contents, unpriced_line
from profiler.operations import Network, Operation, operation_key
from profiler.table import Table


class EstimateService:
    """What can be asked about networks that need not have been measured."""

    def __init__(self, tables: TableReader, database: Database, clock: Clock) -> None:
        self._tables = tables
        self._database = database
        self._clock = clock

    def estimate(self, name: str, request: EstimateRequest) -> Estimate:
        """Return what a network takes by a table, or raise ``TableUnknown``."""
        table = self._tables.get(name, request.allow).table
        if request.network is not None:
            return self._network(table, request.network)
        return estimate_operations(table, request.operations)

    def estimate_contents(self, name: str, contents: Contents) -> Estimate:
        """Return what an ONNX model takes by a table, or raise ``TableUnknown``."""
        table = self._tables.get(name).table
        if contents.network is not None:
            return self._network(table, contents.network)
        doubts = [unpriced_line(contents.unpriced)] if contents.unpriced else []
        return estimate_operations(table, contents.operations, doubts)

    def _network(self, table: Table, network: Operation) -> Estimate:
        if not isinstance(network, Network) or operation_key(network) in table.by_key:
            return estimate_operations(table, [network])  # measured whole, or not at all
        certificate = self._certificate(table.name)
        doubts = () if certificate is None else certificate.doubts(table, self._clock())
        return estimate_network(table, network, certificate, doubts)

    def _certificate(self, name: str) -> Certificate | None:
        with self._database.reading() as session:
            document = TableRepository(session).certificate(name)
        return None if document is None else from_document(Certificate, document)
