"""
Which addresses are pages, and when a cookie stands for a token; knows nothing of pages.

The API looks at headers only, so that no page of another site can have a browser use it; a page is
read with a cookie, and what changes something from a page is a form that proves where it is from
(``lut_server.web.forms``).
"""

from __future__ import annotations

import re
from urllib.parse import quote

from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.responses import RedirectResponse
from starlette.types import Scope

TOKEN_COOKIE = "hna_token"
LOGIN = "/login"

_OPEN = re.compile(r"/login|/logout|/static/[\w.-]+")
"""What a browser needs before it has a token."""

_PAGES = re.compile(
    r"/|/(?:devices|tables|compare|campaigns|certificates|networks)(?:/.*)?", re.DOTALL
)
"""What a person looks at; without a token a browser is sent to the login."""

_EVENTS = re.compile(r"/v1/campaigns/[^/]+/events")
"""The part of the API a page listens to; a browser sends no header with it, only cookies."""


def is_open(path: str) -> bool:
    """Return whether anybody may look at *path*, token or not."""
    return _OPEN.fullmatch(path) is not None


def is_page(path: str) -> bool:
    """Return whether *path* is a page that needs a token where the server asks for them."""
    return _PAGES.fullmatch(path) is not None


def takes_cookie(method: str, path: str) -> bool:
    """
    Return whether a cookie may stand for the token of a request.

    >>> takes_cookie("GET", "/tables"), takes_cookie("GET", "/v1/tables")
    (True, False)
    """
    return is_page(path) or (method == "GET" and _EVENTS.fullmatch(path) is not None)


def token_of(scope: Scope) -> str | None:
    """Return the token that the cookies of a request hold, where they count."""
    if not takes_cookie(scope["method"], scope["path"]):
        return None
    return cookie_parser(Headers(scope=scope).get("cookie", "")).get(TOKEN_COOKIE) or None


def to_login(scope: Scope) -> RedirectResponse:
    """Send a browser to the login, and back to where it wanted to go."""
    wanted = scope["path"] if scope["method"] in ("GET", "HEAD") else "/"
    query = scope["query_string"].decode("latin-1")
    back = quote(f"{quote(wanted)}?{query}" if query else quote(wanted))
    return RedirectResponse(f"{LOGIN}?next={back}", 303, {"cache-control": "no-store"})
