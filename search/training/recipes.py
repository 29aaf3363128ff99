"""
Ways to train that have a name.

``reference`` and ``dnanet`` are what their authors did (spec 3.6, 7.2), said in a plan; ``modern``
is ours, for the few images this field has.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from profiler.errors import RunInvalid
from search.data.augmentation import AUGMENTATIONS, DNANET, STRONG
from search.training.plan import TrainingPlan

_MOST_WARMUP = 0.1
"""Share of the epochs: a training that is made short keeps a short warm-up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """
    A way to train.

    Args:
        plan: its settings.
        expect_few_targets: whether heads start at a low probability; the reference's do not.
    """

    plan: TrainingPlan
    expect_few_targets: bool


RECIPES = {
    "reference": Recipe(
        plan=TrainingPlan(epochs=1500, batch=16, optimizer="adagrad", learning_rate=0.01),
        expect_few_targets=False,
    ),
    "dnanet": Recipe(
        plan=TrainingPlan(
            epochs=1500, batch=16, optimizer="adagrad", learning_rate=0.05, augmentation=DNANET
        ),
        expect_few_targets=False,
    ),
    "modern": Recipe(
        plan=TrainingPlan(
            epochs=600,
            batch=16,
            optimizer="adamw",
            learning_rate=2e-3,
            warmup_epochs=5,
            weight_decay=1e-2,
            gradient_clip=1.0,
            ema_decay=0.998,
            augmentation=STRONG,
        ),
        expect_few_targets=True,
    ),
}


def recipe(name: str) -> Recipe:
    """
    Return the recipe called *name*.

    Raises:
        RunInvalid: there is none.
    """
    if name not in RECIPES:
        raise RunInvalid(f"unknown recipe {name!r}; known are {', '.join(RECIPES)}")
    return RECIPES[name]


def changed(name: str, **fields: Any) -> Recipe:
    """
    Return the recipe called *name* with other settings.

    Args:
        name: of the recipe.
        fields: of its plan; None leaves one as it is, and ``augmentation`` may be a name.

    Raises:
        RunInvalid: no such recipe or augmentation, or settings no training can have.
    """
    given = {field: value for field, value in fields.items() if value is not None}
    wanted = given.get("augmentation")
    if isinstance(wanted, str):
        if wanted not in AUGMENTATIONS:
            raise RunInvalid(
                f"unknown augmentation {wanted!r}; known are {', '.join(AUGMENTATIONS)}"
            )
        given["augmentation"] = AUGMENTATIONS[wanted]
    original = recipe(name)
    epochs = given.get("epochs", original.plan.epochs)
    given.setdefault("warmup_epochs", min(original.plan.warmup_epochs, _MOST_WARMUP * epochs))
    return replace(original, plan=replace(original.plan, **given))
