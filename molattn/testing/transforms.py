"""Transformations of graphs that must not change an answer."""

from __future__ import annotations

import copy
from collections.abc import Callable

import torch
from torch import Tensor

from molattn.graph.fields import FIELDS, Level
from molattn.graph.graph import ComplexGraph, counts, store


def random_orthogonal(generator: torch.Generator, *, reflect: bool = False) -> Tensor:
    """Return a random orthogonal matrix [3, 3] float64 of determinant +1, or -1 if reflecting."""
    matrix: Tensor
    matrix, triangle = torch.linalg.qr(torch.randn(3, 3, generator=generator, dtype=torch.float64))
    matrix = matrix * torch.sign(torch.diagonal(triangle))
    wanted = -1.0 if reflect else 1.0
    if torch.linalg.det(matrix) * wanted < 0:
        matrix[:, 0] = -matrix[:, 0]
    return matrix


def cast(graph: ComplexGraph, dtype: torch.dtype) -> ComplexGraph:
    """Return a copy whose float fields have another dtype."""
    return _mapped(
        graph, lambda _, values: values.to(dtype) if values.is_floating_point() else values
    )


def transform(graph: ComplexGraph, matrix: Tensor, shift: Tensor) -> ComplexGraph:
    """Return a copy whose positions are ``x @ matrix.T + shift``; shift [3] in Å."""

    def move(key: str, values: Tensor) -> Tensor:
        if key != "position":
            return values
        return values @ matrix.to(values.dtype).T + shift.to(values.dtype)

    return _mapped(graph, move)


def move_ligand(graph: ComplexGraph, displacement: Tensor) -> ComplexGraph:
    """Return a copy with ligand positions displaced by [a, 3] Å; edges stay."""
    moved = _mapped(graph, lambda _, values: values)
    moved["ligand"].position = graph["ligand"].position + displacement
    return moved


def permute(graph: ComplexGraph, generator: torch.Generator) -> ComplexGraph:
    """Return a copy of a single complex with the rows of every level in random order."""
    order: dict[Level, Tensor] = {
        level: torch.randperm(count, generator=generator)
        for level, count in counts(graph).items()
        if level != "graph"
    }
    new_row = {level: torch.argsort(rows) for level, rows in order.items()}
    result = copy.copy(graph)
    for field in FIELDS:
        if field.level == "graph":
            continue
        values = store(graph, field.level)[field.key]
        if field.key == "edge_index":
            values = values[:, order[field.level]]
            values = torch.stack(
                [new_row[level][row] for level, row in zip(field.index_of, values, strict=True)]
            )
        else:
            values = values[order[field.level]]
            if field.index_of:
                values = new_row[field.index_of[0]][values]
        store(result, field.level)[field.key] = values
    if hasattr(graph, "residue_label"):
        result.residue_label = [graph.residue_label[row] for row in order["residue"].tolist()]
    return result


def _mapped(graph: ComplexGraph, change: Callable[[str, Tensor], Tensor]) -> ComplexGraph:
    result = copy.copy(graph)
    for field in FIELDS:
        values = store(graph, field.level)[field.key]
        store(result, field.level)[field.key] = change(field.key, values)
    return result
