"""
``/login``: a token typed once, kept in a cookie that no script reads and no other site sends.

What the token may do is what its holder may do here.  The API under ``/v1`` looks at no cookie
(but for the events a page listens to, since a browser sends no header with those).
"""

from __future__ import annotations

from fastapi import APIRouter, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse

from lut_server.deps import Running
from lut_server.web.forms import Form
from lut_server.web.page import Page, PageRoute, set_cookie
from lut_server.web.places import LOGIN, TOKEN_COOKIE
from profiler.errors import TokenInvalid, TokenMissing

router = APIRouter(include_in_schema=False, route_class=PageRoute)


@router.get(LOGIN)
async def login_page(page: Page, next: str = "/") -> Response:
    """Ask for a token."""
    return page("login.html.j2", back=local(next), wrong="")


@router.post(LOGIN)
async def log_in(page: Page, form: Form, running: Running) -> Response:
    """Take a token, and go where one wanted to go."""
    back = local(form.get("next", "/"))
    secret = form.get("token", "").strip()
    try:
        await run_in_threadpool(running.access.admit, f"Bearer {secret}")
    except (TokenInvalid, TokenMissing) as error:
        return page("login.html.j2", 401, back=back, wrong=str(error))
    response = RedirectResponse(back, 303)
    set_cookie(page.request, response, TOKEN_COOKIE, secret)
    return response


@router.post("/logout")
async def log_out(form: Form) -> Response:
    """Forget the token."""
    response = RedirectResponse(LOGIN, 303)
    response.delete_cookie(TOKEN_COOKIE, path="/", httponly=True, samesite="strict")
    return response


def local(target: str) -> str:
    """
    Return *target* if it is a path of this server, else the first page.

    >>> local("/tables?q=1"), local("//evil.example"), local("https://evil.example")
    ('/tables?q=1', '/', '/')
    """
    own = target.startswith("/") and not target.startswith(("//", "/\\"))
    return target if own and target.isprintable() else "/"
