"""Tables as people read them in a terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from rich.table import Table as Grid
from rich.text import Text

from lut_server.wire import WITHHELD, DeviceView, TableView
from profiler.certificates import Certificate, residual_lines
from profiler.pictures.words import count_text, interval_text
from profiler.table import Table


def devices_grid(views: Iterable[DeviceView]) -> Grid:
    """Return one line for each device, with what is the matter with it."""
    grid = Grid("device", "fingerprint", "model", "labels", "last seen", "state", "health")
    grid.add_column("because")
    for view in views:
        style = "bold red" if view.health in WITHHELD else ""
        since = f" since {view.health_since[:16]}" if view.health_since else ""
        grid.add_row(
            view.device.name,
            view.device.fingerprint[:16],
            view.device.model,
            Text(", ".join(view.labels)),
            view.last_seen[:16],
            view.state,
            Text(f"{view.health}{since}", style),
            Text(view.health_reason),
        )
    return grid


def tables_grid(views: Iterable[TableView]) -> Grid:
    """Return one line for each table."""
    grid = Grid()
    grid.add_column("table", overflow="fold", min_width=20)  # other commands want it whole
    grid.add_column("version", overflow="fold", min_width=8)  # and this
    for heading in ("entries", "environment", "certificate", "device"):
        grid.add_column(heading)
    for view in views:
        grid.add_row(
            view.name,
            view.version,
            str(view.entries),
            view.environment.label,
            certificate_line(view.certificate, view.version),
            "simulated" if view.simulated else "emulated" if view.emulated else "real",
        )
    return grid


def table_grid(table: Table) -> Grid:
    """Return the entries of a table, the slowest first."""
    grid = Grid("operation", title=f"{table.name}, version {table.version}")
    for heading in ("latency us", "90 % interval us", "border us", "samples"):
        grid.add_column(heading, justify="right")
    grid.add_column("how")
    for entry in sorted(table.entries, key=lambda entry: -entry.latency_us):
        grid.add_row(
            entry.key,
            f"{entry.latency_us:.2f}",
            interval_text(entry, 2),
            f"{entry.border_us:.2f}",
            count_text(entry.samples),
            ", ".join((entry.value_kind, *entry.warnings)),
        )
    return grid


def kinds_line(table: Table) -> str:
    """Return how many rows of a table are of which kind, the most common first."""
    counts = Counter(entry.value_kind for entry in table.entries).most_common()
    return f"{len(table.entries)} rows: " + ", ".join(f"{count} {kind}" for kind, count in counts)


def certificate_line(certificate: Certificate | None, version: str) -> str:
    """Return what a certificate says, and whether it is of this version of the table."""
    if certificate is None:
        return "none"
    older = "" if certificate.table_version == version else " (of another version)"
    return (
        f"{certificate.median_abs_error:.1%} median error, {certificate.n_networks} networks{older}"
    )


def certificate_lines(
    certificate: Certificate | None, doubts: Iterable[str], name: str = ""
) -> Iterator[str]:
    """
    Yield what a certificate says, line by line: figures, where the error comes from, doubts.

    Args:
        certificate: of a table; None where it was never certified.
        doubts: what speaks against it.
        name: of the table; for what to type where it was never certified.
    """
    if certificate is None:
        yield f"no certificate: nothing is known of sums over this table; hna table certify {name}"
        return
    within = (
        "" if certificate.within_1pct is None else f"{certificate.within_1pct:.0%} within 1 %, "
    )
    yield (
        f"certificate of {certificate.created_at[:10]}, expires "
        f"{certificate.expires_at.date()} or when rows or software change: "
        f"{certificate.n_networks} networks, median error {certificate.median_abs_error:.1%}, "
        f"{within}{certificate.within_5pct:.0%} within 5 %, "
        f"{certificate.within_10pct:.0%} within 10 %, Kendall tau {certificate.kendall_tau:.3f}"
    )
    taken = [each for each in certificate.judged if each.chosen]
    yield from (f"calibration: {each.name}, chosen by cross-validation" for each in taken)
    if certificate.residual is not None:
        yield from residual_lines(certificate.residual)
    if certificate.software:
        yield f"made with {', '.join(certificate.software)}"
    yield from (f"doubt: {doubt}" for doubt in doubts)
