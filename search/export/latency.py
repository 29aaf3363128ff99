"""
How long the exported files take here, beside each other.

The files are run in turn, round after round, so that a burst of foreign load meets all of them;
the order within a round changes.  This compares files on the machine that exports; what a network
costs on its device is measured there, by its agent.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter_ns

import numpy as np

from search.export.onnx_module import open_session

WARM_UPS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Latency:
    """
    One file's latency on the machine that exported it, on one image.

    Args:
        median_us: of the rounds, in microseconds.
        low_us: lower quartile.
        high_us: upper quartile.
        rounds: how many executions.
    """

    median_us: float
    low_us: float
    high_us: float
    rounds: int


def interleaved_latencies(
    files: Mapping[str, Path], shape: tuple[int, int, int, int], *, rounds: int, threads: int = 1
) -> dict[str, Latency]:
    """
    Return the latency of each of *files* in ONNX Runtime on the CPU.

    Args:
        files: ONNX files by name.
        shape: N, C, H, W of the image they are run on.
        rounds: executions of each, at least one.
        threads: of one inference.

    Raises:
        BackendFailed: ONNX Runtime cannot load a file.
    """
    executes = {name: _execution(path, shape, threads) for name, path in files.items()}
    samples_us: dict[str, list[float]] = {name: [] for name in files}
    order, shuffler = list(files), random.Random(0)
    for number in range(-WARM_UPS, rounds):
        shuffler.shuffle(order)
        for name in order:
            sample_us = executes[name]()
            if number >= 0:
                samples_us[name].append(sample_us)
    return {name: _summary(samples) for name, samples in samples_us.items()}


def _execution(path: Path, shape: tuple[int, int, int, int], threads: int) -> Callable[[], float]:
    session = open_session(path, threads=threads)
    (image,) = session.get_inputs()
    kind = np.float16 if image.type == "tensor(float16)" else np.float32
    feed = {image.name: np.random.default_rng(0).standard_normal(shape).astype(kind)}

    def execute() -> float:
        start = perf_counter_ns()
        session.run(None, feed)
        return (perf_counter_ns() - start) / 1e3

    return execute


def _summary(samples_us: list[float]) -> Latency:
    low_us, median_us, high_us = np.percentile(samples_us, [25, 50, 75]).tolist()
    return Latency(median_us=median_us, low_us=low_us, high_us=high_us, rounds=len(samples_us))
