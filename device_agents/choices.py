"""From the options of a command to an agent's measurer and settings."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from device_agents.display import Display
from device_agents.enrolment import enrol_agent
from device_agents.measurer import ProcessMeasurer
from device_agents.options import AgentOptions, Plan
from device_agents.quiet import QuietSettings
from device_agents.quiet.affinity import cores_named
from device_agents.settings import AgentSettings
from device_agents.start import default_state_dir
from lut_server.wire import require_labels
from profiler.measuring.plan import COLD_SAMPLES, MeasurementPlan
from profiler.platforms.cores import fastest_cores
from profiler.platforms.cpulist import format_cpulist
from profiler.platforms.here import this_machine, this_place


def state_folder(options: AgentOptions, display: Display) -> Path:
    """Return the state folder, with a token in it where a code to enrol is given."""
    folder = options.state_dir or default_state_dir()
    if options.enrol:
        enrol_agent(options.address, options.enrol, folder, display.say)
    return folder


def chosen(
    options: AgentOptions, *, idle_s: float | None, target_error: float | None = None
) -> tuple[ProcessMeasurer, AgentSettings]:
    """
    Return what measures, and how the agent behaves.

    Args:
        options: of the command.
        idle_s: end after so long without work, in seconds; None is never.
        target_error: for campaigns that name none; None measures all.

    Raises:
        HnaError: an option names what cannot be.
    """
    machine = this_machine()
    used = cores_named(options.cores, machine.clusters) if options.cores else fastest_cores()
    measurer = ProcessMeasurer(
        backend=options.backend,
        machine=machine,
        place=this_place(cores=format_cpulist(used) if used else None),
        plan=_plan(options),
        options=(f"threads={options.threads}", *(options.option or ())),
    )
    settings = AgentSettings(
        poll_s=options.poll_seconds,
        idle_s=idle_s,
        quiet=_quiet(options, used),
        health_s=60.0 * options.health_minutes or None,
        share_device=options.share_device,
        labels=require_labels(options.label or ()),
        target_error=target_error,
    )
    return measurer, settings


def _plan(options: AgentOptions) -> MeasurementPlan:
    return replace(
        MeasurementPlan.quick() if options.plan is Plan.QUICK else MeasurementPlan(),
        cold_samples=COLD_SAMPLES if options.cold else 0,
        energy_s=options.energy_seconds,
    )


def _quiet(options: AgentOptions, cores: frozenset[int] | None) -> QuietSettings:
    return QuietSettings(
        wait_s=options.quiet_seconds,
        cores=cores,
        governor=options.governor,
        gpu_clock=options.gpu_clock,
        gpu=options.gpu,
        jetson_clocks=options.jetson_clocks,
    )
