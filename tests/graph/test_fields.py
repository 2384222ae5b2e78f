"""Every graph holds what the registry says, and contacts and pairs are what their names mean."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.spatial.distance import cdist

from molattn.graph import ComplexGraph, build_graph, collate, counts, store
from molattn.graph.fields import (
    CONTACT_CUTOFF,
    EDGE_LEVELS,
    FIELDS,
    LIGAND_NEAR_CUTOFF,
    POCKET_CUTOFF,
    RESIDUE_NEAR_CUTOFF,
    Field,
)
from molattn.graph.vocabulary import (
    BOND_TYPES,
    ELEMENTS,
    LIGAND_ATOM_TYPES,
    PROTEIN_ATOM_TYPES,
    RESIDUE_TYPES,
)
from molattn.structure.records import ResidueKind

VOCABULARY_SIZE = {
    ("ligand", "element"): len(ELEMENTS),
    ("pocket_atom", "element"): len(ELEMENTS),
    ("ligand", "atom_type"): len(LIGAND_ATOM_TYPES),
    ("pocket_atom", "atom_type"): len(PROTEIN_ATOM_TYPES),
    ("residue", "residue_type"): len(RESIDUE_TYPES),
    ("residue", "kind"): len(ResidueKind),
    ("bond", "bond_type"): len(BOND_TYPES),
}


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: f"{field.level}.{field.key}")
@pytest.mark.parametrize("batched", [False, True])
def test_field_has_shape_dtype_and_range(
    field: Field, batched: bool, graphs: dict[str, ComplexGraph]
) -> None:
    for graph in [collate(list(graphs.values()))] if batched else graphs.values():
        values = store(graph, field.level)[field.key]
        rows = counts(graph)
        width = (
            (2, rows[field.level])
            if field.key == "edge_index"
            else (
                rows[field.level],
                *field.width,
            )
        )
        assert tuple(values.shape) == width
        assert values.dtype == (torch.float32 if field.dtype == "float" else torch.int64)
        assert values.isfinite().all()
        if field.index_of:
            parts = values if field.key == "edge_index" else [values]
            for part, level in zip(parts, field.index_of, strict=True):
                assert part.min() >= 0
                assert part.max() < rows[level]
        size = VOCABULARY_SIZE.get((field.level, field.key))
        if size is not None:
            assert values.min() >= 0
            assert values.max() < size


def test_every_closed_list_of_the_registry_is_checked() -> None:
    indices = {(f.level, f.key) for f in FIELDS if f.meaning.startswith(("index in", "value of"))}
    assert indices == set(VOCABULARY_SIZE)


def test_float64_is_kept(pockets) -> None:
    pocket, ligand = pockets["random-0"]
    graph = build_graph(pocket, ligand, dtype=torch.float64)
    assert np.array_equal(graph["ligand"].position.numpy(), ligand.positions)


def test_graph_owns_its_positions(pockets) -> None:
    pocket, ligand = pockets["random-0"]
    before = ligand.positions.copy()
    graph = build_graph(pocket, ligand, dtype=torch.float64)
    graph["ligand"].position += 1.0
    graph["pocket_atom"].position += 1.0
    assert np.array_equal(ligand.positions, before)
    assert not np.array_equal(graph["pocket_atom"].position[0].numpy(), pocket.atoms.position[0])


def test_pairs_and_contacts_by_brute_force(pockets) -> None:
    for pocket, ligand in pockets.values():
        graph = build_graph(pocket, ligand, dtype=torch.float64)
        distance = cdist(graph["ligand"].position, graph["pocket_atom"].position)
        owner = graph["pocket_atom"].residue.numpy()
        expected = [
            (int(i), int(owner[a]), int(a)) for i, a in np.argwhere(distance < CONTACT_CUTOFF)
        ]
        pair = graph[EDGE_LEVELS["pair"]]
        contact = graph[EDGE_LEVELS["contact"]].edge_index
        found = list(
            zip(
                pair.edge_index[0].tolist(),
                contact[1][pair.contact].tolist(),
                pair.edge_index[1].tolist(),
                strict=True,
            )
        )
        assert found == sorted(expected)  # sorted by contact, then pocket atom
        assert torch.equal(contact[0][pair.contact], pair.edge_index[0])
        contacts = list(zip(*contact.tolist(), strict=True))
        assert contacts == sorted({(i, r) for i, r, _ in expected})
        assert (pair.contact.diff() >= 0).all()


def test_residues_are_those_within_the_cutoff(pockets) -> None:
    for pocket, ligand in pockets.values():
        graph = build_graph(pocket, ligand)
        closest = np.full(len(pocket.residues), np.inf)
        distance = cdist(ligand.positions, pocket.atoms.position).min(0)
        np.minimum.at(closest, pocket.atoms.residue, distance)
        inside = np.flatnonzero(closest < POCKET_CUTOFF)
        assert graph.residue_label == [pocket.residues.label(row) for row in inside]
        assert len(graph.residues) == len(inside)


def test_closest_pair_of_each_residue(pockets) -> None:
    for pocket, ligand in pockets.values():
        graph = build_graph(pocket, ligand, dtype=torch.float64)
        distance = torch.from_numpy(cdist(graph["ligand"].position, graph["pocket_atom"].position))
        residue, atoms = graph["residue"], graph["pocket_atom"]
        for row in range(len(residue.kind)):
            mine = distance[:, atoms.residue == row]
            assert distance[residue.closest_ligand[row], residue.closest_atom[row]] == mine.min()
            assert atoms.residue[residue.closest_atom[row]] == row


def test_neighbour_edges_by_brute_force(pockets) -> None:
    for pocket, ligand in pockets.values():
        graph = build_graph(pocket, ligand, dtype=torch.float64)
        points = graph["pocket_atom"].position[graph["residue"].frame[:, 1]]
        for level, position, cutoff in (
            ("near", graph["ligand"].position, LIGAND_NEAR_CUTOFF),
            ("shell", points, RESIDUE_NEAR_CUTOFF),
        ):
            close = np.argwhere(cdist(position, position) < cutoff).tolist()
            expected = {(i, j) for i, j in close if i != j}
            if level == "near":
                expected |= set(zip(*graph[EDGE_LEVELS["bond"]].edge_index.tolist(), strict=True))
            found = list(zip(*graph[EDGE_LEVELS[level]].edge_index.tolist(), strict=True))
            assert len(found) == len(set(found))
            assert set(found) == expected
