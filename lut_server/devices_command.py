"""
``hna devices``: which devices a server knows and what health they are in, and to say so oneself.

What it needs is imported when it runs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from lut_server.options import DEFAULT_SERVER, SERVER
from profiler.errors import HnaError

if TYPE_CHECKING:
    from lut_server.wire import DeviceView, PersonsHealth

REASON = typer.Option(help="Why; shown wherever the device gets no work.")
WHICH = typer.Argument(help="Fingerprint, or its beginning.", metavar="FINGERPRINT")

devices = typer.Typer(help="List the server's devices; take one out of service or put it back.")


@devices.callback(invoke_without_command=True)
def list_devices(context: typer.Context, server: Annotated[str, SERVER] = DEFAULT_SERVER) -> None:
    """List the server's devices and their health; take one out of service or put it back."""
    if context.invoked_subcommand is not None:
        return
    from rich.console import Console

    from lut_server.client import LutClient
    from lut_server.rendering import devices_grid

    with LutClient(server) as client:
        Console().print(devices_grid(client.devices()))


@devices.command()
def clear(
    which: Annotated[str, WHICH],
    reason: Annotated[str, REASON] = "cleared by a person",
    server: Annotated[str, SERVER] = DEFAULT_SERVER,
) -> None:
    """Put a device back into service; health checks begin anew with what it is now."""
    _change(which, "good", reason, server)


@devices.command()
def withhold(
    which: Annotated[str, WHICH],
    reason: Annotated[str, REASON],
    bad: Annotated[bool, typer.Option("--bad", help="It is broken, not in maintenance.")] = False,
    server: Annotated[str, SERVER] = DEFAULT_SERVER,
) -> None:
    """Take a device out of service for maintenance; what it has begun it may finish."""
    _change(which, "bad" if bad else "maintenance", reason, server)


@devices.command()
def retire(
    which: Annotated[str, WHICH],
    reason: Annotated[str, REASON],
    server: Annotated[str, SERVER] = DEFAULT_SERVER,
) -> None:
    """Take a device out of service for good; its tables stay."""
    _change(which, "retired", reason, server)


@devices.command()
def label(
    which: Annotated[str, WHICH],
    labels: Annotated[
        list[str] | None, typer.Argument(help="All labels it is to have; none takes them away.")
    ] = None,
    server: Annotated[str, SERVER] = DEFAULT_SERVER,
) -> None:
    """Say which labels a device has, for campaigns to choose it by; its agent's own stay."""
    from lut_server.client import LutClient
    from lut_server.wire import require_labels

    given = require_labels(labels or ())
    with LutClient(server) as client:
        view = find_device(which, client.devices())
        view = client.label_device(view.device.fingerprint, given)
    shown = ", ".join(view.labels) or "none"
    typer.echo(f"{view.device.name} ({view.device.fingerprint[:16]}) has labels: {shown}")


def _change(which: str, health: PersonsHealth, reason: str, server: str) -> None:
    from lut_server.client import LutClient
    from lut_server.wire import HealthChange

    if not 1 <= len(reason) <= 500:
        raise HnaError(f"a reason has 1 to 500 characters, not {len(reason)}; say it in --reason")
    with LutClient(server) as client:
        view = find_device(which, client.devices())
        client.change_health(view.device.fingerprint, HealthChange(health=health, reason=reason))
    typer.echo(f"{view.device.name} ({view.device.fingerprint[:16]}) is {health}: {reason}")


def find_device(which: str, known: tuple[DeviceView, ...]) -> DeviceView:
    """Return the one device whose fingerprint begins so, or raise ``HnaError``."""
    matching = [view for view in known if view.device.fingerprint.startswith(which)]
    if len(matching) != 1:
        found = "no device" if not matching else f"{len(matching)} devices"
        raise HnaError(f"{found} with a fingerprint beginning {which!r}; hna devices lists them")
    return matching[0]
