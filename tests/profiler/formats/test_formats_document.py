"""docs/formats.md names every format, and its lines run."""

import re
from pathlib import Path

from profiler.formats import FORMATS
from profiler.formats.registry import MAX_BYTES

DOCUMENT = Path(__file__).parents[3] / "docs" / "formats.md"


def test_every_format_has_a_row():
    rows = re.findall(r"^\| `(\w+)` \|", DOCUMENT.read_text(encoding="utf-8"), re.MULTILINE)

    assert sorted(rows) == sorted(FORMATS)


def test_the_bound_it_states_is_the_bound():
    assert f"{MAX_BYTES >> 20} MiB" in DOCUMENT.read_text(encoding="utf-8")


def test_the_python_in_it_runs(tmp_path, monkeypatch):
    (block,) = re.findall(
        r"^```python\n(.*?)^```$", DOCUMENT.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )
    monkeypatch.chdir(tmp_path)
    (tmp_path / "lut.json").write_text('{"conv": 1.5}')

    names: dict[str, object] = {}
    exec(block, names)

    assert names["written"].lost == ()
    assert names["tables"][0].entries[0].latency_us == 1500
