"""metrics.csv: what a training logs, one line a step that logged anything, safe to resume."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from pytorch_lightning.loggers import Logger

COLUMNS: Final = (
    "step",
    "epoch",
    "loss",
    "affinity_loss",
    "spread_loss",
    "pose_loss",
    "likelihood_loss",
    "physics_loss",
    "interactions_loss",
    "rmsd_loss",
    "pose_ranking_loss",
    "energy_ranking_loss",
    "series_ranking_loss",
    "series_difference_loss",
    "masked_loss",
    "displacement_loss",
    "validation_rmse",
    "validation_pearson",
    "validation_within_spread",
    "validation_pose_auc",
)


class MetricsFile(Logger):
    """Appends lines to a CSV; lines after the step that a run resumes from are dropped first.

    Lightning's own CSVLogger empties its file when it opens it again, which a resumed training
    must not do.

    Parameters
    ----------
    path
        The file.
    resumed_from
        Steps already done.
    """

    def __init__(self, path: Path, *, resumed_from: int = 0) -> None:
        super().__init__()
        self._path = path
        kept = [line for line in read_metrics(path) if int(line["step"]) < resumed_from]
        partial = path.with_suffix(".partial")
        with partial.open("w", newline="", encoding="utf-8") as stream:
            writer = csv.DictWriter(stream, COLUMNS, lineterminator="\n")
            writer.writeheader()
            writer.writerows(kept)
        partial.replace(path)

    @property
    def name(self) -> str:
        """Name of the logger."""
        return "metrics"

    @property
    def version(self) -> str:
        """Version of the logger; there is one."""
        return ""

    def log_hyperparams(self, params: Any, *args: Any, **kwargs: Any) -> None:
        """Nothing to do: the configuration lies beside the file."""

    def log_metrics(self, metrics: Mapping[str, float], step: int | None = None) -> None:
        """Append one line."""
        line = {key: f"{value:.6g}" for key, value in metrics.items() if key in COLUMNS}
        if not line.keys() - {"epoch"}:
            return
        with self._path.open("a", newline="", encoding="utf-8") as stream:
            writer = csv.DictWriter(stream, COLUMNS, lineterminator="\n")
            writer.writerow({**line, "step": int(step or 0)})


def read_metrics(path: Path) -> list[dict[str, str]]:
    """Return the whole lines of a metrics file, none if there is no file."""
    if not path.exists():
        return []
    with path.open(newline="", encoding="utf-8") as stream:
        return [
            {key: value or "" for key, value in line.items() if key in COLUMNS}
            for line in csv.DictReader(stream)
            if (line.get("step") or "").isdigit() and line.get(COLUMNS[-1]) is not None
        ]
