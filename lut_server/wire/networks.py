"""Networks that searches found, and what they were predicted and measured to take."""

from __future__ import annotations

from typing import Self

from pydantic import Field, FiniteFloat, model_validator

from lut_server.wire.message import Message
from profiler.operations import Operation, SegmentationNetwork

Latency = FiniteFloat
"""Microseconds."""


class SearchedNetwork(Message):
    """
    A search says what it found: ``POST /v1/networks``; idempotent by an id the search makes.

    ``accuracy`` holds metrics by name, as fractions; ``software`` is ``name=version`` of what
    searched.  What was not measured or not asked for is absent, never zero.
    """

    id: str = Field(pattern=r"^[A-Za-z0-9-]{8,64}$")
    name: str = Field(min_length=1, max_length=200)
    network: Operation
    table: str = Field(min_length=1, max_length=300)
    table_version: str = Field(min_length=1, max_length=64)
    predicted_us: Latency = Field(gt=0)
    measured_us: Latency | None = Field(default=None, gt=0)
    measured_low_us: Latency | None = Field(default=None, gt=0)
    measured_high_us: Latency | None = Field(default=None, gt=0)
    measurement_id: str | None = Field(default=None, max_length=200)
    budget_us: Latency | None = Field(default=None, gt=0)
    accuracy: dict[str, FiniteFloat] = Field(default_factory=dict, max_length=50)
    searched_at: str = Field(min_length=10, max_length=40)
    software: tuple[str, ...] = Field(default=(), max_length=200)

    @model_validator(mode="after")
    def _is_one_network_and_one_interval(self) -> Self:
        if not isinstance(self.network, SegmentationNetwork):
            raise ValueError(
                f"a {self.network.kind} is no whole network; publish what was searched"
            )
        if (self.measured_low_us is None) != (self.measured_high_us is None):
            raise ValueError("measured_low_us and measured_high_us: give both ends, or neither")
        return self


class SearchedNetworkView(SearchedNetwork):
    """A searched network as the server keeps it."""

    published_at: str
