"""Types, roles, frames, planes and reliability of a pocket."""

from __future__ import annotations

import numpy as np
import pytest

from molattn.graph import ComplexGraph
from molattn.graph.residue_atoms import AMINO_ACID_ATOMS, PREVIOUS_CARBON
from molattn.graph.residue_features import PocketFeatures, pocket_features
from molattn.graph.vocabulary import PROTEIN_ATOM_TYPES, RESIDUE_TYPES, ROLES, index_of
from molattn.structure.records import Pocket, ResidueKind
from tests.graph.hand_built import pocket

AMINO, MODIFIED = ResidueKind.AMINO_ACID, ResidueKind.MODIFIED
SERINE = {
    "N": (0.0, 1.46, 0.0),
    "CA": (0.0, 0.0, 0.0),
    "C": (1.43, -0.5, 0.0),
    "O": (2.4, 0.2, 0.0),
    "CB": (-0.7, -0.8, 1.1),
    "OG": (-2.0, -0.4, 1.4),
}


def features_of(source: Pocket, closest: float = 3.0) -> PocketFeatures:
    distances = np.full(len(source.residues), closest)
    return pocket_features(source.atoms, source.residues, distances)


def roles_of(features: PocketFeatures, row: int) -> set[str]:
    return {name for name, value in zip(ROLES, features.roles[row], strict=True) if value}


def type_of(features: PocketFeatures, row: int) -> str:
    return list(PROTEIN_ATOM_TYPES)[features.atom_type[row]]


def shifted(atoms: dict[str, tuple[float, float, float]], x: float) -> dict:
    return {name: (a + x, b, c) for name, (a, b, c) in atoms.items()}


def test_dictionary_speaks_the_vocabulary() -> None:
    assert set(AMINO_ACID_ATOMS) == set(list(RESIDUE_TYPES)[:20])
    for atoms in AMINO_ACID_ATOMS.values():
        for entry in atoms.values():
            assert entry.type in PROTEIN_ATOM_TYPES
            assert set(entry.roles) <= set(ROLES)
            assert set(entry.plane) <= set(atoms) | {PREVIOUS_CARBON}


def test_dictionary_names_every_atom_of_the_crystals(graphs: dict[str, ComplexGraph]) -> None:
    for name in ("1ia1", "1of6", "1s3v", "1uou"):
        graph = graphs[name]
        owner = graph["pocket_atom"].residue
        amino = graph["residue"].kind[owner] == int(AMINO)
        first_other = index_of(PROTEIN_ATOM_TYPES, "metal_transition")
        assert (graph["pocket_atom"].atom_type[amino] < first_other).all()


def test_types_and_roles_by_name() -> None:
    source = pocket(
        ("SER", AMINO, SERINE),
        ("MET", MODIFIED, {"CA": (9, 0, 0), "SE:Se": (9, 1, 0), "P": (9, 2, 0)}),
        ("XYZ", AMINO, {"N": (20, 0, 0), "C9": (20, 1, 0)}),
        ("ZN", ResidueKind.METAL, {"ZN:Zn": (30, 0, 0)}),
        ("CA", ResidueKind.METAL, {"CA:Ca": (33, 0, 0)}),
        ("HEM", ResidueKind.COFACTOR, {"FE:Fe": (40, 0, 0), "NA:N": (42, 0, 0), "CHA": (43, 0, 0)}),
        ("DA", ResidueKind.NUCLEOTIDE, {"P": (50, 0, 0), "O1P": (51, 0, 0)}),
        ("HOH", ResidueKind.WATER, {"O": (60, 0, 0)}),
    )
    features = features_of(source)
    assert [type_of(features, row) for row in range(len(source.atoms))] == [
        "backbone_nitrogen", "backbone_alpha", "backbone_carbon", "backbone_oxygen",
        "carbon_polar", "oxygen_hydroxyl",
        "backbone_alpha", "sulfur_methionine", "other_phosphorus",
        "backbone_nitrogen", "other_carbon",
        "metal_transition", "metal_hard",
        "metal_transition", "other_nitrogen", "other_carbon",
        "other_phosphorus", "other_oxygen", "water_oxygen",
    ]  # fmt: skip
    assert [list(RESIDUE_TYPES)[index] for index in features.residue_type] == [
        "SER", "MET", "unknown", "metal_transition", "metal_hard", "cofactor", "nucleotide",
        "water",
    ]  # fmt: skip
    assert features.kind.tolist() == [0, 1, 0, 2, 2, 3, 4, 5]
    assert roles_of(features, 5) == {"donor", "acceptor", "metal"}
    assert roles_of(features, 11) == {"metal", "positive"}
    assert features.reliability[:, 4].tolist() == [0, 1, 0, 0, 0, 0, 0, 0]


def test_proline_has_no_donor_and_arginine_is_positive() -> None:
    source = pocket(
        ("PRO", AMINO, {"N": (0, 0, 0)}),
        ("ARG", AMINO, {"NH1": (9, 0, 0), "NE": (9, 2, 0)}),
        ("GLU", AMINO, {"OE2": (20, 0, 0)}),
    )
    features = features_of(source)
    assert roles_of(features, 0) == set()
    assert roles_of(features, 1) == roles_of(features, 2) == {"donor", "positive"}
    assert roles_of(features, 3) == {"acceptor", "negative", "metal"}


