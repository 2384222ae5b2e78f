"""Binding affinity of a posed ligand, from attention between its atoms and the protein's residues.

The names below are imported when first used, so that ``import molattn`` costs nothing:
reading files needs no network, and asking for help needs no torch.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from molattn.graph import build_graph
    from molattn.predict import Predictor, Score, score
    from molattn.structure import (
        Ligand,
        Pocket,
        Protein,
        ligand_from_complex,
        read_ligands,
        read_protein,
        select_pocket,
    )

__version__ = "0.1.0"

_ROOM_OF = {
    "Ligand": "structure",
    "Pocket": "structure",
    "Protein": "structure",
    "ligand_from_complex": "structure",
    "read_ligands": "structure",
    "read_protein": "structure",
    "select_pocket": "structure",
    "build_graph": "graph",
    "Predictor": "predict",
    "Score": "predict",
    "score": "predict",
}

__all__ = [
    "Ligand",
    "Pocket",
    "Predictor",
    "Protein",
    "Score",
    "build_graph",
    "ligand_from_complex",
    "read_ligands",
    "read_protein",
    "score",
    "select_pocket",
]


def __getattr__(name: str) -> object:
    """Import a public name from its room on first use (PEP 562)."""
    if name not in _ROOM_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(f"{__name__}.{_ROOM_OF[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
