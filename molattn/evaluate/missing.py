"""Rows that a model left unanswered, and the two ways of counting them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from molattn.errors import UsageError

Floats = NDArray[np.float64]
Booleans = NDArray[np.bool_]
MissingPolicy = Literal["leave_out", "training_mean"]

POLICIES: Final[tuple[MissingPolicy, ...]] = ("leave_out", "training_mean")
"""What :func:`settle_missing` can do with a row without a prediction."""


@dataclass(frozen=True, slots=True, eq=False)
class Settled:
    """Columns without a gap, and how many rows had one."""

    kept: Booleans  # [n] rows of the input that stay
    measured: Floats  # [kept] pK
    predicted: Floats  # [kept] pK
    missing: int  # measured rows without a prediction, whatever became of them


def settle_missing(
    measured: Floats,
    predicted: Floats,
    policy: MissingPolicy = "leave_out",
    training_mean: float | None = None,
) -> Settled:
    """Settle what becomes of rows that hold no finite prediction.

    Rows without a measurement can never be judged and always go. A row without a prediction is
    counted in ``missing``; then

    ``leave_out``
        it goes too: the figures describe the answers that the model gave. Compare models on the
        rows that all of them answer.
    ``training_mean``
        it is filled with the mean pK of the training rows, which is what a user without an answer
        would have to assume: a model cannot gain by staying silent on what is hard.

    Parameters
    ----------
    measured, predicted
        pK, [n], NaN where missing.
    policy
        One of :data:`POLICIES`.
    training_mean
        Mean pK of the rows that the model was fitted on; needed for ``training_mean``.

    Raises
    ------
    UsageError
        The policy is unknown, or no finite training mean is given where it is needed.
    """
    if policy not in POLICIES:
        raise UsageError(
            f"No policy for missing rows is called {policy}; use {', '.join(POLICIES)}."
        )
    known = np.isfinite(measured)
    silent = known & ~np.isfinite(predicted)
    if policy == "leave_out":
        kept = known & ~silent
        return Settled(kept, measured[kept], predicted[kept], int(silent.sum()))
    if training_mean is None or not np.isfinite(training_mean):
        raise UsageError("Filling missing rows needs the mean pK of the training rows; give it.")
    filled = np.where(silent, training_mean, predicted)
    return Settled(known, measured[known], filled[known], int(silent.sum()))
