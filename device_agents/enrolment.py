"""
Enrolling: a short code, typed once, becomes a token of this agent's own.

The token is kept in the state folder, one file for each server, readable by nobody but the agent's
user, and is shown to that server from then on.  What the environment names (``HNA_TOKEN``,
``HNA_TOKEN_FILE``) goes before it.  A command that is run again with the same code, as a service
is at every start, finds the token and leaves the code alone.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from lut_server.client import LutClient
from profiler.errors import LutError, ServerRefused, SpoolFailed

TIMEOUT_S = 10.0
UNAUTHORIZED = 401


def token_path(state_dir: Path, server: str) -> Path:
    """
    Return the file that holds the token an agent was given by *server*.

    >>> token_path(Path("/state"), "http://Lut.example:8765/").name
    'lut.example_8765.token'

    Raises:
        LutError: *server* is no address.
    """
    try:
        parts = urlsplit(server)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError as error:
        raise LutError(f"{server!r} is no address of a server: {error}") from error
    host = re.sub(r"[^a-z0-9.-]", "-", (parts.hostname or "").lower())
    return state_dir / f"{host}_{port}.token"


def enrol_agent(server: str, code: str, state_dir: Path, say: Callable[[str], None]) -> None:
    """
    Turn *code* into a token and keep it, unless the one that is kept still counts.

    Args:
        server: address of the server that made the code.
        code: as ``hna token enrol`` printed it.
        state_dir: of the agent.
        say: tells people.

    Raises:
        ServerRefused: the code opens nothing there.
        ServerUnreachable: nobody answered; the code can be used again.
        SpoolFailed: the token could not be kept.
    """
    path = token_path(state_dir, server)
    with LutClient(server, token_file=path, timeout_s=TIMEOUT_S) as client:
        if _counts(client):
            say(f"{client.base_url} lets this agent in already; the code was not used")
            return
        _require_writable(path)
        redeemed = client.redeem(code)
        _keep(path, redeemed.secret)
        say(
            f"enrolled at {client.base_url} as {redeemed.name} (token {redeemed.token_id}); "
            f"the token is in {path}"
        )


def _counts(client: LutClient) -> bool:
    """Return whether the server lets this agent in as it is."""
    try:
        client.my_token()
    except ServerRefused as error:
        if error.status == UNAUTHORIZED:
            return False
        raise
    return True


def _require_writable(path: Path) -> None:
    """A code is used up by using it: that its token can be kept is tried before."""
    _keep(path.with_name(path.name + ".trial"), "")
    path.with_name(path.name + ".trial").unlink()


def _keep(path: Path, secret: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # a temporary file is private to its user from the start
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(secret + "\n")
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except OSError as error:
        raise SpoolFailed(
            f"{path} could not be written ({error.strerror}), so no token can be kept; choose "
            "another folder with --state-dir"
        ) from error
