"""``hna agent install``, run as a command on a folder that stands for a machine."""

import io
import os
import stat
from pathlib import Path

import pytest

from device_agents.install.installation import steps_of
from profiler.command import main

SERVER = "http://10.0.0.1:8765"
UNIT = "etc/systemd/system/hna-agent.service"
TOKEN = "etc/hna/agent.token"
AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files to other users")


def mode_of(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_an_installation_is_a_unit_its_environment_a_private_token_and_a_private_spool(
    install, machine_root
):
    status, _, _ = install("--", "--threads", "2")

    config = (machine_root / "etc/hna/agent.env").read_text().splitlines()
    assert status == 0
    assert config[1:] == [
        f"HNA_SERVER={SERVER}",
        "HNA_TOKEN_FILE=/etc/hna/agent.token",
        'HNA_AGENT_OPTIONS="--threads 2"',
    ]
    assert (machine_root / TOKEN).read_text() == "hna_secret\n"
    assert mode_of(machine_root / TOKEN) == 0o600
    assert mode_of(machine_root / "var/lib/hna-agent") == 0o700
    assert (machine_root / UNIT).is_file()
    wanted = machine_root / "etc/systemd/system/multi-user.target.wants/hna-agent.service"
    assert wanted.resolve() == (machine_root / UNIT).resolve()


@AS_ROOT
def test_the_token_and_the_spool_are_the_unprivileged_users(install, machine_root):
    install()

    (line,) = [
        line.split(":")
        for line in (machine_root / "etc/passwd").read_text().splitlines()
        if line.startswith("hna-agent:")
    ]
    uid = int(line[2])
    assert line[6] == "/usr/sbin/nologin"
    assert uid != 0
    assert (machine_root / TOKEN).stat().st_uid == uid
    assert (machine_root / "var/lib/hna-agent").stat().st_uid == uid
    assert (machine_root / UNIT).stat().st_uid == 0


def test_a_second_installation_changes_nothing_and_says_so(
    install, hna, machine_root, everything_below
):
    install()
    before = everything_below(machine_root)

    status, output, _ = hna("install", "--server", SERVER)

    assert status == 0
    assert "nothing to change: it is installed as asked" in output
    assert "making" not in output
    assert everything_below(machine_root) == before


def test_installing_again_with_another_server_changes_the_address_alone(
    install, hna, machine_root, everything_below
):
    install()
    before = everything_below(machine_root)

    status, _, _ = hna("install", "--server", "https://lut.example.org")

    after = everything_below(machine_root)
    assert status == 0
    assert [name for name in after if after[name] != before[name]] == ["etc/hna/agent.env"]
    assert b"HNA_SERVER=https://lut.example.org\n" in after["etc/hna/agent.env"][2]


def test_a_token_others_can_read_is_made_private_again(install, hna, machine_root):
    install()
    (machine_root / TOKEN).chmod(0o644)
    _, broken, _ = hna("status")

    hna("install", "--server", SERVER)

    assert "half installed" in broken
    assert mode_of(machine_root / TOKEN) == 0o600
    assert (machine_root / TOKEN).read_text() == "hna_secret\n"


def test_a_half_removed_installation_is_named_and_completed(
    install, hna, machine_root, everything_below
):
    install()
    before = everything_below(machine_root)
    (machine_root / UNIT).unlink()
    status, output, _ = hna("status")

    hna("install", "--server", SERVER)

    assert status == 3
    assert "half installed" in output
    assert "missing: unit" in output
    assert everything_below(machine_root) == before


def test_a_dry_run_says_everything_and_changes_nothing(install, machine_root, everything_below):
    before = everything_below(machine_root)

    status, output, _ = install("--dry-run")

    assert status == 0
    assert output.count("would make") == 6
    assert "nothing was changed" in output
    assert "hna_secret" not in output
    assert everything_below(machine_root) == before


def test_a_step_that_fails_leaves_the_machine_as_it_was(
    install, machine_root, monkeypatch, everything_below
):
    class Refuses:
        def __str__(self):
            return "the last step"

        def check(self):
            pass

        def holds(self):
            return False

        def make(self):
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(
        "device_agents.install.installation.steps_of", lambda asked: (*steps_of(asked), Refuses())
    )
    before = everything_below(machine_root)

    status, _, errors = install()

    after = everything_below(machine_root)
    left = {name: value for name, value in after.items() if before.get(name) != value}
    assert status == 2
    assert "the last step" in errors
    assert "No space left on device" in errors
    # the tools that make users keep copies of the files they changed
    assert {name for name in left if not name.endswith("-")} <= {"etc/passwd"}
    assert "hna-agent" not in (machine_root / "etc/passwd").read_text()


def test_a_change_that_fails_puts_the_former_files_back(
    install, machine_root, monkeypatch, everything_below
):
    install()
    before = everything_below(machine_root)

    replace = Path.replace

    def all_but_the_unit(path, to):
        if to.name.endswith(".service"):
            raise PermissionError(1, "Operation not permitted")
        return replace(path, to)

    monkeypatch.setattr(Path, "replace", all_but_the_unit)

    status, _, errors = install("--allow-priority", "--", "--threads", "4", token="hna_other")

    assert status == 2
    assert "what was done before it is undone" in errors
    assert everything_below(machine_root) == before


@pytest.mark.parametrize("name", [UNIT, "etc/hna/agent.env"])
def test_a_file_somebody_else_wrote_is_refused_before_anything_changes(
    name, install, hna, machine_root, everything_below
):
    (machine_root / name).parent.mkdir(parents=True)
    (machine_root / name).write_text("[Unit]\nDescription=mine\n")
    before = everything_below(machine_root)

    status, _, errors = install()
    removal, _, removal_errors = hna("uninstall")

    assert (status, removal) == (2, 2)
    assert f"{name} was not written by hna agent install" in errors
    assert "it stays" in removal_errors
    assert everything_below(machine_root) == before


def test_a_user_of_that_name_who_logs_in_is_refused(install, machine_root):
    (machine_root / "etc/passwd").write_text("hna-agent:x:1000:1000::/home/hna:/bin/bash\n")

    status, _, errors = install()

    assert status == 2
    assert "a user hna-agent already, with home /home/hna and shell /bin/bash" in errors
    assert not (machine_root / "var").exists()


@pytest.mark.parametrize("place", ["var/lib/hna-agent", TOKEN, UNIT])
def test_a_link_where_a_file_belongs_is_refused(place, install, machine_root, tmp_path):
    (machine_root / place).parent.mkdir(parents=True)
    (machine_root / place).symlink_to(tmp_path / "elsewhere")

    status, _, errors = install()

    assert status == 2
    assert "move it away" in errors
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize(
    ("arguments", "stdin", "message"),
    [
        (("--server", SERVER), "", "there is no token for the server, and nobody to ask"),
        (("--server", SERVER, "--token-stdin"), "", "the token is empty"),
        (("--server", SERVER, "--token-stdin"), "two words", "not one word"),
        (("--server", "10.0.0.1:8765", "--no-token"), "", "is no address of a server"),
        (("--server", "http://", "--no-token"), "", "is no address of a server"),
        (("--server", "http://a b", "--no-token"), "", "is no address of a server"),
        (("--server", SERVER, "--no-token", "--", "--state-dir", "a b"), "", "'a b' cannot be"),
    ],
)
def test_what_cannot_be_installed_is_refused_in_one_line(
    arguments, stdin, message, hna, machine_root, everything_below
):
    before = everything_below(machine_root)

    status, _, errors = hna("install", *arguments, stdin=stdin)

    assert status == 2
    assert message in errors
    assert errors.count("\n") == 1
    assert everything_below(machine_root) == before


def test_an_option_that_hna_agent_does_not_have_is_found_now_and_not_at_boot(install, machine_root):
    status, _, errors = install("--", "--thredas", "2")

    assert status == 2
    assert "--thredas" in errors
    assert not (machine_root / TOKEN).exists()


def test_the_token_can_be_typed_where_somebody_can_be_asked(machine_root, monkeypatch, hna):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    monkeypatch.setattr("typer.prompt", lambda text, hide_input: f"typed-{hide_input}")
    monkeypatch.setattr("sys.stdin", Terminal())

    status = main(["agent", "install", "--root", str(machine_root), "--server", SERVER])

    assert status == 0
    assert (machine_root / TOKEN).read_text() == "typed-True\n"


def test_a_server_that_asks_for_no_token_needs_none(hna, machine_root):
    status, _, _ = hna("install", "--server", "http://127.0.0.1:8765", "--no-token")

    assert status == 0
    assert not (machine_root / TOKEN).exists()
    assert "HNA_TOKEN_FILE" not in (machine_root / "etc/hna/agent.env").read_text()


def test_options_before_a_subcommand_are_refused_instead_of_forgotten(capsys):
    status = main(["agent", "--threads", "2", "status"])

    assert status == 2
    assert "--threads stands before status" in capsys.readouterr().err


def test_an_agent_without_a_server_says_how_to_name_one(capsys, monkeypatch):
    monkeypatch.delenv("HNA_SERVER", raising=False)

    status = main(["agent"])

    assert status == 2
    assert "--server or in the variable HNA_SERVER" in capsys.readouterr().err


def test_every_step_of_an_installation_says_in_a_line_what_it_makes(install):
    _, output, _ = install("--dry-run")

    lines = [line for line in output.splitlines() if line.startswith("  would make: ")]
    assert any("system user hna-agent" in line for line in lines)
    assert any(f"{TOKEN}, 0600, of hna-agent" in line for line in lines)
