"""Hold the shipped weights to their promises on real complexes of a manifest.

::

    python benchmarks/promises.py MANIFEST [--count 20] [--weights FILE]

Prints, for each promise, the largest change of pK seen and the bound. Exit code 1 if one is broken.
"""

from __future__ import annotations

import argparse
import csv
import dataclasses
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import gemmi
import numpy as np
import torch

from molattn import testing
from molattn.graph import build_graph
from molattn.graph.fields import CONTACT_CUTOFF, POCKET_CUTOFF
from molattn.graph.graph import ComplexGraph
from molattn.predict import Predictor
from molattn.structure import Ligand, Pocket, read_ligand, read_protein, select_pocket
from molattn.testing.files import write_ligand, write_protein


@dataclasses.dataclass(frozen=True)
class Case:
    """One real complex, read."""

    protein: Path
    ligand: Path
    structure: gemmi.Structure
    pocket: Pocket
    molecule: Ligand


def read_case(protein: Path, ligand: Path) -> Case:
    """Read one complex."""
    molecule = read_ligand(ligand)
    pocket = select_pocket(read_protein(protein), molecule.positions)
    return Case(protein, ligand, gemmi.read_structure(str(protein)), pocket, molecule)


def file_changes(predictor: Predictor, case: Case, folder: Path, seed: int) -> dict[str, float]:
    """Return the change of pK for every rewriting of the two files."""
    random = np.random.default_rng(seed)
    generator = torch.Generator().manual_seed(seed)
    mol = case.molecule.mol

    def scored(protein: Path, ligand: Path) -> float:
        pK = predictor.score(protein, ligand, attention=False).pK
        if pK is None:
            raise SystemExit(f"{case.protein} was not scored")
        return pK

    def rescored(ligand: Path, protein: Path) -> float:
        return abs(scored(protein, ligand) - before)

    before = scored(case.protein, case.ligand)
    changes = {}
    for name, reflect in (("files turned", False), ("files reflected", True)):
        matrix = testing.random_orthogonal(generator, reflect=reflect).numpy()
        shift = random.uniform(-50.0, 50.0, 3)
        changes[name] = rescored(
            write_ligand(mol, folder / "turned.sdf", matrix=matrix, shift=shift),
            write_protein(case.structure, folder / "turned.pdb", matrix=matrix, shift=shift),
        )
    order = random.permutation(mol.GetNumAtoms())
    changes["atoms, residues, chains shuffled"] = rescored(
        write_ligand(mol, folder / "shuffled.sdf", order=order),
        write_protein(case.structure, folder / "shuffled.pdb", order=random),
    )
    changes["hydrogens added"] = rescored(
        write_ligand(mol, folder / "hydrogens.sdf", hydrogens=True),
        write_protein(case.structure, folder / "hydrogens.pdb", hydrogens=True),
    )
    return changes


def crossing(case: Case, cutoff: float) -> tuple[Callable[[float], ComplexGraph], float]:
    """Return the complex with its nearest residue pulled out, and where that crosses a cutoff."""
    positions = torch.from_numpy(case.molecule.positions)
    atoms = case.pocket.atoms
    distance = torch.cdist(torch.from_numpy(atoms.position), positions).min(1).values
    residue = int(atoms.residue[int(distance.argmin())])
    rows = atoms.residue == residue
    own = torch.from_numpy(atoms.position[rows])
    way = own.mean(0) - positions.mean(0)
    way = way / way.norm()

    def closest(amount: float) -> float:
        return float(torch.cdist(own + amount * way, positions).min())

    grid = torch.linspace(0.0, 60.0, 1201).tolist()
    low = max(amount for amount in grid if closest(amount) < cutoff)
    high = low + 0.05
    for _ in range(60):
        middle = (low + high) / 2.0
        low, high = (middle, high) if closest(middle) < cutoff else (low, middle)

    def graph_at(amount: float) -> ComplexGraph:
        position = atoms.position.copy()
        position[rows] += (amount * way).numpy()
        moved = dataclasses.replace(
            case.pocket, atoms=dataclasses.replace(atoms, position=position)
        )
        return build_graph(moved, case.molecule, dtype=torch.float64)

    return graph_at, low


def array_changes(predictor: Predictor, cases: list[Case]) -> dict[str, list[float]]:
    """Return what the test kit measures on graphs, in float64 and float32."""
    network = predictor.ensemble
    single = [build_graph(case.pocket, case.molecule) for case in cases]
    found: dict[str, list[float]] = {
        "batch of 32 against one at a time": [
            testing.assert_batch_independent(network, (single * 32)[:32])
        ],
        "ledger": [testing.assert_ledger(network, single)],
        "attention rows": [testing.assert_attention_rows(network, single)],
        "rows permuted in float32": [
            testing.assert_permutation_invariant(network, graph) for graph in single
        ],
    }
    network = network.double()
    double = [build_graph(case.pocket, case.molecule, dtype=torch.float64) for case in cases]
    found["isometries in float64"] = [testing.assert_invariant(network, graph) for graph in double]
    found["gradients, relative"] = [testing.assert_gradients(network, graph) for graph in double]
    for cutoff in (CONTACT_CUTOFF, POCKET_CUTOFF):
        found[f"residue crosses {cutoff:g} Å"] = [
            testing.assert_continuous(network, *_listed(crossing(case, cutoff))) for case in cases
        ]
    network.float()
    return found


def _listed(
    pair: tuple[Callable[[float], ComplexGraph], float],
) -> tuple[Callable[[float], ComplexGraph], list[float]]:
    return pair[0], [pair[1]]


BOUNDS = {
    "files turned": 1e-3,
    "files reflected": 1e-3,
    "atoms, residues, chains shuffled": 1e-5,
    "hydrogens added": 1e-5,
    "batch of 32 against one at a time": 1e-5,
    "ledger": 1e-4,
    "attention rows": 1e-5,
    "rows permuted in float32": 1e-5,
    "isometries in float64": 1e-9,
    "gradients, relative": 1e-4,
    "residue crosses 8 Å": 1e-4,
    "residue crosses 10 Å": 1e-4,
}


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("manifest", type=Path)
    parser.add_argument("--count", type=int, default=20)
    parser.add_argument("--weights", type=Path)
    chosen = parser.parse_args()
    with chosen.manifest.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    picked = np.random.default_rng(0).choice(len(rows), chosen.count, replace=False)
    folder = chosen.manifest.parent
    cases = [
        read_case(folder / rows[row]["protein"], folder / rows[row]["ligand"]) for row in picked
    ]
    predictor = Predictor.load(chosen.weights)
    found: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as temporary:
        for seed, case in enumerate(cases):
            for name, change in file_changes(predictor, case, Path(temporary), seed).items():
                found.setdefault(name, []).append(change)
    found |= array_changes(predictor, cases)
    print(f"{len(cases)} complexes\n{'promise':36} {'largest':>10} {'bound':>10}")
    broken = 0
    for name, changes in found.items():
        kept = max(changes) <= BOUNDS[name]
        broken += not kept
        print(f"{name:36} {max(changes):10.1e} {BOUNDS[name]:10.0e}{'' if kept else '  broken'}")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
