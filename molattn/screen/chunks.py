"""A library cut into chunks of consecutive records, less those that are done or another's."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from itertools import count, islice

from molattn.errors import UsageError
from molattn.predict.process_task import Task
from molattn.screen.record import LibraryRecord


@dataclass(frozen=True, slots=True)
class Share:
    """Every ``of``-th chunk, beginning with the ``number``-th; both count from 1."""

    number: int = 1
    of: int = 1

    def has(self, chunk: int) -> bool:
        """Return whether a chunk, counted from 0, belongs to this share."""
        return chunk % self.of == self.number - 1

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"


def parse_share(text: str) -> Share:
    """Return the share that ``i/n`` names.

    Raises
    ------
    UsageError
        If it names none.
    """
    found = re.fullmatch(r"(\d+)/(\d+)", text.strip())
    share = Share(int(found[1]), int(found[2])) if found else Share(0, 0)
    if not 1 <= share.number <= share.of:
        raise UsageError(
            f"--shard {text} names no share of the library; write --shard 3/20 for the third of "
            "twenty."
        )
    return share


def of_share(records: int, size: int, share: Share) -> int:
    """Return how many of so many records belong to a share."""
    whole, rest = divmod(records, size)
    mine = sum(share.has(number) for number in range(whole)) * size
    return mine + (rest if share.has(whole) else 0)


class Chunks:
    """The chunks of a library that are to be scored, as tasks, read when they are asked for.

    Parameters
    ----------
    records
        The library.
    size
        Records of a chunk; the last may have fewer.
    share
        Which chunks are meant.
    done
        Chunks that are done.
    stop
        Asked before each chunk; no more come once it says so.

    Attributes
    ----------
    total
        Records of the whole library, known when all of it was read.
    """

    def __init__(
        self,
        records: Iterator[LibraryRecord],
        size: int,
        share: Share,
        done: Collection[int],
        stop: Callable[[], bool],
    ) -> None:
        self._records, self._size = records, size
        self._share, self._done, self._stop = share, done, stop
        self.total: int | None = None

    def __iter__(self) -> Iterator[Task]:
        read = 0
        for number in count():
            if self._stop():
                return
            chunk = list(islice(self._records, self._size))
            read += len(chunk)
            if chunk and self._share.has(number) and number not in self._done:
                yield Task(number, chunk)
            if len(chunk) < self._size:
                self.total = read
                return
