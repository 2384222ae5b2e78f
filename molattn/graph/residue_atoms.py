"""The atoms of the twenty amino acids: type, roles and plane of each, as a table to be read.

The plane of an atom names three atoms of its own residue; ``C-`` is the carbonyl carbon of the
residue before it in the chain.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

BACKBONE: Final = frozenset(["N", "CA", "C", "O", "OXT"])
"""Names of the atoms that are no side chain."""

PREVIOUS_CARBON: Final = "C-"


@dataclass(frozen=True, slots=True)
class AtomEntry:
    """One atom of the dictionary.

    Attributes
    ----------
    type
        Name in PROTEIN_ATOM_TYPES.
    roles
        Names in ROLES.
    plane
        Names of the three atoms that span its plane, or nothing.
    """

    type: str
    roles: tuple[str, ...] = ()
    plane: tuple[str, ...] = ()


_HYDROPHOBIC: Final = ("hydrophobic",)
_RING: Final = ("hydrophobic", "aromatic")

_NITROGEN: Final = AtomEntry("backbone_nitrogen", ("donor",), (PREVIOUS_CARBON, "N", "CA"))
_OXYGEN: Final = AtomEntry("backbone_oxygen", ("acceptor", "metal"), ("CA", "C", "O"))
_BACKBONE: Final = {
    "N": _NITROGEN,
    "CA": AtomEntry("backbone_alpha"),
    "C": AtomEntry("backbone_carbon", (), ("CA", "C", "O")),
    "O": _OXYGEN,
    "OXT": AtomEntry("backbone_oxygen", ("acceptor", "negative", "metal"), ("CA", "C", "O")),
}

_ALKYL: Final = AtomEntry("carbon_aliphatic", _HYDROPHOBIC)
_POLAR: Final = AtomEntry("carbon_polar")
_BY_SULFUR: Final = AtomEntry("carbon_polar", _HYDROPHOBIC)

_GUANIDINIUM: Final = ("NE", "NH1", "NH2")
_BENZENE: Final = ("CG", "CE1", "CE2")
_IMIDAZOLE: Final = ("CG", "CE1", "NE2")
_PYRROLE: Final = ("CD1", "CE2", "CD2")
_INDOLE_SIX: Final = ("CD2", "CZ2", "CZ3")


def _acid(carbon: str, first: str, second: str) -> dict[str, AtomEntry]:
    plane = (carbon, first, second)
    oxygen = AtomEntry("oxygen_carboxylate", ("acceptor", "negative", "metal"), plane)
    return {carbon: AtomEntry("carbon_carbonyl", (), plane), first: oxygen, second: oxygen}


def _amide(carbon: str, oxygen: str, nitrogen: str) -> dict[str, AtomEntry]:
    plane = (carbon, oxygen, nitrogen)
    return {
        carbon: AtomEntry("carbon_carbonyl", (), plane),
        oxygen: AtomEntry("oxygen_amide", ("acceptor", "metal"), plane),
        nitrogen: AtomEntry("nitrogen_amide", ("donor",), plane),
    }


def _benzene(*names: str) -> dict[str, AtomEntry]:
    return dict.fromkeys(names, AtomEntry("carbon_aromatic", _RING, _BENZENE))


def _alcohol(plane: tuple[str, ...] = (), kind: str = "oxygen_hydroxyl") -> AtomEntry:
    return AtomEntry(kind, ("donor", "acceptor", "metal"), plane)


_GUANIDINE_NITROGEN: Final = AtomEntry("nitrogen_guanidinium", ("donor", "positive"), _GUANIDINIUM)
_IMIDAZOLE_NITROGEN: Final = AtomEntry(
    "nitrogen_imidazole", ("donor", "acceptor", "positive", "aromatic", "metal"), _IMIDAZOLE
)
_IMIDAZOLE_CARBON: Final = AtomEntry("carbon_imidazole", ("aromatic",), _IMIDAZOLE)

_SIDE_CHAINS: Final[dict[str, dict[str, AtomEntry]]] = {
    "ALA": {"CB": _ALKYL},
    "ARG": {
        "CB": _ALKYL,
        "CG": _ALKYL,
        "CD": _POLAR,
        "NE": _GUANIDINE_NITROGEN,
        "CZ": AtomEntry("carbon_carbonyl", (), _GUANIDINIUM),
        "NH1": _GUANIDINE_NITROGEN,
        "NH2": _GUANIDINE_NITROGEN,
    },
    "ASN": {"CB": _ALKYL, **_amide("CG", "OD1", "ND2")},
    "ASP": {"CB": _ALKYL, **_acid("CG", "OD1", "OD2")},
    "CYS": {
        "CB": _BY_SULFUR,
        "SG": AtomEntry("sulfur_cysteine", ("donor", "hydrophobic", "metal")),
    },
    "GLN": {"CB": _ALKYL, "CG": _ALKYL, **_amide("CD", "OE1", "NE2")},
    "GLU": {"CB": _ALKYL, "CG": _ALKYL, **_acid("CD", "OE1", "OE2")},
    "GLY": {},
    "HIS": {
        "CB": _ALKYL,
        "CG": _IMIDAZOLE_CARBON,
        "ND1": _IMIDAZOLE_NITROGEN,
        "CD2": _IMIDAZOLE_CARBON,
        "CE1": _IMIDAZOLE_CARBON,
        "NE2": _IMIDAZOLE_NITROGEN,
    },
    "ILE": {"CB": _ALKYL, "CG1": _ALKYL, "CG2": _ALKYL, "CD1": _ALKYL},
    "LEU": {"CB": _ALKYL, "CG": _ALKYL, "CD1": _ALKYL, "CD2": _ALKYL},
    "LYS": {
        "CB": _ALKYL,
        "CG": _ALKYL,
        "CD": _ALKYL,
        "CE": _POLAR,
        "NZ": AtomEntry("nitrogen_lysine", ("donor", "positive")),
    },
    "MET": {
        "CB": _ALKYL,
        "CG": _BY_SULFUR,
        "SD": AtomEntry("sulfur_methionine", ("hydrophobic", "metal")),
        "SE": AtomEntry("sulfur_methionine", ("hydrophobic", "metal")),  # selenomethionine
        "CE": _BY_SULFUR,
    },
    "PHE": {"CB": _ALKYL, **_benzene("CG", "CD1", "CD2", "CE1", "CE2", "CZ")},
    "PRO": {"CB": _ALKYL, "CG": _ALKYL, "CD": _POLAR},
    "SER": {"CB": _POLAR, "OG": _alcohol()},
    "THR": {"CB": _POLAR, "OG1": _alcohol(), "CG2": _ALKYL},
    "TRP": {
        "CB": _ALKYL,
        "CG": AtomEntry("carbon_aromatic", _RING, _PYRROLE),
        "CD1": AtomEntry("carbon_aromatic", ("aromatic",), _PYRROLE),
        "NE1": AtomEntry("nitrogen_indole", ("donor", "aromatic"), _PYRROLE),
        "CE2": AtomEntry("carbon_aromatic", ("aromatic",), _INDOLE_SIX),
        **dict.fromkeys(
            ("CD2", "CE3", "CZ2", "CZ3", "CH2"),
            AtomEntry("carbon_aromatic", _RING, _INDOLE_SIX),
        ),
    },
    "TYR": {
        "CB": _ALKYL,
        **_benzene("CG", "CD1", "CD2", "CE1", "CE2"),
        "CZ": AtomEntry("carbon_aromatic", ("aromatic",), _BENZENE),
        "OH": _alcohol(_BENZENE, "oxygen_phenol"),
    },
    "VAL": {"CB": _ALKYL, "CG1": _ALKYL, "CG2": _ALKYL},
}

AMINO_ACID_ATOMS: Final[dict[str, dict[str, AtomEntry]]] = {
    residue: {**_BACKBONE, **atoms} for residue, atoms in _SIDE_CHAINS.items()
}
"""Entry by residue name and atom name."""

# a proline has no hydrogen on nitrogen
AMINO_ACID_ATOMS["PRO"]["N"] = AtomEntry("backbone_nitrogen", (), _NITROGEN.plane)

UNKNOWN_AMINO_ACID: Final = _BACKBONE
"""Entries that hold for an amino acid without a known parent."""

ELEMENT_ATOMS: Final[dict[str, AtomEntry]] = {
    "C": AtomEntry("other_carbon"),
    "N": AtomEntry("other_nitrogen", ("donor", "acceptor", "metal")),
    "O": AtomEntry("other_oxygen", ("donor", "acceptor", "metal")),
    "P": AtomEntry("other_phosphorus"),
    "S": AtomEntry("other_sulfur", ("hydrophobic", "metal")),
    "F": AtomEntry("other", ("hydrophobic",)),
    "Cl": AtomEntry("other", ("acceptor",)),
    "Br": AtomEntry("other", ("acceptor",)),
    "I": AtomEntry("other", ("acceptor",)),
}
"""Entry by element for cofactors, nucleotides and whatever the tables above do not name."""

WATER_OXYGEN: Final = AtomEntry("water_oxygen", ("donor", "acceptor", "metal"))
HARD_METAL: Final = AtomEntry("metal_hard", ("metal", "positive"))
TRANSITION_METAL: Final = AtomEntry("metal_transition", ("metal", "positive"))
OTHER_ATOM: Final = AtomEntry("other")
