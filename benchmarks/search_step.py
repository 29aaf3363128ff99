"""
What a step of the search costs: ``python -m benchmarks.search_step [--size 256] [--batch 8]``.

The shipped topology, ``two`` channels, 12 candidates.  The baseline is the plain method of
benchmarks/plain with the same weights, images and sampled paths; both run in processes of their
own, taking turns step by step, so that peak memory can be told apart.  Ours is the step a search
takes: ``full_v2`` (equal mathematics) and ``two`` (another estimator of the same gradient, from a
pair of candidates for each cell).  A schedule is 13 weight and 2 architecture steps, as in the
shipped run.  The full size, which is the default here, needs 20 GB and a machine at rest; all
benchmarks together run it at a reduced size and say so.
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter

import torch
from torch import Tensor

from benchmarks.figures import Figure, at_most, report, say
from benchmarks.plain.stage1 import PlainStage1
from benchmarks.plain.stage2 import PlainStage2, PlainSupernet
from profiler.errors import HnaError
from profiler.space import MetaSpace, Topology, cell_candidates, named_space
from search.losses import soft_iou_loss
from search.resume import to_device
from search.stage1.supernet import Stage1Supernet
from search.stage2.supernet import Stage2Supernet

WEIGHT_STEPS, ARCH_STEPS = 13, 2
"""Of one epoch of the shipped search (spec 3.6)."""

PICKS = {
    (0, 0): (0,), (0, 1): (0,), (0, 2): (0,), (0, 3): (0,), (0, 4): (0,),
    (1, 0): (0, 1, 4, 5), (1, 1): (1, 3, 4, 5), (1, 2): (2, 2, 5, 5), (1, 3): (3, 4, 4, 4),
    (2, 0): (1, 1, 2), (2, 1): (1, 2, 4), (2, 2): (2, 3, 4),
    (3, 0): (1, 2), (3, 1): (0, 3),
    (4, 0): (1,),
}  # fmt: skip
"""The shipped gene (spec 2.4)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """
    How much work a step is.

    Args:
        size: H and W of the images.
        batch: images in a step.
        rounds: how often every step is timed, after one round that is not.
    """

    size: int = 256
    batch: int = 8
    rounds: int = 5


REDUCED = Scale(size=64, batch=4, rounds=5)


def run(scale: Scale = REDUCED) -> list[Figure]:
    """Time steps of both stages beside those of the plain method."""
    require_equal_gradients()
    say(f"batch {scale.batch}, {scale.size} x {scale.size}, {torch.get_num_threads()} thread(s)")
    seconds, peaks = _timed(scale)
    for name, taken in seconds.items():
        low, _, high = quantiles(taken, n=4)
        say(f"{name:14} {median(taken):8.3f} s  [{low:.3f} - {high:.3f}]")
    for name, peak in peaks.items():
        say(f"{name:14} {peak / 2**20:8.0f} MiB at peak")
    return list(_figures(scale, seconds, peaks))


def require_equal_gradients() -> None:
    """
    Check on a small batch that both methods send alpha the same gradient.

    Raises:
        HnaError: they do not; one of them is wrong.
    """
    scale = Scale(size=32, batch=2)
    ours, plain = Ours("full_v2", scale), Plain(scale)
    plain.stage2.supernet.load_state_dict(
        {n: t for n, t in ours.supernet.state_dict().items() if not n.startswith("architecture.")}
        | {"alpha": ours.supernet.architecture.alpha.detach()}
    )
    # In double precision: a ReLU that flips in single precision is no difference of mathematics.
    for method, supernet in ((ours, ours.supernet), (plain, plain.stage2.supernet)):
        supernet.double()
        method.batch = (method.batch[0].double(), method.batch[1].double())
    a = ours.alpha_gradient(_active(0))
    b = plain.stage2.alpha_gradient(*plain.batch, _active(0))
    if not torch.allclose(a, b, rtol=1e-6, atol=1e-9 * float(b.abs().max())):
        raise HnaError("ours and the plain method send alpha different gradients; one is wrong")


class Plain:
    """The plain method."""

    def __init__(self, scale: Scale) -> None:
        self.batch = _batch(scale)
        space, topology = _searched(scale)
        self.stage2 = PlainStage2(PlainSupernet(space, topology))
        self._stage1 = PlainStage1(space.blocks).train()

    def weight(self, active: Sequence[int]) -> None:
        """Take a weight step."""
        self.stage2.weight_step(*self.batch, active)

    def architecture(self, active: Sequence[int]) -> None:
        """Take an architecture step."""
        self.stage2.architecture_step(*self.batch, active)

    def stage1(self, _: Sequence[int]) -> None:
        """Take a step of stage 1."""
        self._stage1.step(*self.batch)


