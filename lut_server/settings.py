"""
What can be set about the server, from ``HNA_SERVER_*`` environment variables or the command line.

Nothing is read at import; ``Settings()`` reads.
"""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field, InstanceOf, ValidationError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from lut_server.engines.place import Place, place_of
from profiler.errors import HnaError

DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 8765
RATE_OFF_LOOPBACK = 100.0
"""Requests a second of one sender; an agent makes one or two, a search a few."""


def default_database() -> Path:
    """Return the per-user place of the database file."""
    data_home = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    return Path(data_home) / "hna" / "lut.db"


def origins_of(given: str | Iterable[str]) -> tuple[str, ...]:
    """
    Return the origins that *given* lists: scheme, host and port of web sites, nothing else.

    >>> origins_of("https://lab.example, http://localhost:3000")
    ('https://lab.example', 'http://localhost:3000')
    """
    words = given.replace(",", " ").split() if isinstance(given, str) else given
    origins = tuple(word.lower().removesuffix("/") for word in words)
    for origin in origins:
        parts = urlsplit(origin)
        if parts.scheme not in ("http", "https") or origin != f"{parts.scheme}://{parts.netloc}":
            raise ValueError(
                f"{origin!r} is no origin; list them like https://lab.example, each by itself: "
                "any site (*) could otherwise use an open server through its users' browsers"
            )
    return origins


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
        keep_samples_days: for how many days raw samples are kept, before only the median of each
            round is; for ever unless given.
        think_every_s: how often a process looks whether a campaign that chooses what to measure
            waits for it, in seconds; 0 leaves that to other servers on the same database.
        workers: how many processes serve.
        drain_s: how long a server that was told to stop still takes connections while it says
            that it is not ready, in seconds; a load balancer needs that long to notice.
        grace_s: how long requests in flight may take after that, in seconds.
        max_body_bytes: largest request that is taken.
        max_header_bytes: most that a request's address and headers may take together.
        header_timeout_s: how long a connection may take to come to a request, in seconds.
        body_timeout_s: how long a request's body may take to arrive, in seconds.
        requests_per_second: how many requests of one token, or of one address without, are
            answered in the long run; 0 is any number. Default: any on loopback, 100 off it.
        requests_at_once: how many more than that are answered in a burst.
        cors_origins: web sites whose pages may use this server, such as ``https://lab.example``,
            separated by commas or blanks.
        log_format: lines for people (``text``) or for programs (``json``).
        access_log: whether each request is a line of the log.
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
    keep_samples_days: float | None = Field(default=None, gt=0)
    think_every_s: float = Field(default=1.0, ge=0, le=86_400)
    workers: int = Field(default=1, ge=1, le=256)
    drain_s: float = Field(default=0.0, ge=0)
    grace_s: float = Field(default=5.0, gt=0)
    max_body_bytes: int = Field(default=64 * 2**20, ge=1)
    max_header_bytes: int = Field(default=32 * 2**10, ge=1024)
    header_timeout_s: float = Field(default=30.0, gt=0)
    body_timeout_s: float = Field(default=300.0, gt=0)
    requests_per_second: float | None = Field(default=None, ge=0)
    requests_at_once: int = Field(default=3000, ge=1)
    cors_origins: Annotated[tuple[str, ...], NoDecode, BeforeValidator(origins_of)] = ()
    log_format: Literal["text", "json"] = "text"
    access_log: bool = False

    @property
    def rate(self) -> float:
        """Requests a second that one sender is answered; 0 is any number."""
        if self.requests_per_second is not None:
            return self.requests_per_second
        return 0.0 if is_loopback(self.host) else RATE_OFF_LOOPBACK


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
