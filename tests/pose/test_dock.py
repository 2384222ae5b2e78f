"""Docking with AutoDock Vina: where it looks, what it refuses, that it repeats (extra [dock])."""

from __future__ import annotations

import numpy as np
import pytest

from molattn.errors import LigandUnreadable, UsageError
from molattn.resources import ExampleComplex
from molattn.structure import Ligand, read_ligand, read_protein, select_pocket
from molattn.structure.records import Pocket

pytest.importorskip("vina")
pytest.importorskip("meeko")

from molattn.pose.dock import DockedPose, Docker, box_around
from molattn.pose.rmsd import symmetric_rmsd, symmetries


@pytest.fixture(scope="module")
def ligand(complexes: dict[str, ExampleComplex]) -> Ligand:
    return read_ligand(complexes["1uou"].ligand)


@pytest.fixture(scope="module")
def pocket(complexes: dict[str, ExampleComplex], ligand: Ligand) -> Pocket:
    return select_pocket(read_protein(complexes["1uou"].protein), ligand.positions, cutoff=8.0)


@pytest.fixture(scope="module")
def docker(pocket: Pocket, ligand: Ligand) -> Docker:
    return Docker(pocket.atoms, pocket.residues, ligand.positions, margin=2.0, exhaustiveness=1)


def _same(one: list[DockedPose], other: list[DockedPose]) -> bool:
    return len(one) == len(other) and all(
        a.energy == b.energy and np.array_equal(a.ligand.positions, b.ligand.positions)
        for a, b in zip(one, other, strict=True)
    )


def test_poses_lie_in_the_box_best_first_and_differ(docker: Docker, ligand: Ligand) -> None:
    poses = docker.poses("Oc1ccccc1C", "cresol", most=3)
    energies = [pose.energy for pose in poses]
    assert 1 <= len(poses) <= 3
    assert energies == sorted(energies)
    assert energies[0] < 0.0
    low, high = ligand.positions.min(axis=0) - 3.0, ligand.positions.max(axis=0) + 3.0
    for pose in poses:
        assert pose.ligand.name == "cresol"
        assert pose.ligand.mol.GetNumAtoms() == 8
        assert ((pose.ligand.positions > low) & (pose.ligand.positions < high)).all()
    if len(poses) > 1:
        first = poses[0].ligand
        rmsd = symmetric_rmsd(
            poses[1].ligand.positions[None], first.positions, symmetries(first.mol)
        )
        assert rmsd[0] > 0.5


def test_the_answer_does_not_depend_on_what_was_docked_before(
    docker: Docker, pocket: Pocket, ligand: Ligand
) -> None:
    docker.poses("CCO", most=2)
    after = docker.poses("Cc1cccnc1", most=2)
    again = docker.poses("Cc1cccnc1", most=2)
    fresh = Docker(pocket.atoms, pocket.residues, ligand.positions, margin=2.0, exhaustiveness=1)
    alone = fresh.poses("Cc1cccnc1", most=2)
    assert _same(after, again)
    assert _same(after, alone)


def test_salts_deuterium_silicon_and_single_atoms(docker: Docker) -> None:
    assert docker.poses("CCN.Cl", most=1)[0].ligand.mol.GetNumAtoms() == 3
    assert docker.poses("[2H]C([2H])CO", most=1)[0].ligand.mol.GetNumAtoms() == 3
    silane = docker.poses("C[Si](C)(C)C", most=1)[0].ligand
    assert {atom.GetSymbol() for atom in silane.mol.GetAtoms()} == {"C", "Si"}
    assert np.isfinite(docker.poses("C", most=1)[0].energy)


@pytest.mark.parametrize(
    ("smiles", "reason"),
    [
        ("not a smiles", "is not a SMILES"),
        ("[Na+]", "no atom type for Na"),
        ("C[Hg]C", "no atom type for Hg"),
        ("C" * 40, "rotatable bonds are too many"),
        ("C" * 151, "too many"),
        ("C*", "dummy atom"),
    ],
)
def test_what_cannot_be_docked_is_refused_in_one_sentence(
    docker: Docker, smiles: str, reason: str
) -> None:
    with pytest.raises(LigandUnreadable, match=reason) as caught:
        docker.poses(smiles, "Z1")
    assert "\n" not in str(caught.value)
    assert str(caught.value).endswith(".")


def test_a_box_around_a_point(pocket: Pocket, ligand: Ligand) -> None:
    centre = ligand.positions.mean(axis=0)
    np.testing.assert_allclose(box_around(centre, 12.0), [centre - 6.0, centre + 6.0])
    edges = np.array([10.0, 12.0, 14.0])
    np.testing.assert_allclose(np.ptp(box_around(centre, edges), axis=0), edges)
    docker = Docker(
        pocket.atoms, pocket.residues, box_around(centre, 9.0), margin=0.0, exhaustiveness=1
    )
    pose = docker.poses("c1ccccc1", most=1)[0].ligand
    assert (np.abs(pose.positions - centre) < 5.5).all()


def test_options_that_make_no_sense_are_refused(pocket: Pocket, ligand: Ligand) -> None:
    with pytest.raises(UsageError, match="exhaustiveness"):
        Docker(pocket.atoms, pocket.residues, ligand.positions, exhaustiveness=0)
    with pytest.raises(UsageError, match="box"):
        Docker(pocket.atoms, pocket.residues, ligand.positions[:1], margin=1.0)


@pytest.mark.slow
def test_a_crystal_pose_is_found_again(
    complexes: dict[str, ExampleComplex],
) -> None:
    files = complexes["1ia1"]
    ligand = read_ligand(files.ligand)
    pocket = select_pocket(read_protein(files.protein), ligand.positions, cutoff=12.0)
    docker = Docker(pocket.atoms, pocket.residues, ligand.positions, margin=4.0, exhaustiveness=2)
    poses = docker.poses(ligand.mol, "TQ3")
    assert poses[0].energy < -6.0
    rmsd = [
        symmetric_rmsd(p.ligand.positions[None], ligand.positions, symmetries(ligand.mol))[0]
        for p in poses
    ]
    assert min(rmsd) < 2.5
