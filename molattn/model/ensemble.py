"""Several trained members answering as one: a weighted mean whose ledger still adds up.

Every member answers with a :class:`~molattn.model.prediction.Prediction`; shares of pK, biases and
pK are weighted alike, so ``pK = bias + Σ contact_share + Σ token_share`` holds for the mean as it
does for each. The spread adds what the members say and how far they differ (the law of total
variance; Lakshminarayanan et al. 2017, arXiv 1612.01474).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from molattn.graph.geometry import complex_geometry
from molattn.graph.graph import ComplexGraph
from molattn.model.prediction import Prediction


class Ensemble(nn.Module):
    """A weighted mean of members.

    Parameters
    ----------
    members
        Name → network of any kind that answers a batch with a Prediction.
    weights
        Name → weight in pK, not negative, summing to 1.

    Raises
    ------
    ValueError
        If the weights do not fit the members.
    """

    def __init__(self, members: Mapping[str, nn.Module], weights: Mapping[str, float]) -> None:
        super().__init__()
        if set(members) != set(weights) or not members:
            raise ValueError(f"weights are for {sorted(weights)}, members are {sorted(members)}")
        if min(weights.values()) < 0.0 or abs(sum(weights.values()) - 1.0) > 1e-6:
            raise ValueError(f"weights of an ensemble sum to 1 and none is negative: {weights}")
        self.members = nn.ModuleDict(members)
        self.weights = dict(weights)

    def forward(
        self,
        graph: ComplexGraph,
        *,
        temperature: float = 1.0,
        off: frozenset[str] = frozenset(),
        keep: bool = False,
    ) -> Prediction:
        """Answer for a collated batch; see :meth:`molattn.model.network.Network.forward`.

        ``Prediction.blocks`` holds those of the first member that attends.
        """
        geometry = complex_geometry(graph)
        answers = [
            member(graph, temperature=temperature, off=off, keep=keep, geometry=geometry)
            for member in self.members.values()
        ]
        return mean_prediction(answers, list(self.weights.values()))


def mean_prediction(answers: Sequence[Prediction], weights: Sequence[float]) -> Prediction:
    """Return the weighted mean of the answers of members to one batch.

    Maps (attention, nulls, poses) are means over the members that attend to contacts, weighted
    alike; a member without contacts has no say in them.
    """
    if len(answers) == 1:
        return answers[0]
    attending = [one.attends for one in answers]
    looking = [weight * attends for weight, attends in zip(weights, attending, strict=True)]
    total = sum(looking)
    # members that do not attend still give zeros of the right shape where none does
    looking = [one / total for one in looking] if total else list(weights)
    member_pK = torch.stack([one.pK for one in answers], -1)
    weight = member_pK.new_tensor(list(weights))
    pK = member_pK @ weight
    aleatoric = torch.stack([one.spread.square() for one in answers], -1) @ weight
    between = (member_pK - pK.unsqueeze(-1)).square() @ weight
    first = answers[attending.index(True)] if any(attending) else answers[0]
    return Prediction(
        pK=pK,
        spread=(aleatoric + between).sqrt(),
        pose_logit=_mean([one.pose_logit for one in answers], looking),
        bias=_mean([one.bias for one in answers], weights),
        contact_share=_mean([one.contact_share for one in answers], weights),
        token_share=_by_name([one.token_share for one in answers], weights),
        gates=_by_name([one.gates for one in answers], [1.0] * len(answers), mean=True),
        attention=_mean([one.attention for one in answers], looking),
        atom_null=_mean([one.atom_null for one in answers], looking),
        residue_attention=_mean([one.residue_attention for one in answers], looking),
        residue_null=_mean([one.residue_null for one in answers], looking),
        query_attention=first.query_attention,
        query_null=first.query_null,
        summary_attention=_mean([one.summary_attention for one in answers], looking),
        features=torch.cat([one.features for one in answers], -1),
        blocks=first.blocks,
        disagreement=between.sqrt(),
    )


def _mean(values: Sequence[Tensor], weights: Sequence[float]) -> Tensor:
    total = torch.zeros_like(values[0])
    for value, weight in zip(values, weights, strict=True):
        if weight:
            total = total + weight * value
    return total


def _by_name(
    shares: Sequence[Mapping[str, Tensor]], weights: Sequence[float], *, mean: bool = False
) -> dict[str, Tensor]:
    """Return the weighted sum of each name, divided by its own weights for a mean."""
    total: dict[str, Tensor] = {}
    count: dict[str, float] = {}
    for named, weight in zip(shares, weights, strict=True):
        for name, value in named.items():
            total[name] = total[name] + weight * value if name in total else weight * value
            count[name] = count.get(name, 0.0) + weight
    return {name: value / count[name] if mean else value for name, value in total.items()}
