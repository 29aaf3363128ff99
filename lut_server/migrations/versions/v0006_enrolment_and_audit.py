"""Version 6: enrolment codes, audit."""

from __future__ import annotations

from alembic.operations import Operations

revision = "0006"
down_revision = "0005"


def upgrade(op: Operations) -> None:
    """Change nothing yet."""
