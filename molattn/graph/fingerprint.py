"""Folded Morgan counts of a ligand: which surroundings its atoms have, and how often."""

from __future__ import annotations

from functools import cache
from typing import Any, Final

import numpy as np
from rdkit import Chem
from rdkit.Chem import rdFingerprintGenerator

from molattn.graph.fields import FINGERPRINT_BITS
from molattn.structure.records import Floats

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


@cache
def _generator() -> Any:
    return rdFingerprintGenerator.GetMorganGenerator(
        radius=FINGERPRINT_RADIUS, fpSize=FINGERPRINT_BITS
    )
