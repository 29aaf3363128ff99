"""Version 7: searched networks."""

from __future__ import annotations

import sqlalchemy as sa
from alembic.operations import Operations

revision = "0007"
down_revision = "0006"


def upgrade(op: Operations) -> None:
    """Make the new table."""
    op.create_table(
        "searched_networks",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column(
            "table_name", sa.String(300), sa.ForeignKey("tables.name"), nullable=False, index=True
        ),
        sa.Column("published_at", sa.Text, nullable=False, index=True),
        sa.Column("document", sa.JSON, nullable=False),
    )
