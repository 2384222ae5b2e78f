"""Plausibility of poses: faults caused for real, and agreement with PoseBusters."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from rdkit import Chem
from rdkit.Chem import rdDistGeom

from molattn.pose.perturb import rotatable_bonds, with_positions
from molattn.pose.plausibility import Plausibility, PlausibilityChecker
from molattn.resources import ExampleComplex
from molattn.structure import Ligand, ligand_from_mol, read_ligand, read_protein
from molattn.structure.records import AtomTable, Floats, Protein, ResidueKind, ResidueTable


@pytest.fixture(scope="module")
def proteins(complexes: dict[str, ExampleComplex]) -> dict[str, Protein]:
    return {name: read_protein(complexes[name].protein) for name in ("1s3v", "1ia1", "1uou")}


@pytest.fixture(scope="module")
def ligands(complexes: dict[str, ExampleComplex]) -> dict[str, Ligand]:
    return {name: read_ligand(files.ligand) for name, files in complexes.items()}


@pytest.fixture(scope="module")
def checkers(proteins: dict[str, Protein]) -> dict[str, PlausibilityChecker]:
    return {name: PlausibilityChecker(one.atoms, one.residues) for name, one in proteins.items()}


def _embedded(smiles: str) -> Ligand:
    mol = Chem.AddHs(Chem.MolFromSmiles(smiles))
    assert rdDistGeom.EmbedMolecule(mol, randomSeed=1) == 0
    return ligand_from_mol(Chem.RemoveHs(mol))


def _lone_atom(element: str, kind: ResidueKind, place: Floats) -> PlausibilityChecker:
    """Return a checker of a receptor of one atom."""
    one = np.array
    atoms = AtomTable(
        one([element]), one([element]), place[None], np.ones(1), np.zeros(1), np.zeros(1, int)
    )
    residues = ResidueTable(
        *(one(["A"]), one([1]), one([""]), one(["X"]), one(["X"]), one([int(kind)])),
        *(np.zeros(1, bool), np.zeros(1, bool)),
    )
    return PlausibilityChecker(atoms, residues)


def _in_vacuo(ligand: Ligand, reference: Chem.Mol | None = None) -> tuple[str, ...]:
    """Return the faults of a ligand beside one distant carbon, that of distance left out."""
    far = ligand.positions[0] + np.array([60.0, 0.0, 0.0])
    found = _lone_atom("C", ResidueKind.AMINO_ACID, far).check(ligand, reference)
    return tuple(fault for fault in found.faults if fault != "too far from protein")


def _stretched(ligand: Ligand, length: float) -> Ligand:
    """Return a ligand with one bond of its end pulled to ``length`` Å."""
    ends = [atom for atom in ligand.mol.GetAtoms() if atom.GetDegree() == 1]
    end, root = ends[0].GetIdx(), ends[0].GetNeighbors()[0].GetIdx()
    positions = ligand.positions.copy()
    arm = positions[end] - positions[root]
    positions[end] = positions[root] + arm / np.linalg.norm(arm) * length
    return with_positions(ligand, positions)


def _bent_ring(ligand: Ligand, off: float) -> Ligand:
    """Return a ligand with one atom of an aromatic ring of six lifted out of it."""
    ring = next(
        ring
        for ring in ligand.mol.GetRingInfo().AtomRings()
        if len(ring) == 6 and all(ligand.mol.GetAtomWithIdx(a).GetIsAromatic() for a in ring)
        and all(ligand.mol.GetRingInfo().NumAtomRings(a) == 1 for a in ring)
    )  # fmt: skip
    positions = ligand.positions.copy()
    centred = positions[list(ring)] - positions[list(ring)].mean(axis=0)
    positions[ring[0]] += np.linalg.svd(centred)[2][2] * off
    return with_positions(ligand, positions)


@pytest.mark.parametrize("name", ["1s3v", "1ia1", "1uou"])
def test_crystal_poses_are_plausible(
    name: str, checkers: dict[str, PlausibilityChecker], ligands: dict[str, Ligand]
) -> None:
    found = checkers[name].check(ligands[name], ligands[name].mol)
    assert found.faults == ()
    assert found.plausible
    assert 0.0 < found.details["overlap_protein"] < 0.05


def test_figures_are_those_of_posebusters(
    checkers: dict[str, PlausibilityChecker], ligands: dict[str, Ligand]
) -> None:
    """Golden values: full report of posebusters 0.6.5, configuration dock, on 1s3v."""
    details = checkers["1s3v"].check(ligands["1s3v"]).details
    assert details["bond_excess"] == pytest.approx(1.0438181433741849 - 1.0, abs=1e-6)
    assert details["angle_excess"] == pytest.approx(1.0522666846546536 - 1.0, abs=1e-6)
    assert details["inner_overlap"] == pytest.approx(1.0 - 0.9359900489513882, abs=1e-6)
    assert details["protein_distance"] == pytest.approx(2.719071348824817, abs=1e-6)
    assert details["closest_protein"] == pytest.approx(0.86319725359518, abs=1e-6)
    assert details["overlap_protein"] == pytest.approx(0.008736971183323115, abs=1e-6)


@pytest.mark.parametrize("name", ["1s3v", "1ia1", "1uou"])
def test_many_poses_have_the_verdicts_of_each_alone(
    name: str, checkers: dict[str, PlausibilityChecker], ligands: dict[str, Ligand]
) -> None:
    """Volumes that are left out as harmless would have been harmless."""
    shifts = np.random.default_rng(7).uniform(-1.0, 1.0, (60, 3)) * np.linspace(0, 3, 60)[:, None]
    poses = [with_positions(ligands[name], ligands[name].positions + one) for one in shifts]
    together = [found.faults for found in checkers[name].check_poses(poses)]
    assert together == [checkers[name].check(pose).faults for pose in poses]
    assert 0 < sum(not faults for faults in together) < 60


def test_a_pose_in_the_protein_or_far_from_it_is_named(
    checkers: dict[str, PlausibilityChecker], ligands: dict[str, Ligand]
) -> None:
    ligand = ligands["1s3v"]
    checker = checkers["1s3v"]
    inside = with_positions(ligand, ligand.positions + np.array([4.0, 0.0, 0.0]))
    faults = checker.check(inside).faults
    assert {"clash with protein", "volume overlap with protein"} <= set(faults)
    away = with_positions(ligand, ligand.positions + 100.0)
    assert checker.check(away).faults == ("too far from protein",)


def test_a_pose_in_a_cofactor_is_named(
    checkers: dict[str, PlausibilityChecker],
    ligands: dict[str, Ligand],
    proteins: dict[str, Protein],
) -> None:
    ligand, protein = ligands["1ia1"], proteins["1ia1"]
    cofactor = protein.residues.kind[protein.atoms.residue] == ResidueKind.COFACTOR
    places = protein.atoms.position[cofactor]
    near = places[np.linalg.norm(places - ligand.positions.mean(axis=0), axis=1).argmin()]
    moved = with_positions(ligand, ligand.positions - ligand.positions.mean(axis=0) + near)
    faults = checkers["1ia1"].check(moved).faults
    assert "clash with cofactor" in faults
    assert "volume overlap with cofactor" in faults


@pytest.mark.parametrize(("distance", "clash"), [(2.1, False), (1.2, True)])
def test_a_metal_may_come_near_but_not_into_an_atom(distance: float, clash: bool) -> None:
    ligand = _embedded("CCO")
    away = ligand.positions[2] - ligand.positions[1]
    place = ligand.positions[2] + away / np.linalg.norm(away) * distance
    faults = _lone_atom("Zn", ResidueKind.METAL, place).check(ligand).faults
    assert ("clash with metal" in faults) is clash
    # the iron of a haem is a metal too
    haem = _lone_atom("Fe", ResidueKind.COFACTOR, place).check(ligand).faults
    assert "clash with cofactor" not in haem


def test_waters_are_left_out() -> None:
    ligand = _embedded("CCO")
    faults = _lone_atom("O", ResidueKind.WATER, ligand.positions[0]).check(ligand).faults
    assert faults == ("too far from protein",)


def test_faults_within_the_ligand_are_named(ligands: dict[str, Ligand]) -> None:
    ligand = ligands["1s3v"]
    assert _in_vacuo(ligand) == ()
    assert _in_vacuo(_stretched(ligand, 1.6)) == ()
    assert "bond lengths" in _in_vacuo(_stretched(ligand, 2.1))
    assert "ring not flat" in _in_vacuo(_bent_ring(ligand, 0.9))
    folded = ligand.positions.copy()
    folded[-1] = folded[0] + 0.5
    assert "inner clash" in _in_vacuo(with_positions(ligand, folded))
    flat = _embedded("C1CCCCC1")
    plane = np.linalg.svd(flat.positions - flat.positions.mean(axis=0))[2]
    squashed = (flat.positions - flat.positions.mean(axis=0)) @ plane.T * [1.0, 1.0, 0.0]
    assert _in_vacuo(flat) == ()
    assert "ring too flat" in _in_vacuo(with_positions(flat, squashed))
    bent = _embedded("CCC")
    middle = bent.positions[[0, 2]].mean(axis=0)
    closed = np.stack([bent.positions[0] * 0.5 + middle * 0.5, bent.positions[1], middle])
    assert "bond angles" in _in_vacuo(with_positions(bent, closed))


def test_a_twisted_double_bond_is_named() -> None:
    ligand = _embedded("CC(C)=C(C)C")
    assert _in_vacuo(ligand) == ()
    axis = ligand.positions[3] - ligand.positions[1]
    axis /= np.linalg.norm(axis)
    positions = ligand.positions.copy()
    for atom in (4, 5):
        arm = positions[atom] - positions[3]
        positions[atom] = positions[3] + arm * 0.7 + np.cross(axis, arm) * 0.71
        positions[atom] += axis * (axis @ arm) * 0.3
    assert "double bond not flat" in _in_vacuo(with_positions(ligand, positions))


@pytest.mark.parametrize(
    "smiles",
    ["C[C@H](N)C(=O)O", "C[C@H]([NH3+])C(=O)[O-]", "OC[C@@H](O)C=O", "C/C=C/C(=O)O"],
)
def test_stereo_is_that_of_the_reference_or_changed(smiles: str) -> None:
    ligand = _embedded(smiles)
    reference = Chem.MolFromSmiles(smiles)
    assert _in_vacuo(ligand, reference) == ()
    other = smiles.replace("@@", "@") if "@@" in smiles else smiles.replace("@", "@@")
    other = other.replace("/C=C/", "/C=C\\")
    assert _in_vacuo(_embedded(other), reference) == ("stereo changed",)
    blank = Chem.MolFromSmiles(smiles.replace("@", "").replace("/", ""))
    assert _in_vacuo(ligand, blank) == ()


def test_a_reflected_pose_has_changed_its_stereo_in_any_protonation_and_order() -> None:
    ligand = _embedded("C[C@H](N)C(=O)O")
    mirrored = with_positions(ligand, ligand.positions * [1.0, 1.0, -1.0])
    for smiles in ("OC(=O)[C@H](C)N", "[O-]C(=O)[C@@H]([NH3+])C"):
        reference = Chem.MolFromSmiles(smiles)
        verdicts = {bool(_in_vacuo(one, reference)) for one in (ligand, mirrored)}
        assert verdicts == {True, False}
    assert _in_vacuo(mirrored, Chem.MolFromSmiles("CCO")) == ()


def test_one_atom_and_one_bond_are_no_trouble() -> None:
    assert _in_vacuo(_embedded("C")) == ()
    assert _in_vacuo(_embedded("CO")) == ()


def test_poses_of_one_ligand_are_judged_as_if_alone(
    checkers: dict[str, PlausibilityChecker], ligands: dict[str, Ligand]
) -> None:
    ligand = ligands["1uou"]
    poses = [with_positions(ligand, ligand.positions + shift) for shift in (0.0, 1.0, 3.0)]
    together = checkers["1uou"].check_poses(poses)
    assert [one.faults for one in together] == [checkers["1uou"].check(p).faults for p in poses]
    assert checkers["1uou"].check_poses([]) == []


def _disturbed(ligand: Ligand) -> list[Ligand]:
    """Return the pose and copies with faults of every kind."""
    random = np.random.default_rng(7)
    poses = [ligand]
    for shift in (0.5, 1.0, 1.5, 2.5, 6.0, 90.0):
        direction = random.normal(size=3)
        step = direction / np.linalg.norm(direction) * shift
        poses.append(with_positions(ligand, ligand.positions + step))
    for noise in (0.05, 0.1, 0.15, 0.2, 0.3):
        moved = ligand.positions + random.normal(scale=noise, size=ligand.positions.shape)
        poses.append(with_positions(ligand, moved))
    turn = np.linalg.qr(random.normal(size=(3, 3)))[0]
    middle = ligand.positions.mean(axis=0)
    poses.append(with_positions(ligand, (ligand.positions - middle) @ turn.T + middle))
    poses += [_stretched(ligand, length) for length in (0.9, 1.7, 1.95, 2.4)]
    if any(rotatable_bonds(ligand.mol)):
        squeezed = middle + (ligand.positions - middle) * 0.7
        poses.append(with_positions(ligand, squeezed))
    return poses


_SAME = {
    "bond lengths": "bond_lengths",
    "bond angles": "bond_angles",
    "inner clash": "internal_steric_clash",
    "double bond not flat": "double_bond_flatness",
    "too far from protein": "protein-ligand_maximum_distance",
    "clash with protein": "minimum_distance_to_protein",
    "clash with cofactor": "minimum_distance_to_organic_cofactors",
    "clash with metal": "minimum_distance_to_inorganic_cofactors",
    "volume overlap with protein": "volume_overlap_with_protein",
    "volume overlap with cofactor": "volume_overlap_with_organic_cofactors",
    "volume overlap with metal": "volume_overlap_with_inorganic_cofactors",
}
"""Faults and the columns of PoseBusters whose rule is the same."""

_AT_LEAST = {"ring not flat": "aromatic_ring_flatness"}
"""Faults that we find wherever PoseBusters does, and in fused rings and on either side besides."""


@pytest.mark.slow
@pytest.mark.parametrize("name", ["1s3v", "1ia1", "1uou"])
def test_posebusters_agrees(
    name: str,
    checkers: dict[str, PlausibilityChecker],
    ligands: dict[str, Ligand],
    complexes: dict[str, ExampleComplex],
    tmp_path: Path,
) -> None:
    posebusters = pytest.importorskip("posebusters")
    settings: dict[str, Any] = yaml.safe_load(
        (Path(posebusters.__file__).parent / "config" / "dock.yml").read_text()
    )
    left_out = ("energy_ratio", "inchi_convertible")
    settings["modules"] = [m for m in settings["modules"] if m["function"] not in left_out]
    packed = complexes[name].protein.read_bytes()
    plain = tmp_path / "protein.pdb"
    plain.write_bytes(gzip.decompress(packed) if packed[:2] == b"\x1f\x8b" else packed)
    receptor = Chem.MolFromPDBFile(
        str(plain), sanitize=False, removeHs=False, proximityBonding=False
    )
    poses = _disturbed(ligands[name])
    judge = posebusters.PoseBusters(config=settings, max_workers=0)
    seen: set[str] = set()
    for row, pose in enumerate(poses):
        theirs = judge.bust(pose.mol, None, receptor).iloc[0]
        ours: Plausibility = checkers[name].check(pose)
        seen |= set(ours.faults)
        for fault, column in _SAME.items():
            assert (fault in ours.faults) != bool(theirs[column]), (row, fault)
        for fault, column in _AT_LEAST.items():
            assert bool(theirs[column]) or fault in ours.faults, (row, fault)
    assert {"bond lengths", "clash with protein", "too far from protein"} <= seen
