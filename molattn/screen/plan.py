"""What a screen will do, as plain values: they decide every number, and travel to each process."""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import Any, Final, Literal, get_args

from molattn.errors import MissingExtra, UsageError
from molattn.predict.request import Settings, check_settings
from molattn.predict.workers import Loading
from molattn.screen.forms import FormSettings
from molattn.screen.molecule_rules import MoleculeLimits

PoseMode = Literal["given", "place", "dock"]
Effort = Literal["fast", "thorough"]

CHUNKS: Final[dict[PoseMode, int]] = {"given": 256, "place": 32, "dock": 4}
"""Records of a chunk, the piece that is scored, written and remembered as a whole."""

POSES: Final[dict[PoseMode, int]] = {"given": 3, "place": 3, "dock": 5}
"""Poses that are built of a ligand and scored, unless another number is asked for."""

SMALLEST_BOX: Final = 8.0
LARGEST_BOX: Final = 60.0
"""Å, edges of a docking box that a ligand fits into and that Vina searches in reasonable time."""

TIMEOUTS: Final[dict[PoseMode, float]] = {"given": 60.0, "place": 120.0, "dock": 1800.0}
"""Seconds after which a record is given up unless another number is asked for."""


@dataclass(frozen=True, slots=True)
class PoseSettings:
    """Where poses come from.

    Attributes
    ----------
    mode
        ``given``: as they are; a record without one is placed where there is a reference ligand.
        ``place``: on the reference ligand. ``dock``: by AutoDock Vina in a box.
    poses
        Most poses of a ligand that are scored; None for `POSES`.
    relax
        Relax given poses in the rigid pocket before scoring.
    effort
        Of placing; see `molattn.pose.place.Placer`.
    exhaustiveness
        Of docking.
    box
        Edge of the docking box around a centre, Å.
    seed
        Decides every random number.
    keep
        Keep all scored poses, not only the best of each record.
    """

    mode: PoseMode = "given"
    poses: int | None = None
    relax: bool = False
    effort: Effort = "fast"
    exhaustiveness: int = 8
    box: float = 22.5
    seed: int = 1
    keep: bool = False

    @property
    def most(self) -> int:
        """Most poses of a ligand that are scored, where they are built."""
        return POSES[self.mode] if self.poses is None else self.poses


@dataclass(frozen=True, slots=True)
class ScreenSettings:
    """Everything but the files that decides the numbers of a screen.

    Attributes
    ----------
    pose
        Where poses come from.
    score
        How they are scored.
    limits
        Which molecules are refused.
    forms
        Protonation states, tautomers and stereoisomers to try.
    loading
        Weights, temperature and calibration.
    smiles_column, id_column
        Of tables; None to know them by their names.
    chunk
        Records of a chunk; None for `CHUNKS`.
    """

    pose: PoseSettings = field(default_factory=PoseSettings)
    score: Settings = field(default_factory=Settings)
    limits: MoleculeLimits = field(default_factory=MoleculeLimits)
    forms: FormSettings = field(default_factory=FormSettings)
    loading: Loading = field(default_factory=Loading)
    smiles_column: str | None = None
    id_column: str | None = None
    chunk: int | None = None

    @property
    def records(self) -> int:
        """Records of a chunk."""
        return CHUNKS[self.pose.mode] if self.chunk is None else self.chunk


def check(settings: ScreenSettings, *, reference: bool, center: bool) -> None:
    """Refuse settings that make no sense together, and name what is not installed.

    Parameters
    ----------
    settings
        To look at.
    reference, center
        Whether a reference ligand and a centre of the box are given.

    Raises
    ------
    UsageError
        If something is missing or does not go together.
    MissingExtra
        If docking or protonation needs a package that is not there.
    """
    pose = settings.pose
    check_settings(settings.score)
    if pose.mode not in get_args(PoseMode):
        raise UsageError(f"There are no poses {pose.mode!r}; choose given, place or dock.")
    if pose.mode == "place" and not reference:
        raise UsageError(
            "Placing needs a posed ligand to place on: give it with --reference LIGAND.sdf or "
            "--reference RES:CHAIN:NUM."
        )
    if pose.mode == "dock" and not (reference or center):
        raise UsageError("Docking needs a box: give --reference LIGAND.sdf or --center X,Y,Z.")
    if pose.relax and pose.mode != "given":
        raise UsageError("--relax is for given poses; placed and docked ones are relaxed already.")
    if pose.relax and not (reference or center):
        raise UsageError("--relax needs to know the pocket: give --reference or --center.")
    if _several(settings.forms) and pose.mode == "given":
        raise UsageError(
            "A given pose has one form: leave out --protomers, --tautomers and --stereo, or "
            "choose --pose place or --pose dock."
        )
    if min(pose.most, settings.records, pose.exhaustiveness) < 1:
        raise UsageError("Poses, chunk and exhaustiveness must be above 0.")
    if not SMALLEST_BOX <= pose.box <= LARGEST_BOX:
        raise UsageError(
            f"The edge of the box must be {SMALLEST_BOX:g} to {LARGEST_BOX:g} Å, not {pose.box:g}."
        )
    _require("dock", *(("vina", "meeko") if pose.mode == "dock" else ()))
    _require("forms", *(("dimorphite_dl",) if settings.forms.protomers else ()))


def _several(forms: FormSettings) -> bool:
    return forms.protomers or forms.tautomers or forms.stereo


def _require(extra: str, *packages: str) -> None:
    for package in packages:
        if find_spec(package) is None:
            raise MissingExtra(package, extra)


def described(settings: ScreenSettings) -> dict[str, Any]:
    """Return what must stay the same when a run goes on, as JSON values by readable names."""
    pose, score, forms = settings.pose, settings.score, settings.forms
    values: dict[str, Any] = {
        "pose": pose.mode,
        "poses": pose.most,
        "relax": pose.relax,
        "seed": pose.seed,
        "keep-poses": pose.keep,
        "waters": score.waters,
        "max-heavy-atoms": settings.limits.most_heavy_atoms,
        "chunk": settings.records,
        "temperature": settings.loading.temperature,
        "device": settings.loading.device,
        "smiles-column": settings.smiles_column,
        "id-column": settings.id_column,
    }
    if pose.mode != "dock":
        values["effort"] = pose.effort
    else:
        values |= {"exhaustiveness": pose.exhaustiveness, "box": pose.box}
    if _several(forms):
        values["forms"] = str(forms)
    return values
