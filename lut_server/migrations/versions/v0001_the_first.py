"""
Version 1: the first release.

Databases of that release have these tables already and are not taken through this step.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic.operations import Operations

revision = "0001"
down_revision = None


def upgrade(op: Operations) -> None:
    """Make the tables."""
    _version(op)
    _devices(op)
    _campaigns(op)
    _tables(op)
    _measurements(op)


def _version(op: Operations) -> None:
    op.create_table(
        "schema_version", sa.Column("version", sa.Integer, primary_key=True, autoincrement=False)
    )


def _devices(op: Operations) -> None:
    op.create_table(
        "devices",
        sa.Column("fingerprint", sa.String(200), primary_key=True),
        sa.Column("model", sa.Text, nullable=False, index=True),
        sa.Column("document", sa.JSON, nullable=False),
        sa.Column("agent_version", sa.Text, nullable=False),
        sa.Column("last_seen", sa.Text, nullable=False),
    )
    op.create_table(
        "environments",
        sa.Column(
            "fingerprint",
            sa.String(200),
            sa.ForeignKey("devices.fingerprint"),
            primary_key=True,
        ),
        sa.Column("digest", sa.String(12), primary_key=True),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("document", sa.JSON, nullable=False),
    )


def _campaigns(op: Operations) -> None:
    op.create_table(
        "campaigns",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column(
            "fingerprint",
            sa.String(200),
            sa.ForeignKey("devices.fingerprint"),
            nullable=False,
            index=True,
        ),
        sa.Column("environment_digest", sa.String(12), nullable=False),
        sa.Column("environment", sa.JSON, nullable=False),
        sa.Column("table_name", sa.Text, nullable=False),
        sa.Column("created_at", sa.Text, nullable=False),
        sa.Column("requested", sa.Integer, nullable=False),
        sa.Column("already_measured", sa.Integer, nullable=False),
    )
    op.create_table(
        "jobs",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column(
            "campaign_id",
            sa.String(32),
            sa.ForeignKey("campaigns.id"),
            nullable=False,
            index=True,
        ),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("state", sa.String(8), nullable=False, index=True),
        sa.Column("lease_id", sa.String(32), unique=True),
        sa.Column("lease_until_s", sa.Float),
        sa.Column("agent_id", sa.Text),
    )
    op.create_table(
        "job_operations",
        sa.Column("job_id", sa.String(32), sa.ForeignKey("jobs.id"), primary_key=True),
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("document", sa.JSON, nullable=False),
    )


def _tables(op: Operations) -> None:
    op.create_table(
        "tables",
        sa.Column("name", sa.String(300), primary_key=True),
        sa.Column("device_model", sa.Text, nullable=False),
        sa.Column("environment", sa.JSON, nullable=False),
        sa.Column("simulated", sa.Boolean, nullable=False),
        sa.Column("emulated", sa.Boolean, nullable=False),
        sa.Column("changes", sa.Integer, nullable=False),
    )
    op.create_table(
        "certificates",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column(
            "table_name", sa.String(300), sa.ForeignKey("tables.name"), nullable=False, index=True
        ),
        sa.Column("document", sa.JSON, nullable=False),
    )


def _measurements(op: Operations) -> None:
    op.create_table(
        "sessions",
        sa.Column("id", sa.String(200), primary_key=True),
        sa.Column(
            "table_name", sa.String(300), sa.ForeignKey("tables.name"), nullable=False, index=True
        ),
        sa.Column(
            "fingerprint", sa.String(200), sa.ForeignKey("devices.fingerprint"), nullable=False
        ),
        sa.Column("job_id", sa.String(32), sa.ForeignKey("jobs.id"), index=True),
        sa.Column("received_at", sa.Text, nullable=False),
        sa.Column("document", sa.JSON, nullable=False),
    )
    op.create_table(
        "measurements",
        sa.Column("id", sa.String(200), primary_key=True),
        sa.Column("session_id", sa.String(200), sa.ForeignKey("sessions.id"), nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False, index=True),
        sa.Column("document", sa.JSON, nullable=False),
        sa.Index("measurements_of_a_session", "session_id", "position"),
    )
    op.create_table(
        "gaps",
        sa.Column("session_id", sa.String(200), sa.ForeignKey("sessions.id"), primary_key=True),
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("document", sa.JSON, nullable=False),
    )
