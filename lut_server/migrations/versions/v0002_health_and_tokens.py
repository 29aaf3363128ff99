"""Version 2: health of devices, tokens; the version itself moves into ``alembic_version``."""

from __future__ import annotations

import sqlalchemy as sa
from alembic.operations import Operations

revision = "0002"
down_revision = "0001"


def upgrade(op: Operations) -> None:
    """Give known devices an unknown health, and make the new tables."""
    _health(op)
    _tokens(op)
    op.drop_table("schema_version")


def _health(op: Operations) -> None:
    op.add_column(
        "devices", sa.Column("health", sa.String(16), server_default="unknown", nullable=False)
    )
    op.add_column("devices", sa.Column("health_reason", sa.Text, server_default="", nullable=False))
    op.add_column("devices", sa.Column("health_since", sa.Text, server_default="", nullable=False))
    op.add_column(
        "devices", sa.Column("baseline_since", sa.Text, server_default="", nullable=False)
    )
    op.add_column("measurements", sa.Column("good_rounds", sa.Integer))
    op.create_table(
        "health_checks",
        sa.Column("session_id", sa.String(200), sa.ForeignKey("sessions.id"), primary_key=True),
        sa.Column(
            "fingerprint",
            sa.String(200),
            sa.ForeignKey("devices.fingerprint"),
            nullable=False,
            index=True,
        ),
        sa.Column("environment_digest", sa.String(12), nullable=False),
        sa.Column("at", sa.Text, nullable=False),
        sa.Column("latencies_us", sa.JSON, nullable=False),
        sa.Column("verdict", sa.String(16), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
    )


def _tokens(op: Operations) -> None:
    op.create_table(
        "tokens",
        sa.Column("id", sa.String(12), primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("scope", sa.String(8), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False, unique=True),
        sa.Column("created_at", sa.Text, nullable=False),
        sa.Column("last_used_at", sa.Text),
        sa.Column("revoked_at", sa.Text),
    )
