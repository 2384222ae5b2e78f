"""Single linkage: what is alike, directly or through others, is one set."""

from __future__ import annotations


class Linkage:
    """Disjoint sets of items counted from 0, each named by its smallest member.

    Parameters
    ----------
    size
        Number of items; each starts as a set of its own.
    """

    def __init__(self, size: int) -> None:
        self._parent = list(range(size))

    def root(self, item: int) -> int:
        """Return the smallest member of the set of an item."""
        while self._parent[item] != item:
            self._parent[item] = self._parent[self._parent[item]]  # path halving
            item = self._parent[item]
        return item

    def join(self, first: int, second: int) -> None:
        """Make one set of the sets of two items."""
        one, other = sorted((self.root(first), self.root(second)))
        self._parent[other] = one
