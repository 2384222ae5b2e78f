"""Complexes of this room's tests: made up, and the packaged crystal structures."""

from __future__ import annotations

import pytest

from molattn.graph import ComplexGraph, build_graph
from molattn.resources import ExampleComplex
from molattn.structure.ligand import read_ligand
from molattn.structure.protein import read_protein
from molattn.structure.records import Ligand, Pocket
from molattn.testing.complexes import random_complex

RANDOM = tuple(f"random-{seed}" for seed in range(5))


@pytest.fixture(scope="session")
def pockets(complexes: dict[str, ExampleComplex]) -> dict[str, tuple[Pocket, Ligand]]:
    """Return pocket and ligand by name; the crystals with their whole protein and its waters."""
    result = {name: random_complex(seed) for seed, name in enumerate(RANDOM)}
    for name, files in complexes.items():
        protein = read_protein(files.protein)
        result[name] = (Pocket(protein.atoms, protein.residues), read_ligand(files.ligand))
    return result


@pytest.fixture(scope="session")
def graphs(pockets: dict[str, tuple[Pocket, Ligand]]) -> dict[str, ComplexGraph]:
    """Return the graph of each complex, in float32."""
    return {name: build_graph(pocket, ligand) for name, (pocket, ligand) in pockets.items()}
