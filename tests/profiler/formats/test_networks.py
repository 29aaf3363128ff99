"""Published latencies of whole networks: what is read, and what is refused."""

import io

import numpy as np
import pytest

from profiler.errors import TableInvalid
from profiler.formats.attributes import attributes_of
from profiler.formats.networks import nasbench201_name, read_networks
from profiler.operations import ForeignOperation

OPS = ["none", "skip_connect", "nor_conv_1x1", "nor_conv_3x3", "avg_pool_3x3"]
SOUND = {
    "arch": np.array([[3, 0, 1, 0, 0, 2], [1, 1, 1, 1, 1, 1]], dtype=np.int8),
    "devices": np.array(["phone", "board"]),
    "latency_ms": np.array([[2.5, 1.0], [20.0, 8.0]], dtype=np.float32),
    "ops": np.array(OPS),
}
FIRST = "|nor_conv_3x3~0|+|none~0|skip_connect~1|+|none~0|none~1|nor_conv_1x1~2|"


def write(path, **changes):
    np.savez(path, **(SOUND | changes))
    return path


def test_a_file_says_names_devices_and_microseconds(tmp_path):
    published = read_networks(write(tmp_path / "some.npz"))

    assert published.format == "nasbench201"
    assert published.devices == ("phone", "board")
    assert published.names[0] == FIRST
    assert published.on("board")[FIRST] == 20_000.0


def test_a_name_says_the_operation_of_each_edge():
    said = attributes_of(ForeignOperation(format="nasbench201", name=FIRST))

    assert said == {
        "type": "network",
        "edge_0_1": "nor_conv_3x3",
        "edge_0_2": "none",
        "edge_1_2": "skip_connect",
        "edge_0_3": "none",
        "edge_1_3": "none",
        "edge_2_3": "nor_conv_1x1",
    }


@pytest.mark.parametrize("format", ["nasbench201", "fbnet_space"])
def test_a_name_that_is_no_network_says_nothing(format):
    assert attributes_of(ForeignOperation(format=format, name="|none~0|+|none~0|")) == {}


def test_a_device_that_is_not_there_is_named_with_those_that_are(tmp_path):
    published = read_networks(write(tmp_path / "some.npz"))

    with pytest.raises(TableInvalid, match="no device 'pixel3'; it has phone, board"):
        published.on("pixel3")


def test_objects_are_refused_unread(tmp_path):
    class Trap:
        def __reduce__(self):
            return (pytest.fail, ("it was executed",))

    path = write(tmp_path / "trap.npz", devices=np.array([Trap(), Trap()], dtype=object))

    with pytest.raises(TableInvalid, match=r"trap\.npz is no \.npz of the arrays"):
        read_networks(path)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"latency_ms": np.array([[2.5, 0.0], [20.0, 8.0]])}, "a latency that is no time"),
        ({"latency_ms": np.array([[2.5, np.nan], [20.0, 8.0]])}, "a latency that is no time"),
        ({"latency_ms": np.array([[2.5], [20.0]])}, "2 x 1, for 2 devices and 2 networks"),
        ({"devices": np.array(["phone", "phone"])}, "has a device twice"),
        ({"arch": np.ones((2, 6), dtype=np.int8)}, "has a network twice"),
        ({"arch": np.full((2, 6), 5)}, "arch must index the 5 names"),
        ({"arch": np.ones((2, 7), dtype=np.int8)}, "no space known here"),
        ({"arch": np.ones((2, 6))}, "arch has 2 axes of float64"),
        ({"ops": np.array(OPS[::-1])}, "no space known here"),
    ],
)
def test_what_is_wrong_is_named(tmp_path, changes, said):
    path = write(tmp_path / "wrong.npz", **changes)

    with pytest.raises(TableInvalid, match=said):
        read_networks(path)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 cut off", b"text"])
def test_a_file_of_something_else_is_refused(tmp_path, content):
    path = tmp_path / "other.npz"
    path.write_bytes(content)

    with pytest.raises(TableInvalid, match=r"other\.npz is no \.npz"):
        read_networks(path)


def test_an_array_that_lacks_is_named(tmp_path):
    text = io.BytesIO()
    np.savez(text, **{name: array for name, array in SOUND.items() if name != "ops"})
    path = tmp_path / "lacks.npz"
    path.write_bytes(text.getvalue())

    with pytest.raises(TableInvalid, match="ops"):
        read_networks(path)


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(TableInvalid, match=r"absent\.npz cannot be read: No such file"):
        read_networks(tmp_path / "absent.npz")


@pytest.mark.parametrize(
    ("file", "format", "networks"),
    [
        ("help_nasbench201.npz", "nasbench201", 15_625),
        ("help_fbnet.npz", "fbnet_space", 5_000),
    ],
)
def test_every_name_of_the_published_files_says_what_was_chosen(data, file, format, networks):
    published = read_networks(data / "lut" / file)

    said = [attributes_of(ForeignOperation(format=format, name=each)) for each in published.names]

    assert published.format == format
    assert len(published.devices) == 27
    assert len({tuple(each.values()) for each in said}) == networks


def test_all_networks_of_nas_bench_201_are_published_once(data):
    published = read_networks(data / "lut" / "help_nasbench201.npz")

    assert nasbench201_name(["nor_conv_3x3"] * 6) in published.names
    assert len(set(published.names)) == 5**6
