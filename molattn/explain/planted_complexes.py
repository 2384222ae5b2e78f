"""Made-up complexes in which one pair alone decides the label.

A small ligand among residues with real coordinates, placed at random around it. The label depends
on one ligand atom (the hydroxyl oxygen) and one residue (the only aspartate) alone: on their
distance, most at 2.9 Å, or on the angle at the ligand atom, most at 120°. The other residues, near
the same atom and near others, are noise.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Final, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from rdkit import Chem
from rdkit.Chem import rdDistGeom
from scipy.spatial.transform import Rotation

from molattn.graph import ComplexGraph, build_graph
from molattn.graph.fields import EDGE_LEVELS
from molattn.resources import example
from molattn.structure import Ligand, Pocket, read_protein
from molattn.structure.records import AtomTable, ResidueKind, ResidueTable, SourceRecord

Floats = NDArray[np.float64]
SignalName = Literal["distance", "angle", "shuffled"]

BEST_DISTANCE: Final = 2.9  # Å
BEST_ANGLE: Final = 120.0  # degrees
_WIDTHS: Final = {"distance": 0.35, "angle": 20.0}  # of the peaks, Å and degrees
_HEIGHT: Final = 3.0  # pK between peak and base
_BASE: Final = 5.0  # pK
_NOISE: Final = 0.1  # pK
_RANGES: Final[Mapping[str, tuple[float, float]]] = {"distance": (2.2, 5.5), "angle": (2.6, 3.3)}
"""Å, between which the planted pair lies; close enough for an angle to matter."""
_ANGLES: Final = (70.0, 175.0)  # degrees
_CLOSE: Final = (2.3, 4.0)  # Å, from the ligand to the residues that are noise
_CLASH: Final = 2.1  # Å

_SMILES: Final = "CC(=O)NCCO"
ATOM: Final = 6  # the hydroxyl oxygen
_BESIDE: Final = 5  # the carbon that bears it
_POLAR: Final = (2, 3, 6)
"""Atoms that meet residues: from the carbon beside, a distance would say what the angle says."""
_PLANTED: Final = "ASP"
_TIP: Final = "OD1"
_NOISY: Final = ("ALA", "ASN", "LEU", "SER", "VAL")
_OTHERS: Final = 4


@dataclass(frozen=True, slots=True, eq=False)
class PlantedComplex:
    """One made-up complex.

    Attributes
    ----------
    graph
        What the network sees.
    label
        pK.
    residue
        Row of the residue that matters.
    distance, angle
        Å and degrees (at the ligand atom) of the pair that matters.
    """

    graph: ComplexGraph
    label: float
    residue: int
    distance: float
    angle: float

    @property
    def contact(self) -> int:
        """Row of the contact that matters."""
        atom, residue = self.graph[EDGE_LEVELS["contact"]].edge_index
        return int(torch.nonzero((atom == ATOM) & (residue == self.residue))[0, 0])


def planted_complexes(signal: SignalName, count: int, seed: int) -> list[PlantedComplex]:
    """Return made-up complexes with their labels.

    Parameters
    ----------
    signal
        What the label depends on. ``shuffled`` gives the labels of ``distance`` to complexes at
        random.
    count, seed
        How many, and which.
    """
    random = np.random.default_rng(seed)
    made = [_complex(signal, random) for _ in range(count)]
    if signal == "shuffled":
        labels = random.permutation([one.label for one in made]).tolist()
        made = [replace(one, label=label) for one, label in zip(made, labels, strict=True)]
    return made


def label_of(signal: SignalName, distance: float, angle: float) -> float:
    """Return the pK of a pair without noise."""
    if signal == "angle":
        offset = (angle - BEST_ANGLE) / _WIDTHS["angle"]
    else:
        offset = (distance - BEST_DISTANCE) / _WIDTHS["distance"]
    return _BASE + _HEIGHT * float(np.exp(-0.5 * offset**2))


@cache
def _ligand_shape() -> tuple[Chem.Mol, Floats]:
    mol = Chem.AddHs(Chem.MolFromSmiles(_SMILES))
    rdDistGeom.EmbedMolecule(mol, randomSeed=1)
    bare = Chem.RemoveHs(mol)
    positions = bare.GetConformer().GetPositions()
    return bare, positions - positions.mean(axis=0)


@cache
def _residue_shapes() -> dict[str, Pocket]:
    """Return one whole residue of each name, as it stands in a crystal structure."""
    protein = read_protein(example("1s3v").protein)
    shapes: dict[str, Pocket] = {}
    for row in range(len(protein.residues)):
        name = str(protein.residues.name[row])
        if name in (_PLANTED, *_NOISY) and name not in shapes:
            rows = np.flatnonzero(protein.atoms.residue == row)
            atoms = protein.atoms.take(rows, np.zeros(len(rows), dtype=np.int64))
            shapes[name] = Pocket(atoms, protein.residues.take(np.array([row])))
    return shapes


def ligand_positions() -> Floats:
    """Return the positions of the ligand's heavy atoms, [a, 3] Å."""
    return _ligand_shape()[1]


