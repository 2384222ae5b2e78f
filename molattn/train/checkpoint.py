"""Saving the state of a training so that it can go on exactly where it was."""

from __future__ import annotations

import os
import re
import signal
import threading
from pathlib import Path
from types import FrameType
from typing import Any

import pytorch_lightning as lightning

_NAME = re.compile(r"step-(\d+)\.ckpt")


class Stopped(Exception):
    """The training was asked to stop and has saved its state."""


class RollingCheckpoint(lightning.Callback):
    """Saves the state every so many steps and at the end of each epoch, keeping the last few.

    A file appears under its name only when it is whole: it is written beside it, flushed to the
    disk and renamed. A first Ctrl-C lets the step end, saves and stops; a second stops at once.

    Parameters
    ----------
    folder
        Where the files go.
    every_steps, keep
        See :class:`molattn.train.config.CheckpointConfig`.
    """

    def __init__(self, folder: Path, *, every_steps: int, keep: int) -> None:
        self._folder = folder
        self._every_steps = every_steps
        self._keep = keep
        self._asked_to_stop = False
        self._previous: Any = None

    def on_train_start(
        self, trainer: lightning.Trainer, pl_module: lightning.LightningModule
    ) -> None:
        """Listen for Ctrl-C."""
        if threading.current_thread() is threading.main_thread():
            self._previous = signal.signal(signal.SIGINT, self._on_interrupt)

    def teardown(
        self, trainer: lightning.Trainer, pl_module: lightning.LightningModule, stage: str
    ) -> None:
        """Give Ctrl-C back."""
        if self._previous is not None:
            signal.signal(signal.SIGINT, self._previous)
            self._previous = None

    def on_train_batch_end(
        self,
        trainer: lightning.Trainer,
        pl_module: lightning.LightningModule,
        outputs: Any,
        batch: Any,
        batch_idx: int,
    ) -> None:
        """Save if it is time, except at the last step of an epoch, which the epoch's end saves."""
        last = batch_idx + 1 == trainer.num_training_batches
        due = trainer.global_step % self._every_steps == 0
        if not last and (due or self._asked_to_stop):
            self.save(trainer)
            self._stop_if_asked()

    def on_train_epoch_end(
        self, trainer: lightning.Trainer, pl_module: lightning.LightningModule
    ) -> None:
        """Save, the validation included."""
        self.save(trainer)
        self._stop_if_asked()

    def save(self, trainer: lightning.Trainer) -> None:
        """Save the state and remove files that are no longer kept."""
        target = self._folder / f"step-{trainer.global_step:07d}.ckpt"
        partial = target.with_suffix(".partial")
        trainer.save_checkpoint(partial)
        with partial.open("rb+") as stream:
            os.fsync(stream.fileno())
        partial.replace(target)
        for old in checkpoints(self._folder)[: -self._keep]:
            old.unlink(missing_ok=True)

    def _on_interrupt(self, number: int, frame: FrameType | None) -> None:
        if self._asked_to_stop:
            raise KeyboardInterrupt
        self._asked_to_stop = True

    def _stop_if_asked(self) -> None:
        if self._asked_to_stop:
            raise Stopped


def checkpoints(folder: Path) -> list[Path]:
    """Return the whole checkpoints of a folder, the latest last."""
    found = [path for path in folder.glob("step-*.ckpt") if _NAME.fullmatch(path.name)]
    return sorted(found, key=step_of)


def step_of(path: Path) -> int:
    """Return the number of steps done when a checkpoint was taken."""
    match = _NAME.fullmatch(path.name)
    return int(match.group(1)) if match else 0
