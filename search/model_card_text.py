"""
A model card as a page of Markdown.

A pure function of the card's document (``search.model_card``).  A number that is not there is
"not measured".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

ABSENT = "not measured"

USE = """\
Made to find infrared small targets (a few pixels) in single frames, by research and engineering.
The figures hold for images like those of its data set: other sensors, wavelengths or ranges need
an evaluation of their own. It does not track, identify, or estimate range, and must not be the
only input of a decision about safety or the use of force.

Licence: the run states none. The terms of the data set bind whoever distributes weights
trained on it."""

LIMITS = """\
Figures on a test list of a few hundred images move by whole points between seeds. A latency
holds for its device, runtime, precision and batch; nothing is known about others. Half precision
is judged with every stored number rounded to half, the sums in float32."""


def card_markdown(document: Mapping[str, Any]) -> str:
    """Return the page of a card; *document* is what ``card_document`` returns."""
    parts = [
        f"# Model card: {document['run']}",
        _section("Network", "hna export", _network(document["network"])),
        _picture(document["network"]),
        _section("Data", _command(document["data"]), _data(document["data"])),
        _section("Training", _command(document["training"]), _training(document["training"])),
        _section("Accuracy on the test list", _command(document["metrics"]), _accuracy(document)),
        _section("Latency on its device", _command(document["latency"]), _latency(document)),
        _exports(document["export"]),
        f"## Intended use and licence\n\n{USE}",
        f"## Limits\n\n{LIMITS}",
        _list("Warnings", document["warnings"]),
        _table("Files", ("file", "bytes", "sha256"), map(_file, document["files"])),
        _table("Versions", ("package", "version"), document["versions"].items()),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _command(part: Mapping[str, Any] | None) -> str | None:
    return part["command"] if part else None


def _section(title: str, command: str | None, rows: Iterable[Sequence[str]]) -> str:
    """Return a section with the command that made its numbers, or without any."""
    if command is None:
        return f"## {title}\n\n{ABSENT.capitalize()}."
    return _table(title, ("", f"made by `{command}`"), rows)


def _table(title: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    grid = "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)
    return f"## {title}\n\n{grid}"


def _list(title: str, lines: Sequence[str]) -> str:
    return f"## {title}\n\n" + "\n".join(f"- {line}" for line in lines) if lines else ""


def _network(network: Mapping[str, Any]) -> Iterator[Sequence[str]]:
    yield "kind", network["kind"]
    yield "input (N, C, H, W)", " x ".join(map(str, network["input"]))
    normalisation = network["normalisation"]
    yield (
        "input is `(pixel / 255 - mean) / std`",
        (f"mean {_numbers(normalisation['mean'])}, std {_numbers(normalisation['std'])}"),
    )
    yield "output", "logits; a target where the last is above 0"
    yield "parameters", f"{network['parameters']:,}"
    yield "conv weights", f"{network['conv_weights']:,}"
    yield "MACs", f"{network['macs'] / 1e6:,.1f} million"
    if network["cells"]:
        yield "cells", "<br>".join(network["cells"]).replace("|", "\\|")


def _picture(network: Mapping[str, Any]) -> str:
    return f"![architecture]({network['picture']})" if network["picture"] else ""


def _data(data: Mapping[str, Any] | None) -> Iterator[Sequence[str]]:
    if data is None:
        return
    yield "data set", str(data["name"])
    yield "training images", str(data["train"])
    yield "validation images, held out of the official training list", str(data["validation"])
    yield "test images", str(data["test"])


def _training(training: Mapping[str, Any] | None) -> Iterator[Sequence[str]]:
    if training is None:
        return
    for name, value in training["settings"].items():
        yield name, str(value)
    if "best_epoch" in training:
        yield "epoch kept, chosen on validation", str(training["best_epoch"] or ABSENT)
        yield "its validation mIoU", _fraction(training["best_validation_miou"])


def _accuracy(document: Mapping[str, Any]) -> Iterator[Sequence[str]]:
    metrics, best = document["metrics"], document["best_on_test"]
    if metrics is None:
        return
    yield "data", str(metrics.get("data", ABSENT))
    yield "images, targets", f"{metrics['images']}, {metrics['targets']}"
    for name in ("miou", "niou", "pd"):
        yield name, _fraction(metrics[name])
    yield "Fa, per million pixels", f"{metrics['fa'] * 1e6:.2f}"
    chosen = _fraction(best["best_on_test_miou"]) if best else ABSENT
    yield "best mIoU on test over all epochs, as the reference reports; it chose nothing", chosen


def _latency(document: Mapping[str, Any]) -> Iterator[Sequence[str]]:
    latency, certificate = document["latency"], document["certificate"]
    if latency is None:
        return
    device, environment = latency["device"], latency["environment"]
    yield "device", f"{device['name']} ({device['model']})"
    yield "environment", ", ".join(f"{k} {v}" for k, v in environment.items() if v)
    kinds = [kind for kind in ("simulated", "emulated") if latency[kind]]
    if kinds:
        yield "note", f"{' and '.join(kinds)}: no latency here is one of hardware"
    yield "budget", _ms(latency["budget_us"])
    yield "predicted", _ms(latency["predicted_us"])
    low, high = (_ms(each) for each in latency["measured_interval_us"])
    yield "measured, 90 % interval", f"{_ms(latency['measured_us'])} [{low} - {high}]"
    yield "table", f"{latency['table']['name']}, version {latency['table']['version']}"
    if certificate:
        yield (
            "certificate",
            (
                f"{certificate['n_networks']} networks: median error "
                f"{certificate['median_abs_error']:.1%}, "
                f"{certificate['within_5pct']:.0%} within 5 %, "
                f"{certificate['within_10pct']:.0%} within 10 %, "
                f"Kendall tau {certificate['kendall_tau']:.3f}"
            ),
        )


def _exports(export: Mapping[str, Any] | None) -> str:
    if export is None:
        return f"## Exported files\n\n{ABSENT.capitalize()}: `hna export` makes them."
    head = ("file", "difference", "mIoU", "nIoU", "Pd", "Fa /1e6", "latency here", "sha256")
    table = _table("Exported files", head, map(_export, export["artefacts"]))
    floats = [
        f"{each['name']} leaves in float: {', '.join(each['left_in_float'])}."
        for each in export["artefacts"]
        if each["left_in_float"]
    ]
    about = (
        f"Made by `{export['command']}`. Difference: of a logit from torch's, relative to the "
        "largest, on random images. Latency here: ONNX Runtime, one CPU thread of the machine "
        "that exported, median [quartiles] of interleaved runs."
    )
    return "\n\n".join([table, about, *floats])


def _export(artefact: Mapping[str, Any]) -> Sequence[str]:
    metrics, latency = artefact["metrics"], artefact["latency"]
    difference = artefact["difference"]
    return (
        artefact["file"],
        ABSENT if difference is None else f"{difference:.1e}",
        *(_fraction(metrics[name]) if metrics else ABSENT for name in ("miou", "niou", "pd")),
        f"{metrics['fa'] * 1e6:.2f}" if metrics else ABSENT,
        _quartiles(latency) if latency else ABSENT,
        f"`{artefact['sha256']}`",
    )


def _quartiles(latency: Mapping[str, Any]) -> str:
    low, high = _ms(latency["low_us"]), _ms(latency["high_us"])
    return f"{_ms(latency['median_us'])} [{low} - {high}]"


def _file(file: Mapping[str, Any]) -> Sequence[str]:
    return file["name"], f"{file['size_bytes']:,}", f"`{file['sha256']}`"


def _fraction(value: float | None) -> str:
    return ABSENT if value is None else f"{value:.4f}"


def _ms(value_us: float | None) -> str:
    return ABSENT if value_us is None else f"{value_us / 1000:.2f} ms"


def _numbers(values: Sequence[float]) -> str:
    return ", ".join(f"{value:g}" for value in values)
