"""Tables and queries by key."""

from __future__ import annotations

from pydantic import Field

from lut_server.wire.message import Message
from profiler.device import Environment
from profiler.estimation import Certificate
from profiler.table import Entry


class TableView(Message):
    """One line of ``GET /v1/tables``."""

    name: str
    device_model: str
    environment: Environment
    entries: int
    version: str
    simulated: bool
    emulated: bool
    certificate: Certificate | None


class EntriesRequest(Message):
    """Bulk query by key: ``POST /v1/tables/{name}/entries``."""

    keys: tuple[str, ...] = Field(min_length=1, max_length=100_000)


class EntriesAnswer(Message):
    """The entries found, and the keys that are missing: never zero, never left out."""

    version: str
    entries: tuple[Entry, ...]
    missing: tuple[str, ...]
