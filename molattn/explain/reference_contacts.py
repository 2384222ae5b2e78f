"""Interactions between ligand and pocket by rules on distances and angles, found by ProLIF.

Bouysset and Fiorucci, J. Cheminform. 13 (2021) 72. The rules for hydrogen bonds need hydrogens;
pocket and ligand get them here, with charges at pH 7, whatever the files hold.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any, Final

from rdkit import Chem

from molattn.errors import InputError, MissingExtra, MolattnError
from molattn.explain.explanation import Interaction
from molattn.explain.hydrogens import acceptors, charged, turn_hydrogens
from molattn.explain.pocket_molecule import pocket_molecule
from molattn.structure import Ligand, Pocket, standard_form

KINDS: Final = (
    "Hydrophobic",
    "HBDonor",
    "HBAcceptor",
    "XBDonor",
    "XBAcceptor",
    "Cationic",
    "Anionic",
    "CationPi",
    "PiCation",
    "PiStacking",
    "MetalDonor",
    "MetalAcceptor",
)
"""Names of ProLIF, seen from the ligand: ``HBDonor`` is a ligand that gives the hydrogen."""

_ONCE: Final = frozenset(("Hydrophobic", "Cationic", "Anionic"))  # per residue, the closest pair


def interactions(pocket: Pocket, ligand: Ligand, labels: Sequence[str]) -> tuple[Interaction, ...]:
    """Return the interactions of one pose.

    Hydrophobic and ionic interactions count once per residue, at their closest; the others once
    per set of ligand atoms and residue. Water bridges are not looked for.

    Parameters
    ----------
    pocket
        Heavy atoms around the ligand. Best as `molattn.structure.select_pocket` cuts it: then the
        peptide bonds at its edges are known.
    ligand
        Pose.
    labels
        Labels of the residues by whose rows interactions are named.

    Returns
    -------
    tuple of Interaction
        In the order of the residues; those of residues without a label come last, with row -1.

    Raises
    ------
    MissingExtra
        ProLIF is not installed.
    InputError
        No molecule could be made of the ligand or of the pocket.
    """
    prolif = _prolif()
    try:
        mol = _ligand_molecule(ligand)
        around = pocket_molecule(pocket, mol)
        if not around.rows:
            return ()
        turn_hydrogens(mol, acceptors(around.mol))
        protein = prolif.Molecule(around.mol)
        found = prolif.Fingerprint(list(KINDS), count=True).generate(
            prolif.Molecule.from_rdkit(mol, resname="LIG"),
            protein,
            residues=[one.resid for one in protein if one.resid.number],
            metadata=True,
        )
        return _collected(found, pocket, labels, len(ligand.positions))
    except MolattnError:
        raise
    # the one boundary to two foreign libraries: the caller has sentences to show, not tracebacks
    except Exception as error:
        said = str(error).strip() or type(error).__name__
        first = said.splitlines()[0].split(". ")[0].rstrip(".")
        raise InputError(
            f"ProLIF could not look for interactions in this complex ({first})."
        ) from error


def _prolif() -> Any:
    # what it imports warns of its own plans, and sets filters so that it is heard
    with warnings.catch_warnings(record=True):
        try:
            import prolif
        except ImportError as error:
            raise MissingExtra("prolif", "explain") from error
    return prolif


def _ligand_molecule(ligand: Ligand) -> Chem.Mol:
    mol = charged(standard_form(ligand.mol))
    for atom in mol.GetAtoms():
        atom.SetMonomerInfo(
            Chem.AtomPDBResidueInfo(f" {atom.GetSymbol():<3}", 0, "", "LIG", 1, "L")
        )
    return Chem.AddHs(mol, addCoords=True, addResidueInfo=True)


def _collected(
    found: Any, pocket: Pocket, labels: Sequence[str], heavy: int
) -> tuple[Interaction, ...]:
    """Return the interactions of ProLIF's fingerprint, each once."""
    places = _places(pocket, labels)
    best: dict[tuple[int, str, tuple[int, ...]], Interaction] = {}
    for (_, residue), by_kind in found.items():
        row = residue.number - 1
        label = pocket.residues.label(row)
        for kind, every in by_kind.items():
            for one in every:
                rows = one["parent_indices"]["ligand"]
                atoms = tuple(sorted(atom for atom in rows if atom < heavy))
                new = Interaction(places[row], label, kind, atoms, float(one["distance"]))
                key = (row, kind, () if kind in _ONCE else atoms)
                if key not in best or new.distance < best[key].distance:
                    best[key] = new
    order = sorted(best, key=lambda key: (places[key[0]] < 0, key[0], KINDS.index(key[1]), key[2]))
    return tuple(best[key] for key in order)


def _places(pocket: Pocket, labels: Sequence[str]) -> list[int]:
    """Return the row among the labels of each residue of the pocket, -1 where it has none."""
    rows: dict[str, list[int]] = {}
    for row in range(len(labels) - 1, -1, -1):
        rows.setdefault(labels[row], []).append(row)
    residues = pocket.residues
    return [
        known.pop() if (known := rows.get(residues.label(row))) else -1
        for row in range(len(residues))
    ]
