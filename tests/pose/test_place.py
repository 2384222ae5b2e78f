"""Placed poses: near the template, out of the protein, the same every time; faults are said."""

from __future__ import annotations

import importlib.util
import threading

import numpy as np
import pytest
from rdkit import Chem
from scipy.spatial import cKDTree

from molattn.errors import LigandUnreadable, UsageError
from molattn.pose.conformers import conformers, overlaid, stereoisomers
from molattn.pose.place import PlacedPose, Placer, heavy_molecule, place
from molattn.pose.pocket_field import PocketField
from molattn.pose.quality import CLASH, confidence, contacts, inner_clashes
from molattn.pose.rmsd import symmetric_rmsd, symmetries
from molattn.resources import ExampleComplex
from molattn.structure import Ligand, Protein, read_ligand, read_protein
from molattn.structure.records import Floats, Integers


@pytest.fixture(scope="module")
def site(complexes: dict[str, ExampleComplex]) -> tuple[Ligand, Protein, Placer]:
    files = complexes["1s3v"]
    template, protein = read_ligand(files.ligand), read_protein(files.protein)
    return template, protein, Placer(template, protein.atoms, protein.residues)


def _without_last(template: Ligand) -> Chem.Mol:
    """Return the template without one of its end atoms, as a molecule of its own."""
    edited = Chem.RWMol(template.mol)
    ends = [a.GetIdx() for a in edited.GetAtoms() if a.GetDegree() == 1 and a.GetAtomicNum() == 6]
    edited.RemoveAtom(ends[-1])
    return Chem.MolFromSmiles(Chem.MolToSmiles(edited))


def test_a_near_analogue_lies_on_its_template_and_clashes_with_nothing(
    site: tuple[Ligand, Protein, Placer],
) -> None:
    template, protein, placer = site
    mol = _without_last(template)
    pose = placer.place(Chem.MolToSmiles(mol), "analogue")
    figures = pose.quality
    assert pose.ligand.name == "analogue"
    assert Chem.MolToSmiles(pose.ligand.mol) == Chem.MolToSmiles(mol)
    assert figures.core_fraction == 1.0
    assert figures.core_rmsd < 1.0
    assert figures.clashes == 0
    distance = np.linalg.norm(pose.ligand.positions[:, None] - protein.atoms.position, axis=2)
    assert distance.min() == pytest.approx(figures.nearest_contact, abs=1e-9)
    assert figures.nearest_contact >= CLASH
    assert np.isnan(figures.energy)
    assert figures.method == "core, soft"
    assert 0.5 < figures.confidence <= 1.0


def test_the_template_compound_takes_the_template_pose_in_any_protonation(
    site: tuple[Ligand, Protein, Placer],
) -> None:
    template, _, placer = site
    shuffled = Chem.RenumberAtoms(
        Chem.Mol(template.mol), list(range(template.mol.GetNumAtoms()))[::-1]
    )
    pose = placer.place(Chem.MolToSmiles(shuffled))
    assert pose.quality.method == "template"
    tree = cKDTree(template.positions)
    assert np.max(tree.query(pose.ligand.positions)[0]) < 1e-9
    with pytest.raises(LigandUnreadable, match="not the template compound"):
        placer.as_template("CCO", "ethanol")


def test_the_mirror_image_of_the_template_compound_is_placed_as_another(
    site: tuple[Ligand, Protein, Placer],
) -> None:
    template, _, placer = site
    mol = Chem.Mol(template.mol)
    Chem.AssignStereochemistryFrom3D(mol)
    smiles = Chem.MolToSmiles(mol)
    assert smiles.count("@") == smiles.count("@@") * 2 or smiles.count("@") == 1
    mirrored = smiles.replace("@@", "@") if "@@" in smiles else smiles.replace("@", "@@")
    assert placer.place(smiles).quality.method == "template"
    other = placer.place(mirrored)
    assert other.quality.method == "core, soft"
    posed = Chem.Mol(other.ligand.mol)
    Chem.AssignStereochemistryFrom3D(posed)
    assert Chem.MolToSmiles(posed) == Chem.CanonSmiles(mirrored)


