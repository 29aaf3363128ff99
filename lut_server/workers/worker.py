"""
One of several processes that serve on one socket; a supervisor starts and stops it.

It hears of its supervisor through a pipe: it says there that it listens, and when the other end is
gone, the supervisor is, and this process stops, too.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
import sys
from multiprocessing.connection import Connection

from lut_server.app import create_app
from lut_server.logs import configure_logging
from lut_server.settings import Settings
from lut_server.workers.serving import StoppableServer, serve_until_told
from profiler.errors import HnaError

log = logging.getLogger(__name__)


def work(settings: Settings, bound: socket.socket, supervisor: Connection) -> None:
    """
    Serve until told to stop by a signal, or until the supervisor is gone.

    Args:
        settings: of the server.
        bound: the socket that all workers share.
        supervisor: hears that this worker listens, or why it cannot.
    """
    configure_logging(settings.log_format, access_log=settings.access_log)
    try:
        app = create_app(settings)
    except HnaError as error:
        supervisor.send(str(error))
        sys.exit(1)

    def listening() -> None:
        asyncio.get_running_loop().add_reader(supervisor.fileno(), supervisor_gone)
        supervisor.send(None)

    def supervisor_gone() -> None:
        asyncio.get_running_loop().remove_reader(supervisor.fileno())
        log.warning("the supervisor of this worker is gone; it stops")
        server.leave()

    server = StoppableServer(app, listening=listening, signals=(signal.SIGTERM,))
    serve_until_told(server, bound)
