"""
An archive of samples: JSON Lines, compressed with zstd, one measurement a line.

Each batch is a frame of its own and is on the disk before ``write`` returns, so that what follows
may be let go.  Any program that reads zstd reads the file: ``zstd -dc FILE``.
"""

from __future__ import annotations

import io
import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import zstandard

from lut_server.documents import from_document, to_document
from lut_server.retention.repository import Held
from profiler.errors import ArchiveFailed
from profiler.measurement import Measurement

CHUNK_BYTES = 1 << 20


class Archive:
    """
    A new archive; made by ``open_archive``.

    Args:
        path: of its file.
        file: the same, opened for writing.
    """

    def __init__(self, path: Path, file: io.BufferedWriter) -> None:
        self._path = path
        self._file = file

    def write(self, batch: Sequence[Held]) -> None:
        """
        Add measurements; they are on the disk once this returns.

        Raises:
            ArchiveFailed: they could not be written.
        """
        lines = "".join(json.dumps(_document(held)) + "\n" for held in batch)
        try:
            self._file.write(zstandard.compress(lines.encode()))
            self._file.flush()
            os.fsync(self._file.fileno())
        except OSError as error:
            raise _unwritten(self._path, error) from error

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def open_archive(path: Path) -> Archive:
    """
    Make a new archive at *path*.

    Raises:
        ArchiveFailed: there is a file of that name, or none can be made.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("xb")
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)  # the name, too, is to be there after a power failure
        finally:
            os.close(folder)
    except OSError as error:
        raise _unwritten(path, error) from error
    return Archive(path, file)


def read_archive(path: Path) -> Iterator[Held]:
    """
    Yield the measurements of an archive, in the order written.

    Raises:
        ArchiveFailed: it cannot be read, or ends in the middle.
    """
    try:
        with path.open("rb") as file:
            rest = b""
            for text in _texts(file):
                *lines, rest = (rest + text).split(b"\n")
                yield from (_held(json.loads(line)) for line in lines)
    except (OSError, EOFError, ValueError, zstandard.ZstdError) as error:
        raise ArchiveFailed(f"{path} is no archive that can be read: {error}") from error


def _texts(file: io.BufferedReader) -> Iterator[bytes]:
    """Yield what frames hold, piece by piece; a frame that does not end is an ``EOFError``."""
    unpack: zstandard.ZstdDecompressionObj | None = None
    while packed := file.read(CHUNK_BYTES):
        while packed:
            unpack = unpack or zstandard.ZstdDecompressor().decompressobj()
            yield unpack.decompress(packed)
            packed = unpack.unused_data if unpack.eof else b""
            unpack = None if unpack.eof else unpack
    if unpack is not None:
        raise EOFError("it ends in the middle")


def _document(held: Held) -> dict[str, object]:
    return {
        "table": held.table,
        "session_id": held.session_id,
        "digest": held.digest,
        "measurement": to_document(held.measurement),
    }


def _held(document: dict[str, str]) -> Held:
    return Held(
        table=document["table"],
        session_id=document["session_id"],
        digest=document["digest"],
        measurement=from_document(Measurement, document["measurement"]),
    )


def _unwritten(path: Path, error: OSError) -> ArchiveFailed:
    return ArchiveFailed(
        f"{path} could not be written ({error.strerror}); its samples stay in the store, name "
        "another file with --archive"
    )
