"""
The report of a search: one HTML file that needs no other file and no network.

It leads with the verdict and says first what weakens it: a simulated or emulated device, images
that are made up, a certificate with doubts.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from profiler.certificates import Certificate, residual_lines
from profiler.errors import RunInvalid
from profiler.operations import DEFAULT_CANDIDATES, Network
from profiler.pictures.architecture import architecture_svg
from profiler.pictures.canvas import grouped
from profiler.pictures.scatter import scatter_svg
from profiler.pictures.table_picture import table_svg
from profiler.table import Table
from search.report.curves import History, curves_svg
from search.report.detections import Detection, detections_png
from search.report.gauge import gauge_svg
from search.report.verdict import verdict_of

NEEDED = (
    "device", "environment", "table", "certificate", "budget_us", "predicted_us", "measured_us",
    "architecture", "parameters", "macs", "metrics", "seconds",
)  # fmt: skip
"""Fields of a result without which there is no report."""

IN_WORDS = ("judged", "residual", "doubts")
"""Fields of a certificate that the page says in words."""


def write_report(
    path: Path,
    *,
    result: Mapping[str, Any],
    table: Table,
    certificate: Certificate,
    network: Network,
    history: History,
    detections: Sequence[Detection],
    candidates: Sequence[str] = DEFAULT_CANDIDATES,
) -> Path:
    """
    Write the page and return its path.

    Args:
        path: the HTML file; its folder is made if need be.
        result: what ``result.json`` holds.
        table: the table the search used.
        certificate: of that table.
        network: what was derived.
        history: phase to the numbers of its epochs.
        detections: images with mask and probability; may be empty.
        candidates: what each cell could have become.

    Raises:
        RunInvalid: *result* lacks a field; names it.
    """
    missing = [name for name in NEEDED if name not in result]
    if missing:
        raise RunInvalid(f"the result has no {', '.join(missing)}; run the search to its end")
    pictures = {
        "gauge": _gauge(result),
        "architecture": architecture_svg(network),
        "scatter": scatter_svg(certificate, _searched(result)),
        "table": table_svg(table, network, candidates),
        "curves": curves_svg(history),
    }
    text = _template().render(
        result=result,
        verdict=verdict_of(result),
        notices=list(notices(result, table, certificate, datetime.now(UTC))),
        pictures={name: Markup(svg) for name, svg in pictures.items()},
        detections=_data_uri(detections_png(detections)) if detections else "",
        certificate=certificate,
        residual=list(residual_lines(certificate.residual)) if certificate.residual else [],
        details=list(details(result)),
        cells=network.cells,
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def notices(
    result: Mapping[str, Any], table: Table, certificate: Certificate, now: datetime
) -> Iterator[str]:
    """Yield what a reader must know before believing the numbers."""
    if result.get("simulated") or table.simulated:
        yield "Simulated device: every latency on this page is made up; no hardware was measured."
    if result.get("emulated") or table.emulated:
        yield "Emulated processor: the software is real, its latencies mean nothing."
    if "synthetic" in str(result["metrics"].get("data", "")).lower():
        yield "Synthetic images: accuracy is of generated scenes and says nothing about real ones."
    if result["table"].get("missing"):
        yield f"The table lacks {result['table']['missing']} of the operations asked for."
    said = tuple(result.get("warnings", ()))
    for doubt in certificate.doubts(table, now):
        if not any(warning.endswith(doubt) for warning in said):
            yield doubt
    yield from dict.fromkeys(said)


def details(result: Mapping[str, Any]) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Yield the sections of the details table: a heading, and names with their values."""
    network = {key: result[key] for key in ("parameters", "macs", "headroom") if key in result}
    for heading, values in (
        ("Network", network),
        ("Accuracy", result["metrics"]),
        ("Device", result["device"]),
        ("Environment", result["environment"]),
        ("Table", result["table"]),
        ("Certificate", _in_short(result["certificate"])),
        ("Networks measured near the target", dict(attempts(result.get("meeting")))),
        ("Rows of the network", result.get("rows", {})),
        ("Measurement of the network", result.get("measurement", {})),
        ("Seconds", result["seconds"]),
    ):
        if values:
            yield (
                heading,
                [(name.replace("_", " "), text_of(value)) for name, value in values.items()],
            )


def _in_short(certificate: Mapping[str, Any]) -> dict[str, Any]:
    """Return a certificate without what the page says in words."""
    return {name: value for name, value in certificate.items() if name not in IN_WORDS}


def attempts(meeting: Mapping[str, Any] | None) -> Iterator[tuple[str, str]]:
    """Yield, for each network that was measured before training, a name and what came of it."""
    for number, attempt in enumerate(meeting["attempts"] if meeting else (), start=1):
        expected = attempt["corrected_us"]
        latencies = ", ".join(
            f"{device} {grouped(us)} µs measured, {grouped(expected[device])} expected"
            for device, us in attempt["measured_us"].items()
        )
        yield f"{number}, round {attempt['round']}: {attempt['verdict']}", latencies


def text_of(value: Any) -> str:
    """
    Return a value of the result for people.

    >>> text_of(0.97421), text_of(1234567), text_of(["a=1", "b=2"]), text_of(None)
    ('0.9742', '1\u202f234\u202f567', 'a=1, b=2', 'unknown')
    """
    match value:
        case None:
            return "unknown"
        case bool():
            return "yes" if value else "no"
        case int():
            return grouped(value) if abs(value) >= 100 else str(value)
        case float():
            return grouped(value) if abs(value) >= 100 else f"{value:.4g}"
        case list() | tuple():
            return ", ".join(map(text_of, value)) or "none"
        case dict():
            return ", ".join(f"{name} {text_of(part)}" for name, part in value.items())
        case _:
            return str(value)


def _gauge(result: Mapping[str, Any]) -> str:
    interval = result.get("measured_interval_us")
    return gauge_svg(
        float(result["budget_us"]),
        float(result["predicted_us"]),
        result["measured_us"],
        (float(interval[0]), float(interval[1])) if interval else None,
    )


def _searched(result: Mapping[str, Any]) -> tuple[float, float] | None:
    if result["measured_us"] is None:
        return None
    return float(result["predicted_us"]), float(result["measured_us"])


def _data_uri(png: bytes) -> str:
    return "data:image/png;base64," + b64encode(png).decode()


def _template() -> Any:
    environment = Environment(
        loader=PackageLoader("search.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["grouped"] = grouped
    return environment.get_template("page.html.j2")
