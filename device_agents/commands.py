"""
``hna agent``: measure this machine for a lookup-table server.

``agent`` is an application of its own: without a subcommand it runs ``run``, whose parameters are
all the options of a running agent; its subcommands put the agent on a machine as a service.
"""

from __future__ import annotations

from typing import Annotated

import typer

from device_agents.grouped import grouping
from device_agents.install.commands import install, status, uninstall
from device_agents.options import AgentOptions
from profiler.commands.percent import share
from profiler.errors import HnaError

agent = typer.Typer(invoke_without_command=True)
agent.command()(install)
agent.command()(uninstall)
agent.command()(status)


@agent.callback()
@grouping(options=AgentOptions)
def run(
    context: typer.Context,
    options: AgentOptions,
    once: Annotated[bool, typer.Option(help="Do the work there is, then end.")] = False,
    idle_seconds: Annotated[
        float | None, typer.Option(min=0, help="End after so long without work.")
    ] = None,
    target_error: Annotated[
        float | None,
        typer.Option(
            parser=share,
            metavar="SHARE",
            help="Measure only until the rest is predicted within it, such as 5%, for campaigns "
            "that name no error of their own.",
        ),
    ] = None,
) -> None:
    """Measure this machine for a server until told to stop."""
    if context.invoked_subcommand is not None:
        _refuse_options_before(context.invoked_subcommand, context)
        return
    server = options.address
    from rich.console import Console

    from device_agents.choices import chosen, state_folder
    from device_agents.display import display_for
    from device_agents.start import run_agent

    display = display_for(Console())
    folder = state_folder(options, display)
    idle_s = 0.0 if once else idle_seconds
    measurer, settings = chosen(options, idle_s=idle_s, target_error=target_error)
    run_agent(server, measurer, settings, folder, display)


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
