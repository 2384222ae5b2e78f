"""Graphs of random complexes, built once."""

from __future__ import annotations

from functools import cache

import torch

from molattn import testing
from molattn.graph import ComplexGraph, build_graph


def make_graphs(count: int = 5, dtype: torch.dtype = torch.float64) -> list[ComplexGraph]:
    return [made_graph(seed, dtype) for seed in range(count)]


@cache
def made_graph(seed: int, dtype: torch.dtype) -> ComplexGraph:
    return build_graph(*testing.random_complex(seed), dtype=dtype)
