"""What the network answers for a batch of complexes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from torch import Tensor

from molattn.model.distance_likelihood import Likelihood


@dataclass(frozen=True, slots=True, eq=False)
class Direction:
    """Attention of one direction in one block.

    ``logits`` holds every named term before summing; their sum divided by the temperature, plus
    the logarithm of the envelope, is what the softmax sees.
    """

    attention: Tensor  # [contacts, heads]
    null: Tensor  # [rows, heads]; ligand atoms for atom→residue, residues for residue→atom
    logits: Mapping[str, Tensor]  # term → [contacts, heads]; empty unless kept
    null_logit: Tensor  # [rows, heads]


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Both directions of one cross-attention block."""

    atom_to_residue: Direction
    residue_to_atom: Direction


@dataclass(frozen=True, slots=True, eq=False)
class Prediction:
    """Answers for B complexes whose contacts, atoms and residues are concatenated.

    ``pK = bias + Σ contact_share + Σ token_share`` holds for each complex by construction.
    """

    pK: Tensor  # [B]
    spread: Tensor  # [B] predicted standard deviation of the error, pK
    pose_logit: Tensor  # [B] logit that the pose is within 2 Å of the crystal pose
    bias: Tensor  # [] or [B] pK
    contact_share: Tensor  # [contacts] pK
    token_share: Mapping[str, Tensor]  # token → [B] pK
    gates: Mapping[str, Tensor]  # token → [B] in 0–1
    attention: Tensor  # [contacts] atom→residue, last block, mean over heads
    atom_null: Tensor  # [ligand atoms]; with the row's attention it sums to 1
    residue_attention: Tensor  # [contacts] residue→atom, last block, mean over heads
    residue_null: Tensor  # [residues]
    query_attention: Tensor  # [contacts, queries]; sums to 1 - query_null per complex
    query_null: Tensor  # [B, queries]
    summary_attention: Tensor  # [residues] the ligand summary over the pocket, 0 if not a token
    features: Tensor  # [B, width] invariant summary of the complex, for the domain check
    physics: Mapping[str, Tensor] = field(default_factory=dict)  # physical term → [B], raw sums
    likelihood: Likelihood | None = None  # of the pose's distances, if it is a token
    auxiliary: Mapping[str, Tensor] = field(default_factory=dict)  # head → its answer
    blocks: tuple[Block, ...] = field(default=(), repr=False)
    disagreement: Tensor | None = None  # [B] deviation of the members of an ensemble, pK
    attends: bool = True  # False where contacts take no part and the maps are empty
    familiarity: Tensor | None = None  # [B] likeness to what was measured, 0 to 1
