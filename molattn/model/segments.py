"""Sums, maxima and softmax over ragged groups of rows, without padding."""

from __future__ import annotations

import torch
from torch import Tensor, nn

_FEW = 64  # groups that are summed one by one


def segment_sum(values: Tensor, group: Tensor, groups: int) -> Tensor:
    """Sum rows [n, ...] into their group [groups, ...]."""
    if not values.requires_grad and _in_order(values, group):
        size = torch.bincount(group, minlength=groups)
        if values.stride(0) == 1 and groups <= _FEW:  # column by column in memory
            return torch.stack([part.sum(0) for part in values.split(size.tolist())])
        row, first = torch.arange(len(group)), size.cumsum(0) - size
        return nn.functional.embedding_bag(row, values.contiguous(), first, mode="sum")
    return values.new_zeros(groups, *values.shape[1:]).index_add(0, group, values)


def _in_order(values: Tensor, group: Tensor) -> bool:
    """Return whether wide rows on a processor stand group by group, to be summed far faster."""
    wide = values.ndim == 2 and values.shape[1] > 1 and len(values) > 0
    return wide and values.device.type == "cpu" and bool((group[1:] >= group[:-1]).all())


def softmax_with_null(
    logits: Tensor, null_logit: Tensor, group: Tensor, log_envelope: Tensor, temperature: float
) -> tuple[Tensor, Tensor]:
    """Softmax over the rows of each group and one null entry per group.

    ``weight_n = envelope_n exp(logit_n / T) / (exp(null / T) + Σ envelope exp(logit / T))``, so a
    row fades out continuously where its envelope reaches zero and the group's weights and its null
    sum to one. The softmax is the maximum-entropy distribution at a given mean logit; T tends to
    argmax at 0 and to uniform at infinity.

    Parameters
    ----------
    logits
        [n, h].
    null_logit
        [groups, h].
    group
        [n] int64.
    log_envelope
        [n], -inf where the envelope is zero.
    temperature
        T, above zero.

    Returns
    -------
    weights
        [n, h].
    null
        [groups, h].
    """
    scaled = logits / temperature + log_envelope.unsqueeze(-1)
    null = null_logit / temperature
    index = group.unsqueeze(-1).expand_as(scaled)
    # a constant shift cancels in the ratio, so it needs no gradient
    peak = null.detach().scatter_reduce(0, index, scaled.detach(), "amax")
    numerator = torch.exp(scaled - peak.index_select(0, group))
    null_numerator = torch.exp(null - peak)
    total = null_numerator + segment_sum(numerator, group, len(null))
    return numerator / total.index_select(0, group), null_numerator / total
