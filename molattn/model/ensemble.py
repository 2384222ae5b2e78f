"""Several trained members answering as one: a weighted mean whose ledger still adds up.

Every member answers with a :class:`~molattn.model.prediction.Prediction`; shares of pK, biases and
pK are weighted alike, so ``pK = bias + Σ contact_share + Σ token_share`` holds for the mean as it
does for each. The spread adds what the members say and how far they differ (the law of total
variance; Lakshminarayanan et al. 2017, arXiv 1612.01474).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import torch
from torch import Tensor, nn

from molattn.graph.fields import EDGE_LEVELS
from molattn.graph.geometry import Geometry, complex_geometry
from molattn.graph.graph import ComplexGraph
from molattn.model.mixing import Mixing, familiarity_of
from molattn.model.prediction import Prediction


class Ensemble(nn.Module):
    """A weighted mean of members.

    Parameters
    ----------
    members
        Name → network of any kind that answers a batch with a Prediction.
    mixing
        What each counts; a mapping name → weight counts the same for every complex.

    Raises
    ------
    ValueError
        If the weights do not fit the members.
    """

    def __init__(
        self, members: Mapping[str, nn.Module], mixing: Mixing | Mapping[str, float]
    ) -> None:
        super().__init__()
        mixing = mixing if isinstance(mixing, Mixing) else Mixing.constant(mixing)
        if set(members) != set(mixing.new):
            raise ValueError(f"weights are for {sorted(mixing.new)}, members are {sorted(members)}")
        self.members = nn.ModuleDict({name: members[name] for name in mixing.new})
        self.mixing = mixing

    def forward(
        self,
        graph: ComplexGraph,
        *,
        temperature: float = 1.0,
        off: frozenset[str] = frozenset(),
        keep: bool = False,
        geometry: Geometry | None = None,
    ) -> Prediction:
        """Answer for a collated batch; see :meth:`molattn.model.network.Network.forward`.

        ``Prediction.blocks`` holds those of the first member that attends.
        """
        geometry = geometry if geometry is not None else complex_geometry(graph)
        answers = [
            member(graph, temperature=temperature, off=off, keep=keep, geometry=geometry)
            for member in self.members.values()
        ]
        familiarity = familiarity_of(answers)
        mean = mean_prediction(answers, self.mixing.weights(familiarity), graph)
        return replace(mean, familiarity=familiarity)


def mean_prediction(
    answers: Sequence[Prediction], weights: Tensor, graph: ComplexGraph
) -> Prediction:
    """Return the weighted mean of the answers of members to one batch.

    Maps (attention, nulls, poses) are means over the members that attend to contacts, weighted
    alike; a member without contacts has no say in them.

    Parameters
    ----------
    answers
        Of each member.
    weights
        [B, members].
    graph
        The batch.
    """
    if len(answers) == 1:
        return answers[0]
    attending = [one.attends for one in answers]
    first = answers[attending.index(True)] if any(attending) else answers[0]
    member_pK = torch.stack([one.pK for one in answers], -1)
    pK = (member_pK * weights).sum(-1)
    aleatoric = (torch.stack([one.spread.square() for one in answers], -1) * weights).sum(-1)
    between = ((member_pK - pK.unsqueeze(-1)).square() * weights).sum(-1)
    looking = _among(weights, attending)
    contact = graph[EDGE_LEVELS["contact"]].batch
    atom, residue = graph["ligand"].batch, graph["residue"].batch
    return Prediction(
        pK=pK,
        spread=(aleatoric + between).sqrt(),
        pose_logit=_mean([one.pose_logit for one in answers], looking),
        bias=_mean([one.bias.expand(len(pK)) for one in answers], weights),
        contact_share=_mean(
            [one.contact_share for one in answers], weights.index_select(0, contact)
        ),
        token_share=_by_name([one.token_share for one in answers], weights),
        gates=_by_name([one.gates for one in answers], torch.ones_like(weights), mean=True),
        attention=_mean([one.attention for one in answers], looking.index_select(0, contact)),
        atom_null=_mean([one.atom_null for one in answers], looking.index_select(0, atom)),
        residue_attention=_mean(
            [one.residue_attention for one in answers], looking.index_select(0, contact)
        ),
        residue_null=_mean([one.residue_null for one in answers], looking.index_select(0, residue)),
        query_attention=first.query_attention,
        query_null=first.query_null,
        summary_attention=_mean(
            [one.summary_attention for one in answers], looking.index_select(0, residue)
        ),
        features=torch.cat([one.features for one in answers], -1),
        blocks=first.blocks,
        disagreement=between.sqrt(),
    )


def _among(weights: Tensor, attending: Sequence[bool]) -> Tensor:
    """Return the weights of the members that attend, summing to 1; all of them if none does."""
    if not any(attending):
        # members that do not attend still give zeros of the right shape
        return weights
    chosen = weights * weights.new_tensor(attending)
    total = chosen.sum(-1, keepdim=True)
    equal = chosen.new_tensor(attending) / sum(attending)
    return torch.where(total > 0.0, chosen / total.clamp_min(1e-9), equal)


def _mean(values: Sequence[Tensor], weights: Tensor) -> Tensor:
    total = torch.zeros_like(values[0])
    for value, weight in zip(values, weights.unbind(-1), strict=True):
        total = total + weight * value
    return total


def _by_name(
    shares: Sequence[Mapping[str, Tensor]], weights: Tensor, *, mean: bool = False
) -> dict[str, Tensor]:
    """Return the weighted sum of each name, divided by its own weights for a mean."""
    total: dict[str, Tensor] = {}
    count: dict[str, Tensor] = {}
    for named, weight in zip(shares, weights.unbind(-1), strict=True):
        for name, value in named.items():
            total[name] = total[name] + weight * value if name in total else weight * value
            count[name] = count[name] + weight if name in count else weight
    return {name: value / count[name] if mean else value for name, value in total.items()}
