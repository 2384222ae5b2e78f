"""Make a library to try a screen with: posed molecules, SMILES, and records that are broken.

Posed are crystal ligands, each laid on the centre of a reference ligand and turned at random; they
meet the pocket as docked poses do and cost as much to score. Run as::

    python benchmarks/screening_library.py --posed DATA/ligands \
        --smiles DATA/library/smiles.csv.gz --reference DATA/dude/dpp4/reference.sdf.gz \
        --records 100000 --out LIBRARY
"""

from __future__ import annotations

import argparse
import csv
import gzip
import random
from collections.abc import Iterator
from itertools import cycle, islice
from pathlib import Path
from typing import Final

import numpy as np
from rdkit import Chem, rdBase
from scipy.spatial.transform import Rotation

from molattn.structure import Ligand, read_ligand, read_ligands

SMILES_SHARE: Final = 0.03
BROKEN_SHARE: Final = 0.01
LARGEST: Final = 60
"""Heavy atoms of posed molecules."""

BROKEN_SMILES: Final = ("C1CC", "c1ccccc", "Cl(C)(C)C", "C[*]", "not a molecule", "[Na+].[Cl-]")
BROKEN_RECORDS: Final = (
    "cut\n\n\n  9  9  0  0  0  0  0  0  0  0999 V2000\n    1.0000    0.0000    0.0000 C\n",
    "empty\n\n\n  0  0  0  0  0  0  0  0  0  0999 V2000\nM  END\n",
    "no table\nat all\n",
    "unknown element\n\n\n  1  0  0  0  0  0  0  0  0  0999 V2000\n"
    "    1.0000    0.0000    0.0000 Qq  0  0\nM  END\n",
)


def posed_ligands(folder: Path) -> Iterator[Ligand]:
    """Yield the ligands of all SDF files below a folder, of at most LARGEST heavy atoms."""
    for path in sorted(folder.rglob("*.sdf*")):
        for item in read_ligands(path):
            if isinstance(item, Ligand) and item.mol.GetNumAtoms() <= LARGEST:
                yield item


def laid(ligand: Ligand, center: np.ndarray, turn: Rotation, name: str) -> str:
    """Return an SDF record of a ligand, turned and laid on a centre, [3] Å."""
    mol = Chem.Mol(ligand.mol)
    away = ligand.positions - ligand.positions.mean(axis=0)
    mol.GetConformer().SetPositions(np.ascontiguousarray(turn.apply(away) + center))
    mol.SetProp("_Name", name)
    return f"{Chem.MolToMolBlock(mol)}>  <origin>\n{ligand.name}\n\n$$$$\n"


def main() -> None:
    """Write ``posed.sdf.gz`` and ``drawn.smi``, and say what they hold."""
    parser = argparse.ArgumentParser(description="A library to try a screen with.")
    parser.add_argument("--posed", type=Path, required=True, help="folder of SDF files")
    parser.add_argument("--smiles", type=Path, required=True, help="CSV with id and smiles")
    parser.add_argument("--reference", type=Path, required=True, help="marks the pocket")
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--out", type=Path, required=True, help="folder to write to")
    chosen = parser.parse_args()
    rdBase.DisableLog("rdApp.*")
    chosen.out.mkdir(parents=True, exist_ok=True)
    drawn = round(chosen.records * SMILES_SHARE)
    posed = chosen.records - drawn
    generator = random.Random(chosen.seed)
    center = read_ligand(chosen.reference).positions.mean(axis=0)
    turns = np.random.default_rng(chosen.seed)
    broken = [0, 0]
    ligands = list(islice(posed_ligands(chosen.posed), posed))
    with gzip.open(chosen.out / "posed.sdf.gz", "wt", compresslevel=1) as file:
        for number, ligand in enumerate(islice(cycle(ligands), posed)):
            if generator.random() < BROKEN_SHARE:
                file.write(f"{generator.choice(BROKEN_RECORDS)}$$$$\n")
                broken[0] += 1
            else:
                turn = Rotation.random(random_state=turns)
                file.write(laid(ligand, center, turn, f"P{number:06d}"))
    with gzip.open(chosen.smiles, "rt", newline="") as table:
        rows = list(csv.DictReader(table))
    with (chosen.out / "drawn.smi").open("w") as file:
        for number, row in enumerate(islice(cycle(rows), drawn)):
            smiles = row["smiles"]
            if generator.random() < BROKEN_SHARE:
                smiles = generator.choice(BROKEN_SMILES)
                broken[1] += 1
            file.write(f"{smiles}\tS{number:06d}\n")
    print(f"{posed} posed ({broken[0]} broken), {drawn} SMILES ({broken[1]} broken)")


if __name__ == "__main__":
    main()
