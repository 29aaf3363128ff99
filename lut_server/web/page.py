"""
One page: a template, what stands in it, and the headers that keep it to this server.

Everything that comes from outside is escaped by the template engine.  The policy allows one style
sheet and one script of this server's and nothing inline, so that text which escaped escaping
still cannot run.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from functools import cache, partial
from typing import Annotated, Any

from fastapi import Depends, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse
from fastapi.routing import APIRoute
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from lut_server.deps import Running, Server
from lut_server.errors import problem_kind
from lut_server.tokens.token import Token, covers
from lut_server.web import words
from lut_server.web.assets import assets
from profiler.errors import HnaError
from profiler.pictures.canvas import grouped, unstyled

POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": POLICY,
    "cross-origin-opener-policy": "same-origin",
    "cache-control": "no-cache, private",
}

FORM_COOKIE = "hna_form"
"""Holds what a form must send back: another site's page cannot read it."""


@dataclass(frozen=True, slots=True)
class Pages:
    """
    Renders pages for one request.

    Args:
        request: who asks, and for what.
        server: what the app was made with.
    """

    request: Request
    server: Server

    @property
    def token(self) -> Token | None:
        """The token the request came with; None where the server is open."""
        token: Token | None = getattr(self.request.state, "token", None)
        return token

    @property
    def may_change(self) -> bool:
        """Whether whoever asks may pause or cancel."""
        return self.token is None or covers(self.token.scope, "admin")

    def __call__(self, template: str, status: int = 200, **values: Any) -> Response:
        """Return the page that *template* makes of *values*."""
        now = self.server.clock()
        known = self.request.cookies.get(FORM_COOKIE, "")
        form_token = known if known.isalnum() and len(known) == 32 else secrets.token_hex(16)
        html = (
            _templates()
            .get_template(template)
            .render(
                now=now,
                at=self.request.url.path,
                assets={name.partition(".")[0]: asset.path for name, asset in assets().items()},
                token=self.token,
                may_change=self.may_change,
                form_token=form_token,
                when=partial(words.time_tag, now=now),
                **values,
            )
        )
        response = HTMLResponse(html, status, HEADERS)
        if known != form_token:
            set_cookie(self.request, response, FORM_COOKIE, form_token)
        return response


async def pages(request: Request, running: Running) -> Pages:
    """Return what renders pages for this request."""
    return Pages(request, running)


Page = Annotated[Pages, Depends(pages)]


class PageRoute(APIRoute):
    """A route whose errors are pages, too."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return what answers a request."""
        answer = super().get_route_handler()

        async def answered(request: Request) -> Response:
            try:
                return await answer(request)
            except HnaError as error:
                kind = problem_kind(error)
                return _failed(request, kind.status, kind.title, str(error))
            except RequestValidationError as error:
                told = "; ".join(f"{fault['loc'][-1]}: {fault['msg']}" for fault in error.errors())
                return _failed(request, 422, "The address is invalid", told)

        return answered


def picture(svg: str) -> Markup:
    """Return a rendered picture for a template; this project's own drawing escapes its texts."""
    return Markup(unstyled(svg))


def set_cookie(request: Request, response: Response, name: str, value: str) -> None:
    """Set a cookie that scripts cannot read and other sites cannot send."""
    secure = request.url.scheme == "https"
    response.set_cookie(name, value, path="/", httponly=True, samesite="strict", secure=secure)


def _failed(request: Request, status: int, title: str, detail: str) -> Response:
    page = Pages(request, request.app.state.server)
    return page("error.html.j2", status, title=title, detail=detail)


@cache
def _templates() -> Environment:
    environment = Environment(
        loader=PackageLoader("lut_server.web", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "asked": words.asked,
        "grouped": grouped,
        "path": words.path,
        "share": words.share,
        "signed": words.signed,
        "tint": words.tint,
        "us": words.microseconds,
    }
    return environment
