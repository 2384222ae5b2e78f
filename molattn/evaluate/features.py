"""What baselines see of a complex, computed from its two files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from rdkit import Chem
from rdkit.Chem import Descriptors

from molattn.graph.elements import METAL_NUMBERS, atomic_number
from molattn.graph.fields import FINGERPRINT_BITS
from molattn.graph.fingerprint import ligand_fingerprint
from molattn.graph.spectrum import contact_spectrum
from molattn.structure.ligand import read_ligand
from molattn.structure.protein import read_protein
from molattn.structure.records import Ligand, Protein, ResidueKind
from molattn.structure.standard_form import standard_form

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

PROTEIN_ELEMENTS: Final = ("C", "N", "O", "S", "metal")
LIGAND_ELEMENTS: Final = ("C", "N", "O", "S", "P", "F", "Cl", "Br", "I")
CUTOFFS: Final = (2.7, 3.2, 3.7, 4.2, 4.7, 5.5, 6.5, 8.0, 10.0, 12.0)
"""Å. Cumulative ends of the shells in which element pairs are counted."""

BLOCKS: Final[Mapping[str, str]] = {
    "heavy_atoms": "number of heavy atoms of the ligand",
    "descriptors": "RDKit's molecular descriptors of the ligand",
    "fingerprint": "folded Morgan counts of the ligand",
    "spectrum": "pairs of protein and ligand elements within growing cutoffs",
}
"""Every feature block with its meaning."""


def complex_features(protein: Path, ligand: Path, record: int = 0) -> dict[str, Floats]:
    """Return every block of :data:`BLOCKS` for one complex, each [width].

    Raises
    ------
    InputError
        A file cannot be read.
    """
    return features_of(read_protein(protein), read_ligand(ligand, record))


def features_of(protein: Protein, ligand: Ligand) -> dict[str, Floats]:
    """Return every block of :data:`BLOCKS` for one complex in memory, each [width]."""
    mol = standard_form(ligand.mol)
    return {
        "heavy_atoms": np.array([mol.GetNumHeavyAtoms()], dtype=np.float64),
        "descriptors": ligand_descriptors(mol),
        "fingerprint": ligand_fingerprint(mol),
        "spectrum": element_spectrum(protein, ligand),
    }


def block_widths() -> dict[str, int]:
    """Return the number of columns of every block."""
    return {
        "heavy_atoms": 1,
        "descriptors": len(Descriptors.descList),
        "fingerprint": FINGERPRINT_BITS,
        "spectrum": len(CUTOFFS) * len(PROTEIN_ELEMENTS) * len(LIGAND_ELEMENTS),
    }


def ligand_descriptors(mol: Chem.Mol) -> Floats:
    """Return RDKit's molecular descriptors, [descriptors].

    A descriptor that cannot be computed is 0; Ipc, an information content that grows without
    bound, enters as its logarithm.
    """
    found = Descriptors.CalcMolDescriptors(mol, missingVal=0.0)
    found["Ipc"] = np.log1p(max(found["Ipc"], 0.0))
    values = np.array(list(found.values()), dtype=np.float64)
    return np.nan_to_num(values, nan=0.0, posinf=1e6, neginf=-1e6)


def element_spectrum(protein: Protein, ligand: Ligand) -> Floats:
    """Return cumulative counts of element pairs, flat [cutoffs × protein × ligand elements].

    All metals are one element of the protein; waters do not count.
    """
    dry = protein.residues.kind[protein.atoms.residue] != ResidueKind.WATER
    counts = contact_spectrum(
        protein.atoms.position[dry],
        _protein_elements(protein.atoms.element[dry].tolist()),
        ligand.positions,
        _indices([atom.GetSymbol() for atom in ligand.mol.GetAtoms()], LIGAND_ELEMENTS),
        CUTOFFS,
        n_protein_types=len(PROTEIN_ELEMENTS),
        n_ligand_types=len(LIGAND_ELEMENTS),
    )
    return counts.reshape(-1)


def _protein_elements(symbols: list[str]) -> Integers:
    """Return the index in PROTEIN_ELEMENTS of each symbol, -1 for those without one."""
    kind_of = {
        symbol: "metal" if atomic_number(symbol) in METAL_NUMBERS else symbol
        for symbol in set(symbols)
    }
    return _indices([kind_of[symbol] for symbol in symbols], PROTEIN_ELEMENTS)


def _indices(symbols: list[str], elements: tuple[str, ...]) -> Integers:
    place = {symbol: index for index, symbol in enumerate(elements)}
    return np.array([place.get(symbol, -1) for symbol in symbols], dtype=np.int64)
