"""Weights that can be shipped: members joined, intervals, pose confidence and domain fitted.

Everything that says how sure an answer is comes from answers for proteins that the answering
members had not seen.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray

from molattn.errors import InputError
from molattn.graph.batch import collate
from molattn.model.ensemble import Ensemble
from molattn.predict.calibration import COVERAGE, PARTS, Calibration, fit, fit_normalised
from molattn.predict.domain import Domain, fit_domain
from molattn.predict.held_out_widths import held_out_half_widths
from molattn.predict.interval_scale import IntervalInputs, interval_inputs
from molattn.predict.ligand_similarity import packed_fingerprint
from molattn.predict.pocket_similarity import pocket_descriptor
from molattn.predict.pose_calibration import PoseCalibration, fit_pose_calibration
from molattn.predict.similarity import Likeness, fit_similarity, likeness_across
from molattn.predict.weights import SHIPPED_WEIGHTS, load_weights, save_weights
from molattn.train.answers import read_lines, write_lines
from molattn.train.config import TrainConfig
from molattn.train.dataset import Dataset
from molattn.train.prepare import Prepared, prepare

Floats = NDArray[np.float64]

FEWEST: Final = 60
"""With fewer answers out of fold the interval has one factor on the predicted spread."""

_BATCH: Final = 64


def release(config: TrainConfig, folder: Path, *, quiet: bool = False) -> Path:
    """Complete the weights of a finished ensemble and return their file.

    ``out_of_fold.csv`` gains what its intervals are made of (heavy atoms, and the similarity of
    each row to the nearest ligand and pocket in the training of its fold), the domain that follows
    from these similarities, and intervals whose calibration saw nothing of the row's protein.

    Parameters
    ----------
    config
        Recipe of the ensemble.
    folder
        As :func:`molattn.train.ensemble.train_ensemble` left it.
    quiet
        Report no progress.

    Raises
    ------
    InputError
        The tables in the folder are not of these data.
    """
    data = prepare(config, quiet=quiet)
    ensemble, info = load_weights(folder / "weights.safetensors")
    table = folder / "out_of_fold.csv"
    domain = domain_of(ensemble, data)
    lines = _with_intervals(_with_likeness(read_lines(table), data, domain), info.pk_mean)
    write_lines(lines, list(lines[0]), table)
    complete = replace(
        info,
        trained_on=_account(config, data),
        n_train=sum(data.labelled),
        calibration=calibration_of(lines, info.pk_mean),
        pose_calibration=pose_calibration_of(folder / "out_of_fold_poses.csv"),
        domain=domain,
    )
    path = folder / f"{SHIPPED_WEIGHTS}.safetensors"
    save_weights(ensemble, path, complete)
    return path


def calibration_of(lines: Sequence[dict[str, Any]], pk_mean: float) -> Calibration:
    """Fit the interval on answers out of fold."""
    residuals = _column(lines, "measured_pK") - _column(lines, "pK")
    if len(lines) < FEWEST:
        return fit(residuals, _column(lines, "spread"), COVERAGE)
    clusters = [line["cluster"] for line in lines]
    return fit_normalised(residuals, inputs_of(lines, pk_mean), clusters, COVERAGE)


def inputs_of(lines: Sequence[dict[str, Any]], pk_mean: float) -> IntervalInputs:
    """Return what the width of an interval depends on, from a table out of fold."""
    return interval_inputs(
        ensemble=_column(lines, "ensemble_spread"),
        aleatoric=_column(lines, "spread"),
        ligand=_column(lines, "ligand_similarity"),
        pocket=_column(lines, "family_similarity"),
        deviation=np.abs(_column(lines, "pK") - pk_mean),
        heavy_atoms=_column(lines, "heavy_atoms"),
    )


def pose_calibration_of(path: Path) -> PoseCalibration:
    """Fit the pose confidence: on docked poses if there are any, else on moved ones.

    Each complex counts alike, however many poses it has. Without right and wrong poses nothing is
    fitted.
    """
    lines = [line for line in read_lines(path) if line["pose_confidence"]]
    lines = [line for line in lines if line["source"]] or lines
    near = np.array([line["near_native"] == "1" for line in lines], dtype=bool)
    if not len(lines) or near.all() or not near.any():
        return PoseCalibration()
    poses = Counter(line["complex"] for line in lines)
    confidence = np.clip(_column(lines, "pose_confidence"), 1e-4, 1.0 - 1e-4)
    weights = np.array([1.0 / poses[line["complex"]] for line in lines])
    return fit_pose_calibration(np.log(confidence / (1.0 - confidence)), near, weights)


def domain_of(ensemble: Ensemble, data: Prepared) -> Domain:
    """Fit the applicability domain on the complexes that the run is about.

    Poses of further sources are no crystal poses and say little of what a real complex looks like;
    their ligands are remembered as known.
    """
    taught, others = _labelled(data.dataset), _labelled(data.dataset, further=True)
    graphs = [data.dataset.graph(one) for one in taught]
    with torch.inference_mode():
        features = [
            ensemble(collate(graphs[start : start + _BATCH])).features.numpy()
            for start in range(0, len(graphs), _BATCH)
        ]
    clusters = [data.clusters.names[data.dataset.examples[one].row] for one in taught]
    domain = fit_domain(graphs, np.concatenate(features), clusters)
    known = [packed_fingerprint(graph) for graph in graphs]
    known += [packed_fingerprint(data.dataset.graph(one)) for one in others]
    similarity = fit_similarity(known, [pocket_descriptor(graph) for graph in graphs], clusters)
    return replace(domain, similarity=similarity)


def _labelled(dataset: Dataset, *, further: bool = False) -> list[int]:
    """Return the labelled examples of the run's own complexes, or of further sources."""
    return [
        index
        for index, one in enumerate(dataset.examples)
        if one.labelled and bool(dataset.rows[one.row].source) == further
    ]


