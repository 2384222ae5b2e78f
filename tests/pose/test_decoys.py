"""Decoys: their number, their labels, their file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from rdkit.Chem import rdMolAlign

from molattn.errors import FileUnreadable
from molattn.pose.decoy_file import read_decoys, write_decoys
from molattn.pose.decoys import DecoyConfig, DecoyKind, DecoySet, make_decoys, overlaid
from molattn.pose.perturb import with_positions
from molattn.resources import ExampleComplex
from molattn.structure import read_ligand, read_protein, select_pocket
from molattn.structure.records import Ligand, Pocket

WITHOUT_VINA = DecoyConfig(docked=0)


@pytest.fixture(scope="module")
def ligand(complexes: dict[str, ExampleComplex]) -> Ligand:
    return read_ligand(complexes["1s3v"].ligand)


@pytest.fixture(scope="module")
def pocket(complexes: dict[str, ExampleComplex], ligand: Ligand) -> Pocket:
    return select_pocket(read_protein(complexes["1s3v"].protein), ligand.positions, cutoff=14.0)


@pytest.fixture(scope="module")
def moved(ligand: Ligand, pocket: Pocket) -> DecoySet:
    return make_decoys(ligand, pocket, others=[ligand], config=WITHOUT_VINA, seed=5)


def test_a_full_set_without_vina(moved: DecoySet) -> None:
    assert len(moved) == WITHOUT_VINA.total + 1
    assert moved.kind[0] == DecoyKind.NATIVE and moved.rmsd[0] == 0.0
    assert (moved.kind == DecoyKind.BORROWED).sum() == 1
    assert moved.rmsd[moved.kind == DecoyKind.NEAR].max() < 2.0
    assert moved.rmsd[moved.kind == DecoyKind.FAR].min() >= 2.0
    assert np.isnan(moved.energy).all()


def test_labels_agree_with_rdkit(moved: DecoySet, ligand: Ligand) -> None:
    for row in (1, 10, 40):
        probe = with_positions(ligand, moved.positions[row]).mol
        expected = rdMolAlign.CalcRMS(probe, ligand.mol)
        assert moved.rmsd[row] == pytest.approx(expected, abs=1e-3)


def test_contacts_are_those_of_the_written_poses(moved: DecoySet, pocket: Pocket) -> None:
    for row in (0, 20, 50):
        apart = np.linalg.norm(moved.positions[row][:, None] - pocket.atoms.position, axis=2)
        assert moved.nearest[row] == pytest.approx(apart.min())
        assert moved.clashes[row] == (apart < 2.5).sum()


def test_the_seed_decides(ligand: Ligand, pocket: Pocket, moved: DecoySet) -> None:
    again = make_decoys(ligand, pocket, others=[ligand], config=WITHOUT_VINA, seed=5)
    other = make_decoys(ligand, pocket, others=[ligand], config=WITHOUT_VINA, seed=6)
    assert np.array_equal(again.positions, moved.positions)
    assert not np.array_equal(other.positions, moved.positions)


def test_a_ligand_laid_over_itself_lies_on_itself(ligand: Ligand) -> None:
    laid = overlaid(ligand, ligand, seed=2)
    assert np.sqrt(((laid - ligand.positions) ** 2).sum(axis=1).mean()) < 0.1


def test_vina_adds_docked_and_relaxed_poses(ligand: Ligand, pocket: Pocket) -> None:
    pytest.importorskip("vina")
    pytest.importorskip("meeko")
    config = DecoyConfig(total=20, near=4, docked=6)
    found = make_decoys(ligand, pocket, config=config, seed=1)
    kinds = set(found.kind.tolist())
    assert {DecoyKind.RELAXED, DecoyKind.DOCKED} <= kinds
    assert len(found) == config.total + 2
    vina = np.isin(found.kind, (DecoyKind.RELAXED, DecoyKind.DOCKED))
    assert np.isfinite(found.energy[vina]).all() and np.isnan(found.energy[~vina]).all()
    assert found.rmsd[found.kind == DecoyKind.RELAXED][0] < 1.0


def test_a_file_gives_back_what_was_written(tmp_path: Path, moved: DecoySet) -> None:
    path = tmp_path / "decoys.npz"
    write_decoys(path, [("first", moved), ("second", moved)])
    held = read_decoys(path)
    assert list(held) == ["first", "second"]
    assert np.abs(held["second"].positions - moved.positions).max() < 0.02
    assert np.abs(held["first"].rmsd - moved.rmsd).max() < 0.01
    assert np.array_equal(held["first"].kind, moved.kind)
    assert np.array_equal(held["first"].clashes, moved.clashes)


def test_an_empty_file_and_a_damaged_one(tmp_path: Path) -> None:
    write_decoys(tmp_path / "none.npz", [])
    assert read_decoys(tmp_path / "none.npz") == {}
    (tmp_path / "bad.npz").write_bytes(b"PK not a file")
    with pytest.raises(FileUnreadable, match="cannot be read as decoys"):
        read_decoys(tmp_path / "bad.npz")