def test_placing_depends_on_nothing_but_molecule_and_seed(
    site: tuple[Ligand, Protein, Placer],
) -> None:
    template, protein, placer = site
    smiles = Chem.MolToSmiles(_without_last(template))
    first = placer.place(smiles, seed=3).ligand.positions
    placer.place("CCOc1ccccc1", seed=3)
    again = placer.place(smiles, seed=3).ligand.positions
    fresh = place(smiles, template, protein.atoms, protein.residues, seed=3).ligand.positions
    np.testing.assert_array_equal(first, again)
    np.testing.assert_array_equal(first, fresh)


def test_alternatives_differ_and_the_best_comes_first(
    site: tuple[Ligand, Protein, Placer],
) -> None:
    _, _, placer = site
    poses = placer.poses("CCCCOc1ccc(N)cc1", most=4)
    assert 2 <= len(poses) <= 4
    apart = symmetric_rmsd(
        np.stack([pose.ligand.positions for pose in poses[1:]]),
        poses[0].ligand.positions,
        symmetries(poses[0].ligand.mol)[:1],
    )
    assert (apart >= 0.5).all()
    best = placer.place("CCCCOc1ccc(N)cc1")
    np.testing.assert_array_equal(best.ligand.positions, poses[0].ligand.positions)


def test_stereo_is_that_of_the_smiles(site: tuple[Ligand, Protein, Placer]) -> None:
    _, _, placer = site
    for smiles in ("C[C@H](N)c1ccc(N)cc1", "C[C@@H](N)c1ccc(N)cc1"):
        pose = placer.place(smiles)
        from_pose = Chem.Mol(pose.ligand.mol)
        Chem.AssignStereochemistryFrom3D(from_pose)
        assert Chem.MolToSmiles(from_pose) == Chem.CanonSmiles(smiles)


def test_a_ligand_without_anything_in_common_is_overlaid(
    site: tuple[Ligand, Protein, Placer],
) -> None:
    template, _, placer = site
    pose = placer.place("CO")
    assert pose.quality.method.startswith("overlay")
    assert pose.quality.core_atoms == 0
    assert np.isnan(pose.quality.core_rmsd)
    assert np.max(cKDTree(template.positions).query(pose.ligand.positions)[0]) < 6.0


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ("C1CC(", "not a SMILES"),
        ("", "not a SMILES"),
        ("C" * 200, "too many to be placed"),
        ("*C(=O)C", "dummy"),
    ],
)
def test_bad_molecules_cost_a_sentence(
    site: tuple[Ligand, Protein, Placer], bad: str, message: str
) -> None:
    with pytest.raises(LigandUnreadable, match=message):
        site[2].place(bad, "x")


def test_salts_and_hydrogens_are_left_out(site: tuple[Ligand, Protein, Placer]) -> None:
    assert Chem.MolToSmiles(heavy_molecule("[Na+].[O-]C(=O)c1ccccc1")) == "O=C([O-])c1ccccc1"
    explicit = Chem.AddHs(Chem.MolFromSmiles("CCO"))
    assert heavy_molecule(explicit).GetNumAtoms() == 3


def test_relaxation_must_be_known(site: tuple[Ligand, Protein, Placer]) -> None:
    template, protein, _ = site
    with pytest.raises(UsageError, match="choose one of vina, soft, none"):
        Placer(template, protein.atoms, protein.residues, relaxation="hard")  # type: ignore[arg-type]
    built = Placer(template, protein.atoms, protein.residues, relaxation="none")
    assert built.place("CCOc1ccccc1").quality.method == "core, as built"


