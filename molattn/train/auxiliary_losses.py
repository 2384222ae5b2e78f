"""Losses beside those of affinity and pose: what heads are asked, and orders within groups.

Every one is a mean over the rows or pairs that it is about, and zero (with a gradient) where a
batch has none.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from molattn.graph.fields import EDGE_LEVELS
from molattn.graph.graph import ComplexGraph
from molattn.model.prediction import Prediction
from molattn.model.segments import segment_sum

CLEAR_RMSD = 0.75
"""Å. Poses of one complex that differ by less are not ranked."""

_FLOOR = 1e-4  # of a probability whose logarithm is taken

CLEAR_PK = 0.3
"""Measurements of one series that differ by less are within the noise of an assay."""


def masked_loss(logits: Tensor, true: Tensor, masked: Tensor) -> Tensor:
    """Return the cross-entropy of recovering what was masked.

    Parameters
    ----------
    logits
        [n, types].
    true
        [n] types before masking.
    masked
        [n] bool.
    """
    error = functional.cross_entropy(logits[masked], true[masked], reduction="sum")
    return error / masked.sum().clamp_min(1)


def interaction_loss(logits: Tensor, labels: Tensor, envelope: Tensor) -> Tensor:
    """Return the binary cross-entropy of the kinds of interaction, summed over kinds.

    Parameters
    ----------
    logits, labels
        [c, kinds].
    envelope
        [c] weight of each contact.
    """
    error = functional.binary_cross_entropy_with_logits(logits, labels, reduction="none")
    return _mean(error.sum(-1), envelope)


def attention_loss(prediction: Prediction, graph: ComplexGraph, touches: Tensor) -> Tensor:
    """Return how little the attention of both directions looks at what touches.

    An atom should give its attention to the residues that it touches, however divided, or to the
    null if there are none; a residue should keep for the null what it does not touch::

        mean_atoms -log Σ_touched attention     (the null where nothing is touched)
      + mean_residues cross-entropy of 1 - null with touching anything

    Parameters
    ----------
    prediction
        Of a batch: means over the heads of the last block.
    graph
        The batch.
    touches
        [c] 1 or 0.
    """
    atom, residue = graph[EDGE_LEVELS["contact"]].edge_index
    atoms, residues = len(prediction.atom_null), len(prediction.residue_null)
    looked = segment_sum(prediction.attention * touches, atom, atoms)
    busy = segment_sum(touches, atom, atoms) > 0
    wanted = torch.where(busy, looked, prediction.atom_null)
    of_atoms = -torch.log(wanted.clamp_min(0.0) + _FLOOR).mean()
    met = segment_sum(torch.ones_like(touches), residue, residues) > 0
    target = (segment_sum(touches, residue, residues) > 0).to(touches)
    said = (1.0 - prediction.residue_null).clamp(_FLOOR, 1.0 - _FLOOR)
    return of_atoms + functional.binary_cross_entropy(said[met], target[met])


def rmsd_loss(predicted: Tensor, rmsd: Tensor) -> Tensor:
    """Return the smooth L1 loss of ``log(1 + RMSD)``.

    Parameters
    ----------
    predicted
        [B] ``log(1 + RMSD in Å)``.
    rmsd
        [B] Å, ``nan`` where it is not known.
    """
    known = torch.isfinite(rmsd)
    error = functional.smooth_l1_loss(
        predicted[known], torch.log1p(rmsd[known]), beta=0.2, reduction="sum"
    )
    return error / known.sum().clamp_min(1)


def displacement_loss(predicted: Tensor, true: Tensor) -> Tensor:
    """Return the squared error of displacements [a, 3] relative to predicting none."""
    error, scale = (predicted - true).square().sum(), true.detach().square().sum()
    return error / scale.clamp_min(1e-6)


def pose_ranking_loss(score: Tensor, rmsd: Tensor, of: Tensor) -> Tensor:
    """Return the logistic loss of ordering poses of one complex, the nearer above the farther.

    Parameters
    ----------
    score
        [B], higher for a better pose.
    rmsd
        [B] Å from the crystal pose, ``nan`` where it is not known.
    of
        [B] complex of each pose; -1 for none.
    """
    # a comparison with nan is false, so unknown poses form no pair
    clear = (rmsd.unsqueeze(1) - rmsd.unsqueeze(0)) > CLEAR_RMSD
    chosen = clear.T & _same(of)
    # among far poses the order means little
    weight = chosen / (1.0 + torch.nan_to_num(rmsd).unsqueeze(1))
    difference = score.unsqueeze(1) - score.unsqueeze(0)
    return _mean(functional.softplus(-difference), weight)


def series_ranking_loss(predicted: Tensor, measured: Tensor, group: Tensor) -> Tensor:
    """Return the logistic loss of ordering the pK of one congeneric series.

    Burges et al. (2005), with the difference in pK as the logit, on pairs that differ clearly.

    Parameters
    ----------
    predicted, measured
        [B] pK; ``measured`` is ``nan`` where there is none.
    group
        [B] series; -1 for none.
    """
    chosen = (measured.unsqueeze(1) - measured.unsqueeze(0)) > CLEAR_PK
    difference = predicted.unsqueeze(1) - predicted.unsqueeze(0)
    return _mean(functional.softplus(-2.0 * difference), (chosen & _same(group)).to(difference))


def series_difference_loss(
    predicted: Tensor, measured: Tensor, group: Tensor, beta: float = 0.5
) -> Tensor:
    """Return the smooth L1 loss of pK differences within a series, free of an assay's offset.

    Parameters
    ----------
    predicted, measured, group
        As of :func:`series_ranking_loss`.
    beta
        Error in pK where the loss turns from square to linear.
    """
    known = torch.isfinite(measured)
    chosen = _same(group) & known.unsqueeze(0) & known.unsqueeze(1)
    chosen = chosen & ~torch.eye(len(group), dtype=torch.bool, device=group.device)
    error = predicted - torch.nan_to_num(measured)
    difference = error.unsqueeze(1) - error.unsqueeze(0)
    value = functional.smooth_l1_loss(
        difference, torch.zeros_like(difference), beta=beta, reduction="none"
    )
    return _mean(value, chosen.to(difference))


def _same(group: Tensor) -> Tensor:
    return (group.unsqueeze(0) == group.unsqueeze(1)) & (group >= 0)


def _mean(values: Tensor, weight: Tensor) -> Tensor:
    return (values * weight).sum() / weight.sum().clamp_min(1e-6)
