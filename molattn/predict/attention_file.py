"""Attention files: JSON to read by eye or from any language, npz for arrays.

One record gives a JSON object, or npz arrays under their plain names. Several records give a JSON
list of such objects in the order of the table, or npz arrays under ``ROW/name``, ROW counting from
0. A failed record keeps its place, with its reason and empty arrays.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from molattn.errors import UsageError
from molattn.predict.output_file import atomic, check_writable
from molattn.predict.score_record import Score

ENDINGS: Final = (".json", ".npz")
_DIGITS = 6


class AttentionFile:
    """Collects scores and writes them as one attention file.

    Parameters
    ----------
    path
        ``….json`` or ``….npz``.

    Raises
    ------
    UsageError
        If the ending is another.
    OutputError
        If the place cannot be written, as far as that can be known now.
    """

    def __init__(self, path: Path) -> None:
        if path.suffix.lower() not in ENDINGS:
            raise UsageError(f"{path} must end with .json or .npz to hold attention maps.")
        check_writable(path)
        self.path = path
        self._scores: list[Score] = []

    def add(self, score: Score) -> None:
        """Append a score; the order is the order of the file."""
        self._scores.append(score)

    @property
    def count(self) -> int:
        """Scores taken so far."""
        return len(self._scores)

    def close(self) -> None:
        """Write the file.

        Raises
        ------
        OutputError
            If it cannot be written.
        """
        with atomic(self.path) as stream:
            if self.path.suffix.lower() == ".json":
                items = [attention_json(score) for score in self._scores]
                content: Any = items[0] if len(items) == 1 else items
                stream.write(json.dumps(content, ensure_ascii=False).encode() + b"\n")
            else:
                _write_npz(stream, self._scores)


def attention_json(score: Score) -> dict[str, Any]:
    """Return what the attention file holds of one score, as JSON values.

    Returns
    -------
    dict
        ``id``, ``status``, ``reason``, ``pK``; ``residues`` (chain, number, insertion, name,
        attention: mean over the atoms, share_pK); ``atoms`` (index, element, null);
        ``attention`` (atoms × residues); ``ledger`` (source, label, atom, share_pK).
    """
    head = {"id": score.id, "status": score.status, "reason": score.reason, "pK": score.pK}
    maps, ledger = score.attention, score.ledger
    if maps is None or ledger is None:
        return {**head, "residues": [], "atoms": [], "attention": [], "ledger": []}
    residues = zip(
        maps.chain,
        maps.number,
        maps.insertion,
        maps.name,
        _numbers(maps.residue_attention),
        _numbers(maps.residue_share_pK),
        strict=True,
    )
    keys = ("chain", "number", "insertion", "name", "attention", "share_pK")
    return {
        **head,
        "residues": [dict(zip(keys, residue, strict=True)) for residue in residues],
        "atoms": [
            {"index": index, "element": element, "null": null}
            for index, (element, null) in enumerate(
                zip(maps.elements, _numbers(maps.null), strict=True)
            )
        ],
        "attention": [_numbers(row) for row in maps.attention],
        "ledger": [
            {
                "source": line.source,
                "label": line.label,
                "atom": line.atom,
                # eight digits: a thousand rounded shares must still add up within 1e-4
                "share_pK": round(line.share_pK, 8),
            }
            for line in ledger
        ],
    }


def attention_arrays(score: Score) -> dict[str, NDArray[Any]]:
    """Return what the attention file holds of one score, as arrays.

    Returns
    -------
    dict
        The JSON's content as parallel arrays: ``residue_chain``, ``residue_number``,
        ``residue_insertion``, ``residue_name``, ``residue_attention``, ``residue_share_pK``;
        ``atom_index``, ``atom_element``, ``atom_null``; ``attention`` [atoms, residues]; ``pK``;
        ``ledger_source``, ``ledger_label``, ``ledger_atom`` (-1 for none), ``ledger_share_pK``;
        ``id``, ``status``, ``reason``.
    """
    maps, ledger = score.attention, score.ledger
    lines = list(ledger or ())
    elements = maps.elements if maps else ()
    empty = np.zeros(0, dtype=np.float32)
    return {
        "id": np.array(score.id),
        "status": np.array(score.status),
        "reason": np.array(score.reason),
        "pK": np.array(np.nan if score.pK is None else score.pK),
        "residue_chain": np.array(maps.chain if maps else (), dtype=np.str_),
        "residue_number": np.array(maps.number if maps else (), dtype=np.int64),
        "residue_insertion": np.array(maps.insertion if maps else (), dtype=np.str_),
        "residue_name": np.array(maps.name if maps else (), dtype=np.str_),
        "residue_attention": maps.residue_attention if maps else empty,
        "residue_share_pK": maps.residue_share_pK if maps else empty,
        "atom_index": np.arange(len(elements)),
        "atom_element": np.array(elements, dtype=np.str_),
        "atom_null": maps.null if maps else empty,
        "attention": maps.attention if maps else np.zeros((0, 0), dtype=np.float32),
        "ledger_source": np.array([line.source for line in lines], dtype=np.str_),
        "ledger_label": np.array([line.label for line in lines], dtype=np.str_),
        "ledger_atom": np.array([-1 if line.atom is None else line.atom for line in lines]),
        "ledger_share_pK": np.array([line.share_pK for line in lines], dtype=np.float64),
    }


def _write_npz(stream: Any, scores: Sequence[Score]) -> None:
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for row, score in enumerate(scores):
            prefix = "" if len(scores) == 1 else f"{row}/"
            for name, array in attention_arrays(score).items():
                member = io.BytesIO()
                np.lib.format.write_array(member, np.asarray(array), allow_pickle=False)
                archive.writestr(f"{prefix}{name}.npy", member.getvalue())


def _numbers(values: NDArray[np.float32]) -> list[float]:
    return [round(float(value), _DIGITS) for value in values]
