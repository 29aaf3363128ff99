"""
Version 4: campaigns on several devices, priorities, states, labels; measurements not counted.

Each campaign of before becomes one with one target, claimed by the one device it was for.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic.operations import Operations

revision = "0004"
down_revision = "0003"

MOVED = (
    "fingerprint",
    "environment_digest",
    "environment",
    "table_name",
    "requested",
    "already_measured",
)
"""Columns of a campaign that are now its target's, or its device's."""


def upgrade(op: Operations) -> None:
    """Make the new tables, and give every campaign a target."""
    _targets(op)
    _jobs(op)
    _campaigns(op)
    _labels(op)
    op.add_column(
        "measurements", sa.Column("counted", sa.Boolean, server_default=sa.true(), nullable=False)
    )


def _targets(op: Operations) -> None:
    op.create_table(
        "campaign_targets",
        sa.Column("campaign_id", sa.String(32), sa.ForeignKey("campaigns.id"), primary_key=True),
        sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("table_name", sa.Text, nullable=False, index=True),
        sa.Column("device_model", sa.Text, nullable=False),
        sa.Column("environment_digest", sa.String(12), nullable=False),
        sa.Column("environment", sa.JSON, nullable=False),
        sa.Column("requested", sa.Integer, nullable=False),
        sa.Column("already_measured", sa.Integer, nullable=False),
    )
    op.create_table(
        "campaign_devices",
        sa.Column("campaign_id", sa.String(32), primary_key=True),
        sa.Column("target_position", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column(
            "fingerprint",
            sa.String(200),
            sa.ForeignKey("devices.fingerprint"),
            primary_key=True,
            index=True,
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id", "target_position"],
            ["campaign_targets.campaign_id", "campaign_targets.position"],
        ),
    )
    op.execute(
        "INSERT INTO campaign_targets SELECT c.id, 0, c.table_name, d.model, c.environment_digest,"
        " c.environment, c.requested, c.already_measured"
        " FROM campaigns c JOIN devices d ON d.fingerprint = c.fingerprint"
    )
    op.execute("INSERT INTO campaign_devices SELECT id, 0, fingerprint FROM campaigns")


def _jobs(op: Operations) -> None:
    op.drop_index("ix_jobs_campaign_id", "jobs")
    op.drop_index("ix_jobs_state", "jobs")
    op.alter_column("jobs", "lease_until_s", new_column_name="free_at_s")
    op.add_column(
        "jobs", sa.Column("target_position", sa.Integer, server_default="0", nullable=False)
    )
    op.add_column("jobs", sa.Column("fingerprint", sa.String(200)))
    op.add_column("jobs", sa.Column("expiries", sa.Integer, server_default="0", nullable=False))
    op.execute("UPDATE jobs SET free_at_s = 0 WHERE state = 'queued' AND free_at_s IS NULL")
    op.execute(
        "UPDATE jobs SET fingerprint = (SELECT fingerprint FROM campaigns"
        " WHERE campaigns.id = jobs.campaign_id) WHERE agent_id IS NOT NULL"
    )
    turn = ["campaign_id", "target_position", "free_at_s", "position"]
    op.create_index("jobs_in_turn", "jobs", turn)
    op.create_index("jobs_by_state", "jobs", ["state", "free_at_s"])


def _campaigns(op: Operations) -> None:
    op.add_column("campaigns", sa.Column("state", sa.String(9), nullable=True))
    op.add_column("campaigns", sa.Column("priority", sa.Integer, nullable=True))
    op.add_column("campaigns", sa.Column("request_sha256", sa.String(64)))
    op.add_column("campaigns", sa.Column("notes", sa.JSON, server_default="[]", nullable=False))
    op.execute("UPDATE campaigns SET state = 'finished', priority = 0")
    op.execute(
        "UPDATE campaigns SET state = 'running' WHERE id IN"
        " (SELECT campaign_id FROM jobs WHERE state IN ('queued', 'leased'))"
    )
    if op.get_context().dialect.name == "sqlite":
        _rebuilt(op)
    else:
        for name in MOVED:
            op.drop_column("campaigns", name)
        op.alter_column("campaigns", "state", nullable=False)
        op.alter_column("campaigns", "priority", nullable=False)
    op.create_index("campaigns_in_turn", "campaigns", ["state", "priority", "created_at"])


def _rebuilt(op: Operations) -> None:
    """
    Make the table anew: SQLite cannot drop a column that refers to another table.

    Jobs and targets refer to rows that are gone for a moment, which is looked at when the
    transaction ends.
    """
    op.execute("PRAGMA defer_foreign_keys = ON")
    names = "id, name, state, priority, created_at, request_sha256, notes"
    op.execute(f"CREATE TEMPORARY TABLE campaigns_kept AS SELECT {names} FROM campaigns")
    op.drop_table("campaigns")
    op.create_table(
        "campaigns",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("state", sa.String(9), nullable=False),
        sa.Column("priority", sa.Integer, nullable=False),
        sa.Column("created_at", sa.Text, nullable=False),
        sa.Column("request_sha256", sa.String(64)),
        sa.Column("notes", sa.JSON, server_default="[]", nullable=False),
    )
    op.execute(f"INSERT INTO campaigns ({names}) SELECT {names} FROM campaigns_kept")
    op.execute("DROP TABLE campaigns_kept")


def _labels(op: Operations) -> None:
    op.create_table(
        "device_labels",
        sa.Column(
            "fingerprint", sa.String(200), sa.ForeignKey("devices.fingerprint"), primary_key=True
        ),
        sa.Column("label", sa.String(63), primary_key=True, index=True),
        sa.Column("given_by", sa.String(6), primary_key=True),
    )
