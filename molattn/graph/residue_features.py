"""Residues and atoms of a pocket as numbers: types, roles, frames, planes, reliability.

What names say comes from cached templates, one look-up a residue; the rest is array arithmetic over
the whole pocket.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.spatial import cKDTree

from molattn.graph.fields import CONTACT_CUTOFF, POCKET_CUTOFF
from molattn.graph.residue_template import FROM_PREVIOUS, ResidueTemplate, residue_template
from molattn.structure.records import AtomTable, Floats, Integers, ResidueKind, ResidueTable

_BOND: Final = 2.0  # Å, longest distance of covalent heavy neighbours; 1.33 of C and the next N


@dataclass(frozen=True, slots=True, eq=False)
class PocketFeatures:
    """Features of the residues and atoms of a pocket; columns as in the registry of fields."""

    residue_type: Integers  # [r]
    kind: Integers  # [r]
    reliability: Floats  # [r, 5]
    frame: Integers  # [r, 3] atom rows
    element: Integers  # [n]
    atom_type: Integers  # [n]
    roles: Floats  # [n, roles]
    is_sidechain: Floats  # [n]
    anchor: Integers  # [n, 2] atom rows
    plane: Integers  # [n, 3] atom rows


def pocket_features(atoms: AtomTable, residues: ResidueTable, closest: Floats) -> PocketFeatures:
    """Compute the features of a pocket.

    Parameters
    ----------
    atoms, residues
        The pocket; atoms sorted by residue, every residue with at least one atom.
    closest
        [r] Å, closest heavy-atom distance of each residue to the ligand; residues near
        POCKET_CUTOFF count less in the mean B factor, so that one that leaves changes nothing.
    """
    first = np.searchsorted(atoms.residue, np.arange(len(residues) + 1))
    templates = _templates(atoms, residues, first)
    start = first[:-1]
    backbone = _backbone(templates, start)
    return PocketFeatures(
        residue_type=np.array([each.residue_type for each in templates], dtype=np.int64),
        kind=residues.kind.astype(np.int64),
        reliability=_reliability(atoms, residues, first, closest),
        frame=_frames(atoms, first, backbone),
        element=np.concatenate([each.element for each in templates]),
        atom_type=np.concatenate([each.atom_type for each in templates]),
        roles=np.concatenate([each.roles for each in templates]),
        is_sidechain=np.concatenate([each.is_sidechain for each in templates]),
        anchor=_anchors(atoms.position, start, templates),
        plane=_planes(atoms, start, templates, backbone),
    )


def cut_features(
    whole: PocketFeatures,
    rows: tuple[Integers, Integers],
    atoms: AtomTable,
    residues: ResidueTable,
    closest: Floats,
) -> PocketFeatures:
    """Return the features of a pocket from those of the whole protein, equal to `pocket_features`.

    Parameters
    ----------
    whole
        Of a protein for which `one_carbon_at_most` holds.
    rows
        Of the pocket's atoms [n] and residues [r] in the protein, growing.
    atoms, residues, closest
        As of `pocket_features`.
    """
    atom, residue = rows
    first = np.searchsorted(atoms.residue, np.arange(len(residues) + 1))
    new = np.full(len(whole.element), -1, dtype=np.int64)
    new[atom] = np.arange(len(atom))
    plane = new[whole.plane[atom]]
    without = np.flatnonzero((plane < 0).any(1))  # the residue before is not in the pocket
    plane[without] = without[:, None]
    return PocketFeatures(
        residue_type=whole.residue_type[residue],
        kind=whole.kind[residue],
        reliability=_reliability(atoms, residues, first, closest),
        frame=new[whole.frame[residue]],
        element=whole.element[atom],
        atom_type=whole.atom_type[atom],
        roles=whole.roles[atom],
        is_sidechain=whole.is_sidechain[atom],
        anchor=new[whole.anchor[atom]],
        plane=plane,
    )


def _backbone(templates: list[ResidueTemplate], start: Integers) -> Integers:
    """Return the rows of N, CA and C of each residue, [r, 3], -1 for each that is absent."""
    local = np.array([template.backbone for template in templates], dtype=np.int64)
    return np.where(local >= 0, local + start[:, None], -1)


def _templates(atoms: AtomTable, residues: ResidueTable, first: Integers) -> list[ResidueTemplate]:
    names, symbols, ends = atoms.name.tolist(), atoms.element.tolist(), first.tolist()
    kinds, parents = residues.kind.tolist(), residues.parent.tolist()
    return [
        residue_template(
            kinds[row],
            parents[row],
            tuple(names[ends[row] : ends[row + 1]]),
            tuple(symbols[ends[row] : ends[row + 1]]),
        )
        for row in range(len(residues))
    ]


def _frames(atoms: AtomTable, first: Integers, backbone: Integers) -> Integers:
    """Return N, CA, C, or thrice the atom nearest to the centroid where one of them is absent."""
    frame = backbone.copy()
    for residue in np.flatnonzero((backbone < 0).any(1)).tolist():
        start, stop = first[residue], first[residue + 1]
        position = atoms.position[start:stop]
        offset = position - position.mean(0)
        frame[residue] = start + int(np.argmin((offset**2).sum(1)))
    return frame


def _planes(
    atoms: AtomTable, start: Integers, templates: list[ResidueTemplate], backbone: Integers
) -> Integers:
    local = np.concatenate([template.plane for template in templates])
    plane = local + start[atoms.residue][:, None]
    row, column = np.nonzero(local == FROM_PREVIOUS)
    plane[row, column] = _previous_carbon(atoms.position, backbone)[atoms.residue[row]]
    without = row[plane[row, column] < 0]
    plane[without] = without[:, None]
    return plane


def _previous_carbon(position: Floats, backbone: Integers) -> Integers:
    """Return the row of the carbonyl carbon bound to each residue's N, [r], -1 for none."""
    previous = np.full(len(backbone), -1, dtype=np.int64)
    donors, carbons, distance = _carbons_near(position, backbone)
    if carbons.size:
        nearest = distance.argmin(1)
        row = np.arange(len(donors))
        bonded = distance[row, nearest] < _BOND
        previous[donors[bonded]] = carbons[row, nearest][bonded]
    return previous


