"""From one search on a real server and agent: networks for its device, and what is lacking."""

import json
import shutil

from profiler.command import main
from search.saved_network import read_network

ADDED = "5x5_ResConv"


def read(path):
    return json.loads(path.read_text())


def test_a_search_leaves_scores_from_which_its_budget_gives_the_best_network(run):
    path, result = run
    name, budget_us = result["device"]["name"], result["budget_us"]

    status = main(["front", str(path), "--device", f"{name}={budget_us:.6f}us"])

    assert status == 0
    (found,) = read(path / "front" / "front.json")["networks"]
    assert found["keeps_us"][name] <= budget_us
    assert found["score"] >= result["score"] - 1e-6, "the trials may have preferred another one"


def test_what_the_table_of_a_server_lacks_is_named_and_measured_when_asked(
    house, run, tmp_path, capsys
):
    other = shutil.copytree(run[0], tmp_path / "run")
    _add_candidate(other)
    asked = ["front", str(other), "--server", house.url, "--points", "3"]
    asked += ["--device", house.target.device.fingerprint[:12]]

    refused = main(asked)
    said = capsys.readouterr().err
    status = main([*asked, "--measure"])

    assert refused == 2 and "kernel=5" in said and "hna front --measure" in said
    assert status == 0
    written = read(other / "front" / "front.json")
    assert written["devices"][0]["certified"]
    best = read_network(other / "front" / written["networks"][-1]["file"])
    assert {cell.candidate for cell in best.cells} == {ADDED}


def _add_candidate(run):
    """Let the search have known a candidate more, better than all others."""
    configuration, scores = read(run / "configuration.json"), read(run / "scores.json")
    configuration["configuration"]["space"]["candidates"].append(ADDED)
    configuration["configuration"] |= {"networks": 5, "anchors": 0}
    for row in scores["cells"].values():
        row[ADDED] = 1.0
    (run / "configuration.json").write_text(json.dumps(configuration))
    (run / "scores.json").write_text(json.dumps(scores))
