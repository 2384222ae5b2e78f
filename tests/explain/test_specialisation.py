"""Specialisation of heads: even attention has enrichment 1, a head made for a kind is found."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from molattn.explain.head_maps import HeadName
from molattn.explain.specialisation import (
    KINDS,
    NEAR,
    QueryName,
    Tally,
    contact_kinds,
    even_attention,
    half_distances,
    specialisation,
    table,
    tally,
)
from molattn.graph import ComplexGraph, build_graph, collate
from molattn.graph.fields import EDGE_LEVELS
from molattn.graph.geometry import complex_geometry
from molattn.model.config import NetworkConfig
from molattn.model.memory_network import MemoryNetwork, MemoryNetworkConfig
from molattn.model.network import Network
from molattn.model.prediction import Prediction
from molattn.resources import ExampleComplex
from molattn.structure import read_ligand, read_protein, select_pocket

SMALL = NetworkConfig(
    scalars=8, vectors=1, ligand_layers=0, pocket_layers=0, blocks=1, heads=1, queries=1, tokens=()
)


@pytest.fixture(scope="module")
def graphs(complexes: dict[str, ExampleComplex]) -> list[ComplexGraph]:
    made = []
    for one in complexes.values():
        ligand = read_ligand(one.ligand)
        made.append(build_graph(select_pocket(read_protein(one.protein), ligand.positions), ligand))
    return made


class Even(nn.Module):
    """A network whose heads look evenly at all contacts of whoever asks."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.network = Network(SMALL).eval()

    def forward(self, graph: ComplexGraph, **options: object) -> Prediction:
        answer: Prediction = self.network(graph, **options)
        atom, residue = graph[EDGE_LEVELS["contact"]].edge_index
        (block,) = answer.blocks
        even = replace(
            block,
            atom_to_residue=replace(block.atom_to_residue, attention=spread(atom)),
            residue_to_atom=replace(block.residue_to_atom, attention=spread(residue)),
        )
        return replace(answer, blocks=(even,), query_attention=spread(torch.zeros_like(atom)))


def spread(rows: Tensor) -> Tensor:
    return (0.6 / torch.bincount(rows)[rows]).unsqueeze(-1)  # the rest is the null's


def made_tallies(enrichment: dict[str, float], count: int = 12) -> list[Tally]:
    """Return tallies of one head with the given enrichment, 1 elsewhere, and some noise."""
    random = np.random.default_rng(0)
    looker = HeadName("made", 0, "atom_to_residue", 0)
    factor = np.array([enrichment.get(kind, 1.0) for kind in KINDS])
    made = []
    for _ in range(count):
        even = random.uniform(0.5, 1.5, len(KINDS))
        given = even * factor * random.uniform(0.95, 1.05, len(KINDS))
        made.append(Tally({looker: given}, {looker: even}, np.full(len(KINDS), 10.0)))
    return made


def test_even_attention_keeps_the_sum_of_each_row() -> None:
    attention, rows = torch.tensor([0.5, 0.1, 0.3]), torch.tensor([0, 0, 2])
    assert even_attention(attention, rows).tolist() == pytest.approx([0.3, 0.3, 0.3])


def test_a_head_that_looks_evenly_prefers_nothing(graphs: list[ComplexGraph]) -> None:
    found = specialisation([tally({"even": Even()}, graph) for graph in graphs])
    assert [str(one.looker) for one in found] == [
        "even/0/atom_to_residue/0",
        "even/0/residue_to_atom/0",
        "even/query/0",
    ]
    for one in found:
        known = ~np.isnan(one.enrichment)
        np.testing.assert_allclose(one.enrichment[known], 1.0, atol=1e-5)
        assert not one.certain


def test_a_head_made_for_a_kind_is_found() -> None:
    (one,) = found = specialisation(made_tallies({"salt_bridge": 4.0, NEAR: 2.0, "metal": 2.5}))
    place = KINDS.index("salt_bridge")
    assert one.preferred == "salt_bridge" and one.certain
    assert one.enrichment[place] == pytest.approx(4.0, rel=0.05)
    assert 3.7 < one.low[place] <= one.enrichment[place] <= one.high[place] < 4.3
    heading, row = table(found, {found[0].looker: 1.234})
    assert heading == ["head or query", *KINDS, "prefers", "half-distance, Å"]
    assert len(row) == len(heading) and row[-2].startswith("salt_bridge [") and row[-1] == "1.23"


def test_what_is_merely_near_is_no_preference() -> None:
    (one,) = specialisation(made_tallies({"hydrophobic": 3.0, NEAR: 5.0}))
    assert one.preferred == "hydrophobic" and not one.certain
    assert table([one], {})[1][-2].startswith("~ hydrophobic")


def test_kinds_with_few_contacts_are_no_preference() -> None:
    few = [
        replace(one, contacts=np.where(np.array(KINDS) == "metal", 2.0, 10.0))
        for one in made_tallies({"metal": 9.0, "aromatic": 2.0})
    ]
    assert specialisation(few)[0].preferred == "aromatic"
    none = [replace(one, contacts=np.zeros(len(KINDS))) for one in few]
    (one,) = specialisation(none)
    assert not one.preferred and table([one], {})[1][-2] == "–"


def test_kinds_that_are_not_there_have_no_enrichment() -> None:
    absent = np.where(np.array(KINDS) == "metal", 0.0, 1.0)
    tallies = [
        Tally(
            {looker: value * absent for looker, value in one.given.items()},
            {looker: value * absent for looker, value in one.even.items()},
            one.contacts * absent,
        )
        for one in made_tallies({})
    ]
    (one,) = specialisation(tallies)
    place = KINDS.index("metal")
    assert np.isnan([one.enrichment[place], one.low[place], one.high[place]]).all()
    assert table([one], {})[1][1 + place] == "–"


def test_real_networks_and_those_that_do_not_attend(graphs: list[ComplexGraph]) -> None:
    torch.manual_seed(0)
    network = Network(SMALL.model_copy(update={"blocks": 2, "heads": 2, "queries": 3})).eval()
    one = tally(
        {"memory": MemoryNetwork(MemoryNetworkConfig()).eval(), "plain": network}, graphs[0]
    )
    assert next(iter(one.given)) == HeadName("plain", 0, "atom_to_residue", 0)
    assert list(one.given)[-1] == QueryName("plain", 2)
    assert len(one.given) == 2 * 2 * 2 + 3
    batch = collate([graphs[0]])
    kinds = contact_kinds(batch, complex_geometry(batch))
    assert kinds.shape[1] == len(KINDS)
    # what is merely near is of no other kind
    assert (kinds[kinds[:, -1] == 1.0, :-1] == 0.0).all()
    np.testing.assert_allclose(one.contacts, kinds.sum(0).numpy())


def test_half_distances_are_those_of_the_distance_terms() -> None:
    torch.manual_seed(0)
    memory = MemoryNetwork(MemoryNetworkConfig())
    found = half_distances({"net": Network(SMALL), "memory": memory})
    assert {str(head) for head in found} == {
        "net/0/atom_to_residue/0",
        "net/0/residue_to_atom/0",
    }
    # exp(-0.5) Å times the logarithm of 2, as the term is born
    assert list(found.values()) == pytest.approx([0.4204, 0.4204], abs=1e-3)
