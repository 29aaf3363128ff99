"""
What a table server is compared with: the same bytes with nothing around them.

``python -m benchmarks.bare FOLDER`` serves every file of a folder (``/NAME``) from a bare Starlette
route, an answer 304 at ``/unchanged``, and one of them from FastAPI as a dict (``/dict/NAME``), by
uvicorn with the settings ``hna serve`` has.
"""

from __future__ import annotations

import json
import socket
import sys
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route

from lut_server.edge.impatience import impatient
from lut_server.settings import Settings
from profiler.atomic import write_atomically


def bare_app(folder: Path) -> Starlette:
    """Return the app that serves the files of *folder*."""
    routes = [_route(path) for path in folder.iterdir() if path.suffix != ".url"]
    plain = FastAPI()

    async def unchanged(_: Request) -> Response:
        return Response(status_code=304)

    def as_dict() -> Any:
        return document

    document = json.loads((folder / "identity").read_bytes())
    plain.get("/identity")(as_dict)
    return Starlette(routes=[*routes, Route("/unchanged", unchanged), Mount("/dict", plain)])


def _route(path: Path) -> Route:
    body, coding = path.read_bytes(), path.name
    headers = {} if coding == "identity" else {"content-encoding": coding}

    async def answer(_: Request) -> Response:
        return Response(body, headers=headers, media_type="application/json")

    return Route(f"/{path.name}", answer)


def main(folder: Path) -> None:
    """Serve *folder*; the file ``bare.url`` in it says where."""
    settings = Settings()
    bound = socket.create_server(("127.0.0.1", 0))
    app = bare_app(folder)
    address = f"http://127.0.0.1:{bound.getsockname()[1]}"
    write_atomically(folder / "bare.url", address.encode())
    http = impatient(settings.header_timeout_s, 2 * settings.max_header_bytes)
    config = uvicorn.Config(app, log_level="warning", access_log=False, http=http)
    uvicorn.Server(config).run(sockets=[bound])


if __name__ == "__main__":
    main(Path(sys.argv[1]))
