"""
Forms: read, and refused unless a page of this server's was filled in.

An open server on loopback trusts whoever reaches it, and so does a browser whose cookie holds a
token; a page of another site could have either of them send a form.  So a form repeats the value
of a cookie only this server's pages can know.  Browsers also say which site a form is from, and
the edge (``lut_server.edge``) lets those of other sites pass nowhere.
"""

from __future__ import annotations

import hmac
from typing import Annotated
from urllib.parse import parse_qsl

from fastapi import Depends, Request

from lut_server.web.page import FORM_COOKIE
from profiler.errors import HnaError, OriginRefused

MOST_BYTES = 8_192
FIELD = "form_token"


async def form_of(request: Request) -> dict[str, str]:
    """
    Return the fields of a form that a page of this server sent.

    Raises:
        OriginRefused: another site's page sent it, or the page was left open too long.
        HnaError: it is too long.
    """
    fields = await _fields(request)
    require_own(request, fields.get(FIELD, ""))
    return fields


Form = Annotated[dict[str, str], Depends(form_of)]


def require_own(request: Request, sent: str) -> None:
    """Raise ``OriginRefused`` unless *request* comes from a page of this server."""
    expected = request.cookies.get(FORM_COOKIE, "")
    if not expected or not hmac.compare_digest(expected.encode(), sent.encode()):
        raise OriginRefused(
            "this form was not sent by a page of this server, or the page is too old; go back, "
            "reload it and send it again"
        )


async def _fields(request: Request) -> dict[str, str]:
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > MOST_BYTES:
            raise HnaError(f"a form of more than {MOST_BYTES} bytes; send less")
    return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
