"""What names of foreign operations say, on every name of the published tables."""

import csv
import gzip
import io
import json

import pytest
import yaml

from profiler.formats.attributes import attributes_of
from profiler.operations import ForeignOperation

CONV = {"type", "height", "width", "channels_in", "channels_out"}


def said(format: str, name: str) -> dict[str, float | str]:
    return attributes_of(ForeignOperation(format=format, name=name))


def test_a_block_of_proxylessnas_says_all_of_itself():
    name = "expanded_conv-input:112x56x16-output:56x28x24-expand:3-kernel:5-stride:2-idskip:0"

    attributes = said("proxylessnas", name)

    assert attributes == {
        "type": "expanded_conv",
        "height": 112,
        "width": 56,
        "channels_in": 16,
        "height_out": 56,
        "width_out": 28,
        "channels_out": 24,
        "expansion": 3,
        "kernel": 5,
        "stride": 2,
        "idskip": 0,
    }


def test_an_int8_convolution_of_fbnet_is_read_in_its_own_order_of_axes():
    arguments = ['name: "kernel"\ni: 5\n', 'name: "order"\ns: "NHWC"\n', 'name: "group"\ni: 24\n']
    row = ["Int8Conv", arguments, [[1, 56, 28, 24], [48, 5, 5, 1], [48]], [6, 6, 2]]

    attributes = said("fbnet", json.dumps(row))

    assert attributes["height"] == 56
    assert attributes["width"] == 28
    assert attributes["channels_in"] == 24
    assert attributes["channels_out"] == 48
    assert attributes["kernel"] == 5
    assert attributes["groups"] == 24
    assert "stride" not in attributes


@pytest.mark.parametrize("format", ["proxylessnas", "fasterseg", "tfnas", "aihub", "fbnet", "csv"])
def test_a_name_that_follows_no_rule_says_nothing(format):
    assert said(format, "anything else") == {}


@pytest.mark.parametrize(
    "name", ["[1,2,3,4]", '["Conv",[],[[1,2]],[]]', "[" * 1000, '"Conv"', "{}"]
)
def test_json_that_is_no_row_of_fbnet_says_little_and_fails_never(name):
    assert "height" not in said("fbnet", name)


def test_every_name_of_the_proxylessnas_table_is_read(data):
    names = yaml.safe_load((data / "lut/proxyless_mobile_trim.yaml").read_text())

    attributes = [said("proxylessnas", name) for name in names]

    assert len(attributes) == 73
    assert all(found.keys() >= CONV for found in attributes)
    blocks = [found for found in attributes if found["type"] == "expanded_conv"]
    assert all({"kernel", "stride", "expansion", "idskip"} <= found.keys() for found in blocks)


def test_every_name_of_the_fasterseg_table_is_read(data):
    names = json.loads((data / "lut/fasterseg_trt_op_lut.json").read_text())

    attributes = [said("fasterseg", name) for name in names]

    assert len(attributes) == 667
    assert all(found.keys() >= CONV - {"channels_out"} for found in attributes)
    assert {found["type"] for found in attributes if "channels_out" not in found} == {"ff"}
    assert {found["blocks"] for found in attributes if "blocks" in found} == {1, 2}


def test_every_name_of_the_tfnas_tables_is_read(data):
    tables = json.loads(gzip.decompress((data / "lut/tfnas_op_lut.json.gz").read_bytes()))
    names = [
        f"{name}/{width}" for name, row in tables["cpu"].items() if name != "base" for width in row
    ]

    attributes = [said("tfnas", name) for name in names]

    assert len(attributes) == 36_480
    assert all(found.keys() > CONV | {"kernel", "channels_middle"} for found in attributes)


def test_every_network_of_ai_hub_is_read(data):
    text = gzip.decompress((data / "lut/aihub_models_perf_v0.47.csv.gz").read_bytes()).decode()
    names = {f"{row['model']}/{row['component']}" for row in csv.DictReader(io.StringIO(text))}

    assert all(said("aihub", name)["model"] for name in names)
