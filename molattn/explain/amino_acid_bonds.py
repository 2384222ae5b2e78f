"""Bonds and charges of the twenty amino acids at pH 7, by atom name."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Final

_BACKBONE: Final = "N-CA CA-C C=O C-OXT CA-CB"

_SIDE_CHAINS: Final[Mapping[str, str]] = {
    "ALA": "",
    "ARG": "CB-CG CG-CD CD-NE NE-CZ CZ-NH1 CZ=NH2",
    "ASN": "CB-CG CG=OD1 CG-ND2",
    "ASP": "CB-CG CG=OD1 CG-OD2",
    "CYS": "CB-SG",
    "GLN": "CB-CG CG-CD CD=OE1 CD-NE2",
    "GLU": "CB-CG CG-CD CD=OE1 CD-OE2",
    "GLY": "",
    "HIS": "CB-CG CG=CD2 CG-ND1 ND1=CE1 CE1-NE2 NE2-CD2",
    "ILE": "CB-CG1 CB-CG2 CG1-CD1",
    "LEU": "CB-CG CG-CD1 CG-CD2",
    "LYS": "CB-CG CG-CD CD-CE CE-NZ",
    "MET": "CB-CG CG-SD SD-CE",
    "PHE": "CB-CG CG=CD1 CG-CD2 CD1-CE1 CD2=CE2 CE1=CZ CE2-CZ",
    "PRO": "CB-CG CG-CD CD-N",
    "SER": "CB-OG",
    "THR": "CB-OG1 CB-CG2",
    "TRP": ("CB-CG CG=CD1 CG-CD2 CD1-NE1 NE1-CE2 CD2=CE2 CD2-CE3 CE3=CZ3 CZ3-CH2 CH2=CZ2 CZ2-CE2"),
    "TYR": "CB-CG CG=CD1 CG-CD2 CD1-CE1 CD2=CE2 CE1=CZ CE2-CZ CZ-OH",
    "VAL": "CB-CG1 CB-CG2",
}
_HYDROGEN_ON_ND1: Final = "CB-CG CG=CD2 CG-ND1 ND1-CE1 CE1=NE2 NE2-CD2"

_CHARGES: Final[Mapping[tuple[str, str], int]] = {
    ("ARG", "NH2"): 1,
    ("LYS", "NZ"): 1,
    ("ASP", "OD2"): -1,
    ("GLU", "OE2"): -1,
}

Bonds = Mapping[tuple[str, str], float]


@lru_cache(maxsize=64)
def amino_acid_bonds(name: str, *, hydrogen_on_nd1: bool = False) -> Bonds:
    """Return the order of each bond between heavy atoms, as in one Kekulé structure.

    Parameters
    ----------
    name
        One of the twenty, e.g. ``HIS``; nothing else has bonds.
    hydrogen_on_nd1
        Of histidine: the tautomer with its hydrogen on ND1, not on NE2.
    """
    if name not in _SIDE_CHAINS:
        return {}
    side = _HYDROGEN_ON_ND1 if name == "HIS" and hydrogen_on_nd1 else _SIDE_CHAINS[name]
    bonds = {}
    for text in f"{_BACKBONE} {side}".split():
        order = 2.0 if "=" in text else 1.0
        first, second = text.replace("=", "-").split("-")
        bonds[first, second] = order
    return bonds


def amino_acid_charge(name: str, atom: str) -> int:
    """Return the formal charge of an atom of an amino acid within a chain or at its end."""
    return -1 if atom == "OXT" else _CHARGES.get((name, atom), 0)
