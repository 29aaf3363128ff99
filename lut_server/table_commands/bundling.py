"""``hna table bundle``, ``unbundle`` and ``key``: a table with what it rests on, between labs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lut_server.options import DEFAULT_SERVER, SERVER
from lut_server.table_commands.about import read_file, working

if TYPE_CHECKING:
    from lut_server.client import LutClient
    from lut_server.imports.bundle import Bundle
    from profiler.certificates import Certificate

TIMEOUT_S = 600.0
"""Raw samples of a large table take a while to send."""


def bundle(
    name: Annotated[str, typer.Argument(help="The table's name, as hna table list prints it.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="The bundle to write.")],
    samples: Annotated[
        bool, typer.Option("--samples", help="Measurements with their raw samples, too.")
    ] = False,
    key: Annotated[
        Path | None, typer.Option(help="Private key to sign it with; hna table key makes one.")
    ] = None,
    server: Annotated[str, SERVER] = DEFAULT_SERVER,
) -> None:
    """Write a table of a server, with its certificate, to one file that shows any change."""
    from lut_server.client import LutClient
    from lut_server.imports.bundle import write_bundle
    from lut_server.imports.signing import public_key, read_key
    from profiler.atomic import write_atomically

    seed = None if key is None else read_key(key)
    with working(f"reading {name}") as say, LutClient(server, timeout_s=TIMEOUT_S) as client:
        made = _bundle(client, name, samples)
        say(f"packing {out.name}")
        data = write_bundle(made, seed)
        write_atomically(out, data)
    typer.echo(f"{out}: {_in_words(made)}, {len(data):,} bytes")
    if seed is not None:
        typer.echo(f"signed by {public_key(seed)}")


def unbundle(
    file: Annotated[Path, typer.Argument(help="The bundle.")],
    signer: Annotated[
        str | None, typer.Option(help="Public key of who must have signed it.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Write the table to a file; no server.")
    ] = None,
    server: Annotated[str, SERVER] = DEFAULT_SERVER,
) -> None:
    """Verify a bundle and give a server what is new in it; again changes nothing."""
    from lut_server.client import LutClient
    from lut_server.imports.bundle import read_bundle
    from lut_server.wire import BundleQuery
    from profiler.table_file import save_table

    data = read_file(file)
    with working(f"verifying {file.name}"):
        found = read_bundle(data, file.name, signer=signer)
    typer.echo(f"{file.name}: {_in_words(found)}, signed by {found.signed_by or 'nobody'}")
    if out is not None:
        save_table(found.table, out)
        typer.echo(f"{out}: its table")
        return
    with working(f"sending {file.name}"), LutClient(server, timeout_s=TIMEOUT_S) as client:
        receipt = client.import_bundle(data, BundleQuery(source=file.name, signer=signer))
    typer.echo(
        f"{receipt.table}: {receipt.stored} new measurements, {receipt.duplicates} known ones, "
        f"{receipt.given} entries given, {receipt.certificates} certificates"
    )


def key(file: Annotated[Path, typer.Argument(help="Where to write the private key.")]) -> None:
    """Make a key to sign bundles with; the public half is printed, to be given to others."""
    from lut_server.imports.signing import make_key

    typer.echo(f"public key: {make_key(file)}")


def _bundle(client: LutClient, name: str, samples: bool) -> Bundle:
    from lut_server.imports.bundle import Bundle

    return Bundle(
        table=client.table(name, allow=("transferred", "predicted")),
        sessions=client.sessions(name) if samples else None,
        certificates=_certificates(client, name),
    )


def _certificates(client: LutClient, name: str) -> tuple[Certificate, ...]:
    """Return the newest certificate of a table, where it has one."""
    views = [view for view in client.tables() if view.name == name]
    return tuple(view.certificate for view in views if view.certificate is not None)


def _in_words(made: Bundle) -> str:
    rows = f"{len(made.table.entries)} rows of {made.table.name}"
    if made.sessions is None:
        return f"{rows}, no samples"
    count = sum(len(session.measurements) for session in made.sessions)
    return f"{rows}, {count} measurements of {len(made.sessions)} sessions"