def test_frame_and_side_chain() -> None:
    source = pocket(
        ("SER", AMINO, SERINE),
        ("GLY", AMINO, shifted({name: SERINE[name] for name in ("N", "CA", "C", "O")}, 20.0)),
        ("ALA", AMINO, shifted({name: SERINE[name] for name in ("N", "C", "CB")}, 40.0)),
        ("NAD", ResidueKind.COFACTOR, {"C1": (60, 0, 0), "C2": (61, 0, 0), "C3": (62, 0, 0)}),
    )
    features = features_of(source)
    assert features.frame.tolist()[:2] == [[0, 1, 2], [6, 7, 8]]
    assert len(set(features.frame[2].tolist())) == 1  # no CA: one atom thrice
    assert features.frame[3].tolist() == [14, 14, 14]  # the middle one
    assert features.is_sidechain.tolist() == [0, 0, 0, 0, 1, 1] + [0, 1, 0, 0] + [0, 0, 1] + [1] * 3


def test_planes() -> None:
    ring = {
        "CG": (0.0, 1.4, 0.0), "CD1": (1.2, 0.7, 0.0), "CE1": (1.2, -0.7, 0.0),
        "CZ": (0.0, -1.4, 0.0), "CE2": (-1.2, -0.7, 0.0), "CD2": (-1.2, 0.7, 0.0),
    }  # fmt: skip
    source = pocket(
        ("PHE", AMINO, ring),
        ("ASP", AMINO, {"CG": (9, 0, 0), "OD1": (9, 1, 0)}),  # one oxygen is missing
        ("SER", AMINO, shifted(SERINE, 30.0)),
    )
    plane = features_of(source).plane.tolist()
    assert all(row == [0, 2, 4] for row in plane[:6])
    assert plane[6:8] == [[6, 6, 6], [7, 7, 7]]
    assert plane[8] == [8, 8, 8]  # no residue before
    assert plane[10] == plane[11] == [9, 10, 11]
    assert plane[13] == [13, 13, 13]


def test_peptide_nitrogen_takes_the_carbon_before_it_wherever_it_stands() -> None:
    first = {"N": (0.0, 1.46, 0.0), "CA": (0.0, 0.0, 0.0), "C": (1.43, -0.5, 0.0)}
    second = {"N": (2.5, 0.3, 0.0), "CA": (3.9, 0.0, 0.0), "C": (4.6, 1.3, 0.0)}
    features = features_of(pocket(("ALA", AMINO, second), ("ALA", AMINO, first)))
    assert features.plane[0].tolist() == [5, 0, 1]
    assert features.plane[3].tolist() == [3, 3, 3]


def test_anchors_are_bonded_and_do_not_hang_on_small_differences() -> None:
    source = pocket(("SER", AMINO, SERINE), ("HOH", ResidueKind.WATER, {"O": (9, 9, 9)}))
    anchor = features_of(source).anchor.tolist()
    assert anchor[0] == [1, 0]
    assert anchor[1] == [2, 0]  # C and N, though CB is bonded too
    assert anchor[5] == [4, 5]
    assert anchor[6] == [6, 6]
    moved = pocket(
        ("SER", AMINO, {k: tuple(np.array(v) * 1.02) for k, v in SERINE.items()}),
        ("HOH", ResidueKind.WATER, {"O": (9, 9, 9)}),
    )
    assert features_of(moved).anchor.tolist() == anchor


def test_b_factor_is_relative_and_silent_where_unknown() -> None:
    residues = [("ALA", AMINO, shifted({"CB": SERINE["CB"]}, 5.0 * row)) for row in range(4)]
    values = features_of(pocket(*residues, b_factors=[10.0, 20.0, 30.0, 0.0])).reliability[:, 0]
    z = 10.0 / np.std([10.0, 20.0, 30.0])
    assert values == pytest.approx([-np.tanh(z / 2), 0.0, np.tanh(z / 2), 0.0])
    doubled = features_of(pocket(*residues, b_factors=[20.0, 40.0, 60.0, 0.0])).reliability[:, 0]
    assert doubled == pytest.approx(values)
    for flat in ([0.0] * 4, [25.0] * 4):
        assert not features_of(pocket(*residues, b_factors=flat)).reliability[:, 0].any()


def test_a_leaving_residue_does_not_change_the_mean_b_factor() -> None:
    residues = [("ALA", AMINO, shifted({"CB": SERINE["CB"]}, 5.0 * row)) for row in range(4)]
    four = pocket(*residues, b_factors=[10.0, 20.0, 30.0, 90.0])
    three = pocket(*residues[:3], b_factors=[10.0, 20.0, 30.0])
    edge = pocket_features(four.atoms, four.residues, np.array([3.0, 3.0, 3.0, 9.9999]))
    gone = pocket_features(three.atoms, three.residues, np.full(3, 3.0))
    assert edge.reliability[:3, 0] == pytest.approx(gone.reliability[:, 0], abs=1e-6)
