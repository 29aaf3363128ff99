"""Version 4: campaigns on several devices, priorities, labels."""

from __future__ import annotations

from alembic.operations import Operations

revision = "0004"
down_revision = "0003"


def upgrade(op: Operations) -> None:
    """Change nothing yet."""
