"""Which kind of interaction each attention head, and each learned query, looks at most.

A head that spread its attention evenly over the contacts within reach of whoever asks would give
each kind of interaction a certain part of it. The *enrichment* of a kind is the attention that its
contacts get, divided by that part; what goes to solvent counts on neither side. All kinds are
contacts at short distance, so a head that merely looks nearby is enriched in all of them; ``near``,
contacts under 4.5 Å of no kind at all, shows how much of it that is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from molattn.explain.head_maps import DIRECTIONS, HeadName
from molattn.graph import ComplexGraph, collate
from molattn.graph.fields import EDGE_LEVELS
from molattn.graph.geometry import Geometry, complex_geometry
from molattn.graph.vocabulary import INTERACTIONS
from molattn.model.interaction_labels import interaction_labels
from molattn.model.network import Network
from molattn.model.prediction import Prediction

Floats = NDArray[np.float64]

NEAR: Final = "near"
KINDS: Final = (*INTERACTIONS, NEAR)
"""Kinds of contact, those of :mod:`molattn.model.interaction_labels` and the rest nearby."""

_NEAR: Final = 4.5  # Å
_FEWEST: Final = 30  # contacts of a kind over all complexes, below which it is no preference
_DRAWS: Final = 500


@dataclass(frozen=True, slots=True)
class QueryName:
    """A learned query of a network's readout, counted from 0."""

    network: str
    query: int

    def __str__(self) -> str:
        return f"{self.network}/query/{self.query}"


Looker = HeadName | QueryName


@dataclass(frozen=True, slots=True, eq=False)
class Tally:
    """Attention by kind in one complex.

    Attributes
    ----------
    given, even
        By head or query: attention on the contacts of each of `KINDS`, and what even attention
        would give them, [kinds].
    contacts
        [kinds] contacts of each.
    """

    given: Mapping[Looker, Floats]
    even: Mapping[Looker, Floats]
    contacts: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Specialisation:
    """What one head or query looks at, over many complexes.

    Attributes
    ----------
    looker
        Which.
    enrichment, low, high
        [kinds] with both ends of the 95 % bootstrap interval over complexes; nan for kinds
        without contacts.
    preferred
        The kind of the largest enrichment among those that are no mere nearness and have thirty
        contacts or more, ``""`` where there is none.
    certain
        Whether its interval lies above the enrichment of every other kind.
    """

    looker: Looker
    enrichment: Floats
    low: Floats
    high: Floats
    preferred: str
    certain: bool


@torch.no_grad()
def tally(networks: Mapping[str, nn.Module], graph: ComplexGraph) -> Tally:
    """Return the attention by kind of every head and query in one complex.

    Parameters
    ----------
    networks
        In evaluation mode, by name; those that do not attend are passed over.
    graph
        The complex.
    """
    batch = collate([graph])
    geometry = complex_geometry(batch)
    kinds = contact_kinds(batch, geometry)
    atom, residue = batch[EDGE_LEVELS["contact"]].edge_index
    given: dict[Looker, Floats] = {}
    even: dict[Looker, Floats] = {}

    def add(looker: Looker, attention: Tensor, rows: Tensor) -> None:
        evenly = even_attention(attention, rows)
        given[looker] = (attention.double() @ kinds).numpy()
        even[looker] = (evenly @ kinds).numpy()

    for name, network in networks.items():
        answer: Prediction = network(batch, keep=True, geometry=geometry)
        for number, block in enumerate(answer.blocks):
            for direction, rows in zip(DIRECTIONS, (atom, residue), strict=True):
                attention = getattr(block, direction).attention
                for head, column in enumerate(attention.unbind(-1)):
                    add(HeadName(name, number, direction, head), column, rows)
        if answer.blocks:
            for query, column in enumerate(answer.query_attention.unbind(-1)):
                add(QueryName(name, query), column, torch.zeros_like(atom))
    return Tally(given, even, kinds.sum(0).numpy())


def contact_kinds(graph: ComplexGraph, geometry: Geometry) -> Tensor:
    """Return 1 or 0 per contact and kind of `KINDS`, float64 [contacts, kinds]."""
    labels = interaction_labels(graph, geometry).double()
    near = (geometry.contact_distance[:, 0] < _NEAR) & (labels.sum(-1) == 0)
    return torch.cat((labels, near.double().unsqueeze(-1)), -1)


