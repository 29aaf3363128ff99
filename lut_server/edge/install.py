"""The edge put around an application, as its settings say."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware

from lut_server.edge.edge import Edge, Limits
from lut_server.edge.rates import Rates
from lut_server.errors import problem_responses
from lut_server.settings import Settings
from profiler.errors import (
    BodyEncoded,
    BodyTooLarge,
    BodyTooSlow,
    HeadersTooLarge,
    RequestTooOften,
    StoreFailed,
)

WRONG_CODES_PER_MINUTE, WRONG_CODES_AT_ONCE = 6, 10
"""How many enrolment codes one address may get wrong: of 2**60, some 9,000 a day."""

EVERYWHERE: dict[int | str, dict[str, Any]] = {
    status: described
    for status, described in problem_responses(
        BodyTooLarge, BodyTooSlow, BodyEncoded, HeadersTooLarge, RequestTooOften, StoreFailed
    ).items()
    if status != 422
}
"""What the OpenAPI document says of every endpoint."""


def install_edge(app: FastAPI, settings: Settings) -> None:
    """
    Put the edge around *app*; call it last, so that nothing is outside of it.

    Pages of other sites are answered only where their site is listed, and never with what a
    browser would send by itself (cookies): a token has to be put into the request by the page.
    """
    app.state.wrong_codes = Rates(
        WRONG_CODES_PER_MINUTE / 60.0, WRONG_CODES_AT_ONCE, "wrong enrolment codes"
    )
    if settings.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.cors_origins,
            allow_methods=("GET", "POST", "PUT", "DELETE"),
            allow_headers=("authorization", "content-type", "if-none-match", "x-request-id"),
            expose_headers=("etag", "retry-after", "x-request-id"),
            allow_credentials=False,
        )
    limits = Limits(
        body_bytes=settings.max_body_bytes,
        header_bytes=settings.max_header_bytes,
        body_timeout_s=settings.body_timeout_s,
        origins=frozenset(settings.cors_origins),
        rates=Rates(settings.rate, settings.requests_at_once, "requests")
        if settings.rate
        else None,
    )
    app.add_middleware(Edge, limits=limits, logged=settings.access_log)
