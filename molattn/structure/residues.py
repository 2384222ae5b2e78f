"""What a residue name means: amino acids and their modified forms, metals, waters, additives."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import gemmi

from molattn.structure.records import ResidueKind
from molattn.structure.residue_names import (
    ADDITIVES,
    ALIASES,
    HEAVY_ATOMS,
    METALS,
    MODIFIED,
    NUCLEOTIDES,
    ONE_LETTER,
    RENAMED_ATOMS,
    WATERS,
    WHOLE_PARENT,
)

_AMINO_ACID_KINDS = (
    gemmi.ResidueKind.AA,
    gemmi.ResidueKind.AAD,
    gemmi.ResidueKind.PAA,
    gemmi.ResidueKind.MAA,
)


@dataclass(frozen=True, slots=True)
class ResidueMeaning:
    """What the name of a residue says by itself.

    ``parent`` is one of the twenty amino acids, or "" where the name tells of none.
    ``whole_parent``: the residue must hold every heavy atom of its parent, else only the backbone.
    """

    kind: ResidueKind
    parent: str = ""
    whole_parent: bool = False
    additive: bool = False
    known: bool = True


@lru_cache(maxsize=4096)
def meaning_of(name: str) -> ResidueMeaning:
    """Return what a residue name means; groups that no table knows come back as ``COFACTOR``.

    Parameters
    ----------
    name
        Residue name as in the file.

    Returns
    -------
    ResidueMeaning
        Kind and parent. Whether a group of one atom is a metal depends on the atom, not on this.
    """
    name = name.upper()
    parent = _standard_parent(name)
    if parent:
        return ResidueMeaning(ResidueKind.AMINO_ACID, parent, whole_parent=True)
    if name in MODIFIED:
        return ResidueMeaning(ResidueKind.MODIFIED, MODIFIED[name], name in WHOLE_PARENT)
    if name in WATERS:
        return ResidueMeaning(ResidueKind.WATER)
    if name in NUCLEOTIDES:
        return ResidueMeaning(ResidueKind.NUCLEOTIDE)
    if name in ADDITIVES:
        return ResidueMeaning(ResidueKind.COFACTOR, additive=True)
    return _tabulated_meaning(name)


def parent_from_atoms(atom_names: frozenset[str]) -> str:
    """Return the largest amino acid wholly contained in a residue's atom names, "" where none is.

    An amino acid that no table knows is treated as the standard one it extends.
    """
    contained = [name for name, atoms in HEAVY_ATOMS.items() if atoms <= atom_names]
    return max(contained, key=lambda name: (len(HEAVY_ATOMS[name]), name), default="")


def parent_atom_name(residue: str, atom: str) -> str:
    """Return the name an atom of a modified residue has in its parent (MSE's ``SE`` is ``SD``)."""
    return RENAMED_ATOMS.get((residue, atom), atom)


def residues_with_renamed_atoms() -> frozenset[str]:
    """Return the residue names for which :func:`parent_atom_name` changes an atom."""
    return frozenset(residue for residue, _ in RENAMED_ATOMS)


def metal_of_name(name: str) -> str:
    """Return the metal a residue or atom name spells ("FE2" is "Fe"), "" where it spells none."""
    symbol = name.strip("0123456789+- ").capitalize()
    return symbol if symbol in METALS else ""


def _standard_parent(name: str) -> str:
    if name in HEAVY_ATOMS:
        return name
    if name in ALIASES:
        return ALIASES[name]
    # Amber marks the terminal residues of a chain: NALA, CGLU, NHID.
    if len(name) == 4 and name[0] in "NC":
        rest = name[1:]
        return rest if rest in HEAVY_ATOMS else ALIASES.get(rest, "")
    return ""


def _tabulated_meaning(name: str) -> ResidueMeaning:
    row = gemmi.find_tabulated_residue(name)
    kind = row.kind
    if kind in _AMINO_ACID_KINDS:
        parent = ONE_LETTER.get(row.one_letter_code.upper(), "")
        return ResidueMeaning(ResidueKind.MODIFIED, parent)
    if kind in (gemmi.ResidueKind.RNA, gemmi.ResidueKind.DNA):
        return ResidueMeaning(ResidueKind.NUCLEOTIDE)
    if kind == gemmi.ResidueKind.HOH:
        return ResidueMeaning(ResidueKind.WATER)
    return ResidueMeaning(ResidueKind.COFACTOR, known=kind != gemmi.ResidueKind.UNKNOWN)
