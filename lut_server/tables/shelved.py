"""
A table ready to be sent: its bytes in every representation, each made when it is first asked for.

It is sent often and compressed once, so it is compressed well: zstd at a level that is still
quick for tables of ten thousand rows, gzip at its usual one.
"""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from functools import cached_property

import zstandard

from lut_server.documents import adapter
from lut_server.tables.negotiation import JSON, JSON_LINES, PARQUET, Choice, Media
from profiler.formats import format_named
from profiler.table import Entry, Table

ZSTD_LEVEL = 9
GZIP_LEVEL = 6

Header = tuple[bytes, bytes]

_FORMATS: dict[Media, str] = {JSON_LINES: "jsonl", PARQUET: "parquet"}
"""Which of our table formats a media type is; JSON on the wire is pydantic's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Representation:
    """
    Bytes to be sent.

    Args:
        body: of the answer.
        headers: of the answer, for ASGI.
        unchanged: the headers of an answer 304, which has no body.
    """

    body: bytes
    headers: tuple[Header, ...]
    unchanged: tuple[Header, ...]


class ShelvedTable:
    """
    One version of a table; threads may share it.

    Args:
        name: of the table.
        version: hash of the content.
        changes: the change counter of the table it was computed at.
        entries: how many rows it has.
        body_zstd: the table as JSON, compressed with zstd.
    """

    def __init__(
        self, *, name: str, version: str, changes: int, entries: int, body_zstd: bytes
    ) -> None:
        self.name = name
        self.version = version
        self.changes = changes
        self.entries = entries
        self._zstd = body_zstd
        self._made: dict[Choice, Representation] = {}

    @cached_property
    def body(self) -> bytes:
        """The table as JSON."""
        return zstandard.decompress(self._zstd)

    @cached_property
    def table(self) -> Table:
        """The value."""
        table: Table = adapter(Table).validate_json(self.body)
        return table

    @cached_property
    def entries_json(self) -> dict[str, bytes]:
        """Every entry as JSON, by its key."""
        write = adapter(Entry).dump_json
        return {entry.key: write(entry) for entry in self.table.entries}

    def made(self, choice: Choice) -> Representation | None:
        """Return a representation, if it was ever asked for; costs nothing."""
        return self._made.get(choice)

    def representation(self, choice: Choice) -> Representation:
        """
        Return the table as *choice* says.

        Raises:
            ExtraMissing: Parquet, and pyarrow is not installed.
        """
        made = self._made.get(choice)
        if made is None:
            made = self._made[choice] = self._make(choice)
        return made

    def _make(self, choice: Choice) -> Representation:
        body = self._coded(choice)
        lasting = (
            (b"etag", choice.etag(self.version).encode()),
            (b"cache-control", b"no-cache"),
            (b"vary", b"accept, accept-encoding"),
        )
        content = [(b"content-type", choice.media.encode())]
        content.append((b"content-length", str(len(body)).encode()))
        if choice.coding != "identity":
            content.append((b"content-encoding", choice.coding.encode()))
        return Representation(body=body, headers=(*content, *lasting), unchanged=lasting)

    def _coded(self, choice: Choice) -> bytes:
        match choice.coding:
            case "identity":
                return self._plain(choice.media)
            case "gzip":
                return gzip.compress(self._plain(choice.media), GZIP_LEVEL, mtime=0)
            case "zstd" if choice.media == JSON:
                return self._zstd
            case "zstd":
                return compressed(self._plain(choice.media))

    def _plain(self, media: Media) -> bytes:
        if media == JSON:
            return self.body
        return format_named(_FORMATS[media]).write((self.table,)).data


def compressed(body: bytes) -> bytes:
    """Return *body* compressed with zstd, its size and a checksum inside."""
    return zstandard.ZstdCompressor(level=ZSTD_LEVEL, write_checksum=True).compress(body)
