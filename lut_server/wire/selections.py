"""What a campaign is about: which operations, on which devices, in which environment."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import asdict
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from lut_server.wire.message import Message
from profiler.device import Environment
from profiler.errors import HnaError
from profiler.space import Decode

LABEL = r"^[A-Za-z0-9][A-Za-z0-9._/=+-]{0,62}$"
"""What a device's label looks like, such as ``lab-2`` or ``rack=7``."""

MOST_LABELS = 32

Label = Annotated[str, Field(pattern=LABEL)]
Name = Annotated[str, Field(min_length=1, max_length=200)]
Size = Annotated[int, Field(ge=1, le=65_536)]


def require_labels(labels: Iterable[str]) -> tuple[str, ...]:
    """
    Return *labels*, each of which can be one.

    Raises:
        HnaError: one cannot, or there are too many.
    """
    given = tuple(labels)
    for label in given:
        if not re.fullmatch(LABEL, label):
            raise HnaError(
                f"label {label!r}: use 1 to 63 letters, digits and . _ / = + - and begin with a "
                "letter or digit"
            )
    if len(given) > MOST_LABELS:
        raise HnaError(f"{len(given)} labels; a device has at most {MOST_LABELS}")
    return given


class DeviceSelection(Message):
    """
    Devices that meet everything that is said here.

    ``fingerprints`` are whole or beginnings; a device has one of them, is of one of ``models``
    and has all ``labels``.  What is empty excludes nobody, but one of the three is needed.
    Devices that retired are chosen by fingerprint only.
    """

    fingerprints: tuple[Name, ...] = Field(default=(), max_length=10_000)
    models: tuple[Name, ...] = Field(default=(), max_length=1_000)
    labels: tuple[Label, ...] = Field(default=(), max_length=MOST_LABELS)

    @model_validator(mode="after")
    def _chooses(self) -> Self:
        if not (self.fingerprints or self.models or self.labels):
            raise ValueError("choose devices by fingerprints, models or labels")
        return self


class EnvironmentParts(Message):
    """
    Parts of an environment; those that are not given match any.

    Each device measures in the first environment it offers that matches; with no parts, that is
    its first one.  All parts of an environment match that one only.
    """

    runtime: str | None = None
    runtime_version: str | None = None
    provider: str | None = None
    precision: str | None = None
    threads: int | None = None
    options: tuple[str, ...] | None = None
    power_mode: str | None = None

    @classmethod
    def of(cls, environment: Environment) -> Self:
        """Return all parts of *environment*, which match that one only."""
        return cls(**asdict(environment))

    def match(self, environment: Environment) -> bool:
        """Return whether *environment* has all that is given."""
        given = self.model_dump(exclude_none=True)
        return all(getattr(environment, name) == value for name, value in given.items())

    @property
    def label(self) -> str:
        """The parts that are given, for people."""
        given = self.model_dump(exclude_none=True).items()
        return ", ".join(f"{name} {value}" for name, value in given) or "any"


def _parts(value: Any) -> Any:
    return EnvironmentParts.of(value) if isinstance(value, Environment) else value


SomeEnvironment = Annotated[EnvironmentParts, BeforeValidator(_parts)]
"""Parts of an environment, or in Python also a whole ``Environment``."""


class SpaceSelection(Message):
    """
    The operations of a search space, as a search would ask for them.

    ``parts`` are ``operations``, what networks of one topology are made of, and so many random
    ``networks`` drawn with ``seed`` for a certificate; or ``inputs``, what says what every input
    of every cell costs before there is a topology.  ``topology`` is a name
    (``profiler.space.KNOWN_TOPOLOGIES``; ``meta`` is the whole meta architecture), and ``gene``,
    the text of a gene file read in the order ``decode``, stands before it.  ``candidates`` are
    names of candidates or of candidate sets; those of ``options`` unless given.
    """

    channels: str = "two"
    backbone: str = "resnet_18"
    height: Size = 256
    width: Size = 256
    batch: Annotated[int, Field(ge=1, le=4_096)] = 1
    options: str = "paper"
    candidates: tuple[str, ...] = Field(default=(), max_length=100)
    parts: Literal["operations", "inputs"] = "operations"
    topology: str = "meta"
    gene: str | None = Field(default=None, max_length=10_000)
    decode: Decode = "consistent"
    networks: int = Field(default=0, ge=0, le=1_000)
    seed: int = 0

    @model_validator(mode="after")
    def _inputs_have_no_networks(self) -> Self:
        if self.parts == "inputs" and (self.networks or self.gene is not None):
            raise ValueError("inputs belong to no topology: leave out gene and networks")
        return self
