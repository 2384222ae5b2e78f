"""Superposing structures by their binding sites."""

import numpy as np
import pytest

from molattn.pose.superpose import fit_points, superpose
from molattn.resources import example
from molattn.structure import read_protein
from molattn.structure.records import AtomTable, Protein, ResidueTable


def tables(protein: Protein) -> tuple[AtomTable, ResidueTable]:
    return protein.atoms, protein.residues


def moved(protein: Protein, rotation: np.ndarray, shift: np.ndarray) -> AtomTable:
    import dataclasses

    return dataclasses.replace(protein.atoms, position=protein.atoms.position @ rotation.T + shift)


@pytest.fixture(scope="module")
def reductase() -> Protein:
    return read_protein(example("1s3v").protein)


@pytest.fixture
def turn() -> np.ndarray:
    matrix, _ = np.linalg.qr(np.random.default_rng(3).normal(size=(3, 3)))
    return matrix * np.sign(np.linalg.det(matrix))


def test_a_moved_copy_comes_back_exactly(reductase, turn):
    shift = np.array([10.0, -40.0, 7.0])
    fit = superpose((moved(reductase, turn, shift), reductase.residues), tables(reductase))
    assert fit is not None
    assert fit.rmsd < 1e-6
    assert np.allclose(fit.rotation, turn.T, atol=1e-8)
    assert np.allclose(fit.apply(moved(reductase, turn, shift).position), reductase.atoms.position)


def test_only_proper_rotations_are_fitted():
    points = np.random.default_rng(1).normal(size=(20, 3))
    fit = fit_points(points * np.array([1.0, 1.0, -1.0]), points)
    assert np.linalg.det(fit.rotation) == pytest.approx(1.0)
    assert fit.rmsd > 0.1


def test_half_of_a_structure_is_found_in_the_whole(reductase, turn):
    half = np.flatnonzero(reductase.atoms.residue < len(reductase.residues) // 2)
    part = reductase.atoms.take(half, reductase.atoms.residue[half])
    fit = superpose(
        (part, reductase.residues), (moved(reductase, turn, np.ones(3)), reductase.residues)
    )
    assert fit is not None
    assert fit.rmsd < 1e-6


def test_two_different_proteins_do_not_superpose(reductase):
    other = read_protein(example("1uou").protein)
    fit = superpose(tables(reductase), tables(other))
    assert fit is None or fit.residues < 0.3 * len(reductase.residues)
