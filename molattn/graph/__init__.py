"""Pocket and ligand to ComplexGraph: vocabulary, features, geometry, spectrum, build, batch.

The names below are loaded on first use, so that importing the room does not import torch.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from molattn.graph.batch import collate, select, split
    from molattn.graph.build import build_graph
    from molattn.graph.graph import ComplexGraph, counts, store
    from molattn.graph.packing import PackedGraphs, pack, unpack
    from molattn.graph.spectrum import ContactSpectrum, contact_spectrum, element_pair_spectrum

_MODULE_OF = {
    "ComplexGraph": "graph",
    "ContactSpectrum": "spectrum",
    "PackedGraphs": "packing",
    "build_graph": "build",
    "collate": "batch",
    "contact_spectrum": "spectrum",
    "counts": "graph",
    "element_pair_spectrum": "spectrum",
    "pack": "packing",
    "select": "batch",
    "split": "batch",
    "store": "graph",
    "unpack": "packing",
}

__all__ = [
    "ComplexGraph",
    "ContactSpectrum",
    "PackedGraphs",
    "build_graph",
    "collate",
    "contact_spectrum",
    "counts",
    "element_pair_spectrum",
    "pack",
    "select",
    "split",
    "store",
    "unpack",
]


def __getattr__(name: str) -> Any:
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULE_OF[name]}"), name)
