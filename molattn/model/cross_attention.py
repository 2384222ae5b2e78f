"""Geometry-parameterised cross-attention between ligand atoms and residues, in both directions.

In one block every ligand atom asks the residues it is in contact with, and every residue asks the
atoms. The logit of a pair is the sum of the named terms of :mod:`molattn.model.logit_terms`; the
softmax runs over the contacts of a row and a null entry (solvent), fades with the envelope and has
an adjustable temperature. Rows are ragged; nothing is padded.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from molattn.model.config import NetworkConfig
from molattn.model.logit_terms import Contacts, LogitTerms
from molattn.model.prediction import Block, Direction
from molattn.model.segments import segment_sum, softmax_with_null


class AttentionDirection(nn.Module):
    """One direction: the askers' rows gather from the answerers' rows.

    ``message_row = Σ_contacts attention · value`` with ``value = W [answerer, atoms]`` per head;
    what goes to the null entry brings nothing.
    """

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        self.heads = config.heads
        self.value_width = max(1, config.scalars // config.heads)
        self.logit_terms = LogitTerms(config)
        self.null = nn.Linear(config.scalars, config.heads)
        self.value = nn.Linear(config.scalars, config.heads * self.value_width)
        self.value_atoms = nn.Linear(config.pair_width, config.heads * self.value_width)
        self.out = nn.Linear(config.heads * self.value_width, config.scalars)

    def forward(
        self,
        contacts: Contacts,
        rows: tuple[Tensor, Tensor],
        answers: tuple[Tensor, Tensor],
        log_envelope: Tensor,
        temperature: float,
        off: frozenset[str],
    ) -> tuple[Tensor, Direction]:
        """Gather messages.

        Parameters
        ----------
        contacts
            What the terms look at.
        rows
            Index of the asker per contact [c] and the askers' scalars [n, s].
        answers
            Index of the answerer per contact [c] and the answerers' scalars [m, s].
        log_envelope
            [c].
        temperature
            Of the softmax.
        off
            Names of terms that are switched off.

        Returns
        -------
        message
            [n, s].
        direction
            Attention, null and the logit's terms.
        """
        (asker, asking), (answerer, answering) = rows, answers
        terms = self.logit_terms(contacts, off)
        logits = log_envelope.new_zeros(len(asker), self.heads)
        for term in terms.values():
            logits = logits + term
        null_logit = self.null(asking)
        attention, null = softmax_with_null(logits, null_logit, asker, log_envelope, temperature)
        value = self.value(answering).index_select(0, answerer) + self.value_atoms(contacts.atoms)
        weighted = attention.repeat_interleave(self.value_width, -1) * value
        message = self.out(segment_sum(weighted, asker, len(asking)))
        return message, Direction(attention, null, terms, null_logit)


class Update(nn.Module):
    """Residual update of a row by its message, then a feed-forward layer, each normalised."""

    def __init__(self, width: int, dropout: float) -> None:
        super().__init__()
        self.before = nn.LayerNorm(width)
        self.feed = nn.Sequential(
            nn.Linear(width, 2 * width),
            nn.SiLU(),
            nn.Dropout(dropout),
            nn.Linear(2 * width, width),
        )
        self.after = nn.LayerNorm(width)

    def forward(self, row: Tensor, message: Tensor) -> Tensor:
        """Return the updated rows [n, width]."""
        row = self.before(row + message)
        result: Tensor = self.after(row + self.feed(row))
        return result


class CrossAttentionBlock(nn.Module):
    """Both directions computed from the same state, then both sides updated."""

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        self.atom_to_residue = AttentionDirection(config)
        self.residue_to_atom = AttentionDirection(config)
        self.atom_update = Update(config.scalars, config.dropout)
        self.residue_update = Update(config.scalars, config.dropout)

    def forward(
        self,
        contacts: Contacts,
        log_envelope: Tensor,
        temperature: float,
        off: frozenset[str],
    ) -> tuple[Tensor, Tensor, Block]:
        """Return updated atom scalars [a, s], residue scalars [r, s] and the attention."""
        atoms = (contacts.atom, contacts.atom_scalars)
        residues = (contacts.residue, contacts.residue_scalars)
        to_atoms, asked_by_atoms = self.atom_to_residue(
            contacts, atoms, residues, log_envelope, temperature, off
        )
        to_residues, asked_by_residues = self.residue_to_atom(
            contacts, residues, atoms, log_envelope, temperature, off
        )
        return (
            self.atom_update(contacts.atom_scalars, to_atoms),
            self.residue_update(contacts.residue_scalars, to_residues),
            Block(asked_by_atoms, asked_by_residues),
        )


def log_envelope(envelope: Tensor) -> Tensor:
    """Return the logarithm of an envelope, -inf where it is zero, with a finite gradient."""
    inside = envelope > 0
    return torch.where(
        inside, torch.log(torch.where(inside, envelope, 1.0)), envelope.new_tensor(-torch.inf)
    )
