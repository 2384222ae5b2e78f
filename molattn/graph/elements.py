"""Which elements are metals, and the index of any element in ELEMENTS."""

from __future__ import annotations

from functools import cache
from typing import Final

from rdkit import Chem

from molattn.graph.vocabulary import ELEMENTS, index_of

METAL_NUMBERS: Final = frozenset(
    [3, 4, 11, 12, 13, *range(19, 32), *range(37, 51), *range(55, 85), *range(87, 119)]
)
"""Atomic numbers taken as metals; the metalloids B, Si, Ge, As, Sb, Te and Se are not."""

HARD_METAL_NUMBERS: Final = frozenset([3, 4, 11, 12, 19, 20, 37, 38, 55, 56, 87, 88])
"""Atomic numbers of the s-block metals."""


@cache
def atomic_number(symbol: str) -> int:
    """Return the atomic number of a symbol in any case, 0 for one that is not known."""
    try:
        return int(Chem.GetPeriodicTable().GetAtomicNumber(symbol.strip().capitalize()))
    except RuntimeError:
        return 0


@cache
def element_index(number: int) -> int:
    """Return the index in ELEMENTS of an atomic number; 0 (unknown) is ``other``."""
    if number in METAL_NUMBERS:
        return index_of(ELEMENTS, "metal")
    symbol = Chem.GetPeriodicTable().GetElementSymbol(number) if number > 0 else "other"
    return index_of(ELEMENTS, symbol, "other")
