"""The published contact spectrum made smooth: element pairs in shells, from a graph in torch.

A pair fades from one shell into the next over FADE as half a cosine
(:func:`molattn.graph.spectrum.contact_spectrum` with ``smooth``), always between two of the
published cutoffs. The last fade ends where the graph's list of pairs ends, so every pair that
counts is there and none jumps.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor, nn

from molattn.graph.fields import CONTACT_CUTOFF, EDGE_LEVELS
from molattn.graph.geometry import Geometry, length
from molattn.graph.graph import ComplexGraph
from molattn.graph.spectrum import ELEMENT_PAIRS, LIGAND_ELEMENTS, PROTEIN_ELEMENTS
from molattn.graph.vocabulary import ELEMENTS, PROTEIN_ATOM_TYPES
from molattn.model.segments import segment_sum
from molattn.structure.records import Floats

FADE: Final = 0.5
"""Å over which a pair fades out around a cutoff, and from cutoff to cutoff: one fade begins where
the last ended."""

SHELL_CUTOFFS: Final = tuple(
    float(cutoff)
    for cutoff in np.arange(4.0 + FADE / 2.0, CONTACT_CUTOFF - FADE / 2.0 + 1e-9, FADE)
)
"""Å. Outer ends of the shells, in the middle of their fades."""

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

    def forward(self, graph: ComplexGraph, geometry: Geometry | None = None) -> Tensor:
        """Return [B, SPECTRUM_WIDTH] for a collated batch; not negative.

        Parameters
        ----------
        graph
            The batch.
        geometry
            Its distances, where they are known already or others are meant.
        """
        ligand, pocket = graph["ligand"], graph["pocket_atom"]
        edges = graph[EDGE_LEVELS["pair"]]
        atom, partner = edges.edge_index
        left = self.protein_class[pocket.atom_type].index_select(0, partner)
        right = self.ligand_class[ligand.element].index_select(0, atom)
        used = torch.nonzero((left >= 0) & (right >= 0))[:, 0]
        if geometry is None:
            atom, partner = atom[used], partner[used]
            distance = length(ligand.position[atom] - pocket.position[partner])
        else:
            distance = geometry.pair_distance[used]
        pair = left[used] * len(LIGAND_ELEMENTS) + right[used]
        return self._count(distance, pair, edges.batch[used], len(graph["descriptors"]))

    def _count(self, distance: Tensor, pair: Tensor, batch: Tensor, complexes: int) -> Tensor:
        """Sum pairs [p] at distances in Å into shells, [B, SPECTRUM_WIDTH].

        A pair lies in one fade, so it is shared by two shells; what leaves the last shell falls
        into one more that is dropped.
        """
        steps = ((distance - SHELL_CUTOFFS[0]) / FADE + 0.5).clamp(0.0, len(SHELL_CUTOFFS))
        # a pair whose distance rounds to the end of contacts has left the last shell
        inner = steps.detach().floor().clamp_max(len(SHELL_CUTOFFS) - 1.0)
        staying = 0.5 + 0.5 * torch.cos(torch.pi * (steps - inner))
        shells = len(SHELL_CUTOFFS) + 1
        index = (batch * shells + inner.long()) * len(ELEMENT_PAIRS) + pair
        counts = segment_sum(
            torch.cat((staying, 1.0 - staying)),
            torch.cat((index, index + len(ELEMENT_PAIRS))),
            complexes * shells * len(ELEMENT_PAIRS),
        ).view(complexes, shells, len(ELEMENT_PAIRS))
        return counts[:, :-1].reshape(complexes, SPECTRUM_WIDTH)


def smooth_from_published(counts: ArrayLike, cutoffs: ArrayLike) -> Floats:
    """Return the smooth spectrum of published counts, [n, SPECTRUM_WIDTH].

    Published counts are cumulative and hard at cutoffs FADE apart. Pairs spread evenly between two
    of them fade on average as the mean of both.

    Parameters
    ----------
    counts
        [n, cutoffs, pairs], pairs as ELEMENT_PAIRS.
    cutoffs
        [cutoffs] Å, growing; both ends of every fade are among them.

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

    within = (at(-FADE / 2.0) + at(FADE / 2.0)) / 2.0
    within[:, 1:] -= within[:, :-1].copy()
    return within.reshape(len(hard), SPECTRUM_WIDTH)
