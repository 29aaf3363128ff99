"""
The frequency governors of the processor, one for each policy of cpufreq.

Source: the kernel's Documentation/admin-guide/pm/cpufreq.rst.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from device_agents.quiet.change import Machine
from profiler.errors import QuietFailed
from profiler.platforms.files import read_text

POLICIES = "sys/devices/system/cpu/cpufreq"


@dataclass(frozen=True, slots=True, kw_only=True)
class GovernorChange:
    """
    The governor of one policy.

    Args:
        policy: such as ``policy0``.
        before: the governor that was there.
        after: the one that is asked for.
    """

    kind: Literal["governor"] = "governor"
    policy: Annotated[str, Field(pattern=r"^policy\d+$")]
    before: str
    after: str

    def __str__(self) -> str:
        return f"governor of {self.policy} from {self.before} to {self.after}"

    def make(self, machine: Machine) -> None:
        """See the port."""
        _write(self._path(machine), self.after)

    def put_back(self, machine: Machine) -> str | None:
        """See the port; one that somebody else set meanwhile is theirs."""
        found = read_text(self._path(machine))
        if found == self.before:
            return None
        if found is not None and found != self.after:
            return (
                f"governor of {self.policy} left alone: it was set to {self.after} and is {found} "
                "by now"
            )
        _write(self._path(machine), self.before)
        return None

    def _path(self, machine: Machine) -> Path:
        return machine.root / POLICIES / self.policy / "scaling_governor"


def governor_changes(governor: str, root: Path) -> tuple[GovernorChange, ...]:
    """
    Return what must change so that every policy has *governor*; nothing where all have.

    Raises:
        QuietFailed: this machine has no governors, or not that one.
    """
    policies = sorted((root / POLICIES).glob("policy[0-9]*"), key=lambda path: int(path.name[6:]))
    found = {path: read_text(path / "scaling_governor") for path in policies}
    if not any(found.values()):
        raise QuietFailed("the kernel has no frequency governors here (no cpufreq)")
    for path in policies:
        offered = (read_text(path / "scaling_available_governors") or governor).split()
        if governor not in offered:
            raise QuietFailed(f"{path.name} offers {', '.join(offered)}, and not {governor}")
    return tuple(
        GovernorChange(policy=path.name, before=before, after=governor)
        for path, before in found.items()
        if before is not None and before != governor
    )


def _write(path: Path, governor: str) -> None:
    try:
        path.write_text(governor)
    except OSError as error:
        raise QuietFailed(f"{path} cannot be set to {governor}: {error.strerror}") from error
    if read_text(path) != governor:
        raise QuietFailed(f"{path} was set to {governor} and the kernel did not take it")