class Ours:
    """The steps of a search in one mode."""

    def __init__(self, mode: str, scale: Scale) -> None:
        images, masks = _batch(scale)
        self.batch = (images.contiguous(memory_format=torch.channels_last), masks)
        self._mode = mode
        space, topology = _searched(scale)
        candidates = cell_candidates(space, topology, distinct=False)
        self.supernet = to_device(Stage2Supernet(space, topology, candidates), "cpu").train()
        self._optimiser = torch.optim.Adagrad(self.supernet.weights(), lr=0.01)
        alpha = self.supernet.architecture.alpha
        self._arch = torch.optim.Adam([alpha], lr=0.005, betas=(0.0, 0.999))
        self._stage1 = to_device(Stage1Supernet(space.blocks), "cpu").train()
        self._stage1_optimiser = torch.optim.Adagrad(self._stage1.parameters(), lr=0.01)
        self._generator = torch.Generator().manual_seed(0)

    def weight(self, active: Sequence[int]) -> None:
        """Take a weight step."""
        architecture = self.supernet.architecture
        path = architecture.weight_path(self._generator)
        path = type(path)(tuple(active), tuple((k,) for k in active), None, path.probabilities)
        images, masks = self.batch
        loss = soft_iou_loss(self.supernet(images, path), masks)
        self._optimiser.zero_grad()
        torch.autograd.backward(loss)
        self._optimiser.step()

    def architecture(self, active: Sequence[int]) -> None:
        """Take an architecture step."""
        self.supernet.architecture.alpha.grad = self.alpha_gradient(active)
        self._arch.step()

    def alpha_gradient(self, active: Sequence[int]) -> Tensor:
        """Return the gradient of the loss by alpha."""
        architecture, (images, masks) = self.supernet.architecture, self.batch
        involved = architecture.valid
        if self._mode == "two":
            others = [(k + 1 + row % 11) % 12 for row, k in enumerate(active)]
            pairs = torch.tensor([active, others]).T
            involved = torch.zeros_like(involved).scatter_(1, pairs, True)
        path = architecture.path_through(involved, self._generator, active)
        with self.supernet.frozen_statistics():
            logits = self.supernet(images, path, in_memory=self._mode != "full_v2")
            loss = soft_iou_loss(logits, masks)
            (gradient,) = torch.autograd.grad(loss, architecture.alpha)
        return gradient

    def stage1(self, _: Sequence[int]) -> None:
        """Take a step of stage 1."""
        images, masks = self.batch
        logits = self._stage1(images, 1.0, self._generator)
        self._stage1_optimiser.zero_grad()
        torch.autograd.backward(soft_iou_loss(logits, masks))
        self._stage1_optimiser.step()


METHODS = {
    "plain": Plain,
    "full_v2": partial(Ours, "full_v2"),
    "two": partial(Ours, "two"),
}
STAGE_2 = (
    ("plain", "weight"), ("full_v2", "weight"), ("two", "weight"),
    ("plain", "architecture"), ("full_v2", "architecture"), ("two", "architecture"),
)  # fmt: skip
STAGE_1 = (("plain", "stage1"), ("two", "stage1"))


def serve(connection: Connection, method: str, scale: Scale) -> None:
    """Take the steps asked for on *connection* and answer with their seconds, or with the peak."""
    stepping = METHODS[method](scale)
    _forget_peak()
    before = _memory_bytes("VmRSS")
    connection.send(0.0)
    while True:
        step, active = connection.recv()
        start = perf_counter()
        if step == "peak":
            connection.send(_memory_bytes("VmHWM") - before)
            continue
        getattr(stepping, step)(active)
        connection.send(perf_counter() - start)


def _timed(scale: Scale) -> tuple[dict[str, list[float]], dict[str, int]]:
    """Return the seconds of every step, and the bytes stage 2 needed beside the weights."""
    with _workers(scale) as workers:
        seconds = _take_turns(workers, STAGE_2, scale.rounds)
        peaks = {name: int(_ask(worker, "peak", 0)) for name, worker in workers.items()}
        seconds |= _take_turns(workers, STAGE_1, scale.rounds)
    return seconds, peaks


def _take_turns(
    workers: dict[str, Connection], steps: Sequence[tuple[str, str]], rounds: int
) -> dict[str, list[float]]:
    seconds: dict[str, list[float]] = {f"{method} {step}": [] for method, step in steps}
    for number in range(rounds + 1):
        for method, step in steps:
            taken_s = _ask(workers[method], step, number)
            if number > 0:
                seconds[f"{method} {step}"].append(taken_s)
        say(f"round {number} of {rounds}")
    return seconds


