"""What a batch teaches beside affinity and pose: the weighted losses that a configuration asks for.

Some steps of the training are *altered*: atoms and residues are masked, ligands are moved, and only
recovering them counts. Which steps, and what is hidden, follows from the generator alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from molattn.graph.geometry import complex_geometry
from molattn.model.distance_likelihood import likelihood_loss
from molattn.model.interaction_labels import interaction_labels, touching
from molattn.model.learned_physics import LearnedPhysics, physics_penalty
from molattn.model.prediction import Prediction
from molattn.train.auxiliary_losses import (
    attention_loss,
    displacement_loss,
    interaction_loss,
    masked_loss,
    pose_ranking_loss,
    rmsd_loss,
    series_difference_loss,
    series_ranking_loss,
)
from molattn.train.config import LossConfig
from molattn.train.masking import mask, shift_ligands

if TYPE_CHECKING:
    from molattn.train.sampling import Batch

NATIVE = 1.0
"""Å. Poses nearer to the crystal pose than this teach the likelihood of distances."""


def further_losses(
    network: nn.Module, prediction: Prediction, batch: Batch, config: LossConfig
) -> dict[str, Tensor]:
    """Return the losses with a weight above zero, by their name in the configuration, unweighted.

    Parameters
    ----------
    network
        Gives the learned physical parameters, if it has any.
    prediction
        Of the batch.
    batch
        As it is.
    config
        Weights; a loss whose head the network lacks must have none.
    """
    found: dict[str, Tensor] = {}
    graph, answers = batch.graph, prediction.auxiliary
    if config.likelihood and prediction.likelihood is not None:
        found["likelihood"] = likelihood_loss(prediction.likelihood, batch.rmsd < NATIVE, graph)
    physics = getattr(network, "physical_terms", None)
    if config.physics and isinstance(physics, LearnedPhysics):
        found["physics"] = physics_penalty(physics)
    if config.interactions or config.attention:
        geometry = complex_geometry(graph)
        labels = interaction_labels(graph, geometry)
        if config.attention:
            found["attention"] = attention_loss(prediction, graph, touching(labels))
        if config.interactions:
            found["interactions"] = interaction_loss(
                answers["interactions"], labels, geometry.contact_envelope
            )
    if config.rmsd:
        found["rmsd"] = rmsd_loss(answers["rmsd"], batch.rmsd)
    if config.pose_ranking:
        found["pose_ranking"] = pose_ranking_loss(prediction.pose_logit, batch.rmsd, batch.complex)
    if config.energy_ranking:
        # kcal/mol over kT at room temperature
        found["energy_ranking"] = pose_ranking_loss(
            prediction.physics["energy"] * (-1.0 / 0.6), batch.rmsd, batch.complex
        )
    if config.series_ranking:
        found["series_ranking"] = series_ranking_loss(prediction.pK, batch.pK, batch.group)
    if config.series_difference:
        found["series_difference"] = series_difference_loss(
            prediction.pK, batch.pK, batch.group, config.beta
        )
    return found


def altered_step(config: LossConfig, generator: torch.Generator) -> bool:
    """Return whether a step is spent on masked and moved complexes."""
    if not (config.masked or config.displacement):
        return False
    return bool(torch.rand((), generator=generator) < config.altered)


def altered_losses(
    network: nn.Module, batch: Batch, config: LossConfig, generator: torch.Generator
) -> dict[str, Tensor]:
    """Return the losses of recovering what was hidden or moved in a batch, unweighted.

    Only poses near the crystal pose are moved and asked back: of a wrong pose nobody knows where
    it should go.
    """
    graph = batch.graph
    found: dict[str, Tensor] = {}
    if config.displacement:
        graph, back = shift_ligands(graph, config.shift, generator)
    hidden = mask(graph, config.mask_share, generator) if config.masked else None
    prediction: Prediction = network(hidden.graph if hidden is not None else graph)
    answers = prediction.auxiliary
    if hidden is not None:
        found["masked"] = masked_loss(
            answers["atom_type"], hidden.atom_type, hidden.atoms
        ) + masked_loss(answers["residue_type"], hidden.residue_type, hidden.residues)
    if config.displacement:
        native = (batch.rmsd < NATIVE)[graph["ligand"].batch]
        found["displacement"] = displacement_loss(answers["displacement"][native], back[native])
    return found


def weighted_sum(found: dict[str, Tensor], config: LossConfig) -> Tensor:
    """Return the sum of losses times their weights in the configuration."""
    terms = [getattr(config, name) * value for name, value in found.items()]
    return torch.stack(terms).sum() if terms else torch.zeros(())
