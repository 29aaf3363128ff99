"""What is changed about a machine is put back: at the end, and after every kind of end."""

import os
import signal
import subprocess
import sys
from contextlib import ExitStack

import pytest

from device_agents.quiet.governor import GovernorChange, governor_changes
from device_agents.quiet.journal import BOOT_ID, Journal
from profiler.errors import QuietFailed

HOLD = """
import sys, time
from contextlib import ExitStack
from pathlib import Path
from device_agents.quiet.governor import governor_changes
from device_agents.quiet.journal import Journal

folder, root = Path(sys.argv[1]), Path(sys.argv[2])
with ExitStack() as undo:
    journal = Journal(folder, print, root)
    for governor in sys.argv[3:]:
        for change in governor_changes(governor, root):
            journal.make(change, undo)
    print("changed", flush=True)
    time.sleep(60)
"""


class Tree:
    """A machine of text files with two policies."""

    def __init__(self, root):
        self.root = root
        for policy in ("policy0", "policy4"):
            folder = root / "sys/devices/system/cpu/cpufreq" / policy
            folder.mkdir(parents=True)
            (folder / "scaling_available_governors").write_text("performance powersave schedutil\n")
        self.set("schedutil", "schedutil")
        self.boot("a")

    def boot(self, boot_id):
        (self.root / BOOT_ID).parent.mkdir(parents=True, exist_ok=True)
        (self.root / BOOT_ID).write_text(boot_id)

    def set(self, *governors):
        for path, governor in zip(self._paths(), governors, strict=True):
            path.write_text(governor)

    @property
    def governors(self):
        return [path.read_text().strip() for path in self._paths()]

    def _paths(self):
        return sorted(self.root.glob("sys/devices/system/cpu/cpufreq/*/scaling_governor")) or [
            self.root / "sys/devices/system/cpu/cpufreq" / policy / "scaling_governor"
            for policy in ("policy0", "policy4")
        ]


@pytest.fixture
def tree(tmp_path):
    return Tree(tmp_path / "root")


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "state" / "journal"


@pytest.fixture
def said():
    return []


@pytest.fixture
def journal(folder, tree, said):
    return Journal(folder, said.append, tree.root)


@pytest.fixture
def killed(tree, folder):
    """A process that changed the machine and was killed."""
    return kill(holder(tree, folder, "performance"))


def kill(process):
    process.kill()
    process.communicate()
    return process


def holder(tree, folder, *governors):
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder), str(tree.root), *governors],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "changed\n"
    return process


def entries(folder):
    return sorted(folder.glob("*")) if folder.exists() else []


def make_all(journal, undo):
    for change in governor_changes("performance", journal.root):
        journal.make(change, undo)


def test_a_change_is_written_down_while_it_lasts_and_crossed_out_after(journal, tree, folder):
    with ExitStack() as undo:
        make_all(journal, undo)
        assert tree.governors == ["performance", "performance"]
        assert len(entries(folder)) == 2

    assert tree.governors == ["schedutil", "schedutil"]
    assert entries(folder) == []


def test_it_is_written_down_before_it_is_made(journal, folder, tree):
    class Looks(GovernorChange):
        def make(self, machine):
            assert len(entries(folder)) == 1
            raise QuietFailed("seen enough")

    with ExitStack() as undo, pytest.raises(QuietFailed, match="seen enough"):
        journal.make(Looks(policy="policy0", before="schedutil", after="performance"), undo)
    assert entries(folder) == []


def test_an_error_while_measuring_puts_everything_back(journal, tree, folder):
    with pytest.raises(ValueError, match="measuring failed"), ExitStack() as undo:
        make_all(journal, undo)
        raise ValueError("measuring failed")

    assert tree.governors == ["schedutil", "schedutil"]


def test_what_a_killed_process_changed_is_put_back_at_the_next_start(
    killed, journal, tree, folder, said
):
    assert tree.governors == ["performance", "performance"]

    journal.recover()

    assert tree.governors == ["schedutil", "schedutil"]
    assert entries(folder) == []
    assert f"put back, process {killed.pid} could not" in "\n".join(said)


