"""What a screen was asked: its files, and what makes it this screen and no other."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from molattn import __version__
from molattn.predict.weights import read_info
from molattn.screen.chunks import Share, of_share
from molattn.screen.journal import Journal
from molattn.screen.library import LibraryFingerprint
from molattn.screen.plan import ScreenSettings, described


@dataclass(frozen=True, slots=True)
class Inputs:
    """The files of a screen, as the user names them.

    Attributes
    ----------
    receptor
        PDB or mmCIF.
    library
        Files, folders and patterns.
    reference
        A posed ligand: a file, or ``RES[:CHAIN[:NUM]]`` of one in the receptor.
    center
        Of the pocket, Å.
    """

    receptor: str
    library: Sequence[str]
    reference: str | None = None
    center: tuple[float, float, float] | None = None


def identity(
    inputs: Inputs, library: LibraryFingerprint, settings: ScreenSettings, share: Share
) -> dict[str, Any]:
    """Return what must stay the same when the run goes on, by names that a user understands."""
    weights, calibration = settings.loading.weights, settings.loading.calibration
    return {
        "molattn": __version__,
        "receptor": _digest(inputs.receptor),
        "reference": _reference_digest(inputs.reference),
        "center": None if inputs.center is None else list(inputs.center),
        "library": library.digest,
        "weights": read_info(weights).sha256,
        "calibration": None if calibration is None else _digest(calibration),
        "shard": str(share),
        **described(settings),
    }


def shown(
    inputs: Inputs, library: LibraryFingerprint, settings: ScreenSettings, share: Share
) -> dict[str, Any]:
    """Return what else is worth noting of a run: names of files, and the records expected."""
    return {
        "receptor file": inputs.receptor,
        "reference ligand": inputs.reference,
        "library files": [one.name for one in library.files],
        "records expected": of_share(library.records, settings.records, share),
    }


def shown_about(journal: Journal) -> dict[str, str]:
    """Return what a reader of the results should know of the run, as text."""
    about = journal.about()
    names = about["library files"]
    more = f" and {len(names) - 5} more" if len(names) > 5 else ""
    values = {
        "receptor": about["receptor file"],
        "reference ligand": about["reference ligand"],
        "library": ", ".join(names[:5]) + more,
        "poses": about["pose"],
        "poses scored of a ligand, at most": about["poses"],
        "weights (SHA-256)": about["weights"][:12],
        "seed": about["seed"],
    }
    return {name: str(value) for name, value in values.items() if value is not None}


def _reference_digest(reference: str | None) -> str | None:
    if reference is None:
        return None
    return _digest(reference) if Path(reference).is_file() else reference


def _digest(path: str) -> str:
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()
