"""Small made-up complexes that exercise every kind of residue and ligand atom."""

from __future__ import annotations

import numpy as np
from rdkit import Chem
from rdkit.Chem import rdDistGeom

from molattn.structure.records import (
    AtomTable,
    Ligand,
    Pocket,
    ResidueKind,
    ResidueTable,
    SourceRecord,
)

LIGANDS = (
    "CC(=O)Nc1ccc(O)cc1",
    "OC(=O)c1ccccc1OC(C)=O",
    "NC(=N)c1ccc(CN2CCOCC2)cc1",
    "Clc1ccc(cc1)S(=O)(=O)NCc1cnc[nH]1",
    "CP(=O)(O)OCC#N",
)

_SIDE_CHAINS = {
    "GLY": "",
    "ALA": "CB",
    "SER": "CB OG",
    "ASP": "CB CG OD1 OD2",
    "LYS": "CB CG CD CE NZ",
    "PHE": "CB CG CD1 CD2 CE1 CE2 CZ",
    "HIS": "CB CG ND1 CD2 CE1 NE2",
    "MET": "CB CG SD CE",
    "ARG": "CB CG CD NE CZ NH1 NH2",
    "ASN": "CB CG OD1 ND2",
}


def random_complex(seed: int, residues: int = 14) -> tuple[Pocket, Ligand]:
    """Return a pocket of random residues around an embedded ligand.

    Residues are chains of atoms with bond-like steps, placed at 5–11 Å from the ligand's centre, so
    some lie inside, some across and some outside the cutoffs. The chemistry is real, the folding
    is not.
    """
    random = np.random.default_rng(seed)
    ligand = _ligand(LIGANDS[seed % len(LIGANDS)], seed)
    centre = ligand.positions.mean(0)
    names = list(_SIDE_CHAINS)
    rows: list[tuple[str, str, int]] = []
    positions: list[np.ndarray] = []
    residue_names: list[str] = []
    for residue in range(residues):
        name = names[int(random.integers(len(names)))]
        residue_names.append(name)
        way = random.normal(size=3)
        start = centre + way / np.linalg.norm(way) * random.uniform(5.0, 11.0)
        for atom in ["N", "CA", "C", "O", *_SIDE_CHAINS[name].split()]:
            step = random.normal(size=3)
            start = start + 1.45 * step / np.linalg.norm(step)
            rows.append((atom, atom[0], residue))
            positions.append(start)
    metal = centre + np.array([0.0, 0.0, 4.5])
    rows.append(("ZN", "Zn", residues))
    positions.append(metal)
    residue_names.append("ZN")
    kinds = [ResidueKind.AMINO_ACID] * residues + [ResidueKind.METAL]
    count = len(residue_names)
    atoms = AtomTable(
        name=np.array([row[0] for row in rows]),
        element=np.array([row[1] for row in rows]),
        position=np.array(positions),
        occupancy=random.choice([1.0, 1.0, 0.5], size=len(rows)),
        b_factor=random.uniform(10.0, 60.0, size=len(rows)),
        residue=np.array([row[2] for row in rows], dtype=np.int64),
    )
    table = ResidueTable(
        chain=np.array(["A"] * count),
        number=np.arange(1, count + 1, dtype=np.int64),
        insertion=np.array([""] * count),
        name=np.array(residue_names),
        parent=np.array(residue_names),
        kind=np.array([int(kind) for kind in kinds], dtype=np.int64),
        missing_atoms=random.random(count) < 0.1,
        alternative=random.random(count) < 0.1,
    )
    return Pocket(atoms, table), ligand


def _ligand(smiles: str, seed: int) -> Ligand:
    mol = Chem.AddHs(Chem.MolFromSmiles(smiles))
    rdDistGeom.EmbedMolecule(mol, randomSeed=seed + 1)
    mol = Chem.RemoveHs(mol)
    positions = np.asarray(mol.GetConformer().GetPositions(), dtype=np.float64)
    return Ligand(mol, positions, f"random-{seed}", SourceRecord("", seed))
