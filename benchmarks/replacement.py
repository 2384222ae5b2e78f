"""Place crystal ligands on another crystal ligand of the same protein; compare with the crystal.

The index is a CSV with columns ``id, protein, ligand, smiles, sequence``, paths relative to it.
Each ligand is placed, from its SMILES alone, on the ligand of the same protein (nearly the same
sequence) that shares most atoms with it, in that ligand's protein; the two structures are
superposed by CA atoms around the site. Run as::

    python benchmarks/replacement.py INDEX.csv [--limit 100] [--relax vina] [--out PAIRS.csv]
"""

from __future__ import annotations

import argparse
import csv
import itertools
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import numpy as np
from rdkit import Chem, DataStructs
from rdkit.Chem import rdFingerprintGenerator
from scipy.spatial import cKDTree

from molattn.errors import InputError
from molattn.pose.correspondence import correspondences, same_atoms
from molattn.pose.place import Placer, heavy_molecule
from molattn.pose.quality import contacts
from molattn.pose.rmsd import symmetric_rmsd, symmetries
from molattn.pose.superpose import superpose
from molattn.structure import read_ligand, read_protein
from molattn.structure.records import Floats, Ligand, Protein

STRETCH = 6  # residues
NEAR_EQUAL = 0.8  # share of the stretches of the shorter sequence found in the longer
LIKELY = 3  # templates by fingerprint whose common substructure is looked at
FEWEST_RESIDUES = 12  # to superpose on
WORST_FIT = 1.5  # Å, CA atoms of the two pockets
HEAVIEST = 60  # heavy atoms
FRACTIONS = (0.0, 0.5, 0.6, 0.7, 0.8, 0.9, 1.01)


@dataclass(frozen=True)
class Pair:
    """A ligand placed on a template."""

    id: str
    template: str
    atoms: int
    core: float  # share of the ligand in the common substructure
    fit: float  # Å, CA atoms
    rmsd: float  # Å, placed against crystal, symmetry-corrected
    nearest: float  # Å, placed
    crystal_nearest: float  # Å, crystal pose in the same pocket
    confidence: float
    seconds: float
    method: str


