"""The folds of a finished training: who answers for each, and what it was held out from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from molattn.errors import InputError, UsageError
from molattn.predict.weights import load_weights
from molattn.train.answers import read_lines
from molattn.train.config import TrainConfig
from molattn.train.ensemble import member_folder
from molattn.train.manifest import ManifestRow, read_manifest
from molattn.train.member_recipes import member_mixing
from molattn.train.run_folder import RunFolder

if TYPE_CHECKING:
    from torch import nn

    from molattn.model.ensemble import Ensemble


@dataclass(frozen=True, slots=True)
class Held:
    """A measured complex, the fold that it is held out of and the cluster of its protein."""

    row: ManifestRow
    fold: int
    cluster: str


def fold_members(run: Path, config: TrainConfig, fold: int) -> dict[str, RunFolder]:
    """Return the run folder of each member without a fold; a recipe without members is one."""
    if not config.members:
        return {"network": RunFolder(run / f"fold-{fold}")}
    return {name: RunFolder(member_folder(run, name, fold)) for name in config.members}


def finished_folds(run: Path, config: TrainConfig) -> list[int]:
    """Return the folds that every member has finished.

    Raises
    ------
    UsageError
        There is none.
    """
    # a split file may have another number of folds than the recipe
    first = next(iter(fold_members(run, config, 0).values())).path.parent
    numbers = (path.name.removeprefix("fold-") for path in first.glob("fold-*"))
    found = [
        fold
        for fold in sorted(int(number) for number in numbers if number.isdecimal())
        if all(one.finished for one in fold_members(run, config, fold).values())
    ]
    if not found:
        raise UsageError(f"{run} holds no fold that every member of {config.name} has finished.")
    return found


def fold_ensemble(run: Path, config: TrainConfig, fold: int) -> Ensemble:
    """Join the members that were trained without a fold, by the weights of the recipe."""
    from molattn.model.ensemble import Ensemble
    from molattn.model.mixing import Mixing

    mixing = member_mixing(config) if config.members else Mixing.constant({"network": 1.0})
    members: dict[str, nn.Module] = {}
    for name, folder in fold_members(run, config, fold).items():
        members[name], _ = load_weights(folder.weights)
    return Ensemble(members, mixing).eval()


def held_out(run: Path, config: TrainConfig, fold: int) -> list[Held]:
    """Return the measured complexes of the manifest that a fold holds out.

    Raises
    ------
    InputError
        The run answered for a complex that the manifest lacks.
    """
    rows = {row.id: row for row in read_manifest(config.data)}
    first = next(iter(fold_members(run, config, fold).values()))
    lines = [line for line in read_lines(first.held_out) if not line["source"]]
    unknown = [line["id"] for line in lines if line["id"] not in rows]
    if unknown:
        raise InputError(f"{config.data.manifest} has no {unknown[0]}; give the data of the run.")
    return [Held(rows[line["id"]], fold, line["cluster"]) for line in lines]
