"""Version 5: when the samples of a measurement were let go."""

from __future__ import annotations

import sqlalchemy as sa
from alembic.operations import Operations

revision = "0005"
down_revision = "0004"


def upgrade(op: Operations) -> None:
    """Add the moment, unknown where all samples are kept."""
    op.add_column("measurements", sa.Column("thinned_at", sa.Text))
