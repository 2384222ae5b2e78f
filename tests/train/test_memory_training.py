"""Learning without structures: tables from graphs and from published counts, and the fit."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import numpy as np
import pytest
import torch
from rdkit import Chem

from molattn.errors import FileUnreadable, InputError
from molattn.graph import ComplexGraph, build_graph, collate
from molattn.graph.spectrum import ELEMENT_CUTOFFS, ELEMENT_PAIRS, element_pair_spectrum
from molattn.model.memory_network import (
    ROW_WIDTH,
    WIDTHS,
    MemoryNetwork,
    MemoryNetworkConfig,
)
from molattn.resources import ExampleComplex
from molattn.structure import read_ligand, read_protein, select_pocket
from molattn.train.dataset import Dataset, Example
from molattn.train.manifest import ManifestRow
from molattn.train.memory_set import (
    MemoryTable,
    graph_table,
    join_tables,
    spectra_table,
)
from molattn.train.memory_training import (
    NO_GROUP,
    MemoryTrainingConfig,
    batches,
    fit_memory_network,
    group_numbers,
    within_group_loss,
)

SMALL = MemoryNetworkConfig(hidden=(16,), dropout=0.1)
QUICK = MemoryTrainingConfig(epochs=8, batch_size=32)


@pytest.fixture(scope="module")
def dataset(complexes: dict[str, ExampleComplex]) -> Dataset:
    """Return the packaged complexes, the last without a label."""
    graphs: list[ComplexGraph] = []
    rows, examples = [], []
    for number, (name, files) in enumerate(complexes.items()):
        ligand, protein = read_ligand(files.ligand), read_protein(files.protein)
        graphs.append(build_graph(select_pocket(protein, ligand.positions), ligand))
        pK = math.nan if number == len(complexes) - 1 else 5.0 + number
        source = "docked" if number == 1 else ""
        rows.append(
            ManifestRow(name, files.protein, files.ligand, pK, "", {}, source=source, group=source)
        )
        examples.append(Example(number, 0, 0.0, 0, pK))
    places = [(graphs, index) for index in range(len(graphs))]
    return Dataset(rows, examples, places, [], "key")


@pytest.fixture
def spectra(complexes: dict[str, ExampleComplex], tmp_path: Path) -> Path:
    """Return a folder laid out as the published one, with ligands beside it."""
    counts, lines, smiles = [], [("id", "pK", "set")], [("id", "smiles")]
    for number, (name, files) in enumerate(complexes.items()):
        ligand = read_ligand(files.ligand)
        spectrum = element_pair_spectrum(read_protein(files.protein), ligand, ELEMENT_CUTOFFS)
        counts.append(spectrum.counts.reshape(len(ELEMENT_CUTOFFS), -1))
        lines.append((name, str(5.0 + number), "train"))
        smiles.append((name, Chem.MolToSmiles(ligand.mol)))
    np.savez(
        tmp_path / "spectra.npz",
        counts=np.array(counts).astype(np.uint16),
        ids=np.array(list(complexes)),
        cutoffs=np.array(ELEMENT_CUTOFFS, dtype=np.float32),
        pairs=np.array(ELEMENT_PAIRS),
    )
    for name, rows in (("spectra.csv", lines), ("ligands.csv", smiles)):
        with (tmp_path / name).open("w", newline="") as stream:
            csv.writer(stream).writerows(rows)
    return tmp_path


def planted(count: int, seed: int = 0, offset: float = 0.0) -> MemoryTable:
    """Return rows whose pK is the sum of two columns, in series of ten that share an offset."""
    random = torch.Generator().manual_seed(seed)
    rows = torch.zeros(count, ROW_WIDTH)
    rows[:, :60] = torch.randn(count, 60, generator=random)
    shift = offset * torch.randn(count // 10 + 1, generator=random).repeat_interleave(10)[:count]
    return MemoryTable(
        tuple(str(row) for row in range(count)),
        rows,
        6.0 + rows[:, 0] + rows[:, 50] + shift,
        torch.ones(count),
        tuple(f"series-{row // 10}" if offset else "" for row in range(count)),
        ("",) * count,
    )


def test_graph_rows_are_what_the_network_reads(dataset: Dataset) -> None:
    table = graph_table(dataset, weights={"docked": 0.4})
    assert table.ids == tuple(row.id for row in dataset.rows[:-1])
    assert table.pK.tolist() == [5.0, 6.0, 7.0]
    assert table.weight.tolist() == pytest.approx([1.0, 0.4, 1.0])
    assert table.group == table.source == ("", "docked", "")
    expected = MemoryNetwork(SMALL).row(collate([dataset.graph(index) for index in range(3)]))
    torch.testing.assert_close(table.rows, expected)
    assert graph_table(dataset, [2, 3]).ids == table.ids[2:]


def test_published_rows_are_close_to_those_of_graphs(dataset: Dataset, spectra: Path) -> None:
    table, failures = spectra_table(
        spectra, [spectra / "ligands.csv"], without={dataset.rows[0].id}
    )
    assert not failures
    assert table.ids == tuple(row.id for row in dataset.rows[1:])
    graphs = graph_table(dataset, [1, 2]).rows
    spectrum = WIDTHS["spectrum"]
    torch.testing.assert_close(table.rows[:2, spectrum:], graphs[:, spectrum:])
    difference = (table.rows[:2] - graphs)[:, :spectrum]
    assert difference.square().mean().sqrt() < 0.1
    assert difference.abs().max() < 0.8


def test_a_ligand_that_is_none_costs_its_row(spectra: Path) -> None:
    path = spectra / "ligands.csv"
    lines = path.read_text().splitlines()
    path.write_text("\n".join([*lines[:-1], lines[-1].split(",")[0] + ",C1CC"]) + "\n")
    table, failures = spectra_table(spectra, [path])
    assert len(table) == len(lines) - 2
    assert [one.id for one in failures] == [lines[-1].split(",")[0]]
    assert "is no SMILES" in failures[0].reason
    path.write_text("\n".join(lines[:-1]) + "\n")
    table, failures = spectra_table(spectra, [path])
    assert [one.id for one in failures] == [lines[-1].split(",")[0]]
    assert "no table of ligands" in failures[0].reason
    other = path.with_name("more.csv")
    other.write_text("\n".join((lines[0], lines[-1])) + "\n")
    assert len(spectra_table(spectra, [path, other])[0]) == len(lines) - 1


def test_files_that_are_none_are_named(tmp_path: Path, spectra: Path) -> None:
    with pytest.raises(FileUnreadable, match=r"spectra\.npz is no archive"):
        spectra_table(tmp_path / "nowhere", [spectra / "ligands.csv"])
    (spectra / "ligands.csv").write_text("id,structure\n1abc,CCO\n")
    with pytest.raises(FileUnreadable, match="columns id and smiles"):
        spectra_table(spectra, [spectra / "ligands.csv"])
    with pytest.raises(InputError, match="no measured complex"):
        join_tables([planted(10).take([])])


def test_tables_join_in_order() -> None:
    parts = [planted(7), planted(5, seed=1, offset=1.0)]
    table = join_tables(parts)
    assert table.ids == parts[0].ids + parts[1].ids
    assert torch.equal(table.rows, torch.cat([part.rows for part in parts]))
    assert torch.equal(table.pK[7:], parts[1].pK)


def test_same_seed_same_network_and_the_state_of_torch_is_left_alone() -> None:
    table = planted(100)
    torch.manual_seed(5)
    before = torch.get_rng_state()
    first, second, third = (
        fit_memory_network(SMALL, table, QUICK, seed=seed).state_dict() for seed in (1, 1, 2)
    )
    assert torch.equal(before, torch.get_rng_state())
    assert all(torch.equal(first[key], second[key]) for key in first)
    assert not torch.equal(first["value.weight"], third["value.weight"])


def test_learns_a_planted_sum() -> None:
    training = MemoryTrainingConfig(epochs=40, batch_size=32, learning_rate=5e-3)
    config = MemoryNetworkConfig(hidden=(16,), dropout=0.0)
    network = fit_memory_network(config, planted(800), training, seed=0)
    test = planted(200, seed=1)
    with torch.no_grad():
        pK, spread = network.from_features(test.rows)
    error = pK - test.pK
    assert float(error.square().mean().sqrt()) < 0.35 * float(test.pK.std())
    assert (spread >= 0.3).all()


def test_rows_of_no_weight_teach_nothing() -> None:
    table = planted(200)
    wrong = planted(200, seed=3)
    wrong = MemoryTable(
        wrong.ids, wrong.rows, 100.0 + wrong.pK, 0.0 * wrong.weight, wrong.group, wrong.source
    )
    network = fit_memory_network(SMALL, join_tables([table, wrong]), QUICK, seed=0)
    with torch.no_grad():
        assert float(network.from_features(table.rows)[0].mean()) < 8.0


def test_differences_within_series_are_learned_through_offsets() -> None:
    table, test = planted(400, offset=4.0), planted(200, seed=1)
    found = {}
    for within in (0.0, 3.0):
        training = MemoryTrainingConfig(
            epochs=20, batch_size=40, learning_rate=5e-3, within=within, together=10
        )
        network = fit_memory_network(SMALL, table, training, seed=0)
        with torch.no_grad():
            predicted = network.from_features(test.rows)[0]
        found[within] = float(torch.corrcoef(torch.stack((predicted, test.pK)))[0, 1])
    assert found[3.0] > found[0.0] + 0.05


def test_within_group_loss_by_hand() -> None:
    error = torch.tensor([1.0, 3.0, 5.0, 7.0, 100.0], requires_grad=True)
    group = torch.tensor([0, 0, NO_GROUP, NO_GROUP, 1])
    loss = within_group_loss(error, group, torch.ones(5))
    assert float(loss.detach()) == pytest.approx(1.0)
    shifted = within_group_loss(error + 10.0 * (group == 0), group, torch.ones(5))
    assert float(shifted.detach()) == pytest.approx(1.0)
    nothing = within_group_loss(error, torch.full((5,), NO_GROUP), torch.ones(5))
    assert float(nothing.detach()) == 0.0


def test_batches_hold_every_row_once_and_keep_groups_together() -> None:
    group = group_numbers(["b"] * 6 + [""] * 12 + ["a"] * 5 + [""])
    assert group.tolist() == [1] * 6 + [NO_GROUP] * 12 + [0] * 5 + [NO_GROUP]
    torch.manual_seed(0)
    found = list(batches(group, 8, 3))
    assert sorted(torch.cat(found).tolist()) == list(range(24))
    assert [len(one) for one in found] == [8, 8, 8]
    meetings = sum(
        int((group[one][:, None] == group[one][None]).triu(1)[group[one] != NO_GROUP].sum())
        for one in found
    )
    assert meetings >= 6
    again = torch.cat(list(batches(group, 8, 3)))
    assert again.tolist() != torch.cat(found).tolist()
    assert [len(one) for one in batches(group[:5], 8, 3)] == [5]
