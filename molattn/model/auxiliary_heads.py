"""Heads that serve training alone: what they ask for has to be known to answer well.

Recovering masked atoms and residues from their surroundings, naming the interactions of a contact,
telling how far a pose is from the right one, and in which direction each atom should go, all need
geometry and chemistry that affinities are too few to teach.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from molattn.graph.vocabulary import INTERACTIONS, LIGAND_ATOM_TYPES, RESIDUE_TYPES
from molattn.model.config import NetworkConfig
from molattn.model.logit_terms import Contacts
from molattn.model.segments import segment_sum


class MaskEntries(nn.Module):
    """Learned stand-ins for what :mod:`molattn.train.masking` has hidden.

    A batch that was masked marks its rows in ``ligand.masked`` and ``residue.masked``; any other
    batch passes unchanged.
    """

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        asked = config.auxiliary
        atom = nn.Parameter(torch.zeros(config.scalars)) if "atom_type" in asked else None
        residue = nn.Parameter(torch.zeros(config.scalars)) if "residue_type" in asked else None
        self.register_parameter("atom", atom)
        self.register_parameter("residue", residue)

    def forward(self, scalars: Tensor, masked: Tensor | None, entry: Tensor | None) -> Tensor:
        """Return scalars [n, s] with ``entry`` [s] in the place of rows that are masked [n]."""
        if masked is None or entry is None:
            return scalars
        return torch.where(masked.unsqueeze(-1), entry, scalars)


class AuxiliaryHeads(nn.Module):
    """The heads that the configuration names.

    Parameters
    ----------
    config
        Of the network.
    pose_width
        Width of what the pose head sees.
    """

    def __init__(self, config: NetworkConfig, pose_width: int) -> None:
        super().__init__()
        scalars, width, vectors = config.scalars, config.pair_width, config.vectors
        self.names = config.auxiliary
        heads: dict[str, nn.Module] = {}
        if "atom_type" in self.names:
            heads["atom_type"] = _two_layers(scalars, width, len(LIGAND_ATOM_TYPES))
        if "residue_type" in self.names:
            heads["residue_type"] = _two_layers(scalars, width, len(RESIDUE_TYPES))
        if "interactions" in self.names:
            heads["interactions"] = _two_layers(2 * scalars + width, width, len(INTERACTIONS))
        if "rmsd" in self.names:
            heads["rmsd"] = _two_layers(pose_width, width, 1)
        if "displacement" in self.names:
            heads["displacement"] = Displacement(2 * scalars + width, width, vectors)
        self.heads = nn.ModuleDict(heads)

    def forward(self, contacts: Contacts, envelope: Tensor, pose_view: Tensor) -> dict[str, Tensor]:
        """Answer for a batch.

        Parameters
        ----------
        contacts
            State after the last block.
        envelope
            [c] of each contact.
        pose_view
            [B, pose_width].

        Returns
        -------
        ``atom_type`` [a, types] and ``residue_type`` [r, types] and ``interactions`` [c, kinds] as
        logits, ``rmsd`` [B] as ``log(1 + RMSD in Å)``, ``displacement`` [a, 3] Å.
        """
        answers: dict[str, Tensor] = {}
        if "atom_type" in self.names:
            answers["atom_type"] = self.heads["atom_type"](contacts.atom_scalars)
        if "residue_type" in self.names:
            answers["residue_type"] = self.heads["residue_type"](contacts.residue_scalars)
        if "rmsd" in self.names:
            answers["rmsd"] = nn.functional.softplus(self.heads["rmsd"](pose_view).squeeze(-1))
        if not {"interactions", "displacement"}.isdisjoint(self.names):
            pair = torch.cat(
                (
                    contacts.atom_scalars[contacts.atom],
                    contacts.residue_scalars[contacts.residue],
                    contacts.atoms,
                ),
                -1,
            )
            if "interactions" in self.names:
                answers["interactions"] = self.heads["interactions"](pair)
            if "displacement" in self.names:
                answers["displacement"] = self.heads["displacement"](contacts, pair, envelope)
        return answers


class Displacement(nn.Module):
    """Where each ligand atom should go: an equivariant vector from its contacts and its own.

    ``Δ_i = Σ_j envelope · (a_ij line_ij + Σ_v b_ijv v_j) + Σ_v c_v v_i`` with invariant a and b,
    the line from atom to side chain and the encoders' vectors v.
    """

    def __init__(self, inputs: int, width: int, vectors: int) -> None:
        super().__init__()
        self.pull = _two_layers(inputs, width, 1 + vectors)
        self.own = nn.Linear(vectors, 1, bias=False)

    def forward(self, contacts: Contacts, pair: Tensor, envelope: Tensor) -> Tensor:
        """Return [a, 3] Å from pair features [c, inputs] and envelope [c]."""
        along, turned = torch.tensor_split(self.pull(pair) * envelope.unsqueeze(-1), (1,), -1)
        vectors = contacts.residue_vectors[contacts.residue]
        pull = along * contacts.line + (turned.unsqueeze(-1) * vectors).sum(1)
        own = self.own(contacts.atom_vectors.transpose(1, 2)).squeeze(-1)
        result: Tensor = 0.2 * segment_sum(pull, contacts.atom, len(own)) + 0.2 * own
        return result


def _two_layers(inputs: int, width: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(nn.Linear(inputs, width), nn.SiLU(), nn.Linear(width, outputs))
