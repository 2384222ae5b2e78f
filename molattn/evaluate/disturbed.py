"""Complexes with their structure disturbed: the ligand in another pocket, or in a wrong pose.

What a score makes of them says whether it looks at the structure, see
:mod:`molattn.evaluate.structure_gain`. A pose full of clashes would be told too easily, so both
disturbances are chosen among several tries for few clashes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from rdkit import DataStructs
from rdkit.Chem import rdFingerprintGenerator

from molattn.errors import InputError
from molattn.pose.exchange import exchanged_pose
from molattn.pose.perturb import MovedPose, Perturber, with_positions
from molattn.structure.ligand import read_ligand
from molattn.structure.pocket import select_pocket
from molattn.structure.protein import read_protein
from molattn.structure.records import Ligand, Pocket

if TYPE_CHECKING:
    from molattn.graph.graph import ComplexGraph

POCKET_RADIUS: Final = 20.0
"""Å around the ligand of a site; another ligand of its size meets nothing beyond."""

NEAREST_SIZES: Final = 10
"""Complexes, those whose ligands are nearest in size, among which the other pocket is drawn."""

UNLIKE: Final = 0.4
"""Tanimoto similarity of Morgan fingerprints below which ligands are unlike: a ligand is not put
into the pocket of its own analogue."""

SPANS: Final = ((3.5, 4.5), (3.0, 5.0), (2.5, 6.0))
"""Å RMSD of a wrong pose, each span where those before it give none."""

TRIES: Final = 16
"""Moves of a ligand among which the least clashing is taken."""

POCKETS: Final = 3
"""Other pockets at most in which a ligand is tried."""

FEW_CLASHES: Final = 2
"""A ligand with so few clashes is not tried in a further pocket."""


@dataclass(frozen=True, slots=True)
class SiteFiles:
    """One crystal complex: its files and the cluster of its protein."""

    id: str
    protein: Path
    ligand: Path
    cluster: str
    record: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Disturbed:
    """A disturbed complex.

    Attributes
    ----------
    site
        Id of the complex whose pocket it is.
    pose
        Of the ligand there.
    """

    graph: ComplexGraph
    site: str
    pose: MovedPose


class Sites:
    """Ligands and pockets among which ligands are exchanged; each file is read once.

    Attributes
    ----------
    files
        The complexes by id.
    ligands
        Those that can be read, by id.
    faults
        What is wrong with the others, by id.
    """

    def __init__(self, files: Sequence[SiteFiles]) -> None:
        self.files: Mapping[str, SiteFiles] = {one.id: one for one in files}
        self.ligands: dict[str, Ligand] = {}
        self.faults: dict[str, str] = {}
        for one in files:
            try:
                self.ligands[one.id] = read_ligand(one.ligand, one.record)
            except InputError as error:
                self.faults[one.id] = str(error)
        generator = rdFingerprintGenerator.GetMorganGenerator(radius=2)
        self._prints = {
            name: generator.GetFingerprint(ligand.mol) for name, ligand in self.ligands.items()
        }
        self._pockets: dict[str, Pocket] = {}

    def pocket(self, identity: str) -> Pocket:
        """Return the residues around the ligand of a complex, the ligand itself left out.

        Raises
        ------
        InputError
            The protein cannot be read, or nothing of it is near the ligand.
        """
        if identity not in self._pockets:
            protein = read_protein(self.files[identity].protein)
            around = self.ligands[identity].positions
            self._pockets[identity] = select_pocket(protein, around, cutoff=POCKET_RADIUS)
        return self._pockets[identity]

    def strangers(self, identity: str, *, seed: int) -> list[str]:
        """Return complexes of other clusters whose ligands are as large and unlike, shuffled."""
        own, size = self.files[identity], len(self.ligands[identity].positions)
        names = [name for name in self.ligands if self.files[name].cluster != own.cluster]
        alike = DataStructs.BulkTanimotoSimilarity(
            self._prints[identity], [self._prints[name] for name in names]
        )
        others = [name for name, value in zip(names, alike, strict=True) if value < UNLIKE]
        others.sort(key=lambda name: chance(seed, identity, name))
        others.sort(key=lambda name: abs(len(self.ligands[name].positions) - size))
        return sorted(others[:NEAREST_SIZES], key=lambda name: chance(seed, name, identity))


def native_graph(sites: Sites, identity: str) -> ComplexGraph:
    """Return the graph of a complex as it is.

    Raises
    ------
    InputError
        The protein cannot be used.
    """
    from molattn.graph import build_graph

    return build_graph(sites.pocket(identity), sites.ligands[identity])


def in_another_pocket(sites: Sites, identity: str, *, seed: int) -> Disturbed | None:
    """Put a ligand over that of a stranger, in the stranger's pocket; None where no pocket is left.

    Of a few pockets, that in which it clashes least. See :meth:`Sites.strangers` and
    :func:`molattn.pose.exchange.exchanged_pose`.
    """
    best: Disturbed | None = None
    tried = 0
    for other in sites.strangers(identity, seed=seed):
        try:
            found = _exchanged(sites, identity, other, seed)
        except InputError:
            continue  # a file of the stranger's, or its ligand lies outside: the next will do
        tried += 1
        if best is None or found.pose.clashes < best.pose.clashes:
            best = found
        if best.pose.clashes <= FEW_CLASHES or tried == POCKETS:
            break
    return best


def _exchanged(sites: Sites, identity: str, other: str, seed: int) -> Disturbed:
    from molattn.graph import build_graph

    ligand, pocket = sites.ligands[identity], sites.pocket(other)
    pose = exchanged_pose(
        ligand,
        sites.ligands[other].positions,
        pocket.atoms.position,
        seed=chance(seed, identity),
        tries=TRIES,
    )
    return Disturbed(build_graph(pocket, with_positions(ligand, pose.positions)), other, pose)


def in_a_wrong_pose(sites: Sites, identity: str, *, seed: int) -> Disturbed | None:
    """Move a ligand about 4 Å within its own pocket; None where no try lies in :data:`SPANS`.

    Raises
    ------
    InputError
        The protein cannot be used.
    """
    from molattn.graph import build_graph

    ligand, pocket = sites.ligands[identity], sites.pocket(identity)
    perturber = Perturber(ligand, pocket.atoms.position, seed=chance(seed, identity))
    for span in SPANS:
        pose = perturber.far(span, tries=TRIES)
        if pose is not None:
            graph = build_graph(pocket, with_positions(ligand, pose.positions))
            return Disturbed(graph, identity, pose)
    return None


def chance(*parts: object) -> int:
    """Return a number that looks like chance and depends on the parts alone."""
    return int.from_bytes(hashlib.sha256(" ".join(map(str, parts)).encode()).digest()[:6], "big")
