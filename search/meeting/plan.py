"""How a search meets its target, and with which numbers."""

from __future__ import annotations

from dataclasses import dataclass

from profiler.errors import RunInvalid


@dataclass(frozen=True, slots=True, kw_only=True)
class MeetingPlan:
    """
    The settings of meeting a target.

    Args:
        rounds: of deriving and measuring at most; 0 derives once, from the table alone, with the
            headroom of its certificate before the budget.
        networks: derived and measured in each round.
        sittings: for one answer at most; see ``search.meeting.sitting``.
        width: of the target, as a share of the budget: a network holds that takes between
            ``(1 - width) * budget`` and the budget.  Networks are aimed at the middle half of it.

    Raises:
        RunInvalid: a number that meets nothing.
    """

    rounds: int = 3
    networks: int = 8
    sittings: int = 4
    width: float = 0.02

    def __post_init__(self) -> None:
        if self.rounds < 0 or min(self.networks, self.sittings) < 1:
            raise RunInvalid(
                f"meeting: rounds={self.rounds}, networks={self.networks}, "
                f"sittings={self.sittings}; rounds at least 0, the others at least 1"
            )
        if not 0 < self.width < 1:
            raise RunInvalid(f"meeting: width={self.width}; it is a share between 0 and 1")

    @property
    def least(self) -> float:
        """Share of the budget below which a network spends too little of it."""
        return 1 - self.width

    @property
    def aim(self) -> tuple[float, float]:
        """Smallest and largest share of the budget that networks are derived for."""
        return 1 - 0.75 * self.width, 1 - 0.25 * self.width
