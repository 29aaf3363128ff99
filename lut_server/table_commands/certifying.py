"""``hna table certify``: parse, call one function, print."""

from __future__ import annotations

from typing import Annotated

import typer

from lut_server.options import DEFAULT_SERVER, SERVER


def certify(
    name: Annotated[str, typer.Argument(help="The table's name, as hna table list prints it.")],
    server: Annotated[str, SERVER] = DEFAULT_SERVER,
) -> None:
    """Judge a table by the networks measured whole, and keep the result."""
    from lut_server.client import LutClient
    from lut_server.rendering import certificate_lines

    with LutClient(server) as client:
        certificate = client.certify(name)
        for line in certificate_lines(certificate, client.certificate_doubts(name)):
            typer.echo(line)
