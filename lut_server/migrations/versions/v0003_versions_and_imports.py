"""Version 3: versions of tables that can be read again; entries that were not measured here."""

from __future__ import annotations

import sqlalchemy as sa
from alembic.operations import Operations

revision = "0003"
down_revision = "0002"


def upgrade(op: Operations) -> None:
    """Make the new tables."""
    _versions(op)
    _imports(op)
    _given_entries(op)


def _versions(op: Operations) -> None:
    op.create_table(
        "table_versions",
        sa.Column("table_name", sa.String(300), sa.ForeignKey("tables.name"), primary_key=True),
        sa.Column("version", sa.String(16), primary_key=True),
        sa.Column("changes", sa.Integer, nullable=False),
        sa.Column("allowed", sa.String(64), nullable=False),
        sa.Column("entries", sa.Integer, nullable=False),
        sa.Column("created_at", sa.Text, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )


def _imports(op: Operations) -> None:
    op.create_table(
        "imports",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column(
            "table_name", sa.String(300), sa.ForeignKey("tables.name"), nullable=False, index=True
        ),
        sa.Column("format", sa.String(32), nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("created_at", sa.Text, nullable=False),
        sa.Column("rows", sa.Integer, nullable=False),
        sa.Column("findings", sa.JSON, nullable=False),
    )


def _given_entries(op: Operations) -> None:
    op.create_table(
        "given_entries",
        sa.Column("table_name", sa.String(300), sa.ForeignKey("tables.name"), primary_key=True),
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("value_kind", sa.String(16), primary_key=True),
        sa.Column("import_id", sa.String(32), sa.ForeignKey("imports.id"), index=True),
        sa.Column("document", sa.JSON, nullable=False),
    )