def test_what_a_living_process_changed_is_its_own_business(journal, tree, folder):
    process = holder(tree, folder, "performance")

    journal.recover()

    assert tree.governors == ["performance", "performance"]
    kill(process)
    journal.recover()
    assert tree.governors == ["schedutil", "schedutil"]


def test_a_crash_between_writing_down_and_making_changes_nothing(killed, journal, tree, folder):
    tree.set("schedutil", "performance")

    journal.recover()

    assert tree.governors == ["schedutil", "schedutil"]
    assert entries(folder) == []


def test_a_reboot_put_things_back_by_itself(killed, journal, tree, folder, said):
    tree.boot("b")

    journal.recover()

    assert tree.governors == ["performance", "performance"]  # of whoever booted it like this
    assert entries(folder) == []
    assert "of an earlier boot, put back by the reboot" in said[0]


def test_what_somebody_else_set_meanwhile_is_left_alone_and_said(killed, journal, tree, said):
    tree.set("powersave", "performance")

    journal.recover()

    assert tree.governors == ["powersave", "schedutil"]
    assert "governor of policy0 left alone: it was set to performance and is powersave" in said[1]


def test_what_cannot_be_put_back_is_said_and_tried_again_at_the_next_start(
    killed, journal, tree, folder, said
):
    (policy,) = tree.root.glob("sys/devices/system/cpu/cpufreq/policy4")
    policy.rename(policy.with_name("away"))
    journal.recover()
    assert "NOT put back, tried again at the next start" in "\n".join(said)
    assert len(entries(folder)) == 1

    policy.with_name("away").rename(policy)
    journal.recover()

    assert tree.governors == ["schedutil", "schedutil"]
    assert entries(folder) == []


def test_changes_of_one_setting_are_put_back_in_reverse(journal, tree, folder):
    kill(holder(tree, folder, "performance", "powersave"))
    assert tree.governors == ["powersave", "powersave"]

    journal.recover()

    assert tree.governors == ["schedutil", "schedutil"]


def test_a_journal_that_cannot_be_written_changes_nothing(tree, tmp_path, said):
    (tmp_path / "file").write_text("")
    journal = Journal(tmp_path / "file" / "journal", said.append, tree.root)

    with ExitStack() as undo, pytest.raises(QuietFailed, match="not written down is not changed"):
        make_all(journal, undo)

    assert tree.governors == ["schedutil", "schedutil"]


@pytest.mark.parametrize(
    "text", ["", "{", '{"format": 2}', '{"change": {"kind": "command", "run": "reboot"}}']
)
def test_what_is_no_entry_is_named_and_kept(journal, folder, said, text):
    folder.mkdir(parents=True)
    (folder / "1.json").write_text(text)

    journal.recover()

    assert said == [
        f"{folder / '1.json'} is no entry this version can read; look at it and remove it"
    ]
    assert len(entries(folder)) == 1


def test_an_entry_cannot_name_a_file_outside_of_the_governors(journal, folder, tree, said):
    folder.mkdir(parents=True)
    change = '{"kind": "governor", "policy": "../../policy0", "before": "x", "after": "y"}'
    (folder / "1.json").write_text(f'{{"boot_id": "a", "pid": 1, "change": {change}}}')

    journal.recover()

    assert "is no entry" in said[0]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_the_journal_of_another_user_is_not_believed(killed, journal, folder, tree, said):
    os.chown(folder, 65534, 65534)

    journal.recover()

    assert tree.governors == ["performance", "performance"]
    assert "it is another user's" in said[0]


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_that_comes_while_a_change_is_made_waits_for_it(tree, folder, said, ending):
    class Signals(GovernorChange):
        def make(self, machine):
            os.kill(os.getpid(), ending)
            super().make(machine)

    def end(*_):
        raise KeyboardInterrupt

    before = signal.signal(ending, end)
    try:
        with pytest.raises(KeyboardInterrupt), ExitStack() as undo:
            journal = Journal(folder, said.append, tree.root)
            journal.make(Signals(policy="policy0", before="schedutil", after="performance"), undo)
    finally:
        signal.signal(ending, before)

    assert tree.governors == ["schedutil", "schedutil"]
    assert entries(folder) == []
