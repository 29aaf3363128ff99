"""``hna agent install``, ``uninstall`` and ``status``: parse, call one function, print."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Root = Annotated[
    Path, typer.Option(help="Tree to work in: a folder to try it on, or the image of a board.")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be done, do nothing.")]


def install(
    context: typer.Context,
    server: Annotated[str, typer.Option(help="Address of the server.", envvar="HNA_SERVER")],
    options: Annotated[
        list[str] | None,
        typer.Argument(help="After --: further options of hna agent, e.g. -- --threads 2."),
    ] = None,
    token_stdin: Annotated[
        bool, typer.Option("--token-stdin", help="Standard input holds the token.")
    ] = False,
    no_token: Annotated[
        bool, typer.Option("--no-token", help="The server asks for no token.")
    ] = False,
    allow_priority: Annotated[
        bool, typer.Option("--allow-priority", help="The agent may raise its own priority.")
    ] = False,
    program: Annotated[
        Path | None, typer.Option(help="The hna to run. Default: the one of this Python.")
    ] = None,
    root: Root = Path("/"),
    dry_run: DryRun = False,
) -> None:
    """Install the agent as a systemd service of an unprivileged user; again changes nothing."""
    import sys

    from device_agents.install.installation import Installation, steps_of
    from device_agents.install.places import Places
    from device_agents.install.programs import own_program, require_root, require_usable
    from device_agents.install.service import reload
    from device_agents.install.step import carry_out
    from device_agents.install.token import obtain_token

    places = Places(root=root.absolute())
    chosen = (program or own_program()).absolute()
    _parse_as_agent(context, server, options or [])
    if places.live and not dry_run:
        require_root()
    if places.live:
        require_usable(chosen)
    token = None
    if not no_token:
        token = obtain_token(
            sys.stdin,
            lambda: typer.prompt("Token of the agent", hide_input=True),
            from_stdin=token_stdin,
            installed=places.token,
        )
    asked = Installation(
        places=places,
        program=chosen,
        server=server,
        token=token,
        options=options or [],
        allow_priority=allow_priority,
    )
    undone = reload if places.live else lambda: None
    changed = carry_out(steps_of(asked), typer.echo, dry_run=dry_run, undone=undone)
    typer.echo(_conclusion(changed, dry_run, "installed", "it is installed as asked"))


def uninstall(
    purge: Annotated[
        bool, typer.Option("--purge", help="Also delete unreported measurements and the user.")
    ] = False,
    root: Root = Path("/"),
    dry_run: DryRun = False,
) -> None:
    """Remove the service; measurements the server does not have yet stay unless --purge."""
    from device_agents.install.places import Places
    from device_agents.install.programs import require_root
    from device_agents.install.removal import remove, reports_waiting

    places = Places(root=root.absolute())
    if places.live and not dry_run:
        require_root()
    changed = remove(places, typer.echo, purge=purge, dry_run=dry_run)
    typer.echo(_conclusion(changed, dry_run, "removed", "there is nothing to remove"))
    if not purge and reports_waiting(places.state) != 0:
        typer.echo(
            f"{places.state} holds measurements that were not reported: install again to report "
            "them, --purge deletes them"
        )


def status(root: Root = Path("/")) -> None:
    """Say what is installed; exit status 0 if all of it, 3 if not."""
    from device_agents.install.places import Places
    from device_agents.install.report import look

    found = look(Places(root=root.absolute()))
    typer.echo(f"agent: {found.verdict}")
    for name, value in (
        ("there", ", ".join(found.present)),
        ("missing", ", ".join(found.missing)),
        ("server", found.server),
        ("service", found.service),
    ):
        if value:
            typer.echo(f"  {name}: {value}")
    waiting = "cannot be read" if found.waiting is None else str(found.waiting)
    typer.echo(f"  reports waiting: {waiting}")
    if found.verdict == "half installed":
        typer.echo("hna agent install completes it, hna agent uninstall removes it")
    if found.missing:
        raise typer.Exit(3)


def _parse_as_agent(context: typer.Context, server: str, options: list[str]) -> None:
    """Have ``hna agent`` parse what the service will pass it, so that a typing error shows now."""
    if context.parent is not None:
        context.parent.command.make_context("hna agent", ["--server", server, *options])


def _conclusion(changed: bool, dry_run: bool, done: str, nothing: str) -> str:
    if not changed:
        return f"nothing to change: {nothing}"
    return "nothing was changed: this was a dry run" if dry_run else done
