"""The scale of an error and the interval made of it: honest on new clusters, whatever the tails."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from molattn.predict.calibration import Calibration, fit, fit_normalised
from molattn.predict.interval_scale import (
    NAMES,
    IntervalInputs,
    ScaleModel,
    fit_scale,
    interval_inputs,
)

CLUSTERS = 150


def drawn(
    seed: int, tails: float, count: int = 2400
) -> tuple[np.ndarray, IntervalInputs, list[str]]:
    """Return errors whose size follows disagreement and unlikeness, in clusters with offsets.

    ``tails`` are the degrees of freedom of Student's distribution.
    """
    random = np.random.default_rng(seed)
    cluster = random.integers(0, CLUSTERS, count)
    ensemble = np.exp(random.normal(-1.0, 0.5, count))
    pocket = np.clip(random.beta(5, 2, CLUSTERS)[cluster] + random.normal(0, 0.05, count), 0, 1)
    inputs = interval_inputs(
        ensemble=ensemble,
        aleatoric=random.uniform(0.8, 1.4, count),
        ligand=random.uniform(0.2, 1.0, count),
        pocket=pocket,
        deviation=np.abs(random.normal(0, 1.2, count)),
        heavy_atoms=random.integers(8, 60, count),
    )
    size = 0.8 * (ensemble / 0.37) ** 0.7 * np.exp(1.5 * (0.7 - pocket))
    offset = random.normal(0, 0.4, CLUSTERS)[cluster]
    errors = size * (random.standard_t(tails, count) + offset)
    return errors, inputs, [f"c{one}" for one in cluster]


@pytest.mark.parametrize("tails", [3.0, 50.0])
def test_new_clusters_are_covered_in_each_third_by_width(tails: float) -> None:
    inside, widths = [], []
    for seed in range(4):
        errors, inputs, clusters = drawn(seed, tails)
        calibration = fit_normalised(errors, inputs, clusters)
        new_errors, new_inputs, _ = drawn(100 + seed, tails)
        half = calibration.half_width(new_inputs)
        inside.append(np.abs(new_errors) <= half)
        widths.append(half)
    hit, width = np.concatenate(inside), np.concatenate(widths)
    assert 0.88 < hit.mean() < 0.92
    for rows in np.array_split(np.argsort(width), 3):
        assert 0.87 < hit[rows].mean() < 0.93


def test_one_factor_on_the_spread_misses_where_it_matters() -> None:
    # the reason for a scale: the same data, covered evenly by nothing that ignores the inputs
    errors, inputs, clusters = drawn(1, 50.0)
    scaled, plain = fit_normalised(errors, inputs, clusters), fit(errors, inputs.aleatoric)
    new_errors, new_inputs, _ = drawn(2, 50.0)
    wide = np.argsort(scaled.half_width(new_inputs))[-len(new_errors) // 3 :]
    missed = np.abs(new_errors) > plain.half_width(new_inputs)
    assert missed[wide].mean() > 0.15
    assert scaled.half_width(new_inputs).mean() < plain.half_width(new_inputs).mean()


def test_it_finds_the_powers_that_were_planted() -> None:
    errors, inputs, _ = drawn(3, 50.0)
    scale = fit_scale(errors, inputs, ridge=0.0)
    slope = dict(zip(NAMES, np.array(scale.weight) / np.array(scale.spread), strict=True))
    assert slope["ensemble"] == pytest.approx(0.7, abs=0.08)
    assert slope["pocket"] == pytest.approx(1.5, abs=0.3)
    assert abs(slope["ligand"]) < 0.15
    assert abs(slope["heavy_atoms"]) < 0.1


def test_without_information_all_intervals_are_about_as_wide() -> None:
    _, inputs, clusters = drawn(4, 50.0)
    errors = np.random.default_rng(5).normal(0, 1.0, len(inputs))
    half = fit_normalised(errors, inputs, clusters).half_width(inputs)
    assert half.std() < 0.1 * half.mean()
    assert half.mean() == pytest.approx(1.645, rel=0.06)


@pytest.mark.parametrize("name", ["ensemble", "ligand", "pocket", "deviation"])
def test_less_certain_inputs_never_mean_a_smaller_scale(name: str) -> None:
    # errors that run the wrong way: small where members disagree and training is far
    errors, inputs, _ = drawn(6, 50.0)
    turned = fit_scale(errors[np.argsort(-np.abs(errors))][np.argsort(inputs.ensemble)], inputs)
    for scale in (turned, fit_scale(errors, inputs)):
        worse = np.linspace(0.9, 0.1, 9) if name in ("ligand", "pocket") else np.linspace(0.1, 4, 9)
        one = inputs.select(np.zeros(9, dtype=int))
        assert (np.diff(scale.scale(replace(one, **{name: worse}))) >= 0).all()


def test_the_width_has_no_jumps() -> None:
    errors, inputs, clusters = drawn(7, 3.0)
    calibration = fit_normalised(errors, inputs, clusters)
    line = inputs.select(np.zeros(20001, dtype=int))
    moved = replace(
        line, ensemble=np.linspace(0.01, 3.0, 20001), pocket=np.linspace(1.0, 0.0, 20001)
    )
    half = calibration.half_width(moved)
    assert np.abs(np.diff(half)).max() < 0.01
    assert half.max() > 2.0 * half.min()


def test_what_is_not_known_counts_as_usual() -> None:
    errors, inputs, clusters = drawn(8, 50.0)
    calibration = fit_normalised(errors, inputs, clusters)
    known = interval_inputs(aleatoric=inputs.aleatoric[:5])
    assert np.isfinite(calibration.half_width(known)).all()
    assert calibration.scale is not None
    centre = dict(zip(NAMES, calibration.scale.centre, strict=True))
    usual = interval_inputs(
        aleatoric=inputs.aleatoric[:5],
        ensemble=np.full(5, np.exp(centre["ensemble"])),
        ligand=np.full(5, 1.0 - centre["ligand"]),
        pocket=np.full(5, 1.0 - centre["pocket"]),
        deviation=np.full(5, centre["deviation"]),
        heavy_atoms=np.full(5, np.exp(centre["heavy_atoms"])),
    )
    np.testing.assert_allclose(
        calibration.half_width(known), calibration.half_width(usual), rtol=1e-6
    )


def test_a_calibration_without_a_scale_is_a_factor_on_the_spread() -> None:
    spreads = np.array([0.5, 1.0, 2.0])
    half = Calibration(quantile=2.0).half_width(interval_inputs(aleatoric=spreads))
    assert half.tolist() == [1.0, 2.0, 4.0]


def test_json_brings_the_same_intervals_back() -> None:
    errors, inputs, clusters = drawn(9, 3.0)
    calibration = fit_normalised(errors, inputs, clusters)
    again = Calibration.from_json(json.loads(json.dumps(calibration.to_json())))
    assert again == calibration
    assert (again.half_width(inputs) == calibration.half_width(inputs)).all()
    assert isinstance(again.scale, ScaleModel)


def test_the_order_of_the_answers_does_not_matter() -> None:
    errors, inputs, clusters = drawn(10, 3.0)
    turn = np.random.default_rng(0).permutation(len(errors))
    one = fit_normalised(errors, inputs, clusters)
    other = fit_normalised(errors[turn], inputs.select(turn), [clusters[row] for row in turn])
    np.testing.assert_allclose(one.half_width(inputs), other.half_width(inputs), rtol=1e-3)


def test_few_answers_share_one_factor() -> None:
    errors, inputs, clusters = drawn(11, 50.0, count=100)
    assert fit_normalised(errors, inputs, clusters).knots == ()


def test_it_refuses_what_does_not_match() -> None:
    errors, inputs, clusters = drawn(12, 50.0, count=100)
    with pytest.raises(ValueError, match="99 residuals, 100 inputs and 100 clusters"):
        fit_normalised(errors[1:], inputs, clusters)
    with pytest.raises(ValueError, match="two protein clusters"):
        fit_normalised(errors, inputs, ["one"] * 100)
    with pytest.raises(ValueError, match="finite"):
        fit_normalised(np.full(100, np.nan), inputs, clusters)
    with pytest.raises(ValueError, match="aleatoric is needed"):
        interval_inputs(ensemble=errors)
    with pytest.raises(ValueError, match="differ in length: aleatoric 2, ensemble 3"):
        interval_inputs(aleatoric=[1.0, 1.0], ensemble=[1.0, 1.0, 1.0])
