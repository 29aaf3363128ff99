"""Predictors, and what campaigns know that choose by themselves what to measure."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ForeignKey, ForeignKeyConstraint, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from lut_server.models.row import Row


class PredictorRow(Row):
    """
    What was learnt of one version of a table; written once.

    ``body`` is the predictor as JSON, compressed with zstd.
    """

    __tablename__ = "predictors"

    table_name: Mapped[str] = mapped_column(ForeignKey("tables.name"), primary_key=True)
    version: Mapped[str] = mapped_column(String(16), primary_key=True)
    created_at: Mapped[str]
    body: Mapped[bytes] = mapped_column(LargeBinary)


class WishRow(Row):
    """All operations an adaptive campaign was asked for, as JSON compressed with zstd."""

    __tablename__ = "campaign_wishes"

    campaign_id: Mapped[str] = mapped_column(ForeignKey("campaigns.id"), primary_key=True)
    body: Mapped[bytes] = mapped_column(LargeBinary)


class AdaptiveTargetRow(Row):
    """
    One table an adaptive campaign measures for.

    ``steps`` counts the decisions; whoever decides says which one it was made after, so that of
    two servers one wins.  ``thinking_until_s`` keeps others from thinking about the same meanwhile,
    in seconds since 1970.  ``progress`` is as of the latest decision.
    """

    __tablename__ = "adaptive_targets"
    __table_args__ = (
        ForeignKeyConstraint(
            ["campaign_id", "target_position"],
            ["campaign_targets.campaign_id", "campaign_targets.position"],
        ),
    )

    campaign_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    target_position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    plan: Mapped[dict[str, Any]]
    stage: Mapped[str] = mapped_column(String(9), index=True)
    steps: Mapped[int]
    thinking_until_s: Mapped[float | None]
    progress: Mapped[dict[str, Any]]
