"""The same complexes from crystal poses and from poses as users have them.

Rows of one ``complex`` under several ``condition`` values (``crystal``, ``redocked``, ``placed``,
``cross_docked``, …) are one complex: baselines are fitted on the crystal poses of the training
folds and asked about every pose of the held-out complexes, which are held out in all conditions.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from molattn.evaluate.comparison import condition_losses
from molattn.evaluate.evaluation_set import CRYSTAL, Booleans, Floats, Strings
from molattn.evaluate.judged import Judged
from molattn.evaluate.metrics import REPEATS
from molattn.evaluate.sections import condition_section
from molattn.evaluate.table import Section


def robustness_section(judged: Judged, repeats: int = REPEATS) -> Iterator[Section]:
    """Yield the table of losses, nothing where the rows name no condition beside the crystal.

    It holds the complexes that every model answers in all conditions, so that every line of it
    is about the same complexes.
    """
    condition = judged.rows.text("condition")
    names = [CRYSTAL, *sorted({*condition.tolist()} - {CRYSTAL, ""})]
    if CRYSTAL not in condition or len(names) < 2:
        return
    places = complexes_in_all(judged.rows.complex, condition, judged.answered, names)
    if len(places) == 0:
        return
    crystal = places[:, 0]
    measured = judged.rows.measured[crystal]
    models = {
        model.title: condition_losses(
            measured,
            _by_condition(model.predicted, places, names),
            judged.clusters[crystal],
            reference=CRYSTAL,
            repeats=repeats,
        )
        for model in judged.models
    }
    yield condition_section(models)


def complexes_in_all(
    complexes: Strings, condition: Strings, answered: Booleans, names: list[str]
) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
    """Return the row of each complex under each condition, [complexes, conditions].

    Parameters
    ----------
    complexes, condition
        [n] of each row.
    answered
        [n] whether all models answer it.
    names
        The conditions; complexes that lack one of them are left out, and of several rows of one
        complex and condition the first is taken.
    """
    place: dict[tuple[str, str], int] = {}
    for row in np.flatnonzero(answered).tolist():
        place.setdefault((str(complexes[row]), str(condition[row])), row)
    kept = [
        [place[one, name] for name in names]
        for one in sorted({one for one, _ in place})
        if all((one, name) in place for name in names)
    ]
    return np.array(kept, dtype=np.int64).reshape(-1, len(names))


def _by_condition(
    predicted: Floats,
    places: np.ndarray[tuple[int, ...], np.dtype[np.int64]],
    names: list[str],
) -> dict[str, Floats]:
    return {name: predicted[places[:, column]] for column, name in enumerate(names)}
