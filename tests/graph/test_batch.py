"""Batches and packs give back what went in."""

from __future__ import annotations

import pytest
import torch
from safetensors.torch import load_file, save_file

from molattn.graph import (
    ComplexGraph,
    PackedGraphs,
    collate,
    counts,
    pack,
    select,
    split,
    store,
    unpack,
)
from molattn.graph.fields import EDGE_LEVELS, FIELDS
from molattn.graph.graph import LEVELS


def assert_same(first: ComplexGraph, second: ComplexGraph) -> None:
    for field in FIELDS:
        one, other = (store(graph, field.level)[field.key] for graph in (first, second))
        assert one.dtype == other.dtype
        assert torch.equal(one, other), f"{field.level}.{field.key}"


def test_split_is_the_inverse_of_collate(graphs: dict[str, ComplexGraph]) -> None:
    parts = split(collate(list(graphs.values())))
    assert len(parts) == len(graphs)
    for graph, part in zip(graphs.values(), parts, strict=True):
        assert_same(graph, part)
        assert graph.residue_label == part.residue_label
        assert graph.residues.name.tolist() == part.residues.name.tolist()


def test_collate_leaves_its_input_alone(graphs: dict[str, ComplexGraph]) -> None:
    graph = graphs["random-1"]
    before = {f: store(graph, f.level)[f.key].clone() for f in FIELDS}
    collate([graphs["random-0"], graph])
    for field, values in before.items():
        assert torch.equal(store(graph, field.level)[field.key], values)


def test_rows_add_up_and_batch_names_their_graph(graphs: dict[str, ComplexGraph]) -> None:
    each = [counts(graph) for graph in graphs.values()]
    batch = collate(list(graphs.values()))
    assert batch.num_graphs == len(graphs)
    for level in LEVELS:
        assert counts(batch)[level] == sum(one[level] for one in each)
        if level != "graph":
            owner = store(batch, level)["batch"]
            assert torch.bincount(owner).tolist() == [one[level] for one in each]
            assert (owner.diff() >= 0).all()


def test_edges_stay_within_their_graph(graphs: dict[str, ComplexGraph]) -> None:
    batch = collate(list(graphs.values()))
    for level, (source, _, target) in EDGE_LEVELS.items():
        edges = store(batch, level)
        for node, row in zip((source, target), edges["edge_index"], strict=True):
            assert torch.equal(batch[node].batch[row], edges["batch"])
    pair, contact = (store(batch, level) for level in ("pair", "contact"))
    assert torch.equal(contact["edge_index"][0][pair["contact"]], pair["edge_index"][0])


def test_batch_of_one(graphs: dict[str, ComplexGraph]) -> None:
    graph = graphs["random-2"]
    batch = collate([graph])
    assert_same(graph, batch)
    assert batch.num_graphs == 1
    assert batch["ligand"].batch.tolist() == [0] * counts(graph)["ligand"]
    assert_same(graph, select(batch, 0))


def test_select_past_the_end(graphs: dict[str, ComplexGraph]) -> None:
    with pytest.raises(IndexError):
        select(collate([graphs["random-0"]]), 1)


def test_pack_through_a_file(graphs: dict[str, ComplexGraph], tmp_path) -> None:
    save_file(pack(list(graphs.values())), tmp_path / "graphs.safetensors")
    packed = load_file(tmp_path / "graphs.safetensors")
    assert {value.dtype for value in packed.values()} == {torch.int32, torch.float32}
    for graph, other in zip(graphs.values(), unpack(packed), strict=True):
        assert_same(graph, other)
    lazy = PackedGraphs(packed, torch.float64)
    assert len(lazy) == len(graphs)
    assert lazy[-1]["ligand"].position.dtype == torch.float64
    with pytest.raises(IndexError):
        lazy[len(graphs)]


def test_packed_graphs_collate_with_and_without_labels(graphs: dict[str, ComplexGraph]) -> None:
    graph = graphs["random-0"]
    (bare,) = unpack(pack([graph]))
    batch = collate([graph, bare])
    assert "residue_label" not in batch
    assert_same(split(batch)[1], graph)


def test_pack_of_another_registry_is_refused(graphs: dict[str, ComplexGraph]) -> None:
    packed = pack([graphs["random-0"]])
    del packed["pair.contact"]
    with pytest.raises(KeyError, match=r"pair\.contact"):
        unpack(packed)


@pytest.mark.parametrize("join", [collate, pack])
def test_nothing_to_join(join) -> None:
    with pytest.raises(ValueError, match="no graphs"):
        join([])
