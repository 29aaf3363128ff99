"""Governors, GPU clocks and Jetson clocks: asked for, had or not had, and put back."""

import json
import os
from contextlib import ExitStack

import pytest

from device_agents.quiet import NOT_QUIET, QuietSettings, quiet
from device_agents.quiet.gpu import GpuClocksChange
from device_agents.quiet.jetson import JetsonClocksChange
from device_agents.quiet.journal import Journal

NVIDIA_SMI = """#!/bin/sh
# Locks by a file, and says what the tool of driver 550 says.
case "$3" in
  --lock-gpu-clocks=*)
    if [ -e "$PLAYED/no-permission" ]; then
      echo "The current user does not have permission to change clocks for GPU 00000000:01:00.0."
      echo "Terminating early due to previous errors."; exit 4
    elif [ -e "$PLAYED/unsupported" ]; then
      echo "Setting locked GPU clocks is not supported for GPU 00000000:01:00.0."
      echo "Treating as warning and moving on."; echo "All done."; exit 0
    fi
    echo "$2 ${3#*=}" > "$PLAYED/locked"
    echo "GPU clocks set to \\"(gpuClkMin 1410, gpuClkMax 1410)\\" for GPU 00000000:01:00.0"
    echo "All done." ;;
  --reset-gpu-clocks) rm -f "$PLAYED/locked"; echo "All done." ;;
esac
"""

JETSON_CLOCKS = """#!/bin/sh
# Clocks are one number in a file; stores, restores and asks as NVIDIA's script does.
case "$1" in
  --store)
    if [ -e "$2" ]; then
      echo "File $2 already exists. Can I overwrite it? Y/N:"; read answer; exit 1
    fi
    cp "$PLAYED/clocks" "$2" ;;
  --restore) cp "$2" "$PLAYED/clocks" ;;
  "") if [ -e "$PLAYED/broken" ]; then echo "Error: Unknown GPU Type!"; exit 1; fi
      echo maximum > "$PLAYED/clocks" ;;
esac
"""


class Quiet:
    """Nobody else is there."""

    def read(self):
        return None


@pytest.fixture
def played(tmp_path, monkeypatch):
    """Tools on the path that keep what they set in this folder."""
    folder, programs = tmp_path / "played", tmp_path / "programs"
    folder.mkdir()
    programs.mkdir()
    for name, text in (("nvidia-smi", NVIDIA_SMI), ("jetson_clocks", JETSON_CLOCKS)):
        (programs / name).write_text(text)
        (programs / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(programs), prepend=os.pathsep)
    monkeypatch.setenv("PLAYED", str(folder))
    (folder / "clocks").write_text("dynamic\n")
    return folder


@pytest.fixture
def said():
    return []


@pytest.fixture
def journal(tmp_path, said):
    return Journal(tmp_path / "journal", said.append, tmp_path / "root")


@pytest.fixture
def policies(tmp_path):
    """Make policies with these governors."""

    def make(*governors, offered="performance schedutil"):
        for number, governor in enumerate(governors):
            folder = tmp_path / f"root/sys/devices/system/cpu/cpufreq/policy{number}"
            folder.mkdir(parents=True)
            (folder / "scaling_available_governors").write_text(offered)
            (folder / "scaling_governor").write_text(governor)
        pattern = "root/sys/devices/system/cpu/cpufreq/*/scaling_governor"
        return lambda: [path.read_text() for path in sorted(tmp_path.glob(pattern))]

    return make


def notes_of(journal, **settings):
    """Return what was said, and call back nothing: quiet is over again."""
    chosen = QuietSettings(**settings)
    with quiet(2, settings=chosen, journal=journal, sleep=_no_sleep, watcher=Quiet()) as notes:
        return notes


def _no_sleep(_):
    pass


def test_a_governor_is_set_while_it_lasts_and_then_put_back(journal, policies):
    governors = policies("schedutil", "performance")

    chosen = QuietSettings(governor="performance")
    with quiet(2, settings=chosen, journal=journal, watcher=Quiet()) as notes:
        assert governors() == ["performance", "performance"]

    assert "governor performance" in notes
    assert governors() == ["schedutil", "performance"]


