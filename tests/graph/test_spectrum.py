"""Contact spectra against counting pair by pair."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from molattn.graph import contact_spectrum, element_pair_spectrum
from molattn.graph.spectrum import LIGAND_ELEMENTS, PROTEIN_ELEMENTS
from molattn.structure.records import Protein, ResidueKind
from tests.graph.hand_built import flat_ligand, pocket

CUTOFFS = np.array([2.0, 3.5, 6.0, 9.0])


def random_case(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    return (
        random.uniform(-6.0, 6.0, size=(40, 3)),
        random.integers(-1, 3, size=40),
        random.uniform(-3.0, 3.0, size=(12, 3)),
        random.integers(-1, 4, size=12),
    )


@given(st.integers(0, 10_000))
def test_counts_by_brute_force(seed: int) -> None:
    atoms, kinds, ligand, types = random_case(seed)
    counts = contact_spectrum(
        atoms, kinds, ligand, types, CUTOFFS, n_protein_types=3, n_ligand_types=4
    )
    expected = np.zeros((4, 3, 4))
    for p, a in zip(atoms, kinds, strict=True):
        for q, b in zip(ligand, types, strict=True):
            if a >= 0 and b >= 0:
                expected[np.linalg.norm(p - q) <= CUTOFFS, a, b] += 1
    assert np.array_equal(counts, expected)


def test_a_pair_at_the_cutoff_counts() -> None:
    counts = contact_spectrum(
        np.array([[0.0, 0.0, 0.0]]),
        np.array([0]),
        np.array([[0.0, 3.0, 4.0]]),
        np.array([0]),
        [4.0, 5.0, 6.0],
        n_protein_types=1,
        n_ligand_types=1,
    )
    assert counts.ravel().tolist() == [0.0, 1.0, 1.0]


@given(st.floats(3.0, 7.0), st.floats(0.1, 1.5))
def test_smooth_pair_fades_as_half_a_cosine(distance: float, width: float) -> None:
    value = contact_spectrum(
        np.zeros((1, 3)),
        np.array([0]),
        np.array([[distance, 0.0, 0.0]]),
        np.array([0]),
        [5.0],
        n_protein_types=1,
        n_ligand_types=1,
        smooth=width,
    ).item()
    turn = np.clip((distance - 5.0 + width / 2) / width, 0.0, 1.0)
    assert value == pytest.approx(0.5 * (1.0 + np.cos(np.pi * turn)), abs=1e-9)


@given(st.integers(0, 10_000))
def test_smooth_spectrum_has_no_jump(seed: int) -> None:
    atoms, kinds, ligand, types = random_case(seed)

    def count(shift: float) -> np.ndarray:
        return contact_spectrum(
            atoms + shift,
            kinds,
            ligand,
            types,
            CUTOFFS,
            n_protein_types=3,
            n_ligand_types=4,
            smooth=0.5,
        )

    assert np.abs(count(1e-6) - count(0.0)).max() < 1e-3


def test_only_named_atoms_of_the_twenty_count() -> None:
    source = pocket(
        ("SER", ResidueKind.AMINO_ACID, {"CA": (0, 0, 0), "OG": (1, 0, 0), "XX:C": (0, 1, 0)}),
        ("MET", ResidueKind.MODIFIED, {"SE:Se": (0, 0, 1), "CA": (0, 0, 2)}),
        ("HOH", ResidueKind.WATER, {"O": (1, 1, 1)}),
        ("ZN", ResidueKind.METAL, {"ZN:Zn": (1, 1, 0)}),
    )
    spectrum = element_pair_spectrum(
        Protein("p", source.atoms, source.residues), flat_ligand("OB(F)F"), [50.0]
    )
    counts = {
        (PROTEIN_ELEMENTS[p], LIGAND_ELEMENTS[q]): spectrum.counts[0, p, q]
        for p, q in np.argwhere(spectrum.counts[0])
    }
    assert counts == {("C", "O"): 1, ("O", "O"): 1, ("C", "F"): 2, ("O", "F"): 2}


@pytest.mark.parametrize(
    ("cutoffs", "smooth"), [([4.0, 4.0], 0.0), ([5.0, 4.0], 0.0), ([4.0], -0.1)]
)
def test_senseless_arguments(cutoffs: list[float], smooth: float) -> None:
    with pytest.raises(ValueError, match="must"):
        contact_spectrum(
            np.zeros((1, 3)),
            np.zeros(1, int),
            np.zeros((1, 3)),
            np.zeros(1, int),
            cutoffs,
            n_protein_types=1,
            n_ligand_types=1,
            smooth=smooth,
        )


def test_no_atoms_and_no_cutoffs() -> None:
    empty = contact_spectrum(
        np.zeros((0, 3)),
        np.zeros(0, int),
        np.zeros((2, 3)),
        np.zeros(2, int),
        [4.0],
        n_protein_types=2,
        n_ligand_types=1,
    )
    assert empty.tolist() == [[[0.0], [0.0]]]
    none = contact_spectrum(
        np.zeros((1, 3)),
        np.zeros(1, int),
        np.zeros((2, 3)),
        np.zeros(2, int),
        [],
        n_protein_types=2,
        n_ligand_types=1,
    )
    assert none.shape == (0, 2, 1)
