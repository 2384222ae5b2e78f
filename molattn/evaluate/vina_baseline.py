"""Vina's energy of every pose after local optimisation in its rigid receptor, kept in a file.

One receptor grid serves all ligands of a protein file. The file is written line by line, so an
interrupted run goes on where it stood.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from molattn.errors import InputError, MissingExtra, OutputError
from molattn.evaluate.feature_cache import Task, by_protein, posed_ligands
from molattn.structure.protein import read_protein
from molattn.structure.records import Ligand

Floats = NDArray[np.float64]
Report = Callable[[str], None]

FORMAT: Final = "1"
"""Raised when an energy changes its meaning, so that older files are not used."""

WIDEST: Final = 40.0
"""Å. Ligands of one protein file share a grid if they fit into a cube of this edge."""

_TOLD_EVERY: Final = 500


def require_vina() -> None:
    """Raise :class:`MissingExtra` unless the extra ``[dock]`` is installed."""
    from importlib.util import find_spec

    for package in ("vina", "meeko"):
        if find_spec(package) is None:
            raise MissingExtra(package, "dock")


def vina_energies(
    tasks: Sequence[Task | None], cache: Path, *, report: Report | None = None
) -> tuple[Floats, Mapping[int, str]]:
    """Return the energy of every complex after local optimisation, kcal/mol.

    Parameters
    ----------
    tasks
        [n] complexes; None for a row that names no files.
    cache
        A CSV file; complexes in it whose files have not changed are not computed again.
    report
        Told how far the work is.

    Returns
    -------
    tuple
        Energies [n], NaN where there is none; and why, by place.

    Raises
    ------
    MissingExtra
        vina or meeko is not installed.
    OutputError
        The cache cannot be written.
    """
    require_vina()
    keys = [None if task is None else f"{FORMAT}|{task.key}" for task in tasks]
    known = _load(cache)
    missing = {
        key: task
        for key, task in zip(keys, tasks, strict=True)
        if key is not None and task is not None and key not in known
    }
    try:
        cache.parent.mkdir(parents=True, exist_ok=True)
        with cache.open("a", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, lineterminator="\n")
            for done, (key, energy, reason) in enumerate(_energies(missing), start=1):
                known[key] = (energy, reason)
                writer.writerow((key, "" if reason else f"{energy:.4f}", reason))
                file.flush()
                if done % _TOLD_EVERY == 0 and report is not None:
                    report(f"Vina energies of {done} of {len(missing)} complexes computed")
    except OSError as fault:
        raise OutputError(f"{cache} cannot be written ({fault.strerror}).") from fault
    energies = np.full(len(tasks), np.nan)
    reasons: dict[int, str] = {}
    for row, own in enumerate(keys):
        energies[row], reason = known[own] if own is not None else (np.nan, "no files are named")
        if reason:
            reasons[row] = reason
    return energies, reasons


def _energies(tasks: Mapping[str, Task]) -> Iterator[tuple[str, float, str]]:
    """Yield key, energy and the reason why there is none."""
    for group in by_protein(tasks):
        ligands: dict[str, Ligand] = {}
        for key, ligand in posed_ligands(group):
            if isinstance(ligand, str):
                yield key, np.nan, ligand
            else:
                ligands[key] = ligand
        if ligands:
            yield from _in_one_protein(next(iter(group.values())).protein, ligands)


def _in_one_protein(path: Path, ligands: Mapping[str, Ligand]) -> Iterator[tuple[str, float, str]]:
    from molattn.pose.vina import VinaReceptor
    from molattn.pose.vina_ligand import VinaLigand

    try:
        protein = read_protein(path)
    except InputError as fault:
        yield from ((key, np.nan, str(fault)) for key in ligands)
        return
    for shared in _boxes(ligands):
        around = np.concatenate([ligands[key].positions for key in shared])
        receptor = VinaReceptor(protein.atoms, protein.residues, around)
        for key in shared:
            try:
                ligand = ligands[key]
                pose = receptor.optimise(VinaLigand(ligand), ligand.positions)
                yield key, pose.energy, ""
            except MissingExtra:
                raise
            # a foreign program's fault costs this ligand alone
            except Exception as fault:  # noqa: BLE001
                yield key, np.nan, f"{fault}" or type(fault).__name__


def _boxes(ligands: Mapping[str, Ligand]) -> list[list[str]]:
    """Return the ligands that share a grid: all while they lie close together."""
    boxes: list[tuple[Floats, Floats, list[str]]] = []
    for key, ligand in ligands.items():
        low, high = ligand.positions.min(axis=0), ligand.positions.max(axis=0)
        for place, (lowest, highest, members) in enumerate(boxes):
            joint = np.minimum(low, lowest), np.maximum(high, highest)
            if (joint[1] - joint[0]).max() <= WIDEST:
                boxes[place] = (*joint, [*members, key])
                break
        else:
            boxes.append((low, high, [key]))
    return [members for _, _, members in boxes]


def _load(cache: Path) -> dict[str, tuple[float, str]]:
    """Return energies and reasons by key; a damaged last line is passed over."""
    if not cache.is_file():
        return {}
    known = {}
    with cache.open(newline="", encoding="utf-8", errors="replace") as file:
        for row in csv.reader(file):
            if len(row) != 3 or not row[0].startswith(f"{FORMAT}|"):
                continue
            try:
                known[row[0]] = (np.nan if row[2] else float(row[1]), row[2])
            except ValueError:
                continue
    return known
