"""Estimates of networks, and ONNX models as operations."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from lut_server.client.connection import Connection, query_of, segment
from lut_server.wire import EstimateRequest, GapFiller, ModelContents
from profiler.estimate import Estimate
from profiler.onnx_cells.contents import Contents
from profiler.operations import Operation

FILE = "application/octet-stream"


class Estimates(Connection):
    """The client's methods about estimates."""

    def estimate(
        self,
        name: str,
        network: Operation | Iterable[Operation],
        *,
        allow: Sequence[GapFiller] = (),
    ) -> Estimate:
        """
        Return what a network, or operations one after the other, take by a table.

        Args:
            name: of the table.
            network: or operations.
            allow: value kinds that may stand where nothing was measured or imported.
        """
        if isinstance(network, Iterable):
            request = EstimateRequest(operations=tuple(network), allow=tuple(allow))
        else:
            request = EstimateRequest(network=network, allow=tuple(allow))
        path = f"/v1/tables/{segment(name)}/estimate"
        return self._ask(Estimate, "POST", path, request, repeatable=True)

    def estimate_model(
        self, name: str, model: bytes, *, allow: Sequence[GapFiller] = ()
    ) -> Estimate:
        """Return what an ONNX model takes by a table; *allow* as for ``estimate``."""
        path = f"/v1/tables/{segment(name)}/estimate-model{query_of({'allow': allow})}"
        response = self._send("POST", path, model, media_type=FILE, repeatable=True)
        return self._read(Estimate, response)

    def cells(self, model: bytes) -> Contents:
        """Return the operations an ONNX model consists of."""
        response = self._send("POST", "/v1/cells", model, media_type=FILE, repeatable=True)
        return self._read(ModelContents, response).contents
