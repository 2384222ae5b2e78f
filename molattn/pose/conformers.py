"""Conformers of a ligand that follow a template where the two correspond.

ETKDG version 3 (Wang, Witek, Landrum & Riniker, J. Chem. Inf. Model. 2020, 60, 2044), with the
distances within the common substructure taken from the template so that rings pucker alike.
"""

from __future__ import annotations

import random
from contextlib import suppress
from typing import Any, Final

import numpy as np
from rdkit import Chem, rdBase
from rdkit.Chem import rdDistGeom, rdMolAlign, rdMolDescriptors
from rdkit.Chem.EnumerateStereoisomers import EnumerateStereoisomers, StereoEnumerationOptions
from rdkit.Geometry import Point3D

from molattn.pose.correspondence import Correspondence
from molattn.structure.records import Floats

_MOST_ISOMERS: Final = 4
_MOST_DRAWS: Final = 64  # of choices of centres, to find that many isomers
_TRIES: Final = 8
_TRIES_FOLLOWING: Final = 2
_PATIENCE: Final = 15
_LARGE: Final = 60  # heavy atoms
_QUICK_TOLERANCE: Final = 0.0135  # kcal/mol/Å; with larger ones many conformers fail the checks
_FARTHEST: Final = 8.0  # Å between the middles of overlay and template


class _Draws(random.Random):
    """Random numbers that end: of some cages, thousands of choices of centres are one molecule."""

    left = _MOST_DRAWS

    def getrandbits(self, bits: int, /) -> int:
        """Return random bits, as often as is allowed."""
        self.left -= 1
        if self.left < 0:
            raise _Exhausted
        return super().getrandbits(bits)


class _Exhausted(Exception):
    """No more random numbers."""


def stereoisomers(mol: Chem.Mol, most: int = _MOST_ISOMERS) -> list[Chem.Mol]:
    """Return a molecule with each choice of its undefined centres, at most ``most``."""
    options = StereoEnumerationOptions(
        onlyUnassigned=True, unique=True, maxIsomers=most, rand=_Draws(1)
    )
    found: list[Chem.Mol] = []
    with rdBase.BlockLogs(), suppress(_Exhausted):
        found.extend(EnumerateStereoisomers(mol, options=options))  # keeps what came before the end
    return found or [mol]


def conformers(
    mol: Chem.Mol,
    template: Floats,
    correspondence: Correspondence | None,
    *,
    count: int,
    seed: int,
    quick: bool = False,
) -> list[Floats]:
    """Return heavy-atom conformers [a, 3] Å, in a frame of their own.

    Parameters
    ----------
    mol
        Molecule without hydrogens; they are added here and removed again.
    template
        [t, 3] Å.
    correspondence
        Whose distances are taken from the template; None leaves the conformer free.
    count
        Conformers wanted; fewer where embedding fails, none where it always fails.
    seed
        Of the embedding.
    quick
        Stop the minimisation sooner and let small rings pucker as they will: half the time, and
        fewer fused rings that cannot be embedded. So are molecules of more than 60 atoms in any
        case, which may take minutes otherwise.
    """
    quick = quick or mol.GetNumAtoms() > _LARGE
    full = Chem.AddHs(mol)
    parameters = _parameters(template, correspondence, seed, quick)
    if correspondence is not None:
        # a failure is slow: one conformer shows whether the others are worth their time
        first = _heavy(full, _embedded(full, 1, parameters), mol.GetNumAtoms())
        if not first or count == 1:
            return first
        parameters.randomSeed += 1
        return first + _heavy(full, _embedded(full, count - 1, parameters), mol.GetNumAtoms())
    made = _embedded(full, count, parameters)
    if not made:
        patient = _parameters(template, None, seed, quick)
        patient.useRandomCoords = True  # slower, but hardly ever without a result
        patient.maxIterations = _PATIENCE
        made = _embedded(full, 1, patient)
    return _heavy(full, made, mol.GetNumAtoms())


def _heavy(full: Chem.Mol, made: list[int], heavy: int) -> list[Floats]:
    return [np.array(full.GetConformer(one).GetPositions()[:heavy]) for one in made]


def _parameters(
    template: Floats, correspondence: Correspondence | None, seed: int, quick: bool
) -> Any:
    parameters: Any = rdDistGeom.ETKDGv3()
    parameters.randomSeed = seed % (2**31 - 1)
    parameters.maxIterations = _TRIES
    parameters.useSmallRingTorsions = not quick
    if quick:
        parameters.optimizerForceTol = _QUICK_TOLERANCE
    if correspondence is not None:
        places = {
            int(atom): Point3D(*template[place])
            for atom, place in zip(correspondence.ligand, correspondence.template, strict=True)
        }
        parameters.SetCoordMap(places)
        parameters.useRandomCoords = True
        parameters.maxIterations = _TRIES_FOLLOWING
    return parameters


def _embedded(full: Chem.Mol, count: int, parameters: Any) -> list[int]:
    with rdBase.BlockLogs():
        try:
            return list(rdDistGeom.EmbedMultipleConfs(full, count, parameters))
        except (ValueError, RuntimeError):
            return []


def overlaid(mol: Chem.Mol, conformer_positions: list[Floats], template: Chem.Mol) -> list[Floats]:
    """Lay conformers on a template by atom contributions to logP, without a common substructure.

    Open3DAlign (Tosco, Balle & Shiri, J. Comput. Aided Mol. Des. 2011, 25, 777) with Crippen's
    contributions.

    Parameters
    ----------
    mol
        Molecule without hydrogens.
    conformer_positions
        Of [a, 3] Å.
    template
        Molecule without hydrogens, with a conformer.

    Returns
    -------
    list of array
        [a, 3] Å, the best overlay first.
    """
    probe = Chem.Mol(mol)
    probe.RemoveAllConformers()
    for positions in conformer_positions:
        conformer = Chem.Conformer(mol.GetNumAtoms())
        conformer.SetPositions(np.ascontiguousarray(positions))
        probe.AddConformer(conformer, assignId=True)
    with rdBase.BlockLogs():
        shares = (
            rdMolDescriptors._CalcCrippenContribs(probe),
            rdMolDescriptors._CalcCrippenContribs(template),
        )
        scored = []
        for conformer in list(probe.GetConformers()):
            number = conformer.GetId()
            try:
                overlay = rdMolAlign.GetCrippenO3A(probe, template, *shares, prbCid=number)
                overlay.Align()
            except RuntimeError:  # molecules of very few atoms
                continue
            scored.append((-overlay.Score(), number))
    middle = template.GetConformer().GetPositions().mean(axis=0)
    if not scored:
        return [shape - shape.mean(axis=0) + middle for shape in conformer_positions]
    posed = [np.array(probe.GetConformer(number).GetPositions()) for _, number in sorted(scored)]
    # a molecule of very few atoms may be left where it was
    return [
        one
        if np.linalg.norm(one.mean(axis=0) - middle) < _FARTHEST
        else one - one.mean(axis=0) + middle
        for one in posed
    ]
