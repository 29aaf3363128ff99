"""
The server as a process: a socket, what serves on it, and a word when it listens.

The socket is bound here rather than by uvicorn, so that an address in use is an error of this
project, that the system may choose the port, and that several workers can share it.
"""

from __future__ import annotations

import errno
import socket
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from lut_server.app import create_app
from lut_server.clock import utc_now
from lut_server.database import Database, open_database
from lut_server.deps import Server
from lut_server.logs import log_written
from lut_server.settings import DEFAULT_HOST, Settings, is_loopback
from lut_server.tokens.access import Access
from lut_server.workers.serving import StoppableServer, serve_until_told
from lut_server.workers.supervisor import Supervisor
from profiler.errors import ListenFailed


def listen(
    settings: Settings, announce: Callable[[str], None], ready_file: Path | None = None
) -> None:
    """
    Serve until told to stop by SIGINT or SIGTERM; with several workers where the settings say so.

    Args:
        settings: of the server.
        announce: called with the base URL once the server really listens, with all its workers.
        ready_file: holds the base URL for as long as the server listens.

    Raises:
        ListenFailed: the address is in use or not this machine's, or tokens are required and
            there is none.
        StoreInvalid: the database cannot be used, or is of a newer version.
    """
    word = _Word(announce, ready_file)
    word.take_back()
    with log_written(settings.log_format, access_log=settings.access_log):
        if settings.workers == 1:
            _serve(settings, word)
        else:
            _supervise(settings, word)


class _Word:
    """Where the server listens, told to whoever started it."""

    def __init__(self, announce: Callable[[str], None], ready_file: Path | None) -> None:
        self._announce = announce
        self._ready_file = ready_file
        self.url = ""

    def give(self) -> None:
        """Say that the server listens."""
        if self._ready_file is not None:
            _write_whole(self._ready_file, self.url + "\n")
        self._announce(self.url)

    def take_back(self) -> None:
        """Say that it does not, or not much longer."""
        if self._ready_file is not None:
            self._ready_file.unlink(missing_ok=True)


def _serve(settings: Settings, word: _Word) -> None:
    """Serve in this process."""
    app = create_app(settings)
    server: Server = app.state.server
    with closing(server.database):
        _require_a_token(settings, server.database)
        with _bind(settings.host, settings.port) as bound:
            word.url = _url(settings.host, bound)
            stoppable = StoppableServer(app, listening=word.give, leaving=word.take_back)
            serve_until_told(stoppable, bound)


def _supervise(settings: Settings, word: _Word) -> None:
    """Have workers serve; the database is made or upgraded once, before them."""
    with closing(open_database(settings.database, settings.busy_timeout_s)) as database:
        _require_a_token(settings, database)
    with _bind(settings.host, settings.port) as bound:
        word.url = _url(settings.host, bound)
        Supervisor(settings, bound).run(word.give, word.take_back)


def _require_a_token(settings: Settings, database: Database) -> None:
    if is_loopback(settings.host) and not settings.require_tokens:
        return
    if not Access(database, utc_now, required=True).has_good_token():
        raise ListenFailed(
            f"refusing to listen at {settings.host}: {settings.database.shown} holds no token, so "
            "nobody could be let in; make one with: hna token create --scope admin --name NAME "
            f"(with the same --database), or listen at {DEFAULT_HOST} without --require-tokens "
            "and tunnel, e.g. with ssh -L"
        )


def _bind(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
        bound.listen()
    except OSError as error:
        bound.close()
        if error.errno == errno.EADDRINUSE:
            why = "another program listens there, perhaps another hna serve"
        else:
            why = error.strerror or str(error)
        raise ListenFailed(
            f"cannot listen at {host} port {port}: {why}; choose another with --port, or "
            "--port 0 for any that is free"
        ) from error
    return bound


def _url(host: str, bound: socket.socket) -> str:
    port = bound.getsockname()[1]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _write_whole(path: Path, text: str) -> None:
    """Write *text* so that a reader sees all of it or no file."""
    partial = path.with_name(path.name + ".partial")
    partial.write_text(text, encoding="utf-8")
    partial.replace(path)
