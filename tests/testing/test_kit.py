"""The test kit catches what it is there to catch, and passes the shipped weights on real files."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import gemmi
import numpy as np
import pytest
import torch

from molattn import testing
from molattn.graph import build_graph
from molattn.graph.graph import ComplexGraph
from molattn.model.config import NetworkConfig
from molattn.model.network import Network
from molattn.model.prediction import Prediction
from molattn.predict import Predictor
from molattn.resources import ExampleComplex
from molattn.structure import read_ligand
from molattn.testing.files import write_ligand, write_protein

SMALL = NetworkConfig(scalars=8, vectors=2, blocks=1, heads=2, pair_width=8, queries=2)


class Leaky(Network):
    """A network that adds something it must not know."""

    leak = "position"

    def forward(self, graph: ComplexGraph, **options: object) -> Prediction:
        answer: Prediction = super().forward(graph, **options)
        ligand = graph["ligand"]
        if self.leak == "position":
            extra = ligand.position[:, 0].mean()
        elif self.leak == "order":
            extra = ligand.atom_type[0].to(answer.pK.dtype)
        elif self.leak == "batch":
            extra = torch.tensor(float(len(answer.pK)), dtype=answer.pK.dtype)
        else:  # what no automatic gradient sees
            extra = ligand.position.detach().square().sum()
        return dataclasses.replace(answer, pK=answer.pK + 0.01 * extra)


def leaky(leak: str) -> Leaky:
    torch.manual_seed(0)
    network = Leaky(SMALL).double().eval()
    network.leak = leak
    return network


def graphs(count: int) -> list[ComplexGraph]:
    return [
        build_graph(*testing.random_complex(seed), dtype=torch.float64) for seed in range(count)
    ]


def test_a_leak_of_position_is_caught() -> None:
    with pytest.raises(AssertionError, match="under an isometry"):
        testing.assert_invariant(leaky("position"), graphs(1)[0])


def test_a_leak_of_order_is_caught() -> None:
    with pytest.raises(AssertionError, match="under a permutation"):
        testing.assert_permutation_invariant(leaky("order"), graphs(1)[0])


def test_a_leak_of_the_batch_is_caught() -> None:
    with pytest.raises(AssertionError, match="in a batch"):
        testing.assert_batch_independent(leaky("batch"), graphs(3))


def test_a_share_missing_from_the_ledger_is_caught() -> None:
    with pytest.raises(AssertionError, match="the ledger misses"):
        testing.assert_ledger(leaky("position"), graphs(2))


def test_a_gradient_that_is_cut_is_caught() -> None:
    with pytest.raises(AssertionError, match="gradients differ"):
        testing.assert_gradients(leaky("detached"), graphs(1)[0])


def test_a_jump_is_caught() -> None:
    far, near = graphs(2)
    with pytest.raises(AssertionError, match="jumps"):
        testing.assert_continuous(
            leaky("order"), lambda place: near if place < 1.0 else far, [1.0], step=1e-9
        )


@pytest.mark.parametrize("reflect", [False, True])
def test_turned_files_have_the_same_pK(
    complex_1s3v: ExampleComplex, tmp_path: Path, reflect: bool
) -> None:
    generator = torch.Generator().manual_seed(3)
    matrix = testing.random_orthogonal(generator, reflect=reflect).numpy()
    shift = np.array([11.0, -42.0, 7.5])
    predictor = Predictor.load()
    mol = read_ligand(complex_1s3v.ligand).mol
    turned = predictor.score(
        write_protein(
            gemmi.read_structure(str(complex_1s3v.protein)),
            tmp_path / "protein.pdb",
            matrix=matrix,
            shift=shift,
        ),
        write_ligand(mol, tmp_path / "ligand.sdf", matrix=matrix, shift=shift),
    )
    straight = predictor.score(complex_1s3v.protein, complex_1s3v.ligand)
    assert turned.pK == pytest.approx(straight.pK, abs=1e-3)


def test_shuffled_files_with_hydrogens_have_the_same_pK(
    complex_1s3v: ExampleComplex, tmp_path: Path
) -> None:
    random = np.random.default_rng(5)
    predictor = Predictor.load()
    mol = read_ligand(complex_1s3v.ligand).mol
    structure = gemmi.read_structure(str(complex_1s3v.protein))
    changed = predictor.score(
        write_protein(structure, tmp_path / "protein.pdb", order=random, hydrogens=True),
        write_ligand(
            mol,
            tmp_path / "ligand.sdf",
            order=random.permutation(mol.GetNumAtoms()),
        ),
    )
    hydrogens = predictor.score(
        complex_1s3v.protein, write_ligand(mol, tmp_path / "hydrogens.sdf", hydrogens=True)
    )
    straight = predictor.score(complex_1s3v.protein, complex_1s3v.ligand)
    assert changed.pK == pytest.approx(straight.pK, abs=1e-5)
    assert hydrogens.pK == pytest.approx(straight.pK, abs=1e-5)
