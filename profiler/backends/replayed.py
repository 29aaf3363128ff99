"""
A simulated device that replays a published table: known latencies, with noise of a known size.

It answers the whole networks its file holds, by their names, and the operations of this project
(the sentinels among them) by the formula of the simulated backend.  What the file does not hold
it refuses.  The published latency is the median of what it draws; what is known of real devices
is that samples of one session vary by 3.5 % and sessions by 0.44 % (medians of a published
table of a Jetson's GPU).  Published latencies of single runs hold their own noise, too: it is
part of what is replayed, and nobody can tell it from the device.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np

from profiler.backends.port import Backend, Prepared
from profiler.device import Device, Environment
from profiler.errors import BackendUnavailable, OperationUnsupported, TableInvalid
from profiler.formats.networks import PublishedNetworks, read_networks
from profiler.measurement import Timer
from profiler.operations import ForeignOperation, Operation, operation_key

SAMPLE_NOISE = 0.035
SESSION_NOISE = 0.0044

OPTION = "replay="
"""What the option of an environment begins with that names what is replayed."""


class ReplayedBackend:
    """
    Answers with published latencies.

    Args:
        formula: answers everything that is not published.
        published: the file.
        device: which device of the file this is.
        sample_noise: relative standard deviation of one execution.
        session_noise: relative standard deviation of an operation between sessions; a backend that
            is opened anew is another session once other operations came before this one.
        seed: equal seeds and equal orders, equal samples.

    Raises:
        BackendUnavailable: the file does not hold the device, or noise below zero.
    """

    def __init__(
        self,
        formula: Backend,
        published: PublishedNetworks,
        device: str,
        *,
        sample_noise: float,
        session_noise: float,
        seed: int,
    ) -> None:
        if min(sample_noise, session_noise) < 0:
            raise BackendUnavailable(
                f"replay_noise={sample_noise} and session_noise={session_noise}; relative standard "
                "deviations are >= 0"
            )
        try:
            self._latencies_us = published.on(device)
        except TableInvalid as error:
            raise BackendUnavailable(f"option device: {error}") from error
        self._formula = formula
        self._published = published
        self._device = device
        self._noise = (sample_noise, session_noise)
        self._seed = seed
        self._history = hashlib.sha256()
        inner = formula.environment
        own = (
            f"{OPTION}{published.format}@{published.sha256[:12]}",
            f"replay_noise={sample_noise:g}",
            f"session_noise={session_noise:g}",
        )
        self.environment: Environment = replace(
            inner, provider="replay", options=tuple(sorted((*inner.options, *own)))
        )

    @property
    def name(self) -> str:
        """Name in the registry."""
        return self._formula.name

    @property
    def timer(self) -> Timer:
        """The clock it times with: none."""
        return self._formula.timer

    def device(self, machine: Device) -> Device:
        """Return the published device, simulated; one of it for each machine."""
        text = f"replayed {machine.fingerprint} {self._published.sha256} {self._device}"
        return replace(
            self._formula.device(machine),
            fingerprint=hashlib.sha256(text.encode()).hexdigest(),
            model=self._device,
            name=f"{self._device} of {self._published.source}",
        )

    def prepare(self, operation: Operation) -> AbstractContextManager[Prepared]:
        """Look the latency up; see the port."""
        if not isinstance(operation, ForeignOperation):
            return self._formula.prepare(operation)
        return self._replay(operation)

    @contextmanager
    def _replay(self, operation: ForeignOperation) -> Iterator[Prepared]:
        published_us = self._published_us(operation)
        self._history.update(operation_key(operation).encode())
        text = f"{self._seed} {operation_key(operation)} {self._history.hexdigest()}"
        digest = hashlib.sha256(text.encode()).digest()
        generator = np.random.default_rng(int.from_bytes(digest[:8], "big"))
        sample_noise, session_noise = self._noise
        session_us = published_us * np.exp(session_noise * generator.standard_normal())

        def execute(times: int) -> float:
            spread = sample_noise / times**0.5
            return float(session_us * np.exp(spread * generator.standard_normal()))

        yield Prepared(execute=execute)

    def _published_us(self, operation: ForeignOperation) -> float:
        known = operation.format == self._published.format and operation.batch == 1
        if not known or operation.name not in self._latencies_us:
            raise OperationUnsupported(
                f"{self._published.source} holds no {operation_key(operation):.300}; it holds "
                f"{len(self._latencies_us)} networks of format {self._published.format}"
            )
        return self._latencies_us[operation.name]


def replay(
    formula: Backend, path: str, device: str, *, noise: float, session_noise: float, seed: int
) -> ReplayedBackend:
    """
    Return the backend that replays a file.

    Args:
        formula: answers everything that is not published.
        path: of the file; see ``profiler.formats.networks``.
        device: which device of the file this is.
        noise: relative standard deviation of one execution.
        session_noise: the same between sessions.
        seed: of the noise.

    Raises:
        BackendUnavailable: no such file, none of this kind, or a device it does not hold.
    """
    if formula.environment.threads != 1:
        raise BackendUnavailable(
            f"threads={formula.environment.threads}: what is replayed was measured as it was; "
            "leave threads out"
        )
    try:
        published = read_networks(Path(path))
    except TableInvalid as error:
        raise BackendUnavailable(f"option replay: {error}") from error
    return ReplayedBackend(
        formula, published, device, sample_noise=noise, session_noise=session_noise, seed=seed
    )


def replays(environment: Environment) -> str | None:
    """Return the format whose networks devices in *environment* replay; None for all others."""
    for option in environment.options:
        if environment.runtime == "simulated" and option.startswith(OPTION):
            return option.removeprefix(OPTION).partition("@")[0]
    return None
