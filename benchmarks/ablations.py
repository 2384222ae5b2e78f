"""What each part of the network is worth: trained without it, on the same fold and seed.

::

    python benchmarks/ablations.py configs/ensemble.yaml --root DATA --member taught --fold 0 \
        --epochs 4 --out runs/ablations --workers 2

Every variant is trained by the recipe of one member, shortened to ``--epochs``, and answers the
fold that it has not seen. Figures stand beside those of the whole recipe, with paired bootstrap
intervals: over protein clusters for crystal complexes, over series within series, over complexes
for docked poses. One fold and one seed decide little; an interval that holds zero says that nothing
was shown. Finished variants are not trained again.
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from molattn.model import cross_attention, encoders, tokens
from molattn.model.segments import softmax_with_null
from molattn.train.answers import read_lines
from molattn.train.config import TrainConfig, load_config
from molattn.train.config_file import parse_config
from molattn.train.member_recipes import member_recipe
from molattn.train.recipe_paths import rooted
from molattn.train.run import train
from molattn.train.run_folder import RunFolder

Floats = NDArray[np.float64]
Recipe = dict[str, Any]

DRAWS = 2000
FEWEST = 5
"""Rows of a series that is ranked."""


@contextmanager
def replaced(owner: Any, name: str, value: Callable[..., Any]) -> Iterator[None]:
    """Let an attribute be another for a while."""
    kept = getattr(owner, name)
    setattr(owner, name, value)
    try:
        yield
    finally:
        setattr(owner, name, kept)


def without_null() -> AbstractContextManager[None]:
    """Leave attention no way to look at nothing."""

    def softmax(logits: Tensor, null_logit: Tensor, *rest: Any) -> tuple[Tensor, Tensor]:
        return softmax_with_null(logits, torch.full_like(null_logit, -20.0), *rest)

    return replaced(cross_attention, "softmax_with_null", softmax)


def without_gates() -> AbstractContextManager[None]:
    """Let every token speak with its full voice."""
    whole = tokens.GatedTokens.forward

    def forward(self: Any, given: Any, context: Tensor) -> Any:
        shares, gates = whole(self, given, context)
        ones = {name: torch.ones_like(gate) for name, gate in gates.items()}
        return {name: share / gates[name] for name, share in shares.items()}, ones

    return replaced(tokens.GatedTokens, "forward", forward)


def one_direction() -> AbstractContextManager[None]:
    """Let atoms ask residues and never the other way round."""
    whole = cross_attention.CrossAttentionBlock.forward

    def forward(self: Any, contacts: Any, *rest: Any) -> Any:
        atoms, _, block = whole(self, contacts, *rest)
        return atoms, contacts.residue_scalars, block

    return replaced(cross_attention.CrossAttentionBlock, "forward", forward)


def without_vectors() -> AbstractContextManager[None]:
    """Keep the l = 1 features of the encoders at zero."""
    whole = encoders.EquivariantLayer.forward

    def forward(self: Any, features: Tensor, *rest: Any) -> Tensor:
        scalars = self.irreps[0].dim
        keep = torch.zeros_like(features)
        keep[:, :scalars] = 1.0
        return whole(self, features * keep, *rest) * keep

    return replaced(encoders.EquivariantLayer, "forward", forward)


@dataclass(frozen=True, slots=True)
class Variant:
    """A recipe with something taken out.

    Attributes
    ----------
    change
        Changes the values of the recipe in place.
    patch
        Changes the network for the time of the training and of the answers.
    """

    change: Callable[[Recipe], object] = lambda recipe: None
    patch: Callable[[], AbstractContextManager[None]] = nullcontext


def _without(section: str, key: str, *names: str) -> Callable[[Recipe], object]:
    def change(recipe: Recipe) -> None:
        kept = recipe[section][key]
        recipe[section][key] = [one for one in kept if one not in names]

    return change


def _losses(*names: str) -> Callable[[Recipe], object]:
    return lambda recipe: recipe["loss"].update(dict.fromkeys(names, 0.0))


def _sources(*names: str) -> Callable[[Recipe], object]:
    return lambda recipe: [recipe["sources"][one].update(drawn=0.0) for one in names]


def _no_poses(recipe: Recipe) -> None:
    _losses("pose", "pose_ranking", "energy_ranking", "rmsd")(recipe)
    poses = [name for name, one in recipe["sources"].items() if one["rmsd_column"]]
    _sources(*poses)(recipe)
    recipe["pose"]["per_labelled"] = 0.0


def _no_physics(recipe: Recipe) -> None:
    _without("network", "tokens", "physics")(recipe)
    _losses("physics", "energy_ranking")(recipe)


def _no_vectors(recipe: Recipe) -> None:
    _without("network", "terms", "vector")(recipe)


VARIANTS: dict[str, Variant] = {
    "whole": Variant(),
    "without angles": Variant(_without("network", "terms", "angle")),
    "without l=1 features": Variant(_no_vectors, without_vectors),
    "one direction": Variant(patch=one_direction),
    "without spectrum token": Variant(_without("network", "tokens", "spectrum")),
    "without gates": Variant(patch=without_gates),
    "without null": Variant(patch=without_null),
    "without poses": Variant(_no_poses),
    "without masking": Variant(_losses("masked", "displacement", "altered")),
    "without physics": Variant(_no_physics),
    "fixed physics": Variant(
        lambda recipe: (
            recipe["network"].update(physics="fixed"),
            _losses("physics", "energy_ranking")(recipe),
        )
    ),
    "without series and docked": Variant(_sources("series", "docked")),
    "without attention loss": Variant(_losses("attention")),
    "without series losses": Variant(_losses("series_ranking", "series_difference")),
}


@dataclass(frozen=True, slots=True)
class Job:
    """One training."""

    name: str
    recipe: TrainConfig
    out: Path
    fold: int

    def run(self) -> str:
        """Train and answer, or leave a finished training as it is."""
        variant = VARIANTS[self.name]
        values = self.recipe.model_dump(mode="json")
        variant.change(values)
        config = parse_config(values, TrainConfig, source=self.name)
        with variant.patch():
            train(config, out=self.out, fold=self.fold, quiet=True)
        return self.name


def folder_of(out: Path, name: str, fold: int) -> Path:
    """Return the run folder of a variant."""
    return out / name.replace(" ", "_").replace("=", "") / f"fold-{fold}"


def scores(folder: Path) -> dict[str, dict[str, tuple[str, float]]]:
    """Return figure → unit → (what is drawn as one in a bootstrap, value of the unit).

    Units are crystal complexes (squared error), series (Pearson inside) and complexes with a right
    and a wrong docked pose (whether a right one comes first).
    """
    run = RunFolder(folder)
    lines = read_lines(run.held_out)
    error = {
        line["id"]: (line["cluster"], (float(line["pK"]) - float(line["measured_pK"])) ** 2)
        for line in lines
        if not line["source"]
    }
    groups: defaultdict[str, list[tuple[float, float]]] = defaultdict(list)
    for line in lines:
        if line["group"]:
            groups[line["group"]].append((float(line["pK"]), float(line["measured_pK"])))
    inside = {}
    for name, pairs in groups.items():
        said, measured = np.array(pairs).T
        if len(pairs) >= FEWEST and measured.std() > 0.3:
            inside[name] = (name, float(np.corrcoef(said, measured)[0, 1]) if said.std() else 0.0)
    poses: defaultdict[str, list[tuple[float, bool]]] = defaultdict(list)
    for line in read_lines(run.held_out_poses):
        if line["source"]:
            confidence = float(line["pose_confidence"])
            poses[line["complex"]].append((confidence, line["near_native"] == "1"))
    first = {
        name: (name, float(max(found)[1]))
        for name, found in poses.items()
        if len({near for _, near in found}) == 2
    }
    return {"RMSE": error, "within series": inside, "first pose": first}


def compare(
    whole: dict[str, tuple[str, float]], other: dict[str, tuple[str, float]], *, root: bool
) -> tuple[float, float, float, float]:
    """Return the figure of ``other``, its difference to ``whole`` and the 95 % interval of that."""
    units = [unit for unit in whole if unit in other]
    drawn, place = np.unique([whole[unit][0] for unit in units], return_inverse=True)
    before, after = (np.array([one[unit][1] for unit in units]) for one in (whole, other))
    counts = np.random.default_rng(0).multinomial(
        len(drawn), np.full(len(drawn), 1.0 / len(drawn)), size=DRAWS
    )
    weights = counts[:, place].astype(float)

    def figure(values: Floats, weight: Floats) -> Floats:
        mean: Floats = weight @ values / weight.sum(-1)
        return np.sqrt(mean) if root else mean

    every = np.ones((1, len(units)))
    here = float(figure(after, every)[0])
    gap = figure(after, weights) - figure(before, weights)
    low, high = np.quantile(gap, (0.025, 0.975))
    return here, here - float(figure(before, every)[0]), float(low), float(high)


def table(out: Path, names: Sequence[str], fold: int) -> str:
    """Return the figures of every finished variant beside the whole, as markdown."""
    whole = scores(folder_of(out, "whole", fold))
    titles = [f"{name} ({len(units)})" for name, units in whole.items()]
    lines = [f"| variant | {' | '.join(titles)} |", "|---" * (len(titles) + 1) + "|"]
    for name in names:
        if not RunFolder(folder_of(out, name, fold)).finished:
            continue
        found = scores(folder_of(out, name, fold))
        cells = []
        for figure, units in whole.items():
            value, gap, low, high = compare(units, found[figure], root=figure == "RMSE")
            difference = "" if name == "whole" else f", {gap:+.3f} [{low:+.3f}, {high:+.3f}]"
            cells.append(f"{value:.3f}{difference}")
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def shortened(recipe: TrainConfig, epochs: int | None) -> TrainConfig:
    """Return a recipe with other epochs."""
    if epochs is None:
        return recipe
    return recipe.model_copy(
        update={"optimiser": recipe.optimiser.model_copy(update={"epochs": epochs})}
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("recipe", type=Path)
    parser.add_argument("--root", type=Path, help="folder that paths of the recipe start from")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--member", help="of an ensemble; its recipe is the one that is ablated")
    parser.add_argument("--fold", type=int, default=0)
    parser.add_argument("--epochs", type=int, help="those of the recipe if not given")
    parser.add_argument("--only", nargs="+", choices=VARIANTS, default=list(VARIANTS))
    parser.add_argument("--workers", type=int, default=1)
    chosen = parser.parse_args(arguments)
    config = load_config(chosen.recipe)
    config = rooted(config, chosen.root) if chosen.root else config
    recipe = member_recipe(config, chosen.member) if chosen.member else config
    recipe = shortened(recipe, chosen.epochs)
    names = list(dict.fromkeys(["whole", *chosen.only]))
    jobs = [
        Job(name, recipe, folder_of(chosen.out, name, chosen.fold), chosen.fold) for name in names
    ]
    with ProcessPoolExecutor(chosen.workers, get_context("spawn")) as pool:
        for done in [pool.submit(job.run) for job in jobs]:
            print(f"{done.result()} trained", file=sys.stderr)
    print(table(chosen.out, names, chosen.fold))
    return 0


if __name__ == "__main__":
    sys.exit(main())
