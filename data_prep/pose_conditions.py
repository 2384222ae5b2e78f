"""One complex in four poses: crystal, redocked, placed and cross-docked."""

from __future__ import annotations

import csv
import gzip
import hashlib
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from rdkit import Chem
from rdkit.Chem import rdDistGeom, rdFingerprintGenerator
from rdkit.DataStructs import TanimotoSimilarity

from data_prep.shards import Outcome
from data_prep.summary import reason_of
from molattn.errors import InputError, LigandUnreadable, MolattnError
from molattn.pose.perturb import with_positions
from molattn.pose.place import Placer
from molattn.pose.rmsd import symmetric_rmsd, symmetries
from molattn.pose.superpose import Superposition, superpose
from molattn.pose.vina import VinaReceptor
from molattn.pose.vina_ligand import VinaLigand
from molattn.structure import read_ligand, read_protein, select_pocket, standard_form
from molattn.structure.records import Floats, Integers, Ligand, Protein, ResidueKind
from molattn.train.manifest import ManifestRow

CONDITIONS = ("crystal", "redocked", "placed", "cross_docked")
POCKET_RADIUS = 12.0
SAME_PROTEIN = 0.85
"""Share of the residues of the smaller site that must be found, alike, in the other structure."""
SPACING = 0.5
"""Å between grid points of the search; poses found on it are relaxed among the atoms."""
SAME_SITE = 5.0
"""Å between the centres of two ligands of one site."""


@dataclass(frozen=True, slots=True)
class Search:
    """How Vina docks.

    Attributes
    ----------
    exhaustiveness, evaluations
        Independent searches, and evaluations in each.
    margin
        Å of the box beyond the ligand that marks the pocket.
    """

    exhaustiveness: int = 8
    evaluations: int = 20_000
    margin: float = 6.0


@dataclass(frozen=True, slots=True)
class RobustnessTask:
    """One complex and the structures that may stand in for its own."""

    row: ManifestRow
    partners: tuple[ManifestRow, ...]
    search: Search
    seed: int
    folder: str


@dataclass(frozen=True, slots=True, eq=False)
class Partner:
    """Another structure of the same protein, with its ligand, and how to come to its frame."""

    row: ManifestRow
    protein: Protein
    ligand: Ligand
    fit: Superposition


class NoPartner(InputError):
    """No other structure has the same protein and a ligand in the same site."""


def file_name(identity: str) -> str:
    """Return a name for the files of a complex: its id, made safe and still unlike any other."""
    safe = re.sub(r"[^A-Za-z0-9_.-]+", "_", identity)
    if safe == identity and not identity.startswith("."):
        return identity
    return f"{safe.lstrip('.')}_{hashlib.sha256(identity.encode()).hexdigest()[:8]}"


def build(task: RobustnessTask, path: Path) -> list[Outcome]:
    """Make the poses of one complex; write them and their rows."""
    try:
        rows, poses = conditions_of(task)
    except NoPartner as fault:
        return [Outcome(task.row.id, "dropped", "no other structure of its site", str(fault))]
    except MolattnError as fault:
        return [Outcome(task.row.id, "dropped", reason_of(fault), str(fault))]
    except Exception as fault:  # noqa: BLE001 — one odd file must not end the job
        return [Outcome(task.row.id, "dropped", reason_of(fault), str(fault))]
    folder = Path(task.folder) / "ligand"
    folder.mkdir(parents=True, exist_ok=True)
    text = "".join(f"{Chem.MolToMolBlock(pose.mol, kekulize=True)}$$$$\n" for pose in poses)
    partial = folder / f".{file_name(task.row.id)}.{os.getpid()}.partial"
    partial.write_bytes(gzip.compress(text.encode(), mtime=0))
    partial.replace(folder / f"{file_name(task.row.id)}.sdf.gz")
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return [Outcome(task.row.id, "kept")]


def conditions_of(task: RobustnessTask) -> tuple[list[dict[str, object]], list[Ligand]]:
    """Return a row for each condition and the poses that were made, in the same order.

    Raises
    ------
    NoPartner
        No other structure fits.
    InputError
        A file or the ligand cannot be used.
    """
    protein = read_protein(task.row.protein)
    ligand = read_ligand(task.row.ligand, task.row.record)
    partner = _partner(task.partners, protein, ligand)
    if partner is None:
        raise NoPartner(f"{task.row.id}: no other structure has its protein and a ligand there.")
    there = partner.fit.apply(ligand.positions)
    fresh = fresh_conformer(ligand, task.seed)
    placer = Placer(partner.ligand, partner.protein.atoms, partner.protein.residues)
    placed = placer.place(ligand.mol, task.row.id, seed=task.seed).ligand
    redocked = _docked(protein, ligand, fresh, task)
    cross = _docked(partner.protein, partner.ligand, fresh, task)
    order = placed.mol.GetSubstructMatch(ligand.mol) or tuple(range(len(there)))
    poses = [redocked, with_positions(ligand, placed.positions[list(order)]), cross]
    truths = [ligand.positions, there, there]
    permutations = symmetries(ligand.mol)
    folder = Path(task.folder)
    rows = [crystal_row(task.row, folder)]
    made = folder / "ligand" / f"{file_name(task.row.id)}.sdf.gz"
    owners = (task.row, partner.row, partner.row)
    for record, (pose, truth) in enumerate(zip(poses, truths, strict=True)):
        rmsd = float(symmetric_rmsd(pose.positions[None], truth, permutations)[0])
        place = (made, record, rmsd)
        rows.append(condition_row(task.row, CONDITIONS[record + 1], owners[record], place, folder))
    return rows, poses


