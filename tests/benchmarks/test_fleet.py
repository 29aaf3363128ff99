"""A small fleet against a real server: nothing is lost, nothing is doubled."""

from benchmarks.fleet import work

AGENTS = 20


def test_what_a_fleet_was_told_is_stored_is_stored_once(tmp_path):
    outcome = work(str(tmp_path / "lut.db"), tmp_path, AGENTS, seconds=1.5, cycle_s=0.75)

    assert (outcome.missing, outcome.doubled, outcome.refused) == (0, 0, {})
    assert len(outcome.took_ms["report"]) >= AGENTS
    assert len(outcome.took_ms["heartbeat"]) == 2 * len(outcome.took_ms["report"])
