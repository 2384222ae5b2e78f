"""pK in the other two units that people use: free energy and concentration."""

from __future__ import annotations

import math
from typing import Final

GAS_CONSTANT: Final = 1.987204259e-3
"""kcal/(mol K), CODATA 2018."""

TEMPERATURE: Final = 298.15
"""K."""

KCAL_PER_PK: Final = GAS_CONSTANT * TEMPERATURE * math.log(10.0)
"""kcal/mol for one unit of pK, 1.364."""


def kcal_per_mol(pK: float) -> float:
    """Return the binding free energy -RT ln(10) pK at 298.15 K, in kcal/mol."""
    return -KCAL_PER_PK * pK


def affinity_nM(pK: float) -> float:
    """Return the affinity 10^(9 - pK) in nmol/L."""
    return float(10.0 ** (9.0 - pK))
