"""Compare our contact spectra with published ones, and say why where they differ.

The published counts are those of DIFACQUIM/ECIF on PDBbind files: an archive ``spectra.npz`` with
``counts`` [complex, cutoff, pair], ``ids``, ``cutoffs`` and ``pairs``. The structures are a folder
with ``index.csv`` (columns id, protein, ligand, source). Only structures from PDBbind's own protein
files are comparable; everything up to 12 Å of the ligand must be there.

A difference is explained when leaving out a residue or a ligand atom, or exchanging the ends of an
Asn, Gln or His side chain, or up to eight of these together, removes it at every cutoff. Run as::

    python benchmarks/spectrum_agreement.py STRUCTURES/ SPECTRA.npz
"""

from __future__ import annotations

import argparse
import csv
import itertools
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from molattn.errors import InputError
from molattn.graph.spectrum import (
    LIGAND_ELEMENTS,
    PROTEIN_ELEMENTS,
    contact_spectrum,
    element_pair_spectrum,
)
from molattn.structure.ligand import read_ligand
from molattn.structure.protein import read_protein
from molattn.structure.records import Ligand, Protein

PDBBIND_SOURCES = ("EquiBind", "GEMS", "egnn-protein-binding", "GIGN")
LONGEST = 12.0  # Å
MOST_CHANGES = 8
FLIPS = {
    "ASN": (("OD1", "ND2"),),
    "GLN": (("OE1", "NE2"),),
    "HIS": (("ND1", "CD2"), ("CE1", "NE2")),
}


@dataclass(frozen=True)
class Explanation:
    """One change to a complex and what it does to the counts, [cutoffs, pairs]."""

    kind: str
    name: str
    effect: NDArray[np.float64]


def main() -> None:
    """Print the table of agreements and causes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("structures", type=Path, help="folder with index.csv")
    parser.add_argument("spectra", type=Path, help="archive of published counts")
    arguments = parser.parse_args()
    published = np.load(arguments.spectra)
    row_of = {name: row for row, name in enumerate(published["ids"].tolist())}
    kept = published["cutoffs"] <= LONGEST
    cutoffs = published["cutoffs"][kept].astype(np.float64)
    with (arguments.structures / "index.csv").open() as table:
        entries = [
            entry
            for entry in csv.DictReader(table)
            if entry["id"] in row_of and entry["source"].split("/")[-1] in PDBBIND_SOURCES
        ]
    causes: Counter[str] = Counter()
    for entry in entries:
        reference = published["counts"][row_of[entry["id"]]][kept].astype(np.float64)
        cause, detail = compare(arguments.structures, entry, cutoffs, reference)
        causes[cause] += 1
        if detail:
            print(f"{entry['id']}  {cause}: {detail}")
    print(f"\n{len(entries)} complexes, cutoffs {cutoffs[0]:g} to {cutoffs[-1]:g} Å")
    for cause, count in causes.most_common():
        print(f"{count:5d}  {cause}")


def compare(
    folder: Path,
    entry: dict[str, str],
    cutoffs: NDArray[np.float64],
    reference: NDArray[np.float64],
) -> tuple[str, str]:
    """Return the cause of a difference ("every count equal" if none) and its detail."""
    try:
        protein = read_protein(folder / entry["protein"])
        ligand = read_ligand(folder / entry["ligand"])
    except InputError as error:
        return "not readable", str(error)
    ours = element_pair_spectrum(protein, ligand, cutoffs).counts.reshape(len(cutoffs), -1)
    difference = ours - reference
    if not difference.any():
        return "every count equal", ""
    first = cutoffs[np.flatnonzero(difference.any(1))[0]]
    detail = f"{np.abs(difference[-1]).sum():.0f} of {reference[-1].sum():.0f} pairs at 12 Å, "
    detail += f"from {first:g} Å on"
    found = explain(difference, candidates(protein, ligand, cutoffs))
    if not found:
        return "unexplained", detail
    kinds = " and ".join(sorted({each.kind for each in found}))
    return kinds, f"{detail}; {', '.join(each.name for each in found)}"


def candidates(protein: Protein, ligand: Ligand, cutoffs: NDArray[np.float64]) -> list[Explanation]:
    """Return every change that could explain a difference."""
    atoms, residues = protein.atoms, protein.residues
    result = []
    symbols = [atom.GetSymbol() for atom in ligand.mol.GetAtoms()]
    ligand_types = np.array(
        [LIGAND_ELEMENTS.index(s) if s in LIGAND_ELEMENTS else -1 for s in symbols]
    )
    protein_types = np.array(
        [PROTEIN_ELEMENTS.index(e) if e in PROTEIN_ELEMENTS else -1 for e in atoms.element]
    )

    def count(
        rows: NDArray[np.int64], types: NDArray[np.int64], columns: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        return contact_spectrum(
            atoms.position[rows],
            types,
            ligand.positions[columns],
            ligand_types[columns],
            cutoffs,
            n_protein_types=len(PROTEIN_ELEMENTS),
            n_ligand_types=len(LIGAND_ELEMENTS),
        ).reshape(len(cutoffs), -1)

    everything = np.arange(len(symbols))
    for residue in range(len(residues)):
        rows = np.flatnonzero(atoms.residue == residue)
        before = count(rows, protein_types[rows], everything)
        label = residues.label(residue)
        result.append(Explanation("another residue in our file", label, before))
        result.append(Explanation("alternative locations of a residue", label, -before))
        exchanged = protein_types[rows].copy()
        names = atoms.name[rows].tolist()
        for one, other in FLIPS.get(str(residues.name[residue]), ()):
            if one in names and other in names:
                i, j = names.index(one), names.index(other)
                exchanged[i], exchanged[j] = exchanged[j], exchanged[i]
        if (exchanged != protein_types[rows]).any():
            effect = before - count(rows, exchanged, everything)
            result.append(Explanation("a flipped side chain", label, effect))
    standard = np.flatnonzero(residues.kind[atoms.residue] == 0)
    for atom, symbol in enumerate(symbols):
        effect = count(standard, protein_types[standard], np.array([atom]))
        result.append(Explanation("another ligand atom in our file", f"{symbol}{atom + 1}", effect))
    return [each for each in result if each.effect.any()]


def explain(difference: NDArray[np.float64], changes: list[Explanation]) -> tuple[Explanation, ...]:
    """Return the changes that add up to the difference: one, two, or as many as eight in turn."""
    for size in (1, 2):
        for chosen in itertools.combinations(changes, size):
            if np.array_equal(sum(each.effect for each in chosen), difference):
                return chosen
    helpful = sorted(changes, key=lambda each: float(np.abs(difference - each.effect).sum()))[:40]
    for chosen in itertools.combinations(helpful, 3):
        if np.array_equal(sum(each.effect for each in chosen), difference):
            return chosen
    return _in_turn(difference, changes)


def _in_turn(
    difference: NDArray[np.float64], changes: list[Explanation]
) -> tuple[Explanation, ...]:
    taken: list[Explanation] = []
    rest = difference
    for _ in range(MOST_CHANGES):
        best = min(changes, key=lambda each: float(np.abs(rest - each.effect).sum()))
        taken.append(best)
        rest = rest - best.effect
        if not rest.any():
            return tuple(taken)
    return ()


if __name__ == "__main__":
    main()
