"""
What can be set about the server, from ``HNA_SERVER_*`` environment variables or the command line.

Nothing is read at import; ``Settings()`` reads.
"""

from __future__ import annotations

import ipaddress
import os
from pathlib import Path
from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, Field, InstanceOf, ValidationError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from lut_server.engines.place import Place, place_of
from profiler.errors import HnaError

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
        host: address to listen at; off loopback, requests need a token.
        port: port to listen at; 0 lets the system choose.
        database: path of a SQLite file, or address of a PostgreSQL database.
        require_tokens: whether requests need a token on loopback, too.
        lease_seconds: how long a job is an agent's without renewal.
        suspect_pause_s: how long to wait before an operation measured in too few clean rounds is
            measured again, in seconds.
        busy_timeout_s: how long a transaction waits for another one, in seconds.
    """

    model_config: ClassVar[SettingsConfigDict] = SettingsConfigDict(
        env_prefix="HNA_SERVER_", frozen=True, extra="forbid"
    )

    host: str = DEFAULT_HOST
    port: int = Field(default=DEFAULT_PORT, ge=0, le=65535)
    database: Annotated[InstanceOf[Place], NoDecode, BeforeValidator(place_of)] = Field(
        default_factory=lambda: place_of(default_database())
    )
    require_tokens: bool = False
    lease_seconds: float = Field(default=120.0, gt=0)
    suspect_pause_s: float = Field(default=30.0, ge=0)
    busy_timeout_s: float = Field(default=30.0, gt=0)


def settings_from(**given: Any) -> Settings:
    """
    Return the settings of the environment with those *given* that are not None before them.

    Raises:
        HnaError: one is impossible; names it.
    """
    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        fault = error.errors()[0]
        name = ".".join(map(str, fault["loc"]))
        raise HnaError(
            f"setting {name}={fault['input']!r}: {fault['msg']}; see hna serve --help"
        ) from error


def is_loopback(host: str) -> bool:
    """Return whether nobody but this machine can reach *host*."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
