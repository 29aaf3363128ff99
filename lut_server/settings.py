"""
What can be set about the server, from ``HNA_SERVER_*`` environment variables or the command line.

Nothing is read at import; ``Settings()`` reads.
"""

from __future__ import annotations

import ipaddress
import os
from pathlib import Path
from typing import ClassVar

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from profiler.errors import ListenFailed

DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 8765


def default_database() -> Path:
    """Return the per-user place of the database file."""
    data_home = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    return Path(data_home) / "hna" / "lut.db"


class Settings(BaseSettings):
    """
    Settings of one server.

    Args:
        host: address to listen at; loopback only, since there are no tokens yet.
        port: port to listen at; 0 lets the system choose.
        database: the SQLite file.
        lease_seconds: how long a job is an agent's without renewal.
        busy_timeout_s: how long a transaction waits for another one, in seconds.
    """

    model_config: ClassVar[SettingsConfigDict] = SettingsConfigDict(
        env_prefix="HNA_SERVER_", frozen=True, extra="forbid"
    )

    host: str = DEFAULT_HOST
    port: int = Field(default=DEFAULT_PORT, ge=0, le=65535)
    database: Path = Field(default_factory=default_database)
    lease_seconds: float = Field(default=120.0, gt=0)
    busy_timeout_s: float = Field(default=30.0, gt=0)


def require_loopback(host: str) -> None:
    """
    Check that nobody but this machine can reach *host*.

    Raises:
        ListenFailed: it is not a loopback address.
    """
    try:
        loopback = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        loopback = False
    if not loopback:
        raise ListenFailed(
            f"refusing to listen at {host}: this version has no tokens, so whoever reaches the "
            f"server may write to it; listen at {DEFAULT_HOST} and tunnel, e.g. with ssh -L"
        )
