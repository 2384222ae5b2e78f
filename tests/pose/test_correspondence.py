"""Common substructures: what corresponds, in how many ways, in which order."""

from __future__ import annotations

import numpy as np
import pytest
from rdkit import Chem

from molattn.pose.correspondence import Correspondence, correspondences, same_atoms


def _mol(smiles: str) -> Chem.Mol:
    return Chem.MolFromSmiles(smiles)


def _pairs(one: Correspondence) -> dict[int, int]:
    return dict(zip(one.ligand.tolist(), one.template.tolist(), strict=True))


def test_a_meta_substituted_ring_lies_on_its_template_both_ways() -> None:
    # the ring may turn about its axis: the chlorine on one side or on the other
    ligand, template = _mol("OC(=O)c1cccc(Cl)c1"), _mol("OC(=O)c1ccccc1")
    found = correspondences(ligand, template)
    whole = [one for one in found if len(one) == 9]
    bearer = ligand.GetSubstructMatch(Chem.MolFromSmarts("Clc"))[1]
    assert {_pairs(one)[bearer] for one in whole} == {5, 7}


def test_pairs_are_one_to_one_and_keep_elements_where_strict() -> None:
    ligand, template = _mol("CCNc1nccc(-c2ccccc2F)n1"), _mol("CNc1nccc(-c2ccccc2)n1")
    for one in correspondences(ligand, template):
        assert len(set(one.ligand.tolist())) == len(one) == len(set(one.template.tolist()))
        assert one.ligand.max() < ligand.GetNumAtoms()
        assert one.template.max() < template.GetNumAtoms()
    best = correspondences(ligand, template)[0]
    assert len(best) == template.GetNumAtoms()
    for atom, place in _pairs(best).items():
        number = ligand.GetAtomWithIdx(atom).GetAtomicNum()
        assert number == template.GetAtomWithIdx(place).GetAtomicNum()


def test_both_ends_of_an_exchanged_linker_correspond() -> None:
    ligand, template = _mol("c1ccc(cc1)C(=O)NCCc1ccncc1"), _mol("c1ccc(cc1)S(=O)(=O)NCCc1ccncc1")
    best = correspondences(ligand, template)[0]
    rings = [atom.GetIdx() for atom in ligand.GetAtoms() if atom.GetIsAromatic()]
    assert set(rings) <= set(best.ligand.tolist())


def test_a_large_piece_is_offered_alone_as_well() -> None:
    ligand = _mol("c1ccc2[nH]ccc2c1CCCCCCc1ccncc1")
    template = _mol("c1ccc2[nH]ccc2c1CSOSCc1ccncc1")
    found = correspondences(ligand, template)
    assert {int(one.pieces.max()) for one in found} >= {0, 1}
    for one in found:
        sizes = np.bincount(one.pieces)
        assert (np.diff(sizes) <= 0).all()


def test_nitrogen_for_carbon_corresponds_at_a_deduction() -> None:
    ligand, template = _mol("c1ccncc1CC(=O)O"), _mol("c1ccccc1CC(=O)O")
    best = correspondences(ligand, template)[0]
    assert len(best) == ligand.GetNumAtoms()
    assert best.rank == pytest.approx(len(best) - 0.4)


def test_nothing_in_common_gives_nothing() -> None:
    assert correspondences(_mol("FC(F)(F)Br"), _mol("c1ccsc1")) == []


def test_the_order_of_the_answers_is_fixed() -> None:
    ligand, template = _mol("Cc1cc(C)cc(c1)C(=O)NC"), _mol("c1ccc(cc1)C(=O)NC")
    first, second = (correspondences(ligand, template) for _ in range(2))
    assert [_pairs(one) for one in first] == [_pairs(one) for one in second]
    assert len(correspondences(ligand, template, most=1)) == 1


def test_one_compound_is_recognised_in_any_protonation_but_not_as_another() -> None:
    acid, ion = _mol("OC(=O)CCN"), _mol("[NH3+]CCC([O-])=O")
    order = same_atoms(acid, ion)
    assert order is not None
    for atom, place in enumerate(order):
        assert acid.GetAtomWithIdx(atom).GetAtomicNum() == ion.GetAtomWithIdx(place).GetAtomicNum()
    assert same_atoms(acid, _mol("OC(=O)CCC")) is None
    assert same_atoms(acid, _mol("OC(=O)C(C)N")) is None
