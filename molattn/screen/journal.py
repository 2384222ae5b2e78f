"""The journal of a screen: which chunks are done, and what the run was begun with.

A SQLite file in the folder of the run. A chunk is written as a Parquet file that appears whole or
not at all, then noted here; what is not noted is done again. So a run that was killed at any
moment goes on without losing a record or scoring one twice.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

from molattn.errors import UsageError
from molattn.predict.output_file import write_atomically
from molattn.screen.run_folder import cannot_write, make_folder
from molattn.screen.screener import ChunkAnswer

JOURNAL: Final = "journal.sqlite"
SHARDS: Final = "shards"
POSES: Final = "poses"
_FOLDER_SIZE: Final = 1000  # shards in one folder

_TABLES: Final = """
CREATE TABLE IF NOT EXISTS about (
    name TEXT PRIMARY KEY, value TEXT NOT NULL, compared INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS chunks (
    number INTEGER PRIMARY KEY, rows INTEGER NOT NULL, failed INTEGER NOT NULL,
    warned INTEGER NOT NULL, bytes INTEGER NOT NULL, poses INTEGER NOT NULL,
    finished REAL NOT NULL, seconds TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS sessions (began REAL NOT NULL, last REAL NOT NULL, done INTEGER NOT NULL)
"""


@dataclass(frozen=True, slots=True)
class Totals:
    """What is done so far."""

    chunks: int
    rows: int
    failed: int
    warned: int
    seconds: Mapping[str, float]  # process seconds by stage


class Journal:
    """The journal of one run folder.

    Parameters
    ----------
    folder
        Of the run.
    create
        Make folder and journal where they are not there.
    wait
        Seconds for a program that holds the file.

    Raises
    ------
    UsageError
        There is no journal and none was to be made, or it is damaged.
    OutputError
        The folder cannot be written.
    """

    def __init__(self, folder: Path, *, create: bool = False, wait: float = 30.0) -> None:
        self.folder = folder
        path = folder / JOURNAL
        if create:
            make_folder(folder / SHARDS)
        elif not path.is_file():
            raise UsageError(f"{folder} holds no screen: there is no {JOURNAL} in it.")
        with self._told():
            self._database = sqlite3.connect(path, timeout=wait, isolation_level=None)
            self._database.execute("PRAGMA synchronous=FULL")
            if create:
                self._database.executescript(_TABLES)
        self._began = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        self._database.close()

    def begin(self, identity: Mapping[str, Any], shown: Mapping[str, Any]) -> None:
        """Note what the run is begun with, or see that it goes on with the same.

        Parameters
        ----------
        identity
            What decides the results, by readable names; JSON values.
        shown
            What else is worth noting, such as the names of the files.

        Raises
        ------
        UsageError
            It was begun with something else; the sentence names what.
        """
        known = self.about(compared=True)
        if not known:
            rows = [(name, json.dumps(value), 1) for name, value in identity.items()]
            rows += [(name, json.dumps(value), 0) for name, value in shown.items()]
            with self._told(), self._transaction():
                self._database.executemany("INSERT INTO about VALUES (?, ?, ?)", rows)
            return
        now = json.loads(json.dumps(dict(identity)))
        changed = [name for name in {**known, **now} if known.get(name) != now.get(name)]
        if changed:
            raise UsageError(
                f"{self.folder} was begun with another {', another '.join(changed)}; give what it "
                "was begun with, or another --out folder."
            )

    def about(self, *, compared: bool | None = None) -> dict[str, Any]:
        """Return what the run was begun with: all, or only what is compared or is not."""
        with self._told():
            rows = self._database.execute("SELECT * FROM about ORDER BY rowid").fetchall()
        return {
            name: json.loads(value)
            for name, value, flag in rows
            if compared is None or bool(flag) == compared
        }

    def note(self, name: str, value: object) -> None:
        """Note something that was found out while running."""
        with self._told():
            self._database.execute(
                "INSERT OR REPLACE INTO about VALUES (?, ?, 0)", (name, json.dumps(value))
            )

    def done(self) -> set[int]:
        """Return the chunks whose shards are there; what was lost of others is forgotten."""
        with self._told():
            rows = self._database.execute("SELECT number, bytes, poses FROM chunks").fetchall()
            lost = [
                number
                for number, size, poses in rows
                if _size(self.shard(number)) != size or _size(self.pose_shard(number)) != poses
            ]
            self._database.executemany(
                "DELETE FROM chunks WHERE number = ?", [(number,) for number in lost]
            )
        return {number for number, _, _ in rows} - set(lost)

    def add(self, number: int, answer: ChunkAnswer) -> None:
        """Write the shard of a chunk, then note that it is done.

        Raises
        ------
        OutputError
            There is no room or no permission; all that was noted before stays.
        """
        for path, data in (
            (self.shard(number), answer.table),
            (self.pose_shard(number), answer.poses),
        ):
            if data:
                make_folder(path.parent)
                write_atomically(path, data)
        with self._told(), self._transaction():
            self._database.execute(
                "INSERT OR REPLACE INTO chunks VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    number,
                    answer.rows,
                    answer.failed,
                    answer.warned,
                    len(answer.table),
                    len(answer.poses),
                    time.time(),
                    json.dumps(dict(answer.seconds)),
                ),
            )
            self._database.execute(
                "UPDATE sessions SET last = ?, done = done + ? WHERE began = ?",
                (time.time(), answer.rows, self._began),
            )

    def begin_session(self) -> None:
        """Note that work begins, for rates; remove what a killed process left half written."""
        for kind in (SHARDS, POSES):
            for leftover in (self.folder / kind).glob("*/.*.parquet.*"):
                with suppress(OSError):
                    leftover.unlink()
        self._began = time.time()
        with self._told():
            self._database.execute(
                "INSERT INTO sessions VALUES (?, ?, 0)", (self._began, self._began)
            )

    def rate(self) -> float | None:
        """Return the records a second of the last session that finished any."""
        with self._told():
            row = self._database.execute(
                "SELECT done, last - began FROM sessions WHERE done > 0 ORDER BY began DESC LIMIT 1"
            ).fetchone()
        return None if row is None or row[1] <= 0 else row[0] / row[1]

    def totals(self) -> Totals:
        """Return what is done so far."""
        with self._told():
            rows = self._database.execute(
                "SELECT rows, failed, warned, seconds FROM chunks"
            ).fetchall()
        seconds: dict[str, float] = {}
        for *_, text in rows:
            for stage, spent in json.loads(text).items():
                seconds[stage] = seconds.get(stage, 0.0) + spent
        count, failed, warned = (sum(row[column] for row in rows) for column in range(3))
        return Totals(len(rows), count, failed, warned, seconds)

    def shards(self) -> list[Path]:
        """Return the files of all chunks that are done, in the order of the library."""
        with self._told():
            rows = self._database.execute("SELECT number FROM chunks ORDER BY number").fetchall()
        return [self.shard(number) for (number,) in rows]

    def pose_shards(self) -> list[Path]:
        """Return the files of all poses, in the order of the library; none where none are kept."""
        with self._told():
            rows = self._database.execute(
                "SELECT number FROM chunks WHERE poses > 0 ORDER BY number"
            ).fetchall()
        return [self.pose_shard(number) for (number,) in rows]

    def shard(self, number: int) -> Path:
        """Return the file of a chunk."""
        return self._path(SHARDS, number)

    def pose_shard(self, number: int) -> Path:
        """Return the file of all poses of a chunk."""
        return self._path(POSES, number)

    def _path(self, kind: str, number: int) -> Path:
        return self.folder / kind / f"{number // _FOLDER_SIZE:04d}" / f"{number:08d}.parquet"

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._database.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            with suppress(sqlite3.Error):
                self._database.execute("ROLLBACK")
            raise
        self._database.execute("COMMIT")

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Turn what SQLite throws into sentences."""
        try:
            yield
        except sqlite3.OperationalError as error:
            if "locked" in str(error):
                raise UsageError(
                    f"Another program holds {self.folder / JOURNAL}; close it, then run the same "
                    "command again."
                ) from error
            raise cannot_write(self.folder, str(error)) from error
        except sqlite3.DatabaseError as error:
            raise UsageError(
                f"{self.folder / JOURNAL} is damaged ({error}); screen into another folder."
            ) from error


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
