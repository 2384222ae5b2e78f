"""A score table as SDF: one record for each row, the pose with the columns as tags."""

from __future__ import annotations

from collections.abc import Sequence

from rdkit import Chem

from molattn.predict.request import Cell
from molattn.predict.score_record import Score
from molattn.predict.table import as_text

_EMPTY_BLOCK = "\n     molattn\n\n  0  0  0  0  0  0  0  0  0  0999 V2000\nM  END\n"


def sdf_record(score: Score, names: Sequence[str]) -> str:
    """Return the SDF record of a score, with an empty molecule where the pose is unknown.

    Parameters
    ----------
    score
        Its pose has heavy atoms only.
    names
        Columns that become tags, empty ones included.
    """
    block = _EMPTY_BLOCK if score.pose is None else mol_block(score.pose.mol)
    body = block.split("\n", 1)[1]
    row = score.to_row()
    tags = "".join(_tag(name, row.get(name)) for name in names)
    return f"{_one_line(score.id)}\n{body}{tags}$$$$\n"


def mol_block(mol: Chem.Mol) -> str:
    """Return the V2000 block of a molecule, with aromatic bonds where they cannot be localised."""
    try:
        return str(Chem.MolToMolBlock(mol))
    except (Chem.KekulizeException, ValueError, RuntimeError):
        return str(Chem.MolToMolBlock(mol, kekulize=False))


def _tag(name: str, value: Cell) -> str:
    safe = name.replace("<", "(").replace(">", ")")
    return f">  <{safe}>\n{_one_line(as_text(name, value))}\n\n"


def _one_line(text: str) -> str:
    return " ".join(text.split())
