"""Files that travel with the package: example complexes and trained weights."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

EXAMPLE_NAMES = ("1ia1", "1of6", "1s3v", "1uou")


@dataclass(frozen=True, slots=True)
class ExampleComplex:
    """The two files of one packaged crystal complex."""

    name: str
    protein: Path  # PDB, some compressed with gzip
    ligand: Path  # SDF, one record


def example(name: str = "1s3v") -> ExampleComplex:
    """Return the files of a packaged complex.

    Parameters
    ----------
    name
        PDB code, one of `EXAMPLE_NAMES`; upper or lower case.

    Returns
    -------
    ExampleComplex
        Paths of the protein (with hydrogens) and of its crystal ligand.

    Raises
    ------
    KeyError
        If no complex of that name is packaged.
    """
    code = name.lower()
    if code not in EXAMPLE_NAMES:
        raise KeyError(f"No packaged complex is called {name!r}; take one of {EXAMPLE_NAMES}.")
    folder = Path(str(files(__package__) / "examples"))
    plain = folder / f"{code}_protein.pdb"
    protein = plain if plain.exists() else plain.with_suffix(".pdb.gz")
    return ExampleComplex(name=code, protein=protein, ligand=folder / f"{code}_ligand.sdf")
