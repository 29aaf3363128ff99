"""How a running search looks on a terminal, and the summary it ends with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table as Grid

from lut_server.wire import CampaignView
from search.listener import Listener
from search.progress import EpochReport


@contextmanager
def search_progress(console: Console) -> Iterator[Listener]:
    """Yield a listener: a sentence for each phase, a bar for each where there is a terminal."""
    columns = (
        TextColumn("  {task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True) as bars:
        bar = bars.add_task("", total=None, visible=False)

        def on_phase(sentence: str) -> None:
            bars.reset(bar, total=None, visible=False, description="")
            console.print(f"[bold]{sentence}[/bold]")

        def on_epoch(report: EpochReport) -> None:
            numbers = ", ".join(f"{name} {value:.4g}" for name, value in report.values.items())
            bars.update(
                bar,
                visible=True,
                completed=report.epoch,
                total=report.epochs,
                description=f"epoch {report.epoch}: {numbers}",
            )
            if not console.is_terminal:
                console.print(f"  epoch {report.epoch}/{report.epochs}: {numbers}")

        told = ""

        def on_campaign(view: CampaignView) -> None:
            nonlocal told
            if view.waiting_for and view.waiting_for != told:
                console.print(f"  [yellow]waiting:[/yellow] {escape(view.waiting_for)}")
            told = view.waiting_for or ""
            state = "measuring" if view.jobs.get("leased", 0) else "waiting for the agent"
            bars.update(bar, visible=True, description="done" if view.finished else state)

        def on_swap(done: int, total: int) -> None:
            bars.update(
                bar,
                visible=True,
                completed=done,
                total=total,
                description="candidates tried in the supernet",
            )

        yield Listener(
            on_phase=on_phase, on_epoch=on_epoch, on_campaign=on_campaign, on_swap=on_swap
        )


def print_summary(console: Console, result: Mapping[str, Any], folder: Path) -> None:
    """Print what a person wants to know first."""
    grid = Grid(show_header=False, box=None)
    for device in result["devices"]:
        for name, value in _device_rows(device).items():
            grid.add_row(f"[bold]{name}[/bold]", value)
    if result["meeting"] is not None:
        grid.add_row("[bold]target[/bold]", result["meeting"]["sentence"])
    for name, value in _network_rows(result).items():
        grid.add_row(f"[bold]{name}[/bold]", value)
    grid.add_row("[bold]report[/bold]", str(folder / "report.html"))
    if any(device["simulated"] for device in result["devices"]):
        grid.add_row("[bold]note[/bold]", "simulated device: no latency there was measured")
    for warning in result["warnings"]:
        grid.add_row("[bold yellow]warning[/bold yellow]", warning)
    console.print(grid)


def _device_rows(device: Mapping[str, Any]) -> dict[str, str]:
    certificate = device["certificate"]
    low, high = (value / 1000 for value in device["measured_interval_us"])
    measured, predicted = device["measured_us"], device["predicted_us"]
    kept = "under" if measured <= device["budget_us"] else "OVER"
    return {
        "device": f"{device['device']['name']} ({device['device']['model']})",
        "table": f"{device['table']['entries']} entries, {device['table']['missing']} missing, "
        f"version {device['table']['version']}",
        "certificate": f"{certificate['n_networks']} networks: median error "
        f"{certificate['median_abs_error']:.1%}, {certificate['within_5pct']:.0%} within 5 %, "
        f"{certificate['within_10pct']:.0%} within 10 %, "
        f"Kendall tau {certificate['kendall_tau']:.3f}",
        "budget": f"{device['budget_us'] / 1000:.2f} ms",
        "predicted": f"{predicted / 1000:.2f} ms{_guessed(device['rows'])}",
        "measured": f"{measured / 1000:.2f} ms [{low:.2f} - {high:.2f}]: "
        f"{(measured - predicted) / predicted:+.1%} of predicted, {kept} the budget",
    }


def _network_rows(result: Mapping[str, Any]) -> dict[str, str]:
    metrics, on_test = result["metrics"], result["training"]["best_on_test"]
    rows = {
        "network": f"{result['parameters']:,} parameters, {result['macs'] / 1e6:,.1f} MMACs",
        "accuracy": f"mIoU {metrics['miou']:.3f}, nIoU {metrics['niou']:.3f}, "
        f"Pd {_or_none(metrics['pd'])}, Fa {metrics['fa'] * 1e6:.1f}e-6 "
        f"on {metrics['images']} images of {metrics['data']}; epoch "
        f"{result['training']['best_epoch']} chosen on validation images",
        "time": ", ".join(f"{phase} {spent:.0f} s" for phase, spent in result["seconds"].items()),
    }
    if on_test["miou"] is not None:
        rows["not comparable"] = (
            f"best on test, as the reference reports it: mIoU {on_test['miou']:.3f} "
            f"in epoch {on_test['epoch']}"
        )
    return rows


def _guessed(rows: Mapping[str, Any]) -> str:
    """Return how much of a prediction is of rows nobody measured; nothing where all were."""
    if not rows["guessed_share"]:
        return ""
    kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(rows["kinds"].items()))
    return f", {rows['guessed_share']:.0%} of it from rows nobody measured ({kinds})"


def _or_none(value: float | None) -> str:
    return "none (no targets)" if value is None else f"{value:.3f}"
