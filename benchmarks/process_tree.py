"""A process and all below it, as Linux tells; for the scripts beside it."""

from __future__ import annotations

from pathlib import Path


def tree(root: int) -> list[int]:
    """Return a process and all below it, itself first."""
    found = [root]
    for process in found:
        for children in Path(f"/proc/{process}/task").glob("*/children"):
            try:
                found += map(int, children.read_text().split())
            except OSError:
                continue
    return found
