"""
``hna agent``: measure this machine for a lookup-table server.

``agent`` is an application of its own: without a subcommand it runs ``run``, whose parameters are
all the options of a running agent; its subcommands put the agent on a machine as a service.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from device_agents.install.commands import install, status, uninstall
from profiler.errors import HnaError


class Plan(StrEnum):
    """How long to measure."""

    DEFAULT = "default"
    QUICK = "quick"


agent = typer.Typer(invoke_without_command=True)
agent.command()(install)
agent.command()(uninstall)
agent.command()(status)


@agent.callback()
def run(
    context: typer.Context,
    server: Annotated[
        str | None, typer.Option(help="Address of the server.", envvar="HNA_SERVER")
    ] = None,
    enrol: Annotated[
        str | None,
        typer.Option(
            help="Code from hna token enrol, turned into a token of this agent's own, once.",
            envvar="HNA_ENROL",
            metavar="CODE",
        ),
    ] = None,
    backend: Annotated[
        str, typer.Option(help="Such as onnxruntime or tensorrt; hna doctor lists them.")
    ] = "onnxruntime",
    threads: Annotated[int, typer.Option(min=1, help="Threads of one inference.")] = 1,
    option: Annotated[
        list[str] | None,
        typer.Option(
            help="Option of the backend, repeatable, such as provider=cuda or precision=fp16.",
            metavar="NAME=VALUE",
        ),
    ] = None,
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
    cores: Annotated[
        str | None,
        typer.Option(
            help="Cores to measure on, such as 4-7 or arm-cortex-a76; the fastest kind by default."
        ),
    ] = None,
    governor: Annotated[
        str | None, typer.Option(help="Frequency governor while measuring, such as performance.")
    ] = None,
    gpu_clock: Annotated[
        str | None, typer.Option(help="Clock the GPU is locked at while measuring: MHz, or tdp.")
    ] = None,
    gpu: Annotated[str, typer.Option(help="Which GPU is locked: index or UUID.")] = "0",
    jetson_clocks: Annotated[
        bool, typer.Option("--jetson-clocks", help="Raise a Jetson's clocks while measuring.")
    ] = False,
    share_device: Annotated[
        bool, typer.Option("--share-device", help="Run beside another agent of this device.")
    ] = False,
    label: Annotated[
        list[str] | None,
        typer.Option(help="Label by which campaigns may choose the device, repeatable."),
    ] = None,
    plan: Annotated[Plan, typer.Option(help="How long to measure.")] = Plan.DEFAULT,
    cold: Annotated[
        bool, typer.Option("--cold", help="Also measure with caches flushed before each execution.")
    ] = False,
    energy_seconds: Annotated[
        float,
        typer.Option(min=0, help="Count the energy of each operation for so long; 0 does not."),
    ] = 0.0,
    health_minutes: Annotated[
        float, typer.Option(min=0, help="Time between two health checks; 0 makes none.")
    ] = 10.0,
) -> None:
    """Measure this machine for a server until told to stop."""
    if context.invoked_subcommand is not None:
        _refuse_options_before(context.invoked_subcommand, context)
        return
    if server is None:
        raise HnaError("which server? name it with --server or in the variable HNA_SERVER")
    from dataclasses import replace

    from rich.console import Console

    from device_agents.agent import AgentSettings
    from device_agents.display import display_for
    from device_agents.enrolment import enrol_agent
    from device_agents.measurer import ProcessMeasurer
    from device_agents.quiet import QuietSettings
    from device_agents.quiet.affinity import cores_named
    from device_agents.start import default_state_dir, run_agent
    from lut_server.wire import require_labels
    from profiler.measuring.plan import COLD_SAMPLES, MeasurementPlan
    from profiler.platforms.cores import fastest_cores
    from profiler.platforms.cpulist import format_cpulist
    from profiler.platforms.here import this_machine, this_place

    state_dir = state_dir or default_state_dir()
    display = display_for(Console())
    if enrol:
        enrol_agent(server, enrol, state_dir, display.say)
    machine = this_machine()
    used = cores_named(cores, machine.clusters) if cores else fastest_cores()
    run_agent(
        server,
        ProcessMeasurer(
            backend=backend,
            machine=machine,
            place=this_place(cores=format_cpulist(used) if used else None),
            plan=replace(
                MeasurementPlan.quick() if plan is Plan.QUICK else MeasurementPlan(),
                cold_samples=COLD_SAMPLES if cold else 0,
                energy_s=energy_seconds,
            ),
            options=(f"threads={threads}", *(option or ())),
        ),
        AgentSettings(
            poll_s=poll_seconds,
            idle_s=0.0 if once else idle_seconds,
            quiet=QuietSettings(
                wait_s=quiet_seconds,
                cores=used,
                governor=governor,
                gpu_clock=gpu_clock,
                gpu=gpu,
                jetson_clocks=jetson_clocks,
            ),
            health_s=60.0 * health_minutes or None,
            share_device=share_device,
            labels=require_labels(label or ()),
        ),
        state_dir,
        display,
    )


def _refuse_options_before(subcommand: str, context: typer.Context) -> None:
    """They would be parsed and forgotten."""
    given = [
        name
        for name in context.params
        if (source := context.get_parameter_source(name)) and source.name == "COMMANDLINE"
    ]
    if given:
        option = f"--{given[0].replace('_', '-')}"
        raise HnaError(f"{option} stands before {subcommand}: options of {subcommand} follow it")
