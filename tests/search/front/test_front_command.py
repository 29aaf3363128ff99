"""``hna front``: what it writes, prints and refuses."""

import json
import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest

from profiler.certificates import Sums, sum_us
from profiler.command import main
from profiler.cost import cost_of
from profiler.operations import operation_graph
from profiler.space import space_operations
from profiler.table_file import save_table
from search.saved_network import read_network

SVG = "{http://www.w3.org/2000/svg}"


def front_of(folder):
    return json.loads((folder.path / "front" / "front.json").read_text())


def refused(capsys, *arguments):
    """Return the one line with which the command refuses."""
    assert main(["front", *map(str, arguments)]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    return error


def test_the_front_of_every_device_of_the_search_is_written_as_networks_to_train(
    folder, pinned, capsys
):
    assert main(["front", str(folder.path), "--points", "5"]) == 0

    written = front_of(folder)
    assert [device["name"] for device in written["devices"]] == ["board-a", "board-b"]
    assert 5 <= len(written["networks"]) <= 10
    for each in written["networks"]:
        network = read_network(folder.path / "front" / each["file"])
        cost = cost_of(operation_graph(network))
        assert (each["macs"], each["parameters"]) == (cost.macs, cost.parameters)
        for device, (table, certificate) in zip(written["devices"], pinned, strict=True):
            calibrated = certificate.calibration.predict(
                Sums(sum_us=sum_us(table, network), cells=6)
            )
            assert each["predicted_us"][device["name"]] == pytest.approx(calibrated)
            kept = calibrated * certificate.headroom()
            assert each["keeps_us"][device["name"]] == pytest.approx(kept)
    assert len(capsys.readouterr().out.split("written: ")) == 2


def test_a_network_promises_the_loss_of_the_base_network_less_its_scores(folder):
    main(["front", str(folder.path)])

    kept = folder.scores().cells
    for each in front_of(folder)["networks"]:
        score = sum(kept[cell][name] for cell, name in each["operations"].items())
        assert each["promised_loss"] == pytest.approx(0.6 - score)


def test_along_a_devices_front_slower_is_better(folder):
    main(["front", str(folder.path)])

    networks = front_of(folder)["networks"]
    for device in ("board-a", "board-b"):
        on = [each for each in networks if device in each["fronts"]]
        ordered = sorted(on, key=lambda each: each["predicted_us"][device])
        losses = [each["promised_loss"] for each in ordered]
        assert len(on) >= 3
        assert losses == sorted(losses, reverse=True)


def test_it_says_that_nothing_was_trained_and_what_is_simulated(folder, capsys):
    main(["front", str(folder.path)])

    printed, notes = capsys.readouterr().out, front_of(folder)["notes"]
    assert any("linear estimate" in note and "no accuracy measured" in note for note in notes)
    assert sum("is simulated" in note for note in notes) == 2
    assert not any("absent" in note for note in notes)
    assert all(f"note: {note}" in printed for note in notes)


def test_candidates_the_search_dropped_are_counted_and_in_no_network(folder, edited, capsys):
    def drop(document):
        for row in document["cells"].values():
            row.pop("3x3_MBConv2", None)

    edited(folder.path / "scores.json", drop)

    main(["front", str(folder.path)])

    networks, notes = front_of(folder)["networks"], front_of(folder)["notes"]
    assert any(note.startswith("6 candidates are absent") for note in notes)
    assert not any("3x3_MBConv2" in each["operations"].values() for each in networks)


def test_the_picture_has_a_panel_for_each_device_and_marks_its_front(folder):
    main(["front", str(folder.path)])

    networks = front_of(folder)["networks"]
    circles = list(ET.parse(folder.path / "front" / "front.svg").iter(f"{SVG}circle"))
    assert len(circles) == 2 * len(networks)
    marked = [circle.get("class") == "star" for circle in circles]
    expected = [name in each["fronts"] for name in ("board-a", "board-b") for each in networks]
    assert marked == expected
    assert not all(marked), "the two devices have different fronts"


def test_with_budgets_it_is_one_network_that_keeps_them_all(folder):
    main(["front", str(folder.path)])
    networks = front_of(folder)["networks"]
    middle = networks[len(networks) // 2]["keeps_us"]
    asked = [f"{name}={round(us)}us" for name, us in middle.items()]

    assert main(["front", str(folder.path), "--device", asked[0], "--device", asked[1]]) == 0

    (found,) = front_of(folder)["networks"]
    assert all(found["keeps_us"][name] <= round(us) for name, us in middle.items())
    files = {file.name for file in (folder.path / "front").iterdir()}
    assert files == {"front.json", "front.svg", "network_1.json"}, "no file of the call before"


def test_a_device_without_a_budget_is_predicted_and_limits_nothing(folder):
    assert (
        main(["front", str(folder.path), "--device", "board-a=900ms", "--device", "model-b"]) == 0
    )

    (found,) = front_of(folder)["networks"]
    best = {name: max(row.values()) for name, row in folder.scores().cells.items()}
    assert found["score"] == pytest.approx(sum(best.values()))
    assert found["predicted_us"].keys() == {"board-a", "board-b"}


def test_a_table_file_stands_for_a_device_the_search_was_not_for(folder, space, table_of, tmp_path):
    other = table_of(space, model="model-c", us_per_mmac=50, networks=0)
    save_table(other, tmp_path / "other.json")

    assert main(["front", str(folder.path), "--table", str(tmp_path / "other.json")]) == 0

    written = front_of(folder)
    (device,) = written["devices"]
    assert (device["name"], device["headroom"], device["certified"]) == ("model-c", 1.0, False)
    assert any("model-c has no certificate" in note for note in written["notes"])
    for each in written["networks"]:
        network = read_network(folder.path / "front" / each["file"])
        assert each["predicted_us"]["model-c"] == pytest.approx(sum_us(other, network))


def test_a_table_file_joins_devices_that_are_named_and_takes_a_budget(folder, tmp_path):
    table = folder.table(1)
    pair = ("--table", table, "--certificate", folder.certificate(1), "--out", tmp_path / "out")

    main(["front", str(folder.path), *map(str, pair), "--device", "board-a"])
    joined = json.loads((tmp_path / "out" / "front.json").read_text())
    main(["front", str(folder.path), *map(str, pair[:4]), "--device", "model-b=900ms"])

    assert [device["name"] for device in joined["devices"]] == ["model-b", "board-a"]
    assert joined["devices"][0]["certified"]


def test_a_search_that_scored_nothing_is_refused(folder, capsys):
    (folder.path / "scores.json").unlink()

    said = refused(capsys, folder.path)

    assert "scores.json is absent: the search has not scored its candidates yet" in said


def test_a_budget_nothing_meets_is_refused_with_the_smallest_that_can_be_kept(folder, capsys):
    main(["front", str(folder.path)])
    smallest = min(each["keeps_us"]["board-a"] for each in front_of(folder)["networks"])
    capsys.readouterr()

    said = refused(capsys, folder.path, "--device", "board-a=1us")

    needed = int(said.split("needs ")[1].split(" us")[0].replace(",", ""))
    assert "no network meets 1 us on board-a" in said
    assert smallest <= needed < smallest + 1


def test_a_table_of_another_resolution_is_refused(folder, space, table_of, tmp_path, capsys):
    wider = replace(space, height=64, width=64)
    other = table_of(wider, model="model-c", us_per_mmac=50, networks=0)
    save_table(other, tmp_path / "other.json")

    said = refused(capsys, folder.path, "--table", tmp_path / "other.json")

    assert "is of images 1 x 64x64" in said and "the space asks for 1 x 32x32" in said


def test_a_table_that_lacks_operations_is_refused_by_their_names(
    folder, space, topology, table_of, tmp_path, capsys
):
    fewer = replace(space, candidates=space.candidates[:2])
    other = table_of(fewer, model="model-c", us_per_mmac=50, networks=0)
    save_table(other, tmp_path / "other.json")

    said = refused(capsys, folder.path, "--table", tmp_path / "other.json")

    lacking = set(space_operations(space, topology)) - set(space_operations(fewer, topology))
    assert f"has no entry for {len(lacking)} operation(s): residual/" in said
    assert "hna front --measure" in said


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--device", "toaster"), "no device is called 'toaster'; known are board-a, board-b; "),
        (("--device", "=3ms"), "may be any of board-a, board-b; name one of them"),
        (("--device", "board-a", "--device", "model-a"), "two devices are called board-a"),
        (("--device", "board-a=soon"), "'soon' is no budget"),
        (("--measure",), "--measure needs the server"),
        (("--certificate", "c.json"), "--certificate belongs to a --table"),
        (("--table", "nowhere.json"), "nowhere.json: no such file"),
    ],
)
def test_what_is_asked_wrongly_is_refused_with_the_way_out(
    folder, capsys, monkeypatch, arguments, said
):
    monkeypatch.delenv("HNA_SERVER", raising=False)

    assert said in refused(capsys, folder.path, *arguments)