def _ask(worker: Connection, step: str, number: int) -> float:
    worker.send((step, _active(number)))
    answer: float = worker.recv()
    return answer


@contextmanager
def _workers(scale: Scale) -> Iterator[dict[str, Connection]]:
    context = multiprocessing.get_context("spawn")
    connections: dict[str, Connection] = {}
    processes = []
    for method in METHODS:
        ours, theirs = context.Pipe()
        process = context.Process(target=serve, args=(theirs, method, scale), daemon=True)
        process.start()
        theirs.close()  # a worker that dies, for want of memory, then ends the wait for it
        processes.append(process)
        connections[method] = ours
    try:
        for connection in connections.values():
            connection.recv()
        yield connections
    except (EOFError, BrokenPipeError, ConnectionResetError) as error:
        raise HnaError("a method did not fit into memory; choose a smaller --batch") from error
    finally:
        for process in processes:
            process.terminate()
            process.join()


def _figures(
    scale: Scale, seconds: dict[str, list[float]], peaks: dict[str, int]
) -> Iterator[Figure]:
    note = "" if scale == Scale() else f"_at_{scale.batch}x{scale.size}"
    plain = _schedule(seconds["plain weight"], seconds["plain architecture"])
    for mode in ("two", "full_v2"):
        ours = _schedule(seconds[f"{mode} weight"], seconds[f"{mode} architecture"])
        yield _half(f"stage2_step_{mode}{note}", ours, plain)
    for mode in ("two", "full_v2"):
        of = (seconds[f"{mode} architecture"], seconds["plain architecture"])
        yield _half(f"stage2_architecture_step_{mode}{note}", *of)
    weight_s, plain_weight_s = (median(seconds[f"{m} weight"]) for m in ("two", "plain"))
    yield at_most(f"stage2_weight_step{note}", weight_s, plain_weight_s, "s", plain_weight_s)
    stage1_s, plain_stage1_s = (median(seconds[f"{m} stage1"]) for m in ("two", "plain"))
    yield at_most(f"stage1_step{note}", stage1_s, plain_stage1_s, "s", plain_stage1_s)
    for mode in ("two", "full_v2"):
        ours_mib, plain_mib = peaks[mode] / 2**20, peaks["plain"] / 2**20
        yield at_most(f"search_memory_{mode}{note}", ours_mib, plain_mib, "MiB", plain_mib)


def _half(name: str, ours_s: Sequence[float], plain_s: Sequence[float]) -> Figure:
    """Return a figure whose goal is half of what the plain method needs."""
    return at_most(name, median(ours_s), median(plain_s) / 2, "s", median(plain_s))


def _schedule(weight_s: Sequence[float], arch_s: Sequence[float]) -> list[float]:
    """Return the mean seconds of a step of the shipped schedule, by round."""
    steps = WEIGHT_STEPS + ARCH_STEPS
    return [
        (WEIGHT_STEPS * w + ARCH_STEPS * a) / steps for w, a in zip(weight_s, arch_s, strict=True)
    ]


def _searched(scale: Scale) -> tuple[MetaSpace, Topology]:
    space = named_space("two", "resnet_18", height=scale.size, width=scale.size)
    return space, Topology.from_picks(PICKS, "compat")


def _batch(scale: Scale) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(0)
    shape = (scale.batch, 1, scale.size, scale.size)
    images = torch.randn(scale.batch, 3, scale.size, scale.size, generator=generator)
    return images, (torch.rand(shape, generator=generator) > 0.999).float()


def _active(number: int) -> list[int]:
    """Return the path of a round: over 12 rounds each cell runs each candidate once."""
    return [(number + 5 * row) % 12 for row in range(12)]


def _forget_peak() -> None:
    """Begin the peak anew: a process inherits that of the one it was forked from."""
    Path("/proc/self/clear_refs").write_text("5")


def _memory_bytes(field: str) -> int:
    """Return VmRSS (resident now) or VmHWM (its peak) of this process, in bytes."""
    status = Path("/proc/self/status").read_text()
    (line,) = (line for line in status.splitlines() if line.startswith(field + ":"))
    return int(line.split()[1]) * 1024


def main(arguments: Sequence[str]) -> None:
    """Run at the full size, or the one asked for."""
    full = Scale()
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--size", type=int, default=full.size)
    parser.add_argument("--batch", type=int, default=full.batch)
    parser.add_argument("--rounds", type=int, default=full.rounds)
    wanted, others = parser.parse_known_args(arguments)
    scale = Scale(size=wanted.size, batch=wanted.batch, rounds=max(2, wanted.rounds))
    report(lambda: run(scale), others)


if __name__ == "__main__":
    main(sys.argv[1:])
