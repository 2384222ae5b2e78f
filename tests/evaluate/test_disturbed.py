"""Ligands of the packaged complexes in one another's pockets and in wrong poses."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from molattn.evaluate.disturbed import (
    SPANS,
    SiteFiles,
    Sites,
    in_a_wrong_pose,
    in_another_pocket,
    native_graph,
)
from molattn.resources import ExampleComplex


@pytest.fixture(scope="module")
def files(complexes: dict[str, ExampleComplex]) -> list[SiteFiles]:
    return [
        SiteFiles(name, one.protein, one.ligand, cluster=f"protein-{name}")
        for name, one in complexes.items()
    ]


def test_a_swapped_ligand_is_itself_among_another_complexes_residues(
    files: list[SiteFiles],
) -> None:
    sites = Sites(files)
    for name in ("1s3v", "1ia1"):
        native = native_graph(sites, name)
        swapped = in_another_pocket(sites, name, seed=0)
        assert swapped is not None and swapped.site != name
        np.testing.assert_array_equal(
            native["ligand"].element.numpy(), swapped.graph["ligand"].element.numpy()
        )
        theirs = set(native_graph(sites, swapped.site).residue_label)
        assert len(theirs & set(swapped.graph.residue_label)) > len(theirs) / 2
        place = sites.ligands[swapped.site].positions.mean(axis=0)
        assert np.linalg.norm(swapped.pose.positions.mean(axis=0) - place) < 5.0


def test_a_wrong_pose_is_about_four_angstrom_away(files: list[SiteFiles]) -> None:
    sites = Sites(files)
    native, wrong = native_graph(sites, "1s3v"), in_a_wrong_pose(sites, "1s3v", seed=0)
    assert wrong is not None and wrong.site == "1s3v"
    assert SPANS[-1][0] <= wrong.pose.rmsd < SPANS[-1][1]
    assert set(native.residue_label) & set(wrong.graph.residue_label)
    moved = wrong.graph["ligand"].position - native["ligand"].position
    assert float(moved.norm(dim=1).mean()) > 2.0


def test_relatives_are_no_strangers_and_the_seed_draws(files: list[SiteFiles]) -> None:
    sites = Sites(files)
    assert set(sites.strangers("1s3v", seed=0)) <= {"1ia1", "1of6", "1uou"}
    orders = {tuple(sites.strangers("1s3v", seed=seed)) for seed in range(8)}
    assert len(orders) > 1
    related = Sites([replace(one, cluster="same") for one in files])
    assert related.strangers("1s3v", seed=0) == []
    assert in_another_pocket(related, "1s3v", seed=0) is None


def test_a_copy_of_the_ligand_is_no_stranger(files: list[SiteFiles]) -> None:
    twin = replace(files[0], id="twin", cluster="far away")
    sites = Sites([files[0], twin])
    assert sites.strangers("twin", seed=0) == []


def test_a_broken_ligand_is_named(files: list[SiteFiles]) -> None:
    broken = replace(files[0], id="broken", ligand=files[0].protein)
    sites = Sites([*files, broken])
    assert list(sites.faults) == ["broken"] and "broken" not in sites.ligands
