"""What ``hna agent`` and ``hna onboard`` can be told of the server, the backend and the machine."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from profiler.errors import HnaError


class Plan(StrEnum):
    """How long to measure."""

    DEFAULT = "default"
    QUICK = "quick"


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentOptions:
    """The options of whoever runs an agent; the help of each says what it is."""

    server: Annotated[
        str | None, typer.Option(help="Address of the server.", envvar="HNA_SERVER")
    ] = None
    enrol: Annotated[
        str | None,
        typer.Option(
            help="Code from hna token enrol, turned into a token of this agent's own, once.",
            envvar="HNA_ENROL",
            metavar="CODE",
        ),
    ] = None
    backend: Annotated[
        str, typer.Option(help="Such as onnxruntime or tensorrt; hna doctor lists them.")
    ] = "onnxruntime"
    threads: Annotated[int, typer.Option(min=1, help="Threads of one inference.")] = 1
    option: Annotated[
        list[str] | None,
        typer.Option(
            help="Option of the backend, repeatable, such as provider=cuda or precision=fp16.",
            metavar="NAME=VALUE",
        ),
    ] = None
    state_dir: Annotated[
        Path | None,
        typer.Option(help="Folder of the spool and the lock; default ~/.local/state/hna."),
    ] = None
    poll_seconds: Annotated[
        float, typer.Option(min=0.05, help="Time between two questions for work.")
    ] = 2.0
    quiet_seconds: Annotated[
        float, typer.Option(min=0, help="Wait so long at most for other processes to finish.")
    ] = 20.0
    cores: Annotated[
        str | None,
        typer.Option(
            help="Cores to measure on, such as 4-7 or arm-cortex-a76; the fastest kind by default."
        ),
    ] = None
    governor: Annotated[
        str | None, typer.Option(help="Frequency governor while measuring, such as performance.")
    ] = None
    gpu_clock: Annotated[
        str | None, typer.Option(help="Clock the GPU is locked at while measuring: MHz, or tdp.")
    ] = None
    gpu: Annotated[str, typer.Option(help="Which GPU is locked: index or UUID.")] = "0"
    jetson_clocks: Annotated[
        bool, typer.Option("--jetson-clocks", help="Raise a Jetson's clocks while measuring.")
    ] = False
    share_device: Annotated[
        bool, typer.Option("--share-device", help="Run beside another agent of this device.")
    ] = False
    label: Annotated[
        list[str] | None,
        typer.Option(help="Label by which campaigns may choose the device, repeatable."),
    ] = None
    plan: Annotated[Plan, typer.Option(help="How long to measure.")] = Plan.DEFAULT
    cold: Annotated[
        bool, typer.Option("--cold", help="Also measure with caches flushed before each execution.")
    ] = False
    energy_seconds: Annotated[
        float,
        typer.Option(min=0, help="Count the energy of each operation for so long; 0 does not."),
    ] = 0.0
    health_minutes: Annotated[
        float, typer.Option(min=0, help="Time between two health checks; 0 makes none.")
    ] = 10.0

    @property
    def address(self) -> str:
        """
        The server's address.

        Raises:
            HnaError: none is named.
        """
        if self.server is None:
            raise HnaError("which server? name it with --server or in the variable HNA_SERVER")
        return self.server
