"""The published contact spectrum made smooth: element pairs in shells, from a graph in torch.

A pair counts in full within a cutoff up to half of FADE before it and fades out as half a cosine
until half of FADE beyond it (:func:`molattn.graph.spectrum.contact_spectrum` with ``smooth``). The
last cutoff ends where the pocket ends, so every pair that counts is in the graph and none jumps.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor, nn

from molattn.graph.fields import POCKET_CUTOFF
from molattn.graph.geometry import length
from molattn.graph.graph import ComplexGraph
from molattn.graph.spectrum import ELEMENT_PAIRS, LIGAND_ELEMENTS, PROTEIN_ELEMENTS
from molattn.graph.vocabulary import ELEMENTS, PROTEIN_ATOM_TYPES
from molattn.model.segments import segment_sum
from molattn.structure.records import Floats

STEP: Final = 0.5
"""Å between cutoffs."""

FADE: Final = 2.0 * STEP
"""Å over which a pair fades out around a cutoff."""

SHELL_CUTOFFS: Final = tuple(
    float(cutoff) for cutoff in np.arange(4.5, POCKET_CUTOFF - FADE / 2.0 + 1e-9, STEP)
)
"""Å. Outer ends of the shells."""

SPECTRUM_WIDTH: Final = len(SHELL_CUTOFFS) * len(ELEMENT_PAIRS)

_ELEMENT_OF_FIRST_WORD: Final = {"carbon": "C", "nitrogen": "N", "oxygen": "O", "sulfur": "S"}
_BACKBONE: Final = {"backbone_nitrogen": "N", "backbone_oxygen": "O"}


def _protein_class() -> Tensor:
    """Return the row of PROTEIN_ELEMENTS of each atom type; -1 for what is no amino acid."""

    def row(name: str) -> int:
        first = name.split("_", maxsplit=1)[0]
        element = "C" if first == "backbone" else _ELEMENT_OF_FIRST_WORD.get(first, "")
        element = _BACKBONE.get(name, element)
        return PROTEIN_ELEMENTS.index(element) if element else -1

    return torch.tensor([row(name) for name in PROTEIN_ATOM_TYPES])


def _ligand_class() -> Tensor:
    """Return the row of LIGAND_ELEMENTS of each element; -1 for the rest."""
    return torch.tensor(
        [LIGAND_ELEMENTS.index(e) if e in LIGAND_ELEMENTS else -1 for e in ELEMENTS]
    )


class ElementSpectrum(nn.Module):
    """Smooth counts of element pairs in shells, flat [shells × pairs], pairs as ELEMENT_PAIRS.

    The atoms of amino acids count on the protein side, modified ones as their parents; metals,
    cofactors, nucleotides and waters do not.
    """

    protein_class: Tensor
    ligand_class: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("protein_class", _protein_class(), persistent=False)
        self.register_buffer("ligand_class", _ligand_class(), persistent=False)

    def forward(self, graph: ComplexGraph) -> Tensor:
        """Return [B, SPECTRUM_WIDTH] for a collated batch; not negative."""
        ligand, pocket = graph["ligand"], graph["pocket_atom"]
        atom_class = self.ligand_class[ligand.element]
        partner_class = self.protein_class[pocket.atom_type]
        atoms, partners = (torch.nonzero(one >= 0)[:, 0] for one in (atom_class, partner_class))
        complexes = len(graph["descriptors"])
        first, second = every_pair(ligand.batch[atoms], pocket.batch[partners], complexes)
        atom, partner = atoms[first], partners[second]
        distance = length(ligand.position[atom] - pocket.position[partner])
        near = torch.nonzero(distance < SHELL_CUTOFFS[-1] + FADE / 2.0)[:, 0]
        atom, partner = atom[near], partner[near]
        pair = partner_class[partner] * len(LIGAND_ELEMENTS) + atom_class[atom]
        return self._count(distance[near], pair, ligand.batch[atom], complexes)

    def _count(self, distance: Tensor, pair: Tensor, batch: Tensor, complexes: int) -> Tensor:
        """Sum pairs [p] at distances in Å into shells, [B, SPECTRUM_WIDTH].

        A pair lies in the fade of two neighbouring cutoffs, so it is shared by three shells. One
        more shell before the first and two beyond the last take what falls there.
        """
        steps = ((distance - SHELL_CUTOFFS[0]) / STEP + 1.0).clamp_min(0.0)
        inner = steps.detach().floor()
        turn = 0.5 * torch.pi * (steps - inner)
        within_outer, within_inner = 0.5 + 0.5 * torch.cos(turn), 0.5 - 0.5 * torch.sin(turn)
        shares = (within_inner, within_outer - within_inner, 1.0 - within_outer)
        shells = len(SHELL_CUTOFFS) + 3
        index = (batch * shells + inner.long()) * len(ELEMENT_PAIRS) + pair
        counts = segment_sum(
            torch.cat(shares),
            torch.cat([index + shell * len(ELEMENT_PAIRS) for shell in range(len(shares))]),
            complexes * shells * len(ELEMENT_PAIRS),
        ).view(complexes, shells, len(ELEMENT_PAIRS))
        counts = torch.cat((counts[:, :1] + counts[:, 1:2], counts[:, 2:-2]), 1)
        return counts.reshape(complexes, SPECTRUM_WIDTH)


def every_pair(first: Tensor, second: Tensor, groups: int) -> tuple[Tensor, Tensor]:
    """Return the rows of every pair within one group, without padding.

    Parameters
    ----------
    first, second
        [n] and [m] the group of each row, growing.
    groups
        Count of groups.

    Returns
    -------
    rows of first, rows of second
        [pairs] each.
    """
    size = torch.bincount(second, minlength=groups)
    start = size.cumsum(0) - size
    partners = size[first]
    row = torch.repeat_interleave(torch.arange(len(first), device=first.device), partners)
    before = partners.cumsum(0) - partners
    place = torch.arange(len(row), device=row.device) - before[row]
    return row, start[first[row]] + place


def smooth_from_published(counts: ArrayLike, cutoffs: ArrayLike) -> Floats:
    """Return the smooth spectrum of published counts, [n, SPECTRUM_WIDTH].

    Published counts are cumulative and hard at cutoffs STEP apart. Pairs spread evenly between two
    cutoffs fade on average as ``(h(c - STEP) + 2 h(c) + h(c + STEP)) / 4``.

    Parameters
    ----------
    counts
        [n, cutoffs, pairs], pairs as ELEMENT_PAIRS.
    cutoffs
        [cutoffs] Å, growing; every SHELL_CUTOFFS and its neighbours at STEP are among them.

    Raises
    ------
    ValueError
        A cutoff is missing or the pairs are others.
    """
    hard, edges = np.asarray(counts, dtype=np.float64), np.asarray(cutoffs, dtype=np.float64)
    if hard.ndim != 3 or hard.shape[1:] != (len(edges), len(ELEMENT_PAIRS)):
        raise ValueError(
            f"published counts are [complexes, {len(edges)} cutoffs, {len(ELEMENT_PAIRS)} pairs], "
            f"got {list(hard.shape)}"
        )
    place = {round(float(edge), 3): row for row, edge in enumerate(edges)}

    def at(shift: float) -> Floats:
        wanted = [round(cutoff + shift, 3) for cutoff in SHELL_CUTOFFS]
        missing = [cutoff for cutoff in wanted if cutoff not in place]
        if missing:
            raise ValueError(f"published counts lack the cutoff {missing[0]:g} Å")
        return hard[:, [place[cutoff] for cutoff in wanted]]

    within = (at(-STEP) + 2.0 * at(0.0) + at(STEP)) / 4.0
    within[:, 1:] -= within[:, :-1].copy()
    return within.reshape(len(hard), SPECTRUM_WIDTH)
