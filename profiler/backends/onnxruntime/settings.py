"""What one can choose of the onnxruntime backend.  Loads no ONNX Runtime."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from profiler.backends.onnxruntime.providers import (
    Provider,
    ProviderOptions,
    fixed_options,
    parse_provider_options,
    provider_named,
)
from profiler.errors import BackendUnavailable

LEVELS = ("none", "basic", "extended", "all")


@dataclass(frozen=True, kw_only=True)
class Settings:
    """
    How ONNX Runtime runs.

    Args:
        threads: of one inference on the CPU; a GPU is fed by one.
        optimisation: graph optimisation level: none, basic, extended or all.
        provider: who computes; see ``PROVIDERS``.
        precision: ``fp32``, or ``fp16`` where the provider has it.
        device: number of the GPU, from 0, where the provider computes on one.
        tf32: whether the provider may round the factors of fp32 products to 10 bits, ``off`` or
            ``on``; by default off where the provider can be told.
        provider_options: further options of the provider, ``name=value;name=value``.

    Raises:
        BackendUnavailable: a value there is not, or values that contradict each other.
    """

    threads: int = 1
    optimisation: str = "all"
    provider: str = "cpu"
    precision: str = "fp32"
    device: int = 0
    tf32: str = ""
    provider_options: str = ""

    def __post_init__(self) -> None:
        wrong = [*self._unknown(), *self._contradictory()]
        if wrong:
            raise BackendUnavailable(f"onnxruntime: {wrong[0]}")

    @cached_property
    def chosen(self) -> Provider:
        """The provider."""
        return provider_named(self.provider)

    @cached_property
    def told(self) -> ProviderOptions:
        """What the provider is told, and what decides its speed."""
        fixed = fixed_options(self.chosen, self.precision, self.threads, self.tf32 or "off")
        return fixed | parse_provider_options(self.provider_options)

    @property
    def options(self) -> tuple[str, ...]:
        """What an environment says of them, beside provider, precision and threads; sorted."""
        said = {"graph_optimisation": self.optimisation, **self.told}
        if self.chosen.tf32 == "on":
            said["tf32"] = "on"
        return tuple(sorted(f"{name}={value}" for name, value in said.items()))

    def _unknown(self) -> Iterator[str]:
        if self.optimisation not in LEVELS:
            yield f"graph optimisation {self.optimisation!r}; choose one of {', '.join(LEVELS)}"
        if self.tf32 not in ("", "off", "on"):
            yield f"tf32 {self.tf32!r}; choose off or on"
        if self.precision == "int8":
            yield (
                "precision 'int8' needs images to calibrate with, which an operation does not have;"
                " hna export quantises a trained network"
            )
        elif self.precision not in self.chosen.precisions:
            offered = " and ".join(self.chosen.precisions)
            yield f"precision {self.precision!r}: {self.chosen.ort_name} is measured in {offered}"

    def _contradictory(self) -> Iterator[str]:
        name = self.chosen.ort_name
        if self.chosen.on_gpu and self.threads != 1:
            yield f"threads={self.threads} on a GPU, which one thread feeds; leave it at 1"
        if self.device and not self.chosen.on_gpu:
            yield f"device={self.device}, but {name} computes on no GPU; leave it out"
        if self.tf32 and not self.chosen.tf32:
            yield f"tf32={self.tf32}, but {name} knows no such thing; leave it out"
        if self.tf32 == "off" and self.chosen.tf32 == "on":
            yield f"tf32=off, but {name} cannot be told; take provider=cuda or backend tensorrt"
        fixed = fixed_options(self.chosen, self.precision, self.threads, self.tf32 or "off")
        ours = {*fixed, "device_id", "user_compute_stream"}
        for option in sorted(ours & set(parse_provider_options(self.provider_options))):
            yield f"provider option {option!r} is set by this project; leave it out"
