"""Residues and contacts that leave the pocket by degrees, without touching the network.

A contact of presence λ is the same contact with every distance in it longer by ``(1 - λ)`` times
what is missing to the end of contacts: ligand atom and residue are pulled apart along the line
between them. At λ = 0 they no longer meet, so the answer is that of a graph without the contact, to
rounding; between, it changes as smoothly as the answer does when atoms move.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import torch
from torch import Tensor

from molattn.graph.fields import CONTACT_CUTOFF, EDGE_LEVELS, POCKET_CUTOFF
from molattn.graph.geometry import Geometry, envelope
from molattn.graph.graph import ComplexGraph

_BEYOND: Final = 0.01  # Å past a cutoff, so that rounding leaves nothing inside


@dataclass(frozen=True, slots=True, eq=False)
class Presence:
    """How much of each contact and residue of a batch is there, 0 to 1.

    Attributes
    ----------
    contact
        [contacts].
    residue
        [residues]; a residue that is gone must take its contacts along.
    """

    contact: Tensor
    residue: Tensor


def everything(graph: ComplexGraph) -> Presence:
    """Return the presence of a batch as it is."""
    position = graph["ligand"].position
    contacts = graph[EDGE_LEVELS["contact"]].edge_index.shape[1]
    residues = len(graph["residue"].kind)
    return Presence(position.new_ones(contacts), position.new_ones(residues))


def pulled_apart(graph: ComplexGraph, geometry: Geometry, presence: Presence) -> Geometry:
    """Return the geometry in which what is not present is out of reach.

    Parameters
    ----------
    graph
        A collated batch.
    geometry
        As it is.
    presence
        Of its contacts and residues.
    """
    missing = (CONTACT_CUTOFF + _BEYOND - geometry.contact_distance[:, 0]).clamp_min(0.0)
    further = missing * (1.0 - presence.contact)
    pair_distance = geometry.pair_distance + further[graph[EDGE_LEVELS["pair"]].contact]
    contact_distance = geometry.contact_distance + further.unsqueeze(-1)
    missing = (POCKET_CUTOFF + _BEYOND - geometry.residue_distance).clamp_min(0.0)
    residue_distance = geometry.residue_distance + missing * (1.0 - presence.residue)
    return replace(
        geometry,
        pair_distance=pair_distance,
        pair_envelope=envelope(pair_distance, CONTACT_CUTOFF),
        contact_distance=contact_distance,
        contact_envelope=envelope(contact_distance[:, 0], CONTACT_CUTOFF),
        residue_distance=residue_distance,
        residue_envelope=envelope(residue_distance, POCKET_CUTOFF),
    )


def without_residues(graph: ComplexGraph, gone: Tensor) -> Presence:
    """Return presences of one complex without some residues and their contacts.

    Parameters
    ----------
    graph
        One complex, collated alone.
    gone
        [n, residues] bool, a row for each answer wanted.

    Returns
    -------
    Presence
        ``contact`` [n, contacts], ``residue`` [n, residues].
    """
    here = (~gone).to(graph["ligand"].position)
    return Presence(here.index_select(1, graph[EDGE_LEVELS["contact"]].edge_index[1]), here)


def without_atoms(graph: ComplexGraph, gone: Tensor) -> Presence:
    """Return presences of one complex without the contacts of some ligand atoms.

    Parameters
    ----------
    graph
        One complex, collated alone.
    gone
        [n, atoms] bool.
    """
    here = (~gone).to(graph["ligand"].position)
    contact = here.index_select(1, graph[EDGE_LEVELS["contact"]].edge_index[0])
    residue = torch.ones(len(gone), len(graph["residue"].kind)).to(here)
    return Presence(contact, residue)
