"""Pair geometry: every distance, direction and angle of a complex, from its positions, in torch.

All functions are differentiable with respect to ``ligand.position`` and
``pocket_atom.position`` and use only differences of positions, so they are invariant (distances,
cosines) or equivariant (vectors, polar, parity odd) under rotation, reflection and translation.
Normals are axial and enter squared.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from molattn.graph.fields import (
    CONTACT_CUTOFF,
    EDGE_LEVELS,
    LIGAND_NEAR_CUTOFF,
    POCKET_CUTOFF,
    RESIDUE_NEAR_CUTOFF,
)
from molattn.graph.graph import ComplexGraph

_TINY = 1e-6  # Å², keeps the gradient of a zero vector finite

CONTACT_ANGLES = (
    "cosine to the outward axis of the backbone frame",
    "squared cosine to the N–C axis of the backbone frame",
    "cosine to the side-chain direction",
    "cosine to the ligand atom's outward bond direction",
    "squared cosine to the normal of the ligand atom's plane",
)
PAIR_ANGLES = (
    "cosine at the ligand atom between its outward direction and the pair",
    "cosine at the pocket atom between its outward direction and the pair",
    "squared cosine to the normal of the ligand atom's plane",
    "squared cosine to the normal of the pocket atom's plane",
    "squared cosine between the two normals",
)


@dataclass(frozen=True, slots=True, eq=False)
class Geometry:
    """Derived geometry of a batch of complexes; row counts as the levels of the graph."""

    ligand_direction: Tensor  # [a, 3] outward direction of the bonds, length 0–1
    residue_position: Tensor  # [r, 3] Å, CA or the central atom
    residue_centroid: Tensor  # [r, 3] Å, side chain
    residue_axes: Tensor  # [r, 3, 3] outward axis, N–C axis, side-chain direction
    residue_envelope: Tensor  # [r] 1 near the ligand, 0 at POCKET_CUTOFF
    residue_distance: Tensor  # [r] Å, closest heavy atoms
    near_vector: Tensor  # [near, 3] Å from the second atom of the edge to the first
    near_envelope: Tensor  # [near]
    shell_vector: Tensor  # [shell, 3] Å from the second residue of the edge to the first
    shell_envelope: Tensor  # [shell]
    pair_distance: Tensor  # [pair] Å
    pair_envelope: Tensor  # [pair] 0 at CONTACT_CUTOFF
    pair_angles: Tensor  # [pair, 5] see PAIR_ANGLES
    contact_distance: Tensor  # [contact, 3] Å: closest heavy atoms, CA, side-chain centroid
    contact_envelope: Tensor  # [contact] 0 where the closest pair is at CONTACT_CUTOFF
    contact_vector: Tensor  # [contact, 3] unit vector from ligand atom to side-chain centroid
    contact_angles: Tensor  # [contact, 5] see CONTACT_ANGLES


def envelope(distance: Tensor, cutoff: float, width: float = 2.0) -> Tensor:
    """Return 1 up to ``cutoff - width``, 0 from ``cutoff`` on, twice differentiable between.

    The quintic smoothstep ``1 - 10 t³ + 15 t⁴ - 6 t⁵``.
    """
    t = ((distance - (cutoff - width)) / width).clamp(0.0, 1.0)
    return 1.0 - t**3 * (10.0 - 15.0 * t + 6.0 * t**2)


def length(vector: Tensor) -> Tensor:
    """Return the Euclidean length over the last axis with a finite gradient at zero."""
    return (vector.square().sum(-1) + _TINY).sqrt()


def unit(vector: Tensor) -> Tensor:
    """Return the vector at unit length; a zero vector stays zero."""
    return vector / length(vector).unsqueeze(-1)


def complex_geometry(graph: ComplexGraph) -> Geometry:
    """Derive the geometry of a batch from its positions and indices."""
    ligand, residue, pocket = graph["ligand"], graph["residue"], graph["pocket_atom"]
    ligand_direction = _ligand_directions(graph)
    ligand_normal = _normals(ligand.position, ligand.plane)
    position, centroid, axes = _residue_frames(graph)
    closest = length(
        ligand.position[residue.closest_ligand] - pocket.position[residue.closest_atom]
    )
    near_vector = _edge_vector(ligand.position, graph[EDGE_LEVELS["near"]].edge_index)
    shell_vector = _edge_vector(position, graph[EDGE_LEVELS["shell"]].edge_index)

    pair = graph[EDGE_LEVELS["pair"]]
    atom, partner = pair.edge_index
    own = _axes_first(ligand.position, ligand_direction, ligand_normal)
    left = own.index_select(1, atom)
    right = _axes_first(
        pocket.position,
        _pocket_directions(pocket.position, pocket.anchor),
        _normals(pocket.position, pocket.plane),
    ).index_select(1, partner)
    pair_vector = right[:3] - left[:3]
    pair_distance = _lengths(pair_vector)
    pair_angles = _pair_angles(
        pair_vector / pair_distance, left[3:6], right[3:6], left[6:], right[6:]
    )

    atom, row = graph[EDGE_LEVELS["contact"]].edge_index
    ends = own.index_select(1, atom)
    places = _axes_first(position, centroid, axes.flatten(1)).index_select(1, row)
    to_alpha, to_centroid = places[:3] - ends[:3], places[3:6] - ends[:3]
    alpha_distance, centroid_distance = _lengths(to_alpha), _lengths(to_centroid)
    shortest = pair_distance.new_full((len(atom),), CONTACT_CUTOFF).scatter_reduce(
        0, pair.contact, pair_distance, "amin"
    )
    line = to_centroid / centroid_distance
    contact_distance = torch.stack((shortest, alpha_distance, centroid_distance)).T
    return Geometry(
        ligand_direction=ligand_direction,
        residue_position=position,
        residue_centroid=centroid,
        residue_axes=axes,
        residue_envelope=envelope(closest, POCKET_CUTOFF),
        residue_distance=closest,
        near_vector=near_vector,
        near_envelope=envelope(length(near_vector), LIGAND_NEAR_CUTOFF),
        shell_vector=shell_vector,
        shell_envelope=envelope(length(shell_vector), RESIDUE_NEAR_CUTOFF, 3.0),
        pair_distance=pair_distance,
        pair_envelope=envelope(pair_distance, CONTACT_CUTOFF),
        pair_angles=pair_angles,
        contact_distance=contact_distance,
        contact_envelope=envelope(shortest, CONTACT_CUTOFF),
        contact_vector=line.T,
        contact_angles=_contact_angles(line, places[6:], ends[3:]),
    )


def _edge_vector(position: Tensor, edge_index: Tensor) -> Tensor:
    first, second = edge_index
    return position.index_select(0, first) - position.index_select(0, second)


def _ligand_directions(graph: ComplexGraph) -> Tensor:
    position = graph["ligand"].position
    first, second = graph[EDGE_LEVELS["bond"]].edge_index
    outward = torch.zeros_like(position).index_add(
        0, first, unit(position[first] - position[second])
    )
    return _at_most_unit(outward)


def _pocket_directions(position: Tensor, anchor: Tensor) -> Tensor:
    return _at_most_unit(unit(position.unsqueeze(1) - position[anchor]).sum(1))


def _at_most_unit(vector: Tensor) -> Tensor:
    # a nearly symmetric atom has no direction: its length fades to zero instead of flickering
    return vector / (vector.square().sum(-1, keepdim=True) + 0.05).sqrt()


def _normals(position: Tensor, plane: Tensor) -> Tensor:
    corner = position[plane[:, 0]]
    return unit(
        torch.linalg.cross(position[plane[:, 1]] - corner, position[plane[:, 2]] - corner, dim=-1)
    )


def _residue_frames(graph: ComplexGraph) -> tuple[Tensor, Tensor, Tensor]:
    residue, pocket = graph["residue"], graph["pocket_atom"]
    nitrogen, alpha, carbon = (pocket.position[row] for row in residue.frame.unbind(1))
    weight = pocket.is_sidechain
    count = weight.new_zeros(len(alpha)).index_add(0, pocket.residue, weight)
    # summed as offsets from CA: no loss of digits far from the origin
    offset = (pocket.position - alpha[pocket.residue]) * weight.unsqueeze(-1)
    mean = torch.zeros_like(alpha).index_add(0, pocket.residue, offset)
    mean = mean / count.clamp_min(1.0).unsqueeze(-1)
    outward = -unit(unit(nitrogen - alpha) + unit(carbon - alpha))
    axes = torch.stack((outward, unit(nitrogen - carbon), unit(mean)), 1)
    return alpha, alpha + mean, axes


def _axes_first(*vectors: Tensor) -> Tensor:
    """Return vectors, [n, 3] each, below one another, [3 k, n].

    Sums over three numbers that lie side by side are slow; over three rows they are fast.
    """
    return torch.cat(vectors, -1).T.contiguous()


def _lengths(vectors: Tensor) -> Tensor:
    """Return the lengths [n] of vectors [3, n], as :func:`length`."""
    return (vectors.square().sum(0) + _TINY).sqrt()


def _cosine(first: Tensor, second: Tensor) -> Tensor:
    """Return the inner products [n] of vectors [3, n]."""
    return (first * second).sum(0)


def _pair_angles(
    line: Tensor,
    ligand_direction: Tensor,
    pocket_direction: Tensor,
    ligand_normal: Tensor,
    pocket_normal: Tensor,
) -> Tensor:
    return torch.stack(
        (
            _cosine(ligand_direction, line),
            -_cosine(pocket_direction, line),
            _cosine(ligand_normal, line).square(),
            _cosine(pocket_normal, line).square(),
            _cosine(ligand_normal, pocket_normal).square(),
        )
    ).T


def _contact_angles(line: Tensor, axes: Tensor, own: Tensor) -> Tensor:
    """Return [c, 5] of lines [3, c], the residue's three axes [9, c], the atom's two [6, c]."""
    return torch.stack(
        (
            -_cosine(axes[:3], line),
            _cosine(axes[3:6], line).square(),
            -_cosine(axes[6:], line),
            _cosine(own[:3], line),
            _cosine(own[3:], line).square(),
        )
    ).T
