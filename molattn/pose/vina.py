"""AutoDock Vina in a rigid receptor: score, relax and dock poses.

Trott and Olson, J. Comput. Chem. 2010, 31, 455; Eberhardt et al., J. Chem. Inf. Model. 2021, 61,
3891. Vina belongs to the extra ``[dock]``.
"""

from __future__ import annotations

import shutil
import tempfile
import weakref
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from molattn.errors import LigandUnreadable, MissingExtra, UsageError
from molattn.pose.receptor_pdbqt import receptor_pdbqt
from molattn.pose.vina_ligand import VinaLigand
from molattn.structure.records import AtomTable, Floats, ResidueTable

MARGIN: Final = 6.0
"""Å. How far the search box reaches beyond the points it is put around."""

COARSE: Final = 1.0
"""Å. Spacing of a grid on which nothing is docked; relaxing and scoring see the atoms."""


@dataclass(frozen=True, slots=True, eq=False)
class VinaPose:
    """A pose that Vina made.

    Attributes
    ----------
    positions
        [a, 3] Å, in the order of the ligand's atoms.
    energy
        Predicted free energy of binding, kcal/mol; lower is better.
    """

    positions: Floats
    energy: float


class VinaReceptor:
    """A rigid receptor and the box in it.

    Parameters
    ----------
    atoms, residues
        Tables of a protein or pocket; waters are left out.
    around
        [n, 3] Å, points that the box holds with a margin, such as a ligand.
    margin
        Å beyond the points, on every side.
    spacing
        Å between grid points; 0.375 (Vina's own) to 0.7 for docking, which searches on the grid.
    seed
        Of Vina's random numbers.

    Raises
    ------
    MissingExtra
        vina is not installed.

    Notes
    -----
    To set a ligand, Vina tabulates every pair of its atoms: 0.1 to 0.6 s for drug-sized ligands,
    growing with the square of the atoms. A relaxation takes 1 ms beside. Scoring and relaxing set
    the ligand every time, docking when another one was set last.
    """

    def __init__(
        self,
        atoms: AtomTable,
        residues: ResidueTable,
        around: Floats,
        *,
        margin: float = MARGIN,
        spacing: float = COARSE,
        seed: int = 1,
    ) -> None:
        try:
            from vina import Vina
        except ImportError:
            raise MissingExtra("vina", "dock") from None
        low, high = around.min(axis=0) - margin, around.max(axis=0) + margin
        self._low, self._high = low, high
        # Vina reads and writes files only; the folder goes with this object
        self._folder = Path(tempfile.mkdtemp(prefix="molattn-"))
        weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
        self._vina: Any = Vina(sf_name="vina", cpu=1, seed=seed, verbosity=0)
        path = self._folder / "receptor.pdbqt"
        path.write_text(receptor_pdbqt(atoms, residues))
        self._vina.set_receptor(str(path))
        self._held: VinaLigand | None = None
        center, size = (low + high) / 2, high - low
        self._vina.compute_vina_maps(center.tolist(), size.tolist(), spacing=spacing)

    def score(self, ligand: VinaLigand, positions: Floats) -> float:
        """Return the energy of a pose as it stands, kcal/mol."""
        self._set(ligand, positions)
        return float(self._vina.score()[0])

    def optimise(self, ligand: VinaLigand, positions: Floats, *, steps: int = 0) -> VinaPose:
        """Relax a pose: shift, turn and torsions follow the gradient of Vina's energy.

        Parameters
        ----------
        ligand
            The ligand.
        positions
            [a, 3] Å, where it starts.
        steps
            Largest number of steps; 0 lets Vina choose by the number of atoms.
        """
        self._set(ligand, positions)
        energy = float(self._vina.optimize(max_steps=steps)[0])
        return VinaPose(self._written(ligand), energy)

    def dock(
        self,
        ligand: VinaLigand,
        positions: Floats,
        *,
        exhaustiveness: int = 8,
        poses: int = 9,
        evaluations: int = 0,
    ) -> list[VinaPose]:
        """Search the whole box for poses, the best first.

        Parameters
        ----------
        ligand
            The ligand.
        positions
            [a, 3] Å; any conformation, whose bond lengths, angles and rings are kept.
        exhaustiveness
            Independent searches; many short ones (30 of 600 evaluations) give different local
            minima, few long ones the lowest.
        poses
            Most poses returned; they differ by 1 Å RMSD at least.
        evaluations
            Most evaluations of each search; 0 lets Vina choose.
        """
        self._hold(ligand, positions)
        try:
            self._vina.dock(exhaustiveness=exhaustiveness, n_poses=poses, max_evals=evaluations)
            text = str(self._vina.poses(n_poses=poses, energy_range=100.0))
            energies = self._vina.energies(n_poses=poses, energy_range=100.0)
        except (RuntimeError, IndexError) as error:
            raise LigandUnreadable(f"{ligand.name}: Vina found no pose ({error}).") from error
        models = text.split("MODEL")[1:]
        return [
            VinaPose(_positions(model, ligand), float(row[0]))
            for model, row in zip(models, energies, strict=False)
        ]

    def _hold(self, ligand: VinaLigand, positions: Floats) -> None:
        """Set the ligand somewhere in the box, unless it is the one that was set last."""
        if self._held is not ligand:
            self._set(ligand, self._centred(positions))

    def _centred(self, positions: Floats) -> Floats:
        moved: Floats = positions - positions.mean(axis=0) + (self._low + self._high) / 2
        return moved

    def _written(self, ligand: VinaLigand) -> Floats:
        path = self._folder / "pose.pdbqt"
        self._vina.write_pose(str(path), overwrite=True)
        return _positions(path.read_text(), ligand)

    def _set(self, ligand: VinaLigand, positions: Floats) -> None:
        if positions.shape != (ligand.heavy_atoms, 3):
            raise UsageError(
                f"a pose of {ligand.name} has the shape [{ligand.heavy_atoms}, 3], "
                f"not {list(positions.shape)}."
            )
        try:
            self._vina.set_ligand_from_string(ligand.pdbqt(positions))
            self._held = ligand
        except (RuntimeError, TypeError) as error:
            raise LigandUnreadable(
                f"{ligand.name}: Vina cannot read this ligand ({error})."
            ) from error


def _positions(text: str, ligand: VinaLigand) -> Floats:
    """Return the positions [a, 3] of a written pose, in the order of the ligand's atoms."""
    written = [
        (float(line[30:38]), float(line[38:46]), float(line[46:54]))
        for line in text.splitlines()
        if line.startswith(("ATOM", "HETATM"))
    ]
    positions: Floats = np.array(written, dtype=np.float64)[ligand.heavy_rows]
    return positions
