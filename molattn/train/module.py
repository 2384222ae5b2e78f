"""The Lightning module: a network, its losses, its optimiser and what is logged."""

from __future__ import annotations

import hashlib
import math
from typing import Any

import pytorch_lightning as lightning
import torch
from torch import Tensor, nn

from molattn.errors import MolattnError
from molattn.model.prediction import Prediction
from molattn.train.config import TrainConfig
from molattn.train.losses import losses
from molattn.train.sampling import Batch, TrainLoader
from molattn.train.teaching import (
    altered_losses,
    altered_step,
    further_losses,
    weighted_sum,
)
from molattn.train.watch import WatchMetrics


class TrainingModule(lightning.LightningModule):
    """Trains a network.

    Everything random in a step follows from the seed and the number of the step, so a training
    that is resumed from a checkpoint repeats what an uninterrupted one does, bit for bit.

    Parameters
    ----------
    network
        Maps a batch of complexes to a :class:`~molattn.model.prediction.Prediction`.
    config
        Of the whole run.
    steps
        Optimiser steps of the whole run.
    """

    def __init__(self, network: nn.Module, config: TrainConfig, steps: int) -> None:
        super().__init__()
        self.network = network
        self.config = config
        self.steps = steps
        self._watch = WatchMetrics()

    def forward(self, batch: Batch) -> Prediction:
        """Return the network's answer."""
        prediction: Prediction = self.network(batch.graph)
        return prediction

    def on_train_start(self) -> None:
        """Set the loader to the step at hand.

        Lightning gives a loader its state back in the middle of an epoch only, not at its end.
        """
        loader = self.trainer.train_dataloader
        if isinstance(loader, TrainLoader):
            loader.load_state_dict({"delivered": self.global_step})

    def on_train_batch_start(self, batch: Batch, batch_idx: int) -> None:
        """Fix the random numbers of the step and check that it is the step it should be."""
        if batch.step != self.global_step:
            raise MolattnError(
                f"Step {self.global_step} of the training was given the batch of step "
                f"{batch.step}; the checkpoint is not of this run, start over with --fresh."
            )
        torch.manual_seed(step_seed(self.config.seed, self.global_step))

    def training_step(self, batch: Batch, batch_idx: int) -> Tensor:
        """Return the loss of one batch, as it is or with parts hidden and moved."""
        weights = self.config.loss
        generator = torch.Generator().manual_seed(step_seed(self.config.seed, self.global_step))
        if altered_step(weights, generator):
            further = altered_losses(self.network, batch, weights, generator)
            values, total = {}, weighted_sum(further, weights)
        else:
            prediction = self(batch)
            found = losses(prediction, batch.pK, batch.near_native, batch.weight, weights)
            further = further_losses(self.network, prediction, batch, weights)
            values = {
                "affinity_loss": found.affinity,
                "spread_loss": found.spread,
                "pose_loss": found.pose,
            }
            total = found.total + weighted_sum(further, weights)
        values.update({f"{name}_loss": value for name, value in further.items()}, loss=total)
        self.log_dict({k: v.detach() for k, v in values.items()}, batch_size=len(batch))
        return total

    def validation_step(self, batch: Batch, batch_idx: int) -> None:
        """Collect answers."""
        self._watch.add(self(batch), batch)

    def on_validation_epoch_end(self) -> None:
        """Log the figures of the validation part."""
        self.log_dict({f"validation_{k}": v for k, v in self._watch.summary().items()})

    def configure_optimizers(self) -> Any:
        """Return AdamW and its schedule: a linear warm-up, then a cosine to zero."""
        settings = self.config.optimiser
        optimiser = torch.optim.AdamW(
            parameter_groups(self.network, settings.weight_decay), lr=settings.learning_rate
        )
        warmup = max(1, round(settings.warmup * self.steps))
        schedule = torch.optim.lr_scheduler.LambdaLR(
            optimiser, lambda step: learning_rate_factor(step, self.steps, warmup)
        )
        return {
            "optimizer": optimiser,
            "lr_scheduler": {"scheduler": schedule, "interval": "step"},
        }

    def transfer_batch_to_device(
        self, batch: Batch, device: torch.device, dataloader_idx: int
    ) -> Batch:
        """Move a batch; on the processor it stays where it is."""
        if device.type == "cpu":
            return batch
        return batch.to(device)


def step_seed(seed: int, step: int) -> int:
    """Return the seed of the random numbers of one step."""
    digest = hashlib.sha256(f"{seed} {step}".encode()).digest()
    return int.from_bytes(digest[:7], "big")


def learning_rate_factor(step: int, steps: int, warmup: int) -> float:
    """Return what the learning rate is multiplied with: 0 → 1 → 0."""
    if step < warmup:
        return (step + 1) / warmup
    share = (step - warmup) / max(1, steps - warmup)
    return 0.5 * (1.0 + math.cos(math.pi * min(1.0, share)))


def parameter_groups(network: nn.Module, weight_decay: float) -> list[dict[str, Any]]:
    """Divide parameters into matrices, which decay, and biases and scales, which do not."""
    trained = [one for one in network.parameters() if one.requires_grad]
    return [
        {"params": [one for one in trained if one.ndim >= 2], "weight_decay": weight_decay},
        {"params": [one for one in trained if one.ndim < 2], "weight_decay": 0.0},
    ]
