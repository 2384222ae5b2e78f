"""A calibration for a person to read: what it rests on, how well it does, what more would bring."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from molattn.predict.few_shot import FewShot
from molattn.predict.learning_curve import FEWEST_LEFT, REPEATS, CurvePoint, root_mean_square

Floats = NDArray[np.float64]


def calibration_text(target: str, few_shot: FewShot, curve: Sequence[CurvePoint]) -> str:
    """Return the tables as lines of text.

    Parameters
    ----------
    target
        Name of the target.
    few_shot
        Its calibration.
    curve
        Of the same measurements.
    """
    count = len(few_shot.measurements)
    lines = [
        f"{target}: {count} measurement{'' if count == 1 else 's'}, calibrated by "
        f"{few_shot.variant.name}; offset {few_shot.offset:+.2f} pK, slope {few_shot.slope:.2f}",
        "",
        *_left_out_lines(few_shot),
        "",
    ]
    return "\n".join([*lines, *_curve_lines(curve)])


def _left_out_lines(few_shot: FewShot) -> list[str]:
    measured = few_shot.measurements.measured
    rows = (
        ("before", few_shot.measurements.predicted),
        ("offset only", few_shot.leave_one_out.offset_only),
        ("full", few_shot.leave_one_out.full),
    )
    return [
        f"{'leave one out':<16}{'RMSE':>8}{'Pearson':>10}",
        *(
            f"  {name:<14}{root_mean_square(measured - said):>8.3f}{_pearson(measured, said):>10}"
            for name, said in rows
        ),
    ]


def _curve_lines(curve: Sequence[CurvePoint]) -> list[str]:
    if not curve:
        return [f"A learning curve needs {FEWEST_LEFT + 1} measurements or more."]
    return [
        f"Learning curve: n of them, RMSE on the rest (mean of {REPEATS} random choices)",
        f"{'n':>4}{'rest':>6}{'before':>9}{'offset only':>13}{'full':>8}{'in 90 %':>9}{'width':>8}",
        *(
            f"{point.measured:>4}{point.judged:>6}{point.before:>9.3f}{point.offset_only:>13.3f}"
            f"{point.full:>8.3f}{point.covered:>9.2f}{point.width:>7.2f}×"
            for point in curve
        ),
    ]


def _pearson(measured: Floats, said: Floats) -> str:
    if len(measured) < 3 or min(np.ptp(measured), np.ptp(said)) < 1e-9:
        return "–"
    return f"{np.corrcoef(measured, said)[0, 1]:.2f}"
