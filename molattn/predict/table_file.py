"""A score table on its way to a file: rows are taken one by one and written together."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from molattn.predict.output_file import check_writable, write_atomically
from molattn.predict.request import Cell
from molattn.predict.score_record import Score
from molattn.predict.sdf_table import sdf_record
from molattn.predict.table import SDF, WRITERS, columns, ending


class TableFile:
    """Collects scores and writes them in the format that the ending of the path names.

    Parameters
    ----------
    path
        ``….csv``, ``….parquet``, ``….json`` or ``….sdf``.
    carried
        Columns carried through.

    Raises
    ------
    UsageError
        If the ending is another.
    OutputError
        If the place cannot be written, as far as that can be known now.
    """

    def __init__(self, path: Path, carried: Sequence[str] = ()) -> None:
        self.path = path
        self._ending = ending(path)
        self._names = columns(carried)
        self._rows: list[dict[str, Cell]] = []
        self._records: list[str] = []
        check_writable(path)

    def add(self, score: Score) -> None:
        """Append a row."""
        if self._ending == SDF:
            self._records.append(sdf_record(score, self._names))
        else:
            self._rows.append(score.to_row())

    @property
    def count(self) -> int:
        """Rows taken so far."""
        return len(self._rows) + len(self._records)

    def close(self) -> None:
        """Write the table.

        Raises
        ------
        OutputError
            If it cannot be written.
        """
        if self._ending == SDF:
            data = "".join(self._records).encode()
        else:
            data = WRITERS[self._ending](self._rows, self._names)
        write_atomically(self.path, data)
