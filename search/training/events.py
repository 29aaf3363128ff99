"""The numbers of every epoch as a TensorBoard event file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from profiler.errors import ExtraMissing
from search.progress import EpochReport, OnEpoch


@contextmanager
def event_file(run: Path) -> Iterator[OnEpoch]:
    """
    Yield what writes a report into an event file in *run*, readable at once.

    Raises:
        ExtraMissing: tensorboard is not installed.
    """
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError as error:
        raise ExtraMissing("tensorboard", "search") from error
    with SummaryWriter(log_dir=str(run)) as writer:

        def on_epoch(report: EpochReport) -> None:
            for name, value in report.values.items():
                tag = f"{report.phase}/{name}"
                writer.add_scalar(tag, value, report.epoch)
            writer.flush()

        yield on_epoch
