"""A user's own measured ligands on one target, beside what the network said of them."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from rdkit import Chem, rdBase
from rdkit.Chem import rdFingerprintGenerator

from molattn.errors import UsageError
from molattn.predict.request import Cell
from molattn.predict.score_record import Score
from molattn.structure import standard_form

BITS: Final = 2048
RADIUS: Final = 2
LOWEST_PK: Final = 0.0
HIGHEST_PK: Final = 16.0
"""A pK beyond these is a slip of a unit, not an affinity."""

MEASURED_COLUMN: Final = "measured_pK"
RELATION_COLUMN: Final = "relation"
_BOUND: Final = re.compile(r"[<>≤≥]")
_EXACT: Final = re.compile(r"^\s*[=~≈]+\s*")


@dataclass(frozen=True, slots=True, eq=False)
class Measurements:
    """n measured ligands with the network's answers.

    Attributes
    ----------
    ids
        Names of the n complexes.
    measured, predicted
        pK, float64 [n].
    half_width
        Half of the 90 % interval that the network gave, float64 [n], pK.
    features
        The network's summary of each complex, float64 [n, width].
    fingerprints
        Bits of each ligand as `fingerprint` makes them, float32 [n, BITS], 0 or 1.
    """

    ids: tuple[str, ...]
    measured: NDArray[np.float64]
    predicted: NDArray[np.float64]
    half_width: NDArray[np.float64]
    features: NDArray[np.float64]
    fingerprints: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.ids)

    def rows(self, chosen: ArrayLike) -> Measurements:
        """Return some of them, by place."""
        places = np.asarray(chosen, dtype=np.int64)
        return Measurements(
            ids=tuple(self.ids[place] for place in places.tolist()),
            measured=self.measured[places],
            predicted=self.predicted[places],
            half_width=self.half_width[places],
            features=self.features[places],
            fingerprints=self.fingerprints[places],
        )


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A row that gives no measurement.

    Attributes
    ----------
    id
        Its name.
    reason
        Why, a part of a sentence.
    intended
        Whether it is as it should be: no measurement, or only a bound. Else something is wrong.
    """

    id: str
    reason: str
    intended: bool


def collect(
    scores: Iterable[Score], column: str = MEASURED_COLUMN
) -> tuple[Measurements, tuple[LeftOut, ...]]:
    """Put measured values beside answers.

    Parameters
    ----------
    scores
        With the measured pK among what they carry. A value with ``<`` or ``>`` before it, or in
        the column ``relation``, is a bound and is left out.
    column
        Name of the measured pK.

    Returns
    -------
    Measurements
        In the order of the scores, perhaps none.
    tuple of LeftOut
        The others.
    """
    taken: list[tuple[Score, float]] = []
    left: list[LeftOut] = []
    for score in scores:
        value = _usable(score, column)
        if isinstance(value, LeftOut):
            left.append(value)
        else:
            taken.append((score, value))
    return _stacked(taken), tuple(left)


def fingerprint(mol: Chem.Mol) -> NDArray[np.float32]:
    """Return the Morgan bits (radius 2) of a ligand, [BITS], 0 or 1.

    They are those of the standard form without stereochemistry: charges, protons and the order of
    atoms play no part.
    """
    # read again: aromaticity then does not depend on how the molecule was made
    with rdBase.BlockLogs():
        form = standard_form(mol)
        again: Chem.Mol | None = Chem.MolFromSmiles(Chem.MolToSmiles(form, isomericSmiles=False))
        generator = rdFingerprintGenerator.GetMorganGenerator(radius=RADIUS, fpSize=BITS)
        bits = generator.GetFingerprintAsNumPy(form if again is None else again)
    return np.asarray(bits, dtype=np.float32)


def measured_name(carried: Sequence[str], wanted: str | None) -> str:
    """Return how scores carry the measured pK of a manifest.

    Parameters
    ----------
    carried
        Names that the manifest's columns come back by.
    wanted
        Name of the column in the manifest; ``pK`` or ``measured_pK`` without it.

    Raises
    ------
    UsageError
        If there is no such column.
    """
    names = [MEASURED_COLUMN] if wanted in (None, "pK") else [str(wanted), f"input_{wanted}"]
    for name in names:
        if name in carried:
            return name
    if wanted is None:
        raise UsageError(
            "The manifest has no column pK or measured_pK; name the column of the measured pK "
            "with --measured."
        )
    raise UsageError(
        f"The manifest has no column {wanted} for --measured; it has "
        f"{', '.join(carried) or 'none that could be it'}."
    )


def _usable(score: Score, column: str) -> float | LeftOut:
    if score.status == "failed" or score.pK is None or score.features is None:
        return LeftOut(score.id, f"not scored: {score.reason.rstrip('.')}", intended=False)
    cell = score.carried.get(column)
    text = "" if cell is None else str(cell).strip()
    if text.lower() in ("", "nan", "na", "none"):
        return LeftOut(score.id, "no measurement", intended=True)
    if _BOUND.search(text) or _BOUND.search(_text(score.carried.get(RELATION_COLUMN))):
        return LeftOut(score.id, "a bound, not a value", intended=True)
    try:
        value = float(_EXACT.sub("", text))
    except ValueError:
        value = math.nan
    if not LOWEST_PK <= value <= HIGHEST_PK:
        return LeftOut(score.id, f"{text!r} is no pK", intended=False)
    return value


def _text(cell: Cell) -> str:
    return "" if cell is None else str(cell)


def _stacked(taken: Sequence[tuple[Score, float]]) -> Measurements:
    count = len(taken)
    half = [(high - low) / 2 for score, _ in taken for low, high in [score.interval or (0.0, 0.0)]]
    features = [score.features for score, _ in taken if score.features is not None]
    prints = [_fingerprint_of(score) for score, _ in taken]
    return Measurements(
        ids=tuple(score.id for score, _ in taken),
        measured=np.array([value for _, value in taken], dtype=np.float64),
        predicted=np.array([score.pK for score, _ in taken], dtype=np.float64),
        half_width=np.array(half, dtype=np.float64),
        features=np.array(features, dtype=np.float64).reshape(count, -1 if count else 0),
        fingerprints=np.array(prints, dtype=np.float32).reshape(count, BITS),
    )


def _fingerprint_of(score: Score) -> NDArray[np.float32]:
    return np.zeros(BITS, dtype=np.float32) if score.pose is None else fingerprint(score.pose.mol)