def _with_intervals(lines: list[dict[str, Any]], pk_mean: float) -> list[dict[str, Any]]:
    """Return lines whose interval comes from a calibration on other proteins."""
    clusters = np.array([line["cluster"] for line in lines])
    if len(lines) < FEWEST or len(set(clusters.tolist())) < PARTS:
        return lines
    residuals = _column(lines, "measured_pK") - _column(lines, "pK")
    half = held_out_half_widths(residuals, inputs_of(lines, pk_mean), clusters)
    return [
        {
            **line,
            "pK_low": round(float(line["pK"]) - width, 4),
            "pK_high": round(float(line["pK"]) + width, 4),
        }
        for line, width in zip(lines, half.tolist(), strict=True)
    ]


def _with_likeness(
    lines: Sequence[dict[str, Any]], data: Prepared, domain: Domain
) -> list[dict[str, Any]]:
    dataset = data.dataset
    taught = _labelled(dataset)
    graphs = [dataset.graph(one) for one in taught]
    rows = [dataset.examples[one].row for one in taught]
    found = likeness_across(
        [packed_fingerprint(graph) for graph in graphs],
        [pocket_descriptor(graph) for graph in graphs],
        [data.folds[row] for row in rows],
    )
    place = {dataset.rows[row].id: number for number, row in enumerate(rows)}
    unknown = [line["id"] for line in lines if line["id"] not in place]
    if unknown:
        raise InputError(
            f"The answers out of fold hold {unknown[0]}, which is not among the labelled "
            "complexes; train again, into another folder."
        )
    return [
        {
            **line,
            "ligand_similarity": round(float(found[place[line["id"]], 0]), 4),
            "pocket_similarity": round(float(found[place[line["id"]], 1]), 4),
            "family_similarity": round(float(found[place[line["id"]], 2]), 4),
            "domain": _grade(domain, found[place[line["id"]]]),
            "heavy_atoms": len(graphs[place[line["id"]]]["ligand"].element),
        }
        for line in lines
    ]


def _grade(domain: Domain, found: Floats) -> str:
    if domain.similarity is None:
        return ""
    return domain.similarity.grade(Likeness(*map(float, found)))


def _account(config: TrainConfig, data: Prepared) -> str:
    """Return one line on what the ensemble was trained on."""
    of_source = Counter(
        row.source for row, known in zip(data.dataset.rows, data.labelled, strict=True) if known
    )
    parts = [f"{of_source[name]} of {name or 'crystal complexes'}" for name in of_source]
    return f"{config.name}: {sum(of_source.values())} affinities ({', '.join(parts)})"


def _column(lines: Sequence[dict[str, Any]], name: str) -> Floats:
    return np.array([float(line[name]) for line in lines], dtype=np.float64)
