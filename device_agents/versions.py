"""
An agent and a server of different versions, where the one does not understand the other.

A server refuses a message with a field it does not know.  What an agent says of itself is the same
each time, so an older server never takes it: the answer is to say so, not to try again.
"""

from __future__ import annotations

from importlib.metadata import version

from lut_server.client import LutClient
from profiler.errors import LutError, ProtocolMismatch, ServerRefused

INVALID = "request-invalid"
"""The problem type of a message that is none to the server, such as one with a further field."""


def is_not_understood(refusal: ServerRefused) -> bool:
    """Return whether the server could not read what was sent."""
    return refusal.fields.get("type") == INVALID


def not_understood(client: LutClient, refusal: ServerRefused) -> ProtocolMismatch:
    """Return the error that *refusal* is: both versions, what the server said, the way out."""
    return ProtocolMismatch(
        f"the server at {client.base_url} is {of_server(client)} and does not understand this "
        f"agent, which is {here()} ({refusal}); upgrade the server to the agent's version"
    )


def here() -> str:
    """Return the version of this agent, in words."""
    return f"hna-nas {version('hna-nas')}"


def of_server(client: LutClient) -> str:
    """Return the version of the server, in words; that it is unknown where it does not tell."""
    try:
        return f"hna-nas {client.server_version()}"
    except LutError:
        return "hna-nas of an unknown version"
