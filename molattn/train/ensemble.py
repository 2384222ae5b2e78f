"""An ensemble from one recipe: every member trained for every fold and on everything, then joined.

::

    OUT/MEMBER/fold-K, OUT/MEMBER/final     run folders, see molattn.train.run_folder
    OUT/out_of_fold.csv                     answers of the ensemble for proteins it has not seen
    OUT/out_of_fold_sources.csv             the same for further sources
    OUT/out_of_fold_poses.csv               the same for moved and docked poses
    OUT/weights.safetensors                 the members trained on everything, as one
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import astuple, dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final

from molattn.errors import UsageError
from molattn.model.members import MemberKind
from molattn.model.mixing import Mixing
from molattn.train.config import TrainConfig
from molattn.train.joined_answers import join_affinities, join_poses, write_joined
from molattn.train.member_recipes import member_mixing, member_recipe
from molattn.train.memory_member import train_memory
from molattn.train.prepare import prepare
from molattn.train.progress import Progress
from molattn.train.run import train
from molattn.train.run_folder import RunFolder

FINAL: Final = "final"
"""Folder of a member that is trained on everything."""


@dataclass(frozen=True, slots=True)
class Job:
    """One training: a member without one fold, or on everything."""

    kind: MemberKind
    config: TrainConfig
    out: Path
    fold: int | None

    def run(self) -> None:
        """Train, quietly; a finished training is left as it is."""
        if self.kind == "network":
            train(self.config, out=self.out, fold=self.fold, quiet=True)
        else:
            train_memory(self.config, out=self.out, fold=self.fold, quiet=True, kind=self.kind)


def train_ensemble(
    config: TrainConfig, *, out: Path | None = None, workers: int = 1, quiet: bool = False
) -> Path:
    """Train every member for every fold and on everything, and join them.

    Finished trainings are not repeated and unfinished ones go on, so an interrupted command is
    simply given again.

    Parameters
    ----------
    config
        A recipe with ``members``.
    out
        Folder, ``runs/NAME`` by default.
    workers
        Trainings that run side by side, each in a process of its own.
    quiet
        Report no progress.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    UsageError
        The recipe has no members.
    ConfigError
        A member's recipe is not understood.
    """
    if not config.members:
        raise UsageError("The recipe has no members; give it a section members, or train it alone.")
    folder = out if out is not None else Path("runs") / config.name
    mixing = member_mixing(config)
    recipes = {name: member_recipe(config, name) for name in config.members}
    folds = range(prepare(config, quiet=quiet).fold_count)
    jobs = [
        Job(config.members[name].kind, recipe, member_folder(folder, name, fold), fold)
        for fold in (None, *folds)
        for name, recipe in recipes.items()
    ]
    with Progress("Training members", len(jobs), quiet=quiet) as progress:
        for _ in _run(jobs, workers):
            progress.advance(1)
    gather(folder, mixing, len(folds))
    join_weights(folder, mixing)
    return folder


def member_folder(folder: Path, name: str, fold: int | None) -> Path:
    """Return the run folder of a member; fold None is the training on everything."""
    return folder / name / (FINAL if fold is None else f"fold-{fold}")


def _run(jobs: Sequence[Job], workers: int) -> Iterator[None]:
    if workers == 1:
        for job in jobs:
            job.run()
            yield
        return
    with ProcessPoolExecutor(workers, get_context("spawn")) as pool:
        running = [pool.submit(job.run) for job in jobs]
        try:
            for future in as_completed(running):
                yield future.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def gather(folder: Path, mixing: Mixing, folds: int) -> None:
    """Join the members' answers for the folds that they were held out from."""
    runs = {
        name: [RunFolder(member_folder(folder, name, fold)) for fold in range(folds)]
        for name in mixing.new
    }
    affinities = join_affinities({n: [one.held_out for one in r] for n, r in runs.items()}, mixing)
    poses = join_poses({n: [one.held_out_poses for one in r] for n, r in runs.items()}, mixing)
    write_joined(folder, affinities, poses)


def join_weights(folder: Path, mixing: Mixing) -> Path:
    """Write the members that were trained on everything as one ensemble; return its tensors."""
    from safetensors.torch import load_file

    from molattn.model.ensemble import Ensemble
    from molattn.model.members import build_member
    from molattn.model.weights_file import MEMBERS_PREFIX, json_of, write_weights_file

    members, described = {}, {}
    record: dict[str, Any] = {}
    for name in mixing.new:
        path = RunFolder(member_folder(folder, name, None)).weights
        record = json.loads(json_of(path).read_text(encoding="utf-8"))
        ((kind, one),) = record["members"].items()
        network = build_member(one["kind"], one["config"])
        prefix = f"{MEMBERS_PREFIX}{kind}."
        network.load_state_dict(
            {key.removeprefix(prefix): value for key, value in load_file(path).items()}
        )
        members[name] = network
        shares = {"weight": mixing.new[name], "known_weight": mixing.known[name]}
        described[name] = {**one, **shares}
    path = folder / "weights.safetensors"
    description = {**record, "members": described, "span": astuple(mixing.span), "run": None}
    write_weights_file(Ensemble(members, mixing), path, {**description, "created": ""})
    return path
