"""From atoms and bonds as a file wrote them to a molecule that RDKit accepts, repairs named."""

from __future__ import annotations

from typing import Final

from rdkit import Chem, rdBase

from molattn.errors import LigandUnreadable
from molattn.structure.heavy_graph import HeavyGraph, rdkit_molecule
from molattn.structure.ligand_repair import repair_bonds
from molattn.structure.records import Note
from molattn.structure.standard_form import delocalised_groups, remember_bonds, standard_form

__all__ = [
    "chemical_molecule",
    "delocalised_groups",
    "largest_fragment",
    "standard_form",
]

_SMALL_FRAGMENT: Final = (
    6  # heavy atoms of the largest usual counter-ion or solvent, beside a ligand
)
_COORDINATED: Final = 2.8  # Å, metal to the atom that binds it


def chemical_molecule(
    graph: HeavyGraph, *, charges_given: bool = True
) -> tuple[Chem.Mol, list[Note]]:
    """Repair and sanitise a molecule.

    Parameters
    ----------
    graph
        Heavy atoms and bonds as read; not changed.
    charges_given
        Whether the source can state formal charges.

    Returns
    -------
    tuple
        The molecule, without hydrogens and in the order of ``graph``, and a note for each repair.

    Raises
    ------
    LigandUnreadable
        No repair gives every atom a possible valence.
    """
    repaired = graph.copy()
    notes = repair_bonds(repaired, charges_given=charges_given)
    try:
        mol = rdkit_molecule(repaired)
    except Chem.MolSanitizeException as error:
        raise LigandUnreadable(_problem(repaired, error)) from error
    remember_bonds(mol, repaired)
    return mol, notes


def _problem(graph: HeavyGraph, error: Exception) -> str:
    mol = rdkit_molecule(graph, sanitise=False)
    with rdBase.BlockLogs():
        problems = Chem.DetectChemistryProblems(mol)
    for problem in problems:
        if problem.GetType() == "AtomValenceException":
            atom = mol.GetAtomWithIdx(problem.GetAtomIdx())
            bonds = int(graph.valence(atom.GetIdx()))
            return (
                f"atom {atom.GetIdx() + 1} ({atom.GetSymbol()}) has {bonds} bonds, more than its "
                "element allows; correct the bonds of the ligand"
            )
    detail = str(error).strip().splitlines()[0].rstrip(".")
    return f"the bonds of the ligand make no molecule ({detail}); correct them"


def largest_fragment(graph: HeavyGraph) -> tuple[HeavyGraph, list[Note]]:
    """Return the largest connected piece, and what was left out.

    A metal written without bonds but within 2.8 Å of the largest piece is bonded to it (haem).
    """
    fragments = graph.fragments()
    if len(fragments) == 1:
        return graph, []
    graph = _bind_loose_metals(graph, fragments)
    fragments = graph.fragments()
    if len(fragments) == 1:
        return graph, []
    kept, others = fragments[0], fragments[1:]
    sizes = ", ".join(str(len(piece)) for piece in others[:5])
    text = (
        f"Only the largest of {len(fragments)} separate pieces was kept "
        f"({len(kept)} heavy atoms; the others have {sizes})."
    )
    notes = [Note("repair", "largest-fragment", text)]
    if len(others[0]) > _SMALL_FRAGMENT or len(others[0]) * 3 > len(kept):
        doubt = (
            "A piece left out is too large for a counter-ion or water: is the record one ligand?"
        )
        notes.append(Note("warning", "large-fragment-dropped", doubt))
    return graph.subset(kept), notes


def _bind_loose_metals(graph: HeavyGraph, fragments: list[list[int]]) -> HeavyGraph:
    loose = [
        piece[0]
        for piece in fragments[1:]
        if len(piece) == 1 and _is_transition_metal(graph.elements[piece[0]])
    ]
    if not loose:
        return graph
    graph = graph.copy()
    for metal in loose:
        for atom in fragments[0]:
            near = graph.bond_length(metal, atom) < _COORDINATED
            if near and graph.elements[atom] in (7, 8, 15, 16):
                graph.set_bond(metal, atom, 0.0)
    return graph


def _is_transition_metal(element: int) -> bool:
    return any(first <= element <= first + 9 for first in (21, 39, 72))
