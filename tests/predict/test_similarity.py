"""Likeness to training: of ligands and pockets, the same however a complex is turned or written."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from rdkit import Chem, DataStructs
from rdkit.Chem import rdFingerprintGenerator

from molattn.graph import ComplexGraph, build_graph
from molattn.graph.fingerprint import ligand_fingerprint
from molattn.graph.vocabulary import RESIDUE_TYPES
from molattn.predict import fit_domain
from molattn.predict.domain import Domain
from molattn.predict.grade import Grade
from molattn.predict.ligand_similarity import pack_counts, remember_ligands
from molattn.predict.pocket_similarity import (
    DESCRIPTOR_WIDTH,
    describe,
    pocket_descriptor,
    remember_pockets,
)
from molattn.predict.similarity import (
    FEWEST_CLUSTERS,
    LIGAND_BOUNDS,
    Likeness,
    Similarity,
    fit_similarity,
    likeness_across,
)
from molattn.resources import EXAMPLE_NAMES, example
from molattn.structure import read_ligand, read_protein, select_pocket
from molattn.testing import permute, random_orthogonal, transform
from molattn.testing.complexes import LIGANDS

SMILES = (*LIGANDS, "CCO", "c1ccccc1", "CC(C)Cc1ccc(cc1)C(C)C(=O)O", "CN1CCC[C@H]1c1cccnc1")


@pytest.fixture(scope="module")
def complexes() -> dict[str, ComplexGraph]:
    graphs = {}
    for name in EXAMPLE_NAMES:
        files = example(name)
        ligand = read_ligand(files.ligand)
        pocket = select_pocket(read_protein(files.protein), ligand.positions)
        graphs[name] = build_graph(pocket, ligand, dtype=torch.float64)
    return graphs


def random_pockets(seed: int, families: int, members: int) -> tuple[np.ndarray, list[str]]:
    """Return descriptors of families of pockets, whose members differ in a few residues."""
    random = np.random.default_rng(seed)
    rows, names = [], []
    for family in range(families):
        kinds, far = random.integers(0, 20, 40), random.uniform(3.0, 10.0, 40)
        for _ in range(members):
            changed = np.where(random.random(40) < 0.1, random.integers(0, 20, 40), kinds)
            rows.append(describe(changed, far + random.normal(0, 0.2, 40)))
            names.append(f"f{family}")
    return np.array(rows), names


def test_ligands_are_as_alike_as_rdkit_says() -> None:
    mols = [Chem.MolFromSmiles(one) for one in SMILES]
    generator = rdFingerprintGenerator.GetMorganGenerator(radius=2, fpSize=1024)
    prints = [generator.GetFingerprint(mol) for mol in mols]
    bits = [pack_counts(ligand_fingerprint(mol)) for mol in mols]
    memory = remember_ligands(bits[1:])
    expected = DataStructs.BulkTanimotoSimilarity(prints[0], prints[1:])
    assert sorted(memory.compare(bits[0])) == pytest.approx(sorted(expected), abs=1e-6)
    assert memory.nearest(bits[0]) == pytest.approx(max(expected), abs=1e-6)
    assert memory.nearest(bits[3]) == 1.0


def test_a_ligand_is_kept_once_and_a_large_one_is_counted_right() -> None:
    full = np.full(128, 255, dtype=np.uint8)  # 1,024 bits: more than fit in a byte
    half = np.where(np.arange(128) < 64, 255, 0).astype(np.uint8)
    memory = remember_ligands([half, full, half])
    assert len(memory) == 2
    assert sorted(memory.compare(full)) == [0.5, 1.0]
    assert remember_ligands([]).nearest(full) == 0.0


def test_turning_and_reordering_change_no_pocket(complexes: dict[str, ComplexGraph]) -> None:
    generator = torch.Generator().manual_seed(0)
    for graph in complexes.values():
        plain = pocket_descriptor(graph)
        assert plain.shape == (DESCRIPTOR_WIDTH,)
        assert np.linalg.norm(plain) == pytest.approx(1.0)
        for reflect in (False, True):
            matrix = random_orthogonal(generator, reflect=reflect)
            shift = 50.0 * torch.randn(3, generator=generator, dtype=torch.float64)
            moved = transform(permute(graph, generator), matrix, shift)
            np.testing.assert_allclose(pocket_descriptor(moved), plain, atol=1e-9)


def test_no_residue_enters_a_shell_with_a_jump() -> None:
    kinds = np.array([3, 7, 7, 12])
    at = np.linspace(2.0, 11.0, 90001)
    last = describe(kinds, [3.0, 4.0, 6.0, at[0]])
    largest = 0.0
    for distance in at[1::50]:
        now = describe(kinds, [3.0, 4.0, 6.0, distance])
        largest, last = max(largest, float(np.abs(now - last).max())), now
    assert largest < 0.05
    # beyond the pocket a residue is as good as absent
    far, absent = describe(kinds, [3.0, 4.0, 6.0, 10.0]), describe(kinds[:3], [3.0, 4.0, 6.0])
    np.testing.assert_allclose(far, absent, atol=1e-12)


def test_families_of_pockets_are_told_apart() -> None:
    rows, names = random_pockets(0, families=30, members=4)
    memory = remember_pockets(rows)
    alike = memory.compare(rows)
    own = np.array(names)[:, None] == np.array(names)
    np.testing.assert_allclose(np.diag(alike), 1.0, atol=2e-3)
    assert np.median(alike[own]) > 0.7
    assert np.median(alike[~own]) < 0.1


def test_one_like_pocket_is_no_family() -> None:
    rows, _ = random_pockets(1, families=10, members=1)
    alone, family = remember_pockets(rows), remember_pockets(np.concatenate([rows, rows, rows]))
    nearest, third = alone.nearest(rows[0])
    assert nearest > 0.99 and third < 0.5
    assert min(family.nearest(rows[0])) > 0.99
    # with fewer pockets than a family has, the least similar stands for the third
    assert min(remember_pockets(rows[:2]).nearest(rows[1])) < 0.5
    with pytest.raises(ValueError, match="at least one pocket"):
        remember_pockets([])


def test_the_bounds_follow_from_unrelated_proteins() -> None:
    rows, names = random_pockets(2, families=FEWEST_CLUSTERS + 10, members=3)
    bits = pack_counts(np.random.default_rng(0).random((len(rows), 1024)) < 0.05)
    found = fit_similarity(bits, rows, names)
    nearest = likeness_across(bits, rows, names)
    assert (nearest[:, 2] >= found.pocket_bounds.near).mean() == pytest.approx(0.05, abs=0.01)
    assert (nearest[:, 2] < found.pocket_bounds.out).mean() == pytest.approx(1 / 3, abs=0.02)
    assert found.ligand_bounds.out <= found.ligand_bounds.near
    # with too few proteins the constants stand
    assert fit_similarity(bits, rows, ["one"] * len(rows)).ligand_bounds == LIGAND_BOUNDS
    with pytest.raises(ValueError, match="clusters came with"):
        fit_similarity(bits[:5], rows, names)


def test_likeness_across_folds_never_sees_the_own_fold() -> None:
    rows, _ = random_pockets(3, families=6, members=1)
    bits = pack_counts(np.random.default_rng(1).random((6, 1024)) < 0.05)
    twice, doubled = np.concatenate([rows, rows]), np.concatenate([bits, bits])
    together = likeness_across(doubled, twice, [0, 1, 2, 3, 4, 5] * 2)
    apart = likeness_across(doubled, twice, [0] * 6 + [1] * 6)
    assert (apart[:, :2] > 0.99).all()
    assert (together < 0.99).all()
    assert (likeness_across(bits, rows, [0] * 6) == 0).all()


def test_unlike_pockets_and_ligands_are_named(complexes: dict[str, ComplexGraph]) -> None:
    graph = complexes["1s3v"]
    domain = fit_domain([graph, graph, graph, complexes["1of6"]])
    assert domain.similarity is not None
    assert domain.similarity.grade(domain.similarity.look(graph)) == "in"
    assert domain.similarity.grade(Likeness(ligand=1.0, pocket=0.9, family=0.2)) == "out"
    assert "Tanimoto 1.00, nearest training pocket 1.00, third 1.00" in domain.judge(graph)[1]
    grade, reason = domain.judge(graph, likeness=Likeness(ligand=0.31, pocket=0.42, family=0.33))
    assert grade == "out"
    assert reason.startswith("Training has fewer than 3 pockets anything like this one")
    assert (
        "nearest training ligand Tanimoto 0.31, nearest training pocket 0.42, third 0.33" in reason
    )
    grade, reason = domain.judge(graph, likeness=Likeness(ligand=0.5, pocket=0.6, family=0.5))
    assert (grade, reason.startswith("Training has fewer than 3 pockets much like")) == (
        "near",
        True,
    )


def test_grades_fall_with_likeness() -> None:
    rows, _ = random_pockets(4, families=3, members=1)
    found = fit_similarity(pack_counts(np.eye(3, 1024)), rows)
    for of in ("family", "ligand"):
        grades = []
        for similarity in np.linspace(1.0, 0.0, 50):
            likeness = replace(Likeness(1.0, 1.0, 1.0), **{of: float(similarity)})
            grades.append(max((one.grade for one in found.judge(likeness)), default=Grade.IN))
        assert grades == sorted(grades)
        assert set(grades) == set(Grade)


def test_it_comes_back_from_what_is_stored(complexes: dict[str, ComplexGraph]) -> None:
    graphs = list(complexes.values())
    domain = fit_domain(graphs)
    values = json.loads(json.dumps(domain.to_json()))
    again = Domain.from_json(values).with_arrays(domain.arrays())
    for graph in graphs:
        assert again.look(graph) == domain.look(graph)
        assert again.judge(graph) == domain.judge(graph)
    # weights whose arrays are missing, or that knew of no likeness, say nothing of it
    assert Domain.from_json(values).look(graphs[0]) is None
    del values["similarity"]
    assert Domain.from_json(values).with_arrays(domain.arrays()).look(graphs[0]) is None


def test_what_is_stored_is_small() -> None:
    random = np.random.default_rng(5)
    bits = pack_counts(random.random((12000, 1024)) < 0.05)
    pockets = random.random((100, len(RESIDUE_TYPES) * 3))
    found: Similarity = fit_similarity(bits, pockets)
    sizes = {name: array.nbytes for name, array in found.arrays().items()}
    assert sizes["ligand_bits"] == 12000 * 128
    assert sizes["pockets"] == len(found.pockets) * DESCRIPTOR_WIDTH * 2
