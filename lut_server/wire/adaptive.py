"""How far a campaign is that chooses by itself what to measure."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from lut_server.wire.message import Message

Stage = Literal["handful", "narrowing", "rest", "finished"]
"""
``handful``: the few operations that tell most of all others, on a new device.  ``narrowing``: what
lowers the remaining doubt most, batch by batch.  ``rest``: all that is left.  ``finished``: that is
for good.
"""

TargetError = Annotated[float, Field(gt=0, lt=1, allow_inf_nan=False)]
"""Half the width of a 90 % interval that is good enough, relative to the latency: 0.05 is 5 %."""


class AdaptiveView(Message):
    """
    One table of such a campaign.

    Of ``wanted`` operations ``measured`` have a measured row by now, ``transferred`` and
    ``predicted`` ones a given row, and ``gaps`` cannot be measured.  ``worst_error`` is the
    relative half-width that remains (None while nothing can be said), ``spent_s`` the measuring
    time so far, ``steps`` how many batches were chosen.  While ``choosing``, the server decides
    what comes next: there may be no job for a moment, and the campaign is not over.
    """

    stage: Stage
    choosing: bool
    wanted: int
    measured: int
    transferred: int = 0
    predicted: int = 0
    gaps: int = 0
    target_error: float | None = None
    worst_error: float | None = None
    steps: int = 0
    spent_s: float = 0.0
