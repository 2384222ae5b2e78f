"""The same complex in four poses; the other structure is the same one, turned."""

from __future__ import annotations

import argparse
from pathlib import Path

import gemmi
import numpy as np
import pytest
import torch

pytest.importorskip("vina")
pytest.importorskip("meeko")

from data_prep.pose_conditions import (
    CONDITIONS,
    NoPartner,
    RobustnessTask,
    Search,
    conditions_of,
    fresh_conformer,
)
from data_prep.robustness import choose_tasks
from molattn.resources import ExampleComplex
from molattn.structure import read_ligand
from molattn.testing.files import write_ligand, write_protein
from molattn.testing.transforms import random_orthogonal
from molattn.train.manifest import ManifestRow


@pytest.fixture
def twins(tmp_path: Path, complex_1s3v: ExampleComplex) -> tuple[ManifestRow, ManifestRow]:
    matrix, shift = (
        random_orthogonal(torch.Generator().manual_seed(4)).numpy(),
        np.array([30.0, -12.0, 5.0]),
    )
    structure = gemmi.read_structure(str(complex_1s3v.protein))
    protein = write_protein(structure, tmp_path / "twin.pdb", matrix=matrix, shift=shift)
    mol = read_ligand(complex_1s3v.ligand).mol
    ligand = write_ligand(mol, tmp_path / "twin.sdf", matrix=matrix, shift=shift)
    own = ManifestRow("1s3v", complex_1s3v.protein, complex_1s3v.ligand, 7.0, "SEQ", {})
    return own, ManifestRow("twin", protein, ligand, float("nan"), "SEQ", {})


def test_four_conditions_in_their_own_frames(
    twins: tuple[ManifestRow, ManifestRow], tmp_path: Path
) -> None:
    own, twin = twins
    search = Search(exhaustiveness=1, evaluations=500)
    task = RobustnessTask(own, (twin,), search, 1, str(tmp_path))
    rows, poses = conditions_of(task)
    assert [row["condition"] for row in rows] == list(CONDITIONS)
    assert [row["structure"] for row in rows] == ["1s3v", "1s3v", "twin", "twin"]
    assert [row["pK"] for row in rows] == [7.0] * 4
    assert rows[0]["rmsd"] == 0.0
    # the very same compound is laid on its twin, so it comes to lie where the truth is
    assert float(str(rows[2]["rmsd"])) < 0.1
    assert float(str(rows[1]["rmsd"])) > 0.1
    there = read_ligand(twin.ligand).positions.mean(axis=0)
    for pose in poses[1:]:
        assert np.linalg.norm(pose.positions.mean(axis=0) - there) < 12.0


def test_a_complex_without_another_structure(
    twins: tuple[ManifestRow, ManifestRow], complexes: dict[str, ExampleComplex], tmp_path: Path
) -> None:
    other = complexes["1uou"]
    stranger = ManifestRow("1uou", other.protein, other.ligand, 5.0, "SEQ", {})
    task = RobustnessTask(twins[0], (stranger,), Search(), 1, str(tmp_path))
    with pytest.raises(NoPartner, match="no other structure"):
        conditions_of(task)


def test_a_fresh_conformer_knows_nothing_of_the_pose(complex_1s3v: ExampleComplex) -> None:
    ligand = read_ligand(complex_1s3v.ligand)
    moved = read_ligand(complex_1s3v.ligand)
    moved.mol.GetConformer().SetPositions(ligand.positions[::-1].copy())
    assert np.array_equal(fresh_conformer(ligand, 3), fresh_conformer(moved, 3))
    assert not np.array_equal(fresh_conformer(ligand, 3), fresh_conformer(ligand, 4))


def test_only_measured_complexes_with_a_relative_are_chosen(
    twins: tuple[ManifestRow, ManifestRow],
) -> None:
    own, twin = twins
    alone = ManifestRow("alone", own.protein, own.ligand, 6.0, "OTHER", {})
    chosen = argparse.Namespace(seed=0, per_protein=5, complexes=10, out=Path("out"))
    family = {"1s3v": "a", "twin": "a", "alone": "b"}
    tasks = choose_tasks([own, twin, alone], family, chosen)
    assert [task.row.id for task in tasks] == ["1s3v"]
    assert [row.id for row in tasks[0].partners] == ["twin"]
