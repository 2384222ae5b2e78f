"""A training that was stopped anywhere ends bit for bit as one that was not."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from safetensors.numpy import load_file

from molattn.errors import UsageError
from molattn.train.checkpoint import checkpoints, step_of
from molattn.train.config import TrainConfig
from molattn.train.config_file import write_config
from molattn.train.metrics_file import read_metrics
from molattn.train.run import TrainingInterrupted, train
from molattn.train.run_folder import RunFolder

RUN = """
import sys
from pathlib import Path
from molattn.train.config import load_config
from molattn.train.run import train
train(load_config(sys.argv[1]), out=Path(sys.argv[2]), fold=0, quiet=True)
"""


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder that the uninterrupted run of this module is made in, once."""
    return tmp_path_factory.mktemp("whole") / "run"


def uninterrupted(config: TrainConfig, whole: Path) -> RunFolder:
    train(config, out=whole, fold=0, quiet=True)  # made by the first call, found by the others
    return RunFolder(whole)


def same_weights(one: Path, other: Path) -> bool:
    first, second = load_file(one), load_file(other)
    return first.keys() == second.keys() and all(
        first[name].tobytes() == second[name].tobytes() for name in first
    )


def test_every_checkpoint_leads_to_the_same_weights(
    config: TrainConfig, whole: Path, tmp_path: Path
) -> None:
    run = uninterrupted(config, whole)
    saved = checkpoints(run.checkpoints)
    steps = [step_of(path) for path in saved]
    assert steps == list(range(1, steps[-1] + 1))
    for path in saved[:-1]:
        copy = RunFolder(tmp_path / path.stem)
        copy.checkpoints.mkdir(parents=True)
        shutil.copy(run.config, copy.config)
        shutil.copy(path, copy.checkpoints)
        train(config, out=copy.path, fold=0, quiet=True)
        assert same_weights(run.weights, copy.weights), path.name
        assert copy.held_out.read_text() == run.held_out.read_text()


def test_resumed_run_keeps_the_metrics_of_the_first_part(
    config: TrainConfig, whole: Path, tmp_path: Path
) -> None:
    run = uninterrupted(config, whole)
    copy = RunFolder(tmp_path / "run")
    shutil.copytree(run.path, copy.path)
    copy.weights.unlink()
    for path in checkpoints(copy.checkpoints):
        if step_of(path) > 7:
            path.unlink()
    train(config, out=copy.path, fold=0, quiet=True)
    assert copy.metrics.read_text() == run.metrics.read_text()
    assert len(read_metrics(run.metrics)) >= config.optimiser.epochs


def test_killed_run_goes_on_to_the_same_weights(
    config: TrainConfig, whole: Path, tmp_path: Path
) -> None:
    """SIGKILL to a real process at a moment nobody chose."""
    run = uninterrupted(config, whole)
    recipe, out = tmp_path / "config.yaml", tmp_path / "run"
    write_config(config, recipe)
    command = [sys.executable, "-c", RUN, str(recipe), str(out)]
    process = subprocess.Popen(command, env={**os.environ, "OMP_NUM_THREADS": "1"})
    deadline = time.monotonic() + 120
    while len(checkpoints(out / "checkpoints")) < 2 and time.monotonic() < deadline:
        assert process.poll() is None, "the run ended before it could be killed"
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not RunFolder(out).finished
    killed_at = step_of(checkpoints(out / "checkpoints")[-1])
    assert 0 < killed_at < step_of(checkpoints(run.checkpoints)[-1])
    train(config, out=out, fold=0, quiet=True)
    assert same_weights(run.weights, out / "weights.safetensors")


def test_interrupt_saves_and_says_how_to_go_on(
    config: TrainConfig, whole: Path, tmp_path: Path
) -> None:
    run = uninterrupted(config, whole)
    out = tmp_path / "run"

    def press() -> None:
        while not checkpoints(out / "checkpoints"):
            time.sleep(0.002)
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=press, daemon=True).start()
    with pytest.raises(TrainingInterrupted, match="same command goes on") as caught:
        train(config, out=out, fold=0, quiet=True)
    assert isinstance(caught.value, KeyboardInterrupt)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    train(config, out=out, fold=0, quiet=True)
    assert same_weights(run.weights, out / "weights.safetensors")


def test_half_written_checkpoint_is_not_used(
    config: TrainConfig, whole: Path, tmp_path: Path
) -> None:
    run = uninterrupted(config, whole)
    folder = tmp_path / "checkpoints"
    folder.mkdir()
    whole_file = checkpoints(run.checkpoints)[0]
    shutil.copy(whole_file, folder)
    (folder / "step-0000099.partial").write_bytes(whole_file.read_bytes()[:100])
    assert [step_of(path) for path in checkpoints(folder)] == [step_of(whole_file)]


def test_another_configuration_is_refused(config: TrainConfig, whole: Path) -> None:
    uninterrupted(config, whole)
    other = config.model_copy(update={"seed": 4})
    with pytest.raises(UsageError, match=r"seed was 3, now 4.*--fresh"):
        train(other, out=whole, fold=0, quiet=True)
    with pytest.raises(UsageError, match="fold is 0, now 1"):
        train(config, out=whole, fold=1, quiet=True)


def test_fresh_starts_over(config: TrainConfig, whole: Path, tmp_path: Path) -> None:
    run = uninterrupted(config, whole)
    copy = RunFolder(tmp_path / "run")
    shutil.copytree(run.path, copy.path)
    foreign = copy.path / "notes.txt"
    foreign.write_text("mine")
    other = config.model_copy(update={"seed": 4})
    train(other, out=copy.path, fold=0, fresh=True, quiet=True)
    assert not same_weights(run.weights, copy.weights)
    assert foreign.read_text() == "mine"
