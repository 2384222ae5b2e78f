"""Several processes: in order, the same numbers, and a death costs one record."""

from __future__ import annotations

import os
import signal
from multiprocessing import parent_process
from pathlib import Path

import pytest

from molattn.errors import UsageError, WeightsError
from molattn.predict.request import Request, Settings
from molattn.predict.workers import FEW, Loading, score_requests
from molattn.resources import ExampleComplex
from tests.predict.scores import untrained_weights


class Deadly:
    """A path that ends whichever worker looks at it, as a fault in a foreign library would."""

    def __fspath__(self) -> str:
        if parent_process() is not None:
            os.kill(os.getpid(), signal.SIGSEGV)
        return "deadly.pdb"

    def __str__(self) -> str:
        return "deadly.pdb"


@pytest.fixture(scope="module")
def loading(tmp_path_factory: pytest.TempPathFactory) -> Loading:
    return Loading(str(untrained_weights(tmp_path_factory.mktemp("weights"))))


def test_a_process_that_dies_costs_one_record(
    loading: Loading, complex_1s3v: ExampleComplex
) -> None:
    count, deadly, absent = FEW + 6, 20, 41
    requests = [
        Request(str(complex_1s3v.protein), str(complex_1s3v.ligand), id=str(row))
        for row in range(count)
    ]
    requests[deadly] = Request(Deadly(), str(complex_1s3v.ligand), id=str(deadly))
    requests[absent] = Request("absent.pdb", str(complex_1s3v.ligand), id=str(absent))
    scores = list(score_requests(iter(requests), Settings(), loading, workers=2))
    assert [score.id for score in scores] == [str(row) for row in range(count)]
    failed = [row for row, score in enumerate(scores) if score.status == "failed"]
    assert failed == [deadly, absent]
    assert "SIGSEGV" in scores[deadly].reason
    assert "absent.pdb" in scores[absent].reason
    alone = next(iter(score_requests(requests[:1], Settings(), loading)))
    numbers = [score.pK for score in scores if score.pK is not None]
    assert numbers == pytest.approx([alone.pK] * (count - 2), abs=1e-5)


def test_missing_weights_are_told_once_and_not_as_failures(
    tmp_path: Path, complex_1s3v: ExampleComplex
) -> None:
    requests = [Request(str(complex_1s3v.protein), str(complex_1s3v.ligand))] * (FEW + 1)
    loading = Loading(str(tmp_path / "none.safetensors"))
    with pytest.raises(WeightsError, match="no weights"):
        list(score_requests(requests, Settings(), loading, workers=2))


def test_settings_are_checked_before_any_work(loading: Loading) -> None:
    with pytest.raises(UsageError, match="--center"):
        next(score_requests([], Settings(radius=5.0), loading))
