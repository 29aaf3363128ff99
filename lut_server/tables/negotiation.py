"""
Which representation of a table a request wants, by its headers (RFC 9110, 12).

Of what a client likes equally well, JSON comes before JSON Lines before Parquet, and zstd before
gzip before no compression.  Whoever does not name a coding is sent none.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, get_args

Media = Literal["application/json", "application/x-ndjson", "application/vnd.apache.parquet"]
Coding = Literal["zstd", "gzip", "identity"]

MEDIA: tuple[Media, ...] = get_args(Media)
CODINGS: tuple[Coding, ...] = get_args(Coding)

JSON, JSON_LINES, PARQUET = MEDIA

_SUFFIXES: dict[str, str] = {
    JSON: "",
    JSON_LINES: "-jsonl",
    PARQUET: "-parquet",
    "identity": "",
    "gzip": "-gzip",
    "zstd": "-zstd",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A media type and the coding it is sent in."""

    media: Media
    coding: Coding

    def etag(self, version: str) -> str:
        """
        Return the entity tag of a table in this representation: other bytes, another tag.

        Only JSON's is strong: the same table may become other bytes with another version of the
        library that writes Parquet.
        """
        tag = f'"{version}{_SUFFIXES[self.media]}{_SUFFIXES[self.coding]}"'
        return tag if self.media == JSON else f"W/{tag}"


@lru_cache(maxsize=256)
def choose(accept: str | None, accept_encoding: str | None) -> Choice | None:
    """
    Return what to send, or None where nothing we have is acceptable.

    Args:
        accept: the header of that name; None or empty accepts everything.
        accept_encoding: the header of that name.

    >>> choose("text/html, */*;q=0.1", "gzip, deflate").etag("f00d")
    '"f00d-gzip"'
    """
    wanted = _qualities(accept) if accept and accept.strip() else {"*/*": 1.0}
    media = max(MEDIA, key=lambda media: _media_quality(wanted, media))
    if _media_quality(wanted, media) == 0:
        return None
    # Parquet is compressed inside
    return Choice(media=media, coding="identity" if media == PARQUET else _coding(accept_encoding))


def is_current(if_none_match: str | None, media: Media, version: str) -> bool:
    """Return whether the header names this version, in any coding (compared weakly, 13.1.2)."""
    if not if_none_match:
        return False
    named = {part.strip().removeprefix("W/") for part in if_none_match.split(",")}
    tags = (Choice(media=media, coding=coding).etag(version) for coding in CODINGS)
    return "*" in named or any(tag.removeprefix("W/") in named for tag in tags)


def _media_quality(wanted: dict[str, float], media: str) -> float:
    """Return how much a media type is liked; what names it most exactly counts."""
    for name in (media, f"{media.partition('/')[0]}/*", "*/*"):
        if name in wanted:
            return wanted[name]
    return 0.0


def _coding(accept_encoding: str | None) -> Coding:
    wanted = _qualities(accept_encoding or "")
    anything = wanted.get("*", 0.0)
    liked = {coding: wanted.get(coding, anything) for coding in CODINGS}
    if "identity" not in wanted:
        liked["identity"] = 0.0  # it is always possible, but nobody asked for it
    best = max(CODINGS, key=lambda coding: liked[coding])
    return best if liked[best] > 0 else "identity"


def _qualities(header: str) -> dict[str, float]:
    """Return what a header names, with the quality of each; what cannot be read counts nothing."""
    qualities = {}
    for part in header.lower().split(","):
        name, *parameters = (piece.strip() for piece in part.split(";"))
        given = next((p.partition("=")[2] for p in parameters if p.startswith("q=")), "1")
        qualities[name] = _number(given)
    return qualities


def _number(text: str) -> float:
    try:
        return min(max(float(text), 0.0), 1.0)
    except ValueError:
        return 0.0
