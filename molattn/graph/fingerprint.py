"""Folded Morgan counts of a ligand: which surroundings its atoms have, and how often."""

from __future__ import annotations

from functools import cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from rdkit import Chem
from rdkit.Chem import rdFingerprintGenerator

from molattn.graph.fields import FINGERPRINT_BITS
from molattn.structure.records import Floats, Integers

FINGERPRINT_RADIUS: Final = 2
"""Bonds from an atom to the edge of what counts as its surroundings."""


def ligand_fingerprint(mol: Chem.Mol) -> Floats:
    """Return Morgan substructure counts, folded (Rogers and Hahn 2010), [FINGERPRINT_BITS].

    Parameters
    ----------
    mol
        Standard form of the ligand, so that protonation does not show; chirality does not count.
    """
    return np.asarray(_generator().GetCountFingerprintAsNumPy(mol), dtype=np.float64)


def shared_bits(columns: NDArray[np.uint8], own: Integers) -> NDArray[Any]:
    """Return how many of some bits each of m molecules has, [m].

    A molecule has few bits, so adding their rows is the quickest way to compare it with many.

    Parameters
    ----------
    columns
        A row for each bit, [FINGERPRINT_BITS, m] of 0 and 1.
    own
        Numbers of the bits.
    """
    wide = np.uint8 if len(own) <= np.iinfo(np.uint8).max else np.uint16
    total: NDArray[Any] = np.zeros(columns.shape[1], dtype=wide)
    for bit in own.tolist():
        np.add(total, columns[bit], out=total)
    return total


@cache
def _generator() -> Any:
    return rdFingerprintGenerator.GetMorganGenerator(
        radius=FINGERPRINT_RADIUS, fpSize=FINGERPRINT_BITS
    )
