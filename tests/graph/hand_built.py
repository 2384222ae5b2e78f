"""Ligands from SMILES and pockets atom by atom, for the tests of this room."""

from __future__ import annotations

from dataclasses import replace

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
    "NC(=N)c1ccc(CN2CCOCC2)cc1",
    "Clc1ccc(cc1)S(=O)(=O)NCc1cnc[nH]1",
    "CP(=O)(O)OCC#N",
    "O=C(O)c1ccc2[nH]ccc2c1",
)


def flat_ligand(smiles: str, seed: int = 0) -> Ligand:
    """Return a ligand whose positions are random points: for what does not depend on the pose."""
    mol = Chem.MolFromSmiles(smiles)
    positions = np.random.default_rng(seed).normal(scale=2.0, size=(mol.GetNumAtoms(), 3))
    return Ligand(mol, positions, smiles, SourceRecord("", 0))


def posed_ligand(smiles: str, seed: int = 7) -> Ligand:
    """Return a ligand with an embedded conformer."""
    mol = Chem.AddHs(Chem.MolFromSmiles(smiles))
    assert rdDistGeom.EmbedMolecule(mol, randomSeed=seed) == 0
    mol = Chem.RemoveHs(mol)
    return Ligand(mol, mol.GetConformer().GetPositions(), smiles, SourceRecord("", 0))


def pocket(
    *residues: tuple[str, ResidueKind, dict[str, tuple[float, float, float]]],
    b_factors: list[float] | None = None,
) -> Pocket:
    """Return a pocket from (parent name, kind, position by ``NAME`` or ``NAME:Element``)."""
    names, elements, positions, owners = [], [], [], []
    for row, (_, _, atoms) in enumerate(residues):
        for key, position in atoms.items():
            name, _, element = key.partition(":")
            names.append(name)
            elements.append(element or name[0])
            positions.append(position)
            owners.append(row)
    count = len(residues)
    per_residue = b_factors or [0.0] * count
    return Pocket(
        AtomTable(
            name=np.array(names),
            element=np.array(elements),
            position=np.array(positions, dtype=np.float64),
            occupancy=np.ones(len(names)),
            b_factor=np.array([per_residue[row] for row in owners]),
            residue=np.array(owners, dtype=np.int64),
        ),
        ResidueTable(
            chain=np.array(["A"] * count),
            number=np.arange(1, count + 1),
            insertion=np.array([""] * count),
            name=np.array([name for name, _, _ in residues]),
            parent=np.array([name for name, _, _ in residues]),
            kind=np.array([int(kind) for _, kind, _ in residues]),
            missing_atoms=np.zeros(count, dtype=bool),
            alternative=np.zeros(count, dtype=bool),
        ),
    )


def shuffled(source: Pocket, random: np.random.Generator) -> Pocket:
    """Return the same pocket with residues, and atoms within each, in another order."""
    order = random.permutation(len(source.residues))
    rows, owners = [], []
    for new, old in enumerate(order):
        mine = random.permutation(np.flatnonzero(source.atoms.residue == old))
        rows.append(mine)
        owners.append(np.full(len(mine), new))
    atoms = source.atoms.take(np.concatenate(rows), np.concatenate(owners))
    return Pocket(atoms, source.residues.take(order))


def moved(source: Pocket, matrix: np.ndarray, shift: np.ndarray) -> Pocket:
    """Return the pocket rotated and shifted."""
    return Pocket(
        replace(source.atoms, position=source.atoms.position @ matrix.T + shift), source.residues
    )


def moved_ligand(source: Ligand, matrix: np.ndarray, shift: np.ndarray) -> Ligand:
    """Return the ligand rotated and shifted."""
    return replace(source, positions=source.positions @ matrix.T + shift)


def renumbered(source: Ligand, order: list[int]) -> Ligand:
    """Return the ligand with its atoms in another order."""
    mol = Chem.RenumberAtoms(source.mol, order)
    return replace(source, mol=mol, positions=source.positions[order])


def rotation(random: np.random.Generator, *, reflect: bool = False) -> np.ndarray:
    """Return a random orthogonal matrix."""
    matrix, _ = np.linalg.qr(random.normal(size=(3, 3)))
    if (np.linalg.det(matrix) < 0) != reflect:
        matrix[:, 0] *= -1.0
    return np.asarray(matrix)
