"""A cluster of two nodes on this machine: the same table as one process, also when a node goes."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from molattn.errors import UsageError
from molattn.predict.workers import Loading
from molattn.resources import example
from molattn.screen.identity import Inputs
from molattn.screen.outcome import OutcomeSettings
from molattn.screen.plan import PoseSettings, ScreenSettings
from molattn.screen.run import RunSettings, screen
from tests.predict.scores import untrained_weights
from tests.screen.libraries import write_library
from tests.screen.test_run import Said

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore"),  # Ray's own, about sockets and signals
]
COMPLEX = example("1s3v")


@pytest.fixture
def cluster() -> Iterator[Any]:
    pytest.importorskip("ray")
    from ray.cluster_utils import Cluster

    made = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
    yield made
    made.shutdown()


class Watch(Said):
    """Tells when the first chunk is done."""

    def __init__(self) -> None:
        super().__init__()
        self.first = threading.Event()

    def advance(self, rows: int) -> None:
        super().advance(rows)
        self.first.set()


def run(folder: Path, library: Path, weights: Path, ray: str | None, said: Said) -> bytes:
    settings = ScreenSettings(pose=PoseSettings(poses=2), loading=Loading(str(weights)), chunk=2)
    outcome = screen(
        Inputs(str(COMPLEX.protein), [str(library)], str(COMPLEX.ligand)),
        folder,
        settings,
        RunSettings(workers=None if ray else 1, ray=ray),
        OutcomeSettings(top=5),
        report=said,
    )
    assert outcome is not None
    return (folder / "scores.parquet").read_bytes()


@pytest.mark.parametrize("killed", [False, True])
def test_two_nodes_give_the_table_of_one_process(
    cluster: Any, killed: bool, tmp_path: Path
) -> None:
    weights = untrained_weights(tmp_path)
    library = write_library(tmp_path / "library", posed=24)
    expected = run(tmp_path / "alone", library, weights, None, Said())
    second = cluster.add_node(num_cpus=1)
    cluster.wait_for_nodes()
    watch = Watch()
    if killed:

        def kill() -> None:
            watch.first.wait(120.0)
            time.sleep(0.5)
            cluster.remove_node(second, allow_graceful=False)

        threading.Thread(target=kill, daemon=True).start()
    assert run(tmp_path / "cluster", library, weights, cluster.address, watch) == expected


def test_no_cluster_is_told(tmp_path: Path) -> None:
    pytest.importorskip("ray")
    library, weights = write_library(tmp_path / "library", posed=2), untrained_weights(tmp_path)
    with pytest.raises(UsageError, match="no Ray cluster at"):
        run(tmp_path / "out", library, weights, "127.0.0.1:1", Said())
