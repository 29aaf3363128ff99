"""
How the JSON of requests is read: by pydantic's parser, on every route.

Reading a report, which is mostly numbers, with the standard library's parser costs more than
everything else the server does with it.  And that parser lets through what no UTF-8 can hold, half
of a surrogate pair, which would be a fault of the server wherever it is first written down.  What
a request means, and what is said of a wrong one, is as on every other route of the framework.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from json import JSONDecodeError
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute
from pydantic_core import from_json


class JsonRequest(Request):
    """A request whose JSON is read once, fast and strictly."""

    async def json(self) -> Any:
        """Return the body's value, or raise ``JSONDecodeError`` as FastAPI expects it."""
        if not hasattr(self, "_json"):
            body = await self.body()
            try:
                self._json = from_json(body)
            except ValueError as error:
                raise JSONDecodeError(str(error), "", 0) from error
        return self._json


class JsonRoute(APIRoute):
    """A route that reads its requests as ``JsonRequest`` does."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return what answers a request."""
        handle = super().get_route_handler()

        async def handle_json(request: Request) -> Response:
            return await handle(JsonRequest(request.scope, request.receive))

        return handle_json
