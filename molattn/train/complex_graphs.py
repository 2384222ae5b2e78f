"""One complex of the manifest as graphs: its crystal pose and poses moved from it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from molattn.errors import PocketEmpty
from molattn.pose.perturb import MovedPose, Perturber, with_positions
from molattn.structure.records import Floats, Ligand
from molattn.train.config import PoseConfig
from molattn.train.manifest import ManifestRow

if TYPE_CHECKING:
    from molattn.graph.graph import ComplexGraph

CRYSTAL = 0
"""Number of the crystal pose; moved poses count from 1."""

_POCKET_RADIUS = 14.0
"""Å around the crystal pose; holds every residue that a moved pose can meet."""


@dataclass(frozen=True, slots=True, eq=False)
class PoseGraph:
    """One pose of a complex as a graph.

    Attributes
    ----------
    pose
        0 for the crystal pose, else the number of the moved pose.
    rmsd
        Å from the crystal pose.
    clashes
        Heavy-atom pairs of ligand and protein under 2.5 Å, as counted on the moved pose.
    """

    graph: ComplexGraph
    pose: int
    rmsd: float
    clashes: int


def complex_graphs(row: ManifestRow, config: PoseConfig) -> list[PoseGraph]:
    """Read a complex and build the graph of its crystal pose and of its moved poses.

    The moved poses follow from their seed and the id alone, not from the other rows.

    Raises
    ------
    InputError
        A file cannot be used, or ligand and protein do not meet.
    """
    from molattn.graph import build_graph
    from molattn.structure import read_ligand, read_protein, select_pocket

    ligand = read_ligand(row.ligand, row.record)
    pocket = select_pocket(read_protein(row.protein), ligand.positions, cutoff=_POCKET_RADIUS)
    graphs = [PoseGraph(build_graph(pocket, ligand), CRYSTAL, 0.0, 0)]
    moved_poses = _moved_poses(ligand, pocket.atoms.position, config, row.id)
    for number, moved in enumerate(moved_poses, start=1):
        try:
            graph = build_graph(pocket, with_positions(ligand, moved.positions))
        except PocketEmpty:
            continue
        graphs.append(PoseGraph(graph, number, moved.rmsd, moved.clashes))
    return graphs


def _moved_poses(
    ligand: Ligand, protein: Floats, config: PoseConfig, identity: str
) -> list[MovedPose]:
    if config.decoys_per_complex == 0:
        return []
    digest = hashlib.sha256(f"{config.seed} {identity}".encode()).digest()
    perturber = Perturber(ligand, protein, seed=int.from_bytes(digest[:8], "big"))
    near = round(config.decoys_per_complex * config.near_fraction)
    poses = [perturber.near(config.near, tries=config.tries) for _ in range(near)]
    poses += [
        perturber.far(config.far, tries=config.tries)
        for _ in range(config.decoys_per_complex - near)
    ]
    return [pose for pose in poses if pose is not None]
