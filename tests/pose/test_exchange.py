"""A ligand laid over another: its shape, its place, its clashes."""

from __future__ import annotations

import numpy as np

from molattn.pose.exchange import exchanged_pose, laid_over, principal_axes
from molattn.pose.perturb import CLASH_DISTANCE
from molattn.resources import ExampleComplex
from molattn.structure import read_ligand, read_protein


def test_laid_over_keeps_shape_and_hand_and_takes_centroid_and_axes() -> None:
    random = np.random.default_rng(1)
    own = random.normal(size=(20, 3)) * (4.0, 2.0, 1.0)
    place = random.normal(size=(30, 3)) * (1.0, 3.0, 6.0) + (10.0, -5.0, 2.0)
    poses = laid_over(own, place)
    assert poses.shape == (4, 20, 3)
    for pose in poses:
        np.testing.assert_allclose(pose.mean(axis=0), place.mean(axis=0), atol=1e-9)
        before = np.linalg.norm(own[:, None] - own, axis=2)
        np.testing.assert_allclose(np.linalg.norm(pose[:, None] - pose, axis=2), before, atol=1e-9)
        volume = [np.linalg.det(points[1:4] - points[0]) for points in (own, pose)]
        np.testing.assert_allclose(volume[0], volume[1], rtol=1e-9)
        along = np.abs((principal_axes(pose) * principal_axes(place)).sum(axis=1))
        np.testing.assert_allclose(along, 1.0, atol=1e-9)
    apart = np.linalg.norm(poses[:, None] - poses, axis=(2, 3))
    assert apart[np.triu_indices(4, 1)].min() > 1.0


def test_a_ligand_laid_over_itself_is_among_the_four() -> None:
    own = np.random.default_rng(2).normal(size=(12, 3)) * (3.0, 2.0, 1.0)
    assert np.abs(laid_over(own, own) - own).max(axis=(1, 2)).min() < 1e-9


def test_an_exchanged_pose_stays_in_the_other_site_and_clashes_little(
    complexes: dict[str, ExampleComplex],
) -> None:
    ligand = read_ligand(complexes["1ia1"].ligand)
    place = read_ligand(complexes["1s3v"].ligand).positions
    protein = read_protein(complexes["1s3v"].protein).atoms.position
    pose, again = (exchanged_pose(ligand, place, protein, seed=3) for _ in range(2))
    np.testing.assert_array_equal(pose.positions, again.positions)
    laid = laid_over(ligand.positions, place)
    gap = np.linalg.norm(pose.positions[:, None] - protein, axis=2)
    assert pose.clashes == int((gap < CLASH_DISTANCE).sum())
    crude = [
        int((np.linalg.norm(one[:, None] - protein, axis=2) < CLASH_DISTANCE).sum()) for one in laid
    ]
    assert pose.clashes < min(crude)
    assert np.linalg.norm(pose.positions.mean(axis=0) - place.mean(axis=0)) < 5.0
    assert (gap.min(axis=1) < 5.0).mean() > 0.5
