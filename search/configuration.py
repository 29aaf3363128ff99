"""
What one search is to do, from the space to the training, as one value that a run folder keeps.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from lut_server.wire import GapFiller
from profiler.errors import RunInvalid
from profiler.space import MetaSpace, named_space
from search.meeting.plan import MeetingPlan
from search.stage1.plan import Stage1Plan
from search.stage2.plan import Stage2Plan
from search.training.plan import TrainingPlan
from search.trials import TrialPlan

BATCH = 8


PREDICTED: GapFiller = "predicted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """
    A whole search.

    Args:
        space: sizes, widths and candidates; the network is deployed at its size.
        budget_us: latency the network must not exceed on a device without a budget of its own,
            in microseconds; None takes ``budget_share`` of the median of the random networks.
        budget_share: share of that median.
        allow: value kinds of rows that are used where nothing was measured, and not measured then.
        target_error: doubt, as a share of a latency, up to which a prediction does instead of a
            measurement: the device measures until the rest can be predicted so; None has
            everything measured.
        max_macs: multiply-accumulates the network must not exceed; None leaves them free.
        max_conv_weights: elements of convolution weights it must not exceed.
        networks: random networks measured for the certificate.
        anchors: of those, how many are measured again beside derived networks.
        simplification_size: H and W of the images of stage 1, in pixels.
        batch: images in a step of stages 1 and 2.
        stage1: settings of stage 1.
        stage2: settings of stage 2.
        meeting: how networks are found that measure what the budget asks for.
        trials: of the best few networks, before one is trained to the end.
        training: settings of the final training.
        inherit_weights: start the training from the supernet's weights; from scratch otherwise,
            as the reference does.
        seed: of everything random.

    Raises:
        RunInvalid: numbers that make no search.
    """

    space: MetaSpace
    budget_us: float | None = None
    budget_share: float = 0.6
    allow: tuple[GapFiller, ...] = ()
    target_error: float | None = None
    max_macs: float | None = None
    max_conv_weights: float | None = None
    networks: int = 36
    anchors: int = 6
    simplification_size: int
    batch: int = BATCH
    stage1: Stage1Plan = field(default_factory=Stage1Plan)
    stage2: Stage2Plan = field(default_factory=Stage2Plan)
    meeting: MeetingPlan = field(default_factory=MeetingPlan)
    trials: TrialPlan = field(default_factory=TrialPlan)
    training: TrainingPlan = field(default_factory=TrainingPlan)
    inherit_weights: bool = False
    seed: int = 0

    def __post_init__(self) -> None:
        if self.budget_us is not None and not self.budget_us > 0:
            raise RunInvalid(f"a budget of {self.budget_us} us; give one above 0")
        if not self.budget_share > 0:
            raise RunInvalid(f"budget_share={self.budget_share}; give a share above 0")
        if self.target_error is not None and not 0 < self.target_error < 1:
            raise RunInvalid(
                f"target_error={self.target_error}; give a share between 0 and 1, such as 5%"
            )
        if not self.networks >= 5 or not 0 <= self.anchors <= self.networks:
            raise RunInvalid(
                f"networks={self.networks}, anchors={self.anchors}: at least 5 networks for a "
                "certificate, and no more anchors than networks"
            )

    @property
    def allowed(self) -> tuple[GapFiller, ...]:
        """Value kinds of rows a table may fill its gaps with; none: everything is measured."""
        predicts = self.target_error is not None and PREDICTED not in self.allow
        return (*self.allow, PREDICTED) if predicts else self.allow


def small_configuration(
    *, budget_us: float | None = None, seed: int = 0, options: str = "paper"
) -> Configuration:
    """
    Return a search that two cores finish in minutes: narrow, small images, few epochs.

    Args:
        budget_us: latency not to be exceeded, in microseconds.
        seed: of everything random.
        options: of the space, a name of ``profiler.space.SPACES``.
    """
    size = 96
    return Configuration(
        space=named_space("one", "resnet_10", height=size, width=size, options=options),
        budget_us=budget_us,
        simplification_size=64,
        stage1=Stage1Plan(epochs=10, width=16, budget_share=0.3, seed=seed),
        stage2=Stage2Plan(
            warmup_epochs=16, search_epochs=8, arch_every=2, lr=4e-3, arch_lr=0.05, seed=seed
        ),
        trials=TrialPlan(networks=4, epochs=5),
        training=TrainingPlan(epochs=24, batch=BATCH, size=size, learning_rate=4e-3, seed=seed),
        seed=seed,
    )


def full_configuration(
    *, budget_us: float | None = None, seed: int = 0, options: str = "paper"
) -> Configuration:
    """
    Return a search of the paper's size (spec 2.5, 3.6): hours on a GPU, days on two cores.

    Args are those of ``small_configuration``.
    """
    size = 256
    return Configuration(
        space=named_space("two", "resnet_18", height=size, width=size, options=options),
        budget_us=budget_us,
        simplification_size=size,
        batch=16,
        stage1=Stage1Plan(
            epochs=462,
            width=32,
            budget_share=0.3,
            checkpoint_every=10,
            seed=seed,
        ),
        stage2=Stage2Plan(warmup_epochs=600, search_epochs=200, checkpoint_every=10, seed=seed),
        trials=TrialPlan(networks=4, epochs=100),
        training=TrainingPlan(
            epochs=1500, batch=16, size=size, optimizer="adagrad", learning_rate=0.01, seed=seed
        ),
        seed=seed,
    )


def computed_on(configuration: Configuration, device: str) -> Configuration:
    """Return the same search, both stages of it computed on a torch device such as ``cuda:0``."""
    return replace(
        configuration,
        stage1=replace(configuration.stage1, device=device),
        stage2=replace(configuration.stage2, device=device),
    )
