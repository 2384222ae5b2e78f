"""Residues of a pocket changed to alanine, and the answer anew: an alanine scan in the file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

import numpy as np
import torch
from torch import nn

from molattn.explain.explanation import Mutation
from molattn.graph import build_graph, collate
from molattn.structure.records import Ligand, Pocket, ResidueKind

_ALANINE: Final = ("N", "CA", "C", "O", "OXT", "CB")
_SMALLER: Final = frozenset({"ALA", "GLY"})
_TOGETHER: Final = 16


def to_alanine(pocket: Pocket, row: int) -> Pocket:
    """Return the pocket with one residue cut back to alanine; its backbone stays where it is.

    Parameters
    ----------
    pocket
        As it is.
    row
        An amino acid that `can_mutate`.
    """
    atoms, residues = pocket.atoms, pocket.residues
    kept = np.flatnonzero((atoms.residue != row) | np.isin(atoms.name, _ALANINE))
    name, parent, kind = residues.name.copy(), residues.parent.copy(), residues.kind.copy()
    name[row] = parent[row] = "ALA"
    kind[row] = ResidueKind.AMINO_ACID
    return Pocket(
        atoms.take(kept, atoms.residue[kept]),
        replace(residues, name=name, parent=parent, kind=kind),
        pocket.notes,
    )


def can_mutate(pocket: Pocket, row: int) -> bool:
    """Return whether a residue has a side chain beyond alanine's."""
    return bool(
        pocket.residues.kind[row] <= ResidueKind.MODIFIED
        and pocket.residues.parent[row] not in _SMALLER
    )


@torch.no_grad()
def alanine_scan(
    ensemble: nn.Module,
    pocket: Pocket,
    ligand: Ligand,
    labels: Mapping[str, int],
    pK: float,
    *,
    temperature: float = 1.0,
) -> tuple[Mutation, ...]:
    """Return what alanine in the place of some residues changes; those without one are left out.

    Parameters
    ----------
    ensemble
        In evaluation mode.
    pocket, ligand
        The complex.
    labels
        Residues to change, by label, and their rows in the graph.
    pK
        Of the complex as it is.
    temperature
        Of every attention softmax.
    """
    residues = pocket.residues
    wanted = [
        (row, label)
        for row in range(len(residues))
        if (label := residues.label(row)) in labels and can_mutate(pocket, row)
    ]
    found: list[Mutation] = []
    for start in range(0, len(wanted), _TOGETHER):
        part = wanted[start : start + _TOGETHER]
        graphs = [build_graph(to_alanine(pocket, row), ligand) for row, _ in part]
        answer = ensemble(collate(graphs), temperature=temperature)
        found += [
            Mutation(labels[label], label, value - pK)
            for (_, label), value in zip(part, answer.pK.tolist(), strict=True)
        ]
    return tuple(sorted(found, key=lambda one: one.change))
