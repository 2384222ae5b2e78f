"""The smooth spectrum in torch: the published counts, faded, without jumps."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from rdkit import Chem

from molattn import testing
from molattn.graph import ComplexGraph, build_graph, collate
from molattn.graph.spectrum import (
    ELEMENT_CUTOFFS,
    ELEMENT_PAIRS,
    contact_spectrum,
    element_pair_spectrum,
)
from molattn.model.element_spectrum import (
    FADE,
    SHELL_CUTOFFS,
    SPECTRUM_WIDTH,
    ElementSpectrum,
    smooth_from_published,
)
from molattn.resources import ExampleComplex
from molattn.structure import Ligand, Pocket, Protein, read_ligand, read_protein, select_pocket
from molattn.structure.records import ResidueKind, SourceRecord

REACH = SHELL_CUTOFFS[-1] + FADE / 2.0


@pytest.fixture(scope="module")
def read(complexes: dict[str, ExampleComplex]) -> list[tuple[Protein, Ligand, ComplexGraph]]:
    found = []
    for files in complexes.values():
        protein, ligand = read_protein(files.protein), read_ligand(files.ligand)
        pocket = select_pocket(protein, ligand.positions)
        found.append((protein, ligand, build_graph(pocket, ligand, dtype=torch.float64)))
    return found


def spectrum(*graphs: ComplexGraph) -> np.ndarray:
    return ElementSpectrum().double()(collate(list(graphs))).detach().numpy()


def test_is_the_faded_spectrum_of_the_files(read) -> None:
    together = spectrum(*(graph for _, _, graph in read))
    for row, (protein, ligand, _) in zip(together, read, strict=True):
        expected = element_pair_spectrum(protein, ligand, SHELL_CUTOFFS, smooth=FADE).counts
        expected[1:] -= expected[:-1].copy()
        assert np.abs(row - expected.reshape(-1)).max() < 2e-5  # ligands rounded to 4 decimals


def test_agrees_with_published_counts(read) -> None:
    # as published: cumulative, hard, from whole proteins
    for protein, ligand, graph in read:
        hard = element_pair_spectrum(protein, ligand, ELEMENT_CUTOFFS)
        counts = hard.counts.reshape(1, len(ELEMENT_CUTOFFS), len(ELEMENT_PAIRS))
        found = smooth_from_published(counts, ELEMENT_CUTOFFS)
        true = spectrum(graph)
        assert found.shape == true.shape == (1, SPECTRUM_WIDTH)
        assert np.abs(found - true).sum() < 0.1 * true.sum()
        assert np.sqrt(np.mean((np.log1p(found) - np.log1p(true)) ** 2)) < 0.11


def test_published_counts_of_evenly_spread_pairs_are_exact() -> None:
    distance = np.arange(0.0005, 12.0, 0.001)
    line = np.stack((distance, 0 * distance, 0 * distance), 1)
    types = np.zeros(len(line), dtype=np.int64)
    sizes = {"n_protein_types": 4, "n_ligand_types": 9}
    origin, kind = np.zeros((1, 3)), np.zeros(1, dtype=np.int64)
    hard = contact_spectrum(line, types, origin, kind, ELEMENT_CUTOFFS, **sizes)
    smooth = contact_spectrum(line, types, origin, kind, SHELL_CUTOFFS, smooth=FADE, **sizes)
    smooth[1:] -= smooth[:-1].copy()
    found = smooth_from_published(hard.reshape(1, len(hard), -1), ELEMENT_CUTOFFS)
    np.testing.assert_allclose(found, smooth.reshape(1, -1), atol=1.0)  # of 500 in each shell


def test_published_counts_of_other_cutoffs_are_refused() -> None:
    with pytest.raises(ValueError, match=r"lack the cutoff 8 Å"):
        smooth_from_published(np.zeros((2, 8, 36)), np.arange(4.0, 7.6, 0.5))
    with pytest.raises(ValueError, match="got"):
        smooth_from_published(np.zeros((2, 23, 35)), ELEMENT_CUTOFFS)


@pytest.mark.parametrize("seed", range(5))
def test_made_up_complexes_by_brute_force(seed: int) -> None:
    pocket, ligand = testing.random_complex(seed)
    ligand = replace(ligand, positions=np.round(ligand.positions, 4))
    protein = Protein("", pocket.atoms, pocket.residues)
    graph = build_graph(pocket, ligand, dtype=torch.float64)
    expected = element_pair_spectrum(protein, ligand, SHELL_CUTOFFS, smooth=FADE).counts
    expected[1:] -= expected[:-1].copy()
    assert expected.sum() > 100
    np.testing.assert_allclose(spectrum(graph)[0], expected.reshape(-1), atol=1e-4)


def test_only_amino_acids_count() -> None:
    pocket, ligand = testing.random_complex(0)
    before = spectrum(build_graph(pocket, ligand, dtype=torch.float64))
    for kind in (ResidueKind.COFACTOR, ResidueKind.WATER, ResidueKind.NUCLEOTIDE):
        kinds = np.full_like(pocket.residues.kind, kind)
        other = Pocket(pocket.atoms, replace(pocket.residues, kind=kinds, name=kinds.astype(str)))
        assert not spectrum(build_graph(other, ligand, dtype=torch.float64)).any()
    modified = np.where(pocket.residues.kind == 0, ResidueKind.MODIFIED, pocket.residues.kind)
    other = Pocket(pocket.atoms, replace(pocket.residues, kind=modified))
    assert np.array_equal(spectrum(build_graph(other, ligand, dtype=torch.float64)), before)


def single_pair(distance: float) -> ComplexGraph:
    """Return a carbon atom, the nitrogen of a residue at a distance, all else of it farther."""
    pocket, _ = testing.random_complex(0)
    position = pocket.atoms.position + 500.0
    mine = np.flatnonzero(pocket.atoms.residue == 0)
    position[mine] = (distance + 3.0 * np.arange(len(mine)))[:, None] * np.eye(3)[0]
    position[-1] = (0.0, 3.0, 0.0)  # the metal
    ligand = Ligand(Chem.MolFromSmiles("C"), np.zeros((1, 3)), "", SourceRecord("", 0))
    atoms = replace(pocket.atoms, position=position)
    return build_graph(Pocket(atoms, pocket.residues), ligand, dtype=torch.float64)


@pytest.mark.parametrize("cutoff", [4.0, 4.5, 4.75, 7.0, 7.5, 8.0, REACH])
def test_continuous_with_its_slope(cutoff: float) -> None:
    step = 1e-4
    low, middle, high = (spectrum(single_pair(cutoff + shift))[0] for shift in (-step, 0.0, step))
    assert np.abs(high - low).max() < 100 * step
    assert np.abs(high - 2 * middle + low).max() < 1e-5


def test_nothing_counts_beyond_the_last_cutoff() -> None:
    assert spectrum(single_pair(REACH - 0.2)).sum() > 1e-3
    assert spectrum(single_pair(4.0)).sum() > 1.0
    assert spectrum(single_pair(REACH + 1e-6)).sum() == 0.0


def test_a_pair_at_the_end_of_contacts_stays_inside_its_complex() -> None:
    spectrum = ElementSpectrum()
    distance, pair = torch.tensor([8.0, 8.0]), torch.tensor([0, 1])
    assert not spectrum._count(distance, pair, torch.tensor([0, 1]), 2).any()
