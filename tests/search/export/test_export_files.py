"""All files of a network at once: judged by one code, refused before anything is written."""

import hashlib
import json
from dataclasses import replace

import onnx
import pytest

from profiler.errors import BackendFailed, DataInvalid, RunInvalid
from profiler.onnx_cells.contents import NETWORK
from profiler.operations import operation_to_json
from search.data.normalisation import IMAGENET
from search.evaluation import evaluate
from search.export import ExportPlan, OnnxModule, export_document, export_files
from search.export.latency import interleaved_latencies

ALL = ExportPlan(fp16=True, int8=True, calibration_images=4, latency_rounds=3)


def test_every_precision_is_evaluated_by_the_code_that_judges_torch(
    network, fresh, scenes, tmp_path
):
    module, steps = fresh(), []

    found = export_files(
        network, module, ALL, tmp_path, dataset=scenes, normalisation=IMAGENET, on_step=steps.append
    )

    float_file, half, eight = found
    expected = evaluate(module, scenes.test, size=32, normalisation=IMAGENET)
    by_hand = evaluate(
        OnnxModule(eight.path), scenes.test, size=32, normalisation=IMAGENET, batch=1
    )
    assert [each.name for each in found] == ["fp32", "fp16", "int8"]
    assert float_file.metrics.miou == pytest.approx(expected.miou, abs=1e-3)
    assert half.metrics.images == len(scenes.test)
    assert eight.metrics == by_hand
    assert eight.left_in_float == ("head.conv",)
    assert float_file.difference <= 1e-4 < eight.difference
    assert all(each.latency.rounds == 3 for each in found)
    assert steps[-1] == "timing 3 file(s), 3 rounds"


def test_an_artefact_says_what_is_on_disk(network, fresh, tmp_path):
    plan = ExportPlan(latency_rounds=0)

    (found,) = export_files(network, fresh(), plan, tmp_path, normalisation=IMAGENET)

    content = found.path.read_bytes()
    properties = {each.key: json.loads(each.value) for each in onnx.load(found.path).metadata_props}
    assert found.sha256 == hashlib.sha256(content).hexdigest()
    assert found.size_bytes == len(content)
    assert (found.metrics, found.latency) == (None, None)
    assert properties == {
        "mean": list(IMAGENET.mean),
        "std": list(IMAGENET.std),
        NETWORK: json.loads(json.dumps(operation_to_json(network))),
    }


def test_the_document_of_an_export_is_json(network, fresh, tmp_path):
    plan = ExportPlan(latency_rounds=0)
    artefacts = export_files(network, fresh(), plan, tmp_path, normalisation=IMAGENET)

    document = export_document(plan, artefacts, None, command="hna export run")

    assert json.loads(json.dumps(document)) == document
    assert document["artefacts"][0]["file"] == "network_fp32.onnx"
    assert (document["command"], document["data"]) == ("hna export run", None)


def test_eight_bits_without_images_are_refused_before_anything_is_written(network, fresh, tmp_path):
    plan = ExportPlan(int8=True)

    with pytest.raises(DataInvalid, match="give --data"):
        export_files(network, fresh(), plan, tmp_path / "out", normalisation=IMAGENET)

    assert not (tmp_path / "out").exists()


def test_a_network_that_is_not_square_is_not_evaluated(network, fresh, scenes, tmp_path):
    wide = replace(network, width=64)

    with pytest.raises(RunInvalid, match="64x32 pixels"):
        export_files(wide, fresh(), ExportPlan(), tmp_path, dataset=scenes, normalisation=IMAGENET)


def test_a_plan_without_calibration_images_is_refused():
    with pytest.raises(RunInvalid, match="calibration_images=0"):
        ExportPlan(calibration_images=0)


def test_interleaved_files_each_get_their_quartiles(network, fresh, tmp_path):
    (found,) = export_files(
        network, fresh(), ExportPlan(latency_rounds=0), tmp_path, normalisation=IMAGENET
    )

    latencies = interleaved_latencies({"a": found.path, "b": found.path}, (1, 3, 32, 32), rounds=5)

    assert set(latencies) == {"a", "b"}
    for each in latencies.values():
        assert 0 < each.low_us <= each.median_us <= each.high_us
        assert each.rounds == 5


def test_a_file_that_is_no_model_is_one_error(tmp_path):
    (tmp_path / "n.onnx").write_bytes(b"nothing of the kind")

    with pytest.raises(BackendFailed, match=r"cannot load .*n\.onnx"):
        OnnxModule(tmp_path / "n.onnx")
