"""Small libraries for the tests of the runner, made from the packaged complex 1s3v."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from rdkit import Chem

from molattn.resources import example
from molattn.structure import read_ligand

SMILES = (
    "CN(CC1CCc2nc(N)nc(N)c2C1)c1ccc(OC)c(Cl)c1",
    "Nc1nc(N)c2cc(CNc3ccccc3)ccc2n1",
    "CCc1nc(N)nc(N)c1-c1ccc(Cl)cc1",
)
BROKEN = "no table\nat all\n$$$$\n"


def posed_record(name: str, seed: int) -> str:
    """Return the crystal ligand, shifted by up to 0.3 Å along each axis, as an SDF record."""
    ligand = read_ligand(example("1s3v").ligand)
    mol = Chem.Mol(ligand.mol)
    shift = np.random.default_rng(seed).uniform(-0.3, 0.3, 3)
    mol.GetConformer().SetPositions(ligand.positions + shift)
    mol.SetProp("_Name", name)
    return f"{Chem.MolToMolBlock(mol)}>  <price>\n{10 + seed}\n\n$$$$\n"


def write_library(folder: Path, posed: int = 10) -> Path:
    """Write a folder of posed molecules, the fifth of which is broken, and three SMILES."""
    folder.mkdir(parents=True, exist_ok=True)
    records = [
        BROKEN if number == 4 else posed_record(f"posed{number}", number) for number in range(posed)
    ]
    (folder / "a_posed.sdf").write_text("".join(records))
    lines = [f"{smiles}\tdrawn{number}" for number, smiles in enumerate(SMILES)]
    (folder / "b_drawn.smi").write_text("\n".join([*lines, "C1CC\tbroken"]) + "\n")
    return folder
