"""Place a ligand of a congeneric series on a posed template ligand in a rigid pocket.

Common substructures give the places of the shared atoms, conformers that follow them the shape of
the rest; free bonds are turned through their likely angles in the fields of the pocket, the best
poses relaxed, and one chosen by energy, clashes and loyalty to the template.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final, Literal, get_args

import numpy as np
from rdkit import Chem, rdBase
from scipy.spatial import cKDTree

from molattn.errors import LigandUnreadable, UsageError
from molattn.pose.candidates import Candidates, Ground, candidates, ground
from molattn.pose.common_parts import mol_graph
from molattn.pose.correspondence import same_atoms
from molattn.pose.effort import PLANS, Effort
from molattn.pose.pocket_field import PocketField
from molattn.pose.quality import CLASH, PoseQuality, confidence, contacts, inner_clashes
from molattn.pose.relax import relax
from molattn.pose.stereo import stereo_changed
from molattn.structure import ligand_from_mol, standard_form
from molattn.structure.records import (
    AtomTable,
    Floats,
    Integers,
    Ligand,
    ResidueTable,
    SourceRecord,
)

Relaxation = Literal["vina", "soft", "none"]

_LARGEST: Final = 150  # heavy atoms; beyond these embedding takes minutes
_STRAINED: Final = 2.0  # kcal/mol; a pose above this is sought again, more thoroughly
_APART: Final = 0.5  # Å RMSD; nearer poses are one
_VINA_TRIES: Final = 1  # to hand Vina a ligand takes half a second, whatever it does then
_VINA_LEASH: Final = 1.5  # Å; Vina may not move the common substructure farther
_CLASH_COST: Final = 2.0  # kcal/mol a clash, when poses are compared
_RANK_WORTH: Final = 0.3  # kcal/mol an atom that follows the template


@dataclass(frozen=True, slots=True, eq=False)
class PlacedPose:
    """A pose and what is known of it.

    Attributes
    ----------
    ligand
        Heavy atoms in their pose.
    quality
        Figures of the pose.
    """

    ligand: Ligand
    quality: PoseQuality


class Placer:
    """Places ligands on one template in one pocket; prepared once, used for many.

    Parameters
    ----------
    template
        The posed ligand.
    atoms, residues
        Tables of the protein or pocket, in the frame of the template; waters are left out.
    relaxation
        ``soft``: in the fields of the pocket. ``vina``: then by Vina as well (extra ``[dock]``).
        ``none``: poses are chosen as they were built.
    effort
        ``thorough`` for the few ligands of a series; ``fast`` for the many of a library, in a third
        of the time or less. ``fast`` counts steps and never seconds, so that its poses are the same
        on every machine; ``thorough`` gives up the exact search for a common substructure after 20
        seconds, which it hardly ever needs.

    Raises
    ------
    MissingExtra
        ``vina`` was asked for and is not installed.
    UsageError
        There is no such relaxation or effort.
    """

    def __init__(
        self,
        template: Ligand,
        atoms: AtomTable,
        residues: ResidueTable,
        *,
        relaxation: Relaxation = "soft",
        effort: Effort = "thorough",
    ) -> None:
        if relaxation not in get_args(Relaxation):
            known = ", ".join(get_args(Relaxation))
            raise UsageError(f"there is no relaxation {relaxation!r}; choose one of {known}.")
        if effort not in PLANS:
            raise UsageError(f"there is no effort {effort!r}; choose one of {', '.join(PLANS)}.")
        self.template = template
        self.relaxation = relaxation
        self.effort = effort
        self._plan = PLANS[effort]
        self._graph = mol_graph(template.mol)
        self._smiles = _neutral_smiles(template.mol)
        self._field = PocketField(atoms, residues, template.positions)
        self._solid = cKDTree(self._field.positions[~self._field.metal])
        self._vina: Any = None
        if relaxation == "vina":
            from molattn.pose.vina import VinaReceptor

            self._vina = VinaReceptor(atoms, residues, template.positions, margin=8.0)

    def place(self, ligand: Chem.Mol | str, name: str = "", *, seed: int = 1) -> PlacedPose:
        """Return the best pose of a ligand.

        Parameters
        ----------
        ligand
            SMILES or molecule; the largest fragment is placed, hydrogens and conformers ignored.
        name
            Title of the placed ligand.
        seed
            Decides every random number; the answer depends on nothing else.

        Raises
        ------
        LigandUnreadable
            It is no molecule, or no conformer of it can be built.
        """
        return self.poses(ligand, name, seed=seed, most=1)[0]

    def poses(
        self, ligand: Chem.Mol | str, name: str = "", *, seed: int = 1, most: int = 5
    ) -> list[PlacedPose]:
        """Return up to ``most`` poses that differ by 0.5 Å RMSD at least, the best first.

        Parameters and errors are those of :meth:`place`.
        """
        mol = heavy_molecule(ligand, name)
        if _neutral_smiles(mol) == self._smiles and not stereo_changed(self.template, mol):
            return [self.as_template(mol, name)]
        base = ground(mol, self.template, self._field, plan=self._plan, graph=self._graph)
        trials = self._trials(base, seed, thorough=False)
        if trials is None or self._doubtful(trials):
            again = self._trials(base, seed + 1, thorough=True)
            if again is not None and (trials is None or again.cost.min() < trials.cost.min()):
                trials = again
        if trials is None:
            # some fused rings can be embedded only without the usual torsions of small rings
            base = replace(base, plan=PLANS["fast"])
            trials = self._trials(base, seed, thorough=True)
        if trials is None:
            raise LigandUnreadable(
                f"{name or Chem.MolToSmiles(mol)}: no conformer of this molecule can be built; "
                "check its stereo centres and rings."
            )
        if self._vina is not None:
            trials = self._by_vina(trials, mol, name)
        return [self._answer(trials, row, mol, name) for row in _varied(trials, most)]

    def as_template(self, ligand: Chem.Mol | str, name: str = "") -> PlacedPose:
        """Return the ligand in the pose of the template, being the same compound.

        Raises
        ------
        LigandUnreadable
            It is no molecule, or another one than the template.
        """
        mol = heavy_molecule(ligand, name)
        order = self.template.mol.GetSubstructMatch(mol, useChirality=True)
        if len(order) != self.template.mol.GetNumAtoms():
            order = same_atoms(mol, self.template.mol) or ()
        if not order:
            raise LigandUnreadable(f"{name or Chem.MolToSmiles(mol)} is not the template compound.")
        positions = self.template.positions[np.array(order, dtype=np.int64)]
        whole = np.arange(mol.GetNumAtoms())
        figures = _Figures("template", 0.0, np.nan)
        quality = self._quality(mol, positions, (whole, positions), figures)
        return PlacedPose(_ligand(mol, positions, name), quality)

    def _doubtful(self, trials: _Trials) -> bool:
        """Return whether the best pose is bad enough to look for another."""
        best = int(trials.cost.argmin())
        if self.effort == "fast":
            return bool(self._clashes(trials.positions[best : best + 1])[0])
        return bool(trials.soft[best] > _STRAINED)

    def _trials(self, base: Ground, seed: int, *, thorough: bool) -> _Trials | None:
        found = candidates(base, seed=seed, thorough=thorough)
        if not len(found):
            return None
        cost = self._cost(found, found.energy.total(found.positions, found.tether))
        kept = np.argsort(cost, kind="stable")[: self._plan.relaxed]
        return self._relaxed(found.take(kept))

    def _relaxed(self, found: Candidates) -> _Trials:
        positions, soft = found.positions, found.energy.total(found.positions, found.tether)
        if self.relaxation != "none":
            positions, soft = relax(found.energy, positions, found.tether, steps=self._plan.steps)
        method = ["soft" if self.relaxation != "none" else "as built"] * len(found)
        cost = self._cost(replace(found, positions=positions), soft)
        return _Trials(found, positions, cost, soft, np.full(len(found), np.nan), method)

    def _cost(self, found: Candidates, energy: Floats) -> Floats:
        """Return what poses are compared by, [s] kcal/mol."""
        rank = np.array([0.0 if core is None else core.rank for core in found.cores])
        return energy - _RANK_WORTH * rank + _CLASH_COST * self._clashes(found.positions)

    def _clashes(self, positions: Floats) -> Integers:
        """Return the clashes of poses [s, a, 3] with the protein, [s]."""
        if not self._solid.n:
            return np.zeros(len(positions), dtype=np.int64)
        near = self._solid.query_ball_point(positions.reshape(-1, 3), CLASH, return_length=True)
        by_pose: Integers = np.asarray(near, dtype=np.int64).reshape(positions.shape[:2])
        return by_pose.sum(axis=1)  # type: ignore[no-any-return]

    def _by_vina(self, trials: _Trials, mol: Chem.Mol, name: str) -> _Trials:
        """Relax the best trials by Vina; those that it moves too far stay where they were."""
        from molattn.pose.vina_ligand import VinaLigand

        best = _varied(trials, _VINA_TRIES)
        try:
            model = VinaLigand(_ligand(mol, trials.positions[best[0]], name))
        except LigandUnreadable:
            return trials
        positions, energy = trials.positions.copy(), trials.energy.copy()
        method = list(trials.method)
        for row in best:
            pose = self._vina.optimise(model, positions[row])
            if self._tame(trials, row, pose.positions):
                positions[row], energy[row], method[row] = pose.positions, pose.energy, "vina"
            else:
                energy[row] = self._vina.score(model, positions[row])
        found = trials.found.take(np.array(best))
        kept = positions[best]
        bound = found.energy.inner(kept) + found.energy.held(kept, found.tether) + energy[best]
        return _Trials(
            found,
            kept,
            self._cost(replace(found, positions=kept), bound),
            found.energy.total(kept, found.tether),
            energy[best],
            [method[row] for row in best],
        )

    def _tame(self, trials: _Trials, row: int, moved: Floats) -> bool:
        """Return whether Vina kept a pose on the template and out of the protein."""
        if contacts(moved, self._solid)[2] > contacts(trials.positions[row], self._solid)[2]:
            return False
        core = trials.found.cores[row]
        if core is None:
            return True
        atoms = core.ligand[core.pieces == 0]
        step = moved[atoms] - trials.positions[row][atoms]
        return bool(np.sqrt((step**2).sum(axis=1).mean()) < _VINA_LEASH)

    def _answer(self, trials: _Trials, row: int, mol: Chem.Mol, name: str) -> PlacedPose:
        core = trials.found.cores[row]
        atoms, targets = np.empty(0, dtype=np.int64), np.empty((0, 3))
        if core is not None:
            atoms, targets = core.ligand, self.template.positions[core.template]
        origin = "overlay" if core is None else "core"
        figures = _Figures(
            f"{origin}, {trials.method[row]}", float(trials.soft[row]), float(trials.energy[row])
        )
        positions = trials.positions[row]
        quality = self._quality(mol, positions, (atoms, targets), figures)
        return PlacedPose(_ligand(mol, positions, name), quality)

    def _quality(
        self, mol: Chem.Mol, positions: Floats, core: tuple[Integers, Floats], figures: _Figures
    ) -> PoseQuality:
        nearest, hard, clashes = contacts(positions, self._solid)
        atoms, targets = core
        square = ((positions[atoms] - targets) ** 2).sum(axis=1)
        away = float(np.sqrt(square.mean())) if len(atoms) else float("nan")
        share = len(atoms) / mol.GetNumAtoms()
        inner = inner_clashes(mol, positions)
        return PoseQuality(
            nearest_contact=nearest,
            hard_clashes=hard,
            clashes=clashes,
            core_atoms=len(atoms),
            core_fraction=share,
            core_rmsd=away,
            inner_clashes=inner,
            soft_energy=figures.soft,
            energy=figures.energy,
            method=figures.method,
            confidence=confidence(share, away, clashes, inner),
        )


@dataclass(frozen=True, slots=True)
class _Figures:
    method: str
    soft: float  # kcal/mol
    energy: float  # kcal/mol, nan where unknown


@dataclass(frozen=True, slots=True, eq=False)
class _Trials:
    """Relaxed poses [s, a, 3] with cost, energies [s] and method of each."""

    found: Candidates
    positions: Floats
    cost: Floats
    soft: Floats
    energy: Floats
    method: list[str]


def place(
    ligand: Chem.Mol | str,
    template: Ligand,
    atoms: AtomTable,
    residues: ResidueTable,
    *,
    relaxation: Relaxation = "soft",
    effort: Effort = "thorough",
    seed: int = 1,
) -> PlacedPose:
    """Place one ligand on a template in a rigid pocket; for many, keep a :class:`Placer`."""
    placer = Placer(template, atoms, residues, relaxation=relaxation, effort=effort)
    return placer.place(ligand, seed=seed)


def heavy_molecule(ligand: Chem.Mol | str, name: str = "") -> Chem.Mol:
    """Return the largest fragment of a SMILES or molecule, sanitised, without hydrogens.

    Raises
    ------
    LigandUnreadable
        It is no molecule, or too large to be placed.
    """
    named = f"{name}: " if name else ""
    with rdBase.BlockLogs():
        mol = Chem.MolFromSmiles(ligand) if isinstance(ligand, str) else Chem.RemoveHs(ligand)
    if mol is None or mol.GetNumAtoms() == 0:  # type: ignore[redundant-expr]
        raise LigandUnreadable(f"{named}{ligand!r} is not a SMILES; check it.")
    pieces = Chem.GetMolFrags(mol, asMols=True)
    largest: Chem.Mol = max(pieces, key=lambda piece: piece.GetNumAtoms())
    if any(atom.GetAtomicNum() == 0 for atom in largest.GetAtoms()):
        raise LigandUnreadable(
            f"{named}a dummy atom (*) cannot be placed; give the whole molecule."
        )
    if largest.GetNumAtoms() > _LARGEST:
        raise LigandUnreadable(
            f"{named}{largest.GetNumAtoms()} heavy atoms are too many to be placed "
            f"(at most {_LARGEST})."
        )
    largest.RemoveAllConformers()
    return largest


def _neutral_smiles(mol: Chem.Mol) -> str:
    """Return the SMILES, without stereo, in the form that does not depend on protonation."""
    return str(Chem.MolToSmiles(standard_form(mol)))


def _varied(trials: _Trials, most: int) -> list[int]:
    """Return the rows of the cheapest poses that differ from each other."""
    chosen: list[int] = []
    for row in np.argsort(trials.cost, kind="stable").tolist():
        pose = trials.positions[row]
        apart = [
            np.sqrt(((pose - trials.positions[one]) ** 2).sum(axis=1).mean()) for one in chosen
        ]
        if not apart or min(apart) >= _APART:
            chosen.append(row)
        if len(chosen) == most:
            break
    return chosen


def _ligand(mol: Chem.Mol, positions: Floats, name: str) -> Ligand:
    posed = Chem.Mol(mol)
    conformer = Chem.Conformer(mol.GetNumAtoms())
    conformer.SetPositions(np.ascontiguousarray(positions, dtype=np.float64))
    posed.AddConformer(conformer, assignId=True)
    for key in list(posed.GetPropsAsDict()):
        posed.ClearProp(key)
    return ligand_from_mol(posed, name=name, source=SourceRecord("", 0))
