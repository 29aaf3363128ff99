"""
Who was measured, and how it was set up: devices and environments.

Identity is apart from condition.  A device model with an environment names a table; temperature,
clocks and load are conditions, recorded beside a number and never part of a key.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import ClassVar

from profiler.errors import HnaError
from profiler.operations.checks import FORBID_UNKNOWN_FIELDS

PRECISIONS = ("fp32", "fp16", "int8")


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """
    One piece of hardware, described by what does not change between reboots.

    Args:
        fingerprint: hash of the identity of this one unit.
        model: what all units of its kind share, such as ``amd-epyc-2-cores``; the table's half.
        name: what people call it.
        architecture: instruction set, such as ``x86_64``.
        cores: logical processors.
        memory_bytes: main memory.
        system: operating system and release.
        clusters: kinds of core and their numbers, such as ``0-3 arm-cortex-a55``; empty where all
            are of one kind.
        host_model: the model of the machine an accelerator sits in; None for a machine itself.
        simulated: no hardware at all; every number is made up.
        emulated: real software on an emulated processor; latencies mean nothing.
    """

    __pydantic_config__: ClassVar = FORBID_UNKNOWN_FIELDS

    fingerprint: str
    model: str
    name: str
    architecture: str
    cores: int
    memory_bytes: int
    system: str
    clusters: tuple[str, ...] = ()
    host_model: str | None = None
    simulated: bool = False
    emulated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """
    What must match for two latencies of one device model to be comparable.

    Args:
        runtime: name of the backend, such as ``onnxruntime`` or ``tensorrt``.
        runtime_version: of the runtime, such as ``1.31.1``.
        provider: what executes inside the runtime, such as ``CPUExecutionProvider``.
        precision: ``fp32``, ``fp16`` or ``int8``.
        threads: threads one inference may use.
        options: further settings that change speed, such as the graph optimisation level, the
            driver of a GPU, or which cores of a machine with several kinds are used;
            ``name=value`` texts, sorted.
        power_mode: name of the power mode, such as ``15w``, or ``default``.

    Raises:
        HnaError: an unknown precision or no thread at all.
    """

    __pydantic_config__: ClassVar = FORBID_UNKNOWN_FIELDS

    runtime: str
    runtime_version: str
    provider: str
    precision: str = "fp32"
    threads: int = 1
    options: tuple[str, ...] = ()
    power_mode: str = "default"

    def __post_init__(self) -> None:
        if self.precision not in PRECISIONS:
            raise HnaError(f"precision {self.precision!r}; choose one of {', '.join(PRECISIONS)}")
        if self.threads < 1:
            raise HnaError(f"threads={self.threads}; at least 1 is needed")

    @property
    def label(self) -> str:
        """One line for people, such as ``onnxruntime 1.31.1, CPUExecutionProvider, fp32, ...``."""
        plural = "thread" if self.threads == 1 else "threads"
        parts = (
            f"{self.runtime} {self.runtime_version}",
            self.provider,
            self.precision,
            f"{self.threads} {plural}",
            *self.options,
        )
        return ", ".join(parts)


def environment_digest(environment: Environment) -> str:
    """Return the first 12 hexadecimal digits of the SHA-256 of *environment*."""
    text = json.dumps(asdict(environment), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def table_name(device_model: str, environment: Environment) -> str:
    """
    Return the name of the table of a device model in an environment.

    It is a URL path segment: ``<device model>@<runtime>-<digest>``.
    """
    return f"{device_model}@{environment.runtime}-{environment_digest(environment)}"
