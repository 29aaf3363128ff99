"""``hna agent uninstall`` and ``status``, on a folder that stands for a machine."""

SERVER = "http://10.0.0.1:8765"
UNIT = "etc/systemd/system/hna-agent.service"


def test_uninstalling_leaves_unreported_measurements_and_their_owner(
    install, hna, machine_root, make_report, spooled
):
    install()
    spooled(machine_root, make_report())

    status, output, _ = hna("uninstall")

    assert status == 0
    assert (machine_root / "var/lib/hna-agent/device.spool").exists()
    assert "hna-agent" in (machine_root / "etc/passwd").read_text()
    assert not (machine_root / "etc/hna").exists()
    assert not (machine_root / UNIT).exists()
    assert "holds measurements that were not reported" in output


def test_purging_deletes_measurements_too_and_says_how_many(
    install, hna, machine_root, make_report, spooled
):
    install()
    spooled(machine_root, make_report())

    status, output, _ = hna("uninstall", "--purge")

    assert status == 0
    assert "with 1 unreported session(s)" in output
    assert not (machine_root / "var/lib/hna-agent").exists()
    assert "hna-agent" not in (machine_root / "etc/passwd").read_text()


def test_purging_in_a_dry_run_deletes_nothing(
    install, hna, machine_root, make_report, everything_below, spooled
):
    install()
    spooled(machine_root, make_report())
    before = everything_below(machine_root)

    _, output, _ = hna("uninstall", "--purge", "--dry-run")

    assert "would remove" in output
    assert everything_below(machine_root) == before


def test_uninstalling_where_nothing_is_changes_nothing_and_says_so(hna):
    status, output, _ = hna("uninstall")

    assert status == 0
    assert "there is nothing to remove" in output


def test_the_status_counts_reports_that_wait_without_touching_them(
    install, hna, machine_root, make_report, everything_below, spooled
):
    install()
    spooled(machine_root, make_report())
    before = everything_below(machine_root)

    status, output, _ = hna("status")

    assert status == 0
    assert "agent: installed" in output
    assert f"server: {SERVER}" in output
    assert "reports waiting: 1" in output
    assert everything_below(machine_root) == before


def test_the_status_of_a_machine_without_an_agent_is_an_exit_status_too(hna):
    status, output, _ = hna("status")

    assert status == 3
    assert "agent: not installed" in output
