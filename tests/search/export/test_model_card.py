"""A model card quotes the files of a run and invents nothing."""

import hashlib
import json
from dataclasses import asdict

import pytest

from profiler.cost import cost_of
from profiler.errors import RunInvalid
from profiler.operations import operation_graph
from search.data.normalisation import IMAGENET
from search.model_card import card_document, write_card
from search.model_card_text import card_markdown
from search.run_folder import write_json

METRICS = {"miou": 0.7512, "niou": 0.7, "pd": None, "fa": 2e-6, "images": 214, "targets": 0}
RESULT = {
    "device": {"name": "board", "model": "cpu-x"},
    "environment": {"runtime": "onnxruntime", "threads": 1},
    "simulated": True,
    "emulated": False,
    "table": {"name": "cpu-x@onnxruntime-1", "version": "abc"},
    "certificate": {
        "n_networks": 36,
        "median_abs_error": 0.012,
        "within_5pct": 0.97,
        "within_10pct": 1.0,
        "kendall_tau": 0.95,
    },
    "budget_us": 5000.0,
    "predicted_us": 4000.0,
    "measured_us": 4100.0,
    "measured_interval_us": [4050.0, 4150.0],
    "metrics": METRICS | {"data": "synthetic (synthetic), test list"},
    "warnings": ["the certificate is stale"],
}
TRAINING = {
    "data": {"name": "NUAA-SIRST", "train": 170, "validation": 43, "test": 214},
    "plan": {"epochs": 100, "optimizer": "adamw"},
    "result": {
        "best_epoch": 71,
        "best_validation_miou": 0.8,
        "test": METRICS,
        "as_the_reference_reports": {"best_on_test_miou": 0.7654, "best_on_test_epoch": 12},
    },
}


def test_what_no_file_of_the_run_holds_is_said_to_be_not_measured(run, network):
    document = card_document(run, network, IMAGENET)

    page = card_markdown(document)

    absent = ("data", "training", "metrics", "best_on_test", "latency", "certificate", "export")
    assert [document[name] for name in absent] == [None] * len(absent)
    assert page.count("Not measured") == 5


def test_costs_hashes_and_normalisation_are_those_of_the_run(run, network):
    document = card_document(run, network, IMAGENET)

    cost = cost_of(operation_graph(network))
    hashes = {each["name"]: each["sha256"] for each in document["files"]}
    content = (run / "weights.safetensors").read_bytes()
    assert (document["network"]["parameters"], document["network"]["macs"]) == (
        cost.parameters,
        cost.macs,
    )
    assert document["network"]["normalisation"] == asdict(IMAGENET)
    assert hashes["weights.safetensors"] == hashlib.sha256(content).hexdigest()
    assert set(hashes) == {"network.json", "weights.safetensors"}


def test_a_search_is_quoted_with_device_interval_table_and_certificate(run, network):
    write_json(run / "result.json", RESULT)

    page = card_markdown(card_document(run, network, IMAGENET))

    for expected in (
        "made by `hna search`",
        "4.10 ms [4.05 ms - 4.15 ms]",
        "cpu-x@onnxruntime-1, version abc",
        "median error 1.2%",
        "simulated: no latency here is one of hardware",
        "- the certificate is stale",
        "| miou | 0.7512 |",
        "| pd | not measured |",
    ):
        assert expected in page


def test_a_training_is_quoted_with_its_recipe_and_the_references_figure_labelled(run, network):
    write_json(run / "training.json", TRAINING)
    write_json(run / "metrics.json", METRICS | {"data": "NUAA-SIRST", "size": 256})

    document = card_document(run, network, IMAGENET)

    page = card_markdown(document)
    assert document["metrics"]["command"] == "hna train"
    assert "| optimizer | adamw |" in page
    assert "| validation images, held out of the official training list | 43 |" in page
    assert "it chose nothing | 0.7654 |" in page


def test_figures_written_after_the_training_are_those_of_an_evaluation(run, network):
    write_json(run / "training.json", TRAINING)
    write_json(run / "metrics.json", METRICS | {"miou": 0.5, "data": "other", "size": 64})

    document = card_document(run, network, IMAGENET)

    assert (document["metrics"]["command"], document["metrics"]["miou"]) == ("hna evaluate", 0.5)


def test_writing_leaves_the_page_the_numbers_and_the_picture(run, network):
    page = write_card(run, network, IMAGENET)

    document = json.loads((run / "model_card.json").read_text())
    assert page.read_text() == card_markdown(document)
    assert "![architecture](architecture.svg)" in page.read_text()
    assert (run / "architecture.svg").read_text().startswith("<svg")


def test_a_broken_file_of_the_run_is_one_error(run, network):
    (run / "result.json").write_text("{")

    with pytest.raises(RunInvalid, match=r"result\.json cannot be read"):
        write_card(run, network, IMAGENET)
