"""What building a graph must and must not depend on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from rdkit import Chem

from molattn.errors import PocketEmpty
from molattn.graph import ComplexGraph, build_graph, counts, store
from molattn.graph.fields import FIELDS
from molattn.graph.geometry import complex_geometry
from molattn.structure.records import Ligand, Pocket, ResidueKind, SourceRecord
from tests.graph.hand_built import (
    flat_ligand,
    moved,
    moved_ligand,
    pocket,
    renumbered,
    rotation,
    shuffled,
)

ALANINE = {"N": (3.0, 1.46, 0), "CA": (3.0, 0, 0), "C": (4.4, -0.5, 0), "CB": (2.3, -0.8, 1.1)}


def invariant_fields(graph: ComplexGraph) -> dict[str, torch.Tensor]:
    return {
        f"{field.level}.{field.key}": store(graph, field.level)[field.key]
        for field in FIELDS
        if field.key != "position"
    }


@pytest.mark.parametrize("reflect", [False, True])
def test_rotation_changes_positions_only(pockets, reflect: bool) -> None:
    random = np.random.default_rng(5)
    for source, ligand in pockets.values():
        matrix, shift = rotation(random, reflect=reflect), random.normal(scale=50.0, size=3)
        first = build_graph(source, ligand, dtype=torch.float64)
        second = build_graph(
            moved(source, matrix, shift), moved_ligand(ligand, matrix, shift), dtype=torch.float64
        )
        for name, values in invariant_fields(first).items():
            assert torch.allclose(values, invariant_fields(second)[name]), name


def test_order_of_residues_and_atoms_changes_no_geometry(pockets) -> None:
    random = np.random.default_rng(6)
    for source, ligand in pockets.values():
        first = build_graph(source, ligand, dtype=torch.float64)
        order = random.permutation(len(ligand.positions)).tolist()
        second = build_graph(
            shuffled(source, random), renumbered(ligand, order), dtype=torch.float64
        )
        assert counts(first) == counts(second)
        one, other = complex_geometry(first), complex_geometry(second)
        for name in ("pair_distance", "pair_angles", "contact_distance", "contact_angles"):
            a, b = (getattr(each, name).flatten() for each in (one, other))
            assert torch.allclose(a.sort().values, b.sort().values, atol=1e-9), name
        for level, key in (("pocket_atom", "atom_type"), ("ligand", "features")):
            a, b = (store(each, level)[key].flatten() for each in (first, second))
            assert torch.equal(a.sort().values, b.sort().values)
        assert torch.allclose(first["descriptors"], second["descriptors"])


def test_atoms_beyond_the_cutoff_change_nothing(pockets) -> None:
    source, ligand = pockets["1s3v"]
    closest = np.full(len(source.residues), np.inf)
    gap = np.linalg.norm(source.atoms.position[:, None] - ligand.positions[None], axis=-1).min(1)
    np.minimum.at(closest, source.atoms.residue, gap)
    far = closest > 10.0
    position = source.atoms.position.copy()
    position[far[source.atoms.residue]] += position[
        far[source.atoms.residue]
    ] - ligand.positions.mean(0)
    pushed = Pocket(replace(source.atoms, position=position), source.residues)
    first, second = (build_graph(each, ligand) for each in (source, pushed))
    for name, values in invariant_fields(first).items():
        assert torch.equal(values, invariant_fields(second)[name]), name


@pytest.mark.parametrize("smiles", ["C", "[Zn+2]", "[Cl-]", "O"])
def test_ligand_of_one_atom(smiles: str) -> None:
    mol = Chem.MolFromSmiles(smiles)
    ligand = Ligand(mol, np.zeros((1, 3)), smiles, SourceRecord("", 0))
    graph = build_graph(pocket(("ALA", ResidueKind.AMINO_ACID, ALANINE)), ligand)
    rows = counts(graph)
    assert (rows["ligand"], rows["bond"], rows["near"]) == (1, 0, 0)
    assert (rows["residue"], rows["contact"], rows["pair"]) == (1, 1, 4)
    assert all(torch.isfinite(values).all() for values in invariant_fields(graph).values())


def test_large_ligand(pockets) -> None:
    source, _ = pockets["1s3v"]
    centre = source.atoms.position.mean(0)
    ligand = flat_ligand("C1CCCCC1" + "C(=O)NCCCN" * 16 + "C")
    assert len(ligand.positions) > 110
    graph = build_graph(source, replace(ligand, positions=ligand.positions + centre))
    assert counts(graph)["ligand"] == len(ligand.positions)


def test_pocket_of_metals_only() -> None:
    source = pocket(
        ("ZN", ResidueKind.METAL, {"ZN:Zn": (2.0, 0.0, 0.0)}),
        ("MG", ResidueKind.METAL, {"MG:Mg": (0.0, 5.0, 0.0)}),
    )
    graph = build_graph(source, flat_ligand("CCO"))
    assert counts(graph)["residue"] == 2
    assert graph["residue"].frame.tolist() == [[0, 0, 0], [1, 1, 1]]


def test_ligand_far_away_is_refused_with_the_distance() -> None:
    source = pocket(("ALA", ResidueKind.AMINO_ACID, ALANINE))
    ligand = flat_ligand("CCO")
    far = replace(ligand, positions=ligand.positions + 100.0)
    with pytest.raises(PocketEmpty, match=r"closest atom is 1[67]\d\.\d Å away"):
        build_graph(source, far)


def test_residue_between_the_cutoffs_is_no_contact() -> None:
    mol = Chem.MolFromSmiles("C")
    ligand = Ligand(mol, np.zeros((1, 3)), "C", SourceRecord("", 0))
    source = pocket(
        ("ALA", ResidueKind.AMINO_ACID, ALANINE),
        ("ZN", ResidueKind.METAL, {"ZN:Zn": (0.0, 9.0, 0.0)}),
        ("MG", ResidueKind.METAL, {"MG:Mg": (0.0, 11.0, 0.0)}),
    )
    graph = build_graph(source, ligand)
    assert graph.residue_label == ["A:ALA1", "A:ZN2"]
    assert counts(graph)["contact"] == 1
    with pytest.raises(PocketEmpty):
        build_graph(pocket(("ZN", ResidueKind.METAL, {"ZN:Zn": (0.0, 9.0, 0.0)})), ligand)
