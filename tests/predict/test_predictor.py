"""The predictor on real complexes: what goes in, what comes out, and what a batch changes."""

from __future__ import annotations

from pathlib import Path

import gemmi
import numpy as np
import pytest
from Bio.PDB import PDBParser
from rdkit import Chem

from molattn.errors import InputError, PocketEmpty, UsageError
from molattn.predict import Predictor, Request, Settings
from molattn.resources import ExampleComplex
from molattn.structure import read_ligand, read_protein
from tests.predict.scores import untrained_weights

Complexes = dict[str, ExampleComplex]


@pytest.fixture(scope="module")
def predictor(tmp_path_factory: pytest.TempPathFactory) -> Predictor:
    return Predictor.load(untrained_weights(tmp_path_factory.mktemp("weights")))


def test_the_ledger_adds_up_and_attention_rows_are_whole(
    predictor: Predictor, complexes: Complexes
) -> None:
    for one in complexes.values():
        score = predictor.score(one.protein, one.ligand)
        assert score.pK is not None
        assert score.ledger is not None
        assert score.attention is not None
        assert sum(line.share_pK for line in score.ledger) == pytest.approx(score.pK, abs=1e-4)
        rows = score.attention.attention.sum(1) + score.attention.null
        assert np.abs(rows - 1.0).max() < 1e-5
        assert score.attention.attention.shape == (
            len(score.attention.elements),
            len(score.attention.labels),
        )
        assert score.attention.labels == score.ledger.residues


def test_every_kind_of_input_gives_the_same_answer(
    predictor: Predictor, complex_1s3v: ExampleComplex
) -> None:
    protein, ligand = complex_1s3v.protein, complex_1s3v.ligand
    expected = predictor.score(protein, ligand).pK
    structure = PDBParser(QUIET=True).get_structure("1s3v", protein)
    proteins = [str(protein), read_protein(protein), gemmi.read_structure(str(protein)), structure]
    mol = Chem.SDMolSupplier(str(ligand), removeHs=False)[0]
    ligands = [str(ligand), read_ligand(ligand), mol]
    found = [predictor.score(one, ligand).pK for one in proteins]
    found += [predictor.score(protein, one).pK for one in ligands]
    assert found == pytest.approx([expected] * len(found), abs=1e-5)


def test_a_batch_answers_as_one_at_a_time(predictor: Predictor, complexes: Complexes) -> None:
    pairs = [(one.protein, one.ligand) for one in complexes.values()] * 5
    together = [score.pK for score in predictor.score_many(pairs)]
    alone = [predictor.score(*pair).pK for pair in pairs[: len(complexes)]] * 5
    assert together == pytest.approx(alone, abs=1e-5)


def test_a_failure_in_a_batch_costs_one_record(
    predictor: Predictor, complexes: Complexes, tmp_path: Path
) -> None:
    good = complexes["1s3v"]
    pairs = [
        (good.protein, good.ligand),
        (good.protein, tmp_path / "absent.sdf"),
        (good.protein, complexes["1of6"].ligand),  # of another protein, far away
        (good.protein, object()),
        (42, good.ligand),
        (good.protein, good.ligand),
    ]
    scores = list(predictor.score_many(pairs))
    assert [score.status for score in scores] == ["ok", *["failed"] * 4, "ok"]
    assert all(score.reason.endswith((".", "?")) for score in scores[1:5])
    assert scores[0].pK == pytest.approx(scores[5].pK)


def test_a_single_score_raises_instead(
    predictor: Predictor, complexes: Complexes, tmp_path: Path
) -> None:
    good = complexes["1s3v"]
    with pytest.raises(InputError):
        predictor.score(good.protein, tmp_path / "absent.sdf")
    with pytest.raises(PocketEmpty):
        predictor.score(good.protein, complexes["1of6"].ligand)
    with pytest.raises(UsageError, match="screen --pose place"):
        predictor.score(good.protein, "c1ccccc1C(=O)O")
    with pytest.raises(UsageError, match="centre"):
        predictor.score(good.protein, good.ligand, radius=5.0)


def test_a_ligand_inside_the_structure(predictor: Predictor, complexes: Complexes) -> None:
    one = complexes["1ia1"]
    inside = predictor.score(one.protein, "TQ3:A")
    assert inside.pK == pytest.approx(predictor.score(one.protein, one.ligand).pK, abs=0.02)


def test_a_centre_moves_the_pocket(predictor: Predictor, complex_1s3v: ExampleComplex) -> None:
    protein, ligand = complex_1s3v.protein, complex_1s3v.ligand
    middle = tuple(read_ligand(ligand).positions.mean(axis=0))
    wide = predictor.score(protein, ligand, center=middle, radius=14.0)
    narrow = predictor.score(protein, ligand, center=middle, radius=6.0)
    assert wide.attention is not None
    assert narrow.attention is not None
    assert len(wide.attention.labels) > len(narrow.attention.labels)


def test_attention_is_made_only_when_asked_for(
    predictor: Predictor, complex_1s3v: ExampleComplex
) -> None:
    request = Request(complex_1s3v.protein, complex_1s3v.ligand)
    without, with_it = (
        next(predictor.score_many([request], Settings(attention=asked))) for asked in (False, True)
    )
    assert without.attention is None
    assert with_it.attention is not None
    assert without.ledger is not None


def test_an_answer_can_be_read(predictor: Predictor, complex_1s3v: ExampleComplex) -> None:
    score = predictor.score(complex_1s3v.protein, complex_1s3v.ligand)
    text = score.show(contacts=3)
    assert f"{score.pK:.2f}" in text
    assert "top contacts" in text
    assert text.count("A:") >= 3
    assert score._repr_html_().count("<tr>") >= 10