def even_attention(attention: Tensor, rows: Tensor) -> Tensor:
    """Return the attention of each row spread evenly over its contacts, float64 [contacts].

    Parameters
    ----------
    attention
        [contacts]; its sum over a row stays as it is.
    rows
        [contacts] who asks.
    """
    size = int(rows.max()) + 1 if len(rows) else 0
    total = torch.zeros(size, dtype=torch.float64).index_add(0, rows, attention.double())
    count = torch.bincount(rows, minlength=size).double()
    return (total / count.clamp_min(1.0)).index_select(0, rows)


def specialisation(tallies: Sequence[Tally], seed: int = 0) -> list[Specialisation]:
    """Return what each head and query looks at, in the order of the networks.

    Parameters
    ----------
    tallies
        Of at least one complex; all of the same networks.
    seed
        Of the bootstrap.
    """
    draws = np.random.default_rng(seed).integers(len(tallies), size=(_DRAWS, len(tallies)))
    contacts = np.sum([one.contacts for one in tallies], axis=0)
    eligible = (contacts >= _FEWEST) & (np.array(KINDS) != NEAR)
    found = []
    for looker in tallies[0].given:
        given = np.array([one.given[looker] for one in tallies])
        even = np.array([one.even[looker] for one in tallies])
        value = _ratio(given.sum(axis=0), even.sum(axis=0))
        drawn = _ratio(given[draws].sum(axis=1), even[draws].sum(axis=1))
        known = ~np.isnan(drawn).all(axis=0)
        low, high = np.full_like(value, np.nan), np.full_like(value, np.nan)
        low[known], high[known] = np.nanpercentile(drawn[:, known], (2.5, 97.5), axis=0)
        found.append(_named(looker, value, low, high, eligible))
    return found


def _named(
    looker: Looker, value: Floats, low: Floats, high: Floats, eligible: NDArray[np.bool_]
) -> Specialisation:
    if not (eligible & ~np.isnan(value)).any():
        return Specialisation(looker, value, low, high, "", certain=False)
    best = int(np.nanargmax(np.where(eligible, value, np.nan)))
    others = np.delete(np.where(eligible | (np.array(KINDS) == NEAR), value, np.nan), best)
    certain = bool(low[best] > np.nanmax(others, initial=0.0))
    return Specialisation(looker, value, low, high, KINDS[best], certain)


def _ratio(given: Floats, even: Floats) -> Floats:
    ratio: Floats = np.divide(given, even, out=np.full_like(given, np.nan), where=even > 0)
    return ratio


@torch.no_grad()
def half_distances(networks: Mapping[str, nn.Module]) -> dict[Looker, float]:
    """Return the Å over which the attention of each head halves by its learned decay alone.

    What the radial correction of a head adds to its decay is not in it.
    """
    found: dict[Looker, float] = {}
    for name, network in networks.items():
        if not isinstance(network, Network):
            continue
        for number, block in enumerate(network.blocks):
            for direction in DIRECTIONS:
                terms = getattr(block, direction).logit_terms.terms
                if "distance" in terms:
                    for head, value in enumerate(terms["distance"].half_distance().tolist()):
                        found[HeadName(name, number, direction, head)] = value
    return found


def table(found: Sequence[Specialisation], half: Mapping[Looker, float]) -> list[list[str]]:
    """Return a heading and a row of text for each head and query.

    Columns: which, the enrichment in each of `KINDS`, the preferred kind with its 95 % interval,
    ``~`` before it where the interval does not clear the next kind, and the half-distance.
    """
    rows = [["head or query", *KINDS, "prefers", "half-distance, Å"]]
    for one in found:
        cells = ["–" if np.isnan(value) else f"{value:.2f}" for value in one.enrichment]
        words = "–"
        if one.preferred:
            place = KINDS.index(one.preferred)
            sure = "" if one.certain else "~ "
            words = f"{sure}{one.preferred} [{one.low[place]:.2f}, {one.high[place]:.2f}]"
        halves = f"{half[one.looker]:.2f}" if one.looker in half else "–"
        rows.append([str(one.looker), *cells, words, halves])
    return rows
