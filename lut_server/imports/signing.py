"""
Signatures of bundles: Ed25519, by PyNaCl (the ``sign`` extra).

A signature proves that whoever holds the private key packed exactly this bundle.  It does not prove
that the numbers are true, nor whose key it is: compare public keys by another way than the bundle.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from profiler.errors import BundleInvalid, ExtraMissing, HnaError

CONTEXT = b"hna bundle 1\n"
"""Stands before what is signed, so that a signature of something else is none of a bundle."""


def make_key(path: Path) -> str:
    """
    Write a new private key to *path*, readable by its owner only, and return the public key.

    Raises:
        HnaError: there is a file already, or it cannot be written.
    """
    seed = os.urandom(32)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(seed.hex() + "\n")
    except FileExistsError as error:
        raise HnaError(f"{path} is there already; a key is never written over") from error
    except OSError as error:
        raise HnaError(f"{path} cannot be written: {error.strerror}") from error
    return public_key(seed)


def read_key(path: Path) -> bytes:
    """Return the private key in a file, or raise ``HnaError``."""
    try:
        seed = bytes.fromhex(path.read_text().strip())
    except OSError as error:
        raise HnaError(f"{path} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise HnaError(f"{path} holds no key; make one with: hna table key") from error
    if len(seed) != 32:
        raise HnaError(f"{path} holds no key; make one with: hna table key")
    return seed


def public_key(seed: bytes) -> str:
    """Return the public key of a private one, in hexadecimal."""
    return bytes(_signing().SigningKey(seed).verify_key).hex()


def sign(message: bytes, seed: bytes) -> str:
    """Return the signature of *message*, in hexadecimal."""
    signature: str = _signing().SigningKey(seed).sign(CONTEXT + message).signature.hex()
    return signature


def verify(message: bytes, signature: str, public: str, source: str) -> None:
    """
    Check that *signature* is of *message*, by the holder of the key *public*.

    Raises:
        BundleInvalid: it is not.
    """
    import nacl.exceptions

    try:
        key = _signing().VerifyKey(bytes.fromhex(public))
        key.verify(CONTEXT + message, bytes.fromhex(signature))
    except (nacl.exceptions.CryptoError, ValueError, TypeError) as error:
        raise BundleInvalid(
            f"{source}: its signature is not one of its manifest by {public!s:.64}"
        ) from error


def _signing() -> Any:
    """Return PyNaCl's module of signatures, or raise ``ExtraMissing``."""
    try:
        import nacl.signing
    except ModuleNotFoundError as error:
        raise ExtraMissing("nacl", "sign") from error
    return nacl.signing