def test_a_machine_is_not_changed_unless_that_is_asked_for(journal, policies, tmp_path):
    governors = policies("schedutil")

    notes_of(journal)

    assert governors() == ["schedutil"]
    assert not (tmp_path / "journal").exists()


def test_a_governor_where_there_are_none_makes_the_session_doubtful(journal):
    expected = f"{NOT_QUIET}: no governor performance: the kernel has no frequency governors here"

    assert any(note.startswith(expected) for note in notes_of(journal, governor="performance"))


def test_a_governor_that_is_not_offered_is_said_with_those_that_are(journal, policies):
    policies("powersave", offered="powersave ondemand")

    (note,) = (note for note in notes_of(journal, governor="performance") if "policy0" in note)

    assert note.startswith(NOT_QUIET)
    assert note.endswith("policy0 offers powersave, ondemand, and not performance")


def test_a_gpu_is_locked_while_it_lasts_and_released_after(journal, played):
    with ExitStack() as undo:
        journal.make(GpuClocksChange(gpu="1", clock="1410"), undo)
        assert (played / "locked").read_text() == "1 1410,1410\n"

    assert not (played / "locked").exists()


@pytest.mark.parametrize("reason", ["no-permission", "unsupported"])
def test_a_gpu_that_cannot_be_locked_makes_the_session_doubtful(journal, played, tmp_path, reason):
    (played / reason).touch()

    (note,) = (note for note in notes_of(journal, gpu_clock="tdp") if "GPU 0" in note)

    assert note.startswith(f"{NOT_QUIET}: no clocks of GPU 0 locked at tdp: nvidia-smi")
    assert "permission" in note or "not supported" in note
    assert list((tmp_path / "journal").iterdir()) == []


def test_a_machine_without_the_tool_is_said(journal, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))

    (note,) = (note for note in notes_of(journal, gpu_clock="1410") if "nvidia-smi" in note)

    assert note.endswith("nvidia-smi: No such file or directory")


def test_jetson_clocks_are_stored_raised_and_restored(journal, played, tmp_path):
    chosen = QuietSettings(jetson_clocks=True)
    for _ in range(2):  # the tool would ask before it overwrites the first store
        with quiet(2, settings=chosen, journal=journal, sleep=_no_sleep, watcher=Quiet()):
            assert (played / "clocks").read_text() == "maximum\n"
        assert (played / "clocks").read_text() == "dynamic\n"

    assert list((tmp_path / "journal").iterdir()) == []


def test_jetson_clocks_that_fail_half_way_are_restored_and_said(journal, played):
    (played / "broken").touch()

    (note,) = (note for note in notes_of(journal, jetson_clocks=True) if "Jetson" in note)

    assert note.startswith(NOT_QUIET)
    assert note.endswith("jetson_clocks ended with status 1: Error: Unknown GPU Type!")
    assert (played / "clocks").read_text() == "dynamic\n"


def test_a_crash_while_clocks_are_up_is_mended_at_the_next_start(journal, played, said, tmp_path):
    folder = tmp_path / "journal"
    folder.mkdir()
    (folder / "ab.clocks").write_text("dynamic\n")
    (played / "clocks").write_text("maximum\n")
    (played / "locked").write_text("0 1410,1410\n")
    for number, change in enumerate(
        (JetsonClocksChange(stored="ab.clocks"), GpuClocksChange(gpu="0", clock="1410"))
    ):
        fields = {name: getattr(change, name) for name in change.__slots__}
        document = {"format": 1, "boot_id": None, "pid": 7, "change": fields}
        (folder / f"{number}.json").write_text(json.dumps(document))

    journal.recover()

    assert (played / "clocks").read_text() == "dynamic\n"
    assert not (played / "locked").exists()
    assert list(folder.iterdir()) == []
    assert said == [
        "clocks of GPU 0 locked at 1410 MHz: put back, process 7 could not",
        "all clocks of this Jetson at their maximum: put back, process 7 could not",
    ]


def test_what_a_crash_left_half_written_is_swept_away(journal, tmp_path):
    folder = tmp_path / "journal"
    folder.mkdir()
    for name in ("1.unfinished", "ab.clocks"):
        (folder / name).touch()

    journal.recover()

    assert list(folder.iterdir()) == []