@pytest.mark.skipif(importlib.util.find_spec("vina") is None, reason="needs the extra dock")
def test_vina_gives_an_energy_and_keeps_the_core(site: tuple[Ligand, Protein, Placer]) -> None:
    template, protein, _ = site
    placer = Placer(template, protein.atoms, protein.residues, relaxation="vina")
    pose: PlacedPose = placer.place(Chem.MolToSmiles(_without_last(template)))
    assert pose.quality.energy < -4.0
    assert pose.quality.core_rmsd < 2.0
    assert pose.quality.clashes == 0


def test_contacts_are_counted_by_hand() -> None:
    protein = cKDTree(np.array([[0.0, 0.0, 0.0], [10.0, 0.0, 0.0]]))
    nearest, hard, clashes = contacts(np.array([[1.9, 0, 0], [0, 2.4, 0], [0, 0, 4.0]]), protein)
    assert nearest == pytest.approx(1.9)
    assert (hard, clashes) == (1, 2)
    assert contacts(np.zeros((1, 3)), cKDTree(np.empty((0, 3)))) == (np.inf, 0, 0)


def test_inner_clashes_look_four_bonds_and_farther() -> None:
    mol = Chem.MolFromSmiles("CCCCC")
    folded = np.array([[0, 0, 0], [1.5, 0, 0], [1.5, 1.5, 0], [0.5, 2.2, 0], [0, 1.0, 0.0]])
    assert inner_clashes(mol, folded) == 1
    assert inner_clashes(mol, folded * 3.0) == 0


def test_confidence_falls_with_everything_that_is_doubtful() -> None:
    assert confidence(1.0, 0.4, 0, 0) == 1.0
    assert confidence(1.0, 1.5, 0, 0) == pytest.approx(0.5)
    assert confidence(0.5, 0.1, 1, 1) == pytest.approx(0.5 * 0.64)
    assert confidence(0.0, float("nan"), 0, 0) == 0.0


def test_open_centres_are_tried_both_ways() -> None:
    assert len(stereoisomers(Chem.MolFromSmiles("CC(N)c1ccccc1"))) == 2
    assert len(stereoisomers(Chem.MolFromSmiles("C[C@H](N)c1ccccc1"))) == 1
    assert len(stereoisomers(Chem.MolFromSmiles("CC(O)C(N)C(F)C(Cl)c1ccccc1"))) == 4


def test_conformers_are_seeded_and_overlaid_within_the_template(
    site: tuple[Ligand, Protein, Placer],
) -> None:
    template = site[0]
    mol = Chem.MolFromSmiles("CCOc1ccccc1N")
    first, again = (conformers(mol, template.positions, None, count=2, seed=5) for _ in range(2))
    np.testing.assert_array_equal(np.stack(first), np.stack(again))
    posed = overlaid(mol, first, template.mol)
    assert len(posed) == 2
    for pose in posed:
        centre = np.linalg.norm(pose.mean(axis=0) - template.positions.mean(axis=0))
        assert centre < 8.0


@pytest.fixture(scope="module")
def fast(site: tuple[Ligand, Protein, Placer]) -> Placer:
    template, protein, _ = site
    return Placer(template, protein.atoms, protein.residues, effort="fast")


def test_effort_must_be_known(site: tuple[Ligand, Protein, Placer]) -> None:
    template, protein, _ = site
    with pytest.raises(UsageError, match="choose one of thorough, fast"):
        Placer(template, protein.atoms, protein.residues, effort="lazy")  # type: ignore[arg-type]


def test_fast_poses_lie_on_the_template_too(
    site: tuple[Ligand, Protein, Placer], fast: Placer
) -> None:
    figures = fast.place(Chem.MolToSmiles(_without_last(site[0]))).quality
    assert figures.method == "core, soft"
    assert figures.core_fraction == 1.0
    assert figures.core_rmsd < 1.0
    assert figures.clashes == 0


