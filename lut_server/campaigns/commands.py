"""
``hna campaign``: have operations measured, look on, and say what goes on.

What it needs is imported when it runs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from lut_server.campaigns.starting import start
from lut_server.options import DEFAULT_SERVER, SERVER
from profiler.errors import HnaError

if TYPE_CHECKING:
    from lut_server.client import LutClient
    from lut_server.wire import CampaignState, PersonsState

WHICH = typer.Argument(help="Id of the campaign, or its beginning.", metavar="CAMPAIGN")
STATES: tuple[CampaignState, ...] = ("running", "paused", "cancelled", "finished")

campaign = typer.Typer(help="Have operations measured on devices, and watch.", no_args_is_help=True)
campaign.command()(start)


@campaign.command("list")
def list_campaigns(
    state: Annotated[
        str | None, typer.Option(help="Only those in this state: " + ", ".join(STATES) + ".")
    ] = None,
    server: Annotated[str, SERVER] = DEFAULT_SERVER,
) -> None:
    """List campaigns, the newest first."""
    from rich.console import Console

    from lut_server.campaigns.rendering import campaigns_grid
    from lut_server.client import LutClient

    wanted = next((each for each in STATES if each == state), None)
    if state is not None and wanted is None:
        raise HnaError(f"no campaign is {state!r}; a state is one of {', '.join(STATES)}")
    with LutClient(server) as client:
        Console().print(campaigns_grid(client.campaigns(wanted)))


@campaign.command()
def show(which: Annotated[str, WHICH], server: Annotated[str, SERVER] = DEFAULT_SERVER) -> None:
    """Show a campaign: its tables, devices and jobs, and what could not be measured."""
    from rich.console import Console

    from lut_server.campaigns.rendering import (
        adaptive_lines,
        campaign_grid,
        gap_lines,
        note_lines,
    )
    from lut_server.client import LutClient

    with LutClient(server) as client:
        view = client.campaign(_find(client, which))
        gaps = client.gaps(view.id) if view.gaps else ()
    console = Console()
    console.print(campaign_grid(view))
    for line in (*adaptive_lines(view), *note_lines(view), *gap_lines(gaps)):
        console.print(line, markup=False, highlight=False, soft_wrap=True)


@campaign.command()
def follow(which: Annotated[str, WHICH], server: Annotated[str, SERVER] = DEFAULT_SERVER) -> None:
    """Show how far a campaign is until it is finished; Ctrl-C stops looking, not measuring."""
    from rich.console import Console

    from lut_server.campaigns.rendering import show_progress
    from lut_server.client import LutClient

    with LutClient(server) as client:
        show_progress(client.follow(_find(client, which)), Console())


@campaign.command()
def cancel(which: Annotated[str, WHICH], server: Annotated[str, SERVER] = DEFAULT_SERVER) -> None:
    """End a campaign for good; what is being measured may be finished and is kept."""
    _change(which, "cancelled", server)


@campaign.command()
def pause(which: Annotated[str, WHICH], server: Annotated[str, SERVER] = DEFAULT_SERVER) -> None:
    """Hand out no more of a campaign for now; what is being measured goes on."""
    _change(which, "paused", server)


@campaign.command()
def resume(which: Annotated[str, WHICH], server: Annotated[str, SERVER] = DEFAULT_SERVER) -> None:
    """Let a campaign that was paused go on."""
    _change(which, "running", server)


@campaign.command(context_settings={"ignore_unknown_options": True})
def priority(
    which: Annotated[str, WHICH],
    value: Annotated[int, typer.Argument(help="From -1000 to 1000; the highest comes first.")],
    server: Annotated[str, SERVER] = DEFAULT_SERVER,
) -> None:
    """Say how soon a campaign is worked on; of equal ones the oldest comes first."""
    from lut_server.client import LutClient

    if abs(value) > 1_000:
        raise HnaError(f"priority {value}; give one from -1000 to 1000")
    with LutClient(server) as client:
        view = client.change_priority(_find(client, which), value)
    typer.echo(f"{view.name} ({view.id}) has priority {view.priority}")


def _change(which: str, state: PersonsState, server: str) -> None:
    from lut_server.client import LutClient

    with LutClient(server) as client:
        view = client.change_campaign(_find(client, which), state)
    typer.echo(f"{view.name} ({view.id}) is {view.state}")


def _find(client: LutClient, which: str) -> str:
    """Return the id of the one campaign whose id begins so."""
    matching = [view.id for view in client.campaigns() if view.id.startswith(which)]
    if which in matching:
        return which
    if len(matching) != 1:
        found = "no campaign" if not matching else f"{len(matching)} campaigns"
        raise HnaError(f"{found} with an id beginning {which!r}; hna campaign list names them")
    return matching[0]
