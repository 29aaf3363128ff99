"""Adaptive campaigns as they are shown.  Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import cast

from lut_server.adaptive.plan import Plan, Progress
from lut_server.documents import from_document
from lut_server.models import AdaptiveTargetRow
from lut_server.wire import AdaptiveView, Stage

STAGES: tuple[Stage, ...] = ("handful", "narrowing", "rest", "finished")


def adaptive_view(
    row: AdaptiveTargetRow | None, state: str, jobs: Mapping[str, int]
) -> AdaptiveView | None:
    """
    Return how far a target is; None for one of which everything is measured.

    Args:
        row: what was decided.
        state: of its campaign; one that was cancelled decides no more.
        jobs: how many of its jobs are in each state.
    """
    if row is None:
        return None
    stage = "finished" if state == "cancelled" else cast(Stage, row.stage)
    under_way = jobs.get("queued", 0) + jobs.get("leased", 0)
    plan, progress = from_document(Plan, row.plan), from_document(Progress, row.progress)
    return AdaptiveView(
        stage=stage,
        choosing=stage != "finished" and state == "running" and not under_way,
        wanted=progress.wanted,
        measured=progress.measured,
        transferred=progress.transferred,
        predicted=progress.predicted,
        gaps=progress.gaps,
        target_error=plan.target_error,
        worst_error=progress.worst_error,
        steps=row.steps,
        spent_s=progress.spent_s,
    )


def together(views: Sequence[AdaptiveView | None]) -> AdaptiveView | None:
    """Return how far a campaign is by its targets: in the earliest stage, with the worst error."""
    known = [view for view in views if view is not None]
    if not known:
        return None
    return AdaptiveView(
        stage=min((view.stage for view in known), key=STAGES.index),
        choosing=any(view.choosing for view in known),
        wanted=sum(view.wanted for view in known),
        measured=sum(view.measured for view in known),
        transferred=sum(view.transferred for view in known),
        predicted=sum(view.predicted for view in known),
        gaps=sum(view.gaps for view in known),
        target_error=_largest(view.target_error for view in known),
        worst_error=_largest(view.worst_error for view in known),
        steps=sum(view.steps for view in known),
        spent_s=sum(view.spent_s for view in known),
    )


def _largest(errors: Iterable[float | None]) -> float | None:
    return max((error for error in errors if error is not None), default=None)
