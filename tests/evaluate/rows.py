"""Small manifests for the tests of this room."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from rdkit import Chem
from rdkit.Chem import AllChem

import molattn.resources
from molattn.evaluate.evaluation_set import EvaluationSet

EXAMPLES = Path(molattn.resources.__file__).parent / "examples"
PROTEIN = EXAMPLES / "1s3v_protein.pdb"
LETTERS = "ACDEFGHIKLMNPQRSTVWY"


def rows_of(**columns: list[str]) -> EvaluationSet:
    """Return a set without files from columns of text."""
    size = len(columns["id"])
    return EvaluationSet(
        id=np.array(columns["id"]),
        measured=np.array([float(one) for one in columns.get("pK", ["6"] * size)]),
        protein=(None,) * size,
        ligand=(None,) * size,
        record=np.zeros(size, dtype=np.int64),
        columns={name: np.array(cells, dtype=np.str_) for name, cells in columns.items()},
    )


def sequence(seed: int, length: int = 80) -> str:
    """Return a random sequence, like no other."""
    return "".join(np.random.default_rng(seed).choice(list(LETTERS), length))


def write_series(folder: Path, size: int = 40) -> Path:
    """Write small ligands at one site, whose pK grows with their size, and a manifest of them.

    Rows 2k and 2k + 1 are one cluster of proteins; five clusters of sequences in all.
    """
    centre = Chem.MolFromMolFile(str(EXAMPLES / "1s3v_ligand.sdf")).GetConformer().GetPositions()
    lines = ["id,protein,ligand,pK,sequence,series"]
    for row in range(size):
        mol = Chem.MolFromSmiles("C" * (row % 10 + 2) + "O" * (row % 2) + "N" * (row % 3))
        AllChem.Compute2DCoords(mol)
        moved = mol.GetConformer().GetPositions() + centre.mean(axis=0)
        for index, place in enumerate(moved):
            mol.GetConformer().SetAtomPosition(index, [*place[:2], place[2] + 0.1 * (index % 2)])
        Chem.MolToMolFile(mol, str(folder / f"{row}.mol"))
        measured = 4 + 0.3 * mol.GetNumHeavyAtoms()
        cluster = row * 5 // size
        lines.append(f"x{row},{PROTEIN},{row}.mol,{measured:.2f},{sequence(cluster)},s{cluster}")
    path = folder / "manifest.csv"
    path.write_text("\n".join(lines) + "\n")
    return path
