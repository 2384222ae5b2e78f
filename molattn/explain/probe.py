"""Whether attention finds a signal that was planted: one pair, one distance or one angle.

A small network of the shipped kind learns the labels of :mod:`molattn.explain.planted_complexes`
from scratch. Then its attention should rank the planted pair first in complexes it has not seen,
and the pair's attention and logit, as its residue is moved, should peak where the label does. With
shuffled labels there is nothing to find, and nothing should be found.

The network has one head and silent values, so that what it knows of the geometry must show in its
attention; with several, heads that rise and heads that fall make a peak together and none has it.
An angle is hard to begin with: most networks never leave the mean of the labels. Several are
therefore begun, and the one that fits what it was trained on best is kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch

from molattn.explain.planted_complexes import (
    ATOM,
    BEST_ANGLE,
    BEST_DISTANCE,
    Floats,
    PlantedComplex,
    SignalName,
    ligand_positions,
    pair_graph,
    planted_complexes,
    signal_present,
)
from molattn.graph import collate
from molattn.graph.fields import EDGE_LEVELS
from molattn.model.config import NetworkConfig
from molattn.model.cross_attention import CrossAttentionBlock
from molattn.model.network import Network

_TURNS: Final = 12  # of the residue about the line of the pair, in a scan
_RATE: Final = 1e-2  # of learning
_LAST: Final = 50  # steps whose error is that of a network
_SHARP: Final = 2.0  # spread of the first weights on angles

CONFIG: Final = NetworkConfig(
    scalars=16,
    vectors=2,
    ligand_layers=1,
    pocket_layers=0,
    blocks=1,
    heads=1,
    head_width=8,
    radial=16,
    pair_width=16,
    queries=2,
    tokens=(),
    dropout=0.0,
)
"""A small network that has nothing but its contacts to answer from."""


def train(
    complexes: Sequence[PlantedComplex],
    seed: int,
    *,
    steps: int = 300,
    batch: int = 32,
    alone: bool = True,
) -> tuple[Network, float]:
    """Return a small network trained on the labels, and its squared error over the last steps.

    Parameters
    ----------
    complexes
        To learn from.
    seed
        Of the weights and of the order.
    steps, batch
        Steps of Adam, and complexes in each.
    alone
        Keep geometry out of the values, see :func:`attention_alone`.
    """
    torch.manual_seed(seed)
    network = attention_alone(Network(CONFIG)) if alone else Network(CONFIG)
    network.set_bias(float(np.mean([one.label for one in complexes])))
    order = np.random.default_rng(seed)
    learned = [one for one in network.parameters() if one.requires_grad]
    optimizer = torch.optim.AdamW(learned, lr=_RATE, weight_decay=1e-4)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, _RATE, total_steps=steps)
    losses = []
    for _ in range(steps):
        rows = order.choice(len(complexes), batch, replace=False)
        chosen = [complexes[row] for row in rows]
        answer = network(collate([one.graph for one in chosen]))
        labels = torch.tensor([one.label for one in chosen])
        loss = (answer.pK - labels).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        losses.append(loss.item())
    return network.eval().requires_grad_(False), float(np.mean(losses[-_LAST:]))


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read off a trained network, on complexes it has not seen.

    Attributes
    ----------
    correlation
        Of predicted and given labels.
    first
        Share of the complexes whose pair lies well (label without noise above half of the peak, of
        ``shuffled`` that before shuffling) in which the planted pair
        has the largest attention of all contacts, atoms asking, mean over heads.
    first_by_share
        The same by the size of the contact's share of pK.
    chance
        ``first`` of the network before training.
    attention, logit, share, answer
        Where along the scan of the pair each is largest, Å or degrees: its attention, its logit in
        the head where that varies most, its share of pK, and pK itself.
    """

    correlation: float
    first: float
    first_by_share: float
    chance: float
    attention: float
    logit: float
    share: float
    answer: float


def probe(
    signal: SignalName,
    seed: int,
    *,
    complexes: int = 500,
    held_out: int = 100,
    steps: int = 300,
    begun: int = 1,
    alone: bool = True,
) -> Reading:
    """Plant a signal, train, and read it off.

    Parameters
    ----------
    signal
        What the label depends on.
    seed
        Of weights and order; the complexes are the same for all seeds.
    complexes, held_out
        To learn from, and to be judged on.
    steps
        Of training.
    begun
        Networks begun, of which the one that fits its training best is read.
    alone
        Keep geometry out of the values, see :func:`attention_alone`.
    """
    known = planted_complexes(signal, complexes, seed=1)
    unseen = planted_complexes(signal, held_out, seed=2)
    torch.manual_seed(seed)
    untrained = Network(CONFIG).eval()
    chance, _, _ = _found(untrained, unseen, signal)
    seeds = range(seed * begun, (seed + 1) * begun)
    trained = [train(known, one, steps=steps, alone=alone) for one in seeds]
    network, _ = min(trained, key=lambda one: one[1])
    first, first_by_share, correlation = _found(network, unseen, signal)
    return Reading(correlation, first, first_by_share, chance, **_peaks(network, signal))


