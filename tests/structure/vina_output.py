"""PDBQT as meeko and Vina write it, around the pose of a real ligand."""

from __future__ import annotations

import logging
from functools import lru_cache

import pytest
from rdkit import Chem

from molattn.structure import Ligand


@lru_cache(maxsize=8)
def meeko_text(block: str, *, rigid_rings: bool = False) -> str:
    """Return what meeko writes for a mol block with a pose; skips where meeko is missing."""
    meeko = pytest.importorskip("meeko")
    logging.getLogger("meeko").setLevel(logging.ERROR)
    mol = Chem.AddHs(Chem.MolFromMolBlock(block), addCoords=True)
    setup = meeko.MoleculePreparation(rigid_macrocycles=rigid_rings).prepare(mol)[0]
    text, written, fault = meeko.PDBQTWriterLegacy.write_string(setup)
    assert written, fault
    return str(text)


def pdbqt_of(ligand: Ligand) -> str:
    """Return the PDBQT of a ligand's pose."""
    return meeko_text(Chem.MolToMolBlock(ligand.mol))


def model(text: str, number: int, affinity: float, *, shift: float = 0.0) -> str:
    """Return one model of Vina's output, moved along x by a shift in Å."""
    lines = [
        f"MODEL {number}",
        f"REMARK VINA RESULT:    {affinity:6.3f}      {number - 1}.000      {number}.500",
        "REMARK INTER + INTRA:          -9.198",
        "REMARK INTER:                  -9.732",
        "REMARK INTRA:                   0.534",
        "REMARK UNBOUND:                 0.534",
    ]
    for line in text.rstrip("\n").split("\n"):
        if shift and line.startswith("ATOM"):
            line = f"{line[:30]}{float(line[30:38]) + shift:8.3f}{line[38:]}"
        lines.append(line)
    return "\n".join([*lines, "ENDMDL", ""])


def without_smiles(text: str) -> str:
    """Return PDBQT as older programs wrote it: types and coordinates alone."""
    kept = (line for line in text.split("\n") if not line.startswith("REMARK"))
    return "\n".join(kept)
