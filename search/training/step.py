"""One optimizer step: forward in the plan's precision, loss in fp32, gradients of all processes."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from profiler.errors import RunInvalid
from search.data.batches import Batch
from search.distributed import World
from search.losses import deeply_supervised_loss
from search.training.plan import Precision
from search.training.state import TrainingState

_DTYPES = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}


def require_precision(precision: Precision, device: torch.device) -> None:
    """
    Refuse what *device* cannot train in.

    Raises:
        RunInvalid: fp16 without a GPU.
    """
    if precision == "fp16" and device.type != "cuda":
        raise RunInvalid(f"fp16 trains on a GPU, not on {device.type}; take bf16 or fp32")


def take_step(state: TrainingState, batch: Batch, *, learning_rate: float, world: World) -> Tensor:
    """
    Change the weights once and return the loss, still on the device.

    Args:
        state: whose module, optimizer and average move.
        batch: images N,3,H,W and masks N,1,H,W, of this process.
        learning_rate: of this step.
        world: the processes that take it together.
    """
    for group in state.optimizer.param_groups:
        group["lr"] = learning_rate
    loss = _loss(state, batch, world.device)
    state.optimizer.zero_grad()
    torch.autograd.backward(state.scaler.scale(loss))
    world.average_gradients(state.module.parameters())  # before the scale is taken out: one
    state.scaler.unscale_(state.optimizer)  # process that overflowed makes all of them skip
    if state.plan.gradient_clip:
        nn.utils.clip_grad_norm_(state.module.parameters(), state.plan.gradient_clip)
    state.scaler.step(state.optimizer)
    state.scaler.update()
    state.step += 1
    state.update_average()
    return loss.detach()


def _loss(state: TrainingState, batch: Batch, device: torch.device) -> Tensor:
    images, masks = batch
    images = images.to(device, memory_format=torch.channels_last)
    precision = state.plan.precision
    with torch.autocast(device.type, _DTYPES[precision], enabled=precision != "fp32"):
        logits = state.module(images)  # N,K,H,W
    return deeply_supervised_loss(logits.float(), masks.to(device))
