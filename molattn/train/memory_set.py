"""What a memory network learns from: rows of sums over complexes, from graphs or published counts.

A published spectrum has no structure; its ligand comes as SMILES, from which descriptors and
fingerprint are the same as from a pose.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from zipfile import BadZipFile

import numpy as np
import torch
from rdkit import Chem
from torch import Tensor

from molattn.errors import FileUnreadable, InputError
from molattn.graph.batch import collate
from molattn.graph.descriptors import ligand_descriptors
from molattn.graph.fields import DESCRIPTOR_COUNT, FINGERPRINT_BITS
from molattn.graph.fingerprint import ligand_fingerprint
from molattn.graph.ligand_features import ligand_features
from molattn.graph.spectrum import ELEMENT_PAIRS
from molattn.model.element_spectrum import ElementSpectrum, smooth_from_published
from molattn.model.memory_network import ROW_WIDTH, memory_row
from molattn.structure.records import Floats
from molattn.structure.source import read_text
from molattn.structure.standard_form import standard_form
from molattn.train.dataset import Dataset
from molattn.train.graph_cache import RowFailure
from molattn.train.ligand_likeness import flat_smiles_of_text

_GRAPHS_AT_ONCE: Final = 32


@dataclass(frozen=True, slots=True, eq=False)
class MemoryTable:
    """Rows to learn from.

    Attributes
    ----------
    ids
        One a row; rows of several sources may share one.
    rows
        [n, ROW_WIDTH] float32, as :func:`molattn.model.memory_network.memory_row` makes them.
    pK
        [n] measured.
    weight
        [n] of the row in the losses.
    group
        Series or assay within which labels share an offset, "" for none.
    source
        Where each row comes from.
    """

    ids: tuple[str, ...]
    rows: Tensor
    pK: Tensor
    weight: Tensor
    group: tuple[str, ...]
    source: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.ids)

    def take(self, rows: Sequence[int]) -> MemoryTable:
        """Return the named rows."""
        index = torch.as_tensor(list(rows), dtype=torch.int64)
        return MemoryTable(
            tuple(self.ids[row] for row in rows),
            self.rows[index],
            self.pK[index],
            self.weight[index],
            tuple(self.group[row] for row in rows),
            tuple(self.source[row] for row in rows),
        )


def join_tables(tables: Sequence[MemoryTable]) -> MemoryTable:
    """Return the rows of several tables, one after the other.

    Raises
    ------
    InputError
        There is no row.
    """
    if not sum(len(table) for table in tables):
        raise InputError("There is no measured complex to learn from; check the sources and ids.")
    return MemoryTable(
        tuple(one for table in tables for one in table.ids),
        torch.cat([table.rows for table in tables]),
        torch.cat([table.pK for table in tables]),
        torch.cat([table.weight for table in tables]),
        tuple(one for table in tables for one in table.group),
        tuple(one for table in tables for one in table.source),
    )


@torch.no_grad()
def graph_table(
    dataset: Dataset,
    examples: Sequence[int] | None = None,
    weights: Mapping[str, float] | None = None,
) -> MemoryTable:
    """Return the rows of labelled examples of a data set.

    Parameters
    ----------
    dataset
        Graphs with labels.
    examples
        Those that take part, all by default; what has no label is left out.
    weights
        Weight of each source, 1 where none is given.
    """
    chosen = range(len(dataset)) if examples is None else examples
    chosen = [index for index in chosen if dataset.examples[index].labelled]
    spectrum = ElementSpectrum()
    parts = [torch.zeros(0, ROW_WIDTH)]
    for start in range(0, len(chosen), _GRAPHS_AT_ONCE):
        graphs = [dataset.graph(index) for index in chosen[start : start + _GRAPHS_AT_ONCE]]
        batch = collate(graphs)
        parts.append(memory_row(spectrum(batch), batch["descriptors"], batch["fingerprint"]))
    rows = [dataset.rows[dataset.examples[index].row] for index in chosen]
    given = weights or {}
    return MemoryTable(
        tuple(row.id for row in rows),
        torch.cat(parts),
        torch.tensor([dataset.examples[index].pK for index in chosen]),
        torch.tensor([given.get(row.source, 1.0) for row in rows]),
        tuple(row.group for row in rows),
        tuple(row.source for row in rows),
    )


def spectra_table(
    folder: Path,
    ligands: Path | Sequence[Path],
    *,
    without: Collection[str] = (),
    weight: float = 1.0,
    source: str = "spectra",
) -> tuple[MemoryTable, tuple[RowFailure, ...]]:
    """Return the rows of published spectra, and those that gave none.

    Parameters
    ----------
    folder
        Holds ``spectra.npz`` (counts, ids, cutoffs, pairs) and ``spectra.csv`` (id, pK).
    ligands
        One or several CSV files with id and smiles; the first that has an id counts.
    without
        Ids to leave out: held out, or there as graphs.
    weight, source
        Of these rows.

    Raises
    ------
    FileUnreadable
        A file is missing or not what it should be.
    """
    counts, ids, cutoffs = _read_spectra(folder / "spectra.npz")
    labels = _column(folder / "spectra.csv", "pK")
    smiles: dict[str, str] = {}
    for path in [ligands] if isinstance(ligands, Path) else ligands:
        smiles = _column(path, "smiles") | {key: text for key, text in smiles.items() if text}
    kept: list[int] = []
    found: list[tuple[Floats, Floats]] = []
    failures: list[RowFailure] = []
    for row, identity in enumerate(ids):
        if identity in without or not _is_number(labels.get(identity, "")):
            continue
        if not smiles.get(identity):
            failures.append(RowFailure(identity, "no table of ligands has a SMILES of this id."))
            continue
        try:
            found.append(ligand_row(smiles[identity]))
            kept.append(row)
        except InputError as error:
            failures.append(RowFailure(identity, str(error)))
    spectra = smooth_from_published(counts[kept], cutoffs)
    descriptors = np.array([one[0] for one in found]).reshape(-1, DESCRIPTOR_COUNT)
    fingerprints = np.array([one[1] for one in found]).reshape(-1, FINGERPRINT_BITS)
    parts = (torch.from_numpy(part).float() for part in (spectra, descriptors, fingerprints))
    table = MemoryTable(
        tuple(ids[row] for row in kept),
        memory_row(*parts),
        torch.tensor([float(labels[ids[row]]) for row in kept]),
        torch.full((len(kept),), weight),
        ("",) * len(kept),
        (source,) * len(kept),
    )
    return table, tuple(failures)


def ligand_row(smiles: str) -> tuple[Floats, Floats]:
    """Return descriptors [DESCRIPTOR_COUNT] and fingerprint [FINGERPRINT_BITS] of a SMILES.

    Raises
    ------
    InputError
        It is no SMILES of a molecule.
    """
    mol = standard_form(Chem.MolFromSmiles(flat_smiles_of_text(smiles)))
    # positions decide about planes alone, and no descriptor looks at a plane
    features = ligand_features(mol, np.zeros((mol.GetNumAtoms(), 3)))
    return ligand_descriptors(mol, features), ligand_fingerprint(mol)


def _read_spectra(path: Path) -> tuple[Floats, list[str], Floats]:
    arrays = _read_npz(path, ("counts", "ids", "cutoffs", "pairs"))
    if tuple(arrays["pairs"].tolist()) != ELEMENT_PAIRS:
        raise FileUnreadable(f"{path} counts other pairs than those of elements, C-Br to S-S.")
    return arrays["counts"], arrays["ids"].tolist(), arrays["cutoffs"]


def _read_npz(path: Path, wanted: Sequence[str]) -> dict[str, Floats]:
    try:
        with np.load(path, allow_pickle=False) as archive:
            return {name: archive[name] for name in wanted}
    except (OSError, ValueError, KeyError, BadZipFile) as error:
        raise FileUnreadable(
            f"{path} is no archive of {', '.join(wanted)} ({error}); give another."
        ) from error


def _column(path: Path, name: str) -> dict[str, str]:
    """Return one column of a CSV by id."""
    rows = list(csv.DictReader(io.StringIO(read_text(path), newline="")))
    if rows and not {"id", name} <= set(rows[0]):
        raise FileUnreadable(f"{path} has no columns id and {name}; name them so.")
    return {row["id"].strip(): (row[name] or "").strip() for row in rows}


def _is_number(cell: str) -> bool:
    try:
        return math.isfinite(float(cell))
    except ValueError:
        return False
