"""Likeness of ligands, and clusters made of it."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest
from rdkit import Chem, DataStructs
from rdkit.Chem import rdFingerprintGenerator

from molattn.errors import LigandUnreadable
from molattn.structure import read_ligand
from molattn.train.clusters import UNKNOWN
from molattn.train.ligand_clusters import cluster_ligands, cluster_scaffolds
from molattn.train.ligand_likeness import (
    Fingerprints,
    flat_smiles,
    flat_smiles_of_text,
    murcko_scaffold,
)
from molattn.train.manifest import ManifestRow
from molattn.train.row_ligands import row_ligands

SMILES = (
    "CCO",
    "CCCCCCCCCCCCCCCC(=O)O",
    "CCCCCCCCCCCCCCCCC(=O)O",
    "c1ccccc1C(=O)NCC",
    "c1ccccc1C(=O)NCCC",
    "O=C(O)c1ccccc1OC(C)=O",
    "Cn1cnc2c1c(=O)n(C)c(=O)n2C",
    "Nc1ncnc2c1ncn2C1OC(COP(=O)(O)O)C(O)C1O",
    "Nc1ncnc2c1ncn2C1OC(COP(=O)(O)OP(=O)(O)O)C(O)C1O",
    "Nc1ncnc2c1ncn2C1OC(COP(=O)(O)OP(=O)(O)OP(=O)(O)O)C(O)C1O",
)


@pytest.mark.parametrize(
    "forms",
    [
        ("CC(=O)[O-]", "CC(=O)O", "CC(=O)O.[Na]"),
        ("C[NH3+]", "CN", "[NH3+]C.[Cl-]"),
        ("NC(=[NH2+])c1ccccc1", "NC(=N)c1ccccc1", "N=C(N)c1ccccc1"),
        ("Cc1c[nH]cn1", "Cc1cnc[nH]1", "Cc1c[nH]c[nH+]1"),
        ("C[C@H](N)C(=O)O", "C[C@@H](N)C(=O)O", "CC([NH3+])C([O-])=O"),
        ("C[N+](=O)[O-]", "C[15N+](=O)[O-]"),
        ("F/C=C/F", "F/C=C\\F", "FC=CF"),
    ],
)
def test_one_compound_has_one_flat_smiles(forms: tuple[str, ...]) -> None:
    assert len({flat_smiles_of_text(form) for form in forms}) == 1


def test_a_file_and_its_smiles_agree() -> None:
    examples = Path(str(files("molattn.resources"))) / "examples"
    for path in sorted(examples.glob("*_ligand.sdf")):
        mol = read_ligand(path).mol
        charged = Chem.MolToSmiles(mol)
        assert flat_smiles(mol) == flat_smiles_of_text(charged)


@pytest.mark.parametrize("text", ["", "no molecule", "C1CC", "[H][H]"])
def test_what_is_no_molecule_is_refused(text: str) -> None:
    with pytest.raises(LigandUnreadable):
        flat_smiles_of_text(text)


@pytest.mark.parametrize("threshold", [0.3, 0.6, 0.9, 1.0])
def test_pairs_are_those_of_a_full_comparison(threshold: float) -> None:
    generator = rdFingerprintGenerator.GetMorganGenerator(radius=2, fpSize=2048)
    prints = [generator.GetFingerprint(Chem.MolFromSmiles(one)) for one in SMILES]
    values = np.array([DataStructs.BulkTanimotoSimilarity(one, prints) for one in prints])
    expected = {
        (i, j): values[i, j]
        for i in range(len(SMILES))
        for j in range(i + 1, len(SMILES))
        if values[i, j] >= threshold
    }
    made = Fingerprints(SMILES)
    assert {(p.first, p.second): p.similarity for p in made.similar_pairs(threshold)} == expected
    across = {(p.first, p.second) for p in made.similar_across(made, threshold)}
    assert across == {(i, j) for i, j in np.argwhere(values >= threshold).tolist()}
    others = Fingerprints(SMILES[5:])
    assert made.nearest(others) == pytest.approx(values[:, 5:].max(1))


def test_a_ligand_that_is_not_known_is_like_nothing() -> None:
    made = Fingerprints(["", "CCO", ""])
    assert made.similar_pairs(0.1) == []
    assert made.nearest(Fingerprints(["CCO"])).tolist() == [0.0, 1.0, 0.0]
    assert made.nearest(Fingerprints([""])).tolist() == [0.0, 0.0, 0.0]


def test_chains_of_likeness_make_one_cluster() -> None:
    # AMP, ADP and ATP: ADP is like both others
    made = Fingerprints(SMILES[7:])
    first, second = (
        next(p.similarity for p in made.similar_pairs(0.1) if (p.first, p.second) == pair)
        for pair in ((0, 1), (0, 2))
    )
    assert second < first
    smiles = [*SMILES[7:], SMILES[0], "", SMILES[0]]
    clusters = cluster_ligands(
        ["c", "b", "a", "x", "?", "w"], smiles, similarity=(first + second) / 2
    )
    assert clusters.names == ("a", "a", "a", "w", UNKNOWN, "w")
    assert clusters.ligand[3] == clusters.ligand[5] != -1
    assert clusters.ligand[4] == -1


def test_scaffolds_plain_and_generic() -> None:
    # worked by hand: benzamide keeps its ring alone, caffeine its bicycle with both carbonyls
    assert murcko_scaffold("c1ccccc1C(=O)NCC") == "c1ccccc1"
    assert murcko_scaffold("CCO") == murcko_scaffold("CCO", generic=True) == ""
    assert murcko_scaffold(SMILES[6], generic=True) == "C1CCC2CCCC2C1"
    pyridine, benzene = "c1ccncc1CC", "Clc1ccccc1"
    smiles = [benzene, pyridine, "c1ccccc1", "CCO", "CCN", ""]
    plain = cluster_scaffolds(list("abcdef"), smiles)
    assert plain == ("a", "b", "a", "d", "e", UNKNOWN)
    generic = cluster_scaffolds(list("abcdef"), smiles, generic=True)
    assert generic == ("a", "a", "a", "d", "e", UNKNOWN)


def test_ligands_come_from_the_column_else_from_their_record(tmp_path: Path) -> None:
    examples = Path(str(files("molattn.resources"))) / "examples"
    paths = [examples / f"{name}_ligand.sdf" for name in ("1ia1", "1of6")]
    joined = tmp_path / "both.sdf"
    joined.write_text("".join(path.read_text() for path in paths))

    def row(identity: str, ligand: Path, record: int = 0, smiles: str = "") -> ManifestRow:
        return ManifestRow(
            identity, Path("none"), ligand, 1.0, "", {}, record=record, smiles=smiles
        )

    rows = (
        row("first", joined),
        row("second", joined, 1),
        row("none", joined, 2),
        row("given", tmp_path / "missing.sdf", smiles="CC(=O)[O-]"),
        row("bad smiles", paths[1], smiles="C1CC"),
        row("missing", tmp_path / "missing.sdf"),
    )
    single = [flat_smiles(read_ligand(path).mol) for path in paths]
    found = row_ligands(rows, tmp_path / "cache")
    assert found == (single[0], single[1], "", "CC(=O)O", single[1], "")
    assert row_ligands(rows, tmp_path / "cache") == found
    assert len(list((tmp_path / "cache").iterdir())) == 1
    known = row_ligands(rows, known={"missing": "CCO", "first": "CCN"})
    assert known == ("CCN", *found[1:5], "CCO")
    joined.write_text(paths[1].read_text())
    assert row_ligands(rows, tmp_path / "cache")[:2] == (single[1], "")