def _complex(signal: SignalName, random: np.random.Generator) -> PlantedComplex:
    ligand = ligand_positions()
    distance, angle = (
        random.uniform(*_RANGES["angle" if signal == "angle" else "distance"]),
        random.uniform(*_ANGLES),
    )
    placed = [(_PLANTED, _place_planted(distance, angle, random))]
    while len(placed) < 1 + _OTHERS:
        name = _NOISY[int(random.integers(len(_NOISY)))]
        positions = _place_anywhere(name, ligand, random)
        clear = all(_closest(positions, other) > _CLASH for _, other in placed)
        if clear and _closest(positions, ligand) > _CLOSE[0] - 1e-6:
            placed.append((name, positions))
    label = label_of(signal, distance, angle) + random.normal(0.0, _NOISE)
    return PlantedComplex(graph_of(placed), float(label), 0, distance, angle)


def _place_planted(distance: float, angle: float, random: np.random.Generator) -> Floats:
    """Return the atoms of the residue that matters, its tip at a distance and angle.

    It points away from the ligand atom, turned at random about that line, and is put where no
    other atom of it comes nearer to the ligand atom than the tip does.
    """
    shape = _residue_shapes()[_PLANTED].atoms
    names = shape.name.tolist()
    tip = shape.position[names.index(_TIP)]
    side_chain = [names.index(name) for name in ("CB", "CG", "OD1", "OD2")]
    axis = shape.position[side_chain].mean(axis=0) - tip
    ligand = ligand_positions()
    bond = ligand[ATOM] - ligand[_BESIDE]
    bond /= np.linalg.norm(bond)
    best: Floats | None = None
    for _ in range(40):
        across = np.cross(bond, random.normal(size=3))
        across /= np.linalg.norm(across)
        turn = np.radians(angle)
        way = -np.cos(turn) * bond + np.sin(turn) * across
        rotation, _ = Rotation.align_vectors(way[None], axis[None])
        spin = Rotation.from_rotvec(way * random.uniform(0.0, 2.0 * np.pi))
        positions = (spin * rotation).apply(shape.position - tip) + ligand[ATOM] + distance * way
        # the others of the ligand keep their distance where the angle lets them
        room = _closest(positions, np.delete(ligand, ATOM, axis=0))
        if best is None or room > _closest(best, np.delete(ligand, ATOM, axis=0)):
            best = positions
        if room > _CLASH:
            break
    assert best is not None
    return best


def _place_anywhere(name: str, ligand: Floats, random: np.random.Generator) -> Floats:
    """Return the atoms of a residue at a random place, at a random distance from the ligand."""
    shape = _residue_shapes()[name].atoms.position
    turned = Rotation.random(random_state=random).apply(shape - shape.mean(axis=0))
    way = random.normal(size=3)
    way /= np.linalg.norm(way)
    wanted = random.uniform(*_CLOSE)
    low, high = 0.0, 30.0
    for _ in range(30):
        middle = 0.5 * (low + high)
        low, high = (
            (middle, high) if _closest(turned + middle * way, ligand) < wanted else (low, middle)
        )
    return np.asarray(turned + high * way)


def _closest(one: Floats, other: Floats) -> float:
    return float(np.linalg.norm(one[:, None] - other[None], axis=-1).min())


def pair_graph(distance: float, angle: float, turn: int) -> ComplexGraph:
    """Return the graph of the ligand and the residue that matters alone.

    Parameters
    ----------
    distance, angle
        Of the pair, Å and degrees.
    turn
        Seed of the turn of the residue about the line of the pair.
    """
    return graph_of([(_PLANTED, _place_planted(distance, angle, np.random.default_rng(turn)))])


def signal_present(signal: SignalName, one: PlantedComplex) -> bool:
    """Return whether the label of a complex without noise is above half of the peak's height."""
    return label_of(signal, one.distance, one.angle) > _BASE + 0.5 * _HEIGHT


def graph_of(placed: Sequence[tuple[str, Floats]]) -> ComplexGraph:
    """Return the graph of the ligand among residues, given their names and atom positions (Å)."""
    shapes = _residue_shapes()
    mol, positions = _ligand_shape()
    tables = [shapes[name].atoms for name, _ in placed]
    owners = np.repeat(np.arange(len(placed)), [len(table) for table in tables])

    def joined(field: str) -> Any:
        return np.concatenate([getattr(table, field) for table in tables])

    count = len(placed)
    names = np.array([name for name, _ in placed])
    pocket = Pocket(
        AtomTable(
            name=joined("name"),
            element=joined("element"),
            position=np.concatenate([where for _, where in placed]),
            occupancy=np.ones(len(owners)),
            b_factor=np.full(len(owners), 20.0),
            residue=owners.astype(np.int64),
        ),
        ResidueTable(
            chain=np.full(count, "A"),
            number=np.arange(1, count + 1),
            insertion=np.full(count, ""),
            name=names,
            parent=names,
            kind=np.full(count, int(ResidueKind.AMINO_ACID)),
            missing_atoms=np.zeros(count, dtype=bool),
            alternative=np.zeros(count, dtype=bool),
        ),
    )
    whole = build_graph(pocket, Ligand(mol, positions, "probe", SourceRecord("", 0)))
    return _met_by(whole, _POLAR)


def _met_by(graph: ComplexGraph, atoms: Sequence[int]) -> ComplexGraph:
    """Take the contacts of all other ligand atoms out of a graph."""
    contact, pair = graph[EDGE_LEVELS["contact"]], graph[EDGE_LEVELS["pair"]]
    kept = torch.isin(contact.edge_index[0], torch.tensor(atoms))
    row = torch.cumsum(kept, 0) - 1
    pairs = kept[pair.contact]
    contact.edge_index = contact.edge_index[:, kept]
    pair.edge_index, pair.contact = pair.edge_index[:, pairs], row[pair.contact[pairs]]
    return graph
