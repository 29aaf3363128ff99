"""Version 8: predictors, campaigns that choose what to measure, target errors of devices."""

from __future__ import annotations

import sqlalchemy as sa
from alembic.operations import Operations

revision = "0008"
down_revision = "0007"


def upgrade(op: Operations) -> None:
    """Make the new tables, and say of no device that a guess is good enough."""
    op.create_table(
        "predictors",
        sa.Column("table_name", sa.String(300), sa.ForeignKey("tables.name"), primary_key=True),
        sa.Column("version", sa.String(16), primary_key=True),
        sa.Column("created_at", sa.Text, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "campaign_wishes",
        sa.Column("campaign_id", sa.String(32), sa.ForeignKey("campaigns.id"), primary_key=True),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "adaptive_targets",
        sa.Column("campaign_id", sa.String(32), primary_key=True),
        sa.Column("target_position", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("plan", sa.JSON, nullable=False),
        sa.Column("stage", sa.String(9), nullable=False, index=True),
        sa.Column("steps", sa.Integer, nullable=False),
        sa.Column("thinking_until_s", sa.Float),
        sa.Column("progress", sa.JSON, nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id", "target_position"],
            ["campaign_targets.campaign_id", "campaign_targets.position"],
        ),
    )
    op.add_column("devices", sa.Column("target_error", sa.Float))
