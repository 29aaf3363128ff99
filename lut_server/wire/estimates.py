"""Estimates of networks, and ONNX models as operations."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from lut_server.wire.message import Message
from lut_server.wire.tables import GapFiller
from profiler.onnx_cells.contents import Contents
from profiler.operations import Operation

MAX_OPERATIONS = 100_000


class EstimateRequest(Message):
    """
    What does this take: ``POST /v1/tables/{name}/estimate``.

    Either a ``network`` or the ``operations`` it runs one after the other.  ``allow`` names value
    kinds that may stand where nothing was measured.
    """

    network: Operation | None = None
    operations: tuple[Operation, ...] = Field(default=(), max_length=MAX_OPERATIONS)
    allow: tuple[GapFiller, ...] = Field(default=(), max_length=2)

    @model_validator(mode="after")
    def _is_one_of_both(self) -> Self:
        if (self.network is None) == (not self.operations):
            raise ValueError("give a network, or the operations it runs, and not both")
        return self


class ModelContents(Message):
    """What an ONNX model consists of: ``POST /v1/cells``; see ``profiler.onnx_cells``."""

    contents: Contents
    keys: tuple[str, ...]
