"""
The typed client of the server's API, the one way agents and searches talk to it.

It speaks through an ``httpx2.Client``: its own, or one that is handed in, such as the
``TestClient`` of an app in the same process.  What can be sent twice is tried again where nobody
answers or the server asks for patience; nothing is kept on disk.  It loads neither the web
framework nor the database.
"""

from lut_server.client.about import About
from lut_server.client.access import Admission
from lut_server.client.campaigns import Campaigns
from lut_server.client.connection import DEFAULT_URL, LOOPBACK, TIMEOUT_S
from lut_server.client.devices import Devices
from lut_server.client.estimates import Estimates
from lut_server.client.imports import Imports
from lut_server.client.leases import Leases
from lut_server.client.networks import Networks
from lut_server.client.tables import Tables
from lut_server.client.watching import Watching

__all__ = ["DEFAULT_URL", "LOOPBACK", "TIMEOUT_S", "LutClient"]


class LutClient(
    About, Devices, Campaigns, Leases, Tables, Networks, Admission, Estimates, Imports, Watching
):
    """
    A client of one lookup-table server; its methods are in the classes it is made of.

    Args:
        base_url: address of the server; default ``DEFAULT_URL``.
        http: speak through this client instead, which then stays the caller's to close.
        token: bearer token; None is the one that the environment names, if any.
        token_file: a file that holds it where the environment names none; need not exist.
        timeout_s: how long to wait for an answer, in seconds.
        attempts: how often a request that can be repeated is sent before its error is raised; 1 for
            callers that have patience of their own, such as agents.

    Raises:
        TokenUnusable: the token cannot be read or sent.

    Every method raises:
        ServerUnreachable: nobody answered.
        ServerRefused: the server answered with a problem document; ``LeaseLost`` and
            ``EntryMissing`` where that is what happened.
        LutError: what answered is no lookup-table server of this protocol.
    """
