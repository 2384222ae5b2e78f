"""Configuration of the network, as it stands under ``network:`` in a YAML of ``configs/``."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

LogitTerm = Literal["content", "prior", "distance", "angle", "atoms", "vector", "reliability"]
Token = Literal["spectrum", "ligand", "physics", "summary", "likelihood"]
Auxiliary = Literal["atom_type", "residue_type", "interactions", "rmsd", "displacement"]

LOGIT_TERMS: tuple[LogitTerm, ...] = (
    "content",
    "prior",
    "distance",
    "angle",
    "atoms",
    "vector",
    "reliability",
)
TOKENS: tuple[Token, ...] = ("spectrum", "ligand", "physics", "summary")


class NetworkConfig(BaseModel):
    """Widths and parts of the network.

    Attributes
    ----------
    scalars, vectors
        Multiplicity of 0e and 1o features in the encoders.
    ligand_layers, pocket_layers
        Message-passing layers of either encoder.
    blocks, heads, head_width
        Cross-attention blocks, heads in each, width of a head's query and key.
    radial
        Number of radial basis functions.
    pair_width
        Width of the vector that a contact sums over its atom–atom pairs.
    queries
        Learned queries of the readout.
    terms
        Terms of the attention logit that take part.
    tokens
        Gated tokens that take part in the ledger beside the contacts. ``likelihood``, off by
        default, also gives the pose head what the distances of native poses say.
    physics
        ``fixed`` terms of Vina's form, or ``learned`` ones with parameters by atom type.
    auxiliary
        Heads that serve training alone.
    dropout
        Dropout on pair values and tokens in training.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    scalars: int = Field(default=32, ge=4)
    vectors: int = Field(default=8, ge=1)
    ligand_layers: int = Field(default=2, ge=0)
    pocket_layers: int = Field(default=1, ge=0)
    blocks: int = Field(default=2, ge=1)
    heads: int = Field(default=4, ge=1)
    head_width: int = Field(default=8, ge=1)
    radial: int = Field(default=12, ge=4)
    pair_width: int = Field(default=32, ge=4)
    queries: int = Field(default=6, ge=1)
    terms: tuple[LogitTerm, ...] = LOGIT_TERMS
    tokens: tuple[Token, ...] = TOKENS
    physics: Literal["fixed", "learned"] = "fixed"
    auxiliary: tuple[Auxiliary, ...] = ()
    dropout: float = Field(default=0.1, ge=0.0, lt=1.0)
