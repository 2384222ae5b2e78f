"""The answer of a member that looks at sums over a complex and at no single contact."""

from __future__ import annotations

import torch
from torch import Tensor

from molattn.graph.fields import EDGE_LEVELS
from molattn.graph.graph import ComplexGraph
from molattn.model.prediction import Prediction


def sums_only(
    graph: ComplexGraph,
    *,
    token: str,
    share: Tensor,
    bias: Tensor,
    spread: Tensor,
    features: Tensor,
    off: frozenset[str],
    familiarity: Tensor | None = None,
) -> Prediction:
    """Return a prediction of one token: ``pK = bias + share``; its maps are empty.

    Parameters
    ----------
    graph
        A collated batch of B complexes.
    token
        Name of the line in the ledger; without it, if it is in ``off``, the bias is left alone.
    share, spread
        [B] pK.
    bias
        [] pK.
    features
        [B, width].
    familiarity
        [B] likeness to what was measured, 0 to 1, from a member that compares; it stands as gate.
    """
    speaks = token not in off
    gate = torch.ones_like(share) if familiarity is None else familiarity
    contacts = share.new_zeros(graph[EDGE_LEVELS["contact"]].edge_index.shape[1])
    residues = share.new_zeros(len(graph["residue"].kind))
    expanded = bias.expand(len(share))
    return Prediction(
        pK=expanded + share if speaks else expanded,
        spread=spread,
        pose_logit=share.new_zeros(len(share)),
        bias=bias,
        contact_share=contacts,
        token_share={token: share} if speaks else {},
        gates={token: gate} if speaks else {},
        attention=contacts,
        atom_null=share.new_ones(len(graph["ligand"].element)),
        residue_attention=contacts,
        residue_null=residues + 1.0,
        query_attention=contacts.unsqueeze(-1)[:, :0],
        query_null=features[:, :0],
        summary_attention=residues,
        features=features,
        attends=False,
        familiarity=familiarity,
    )
