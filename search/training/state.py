"""
Everything a training has reached: weights, their average, optimizer, the best epoch so far.

``as_dict`` and ``restore`` are each other's inverse to the bit, so a resumed training ends where
an uninterrupted one does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

import torch
from torch import Tensor, nn

from profiler.errors import RunInvalid
from search.distributed import World
from search.evaluation import device_of
from search.training.plan import TrainingPlan, TrainingResult

VERSION = 2
"""1: the first.  2: the scale of fp16 gradients, figures on the test list."""

_EMA_START = 10

Weights = dict[str, Tensor]


class TrainingState:
    """
    The moving parts of one training.

    Args:
        module: the network; its weights move with the training.
        plan: how it is trained.
    """

    def __init__(self, module: nn.Module, plan: TrainingPlan) -> None:
        self.module = module
        self.plan = plan
        self.optimizer = plan.make_optimizer(module.parameters())
        self.scaler = torch.amp.GradScaler(device_of(module).type, enabled=plan.precision == "fp16")
        self.average = copied(module.state_dict()) if plan.ema_decay else None
        self.step = 0
        self.losses: list[float] = []
        self.mious: list[float] = []
        self.test_mious: list[tuple[int, float]] = []
        self.best_epoch = 0
        self.best_miou: float | None = None
        self.best: Weights = {}

    @property
    def epoch(self) -> int:
        """How many epochs are finished."""
        return len(self.losses)

    def candidate(self) -> Weights:
        """Return the weights that are validated: the average if there is one."""
        return copied(self.average or self.module.state_dict())

    @contextmanager
    def as_candidate(self) -> Iterator[Weights]:
        """Put the candidate's weights into the module for a while and hand them out."""
        candidate, own = self.candidate(), copied(self.module.state_dict())
        self.module.load_state_dict(candidate)
        try:
            yield candidate
        finally:
            self.module.load_state_dict(own)

    def share_statistics(self, world: World) -> None:
        """Average what each process has seen for itself: the statistics of batch norm."""
        statistics = {name: x for name, x in self.module.named_buffers() if x.is_floating_point()}
        averaged = [self.average[name] for name in statistics] if self.average else []
        world.average([*statistics.values(), *averaged])

    @torch.no_grad()
    def update_average(self) -> None:
        """Move the average towards the weights; faster at the beginning, when it knows little."""
        if self.average is None:
            return
        decay = min(self.plan.ema_decay, (1 + self.step) / (_EMA_START + self.step))
        for name, tensor in self.module.state_dict().items():
            if tensor.is_floating_point():
                self.average[name].lerp_(tensor, 1 - decay)
            else:
                self.average[name].copy_(tensor)

    def keep_if_best(self, weights: Weights, miou: float | None) -> None:
        """Keep *weights* unless an earlier epoch validated better; of equals the later one."""
        if miou is None or self.best_miou is None or miou >= self.best_miou:
            self.best, self.best_miou, self.best_epoch = weights, miou, self.epoch

    def result(self) -> TrainingResult:
        """Return what has come of the training so far."""
        return TrainingResult(
            best_epoch=self.best_epoch,
            best_miou=self.best_miou,
            losses=tuple(self.losses),
            validation_mious=tuple(self.mious),
            test_mious=tuple(self.test_mious),
        )

    def as_dict(self) -> dict[str, Any]:
        """Return what a checkpoint holds."""
        return {
            "version": VERSION,
            "plan": asdict(self.plan),
            "module": self.module.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "scaler": self.scaler.state_dict(),
            "average": self.average,
            "step": self.step,
            "losses": self.losses,
            "mious": self.mious,
            "test_mious": self.test_mious,
            "best_epoch": self.best_epoch,
            "best_miou": self.best_miou,
            "best": self.best,
        }

    def restore(self, state: Mapping[str, Any], source: str) -> None:
        """
        Go back to what ``as_dict`` returned.

        Args:
            state: the content of a checkpoint.
            source: the file it came from, for messages.

        Raises:
            RunInvalid: it is no training, or one of another plan or another network.
        """
        if state.get("version") != VERSION:
            raise RunInvalid(
                f"{source}: training checkpoint version {state.get('version')!r}, "
                f"this program reads {VERSION}; start in another folder"
            )
        self._require_plan(state["plan"], source)
        try:
            self.module.load_state_dict(state["module"])
            self.optimizer.load_state_dict(state["optimizer"])
        except (RuntimeError, ValueError) as error:
            raise RunInvalid(f"{source} is of another network; start in another folder") from error
        if self.scaler.is_enabled():
            self.scaler.load_state_dict(state["scaler"])
        self._restore_progress(state)

    def _restore_progress(self, state: Mapping[str, Any]) -> None:
        device = {name: tensor.device for name, tensor in self.module.state_dict().items()}
        if state["average"] is not None:
            self.average = {name: x.to(device[name]) for name, x in state["average"].items()}
        self.best = dict(state["best"])
        self.step = state["step"]
        self.losses, self.mious = list(state["losses"]), list(state["mious"])
        self.test_mious = [(epoch, miou) for epoch, miou in state["test_mious"]]
        self.best_epoch, self.best_miou = state["best_epoch"], state["best_miou"]

    def _require_plan(self, plan: Mapping[str, Any], source: str) -> None:
        changed = [
            f"{name} was {plan.get(name)!r}, now {value!r}"
            for name, value in asdict(self.plan).items()
            if plan.get(name) != value
        ]
        if changed:
            raise RunInvalid(
                f"{source} is of another plan ({'; '.join(changed)}); "
                "resume with the same plan or start in another folder"
            )


def copied(weights: Mapping[str, Tensor]) -> Weights:
    """Return *weights* in memory of their own, so that further steps do not change them."""
    return {name: tensor.detach().clone() for name, tensor in weights.items()}
