"""Small PDB texts for tests, built from atoms."""

from __future__ import annotations

from collections.abc import Iterable


def atom_line(
    name: str,
    residue: str,
    number: int,
    position: tuple[float, float, float],
    *,
    chain: str = "A",
    altloc: str = " ",
    insertion: str = " ",
    occupancy: float = 1.0,
    element: str | None = None,
    record: str = "ATOM",
) -> str:
    """Return one atom record; ``element=""`` leaves that column blank."""
    symbol = name[:1] if element is None else element
    padded = name if len(name) == 4 or len(symbol) == 2 else f" {name}"
    place = "".join(f"{value:8.3f}" for value in position)
    return (
        f"{record:<6}{1:5d} {padded:<4}{altloc}{residue:>3} {chain}{number:4d}{insertion}   "
        f"{place}{occupancy:6.2f}{20.0:6.2f}          {symbol.upper():>2}"
    )


ALANINE = {
    "N": (0.0, 0.0, 1.0),
    "CA": (1.458, 0.0, 1.0),
    "C": (2.009, 1.420, 1.0),
    "O": (1.251, 2.390, 1.0),
    "CB": (1.988, -0.773, -0.199),
}


def residue_lines(
    name: str,
    number: int,
    *,
    shift: float = 0.0,
    extra: dict[str, tuple[float, float, float]] | None = None,
    leave_out: Iterable[str] = (),
    chain: str = "A",
    altloc: str = " ",
    insertion: str = " ",
    occupancy: float = 1.0,
    record: str = "ATOM",
) -> list[str]:
    """Return a residue: the atoms of alanine along x at ``shift``, and extra ones."""
    atoms = {**ALANINE, **(extra or {})}
    return [
        atom_line(
            atom,
            name,
            number,
            (x + shift, y, z),
            chain=chain,
            altloc=altloc,
            insertion=insertion,
            occupancy=occupancy,
            record=record,
        )
        for atom, (x, y, z) in atoms.items()
        if atom not in set(leave_out)
    ]


def pdb_text(*groups: Iterable[str]) -> str:
    """Return records as the text of a file."""
    return "\n".join([*(line for group in groups for line in group), "END", ""])
