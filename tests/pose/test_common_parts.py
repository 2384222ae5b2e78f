"""Grown common substructures: as large as the exact ones where these are plain, and bounded."""

from __future__ import annotations

import pytest
from rdkit import Chem

from molattn.pose.common_parts import MolGraph, common_parts, mol_graph, pieces_of, unequal
from molattn.pose.correspondence import correspondences


def _graph(smiles: str) -> MolGraph:
    return mol_graph(Chem.MolFromSmiles(smiles))


_PAIRS = [
    ("CCNc1nccc(-c2ccccc2F)n1", "CNc1nccc(-c2ccccc2)n1"),
    ("Cc1cc(C)cc(c1)C(=O)NC", "c1ccc(cc1)C(=O)NC"),
    ("CC(=O)c1c(C)[nH]c(C)c1C", "CC(=O)c1c(CC)[nH]c(-c2ccccc2)c1C"),
    ("c1ccc(cc1)C(=O)NCCc1ccncc1", "c1ccc(cc1)S(=O)(=O)NCCc1ccncc1"),
]


@pytest.mark.parametrize(("ligand", "template"), _PAIRS)
def test_growth_finds_nearly_what_the_exact_search_finds(ligand: str, template: str) -> None:
    one, other = Chem.MolFromSmiles(ligand), Chem.MolFromSmiles(template)
    exact, grown = (correspondences(one, other, exact=exact)[0] for exact in (True, False))
    assert grown.rank >= exact.rank - 1.0


@pytest.mark.parametrize("loose", [False, True])
@pytest.mark.parametrize(("ligand", "template"), _PAIRS)
def test_pairs_are_one_to_one_and_of_like_atoms(ligand: str, template: str, loose: bool) -> None:
    one, other = _graph(ligand), _graph(template)
    pairs = common_parts(one, other, loose=loose)
    assert len(set(pairs.values())) == len(pairs) >= 3
    for atom, place in pairs.items():
        assert bool(one.ring_sizes[atom]) == bool(other.ring_sizes[place])
    assert loose or unequal(pairs, one, other) == 0
    pieces = pieces_of(pairs, one, other)
    assert sum(len(piece) for piece in pieces) == len(pairs)
    assert len(pieces[0]) == max(len(piece) for piece in pieces)


def test_nothing_in_common_gives_nothing() -> None:
    assert common_parts(_graph("FC(F)(F)Br"), _graph("c1ccsc1"), loose=False) == {}


def test_a_molecule_corresponds_to_itself_whatever_its_symmetry() -> None:
    cage = "C12C3C4C5C1C6C7C2C8C3C9C4C1C5C6C2C7C8C9C12"
    for smiles in (cage, "CC(C)(C)c1cc(C(C)(C)C)cc(c1)C(C)(C)C", "C" * 61):
        mol = Chem.MolFromSmiles(smiles)
        assert len(correspondences(mol, mol, exact=False)[0]) == mol.GetNumAtoms()
    # beyond sixty atoms the exact search, which may not end, is left out
    assert len(correspondences(mol, mol)[0]) == 61
