"""
The style sheet, the script and the icon: served under a name that holds their hash, for ever.

A page names the file it was made with, so a new release is another address and a browser never
asks again for what it has.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from fastapi import APIRouter, Response

from lut_server.web.words import TINTS
from profiler.pictures.canvas import STYLE

KINDS = {
    "page.css": "text/css; charset=utf-8",
    "live.js": "text/javascript; charset=utf-8",
    "icon.svg": "image/svg+xml",
}
FOR_EVER = "public, max-age=31536000, immutable"
PREFIX = "/static/"

LIGHTEST, DARKEST, DARKEST_BY_NIGHT = 4, 72, 50
"""Percent of the heat colour in the first and last tint; light ink asks for less of it."""

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Asset:
    """A file and its address."""

    path: str
    media_type: str
    body: bytes


@cache
def assets() -> dict[str, Asset]:
    """Return all files by name; read once."""
    return {name: _asset(name, kind) for name, kind in KINDS.items()}


@router.get(PREFIX + "{name}")
async def asset(name: str) -> Response:
    """Return a file of the page."""
    found = next((each for each in assets().values() if each.path == PREFIX + name), None)
    if found is None:
        return Response("no such file of this release; reload the page", 404)
    headers = {"cache-control": FOR_EVER}
    return Response(found.body, media_type=found.media_type, headers=headers)


def _asset(name: str, media_type: str) -> Asset:
    body = (files("lut_server.web") / "static" / name).read_bytes()
    if name == "page.css":
        body = b"\n".join((body, _tints().encode(), STYLE.encode()))
    digest = hashlib.sha256(body).hexdigest()[:12]
    stem, _, suffix = name.partition(".")
    return Asset(f"{PREFIX}{stem}-{digest}.{suffix}", media_type, body)


def _tints() -> str:
    by_night = _tints_up_to(DARKEST_BY_NIGHT)
    return f"{_tints_up_to(DARKEST)}@media (prefers-color-scheme:dark){{{by_night}}}"


def _tints_up_to(darkest: int) -> str:
    step = (darkest - LIGHTEST) / (TINTS - 1)
    parts = [f"var(--heat) {LIGHTEST + i * step:.1f}%" for i in range(TINTS)]
    return "".join(
        f".h{i}{{background:color-mix(in srgb,{part},var(--paper))}}"
        for i, part in enumerate(parts)
    )