def main() -> None:
    """Print the figures of all pairs, by shared core, and of contacts."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("index", type=Path, help="CSV of crystal complexes")
    parser.add_argument("--limit", type=int, default=0, help="ligands at most, 0 for all")
    parser.add_argument("--seed", type=int, default=0, help="of the choice of ligands")
    parser.add_argument(
        "--relax", choices=("soft", "vina", "none"), default="soft", help="relaxation"
    )
    parser.add_argument(
        "--least-core", type=float, default=0.5, help="least share of the ligand to be shared"
    )
    parser.add_argument("--out", type=Path, help="CSV of the pairs")
    arguments = parser.parse_args()
    with arguments.index.open(newline="", encoding="utf-8") as stream:
        entries = [row for row in csv.DictReader(stream) if row["smiles"] and row["sequence"]]
    groups = [group for group in same_protein(entries) if len(group) > 1]
    order = [(entry, group) for group in groups for entry in group]
    np.random.default_rng(arguments.seed).shuffle(order)
    pairs: list[Pair] = []
    for entry, group in order:
        if arguments.limit and len(pairs) == arguments.limit:
            break
        pair = placed_pair(arguments.index.parent, entry, group, arguments)
        if pair is not None:
            pairs.append(pair)
    report(pairs)
    if arguments.out:
        with arguments.out.open("w", newline="", encoding="utf-8") as stream:
            writer = csv.DictWriter(stream, [field.name for field in fields(Pair)])
            writer.writeheader()
            writer.writerows(asdict(pair) for pair in pairs)


def same_protein(entries: Sequence[dict[str, str]]) -> list[list[dict[str, str]]]:
    """Return groups of entries whose sequences are nearly equal."""
    by_sequence: dict[str, list[dict[str, str]]] = defaultdict(list)
    for entry in entries:
        by_sequence[entry["sequence"]].append(entry)
    groups: list[list[dict[str, str]]] = []
    words: dict[str, list[int]] = defaultdict(list)  # stretches of residues to groups
    for sequence in sorted(by_sequence, key=lambda one: (-len(one), one)):
        stretches = {sequence[i : i + STRETCH] for i in range(len(sequence) - STRETCH + 1)}
        shared = Counter(group for stretch in stretches for group in words[stretch])
        best, count = shared.most_common(1)[0] if shared else (-1, 0)
        if count and count >= NEAR_EQUAL * len(stretches):
            groups[best].extend(by_sequence[sequence])
        else:
            for stretch in stretches:
                words[stretch].append(len(groups))
            groups.append(list(by_sequence[sequence]))
    return groups


def placed_pair(
    folder: Path,
    entry: dict[str, str],
    group: list[dict[str, str]],
    arguments: argparse.Namespace,
) -> Pair | None:
    """Place the ligand of one entry; None where no template is near enough or fits."""
    try:
        mol = heavy_molecule(entry["smiles"])
        if mol.GetNumAtoms() > HEAVIEST or mol.GetNumAtoms() < 8:
            return None
        crystal = read_ligand(folder / entry["ligand"])
        own = read_protein(folder / entry["protein"])
        for other, core in likely_templates(folder, entry, mol, group):
            if core < arguments.least_core:
                continue
            template = read_ligand(folder / other["ligand"])
            protein = read_protein(folder / other["protein"])
            moved = in_frame(crystal.positions, own, protein)
            if moved is not None:
                return _placed(
                    entry["id"],
                    other["id"],
                    mol,
                    (crystal, moved[0], moved[1]),
                    (template, protein),
                    core,
                    arguments.relax,
                )
    except InputError as error:
        print(f"{entry['id']}: {error}")
    return None


def _placed(
    name: str,
    other: str,
    mol: Chem.Mol,
    crystal: tuple[Ligand, Floats, float],
    site: tuple[Ligand, Protein],
    core: float,
    relaxation: str,
) -> Pair | None:
    template, protein = site
    placer = Placer(template, protein.atoms, protein.residues, relaxation=relaxation)  # type: ignore[arg-type]
    placer.place(mol, name)  # the fields of the pocket are computed with the first ligand
    start = time.process_time()
    pose = placer.place(mol, name)
    seconds = time.process_time() - start
    match = same_atoms(pose.ligand.mol, crystal[0].mol)
    if match is None:
        return None
    truth = crystal[1][list(match)]
    rmsd = symmetric_rmsd(pose.ligand.positions[None], truth, symmetries(pose.ligand.mol))
    nearest = contacts(crystal[1], cKDTree(protein.atoms.position))[0]
    figures = pose.quality
    return Pair(
        name, other, mol.GetNumAtoms(), core, crystal[2], float(rmsd[0]), figures.nearest_contact,
        nearest, figures.confidence, seconds, figures.method,
    )  # fmt: skip


def likely_templates(
    folder: Path, entry: dict[str, str], mol: Chem.Mol, group: list[dict[str, str]]
) -> Iterator[tuple[dict[str, str], float]]:
    """Yield other ligands of the group with the share of the ligand they hold, the best first."""
    generator = rdFingerprintGenerator.GetMorganGenerator(radius=2)
    own = generator.GetFingerprint(mol)
    scored = []
    for other in group:
        if other["id"] == entry["id"]:
            continue
        try:
            candidate = heavy_molecule(other["smiles"])
        except InputError:
            continue
        if same_atoms(candidate, mol) is None and candidate.GetNumAtoms() <= HEAVIEST:
            likeness = DataStructs.TanimotoSimilarity(own, generator.GetFingerprint(candidate))
            scored.append((-likeness, other["id"], other))
    found = []
    for _, _, other in sorted(scored, key=lambda one: one[:2])[:LIKELY]:
        try:
            shared = correspondences(mol, read_ligand(folder / other["ligand"]).mol)
        except InputError:
            continue
        if shared:
            largest = max(int((one.pieces == 0).sum()) for one in shared)
            found.append((largest / mol.GetNumAtoms(), other))
    for core, other in sorted(found, key=lambda one: -one[0]):
        yield other, core


def in_frame(positions: Floats, own: Protein, other: Protein) -> tuple[Floats, float] | None:
    """Return positions moved into the frame of another structure and the fit of CA atoms in Å."""
    found = superpose((own.atoms, own.residues), (other.atoms, other.residues))
    if found is None or found.residues < FEWEST_RESIDUES or found.rmsd > WORST_FIT:
        return None
    return found.apply(positions), found.rmsd


def report(pairs: Sequence[Pair]) -> None:
    """Print the figures as Markdown."""
    if not pairs:
        print("no pair of ligands was found")
        return
    print("| shared core | pairs | median RMSD Å | mean Å | under 1.5 Å | under 2 Å |")
    print("| --- | --- | --- | --- | --- | --- |")
    for low, high in [(0.0, FRACTIONS[-1]), *itertools.pairwise(FRACTIONS)]:
        rmsd = np.array([pair.rmsd for pair in pairs if low <= pair.core < high])
        name = "all" if (low, high) == (0.0, FRACTIONS[-1]) else f"{low:.1f} to {min(high, 1):.1f}"
        if len(rmsd):
            print(
                f"| {name} | {len(rmsd)} | {np.median(rmsd):.2f} | {rmsd.mean():.2f} "
                f"| {(rmsd < 1.5).mean():.0%} | {(rmsd < 2).mean():.0%} |"
            )
    nearest = np.array([pair.nearest for pair in pairs])
    crystal = np.array([pair.crystal_nearest for pair in pairs])
    seconds = np.array([pair.seconds for pair in pairs])
    print(
        f"\nno contact under 2.0 Å: {(nearest >= 2.0).mean():.1%} (crystal poses in the same "
        f"pocket {(crystal >= 2.0).mean():.1%}); under 2.5 Å: {(nearest >= 2.5).mean():.1%} "
        f"({(crystal >= 2.5).mean():.1%}); {seconds.mean():.2f} s of one core a ligand"
    )


if __name__ == "__main__":
    main()
