"""Poses for the molecules of a library: as given, placed on a reference ligand, or docked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np
from rdkit import Chem

from molattn.errors import LigandUnreadable
from molattn.screen.forms import enumerate_forms
from molattn.screen.molecule import LibraryMolecule
from molattn.screen.receptor import REACH, Receptor
from molattn.structure import Ligand, Note

if TYPE_CHECKING:
    from molattn.pose.dock import Docker
    from molattn.pose.place import Placer
    from molattn.pose.plausibility import PlausibilityChecker
    from molattn.pose.relax_pose import PoseRelaxer
    from molattn.screen.plan import ScreenSettings

_METALS_FREE: Final = frozenset({1, 5, 6, 7, 8, 9, 14, 15, 16, 17, 34, 35, 53})
"""Elements of molecules that can be built; a complex of a metal must come with its pose."""


@dataclass(frozen=True, slots=True, eq=False)
class Pose:
    """One pose to score.

    Attributes
    ----------
    ligand
        The molecule in its pose; its notes are those of the record as well.
    source
        ``given``, ``relaxed``, ``placed`` or ``docked``.
    energy
        Vina's, kcal/mol; None where it did not dock.
    faults
        What is implausible about it, in words.
    smiles
        Of the molecule, with its stereo.
    """

    ligand: Ligand
    source: str
    energy: float | None = None
    faults: tuple[str, ...] = ()
    smiles: str = ""


class PoseMaker:
    """Makes the poses of one record; what the receptor needs is prepared once.

    Parameters
    ----------
    receptor
        The receptor.
    settings
        Of the screen.

    Raises
    ------
    MolattnError
        Nothing can be built in this receptor, whatever the record.
    """

    def __init__(self, receptor: Receptor, settings: ScreenSettings) -> None:
        self.receptor = receptor
        self.settings = settings
        # what fails here must end the run, not every record
        match settings.pose.mode:
            case "place":
                self._placer  # noqa: B018
            case "dock":
                self._docker  # noqa: B018
            case "given":
                self._checker  # noqa: B018

    def poses(self, molecule: LibraryMolecule, name: str) -> list[Pose]:
        """Return the poses of a molecule, at least one.

        Raises
        ------
        LigandUnreadable
            It has no pose and none can be made.
        """
        mode = self.settings.pose.mode
        if mode == "given" and molecule.ligand is not None:
            made = [self._given(molecule.ligand)]
            return self._checked(made, molecule.notes, molecule.mol)
        if mode == "given" and self.receptor.reference is None:
            raise LigandUnreadable(
                f"{molecule.no_pose.rstrip('.')}, or screen with --pose place and --reference, or "
                "with --pose dock."
            )
        return self._built(molecule, name, self._docked if mode == "dock" else self._placed)

    def _given(self, ligand: Ligand) -> Pose:
        if not self.settings.pose.relax:
            return Pose(ligand, "given")
        return Pose(self._relaxer.relax(ligand), "relaxed")

    def _built(
        self,
        molecule: LibraryMolecule,
        name: str,
        build: Callable[[Chem.Mol, str], list[Pose]],
    ) -> list[Pose]:
        """Build poses of every form; a form that cannot be built costs the others nothing."""
        strange = {atom.GetSymbol() for atom in molecule.mol.GetAtoms()} - _symbols()
        if strange:
            raise LigandUnreadable(
                f"A molecule with {', '.join(sorted(strange))} cannot be built into a pocket; "
                "give its pose."
            )
        made: list[Pose] = []
        errors: list[LigandUnreadable] = []
        for form in enumerate_forms(molecule.mol, self.settings.forms):
            notes = (*molecule.notes, *form.notes)
            try:
                made += self._checked(build(form.mol, name), notes, form.mol)
            except LigandUnreadable as error:
                errors.append(error)
        if not made:
            raise errors[0]
        return made

    def _placed(self, mol: Chem.Mol, name: str) -> list[Pose]:
        pose = self.settings.pose
        found = self._placer.poses(mol, name, seed=pose.seed, most=pose.most)
        return [Pose(one.ligand, "placed") for one in found]

    def _docked(self, mol: Chem.Mol, name: str) -> list[Pose]:
        found = self._docker.poses(mol, name, most=self.settings.pose.most)
        return [Pose(one.ligand, "docked", one.energy) for one in found]

    def _checked(self, poses: list[Pose], notes: Sequence[Note], drawn: Chem.Mol) -> list[Pose]:
        """Return poses of one molecule with what is implausible about them, and with its notes."""
        smiles = Chem.MolToSmiles(drawn)
        # the stereo of a given pose is its own
        reference = None if poses and poses[0].source in ("given", "relaxed") else drawn
        found = self._checker.check_poses([one.ligand for one in poses], reference)
        return [
            replace(
                pose,
                ligand=_noted(pose.ligand, notes),
                faults=plausibility.faults,
                smiles=smiles,
            )
            for pose, plausibility in zip(poses, found, strict=True)
        ]

    @cached_property
    def _placer(self) -> Placer:
        from molattn.pose.place import Placer

        reference = self.receptor.reference
        assert reference is not None
        pocket = self.receptor.surroundings(reference.positions)
        return Placer(reference, pocket.atoms, pocket.residues, effort=self.settings.pose.effort)

    @cached_property
    def _docker(self) -> Docker:
        from molattn.pose.dock import Docker, box_around
        from molattn.pose.vina import MARGIN

        pose, center, reference = self.settings.pose, self.receptor.center, self.receptor.reference
        if center is not None:
            corners, margin = box_around(np.array(center), pose.box), 0.0
            pocket = self.receptor.surroundings(np.array([center]), REACH + pose.box)
        else:
            assert reference is not None
            corners, margin = reference.positions, MARGIN
            pocket = self.receptor.surroundings(corners)
        return Docker(
            pocket.atoms,
            pocket.residues,
            corners,
            margin=margin,
            exhaustiveness=pose.exhaustiveness,
            seed=pose.seed,
        )

    @cached_property
    def _relaxer(self) -> PoseRelaxer:
        from molattn.pose.relax_pose import PoseRelaxer

        around = self.receptor.around
        assert around is not None
        protein = self.receptor.protein
        return PoseRelaxer(protein.atoms, protein.residues, around)

    @cached_property
    def _checker(self) -> PlausibilityChecker:
        from molattn.pose.plausibility import PlausibilityChecker

        return PlausibilityChecker(self.receptor.protein.atoms, self.receptor.protein.residues)


def _noted(ligand: Ligand, notes: Sequence[Note]) -> Ligand:
    return replace(ligand, notes=tuple(dict.fromkeys((*notes, *ligand.notes))))


def _symbols() -> set[str]:
    table = Chem.GetPeriodicTable()
    return {table.GetElementSymbol(number) for number in _METALS_FREE}
