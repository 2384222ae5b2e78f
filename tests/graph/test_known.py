"""What is worked out once for a receptor or a ligand is what is worked out for each complex."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest
import torch
from rdkit import Chem
from rdkit.Chem.rdDistGeom import EmbedMolecule

from molattn.graph import ComplexGraph, build_graph
from molattn.graph.fields import FIELDS
from molattn.graph.fingerprint import shared_bits
from molattn.graph.graph import store
from molattn.graph.known_ligands import known_ligand
from molattn.graph.ligand_features import ligand_features
from molattn.resources import example
from molattn.structure import Ligand, Pocket, ligand_from_mol, read_ligand, read_protein
from molattn.structure.pocket import select_pocket
from molattn.structure.standard_form import pose_free, standard_form


def assert_equal(one: ComplexGraph, other: ComplexGraph) -> None:
    for field in FIELDS:
        assert torch.equal(store(one, field.level)[field.key], store(other, field.level)[field.key])


@pytest.mark.parametrize("name", ["1s3v", "1ia1", "1of6", "1uou"])
@pytest.mark.parametrize("waters", [False, True])
def test_a_pocket_cut_from_a_protein_is_as_one_by_itself(name: str, waters: bool) -> None:
    files = example(name)
    protein, ligand = read_protein(files.protein), read_ligand(files.ligand)
    pocket = select_pocket(protein, ligand.positions, waters=waters)
    alone = Pocket(pocket.atoms, pocket.residues, pocket.notes)
    assert_equal(build_graph(pocket, ligand), build_graph(alone, ligand))


def posed(smiles: str, seed: int) -> Ligand:
    mol = Chem.AddHs(Chem.MolFromSmiles(smiles))
    assert EmbedMolecule(mol, randomSeed=seed + 1) == 0
    return ligand_from_mol(mol)


@pytest.mark.parametrize("smiles", ["NC(=N)NCCc1ccccc1", "O=[N+]([O-])O", "OC(=O)c1cc[nH]n1"])
def test_poses_of_one_ligand_share_all_but_the_pose(smiles: str) -> None:
    for seed in range(4):  # among the like neighbours of guanidine and nitrate the pose decides
        ligand = posed(smiles, seed)
        found = known_ligand(ligand).features
        expected = ligand_features(standard_form(ligand.mol), ligand.positions)
        for name in (field.name for field in fields(found)):
            if name not in ("skeleton", "planes"):
                np.testing.assert_array_equal(getattr(found, name), getattr(expected, name))


def test_a_thioacid_whose_double_bond_follows_the_pose_is_not_shared() -> None:
    assert pose_free(posed("CP(=S)(O)O", 0).mol) is None
    assert pose_free(posed("CP(=O)(O)O", 0).mol) is not None
    assert pose_free(posed("CCO", 0).mol) == pose_free(posed("CCO", 1).mol)
    assert pose_free(posed("CCO", 0).mol) != pose_free(posed("CCN", 0).mol)


@pytest.mark.parametrize("count", [0, 40, 300])
def test_shared_bits_are_counted(count: int) -> None:
    generator = np.random.default_rng(0)
    columns = (generator.random((1024, 7)) < 0.5).astype(np.uint8)
    own = generator.choice(1024, count, replace=False)
    assert shared_bits(columns, own).tolist() == columns[own].sum(axis=0, dtype=int).tolist()
