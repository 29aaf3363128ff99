"""
Trials: the networks a supernet cannot tell apart are trained for a while, and the best goes on.

Successive halving (Jamieson and Talwalkar, AISTATS 2016): all begin the very training the network
found will have, after each round the better half goes on, and the last one finishes.  Nothing is
trained twice: a trial is the beginning of its network's training.  Judged on validation images
only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import fmean

from torch import nn

from profiler.atomic import write_atomically
from profiler.errors import RunInvalid
from search.data.dataset import Dataset
from search.progress import EpochReport, OnEpoch, ignore
from search.training.loop import CHECKPOINT, train
from search.training.plan import TrainingPlan, TrainingResult

FOLDER = "trials"
"""Where their checkpoints are, in the run folder."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialPlan:
    """
    How networks are tried.

    Args:
        networks: how many begin; 1 tries none.
        epochs: of each round.
        spread: how different they are: scale of the noise on the scores they are derived from.

    Raises:
        RunInvalid: a number no trial can have.
    """

    networks: int = 1
    epochs: int = 1
    spread: float = 0.02

    def __post_init__(self) -> None:
        if min(self.networks, self.epochs) < 1:
            raise RunInvalid(
                f"trials: networks={self.networks}, epochs={self.epochs}; each at least 1"
            )

    def rounds(self, epochs: int) -> list[tuple[int, int]]:
        """
        Return, for each round, how many networks run and up to which epoch.

        Args:
            epochs: of the whole training, which no round goes beyond.

        >>> TrialPlan(networks=4, epochs=5).rounds(24)
        [(4, 5), (2, 10)]
        """
        rounds = []
        running, until = self.networks, self.epochs
        while running > 1:
            rounds.append((running, min(until, epochs)))
            running, until = running // 2, until + self.epochs
        return rounds


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """
    One network that was tried.

    Args:
        number: of the network, in the order given.
        epochs: how far it was trained.
        miou: foreground IoU on the validation images, the mean of the last round's epochs.
    """

    number: int
    epochs: int
    miou: float


def race(
    makers: Sequence[Callable[[], nn.Module]],
    dataset: Dataset,
    training: TrainingPlan,
    trials: TrialPlan,
    *,
    run: Path,
    on_epoch: OnEpoch = ignore,
) -> list[Trial]:
    """
    Train the networks against each other; return the trials, the winner's first.

    Called again with the same arguments it goes on where it stopped.

    Args:
        makers: each makes a network with its first weights; the first ``trials.networks`` are
            tried.
        dataset: trains on ``train``, compares on ``validation``.
        training: the whole training, of which a trial is the beginning.
        trials: how many, how long.
        run: folder of the run; the winner's checkpoint is put there, for its training to go on.
        on_epoch: told of every epoch; the phase is ``trial``.

    Raises:
        RunInvalid: there are no validation images to compare on, or a checkpoint of another run.
        TrainingDiverged: a loss is no number.
    """
    running = list(range(min(trials.networks, len(makers))))
    if len(running) < 2:
        return []
    if not dataset.validation:
        raise RunInvalid("trials compare networks on validation images; hold some out")
    found: dict[int, Trial] = {}
    plan = replace(trials, networks=len(running))
    for count, until in plan.rounds(training.epochs):
        running = running[:count]
        for place, number in enumerate(running):
            tell = _numbered(on_epoch, place, count, until)
            trained = train(
                makers[number](),
                dataset,
                training,
                run=_folder(run, number),
                on_epoch=tell,
                until=until,
            )
            found[number] = _judged(number, trained, until, trials.epochs)
        running.sort(key=lambda number: -found[number].miou)
    _hand_over(run, running[0])
    rest = sorted(set(found) - set(running[:1]), key=lambda n: (-found[n].epochs, -found[n].miou))
    return [found[number] for number in (running[0], *rest)]


def _hand_over(run: Path, winner: int) -> None:
    """Let the run go on from where the winner is, unless it already went on."""
    if not (run / CHECKPOINT).exists():
        write_atomically(run / CHECKPOINT, (_folder(run, winner) / CHECKPOINT).read_bytes())


def _folder(run: Path, number: int) -> Path:
    return run / FOLDER / str(number)


def _judged(number: int, trained: TrainingResult, until: int, last: int) -> Trial:
    mious = trained.validation_mious[max(0, until - last) : until]
    return Trial(number=number, epochs=until, miou=fmean(mious))


def _numbered(on_epoch: OnEpoch, place: int, count: int, until: int) -> OnEpoch:
    def tell(report: EpochReport) -> None:
        values: Mapping[str, float] = {"network": place + 1, "of": count, **report.values}
        on_epoch(EpochReport(phase="trial", epoch=report.epoch, epochs=until, values=values))

    return tell
