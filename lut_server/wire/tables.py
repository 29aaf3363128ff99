"""Tables and queries by key."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, Self

from pydantic import Field, model_validator

from lut_server.wire.message import Message
from profiler.certificates import Certificate
from profiler.device import Environment
from profiler.errors import HnaError
from profiler.operations import Operation
from profiler.table import Entry

GapFiller = Literal["predicted", "transferred"]
"""A value kind that a table holds only for whoever allows it."""


def gap_fillers(allow: Iterable[str] | None) -> tuple[GapFiller, ...]:
    """
    Return which value kinds may stand where nothing was measured, each once.

    Raises:
        HnaError: one is no such value kind.
    """
    fillers: dict[GapFiller, None] = {}
    for kind in allow or ():
        match kind:
            case "predicted" | "transferred":
                fillers[kind] = None
            case _:
                raise HnaError(f"--allow {kind!r:.40}: allow predicted or transferred rows")
    return tuple(fillers)


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


class TableFilter(Message):
    """Which tables ``GET /v1/tables`` lists: those that agree with all that is given."""

    device_model: str | None = None
    runtime: str | None = None
    provider: str | None = None
    precision: str | None = None
    threads: int | None = Field(default=None, ge=1, le=1_000_000)
    power_mode: str | None = None
    option: list[str] = Field(default=[], max_length=100)

    def lets_pass(self, device_model: str, environment: Environment) -> bool:
        """Return whether a table agrees; every option that is named must be among its own."""
        asked = self.model_dump(exclude={"device_model", "option"}, exclude_none=True)
        return (
            self.device_model in (None, device_model)
            and all(getattr(environment, name) == value for name, value in asked.items())
            and set(self.option) <= set(environment.options)
        )


class TableVersionView(Message):
    """
    A version of a table that was handed out: ``GET /v1/tables/{name}/versions``.

    ``changes`` is how often the table had changed when it last was this version.
    """

    version: str
    changes: int
    entries: int
    created_at: str


class TableHead(Message):
    """The first line of a table as JSON Lines (``profiler.formats.jsonl``); entries follow."""

    hna_table: Literal[1]
    version: str
    device_model: str
    environment: Environment
    simulated: bool
    emulated: bool
    entries: int


class EntriesRequest(Message):
    """
    Bulk query by key, or by operation: ``POST /v1/tables/{name}/entries``.

    A key is only a name: what no campaign asked for can be predicted for its operation alone.
    """

    keys: tuple[str, ...] = Field(default=(), max_length=100_000)
    operations: tuple[Operation, ...] = Field(default=(), max_length=100_000)

    @model_validator(mode="after")
    def _asks(self) -> Self:
        if not (self.keys or self.operations):
            raise ValueError("name keys, or operations, or both")
        return self


class EntriesAnswer(Message):
    """The entries found, and the keys that are missing: never zero, never left out."""

    version: str
    entries: tuple[Entry, ...]
    missing: tuple[str, ...]
