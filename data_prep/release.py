"""Make the shipped weights from a finished training and its cross-validation.

::

    python -m data_prep.release CONFIG --data MANIFEST --run RUN --out molattn/resources/weights

Takes the network trained on everything, fits the interval on the answers out of fold and the
applicability domain on the training complexes, and writes the files that ``Predictor.load`` reads.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from molattn.graph import ComplexGraph, collate
from molattn.model.network import Network
from molattn.predict.calibration import Calibration
from molattn.predict.calibration import fit as fit_calibration
from molattn.predict.domain import Domain, fit_domain
from molattn.predict.weights import SHIPPED_WEIGHTS, WeightsInfo, load_weights, save_weights
from molattn.train.config import load_config
from molattn.train.prepare import prepare

BATCH = 64


def calibration_of(out_of_fold: Path) -> Calibration:
    """Fit the interval on a table with the columns measured_pK, pK and spread."""
    with out_of_fold.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    residuals = [float(row["measured_pK"]) - float(row["pK"]) for row in rows]
    return fit_calibration(residuals, [float(row["spread"]) for row in rows])


def domain_of(network: Network, graphs: Sequence[ComplexGraph]) -> Domain:
    """Fit the applicability domain on training complexes."""
    starts = range(0, len(graphs), BATCH)
    with torch.inference_mode():
        features = [
            network(collate(graphs[start : start + BATCH])).features.numpy() for start in starts
        ]
    return fit_domain(graphs, np.concatenate(features))


def release(
    config_file: Path, manifest: Path | None, run: Path, out: Path, trained_on: str | None = None
) -> WeightsInfo:
    """Write the shipped weights and return what their JSON says.

    Parameters
    ----------
    config_file
        Recipe of the run.
    manifest
        Its data, instead of the manifest named in the recipe.
    run
        Folder with ``final/`` (a training on everything) and ``out_of_fold.csv``.
    out
        Folder of the weights.
    trained_on
        One line on the data, instead of the run's.
    """
    config = load_config(config_file)
    if manifest is not None:
        data = config.data.model_copy(update={"manifest": manifest})
        config = config.model_copy(update={"data": data})
    dataset = prepare(config).dataset
    labelled = [row for row, example in enumerate(dataset.examples) if example.labelled]
    network, info = load_weights(run / "final" / "weights.safetensors")
    complete = replace(
        info,
        trained_on=trained_on or info.trained_on,
        calibration=calibration_of(run / "out_of_fold.csv"),
        domain=domain_of(network, [dataset.graph(row) for row in labelled]),
    )
    out.mkdir(parents=True, exist_ok=True)
    return save_weights(network, out / f"{SHIPPED_WEIGHTS}.safetensors", complete)


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("config", type=Path, help="recipe, such as configs/first.yaml")
    parser.add_argument("--data", type=Path, help="manifest, instead of the recipe's")
    parser.add_argument("--run", type=Path, required=True, help="folder of the run")
    parser.add_argument("--out", type=Path, required=True, help="folder of the weights")
    parser.add_argument("--trained-on", help="one line on the data, instead of the run's")
    chosen = parser.parse_args()
    info = release(chosen.config, chosen.data, chosen.run, chosen.out, chosen.trained_on)
    print(f"{info.trained_on}; interval factor {info.calibration.quantile:.3f}; {info.sha256}")


if __name__ == "__main__":
    main()
