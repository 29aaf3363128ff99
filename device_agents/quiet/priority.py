"""The priority of this process; the measuring process inherits it."""

from __future__ import annotations

import os
from contextlib import ExitStack

PRIORITY_STEP = 10
"""By how much the niceness is lowered."""


def prioritise(undo: ExitStack) -> str:
    """Raise the priority where that is permitted, and say what was done."""
    before = os.getpriority(os.PRIO_PROCESS, 0)
    try:
        os.setpriority(os.PRIO_PROCESS, 0, before - PRIORITY_STEP)
    except PermissionError:
        return "priority unchanged: not permitted"
    undo.callback(os.setpriority, os.PRIO_PROCESS, 0, before)
    return f"niceness {os.getpriority(os.PRIO_PROCESS, 0)}"
