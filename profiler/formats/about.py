"""
What whoever brings a file says of it, because most formats do not: device, environment, unit.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from profiler.device import Environment
from profiler.errors import TableInvalid

Unit = Literal["us", "ms", "s"]

MICROSECONDS: dict[Unit, float] = {"us": 1.0, "ms": 1e3, "s": 1e6}
UNKNOWN = "unknown"

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,199}")


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """
    A file's name and hash, and what a person says of its numbers; None where nothing was said.

    Args:
        source: name of the file.
        sha256: of the file; ``read_tables`` sets it.
        device_model: what the numbers were measured on.
        runtime: what ran the operations.
        runtime_version: of it; without it, ``unknown``.
        provider: what executes inside the runtime; without it, ``unknown``.
        precision: number format computed in; without it, ``fp32``.
        threads: threads of one inference; without it, 1.
        options: further settings, ``name=value`` each.
        power_mode: of the device; without it, ``default``.
        unit: of the latencies, where the format has none or the file has another.
    """

    source: str
    sha256: str = ""
    device_model: str | None = None
    runtime: str | None = None
    runtime_version: str | None = None
    provider: str | None = None
    precision: str | None = None
    threads: int | None = None
    options: tuple[str, ...] = ()
    power_mode: str | None = None
    unit: Unit | None = None

    def model(self) -> str:
        """Return the device model, or raise ``TableInvalid`` where nobody said it."""
        return self._part("device model", self.device_model)

    def environment(self, **known: str) -> Environment:
        """
        Return the environment; *known* is what the file itself says of it.

        Raises:
            TableInvalid: nobody said the runtime.
            HnaError: an unknown precision or no thread at all.
        """
        return Environment(
            runtime=self._part("runtime", known.get("runtime") or self.runtime),
            runtime_version=known.get("runtime_version") or self.runtime_version or UNKNOWN,
            provider=known.get("provider") or self.provider or UNKNOWN,
            precision=known.get("precision") or self.precision or "fp32",
            threads=1 if self.threads is None else self.threads,
            options=tuple(sorted({*self.options, *known.get("options", "").split()})),
            power_mode=self.power_mode or "default",
        )

    def microseconds(self, usual: Unit | None) -> float:
        """
        Return how many microseconds the file's unit is; *usual* is the format's.

        Raises:
            TableInvalid: the format has none, and nobody said it.
        """
        unit = self.unit or usual
        if unit is None:
            raise TableInvalid(
                f"{self.source} does not say in which unit its latencies are; say it with --unit "
                "us, ms or s"
            )
        return MICROSECONDS[unit]

    def refuse(self, format: str, *names: str) -> None:
        """Check that nothing was said of what the file says itself, or raise ``TableInvalid``."""
        for name in names:
            if getattr(self, name) not in (None, ()):
                raise TableInvalid(
                    f"a file of format {format} says {name} itself; leave out "
                    f"--{name.replace('_', '-')}"
                )

    def _part(self, what: str, text: str | None) -> str:
        """Return *text* if it can be part of a table's name."""
        if text is None:
            raise TableInvalid(
                f"{self.source} does not say the {what} its numbers are of; say it with "
                f"--{what.replace(' ', '-')}"
            )
        if not _NAME.fullmatch(text):
            raise TableInvalid(
                f"{what} {text!r:.80} cannot name a table; use letters, digits and . _ + - only"
            )
        return text


def slug(text: str) -> str:
    """
    Return *text* as a device model can be written.

    >>> slug("Dragonwing RB3 Gen 2 Vision Kit")
    'dragonwing-rb3-gen-2-vision-kit'
    """
    return re.sub(r"[^a-z0-9._+]+", "-", text.lower()).strip("-._+")
