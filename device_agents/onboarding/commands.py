"""``hna onboard``: parse, call one function, print."""

from __future__ import annotations

from typing import Annotated

import typer

from device_agents.grouped import grouping
from device_agents.onboarding.wanted import Wanted
from device_agents.options import AgentOptions


@grouping(options=AgentOptions, wanted=Wanted)
def onboard(
    options: AgentOptions,
    wanted: Wanted,
    then_measure: Annotated[
        bool, typer.Option("--then-measure", help="Stay on until nothing is left to be measured.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print what came out as JSON, and nothing else.")
    ] = False,
) -> None:
    """Get a whole table for this machine by measuring a handful of operations."""
    server = options.address
    from rich.console import Console

    from device_agents.choices import chosen, state_folder
    from device_agents.display import display_for
    from device_agents.enrolment import token_path
    from device_agents.onboarding.onboarding import PATIENCE_S, TIMEOUT_S, Onboarding
    from device_agents.onboarding.showing import agent_command, outcome_json, outcome_lines
    from device_agents.start import opened_agent
    from lut_server.client import LutClient

    display = display_for(Console(stderr=True))
    folder = state_folder(options, display)
    measurer, settings = chosen(options, idle_s=None if then_measure else PATIENCE_S)
    with (
        opened_agent(server, measurer, settings, folder, display) as opened,
        LutClient(server, token_file=token_path(folder, server), timeout_s=TIMEOUT_S) as client,
    ):
        request = wanted.request(opened.described)
        onboarding = Onboarding(opened=opened, client=client, request=request)
        outcome = onboarding.run()
        if then_measure and outcome.onboarded:
            outcome = onboarding.go_on(outcome)
    if as_json:
        typer.echo(outcome_json(outcome))
    else:
        for line in outcome_lines(outcome, agent_command(options)):
            typer.echo(line)
    if not outcome.onboarded:
        raise typer.Exit(1)
