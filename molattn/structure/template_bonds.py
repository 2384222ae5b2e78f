"""Bond orders of a template molecule laid onto atoms that have only positions."""

from __future__ import annotations

import numpy as np
from rdkit import Chem, rdBase

from molattn.errors import LigandUnreadable
from molattn.structure.components import Component
from molattn.structure.heavy_graph import HeavyGraph, heavy_graph, rdkit_molecule
from molattn.structure.records import Note
from molattn.structure.v2000 import atomic_number

_MOST_MATCHES = 256


def template_from_smiles(smiles: str) -> HeavyGraph:
    """Return the largest piece of a SMILES as Kekulé bonds without positions.

    Raises
    ------
    LigandUnreadable
        The text is no SMILES.
    """
    with rdBase.BlockLogs():
        mol = Chem.MolFromSmiles(smiles.strip())
    if not smiles.strip() or mol is None:
        raise LigandUnreadable(f"The template {smiles!r} is no valid SMILES; correct it.")
    Chem.Kekulize(mol, clearAromaticFlags=True)
    graph = heavy_graph(mol)
    return graph.subset(graph.fragments()[0])


def template_from_component(entry: Component) -> HeavyGraph:
    """Return a component of the dictionary as a template without positions."""
    names = list(entry.elements)
    row = {name: index for index, name in enumerate(names)}
    elements = [atomic_number(entry.elements[name]) or 0 for name in names]
    graph = HeavyGraph(elements, [0] * len(names), [{} for _ in names], np.zeros((len(names), 3)))
    for (one, other), order in entry.bonds.items():
        graph.set_bond(row[one], row[other], order)
    return graph


def lay_template(graph: HeavyGraph, template: HeavyGraph, origin: str) -> list[Note] | None:
    """Set the bond orders of a molecule from a template, in place.

    The skeletons are matched by element and connectivity. Atoms may be missing from the molecule.
    Of several matches the one that puts the multiple bonds on the shortest distances is taken.

    Parameters
    ----------
    graph
        Molecule of single bonds with positions.
    template
        Kekulé bonds; positions are not used.
    origin
        What the template is, for the notes, e.g. "template SMILES".

    Returns
    -------
    list of Note or None
        None where the molecule is no part of the template; then nothing is changed.
    """
    target = _skeleton(template)
    matches = target.GetSubstructMatches(
        _skeleton(graph), uniquify=False, maxMatches=_MOST_MATCHES, useChirality=False
    )
    if not matches:
        return None
    lengths = {
        (one, other): graph.bond_length(one, other)
        for one, row in enumerate(graph.neighbours)
        for other, order in row.items()
        if one < other and order
    }

    def strain(match: tuple[int, ...]) -> float:
        return sum(
            template.neighbours[match[one]][match[other]] * length
            for (one, other), length in lengths.items()
        )

    best = min(matches, key=strain)
    for one, other in lengths:
        graph.set_bond(one, other, template.neighbours[best[one]][best[other]])
    for atom, image in enumerate(best):
        graph.charges[atom] = template.charges[image]
    missing = len(template) - len(graph)
    if missing:
        text = f"{missing} of {len(template)} atoms of the {origin} are missing in the structure."
        return [Note("warning", "ligand-atoms-missing", text)]
    return []


def _skeleton(graph: HeavyGraph) -> Chem.Mol:
    plain = graph.copy()
    plain.charges = [0] * len(plain)
    for row in plain.neighbours:
        for other in row:
            row[other] = 1.0
    mol = rdkit_molecule(plain, sanitise=False)
    mol.UpdatePropertyCache(strict=False)
    Chem.FastFindRings(mol)
    return mol
