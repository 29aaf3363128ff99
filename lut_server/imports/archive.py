"""
A bundle's archive: a few named parts in a zip file, of which every byte is accounted for.

Parts are stored as they are, in the order of their names, with nothing of the machine or the hour
that made them, so that equal parts make equal archives, and an archive that is not what its parts
would make was changed.  Only the names of a bundle's parts are known; no path is ever followed.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Mapping

from profiler.errors import BundleInvalid

PARTS = (
    "certificates.jsonl.gz",
    "manifest.json",
    "sessions.jsonl.gz",
    "signature.json",
    "table.jsonl.gz",
)
"""Everything that can be in a bundle."""

THE_BEGINNING = (1980, 1, 1, 0, 0, 0)
"""Zip's first moment: a bundle says nothing of when it was packed."""


def pack(parts: Mapping[str, bytes]) -> bytes:
    """Return *parts*, by name, as one file."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(parts):
            member = zipfile.ZipInfo(name, THE_BEGINNING)
            member.create_system = 3
            archive.writestr(member, parts[name])
    return file.getvalue()


def unpack(data: bytes, source: str) -> dict[str, bytes]:
    """
    Return the parts of a file, by name.

    Raises:
        BundleInvalid: it is no archive, holds what no bundle does, or a part of it is damaged.
    """
    parts: dict[str, bytes] = {}
    name = "the archive"
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for member in archive.infolist():
                name = member.filename
                _require_plain(member, parts, len(data), source)
                parts[name] = archive.read(member)
    except (
        zipfile.BadZipFile,
        zlib.error,
        NotImplementedError,
        EOFError,
        OSError,
        ValueError,
    ) as e:
        raise BundleInvalid(f"{source}: {name!r:.80} is damaged: {e}") from e
    return parts


def compressed(text: bytes) -> bytes:
    """Return *text* as a part holds it."""
    packer = zlib.compressobj(6, wbits=31)
    return packer.compress(text) + packer.flush()


def uncompressed(part: bytes, name: str, source: str, max_bytes: int) -> bytes:
    """
    Return the text of a part.

    Raises:
        BundleInvalid: it is damaged, or longer than *max_bytes*.
    """
    unpacker = zlib.decompressobj(wbits=31)
    try:
        text = unpacker.decompress(part, max_bytes)
    except zlib.error as error:
        raise BundleInvalid(f"{source}: {name} is damaged: {error}") from error
    if not unpacker.eof or unpacker.unused_data:
        raise BundleInvalid(
            f"{source}: {name} was cut off, or unpacks to more than {max_bytes} bytes"
        )
    return text


def _require_plain(
    member: zipfile.ZipInfo, parts: Mapping[str, bytes], size: int, source: str
) -> None:
    """Check that a member is a part of a bundle, there once, stored as it is."""
    if member.filename not in PARTS:
        raise BundleInvalid(
            f"{source} holds {member.filename!r:.80}, which is no part of a bundle; the parts are "
            f"{', '.join(PARTS)}"
        )
    if member.filename in parts:
        raise BundleInvalid(f"{source} holds {member.filename} twice")
    if member.compress_type != zipfile.ZIP_STORED or member.file_size > size:
        raise BundleInvalid(f"{source}: {member.filename} is not stored as bundles store it")