def fresh_conformer(ligand: Ligand, seed: int) -> Floats:
    """Return a new conformer of a ligand, [a, 3] Å, that knows nothing of its pose.

    Raises
    ------
    LigandUnreadable
        None can be built.
    """
    mol = Chem.Mol(ligand.mol)
    mol.RemoveAllConformers()
    full = Chem.AddHs(mol)
    parameters: Any = rdDistGeom.ETKDGv3()
    parameters.randomSeed = seed % 2**31
    parameters.maxIterations = 20
    if rdDistGeom.EmbedMolecule(full, parameters) < 0:
        parameters.useRandomCoords = True
        if rdDistGeom.EmbedMolecule(full, parameters) < 0:
            raise LigandUnreadable(f"{ligand.name}: no conformer can be built.")
    positions: Floats = full.GetConformer().GetPositions()[: mol.GetNumAtoms()]
    return positions


def _docked(protein: Protein, marker: Ligand, fresh: Floats, task: RobustnessTask) -> Ligand:
    """Dock the ligand of a task into the pocket that another ligand, or itself, marks."""
    ligand = read_ligand(task.row.ligand, task.row.record)
    pocket = select_pocket(protein, marker.positions, cutoff=POCKET_RADIUS)
    receptor = VinaReceptor(
        pocket.atoms,
        pocket.residues,
        marker.positions,
        margin=task.search.margin,
        spacing=SPACING,
        seed=task.seed % 2**31,
    )
    poses = receptor.dock(
        VinaLigand(with_positions(ligand, fresh)),
        fresh,
        exhaustiveness=task.search.exhaustiveness,
        poses=1,
        evaluations=task.search.evaluations,
    )
    if not poses:
        raise LigandUnreadable(f"{task.row.id}: Vina found no pose.")
    return with_positions(ligand, poses[0].positions)


def _partner(partners: Sequence[ManifestRow], protein: Protein, ligand: Ligand) -> Partner | None:
    """Return the structure of the same protein whose ligand, in the same site, is most alike."""
    pocket = select_pocket(protein, ligand.positions, cutoff=POCKET_RADIUS)
    own = _amino_acids(pocket.residues.kind)
    generator = rdFingerprintGenerator.GetMorganGenerator(radius=2, fpSize=2048)
    wanted = generator.GetFingerprint(standard_form(ligand.mol))
    found: list[tuple[float, Partner]] = []
    for row in partners:
        try:
            theirs = read_protein(row.protein)
            marker = read_ligand(row.ligand, row.record)
        except InputError:
            continue
        site = select_pocket(theirs, marker.positions, cutoff=POCKET_RADIUS)
        fit = superpose((pocket.atoms, pocket.residues), (site.atoms, site.residues))
        if fit is None:
            continue
        smaller = min(own, _amino_acids(site.residues.kind))
        apart = fit.apply(ligand.positions).mean(axis=0) - marker.positions.mean(axis=0)
        if fit.residues < SAME_PROTEIN * smaller or np.linalg.norm(apart) > SAME_SITE:
            continue
        alike = TanimotoSimilarity(wanted, generator.GetFingerprint(standard_form(marker.mol)))
        found.append((alike, Partner(row, theirs, marker, fit)))
    return max(found, key=lambda one: one[0])[1] if found else None


def _amino_acids(kind: Integers) -> int:
    return int((kind <= ResidueKind.MODIFIED).sum())


def condition_row(
    row: ManifestRow,
    condition: str,
    structure: ManifestRow,
    pose: tuple[Path, int, float],
    base: Path,
) -> dict[str, object]:
    """Return the line of the manifest for one complex in one condition.

    Parameters
    ----------
    row
        The complex.
    condition
        One of :data:`CONDITIONS`.
    structure
        Whose protein the pose lies in.
    pose
        Ligand file, record in it, and RMSD from the crystal pose in Å.
    base
        Folder that paths are written relative to.
    """
    ligand, record, rmsd = pose
    return {
        "id": f"{row.id}_{condition}",
        "complex": row.id,
        "condition": condition,
        "protein": os.path.relpath(structure.protein, base),
        "ligand": os.path.relpath(ligand, base),
        "record": record,
        "pK": row.pK,
        "rmsd": round(rmsd, 3),
        "structure": structure.id,
        "sequence": row.sequence,
    }


def crystal_row(row: ManifestRow, base: Path) -> dict[str, object]:
    """Return the line of a complex as it was measured."""
    return condition_row(row, CONDITIONS[0], row, (row.ligand, row.record, 0.0), base)
