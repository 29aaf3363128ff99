"""
The server as a process: a socket, uvicorn on it, and a word when it listens.

The socket is bound here rather than by uvicorn, so that an address in use is an error of this
project, and so that the system may choose the port.
"""

from __future__ import annotations

import errno
import socket
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import uvicorn

from lut_server.app import create_app
from lut_server.deps import Server
from lut_server.settings import DEFAULT_HOST, Settings, is_loopback
from profiler.errors import ListenFailed

GRACE_S = 5
"""How long requests in flight may take once the server was told to stop, in seconds."""


def listen(
    settings: Settings, announce: Callable[[str], None], ready_file: Path | None = None
) -> None:
    """
    Serve until interrupted.

    Args:
        settings: of the server.
        announce: called with the base URL once the server really listens.
        ready_file: holds the base URL for as long as the server listens.

    Raises:
        ListenFailed: the address is in use or not this machine's, or tokens are required and
            there is none.
        StoreInvalid: the database cannot be used, or is of a newer version.
    """
    if ready_file is not None:
        ready_file.unlink(missing_ok=True)
    app = create_app(settings)
    server: Server = app.state.server
    with closing(server.database):
        _require_a_token(server)
        with _bind(settings.host, settings.port) as bound:
            config = uvicorn.Config(
                app, log_level="warning", access_log=False, timeout_graceful_shutdown=GRACE_S
            )
            url = _url(settings.host, bound)
            _run(_AnnouncedServer(config, url, announce, ready_file), bound)


class _AnnouncedServer(uvicorn.Server):
    """A uvicorn server that says when it listens, and takes its word back when it stops."""

    def __init__(
        self,
        config: uvicorn.Config,
        url: str,
        announce: Callable[[str], None],
        ready_file: Path | None,
    ) -> None:
        super().__init__(config)
        self._url = url
        self._announce = announce
        self._ready_file = ready_file

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if not self.started:
            return
        if self._ready_file is not None:
            _write_whole(self._ready_file, self._url + "\n")
        self._announce(self._url)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        if self._ready_file is not None:
            self._ready_file.unlink(missing_ok=True)
        await super().shutdown(sockets)


def _require_a_token(server: Server) -> None:
    settings = server.settings
    if is_loopback(settings.host) and not settings.require_tokens:
        return
    if not server.access.has_good_token():
        raise ListenFailed(
            f"refusing to listen at {settings.host}: {settings.database.shown} holds no token, so "
            "nobody could be let in; make one with: hna token create --scope admin --name NAME "
            f"(with the same --database), or listen at {DEFAULT_HOST} without --require-tokens "
            "and tunnel, e.g. with ssh -L"
        )


def _run(server: uvicorn.Server, bound: socket.socket) -> None:
    try:
        server.run(sockets=[bound])
    except KeyboardInterrupt:
        return  # uvicorn has shut down in order and raises Ctrl-C once more for its caller


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
