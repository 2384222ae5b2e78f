"""Contact spectra: how many pairs of protein and ligand atoms lie within growing distances.

The counts per pair of elements are those of the extended connectivity features' element version
(Sánchez-Cruz et al., Bioinformatics 2021, 37, 1376): every atom pair with a distance up to the
cutoff, cumulative, no exclusions, no normalising.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import ArrayLike
from scipy.spatial.distance import cdist

from molattn.graph.fields import POCKET_CUTOFF
from molattn.graph.residue_atoms import AMINO_ACID_ATOMS
from molattn.graph.vocabulary import LIGAND_ATOM_TYPES, PROTEIN_ATOM_TYPES
from molattn.structure.records import Booleans, Floats, Integers, Ligand, Protein, ResidueKind

if TYPE_CHECKING:
    from molattn.graph.graph import ComplexGraph

PROTEIN_ELEMENTS: Final = ("C", "N", "O", "S")
LIGAND_ELEMENTS: Final = ("Br", "C", "Cl", "F", "I", "N", "O", "P", "S")

ELEMENT_PAIRS: Final = tuple(
    f"{protein}-{ligand}" for protein in PROTEIN_ELEMENTS for ligand in LIGAND_ELEMENTS
)
"""Names of the pairs of elements, protein first, in the order of the published counts."""

ELEMENT_CUTOFFS: Final = tuple(4.0 + 0.5 * step for step in range(23))
"""Å. The cutoffs of the published counts, 4 to 15."""

TYPE_PAIRS: Final = tuple(
    f"{protein}-{ligand}" for protein in PROTEIN_ATOM_TYPES for ligand in LIGAND_ATOM_TYPES
)
"""Names of the pairs of atom types, protein first."""

TYPE_CUTOFFS: Final = (2.7, 3.2, 3.7, 4.2, 4.7, 5.5, 6.5, 8.0, 9.0, POCKET_CUTOFF)
"""Å. Ends of shells that are fine near the contact; a graph holds nothing beyond the last."""

_COUNTED_ATOMS: Final = frozenset(
    (residue, atom)
    for residue, atoms in AMINO_ACID_ATOMS.items()
    for atom in atoms
    if atom != "SE"  # known under the parent of selenomethionine only
)


@dataclass(frozen=True, slots=True, eq=False)
class ContactSpectrum:
    """Pair counts of one complex.

    Attributes
    ----------
    counts
        [cutoffs, protein types, ligand types]; whole numbers unless smoothed.
    cutoffs
        [cutoffs] Å, growing.
    protein_types, ligand_types
        Names of the types.
    """

    counts: Floats
    cutoffs: Floats
    protein_types: tuple[str, ...]
    ligand_types: tuple[str, ...]


def contact_spectrum(
    protein_positions: Floats,
    protein_types: Integers,
    ligand_positions: Floats,
    ligand_types: Integers,
    cutoffs: ArrayLike,
    *,
    n_protein_types: int,
    n_ligand_types: int,
    smooth: float = 0.0,
) -> Floats:
    """Count atom pairs by type within each cutoff.

    Parameters
    ----------
    protein_positions, ligand_positions
        [n, 3] and [a, 3] Å.
    protein_types, ligand_types
        [n] and [a] from 0; a negative type leaves the atom out.
    cutoffs
        [cutoffs] Å, growing.
    n_protein_types, n_ligand_types
        Count of types on each side.
    smooth
        Width in Å over which a pair fades in around a cutoff, as half a cosine: 1 at
        ``cutoff - smooth / 2``, 0 at ``cutoff + smooth / 2``, one derivative throughout.
        With 0 a pair counts in full up to and at the cutoff.

    Returns
    -------
    array
        [cutoffs, protein types, ligand types].

    Raises
    ------
    ValueError
        The cutoffs do not grow or ``smooth`` is negative.
    """
    edges = np.asarray(cutoffs, dtype=np.float64)
    if edges.ndim != 1 or (np.diff(edges) <= 0.0).any():
        raise ValueError("the cutoffs of a contact spectrum must be a growing list of distances")
    if smooth < 0.0:
        raise ValueError(f"the smoothing width must not be negative, got {smooth}")
    size = n_protein_types * n_ligand_types
    shape = (len(edges), n_protein_types, n_ligand_types)
    if not len(edges):
        return np.zeros(shape)
    distance = cdist(protein_positions, ligand_positions)
    used = (protein_types >= 0)[:, None] & (ligand_types >= 0)[None]
    used &= distance <= edges[-1] + smooth / 2.0
    distance = distance[used]
    pair = (protein_types[:, None] * n_ligand_types + ligand_types[None])[used]
    # shell k holds the distances in (edge k-1, edge k]; the sum over shells is cumulative
    reach = edges - smooth / 2.0
    shell = np.searchsorted(reach, distance, side="left")
    counts = np.bincount(shell * size + pair, minlength=(len(edges) + 1) * size)
    full = counts[: len(edges) * size].reshape(len(edges), size).cumsum(0).astype(np.float64)
    if smooth > 0.0:
        for row, edge in enumerate(edges):
            fading = (distance > reach[row]) & (distance < edge + smooth / 2.0)
            turn = (distance[fading] - reach[row]) / smooth
            weight = 0.5 * (1.0 + np.cos(np.pi * turn))
            full[row] += np.bincount(pair[fading], weights=weight, minlength=size)
    return full.reshape(shape)


def element_pair_spectrum(
    protein: Protein, ligand: Ligand, cutoffs: ArrayLike, *, smooth: float = 0.0
) -> ContactSpectrum:
    """Count pairs of elements the way the published spectra do.

    On the protein side the heavy atoms of the twenty amino acids under their own names, with OXT;
    modified residues, metals, cofactors, nucleotides and waters do not count. On the ligand side
    every atom of the nine elements of LIGAND_ELEMENTS, coordinates rounded to 4 decimals.

    Parameters
    ----------
    protein, ligand
        The complex. The published counts use every alternative location; a Protein holds one.
    cutoffs
        [cutoffs] Å, growing.
    smooth
        As in :func:`contact_spectrum`.
    """
    counted = _standard_atoms(protein)
    edges = np.asarray(cutoffs, dtype=np.float64)
    counts = contact_spectrum(
        protein.atoms.position[counted],
        _type_index(protein.atoms.element[counted].tolist(), PROTEIN_ELEMENTS),
        np.round(ligand.positions, 4),
        _type_index([atom.GetSymbol() for atom in ligand.mol.GetAtoms()], LIGAND_ELEMENTS),
        edges,
        n_protein_types=len(PROTEIN_ELEMENTS),
        n_ligand_types=len(LIGAND_ELEMENTS),
        smooth=smooth,
    )
    return ContactSpectrum(counts, edges, PROTEIN_ELEMENTS, LIGAND_ELEMENTS)


def atom_type_spectrum(graph: ComplexGraph, cutoffs: ArrayLike = TYPE_CUTOFFS) -> ContactSpectrum:
    """Count pairs of atom types, as the vocabulary has them, in a graph.

    Parameters
    ----------
    graph
        One complex, not a batch.
    cutoffs
        [cutoffs] Å, growing, up to POCKET_CUTOFF.
    """
    ligand, pocket = graph["ligand"], graph["pocket_atom"]
    edges = np.asarray(cutoffs, dtype=np.float64)
    counts = contact_spectrum(
        pocket.position.double().numpy(),
        pocket.atom_type.numpy(),
        ligand.position.double().numpy(),
        ligand.atom_type.numpy(),
        edges,
        n_protein_types=len(PROTEIN_ATOM_TYPES),
        n_ligand_types=len(LIGAND_ATOM_TYPES),
    )
    return ContactSpectrum(counts, edges, tuple(PROTEIN_ATOM_TYPES), tuple(LIGAND_ATOM_TYPES))


def _standard_atoms(protein: Protein) -> Booleans:
    amino = protein.residues.kind == ResidueKind.AMINO_ACID
    residue_names = protein.residues.name.tolist()
    owner = protein.atoms.residue.tolist()
    named = [
        (residue_names[residue], name) in _COUNTED_ATOMS
        for residue, name in zip(owner, protein.atoms.name.tolist(), strict=True)
    ]
    flags: Booleans = np.array(named, dtype=bool).reshape(-1) & amino[protein.atoms.residue]
    return flags


def _type_index(symbols: list[str], elements: tuple[str, ...]) -> Integers:
    place = {symbol: index for index, symbol in enumerate(elements)}
    return np.array([place.get(symbol, -1) for symbol in symbols], dtype=np.int64)
