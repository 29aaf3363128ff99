"""Files of the formats, made small, and what a person says of them."""

import gzip
from pathlib import Path

import pytest

from profiler.formats import About, read_tables

PUBLISHED = {
    "proxylessnas": (
        "proxyless_mobile_trim.yaml",
        {"device_model": "pixel-1", "runtime": "tflite"},
    ),
    "fasterseg": ("fasterseg_trt_op_lut.json", {"device_model": "gtx", "runtime": "tensorrt"}),
    "tfnas": ("tfnas_op_lut.json.gz", {"device_model": "lab", "runtime": "torch"}),
    "aihub": ("aihub_models_perf_v0.47.csv.gz", {}),
}


def about(source="a file", **said) -> About:
    return About(source=source, **({"device_model": "a-phone", "runtime": "tflite"} | said))


class Published:
    """A published file: its bytes, and the tables read from it."""

    def __init__(self, path: Path, said: dict[str, str]) -> None:
        data = path.read_bytes()
        self.plain = gzip.decompress(data) if path.suffix == ".gz" else data
        self.format, self.tables = read_tables(data, About(source=path.name, **said))


@pytest.fixture(scope="session")
def published(data):
    """Published files by format, each read once."""
    read: dict[str, Published] = {}

    def of(format: str) -> Published:
        if format not in read:
            name, said = PUBLISHED[format]
            read[format] = Published(data / "lut" / name, said)
        return read[format]

    return of
