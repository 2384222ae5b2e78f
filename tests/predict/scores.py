"""Made-up scores for the tests of tables and files, and small weights to score with."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from molattn.predict.attention_map import AttentionMap
from molattn.predict.ledger import Ledger
from molattn.predict.request import Cell
from molattn.predict.score_record import Score


def made_up_ledger() -> Ledger:
    """Return a ledger of two tokens and three contacts on two residues."""
    return Ledger(
        bias=6.0,
        tokens=(("spectrum", 0.5), ("ligand", -0.25)),
        residues=("A:ASP189", "A:SER190"),
        atom=np.array([0, 1, 1], dtype=np.int32),
        residue=np.array([1, 0, 1], dtype=np.int32),
        share=np.array([0.125, -1.0, 0.25], dtype=np.float32),
    )


def made_up_attention() -> AttentionMap:
    """Return the attention of two atoms over the two residues of `made_up_ledger`."""
    return AttentionMap(
        attention=np.array([[0.5, 0.25], [0.125, 0.5]], dtype=np.float32),
        null=np.array([0.25, 0.375], dtype=np.float32),
        elements=("N", "C"),
        chain=("A", "A"),
        number=(189, 190),
        insertion=("", "B"),
        name=("ASP", "SER"),
        residue_share_pK=np.array([-1.0, 0.375], dtype=np.float32),
    )


def good_score(identifier: str = "one", **carried: Cell) -> Score:
    """Return a score that worked."""
    return Score(
        id=identifier,
        protein="p.pdb",
        ligand="l.sdf",
        record=0,
        status="ok",
        pK=5.6251234,
        pK_low=4.5,
        pK_high=6.75,
        spread=0.6,
        domain="in",
        domain_reason="Within what the 9 training complexes show.",
        pose_confidence=0.87654,
        repairs=("An oxygen was given its double bond.", "A charge was set."),
        ledger=made_up_ledger(),
        attention=made_up_attention(),
        carried=carried,
    )


def failed_score(identifier: str = "two", **carried: Cell) -> Score:
    """Return a score that failed."""
    return Score(
        id=identifier,
        protein="p.pdb",
        ligand="l.sdf",
        record=1,
        status="failed",
        reason="The record ends within its atoms, after 3 of 20.",
        carried=carried,
    )


def untrained_weights(folder: Path, name: str = "untrained") -> Path:
    """Save a seeded, untrained network and return the path of its tensors."""
    import torch

    from molattn.model.config import NetworkConfig
    from molattn.model.ensemble import Ensemble
    from molattn.model.network import Network
    from molattn.predict.weights import Member, WeightsInfo, save_weights

    config = NetworkConfig(scalars=8, vectors=2, pair_width=8, heads=2, radial=8, queries=2)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = Network(config)
    path = folder / f"{name}.safetensors"
    member = Member("network", config.model_dump(mode="json"))
    info = WeightsInfo(members={"network": member}, trained_on="nothing")
    save_weights(Ensemble({"network": network}, {"network": 1.0}).eval(), path, info)
    return path
