"""
What an adaptive campaign is to reach for one table, and how far it is.  Pure.

Both are documents of the store; what was asked for does not change once the campaign has begun.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from lut_server.wire import CampaignRequest, DeviceView
from profiler.operations.checks import FORBID_UNKNOWN_FIELDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """
    What is to be reached for one table.

    Args:
        target_error: relative half-width of an interval that is good enough; None measures as
            much as the budgets allow.
        max_operations: how many operations may be chosen; None is any number.
        max_minutes: of measuring; None is any time.
        onboarding: whether other devices' tables are asked before this one's own rows.
        handful: how many operations a new device measures first; None leaves it to the rule.
        measure_rest: whether anything is measured after that.
        operations_per_job: at most so many in a job.
    """

    __pydantic_config__: ClassVar = FORBID_UNKNOWN_FIELDS

    target_error: float | None = None
    max_operations: int | None = None
    max_minutes: float | None = None
    onboarding: bool = False
    handful: int | None = None
    measure_rest: bool = True
    operations_per_job: int = 512

    @property
    def narrows(self) -> bool:
        """Whether something is left unmeasured on purpose."""
        bounds = (self.target_error, self.max_operations, self.max_minutes)
        return any(bound is not None for bound in bounds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """
    How far a target was at the latest decision.

    Args:
        wanted: distinct operations that were asked for.
        measured: how many of them had a measured row.
        transferred: how many had a transferred one instead.
        predicted: how many had a predicted one instead.
        gaps: how many cannot be measured.
        worst_error: relative half-width that remained; None where nothing could be said.
        spent_s: measuring time, in seconds.
    """

    __pydantic_config__: ClassVar = FORBID_UNKNOWN_FIELDS

    wanted: int
    measured: int = 0
    transferred: int = 0
    predicted: int = 0
    gaps: int = 0
    worst_error: float | None = None
    spent_s: float = 0.0


def plan_for(request: CampaignRequest, devices: Sequence[DeviceView]) -> Plan | None:
    """
    Return the plan for a table; None where everything that is asked for is measured.

    Args:
        request: what was asked for.
        devices: those that measure for the table; where all of them said what error is good
            enough, the largest holds for campaigns that do not say.
    """
    target_error = request.target_error
    if target_error is None and not request.remeasure and not _bounded(request):
        said = [view.target_error for view in devices]
        known = [error for error in said if error is not None]
        target_error = max(known) if known and len(known) == len(said) else None
    if target_error is None and not request.is_adaptive:
        return None
    return Plan(
        target_error=target_error,
        max_operations=request.max_operations,
        max_minutes=request.max_minutes,
        onboarding=request.onboarding,
        handful=request.handful,
        measure_rest=request.measure_rest,
        operations_per_job=request.operations_per_job,
    )


def _bounded(request: CampaignRequest) -> bool:
    return request.max_operations is not None or request.max_minutes is not None
