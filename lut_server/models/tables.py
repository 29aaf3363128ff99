"""Tables, their versions, what they hold that was not measured here, and certificates."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from lut_server.models.row import Row


class TableRow(Row):
    """A lookup table: a device model in an environment; ``changes`` counts what arrived."""

    __tablename__ = "tables"

    name: Mapped[str] = mapped_column(String(300), primary_key=True)
    device_model: Mapped[str]
    environment: Mapped[dict[str, Any]]
    simulated: Mapped[bool]
    emulated: Mapped[bool]
    changes: Mapped[int]


class CertificateRow(Row):
    """A certificate of a table; older ones stay."""

    __tablename__ = "certificates"

    id: Mapped[int] = mapped_column(primary_key=True)
    table_name: Mapped[str] = mapped_column(ForeignKey("tables.name"), index=True)
    document: Mapped[dict[str, Any]]


class TableVersionRow(Row):
    """
    A version of a table as it was handed out, so that it can be read again.

    ``body`` is the table as JSON, compressed with zstd; ``changes`` is the counter of the table it
    was last computed at, ``allowed`` the value kinds that filled its gaps then.
    """

    __tablename__ = "table_versions"

    table_name: Mapped[str] = mapped_column(ForeignKey("tables.name"), primary_key=True)
    version: Mapped[str] = mapped_column(String(16), primary_key=True)
    changes: Mapped[int]
    allowed: Mapped[str] = mapped_column(String(64))
    entries: Mapped[int]
    created_at: Mapped[str]
    body: Mapped[bytes] = mapped_column(LargeBinary)


class ImportRow(Row):
    """A file whose rows a table was given; ``findings`` are the linter's."""

    __tablename__ = "imports"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    table_name: Mapped[str] = mapped_column(ForeignKey("tables.name"), index=True)
    format: Mapped[str] = mapped_column(String(32))
    source: Mapped[str]
    sha256: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[str]
    rows: Mapped[int]
    findings: Mapped[dict[str, Any]]


class GivenEntryRow(Row):
    """
    An entry that was not measured here: imported, transferred or predicted.

    Where the operation is measured too, the measured entry stands in the table.  An operation has
    one for each value kind, so that a prediction does not take the place of an import.
    """

    __tablename__ = "given_entries"

    table_name: Mapped[str] = mapped_column(ForeignKey("tables.name"), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    value_kind: Mapped[str] = mapped_column(String(16), primary_key=True)
    import_id: Mapped[str | None] = mapped_column(ForeignKey("imports.id"), index=True)
    document: Mapped[dict[str, Any]]
