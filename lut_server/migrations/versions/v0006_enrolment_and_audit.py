"""Version 6: enrolments, the tokens that came of them, and the audit."""

from __future__ import annotations

import sqlalchemy as sa
from alembic.operations import Operations

revision = "0006"
down_revision = "0005"


def upgrade(op: Operations) -> None:
    """Make the new tables, and let tokens name the enrolment they came of."""
    _enrolments(op)
    _audit(op)


def _enrolments(op: Operations) -> None:
    op.create_table(
        "enrolments",
        sa.Column("id", sa.String(12), primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False, unique=True),
        sa.Column("uses", sa.Integer, nullable=False),
        sa.Column("used", sa.Integer, nullable=False),
        sa.Column("created_at", sa.Text, nullable=False),
        sa.Column("expires_at", sa.Text, nullable=False),
        sa.Column("revoked_at", sa.Text),
    )
    with op.batch_alter_table("tokens") as tokens:
        tokens.add_column(sa.Column("enrolment_id", sa.String(12)))
        tokens.create_foreign_key(
            "tokens_enrolment_id_fkey", "enrolments", ["enrolment_id"], ["id"]
        )
    op.create_index("ix_tokens_enrolment_id", "tokens", ["enrolment_id"])


def _audit(op: Operations) -> None:
    op.create_table(
        "audit",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("at", sa.Text, nullable=False, index=True),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("token_id", sa.String(12)),
        sa.Column("action", sa.String(64), nullable=False, index=True),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("detail", sa.JSON, nullable=False),
        sa.Column("request_id", sa.String(64)),
    )
