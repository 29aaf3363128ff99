"""Campaigns as people read them in a terminal."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table as Grid

from lut_server.wire import AdaptiveView, CampaignView, Counts, GapView
from profiler.operations import operation_label


def campaigns_grid(views: Iterable[CampaignView]) -> Grid:
    """Return one line for each campaign."""
    grid = Grid("campaign", "name", "state", "priority", "tables", "measured", "waiting for")
    for view in views:
        grid.add_row(
            view.id,
            escape(view.name),
            view.state,
            str(view.priority),
            escape(", ".join(view.tables)),
            _measured(view),
            escape(view.waiting_for or ""),
        )
    return grid


def campaign_grid(view: CampaignView) -> Grid:
    """Return one line for each table of a campaign."""
    title = f"{view.name}: {view.state}, priority {view.priority}, begun {view.created_at[:16]}"
    grid = Grid("table", "environment", "devices", "measured", "jobs", title=escape(title))
    grid.add_column("waiting for")
    for target in view.targets:
        grid.add_row(
            escape(target.table),
            escape(target.environment.label),
            "\n".join(fingerprint[:16] for fingerprint in target.devices),
            _measured(target),
            ", ".join(f"{count} {state}" for state, count in target.jobs.items()) or "none",
            escape(target.waiting_for or ""),
        )
    return grid


def note_lines(view: CampaignView) -> Iterable[str]:
    """Yield a line for each thing to be known of what a campaign measures."""
    for note in view.notes:
        yield f"note: {note}"


def adaptive_lines(view: CampaignView) -> Iterable[str]:
    """Yield a line for each table for which the server chooses what is measured."""
    for target in view.targets:
        if target.adaptive is not None:
            yield f"{target.table}: {adaptive_line(target.adaptive)}"


def adaptive_line(adaptive: AdaptiveView) -> str:
    """Return how far the server is that chooses what is measured."""
    counted = (
        (adaptive.transferred, "transferred"),
        (adaptive.predicted, "predicted"),
        (adaptive.gaps, "gaps"),
    )
    parts = [f"{adaptive.measured} of {adaptive.wanted} measured"]
    parts += [f"{count} {kind}" for count, kind in counted if count]
    if adaptive.worst_error is not None:
        parts.append(f"error of the others {adaptive.worst_error:.1%}")
    if adaptive.target_error is not None:
        parts.append(f"target {adaptive.target_error:.1%}")
    stage = "choosing what comes next" if adaptive.choosing else adaptive.stage
    return f"{stage}; {', '.join(parts)}"


def gap_lines(gaps: Iterable[GapView]) -> Iterable[str]:
    """Yield a line for each operation that could not be measured."""
    for each in gaps:
        yield f"not measured: {operation_label(each.gap.operation)}, because {each.gap.reason}"


def show_progress(views: Iterable[CampaignView], console: Console) -> None:
    """Show a campaign as a bar until it is finished; without a terminal, a line at each change."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal) as bars:
        bar = bars.add_task("", total=None)
        for view in views:
            line = progress_line(view)
            total, done = view.requested - view.already_measured, view.measured + view.gaps
            bars.update(bar, total=total, completed=done, description=escape(line))
            if not console.is_terminal:
                console.print(escape(f"{line}; {done} of {total}"), soft_wrap=True)


def progress_line(view: CampaignView) -> str:
    """Return what a campaign does just now."""
    if view.waiting_for:
        return f"waiting: {view.waiting_for}"
    if view.finished:
        return view.state
    if view.adaptive is not None and view.adaptive.choosing:
        return adaptive_line(view.adaptive)
    leased = view.jobs.get("leased", 0)
    return f"measuring {leased} job(s)" if leased else "waiting for an agent"


def _measured(counts: Counts) -> str:
    parts = [f"{counts.measured} of {counts.requested - counts.already_measured}"]
    parts += [f"{counts.already_measured} before"] if counts.already_measured else []
    parts += [f"{counts.gaps} gaps"] if counts.gaps else []
    parts += [f"{counts.suspect} suspect"] if counts.suspect else []
    return ", ".join(parts)