@torch.no_grad()
def _found(
    network: Network, complexes: Sequence[PlantedComplex], signal: SignalName
) -> tuple[float, float, float]:
    """Return how often the pair is first by attention and by share, and the correlation."""
    batch = collate([one.graph for one in complexes])
    answer = network(batch)
    owner = batch[EDGE_LEVELS["contact"]].batch
    firsts: list[tuple[bool, bool]] = []
    for number, one in enumerate(complexes):
        if signal_present(signal, one):
            rows = torch.nonzero(owner == number).squeeze(-1)
            attention, share = answer.attention[rows], answer.contact_share[rows].abs()
            firsts.append(
                (int(attention.argmax()) == one.contact, int(share.argmax()) == one.contact)
            )
    labels = [one.label for one in complexes]
    correlation = np.corrcoef(labels, answer.pK.double().numpy())[0, 1]
    first, by_share = np.mean(firsts, axis=0)
    return float(first), float(by_share), float(correlation)


@torch.no_grad()
def _peaks(network: Network, signal: SignalName) -> dict[str, float]:
    """Return where attention, logit and share of the pair are largest as its residue is moved.

    The pair is alone with the ligand; what is seen is the mean over twelve turns of the residue.
    """
    grid = scan_grid(signal)
    curves: dict[str, list[Floats]] = {"attention": [], "logit": [], "share": [], "answer": []}
    for turn in range(_TURNS):
        graphs = []
        for value in grid:
            fixed = (BEST_DISTANCE, value) if signal == "angle" else (value, BEST_ANGLE)
            distance, angle = fixed
            graphs.append(pair_graph(float(distance), float(angle), turn))
        batch = collate(graphs)
        answer = network(batch, keep=True)
        contact = batch[EDGE_LEVELS["contact"]]
        atoms = len(ligand_positions())
        rows = torch.nonzero(contact.edge_index[0] % atoms == ATOM).squeeze(-1)
        logits = torch.stack(list(answer.blocks[-1].atom_to_residue.logits.values())).sum(0)
        curves["attention"].append(answer.attention[rows].double().numpy())
        curves["share"].append(answer.contact_share[rows].double().numpy())
        curves["answer"].append(answer.pK.double().numpy())
        curves["logit"].append(logits[rows].double().numpy())
    logit = np.mean(curves["logit"], axis=0)
    head = int(np.ptp(logit, axis=0).argmax())
    means = {
        "attention": np.mean(curves["attention"], axis=0),
        "logit": logit[:, head],
        "share": np.mean(curves["share"], axis=0),
        "answer": np.mean(curves["answer"], axis=0),
    }
    return {name: float(grid[curve.argmax()]) for name, curve in means.items()}


def scan_grid(signal: SignalName) -> Floats:
    """Return the distances (Å) or angles (degrees) at which the pair is looked at."""
    return np.arange(82.0, 174.0, 2.0) if signal == "angle" else np.arange(2.2, 5.5, 0.05)


def attention_alone(network: Network) -> Network:
    """Return the network without geometry in its values: attention alone can carry it.

    A share of pK is attention times a value. Where both see the geometry, a distance may be
    learned by either, and the attention says nothing for sure. The same holds where attention
    first changes the features of an atom and a value is made of these, so messages are silent too.
    Angles are asked for sharply from the start, and a contact is worth 1 pK at first: both give the
    logits something to learn from.
    """
    torch.nn.init.ones_(network.readout.head_value.bias)
    blind = [network.readout.atoms]
    for block in network.blocks:
        assert isinstance(block, CrossAttentionBlock)
        blind += [block.atom_to_residue.out, block.residue_to_atom.out]
        first = block.atom_to_residue.logit_terms.get_submodule("terms.angle.net.0")
        for parameter in first.parameters():
            torch.nn.init.normal_(parameter, std=_SHARP)
    for layer in blind:
        for parameter in layer.parameters():
            torch.nn.init.zeros_(parameter).requires_grad_(False)
    return network
