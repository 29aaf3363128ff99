"""``hna sweep``: one search for each device, budget and seed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from search.sweep.perform import Outcome
    from search.sweep.plan import Order


def sweep(
    data: Annotated[Path, typer.Option(help="Folder with images, masks and a split.")],
    run: Annotated[Path, typer.Option(help="Folder of the sweep; one that exists goes on.")],
    device: Annotated[list[str], typer.Option(help="Name, model or fingerprint; repeatable.")],
    budget_ms: Annotated[list[float], typer.Option(help="Latency budget; repeatable.")],
    seed: Annotated[list[int] | None, typer.Option(help="Repeatable; 0 unless given.")] = None,
    server: Annotated[
        str, typer.Option(help="Address of the server.", envvar="HNA_SERVER")
    ] = "http://127.0.0.1:8765",
    split: Annotated[str, typer.Option(help="Folder of the lists.")] = "50_50",
    full: Annotated[bool, typer.Option("--full", help="The search of the paper.")] = False,
    jobs: Annotated[
        int | None,
        typer.Option(min=1, help="Searches at a time; 1, or what the cluster has room for."),
    ] = None,
    ray: Annotated[
        str | None, typer.Option(help="Address of a Ray cluster, or auto for this machine's.")
    ] = None,
    cpus: Annotated[int, typer.Option(min=1, help="Cores of a search, on Ray.")] = 1,
    gpus: Annotated[float, typer.Option(min=0.0, help="GPUs of a search, on Ray.")] = 0.0,
) -> None:
    """Search for several devices, budgets and seeds, and compare what was found."""
    from rich.console import Console

    from profiler.errors import SweepFailed
    from search.configuration import full_configuration, small_configuration
    from search.sweep.carry_out import carry_out
    from search.sweep.plan import plan_sweep

    make = full_configuration if full else small_configuration
    orders = plan_sweep(
        server=server,
        data=data,
        split=split,
        devices=device,
        budgets_us=[1000 * budget for budget in budget_ms],
        seeds=seed or [0],
        configure=lambda budget_us, seed: make(budget_us=budget_us, seed=seed),
        folder=run,
    )
    console = Console()
    if ray is None and (jobs or 1) == 1:
        performed = _one_by_one(orders, console)
    else:
        from search.sweep.ray_tasks import Resources, perform_on_ray

        resources = Resources(address=ray, jobs=jobs, cpus=cpus, gpus=gpus)
        performed = perform_on_ray(orders, resources)
    outcomes = carry_out(orders, performed, run, lambda each: console.print(_line(each)))
    console.print(_table(outcomes))
    failures = [each for each in outcomes if each.error is not None]
    if failures:
        raise SweepFailed(
            f"{len(failures)} of {len(orders)} searches failed, the first with: "
            f"{failures[0].error}; called again, the sweep repeats only those"
        )


def _one_by_one(orders: Sequence[Order], console: Console) -> Iterator[Outcome]:
    from search.commands.display import search_progress
    from search.sweep.perform import perform

    for number, order in enumerate(orders, start=1):
        console.print(f"[bold]{number}/{len(orders)}: {order.name}[/bold]")
        with search_progress(console) as listener:
            outcome = perform(order, listener)
        yield outcome


def _line(outcome: Outcome) -> str:
    from rich.markup import escape

    if outcome.error is not None:
        return f"[red]{escape(outcome.name)} failed: {escape(outcome.error)}[/red]"
    return (
        f"{escape(outcome.name)}: {_ms(outcome.measured_us)} ms measured, mIoU {outcome.miou:.3f}"
    )


def _table(outcomes: Sequence[Outcome]) -> Table:
    from rich.table import Table

    from search.sweep.summary import groups_of

    table = Table("device", "budget, ms", "seed", "predicted, ms", "measured, ms", "mIoU")
    for group in groups_of(outcomes):
        members = [
            o for o in outcomes if (o.device, o.budget_us) == (group.device, group.budget_us)
        ]
        budget = _ms(group.budget_us)
        for each in members:
            found = "failed" if each.miou is None else f"{each.miou:.3f}"
            table.add_row(
                each.device, budget, str(each.seed), _ms(each.predicted_us),
                _ms(each.measured_us), found,
            )  # fmt: skip
        if group.miou is not None:
            table.add_row(
                group.device, budget, f"median of {group.seeds}", _ms(group.predicted_us),
                _ms(group.measured_us),
                f"{group.miou:.3f} [{group.miou_low:.3f} - {group.miou_high:.3f}]",
                style="bold", end_section=True,
            )  # fmt: skip
    return table


def _ms(latency_us: float | None) -> str:
    return "-" if latency_us is None else f"{latency_us / 1000:.3g}"
