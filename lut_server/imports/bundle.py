"""
Bundles: a table with what it rests on, as one file that moves between labs.

A bundle holds the table, if wished its measurements with their raw samples, its certificates, and
a manifest with the SHA-256 of every part and one over all of them.  The manifest follows from the
parts to the byte, and the archive from both, so a bundle of which one byte was changed is refused,
with the part that differs.  What an attacker changes throughout only a signature shows.

Format history: 1 (2026-11) the first.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from pydantic import ValidationError

from lut_server.documents import adapter
from lut_server.imports.archive import compressed, pack, uncompressed, unpack
from lut_server.imports.signing import public_key, sign, verify
from profiler.certificates import Certificate
from profiler.errors import BundleInvalid, HnaError
from profiler.formats import About, read_tables, write_tables
from profiler.measurement import Session
from profiler.table import Table

FORMAT = 1
MAX_BYTES = 1 << 30
TABLE, SESSIONS, CERTIFICATES = "table.jsonl.gz", "sessions.jsonl.gz", "certificates.jsonl.gz"
MANIFEST, SIGNATURE = "manifest.json", "signature.json"

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """
    What is in a bundle.

    Args:
        table: the table.
        sessions: its measurements with raw samples; None where the bundle has none.
        certificates: of the table.
        signed_by: public key of who signed it; None where nobody did.
    """

    table: Table
    sessions: tuple[Session, ...] | None = None
    certificates: tuple[Certificate, ...] = ()
    signed_by: str | None = None


def write_bundle(bundle: Bundle, seed: bytes | None = None) -> bytes:
    """
    Return *bundle* as a file; equal bundles are equal files.

    Args:
        bundle: to be packed; by whom it was signed before does not matter.
        seed: private key to sign it with; unsigned where None.
    """
    parts = {TABLE: compressed(write_tables([bundle.table], "jsonl").data)}
    if bundle.sessions is not None:
        parts[SESSIONS] = compressed(_lines(Session, bundle.sessions))
    if bundle.certificates:
        parts[CERTIFICATES] = compressed(_lines(Certificate, bundle.certificates))
    parts[MANIFEST] = _manifest(parts, bundle.table)
    if seed is not None:
        parts[SIGNATURE] = _signature(public_key(seed), sign(parts[MANIFEST], seed))
    return pack(parts)


def read_bundle(
    data: bytes, source: str, *, signer: str | None = None, max_bytes: int = MAX_BYTES
) -> Bundle:
    """
    Return what is in a bundle.

    Args:
        data: the file.
        source: its name.
        signer: public key of who must have signed it; anybody or nobody where None.
        max_bytes: what each part may unpack to.

    Raises:
        BundleInvalid: it is none, was changed, or is not signed by *signer*.
    """
    parts = unpack(data, source)
    missing = [name for name in (TABLE, MANIFEST) if name not in parts]
    if missing:
        raise BundleInvalid(f"{source} is no bundle: it has no {' and no '.join(missing)}")
    _require_parts(parts, source)
    signed_by = _signed_by(parts, source)
    if signer is not None and signed_by != signer.lower():
        raise BundleInvalid(f"{source} is signed by {signed_by or 'nobody'}, not by {signer:.64}")
    table = _table(uncompressed(parts[TABLE], TABLE, source, max_bytes), source)
    if _manifest(parts, table) != parts[MANIFEST] or pack(parts) != data:
        raise BundleInvalid(f"{source}: its manifest or the archive around its parts was changed")
    texts = {
        name: uncompressed(parts[name], name, source, max_bytes)
        for name in (SESSIONS, CERTIFICATES)
        if name in parts
    }
    return Bundle(
        table=table,
        sessions=_read(Session, texts[SESSIONS], SESSIONS, source) if SESSIONS in texts else None,
        certificates=_read(Certificate, texts.get(CERTIFICATES, b""), CERTIFICATES, source),
        signed_by=signed_by,
    )


def _manifest(parts: Mapping[str, bytes], table: Table) -> bytes:
    """Return the manifest that follows from the parts."""
    held = {name: part for name, part in sorted(parts.items()) if name not in (MANIFEST, SIGNATURE)}
    hashes = {name: hashlib.sha256(part).hexdigest() for name, part in held.items()}
    content = "".join(f"{digest}  {name}\n" for name, digest in hashes.items())
    document = {
        "hna_bundle": FORMAT,
        "table": table.name,
        "version": table.version,
        "parts": {
            name: {"bytes": len(part), "sha256": hashes[name]} for name, part in held.items()
        },
        "content_sha256": hashlib.sha256(content.encode()).hexdigest(),
    }
    return json.dumps(document, indent=1).encode()


def _require_parts(parts: Mapping[str, bytes], source: str) -> None:
    """Check every part against the manifest, so that the one that differs is named."""
    manifest = _json(parts[MANIFEST], MANIFEST, source)
    if manifest.get("hna_bundle") != FORMAT:
        raise BundleInvalid(
            f"{source} is a bundle of version {manifest.get('hna_bundle')!r:.20}, not {FORMAT}"
        )
    listed = manifest.get("parts")
    held = parts.keys() - {MANIFEST, SIGNATURE}
    if not isinstance(listed, dict) or listed.keys() != held:
        raise BundleInvalid(f"{source}: its manifest lists other parts than {', '.join(held)}")
    for name in sorted(held):
        said = listed[name].get("sha256") if isinstance(listed[name], dict) else None
        if said != hashlib.sha256(parts[name]).hexdigest():
            raise BundleInvalid(f"{source}: {name} is not the part its manifest lists")


def _signature(public: str, signature: str) -> bytes:
    document = {"algorithm": "ed25519", "public_key": public, "signature": signature}
    return json.dumps(document, indent=1).encode()


def _signed_by(parts: Mapping[str, bytes], source: str) -> str | None:
    if SIGNATURE not in parts:
        return None
    document = _json(parts[SIGNATURE], SIGNATURE, source)
    public, signature = str(document.get("public_key")), str(document.get("signature"))
    if _signature(public, signature) != parts[SIGNATURE]:
        raise BundleInvalid(f"{source}: {SIGNATURE} is not as bundles are signed")
    verify(parts[MANIFEST], signature, public, source)
    return public


def _table(text: bytes, source: str) -> Table:
    try:
        _, tables = read_tables(text, About(source=f"{source}: {TABLE}"), "jsonl")
    except HnaError as error:
        raise BundleInvalid(str(error)) from error
    if len(tables) != 1:
        raise BundleInvalid(f"{source} holds {len(tables)} tables; a bundle is of one")
    return tables[0]


def _lines(kind: type, values: Sequence[object]) -> bytes:
    return b"".join(adapter(kind).dump_json(value) + b"\n" for value in values)


def _read(kind: type[T], text: bytes, name: str, source: str) -> tuple[T, ...]:
    try:
        return tuple(adapter(kind).validate_json(line) for line in text.splitlines())
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise BundleInvalid(f"{source}: {name}: {where}: {first['msg']}") from error


def _json(part: bytes, name: str, source: str) -> dict[str, object]:
    try:
        document = json.loads(part)
    except (ValueError, RecursionError) as error:
        raise BundleInvalid(f"{source}: {name} is no JSON: {error}") from error
    if not isinstance(document, dict):
        raise BundleInvalid(f"{source}: {name} is no object")
    return document