def one_carbon_at_most(atoms: AtomTable, residues: ResidueTable) -> bool:
    """Return whether no N of the backbone has carbonyl carbons of two other residues within bonds.

    Then what a pocket says of the residue before does not depend on which residues it holds.
    """
    first = np.searchsorted(atoms.residue, np.arange(len(residues) + 1))
    backbone = _backbone(_templates(atoms, residues, first), first[:-1])
    _, _, distance = _carbons_near(atoms.position, backbone)
    return bool(((distance < _BOND).sum(1) <= 1).all())


def _carbons_near(position: Floats, backbone: Integers) -> tuple[Integers, Integers, Floats]:
    """Return residues with N [d], the rows and distances of the carbons nearest to it, [d, 3]."""
    donors = np.flatnonzero(backbone[:, 0] >= 0)
    givers = np.flatnonzero(backbone[:, 2] >= 0)
    if not len(donors) or not len(givers):
        return donors, np.empty((len(donors), 0), dtype=np.int64), np.empty((len(donors), 0))
    carbons = backbone[givers, 2]
    tree = cKDTree(position[carbons])
    distance, place = tree.query(position[backbone[donors, 0]], k=np.arange(1, 4))
    found = place < len(carbons)  # beyond the last carbon, the tree says infinity
    place = np.where(found, place, 0)
    distance = np.where(found & (givers[place] != donors[:, None]), distance, np.inf)
    return donors, carbons[place], distance


def _anchors(position: Floats, start: Integers, templates: list[ResidueTemplate]) -> Integers:
    """Return the first two covalent neighbours of each atom by name, [n, 2]; itself if none.

    By name and not by distance: the three neighbours of a branching carbon are equally far to
    within the rounding of a file, and the choice must not depend on that.
    """
    anchor = np.repeat(np.arange(len(position))[:, None], 2, axis=1)
    sizes = [template.pairs.shape[1] for template in templates]
    pairs = np.concatenate([template.pairs for template in templates], axis=1)
    pairs += np.repeat(start, sizes)
    gap = position[pairs[0]] - position[pairs[1]]
    atom, partner = pairs[:, np.einsum("ij,ij->i", gap, gap) < _BOND**2]
    rank = np.concatenate([template.name_rank for template in templates])
    order = np.lexsort((rank[partner], atom))
    atom, partner = atom[order], partner[order]
    new = np.ones(len(atom), dtype=bool)
    new[1:] = atom[1:] != atom[:-1]
    second = np.flatnonzero(~new & np.append(False, new[:-1]))
    anchor[atom[new], 0] = partner[new]
    anchor[atom[second], 1] = partner[second]
    return anchor


def _reliability(
    atoms: AtomTable, residues: ResidueTable, first: Integers, closest: Floats
) -> Floats:
    occupancy = np.add.reduceat(atoms.occupancy, first[:-1]) / np.diff(first)
    return np.stack(
        (
            _b_factor_score(atoms, first[:-1], closest),
            np.clip(1.0 - occupancy, 0.0, 1.0),
            residues.missing_atoms.astype(np.float64),
            residues.alternative.astype(np.float64),
            (residues.kind == ResidueKind.MODIFIED).astype(np.float64),
        ),
        axis=1,
    )


def _b_factor_score(atoms: AtomTable, start: Integers, closest: Floats) -> Floats:
    """Return tanh(z / 2) of each residue's mean B factor within the pocket, 0 where unknown."""
    known = (atoms.b_factor > 0.0).astype(np.float64)
    number = np.add.reduceat(known, start)
    mean = np.add.reduceat(atoms.b_factor * known, start) / np.maximum(number, 1.0)
    fade = np.clip((POCKET_CUTOFF - closest) / (POCKET_CUTOFF - CONTACT_CUTOFF), 0.0, 1.0)
    weight = np.where(number > 0.0, fade**2 * (3.0 - 2.0 * fade), 0.0)
    total = weight.sum()
    if total <= 0.0:
        return np.zeros(len(start))
    average = (weight * mean).sum() / total
    deviation = np.sqrt((weight * (mean - average) ** 2).sum() / total)
    if deviation < 1e-3:  # Å², finer than any file writes
        return np.zeros(len(start))
    score = np.tanh((mean - average) / (2.0 * deviation))
    return np.where(number > 0.0, score, 0.0)
