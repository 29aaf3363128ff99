"""``hna agent``: measure this machine for a lookup-table server."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Plan(StrEnum):
    """How long to measure."""

    DEFAULT = "default"
    QUICK = "quick"


def agent(
    server: Annotated[str, typer.Option(help="Address of the server.", envvar="HNA_SERVER")],
    backend: Annotated[str, typer.Option(help="onnxruntime, torch or simulated.")] = "onnxruntime",
    threads: Annotated[int, typer.Option(min=1, help="Threads of one inference.")] = 1,
    state_dir: Annotated[
        Path | None,
        typer.Option(help="Folder of the spool and the lock; default ~/.local/state/hna."),
    ] = None,
    once: Annotated[bool, typer.Option(help="Do the work there is, then end.")] = False,
    idle_seconds: Annotated[
        float | None, typer.Option(min=0, help="End after so long without work.")
    ] = None,
    poll_seconds: Annotated[
        float, typer.Option(min=0.05, help="Time between two questions for work.")
    ] = 2.0,
    quiet_seconds: Annotated[
        float, typer.Option(min=0, help="Wait so long at most for other processes to finish.")
    ] = 20.0,
    plan: Annotated[Plan, typer.Option(help="How long to measure.")] = Plan.DEFAULT,
) -> None:
    """Measure this machine for a server until told to stop."""
    from functools import partial

    from rich.console import Console

    from device_agents.agent import AgentSettings
    from device_agents.display import display_for
    from device_agents.measurer import ProcessMeasurer
    from device_agents.quiet import quiet
    from device_agents.start import default_state_dir, run_agent
    from profiler.measuring.plan import MeasurementPlan
    from profiler.platforms.linux import identify

    quick = plan is Plan.QUICK
    run_agent(
        server,
        ProcessMeasurer(
            backend=backend,
            machine=identify(),
            plan=MeasurementPlan.quick() if quick else MeasurementPlan(),
            options={"threads": threads},
        ),
        AgentSettings(
            poll_s=poll_seconds,
            idle_s=0.0 if once else idle_seconds,
            make_quiet=partial(quiet, wait_s=quiet_seconds),
        ),
        state_dir or default_state_dir(),
        display_for(Console()),
    )
