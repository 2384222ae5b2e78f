"""Altered copies of a batch to learn from: atoms and residues hidden, ligands shifted and turned.

Both are pure functions of the batch and a seeded generator. A masked atom loses its type, element,
roles and features; a masked residue loses its type, the types and roles of its atoms, and whatever
of its geometry would give it away: its side chain takes no part.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass

import torch
from torch import Tensor

from molattn.graph.fields import EDGE_LEVELS
from molattn.graph.graph import ComplexGraph
from molattn.graph.vocabulary import (
    ELEMENTS,
    LIGAND_ATOM_TYPES,
    PROTEIN_ATOM_TYPES,
    RESIDUE_TYPES,
    index_of,
)

_ATOM = index_of(LIGAND_ATOM_TYPES, "other")
_ELEMENT = index_of(ELEMENTS, "other")
_RESIDUE = index_of(RESIDUE_TYPES, "unknown")
_POCKET_ATOM = index_of(PROTEIN_ATOM_TYPES, "other")
_AMINO_ACIDS = 20
"""The first entries of RESIDUE_TYPES; only these are masked."""


@dataclass(frozen=True, slots=True, eq=False)
class Masked:
    """A batch with some rows hidden, and what was there."""

    graph: ComplexGraph
    atoms: Tensor  # [a] bool, hidden ligand atoms
    residues: Tensor  # [r] bool, hidden residues
    atom_type: Tensor  # [a] true types
    residue_type: Tensor  # [r] true types


def mask(graph: ComplexGraph, share: float, generator: torch.Generator) -> Masked:
    """Hide a share of the ligand atoms and of the amino acids of a batch.

    Parameters
    ----------
    graph
        From :func:`molattn.graph.batch.collate`; it is not changed.
    share
        Chance of each atom and each residue to be hidden.
    generator
        On the processor.
    """
    altered = copy.copy(graph)
    ligand, residue, pocket = altered["ligand"], altered["residue"], altered["pocket_atom"]
    atom_type, residue_type = ligand.atom_type, residue.residue_type
    atoms = _draw(atom_type, share, generator)
    residues = _draw(residue_type, share, generator) & (residue_type < _AMINO_ACIDS)

    ligand.masked, residue.masked = atoms, residues
    ligand.atom_type = atom_type.masked_fill(atoms, _ATOM)
    ligand.element = ligand.element.masked_fill(atoms, _ELEMENT)
    ligand.roles = ligand.roles.masked_fill(atoms.unsqueeze(-1), 0.0)
    ligand.features = ligand.features.masked_fill(atoms.unsqueeze(-1), 0.0)

    hidden = residues[pocket.residue]
    side_chain = hidden & (pocket.is_sidechain > 0)
    residue.residue_type = residue_type.masked_fill(residues, _RESIDUE)
    residue.reliability = residue.reliability.masked_fill(residues.unsqueeze(-1), 0.0)
    pocket.atom_type = pocket.atom_type.masked_fill(hidden, _POCKET_ATOM)
    pocket.element = pocket.element.masked_fill(hidden, _ELEMENT)
    pocket.roles = pocket.roles.masked_fill(hidden.unsqueeze(-1), 0.0)
    pocket.is_sidechain = pocket.is_sidechain.masked_fill(hidden, 0.0)
    pair = altered[EDGE_LEVELS["pair"]]
    kept = ~side_chain[pair.edge_index[1]]
    pair.contact, pair.batch = pair.contact[kept], pair.batch[kept]
    pair.edge_index = pair.edge_index[:, kept]
    return Masked(altered, atoms, residues, atom_type, residue_type)


def _draw(rows: Tensor, share: float, generator: torch.Generator) -> Tensor:
    return (torch.rand(len(rows), generator=generator) < share).to(rows.device)


def shift_ligands(
    graph: ComplexGraph, size: float, generator: torch.Generator
) -> tuple[ComplexGraph, Tensor]:
    """Move each ligand of a batch as a rigid body, by about ``size`` Å in all.

    The edges stay: distances that pass a cutoff fade there.

    Parameters
    ----------
    graph
        From :func:`molattn.graph.batch.collate`; it is not changed.
    size
        Å, deviation of the shift along each axis, and of the turn at the ligand's radius.
    generator
        On the processor.

    Returns
    -------
    graph
        The moved batch.
    back
        [a, 3] Å from where each atom is to where it was.
    """
    altered = copy.copy(graph)
    ligand = altered["ligand"]
    position, batch, complexes = ligand.position, ligand.batch, graph.num_graphs
    draw = torch.randn(2, complexes, 3, generator=generator).to(position)
    count = torch.bincount(batch, minlength=complexes).clamp_min(1).to(position).unsqueeze(-1)
    zero = position.new_zeros(complexes, 3)
    first = position[torch.searchsorted(batch, torch.arange(complexes, device=batch.device))]
    # offsets from an atom first: no loss of digits far from the origin
    centre = first + zero.index_add(0, batch, position - first[batch]) / count
    offset = position - centre[batch]
    radius = (zero.index_add(0, batch, offset.square()).sum(-1, keepdim=True) / count).sqrt()
    turn = torch.linalg.matrix_exp(_cross_matrix(size * draw[1] / radius[:, :1].clamp_min(1.0)))
    moved = (turn[batch] @ offset.unsqueeze(-1)).squeeze(-1) + size * draw[0][batch]
    ligand.position = centre[batch] + moved
    return altered, offset - moved


def _cross_matrix(axis: Tensor) -> Tensor:
    x, y, z = axis.unbind(-1)
    zero = torch.zeros_like(x)
    return torch.stack((zero, -z, y, z, zero, -x, -y, x, zero), -1).view(-1, 3, 3)
