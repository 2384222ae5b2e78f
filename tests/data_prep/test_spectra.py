"""Contact spectra of a manifest: layout, counts, records, failures, resuming."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest

from data_prep import spectra
from molattn.graph.spectrum import LIGAND_ELEMENTS, PROTEIN_ELEMENTS
from molattn.graph.vocabulary import LIGAND_ATOM_TYPES
from molattn.structure import ResidueKind, read_ligand, read_protein
from molattn.train.manifest import read_manifest
from molattn.train.manifest_config import DataConfig

EXAMPLES = Path(str(files("molattn.resources"))) / "examples"


def write_manifest(folder: Path) -> Path:
    two = folder / "two.sdf"
    two.write_text((EXAMPLES / "1s3v_ligand.sdf").read_text() * 2)
    protein = EXAMPLES / "1s3v_protein.pdb"
    lines = [
        "id,protein,ligand,record",
        f"first,{protein},{two},0",
        f"gone,{protein},{folder / 'missing.sdf'},0",
        f"second,{protein},{two},1",
        f"beyond,{protein},{two},2",
    ]
    path = folder / "index.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


def test_counts_of_elements_are_those_of_a_plain_count(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    manifest, out = write_manifest(tmp_path), tmp_path / "out"
    assert spectra.main([str(manifest), "--out", str(out)]) == 0
    assert "4 records: 2 kept (0 of them repaired), 2 dropped" in capsys.readouterr().out
    with np.load(out / "spectra.npz", allow_pickle=False) as archive:
        counts, ids = archive["counts"], archive["ids"].tolist()
        cutoffs, pairs = archive["cutoffs"], archive["pairs"].tolist()
    assert ids == ["first", "second"]
    assert counts.dtype == np.uint16
    assert counts.shape == (2, 23, 36)
    assert np.array_equal(counts[0], counts[1])
    assert cutoffs.tolist() == [4.0 + step / 2 for step in range(23)]
    assert pairs[0] == "C-Br"
    assert pairs[-1] == "S-S"
    protein = read_protein(EXAMPLES / "1s3v_protein.pdb")
    ligand = read_ligand(EXAMPLES / "1s3v_ligand.sdf")
    amino = protein.residues.kind[protein.atoms.residue] == ResidueKind.AMINO_ACID
    symbols = np.array([atom.GetSymbol() for atom in ligand.mol.GetAtoms()])
    for one, other in (("C", "C"), ("N", "O"), ("O", "N")):
        first = protein.atoms.position[amino & (protein.atoms.element == one)]
        second = ligand.positions[symbols == other]
        distance = np.linalg.norm(first[:, None] - second[None], axis=2)
        column = PROTEIN_ELEMENTS.index(one) * 9 + LIGAND_ELEMENTS.index(other)
        assert counts[0, :, column].tolist() == [(distance <= cut).sum() for cut in cutoffs]

    before = (out / "spectra.npz").stat().st_mtime_ns
    assert spectra.main([str(manifest), "--out", str(out)]) == 0
    assert "nothing to do" in capsys.readouterr().out
    assert (out / "spectra.npz").stat().st_mtime_ns == before
    assert spectra.main([str(manifest), "--out", str(out), "--typed"]) == 2
    assert "made with another" in capsys.readouterr().err


def test_counts_of_types_add_up_to_all_pairs(tmp_path: Path) -> None:
    rows = read_manifest(DataConfig(manifest=write_manifest(tmp_path)), need_labels=False)
    part = tmp_path / "part.npz"
    account = spectra.build_shard(spectra.SpectraTask(rows[:2], typed=True), part)
    assert [one.status for one in account] == ["kept", "dropped"]
    with np.load(part, allow_pickle=False) as archive:
        counts = archive["counts"][0]
    cutoffs, pairs = spectra.layout(typed=True)
    assert (np.diff(counts.astype(int), axis=0) >= 0).all()
    protein = read_protein(EXAMPLES / "1s3v_protein.pdb")
    ligand = read_ligand(EXAMPLES / "1s3v_ligand.sdf")
    dry = protein.residues.kind[protein.atoms.residue] != ResidueKind.WATER
    distance = np.linalg.norm(protein.atoms.position[dry][:, None] - ligand.positions[None], axis=2)
    assert counts.sum(1).tolist() == [(distance <= cut).sum() for cut in cutoffs]
    # the pteridine-like ring of the ligand meets the acid of the folate site
    column = pairs.index("oxygen_carboxylate-nitrogen_aromatic_six")
    assert column % len(LIGAND_ATOM_TYPES) == list(LIGAND_ATOM_TYPES).index("nitrogen_aromatic_six")
    assert counts[1, column] > 0
