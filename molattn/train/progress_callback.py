"""Shows how far a training is."""

from __future__ import annotations

from typing import Any

import pytorch_lightning as lightning

from molattn.train.progress import Progress


class ProgressCallback(lightning.Callback):
    """Counts steps on a :class:`Progress` and shows the loss and the last validation."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._loss = float("nan")

    def on_train_batch_end(
        self,
        trainer: lightning.Trainer,
        pl_module: lightning.LightningModule,
        outputs: Any,
        batch: Any,
        batch_idx: int,
    ) -> None:
        """Count one step; the loss shown is a running mean."""
        loss = float(outputs["loss"])
        self._loss = loss if self._loss != self._loss else 0.95 * self._loss + 0.05 * loss
        self._progress.advance(1, self._detail(trainer))

    def _detail(self, trainer: lightning.Trainer) -> str:
        text = f"epoch {trainer.current_epoch + 1}, loss {self._loss:.3f}"
        rmse = trainer.callback_metrics.get("validation_rmse")
        return text if rmse is None else f"{text}, validation RMSE {float(rmse):.2f}"
