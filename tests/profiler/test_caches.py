"""The size of caches, and emptying them."""

from __future__ import annotations

from profiler.backends.caches import cpu_flush
from profiler.platforms.caches import last_level_bytes


def test_the_largest_cache_counts(tmp_path):
    for index, size in enumerate(["32K", "1024K", "8M"]):
        folder = tmp_path / f"sys/devices/system/cpu/cpu0/cache/index{index}"
        folder.mkdir(parents=True)
        (folder / "size").write_text(size + "\n")

    assert last_level_bytes(tmp_path) == 8 * 2**20


def test_a_machine_that_does_not_tell_has_none(tmp_path):
    assert last_level_bytes(tmp_path) is None


def test_flushing_works_where_the_size_is_unknown(tmp_path):
    flush = cpu_flush(tmp_path)

    assert flush() is None
