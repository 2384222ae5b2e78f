"""Hydrogens that may sit on several atoms of one ring: lactims and azoles, put in one place.

Which double bonds of an aromatic ring a file draws is chance, so these moves start from the
aromatic molecule and from a ranking by connectivity, never from the drawn bonds.
"""

from __future__ import annotations

from rdkit import Chem, rdBase

from molattn.structure.heavy_graph import HeavyGraph, share_ring, skeleton_ranks


def place_ring_hydrogens(mol: Chem.Mol, graph: HeavyGraph) -> Chem.Mol:
    """Write lactims as lactams and put the hydrogen of each azole where the ranking prefers it.

    Parameters
    ----------
    mol
        Sanitised molecule without hydrogens; not changed.
    graph
        The same molecule as a graph.

    Returns
    -------
    Chem.Mol
        The molecule itself where nothing moves.
    """
    lactims = _lactims(graph)
    if lactims:
        mol = _as_lactams(mol, graph, lactims)
    return _place_azole_hydrogens(mol, graph)


def _lactims(graph: HeavyGraph) -> list[tuple[int, int]]:
    """Return the terminal O or S and the ring carbon of each possible lactim."""
    return [
        (end, carbon)
        for carbon, row in enumerate(graph.neighbours)
        if graph.elements[carbon] == 6 and len(row) == 3
        for end, order in row.items()
        if order == 1 and graph.elements[end] in (8, 16) and graph.is_terminal(end)
        if any(_ring_nitrogen(graph, carbon, o) for o in row)
    ]


def _ring_nitrogen(graph: HeavyGraph, carbon: int, other: int) -> bool:
    return (
        graph.elements[other] == 7
        and graph.degree(other) == 2
        and graph.valence(other) == 3
        and share_ring(graph, carbon, other)
    )


def _as_lactams(mol: Chem.Mol, graph: HeavyGraph, lactims: list[tuple[int, int]]) -> Chem.Mol:
    ranks = skeleton_ranks(graph)
    for end, carbon in sorted(lactims, key=lambda pair: ranks[pair[0]]):
        row = graph.neighbours[carbon]
        nitrogens = [o for o in row if _ring_nitrogen(graph, carbon, o)]
        for nitrogen in sorted(nitrogens, key=ranks.__getitem__):
            moved = _as_lactam(mol, end, carbon, nitrogen)
            if moved is not None:
                mol = moved
                break
    return mol


def _as_lactam(mol: Chem.Mol, end: int, carbon: int, nitrogen: int) -> Chem.Mol | None:
    """Return the molecule with C=O and N-H at one lactim; None where there is no such tautomer."""
    moved = Chem.RWMol(mol)
    ring_bond = moved.GetBondBetweenAtoms(carbon, nitrogen)
    acceptor = moved.GetAtomWithIdx(nitrogen)
    if acceptor.GetTotalNumHs() or acceptor.GetFormalCharge():
        return None
    if not ring_bond.GetIsAromatic():
        if ring_bond.GetBondType() != Chem.BondType.DOUBLE:
            return None
        ring_bond.SetBondType(Chem.BondType.SINGLE)
    moved.GetBondBetweenAtoms(carbon, end).SetBondType(Chem.BondType.DOUBLE)
    moved.GetAtomWithIdx(end).SetNumExplicitHs(0)
    acceptor.SetNumExplicitHs(1)
    return _sanitised(moved.GetMol())


def _sanitised(mol: Chem.Mol) -> Chem.Mol | None:
    try:
        with rdBase.BlockLogs():
            Chem.SanitizeMol(mol)
    except Chem.MolSanitizeException:
        return None
    return mol


def _place_azole_hydrogens(mol: Chem.Mol, graph: HeavyGraph) -> Chem.Mol:
    moves: list[tuple[int, int]] = []
    ranks: list[int] | None = None
    rings = mol.GetRingInfo()
    for nitrogens in azoles(mol):
        bearing = [a for a in nitrogens if mol.GetAtomWithIdx(a).GetTotalNumHs() == 1]
        if len(bearing) != 1:
            continue
        ranks = ranks or skeleton_ranks(graph)
        key = {
            a: (not any(rings.NumAtomRings(o) > 1 for o in graph.neighbours[a]), ranks[a])
            for a in nitrogens
        }
        best = min(nitrogens, key=key.__getitem__)
        if best != bearing[0]:
            moves.append((bearing[0], best))
    for source, target in moves:
        mol = _move_hydrogen(mol, source, target)
    return mol


def _move_hydrogen(mol: Chem.Mol, source: int, target: int) -> Chem.Mol:
    moved = Chem.Mol(mol)
    moved.GetAtomWithIdx(source).SetNumExplicitHs(0)
    moved.GetAtomWithIdx(target).SetNumExplicitHs(1)
    return _sanitised(moved) or mol  # the ring system may have no such tautomer


def azoles(mol: Chem.Mol) -> list[tuple[int, ...]]:
    """Return, for each aromatic five-membered ring, its nitrogens that may carry the hydrogen.

    Rings with fewer than two such nitrogens are left out.
    """
    found: list[tuple[int, ...]] = []
    for ring in mol.GetRingInfo().AtomRings():
        if len(ring) != 5:
            continue
        atoms = [mol.GetAtomWithIdx(a) for a in ring]
        free = tuple(
            a.GetIdx()
            for a in atoms
            if a.GetAtomicNum() == 7 and a.GetFormalCharge() == 0 and a.GetDegree() == 2
        )
        if len(free) > 1 and all(a.GetIsAromatic() for a in atoms):
            found.append(free)
    return found
