"""The ligand's fingerprint: counts, blind to how the molecule is written, small when compact."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from rdkit import Chem

from molattn.graph import ComplexGraph, pack
from molattn.graph.compact import CompactGraphs, compact, join
from molattn.graph.fields import FINGERPRINT_BITS
from molattn.graph.fingerprint import ligand_fingerprint
from molattn.structure.standard_form import standard_form


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("CC(=O)O", "CC(=O)[O-]"),
        ("CCNCCO", "OCC[NH2+]CC"),
        ("Cc1c[nH]cn1", "Cc1cnc[nH]1"),
        ("C[C@H](N)C(=O)O", "C[C@@H](N)C(=O)O"),
    ],
)
def test_ways_of_writing_do_not_show(first: str, second: str) -> None:
    one, other = (
        ligand_fingerprint(standard_form(Chem.MolFromSmiles(text))) for text in (first, second)
    )
    assert one.shape == (FINGERPRINT_BITS,)
    assert one.sum() > 0
    assert np.array_equal(one, other)


def test_counts_add_up() -> None:
    one, two = (
        ligand_fingerprint(standard_form(Chem.MolFromSmiles(text))) for text in ("CCO", "CCO.CCO")
    )
    assert np.array_equal(2 * one, two)


def test_compact_form_holds_bytes(graphs: dict[str, ComplexGraph]) -> None:
    arrays = join([compact(pack(list(graphs.values())), half=True)])
    assert arrays["graph.fingerprint"].dtype == np.uint8
    for graph, other in zip(graphs.values(), CompactGraphs(arrays), strict=True):
        assert torch.equal(graph["fingerprint"], other["fingerprint"])
    del arrays["graph.fingerprint"]
    with pytest.raises(KeyError, match=r"no graph\.fingerprint; pack again"):
        CompactGraphs(arrays)