def test_fast_poses_depend_on_nothing_that_was_placed_before(
    site: tuple[Ligand, Protein, Placer], fast: Placer
) -> None:
    template, protein, _ = site
    smiles = ("O=C(Nc1cccc(Cl)c1)C1CC(=O)N(C2CCCC2)C1", "CC(N)c1ccc(O)cc1", "CCCCS(=O)(=O)N1CCOCC1")
    forth = {one: fast.place(one).ligand.positions for one in smiles}
    back = {one: fast.place(one).ligand.positions for one in reversed(smiles)}
    for one in smiles:
        fresh = place(one, template, protein.atoms, protein.residues, effort="fast")
        np.testing.assert_array_equal(forth[one], back[one])
        np.testing.assert_array_equal(forth[one], fresh.ligand.positions)


def test_fast_poses_are_the_same_on_a_busy_machine(fast: Placer) -> None:
    # RDKit's searches with a time limit would find less where other work takes the time
    smiles = "CC(=O)Nc1cccc(CNC(=O)[C@@H](Nc2ccc(C(F)(F)F)cc2Cl)C(C)C)c1"
    quiet = fast.place(smiles)
    done = threading.Event()

    def work() -> None:
        while not done.is_set():
            sum(range(1000))

    others = [threading.Thread(target=work) for _ in range(2)]
    for one in others:
        one.start()
    try:
        busy = fast.place(smiles)
    finally:
        done.set()
        for one in others:
            one.join()
    np.testing.assert_array_equal(quiet.ligand.positions, busy.ligand.positions)
    assert quiet.quality.soft_energy == busy.quality.soft_energy


class _Counted(PocketField):
    """Fields that count the poses looked up in them."""

    poses = 0

    def energies(self, positions: Floats, numbers: Integers) -> Floats:
        self.poses += len(positions)
        return super().energies(positions, numbers)

    def gradients(self, positions: Floats, numbers: Integers) -> tuple[Floats, Floats]:
        self.poses += len(positions)
        return super().gradients(positions, numbers)


_SUGARS = (  # maltohexaose
    "OC[C@H]1O[C@H](O[C@H]2[C@H](O)[C@@H](O)[C@@H](O[C@H]3[C@H](O)[C@@H](O)[C@@H](O[C@H]4[C@H](O)"
    "[C@@H](O)[C@@H](O[C@H]5[C@H](O)[C@@H](O)[C@@H](O[C@H]6[C@H](O)[C@@H](O)C(O)O[C@@H]6CO)O"
    "[C@@H]5CO)O[C@@H]4CO)O[C@@H]3CO)O[C@@H]2CO)[C@H](O)[C@@H](O)[C@@H]1O"
)
_CAGE = "C12C3C4C5C1C6C7C2C8C3C9C4C1C5C6C2C7C8C9C12"  # twenty carbon atoms, 2**20 ways to draw it
_ROUND = "c1ccc(cc1)c1c(c2ccccc2)c(c2ccccc2)c(c2ccccc2)c(c2ccccc2)c1c1ccccc1"


@pytest.mark.parametrize(
    "smiles",
    [
        _CAGE,
        _ROUND,
        pytest.param(Chem.MolToSmiles(Chem.MolFromSequence("GKLFVQAY")), marks=pytest.mark.slow),
        pytest.param("C" * 60, marks=pytest.mark.slow),
        pytest.param(_SUGARS, marks=pytest.mark.slow),
    ],
)
def test_no_molecule_takes_more_than_a_bounded_number_of_poses(
    site: tuple[Ligand, Protein, Placer], smiles: str
) -> None:
    template, protein, _ = site
    placer = Placer(template, protein.atoms, protein.residues, effort="fast")
    field = _Counted(protein.atoms, protein.residues, template.positions)
    placer._field = field
    pose = placer.place(smiles)
    mol = pose.ligand.mol
    # two attempts: 24 poses and at most six angles for each bond, then 8 poses for 25 steps
    assert 0 < field.poses <= 2 * (24 * 6 * (mol.GetNumBonds() + 1) + 8 * 30 + 24)
    assert np.isfinite(pose.ligand.positions).all()
