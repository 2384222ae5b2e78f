"""The runner: every record once, whatever ends it, and never two screens in one folder."""

from __future__ import annotations

import os
import shlex
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from molattn.errors import OutputError, UsageError
from molattn.predict.workers import Loading
from molattn.resources import example
from molattn.screen.chunks import Share
from molattn.screen.identity import Inputs
from molattn.screen.journal import Journal
from molattn.screen.merge_shares import merge
from molattn.screen.outcome import Outcome, OutcomeSettings
from molattn.screen.plan import PoseSettings, ScreenSettings
from molattn.screen.run import RunSettings, screen
from molattn.screen.run_folder import locked
from molattn.screen.run_status import status
from tests.predict.scores import untrained_weights
from tests.screen.libraries import write_library

COMPLEX = example("1s3v")
RECORDS, FAILED = 14, 2


class Said:
    """Keeps what a screen tells."""

    def __init__(self) -> None:
        self.begun: list[tuple[int, int]] = []
        self.rows = 0
        self.sentences: list[str] = []

    def begin(self, total: int, done: int) -> None:
        self.begun.append((total, done))

    def advance(self, rows: int) -> None:
        self.rows += rows

    def say(self, text: str) -> None:
        self.sentences.append(text)


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return untrained_weights(tmp_path_factory.mktemp("weights"))


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_library(tmp_path_factory.mktemp("library"))


@pytest.fixture(scope="module")
def settings(weights: Path) -> ScreenSettings:
    return ScreenSettings(pose=PoseSettings(poses=2), loading=Loading(str(weights)), chunk=4)


Run = Callable[..., Outcome | None]


@pytest.fixture(scope="module")
def run(library: Path, settings: ScreenSettings) -> Run:
    def start(
        folder: Path,
        *,
        changed: ScreenSettings | None = None,
        names: list[str] | None = None,
        share: Share = Share(),  # noqa: B008
        said: Said | None = None,
        reference: str | None = str(COMPLEX.ligand),
    ) -> Outcome | None:
        return screen(
            Inputs(str(COMPLEX.protein), names or [str(library)], reference),
            folder,
            changed or settings,
            RunSettings(workers=1, share=share),
            OutcomeSettings(top=5, rank_by="pK"),
            report=said or Said(),
        )

    return start


@pytest.fixture(scope="module")
def whole(run: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("whole")
    outcome = run(folder)
    assert outcome is not None
    assert (outcome.records, outcome.failed, outcome.hits) == (RECORDS, FAILED, 5)
    return folder


def command(folder: Path, library: Path, weights: Path) -> list[str]:
    """Return the command of `run`, as a user types it."""
    program = "from molattn.cli.app import main; main()"
    words = [str(COMPLEX.protein), str(library), "--reference", str(COMPLEX.ligand)]
    words += ["--out", str(folder), "--weights", str(weights), "--poses", "2", "--chunk", "4"]
    words += ["--top", "5", "--workers", "1", "--quiet"]
    return [sys.executable, "-c", program, "screen", *words]


def test_every_record_has_one_row(whole: Path) -> None:
    table = pd.read_parquet(whole / "scores.parquet")
    assert len(table) == RECORDS
    assert list(table["id"][:4]) == ["posed0", "posed1", "posed2", "posed3"]
    assert list(table["pose_source"][:4]) == ["given"] * 4
    placed = table[table["id"].str.startswith("drawn")]
    assert list(placed["pose_source"]) == ["placed"] * 3
    assert (placed["poses"] >= 1).all()
    assert (table["status"] == "failed").sum() == FAILED
    failed = pd.read_csv(whole / "failed.csv")
    assert list(failed["record"]) == [4, 3]
    assert table.loc[0, "price"] == "10"
    assert table.loc[0, "main_contacts"].count(";") == 4
    hits = pd.read_csv(whole / "hits.csv")
    assert list(hits["pK"]) == sorted(table["pK"].dropna().round(3), reverse=True)[:5]


def test_a_second_call_scores_nothing_again(whole: Path, run: Run) -> None:
    before = {path: path.stat().st_mtime_ns for path in (whole / "shards").rglob("*.parquet")}
    said = Said()
    run(whole, said=said)
    assert said.rows == 0
    assert before == {path: path.stat().st_mtime_ns for path in before}


def test_a_lost_shard_is_scored_again(whole: Path, run: Run) -> None:
    with Journal(whole) as journal:
        path = journal.shard(1)
    table, shard = (whole / "scores.parquet").read_bytes(), path.read_bytes()
    path.unlink()
    said = Said()
    run(whole, said=said)
    assert said.rows == 4
    assert path.read_bytes() == shard
    assert (whole / "scores.parquet").read_bytes() == table


@pytest.mark.parametrize("victim", ["parent", "worker"])
def test_a_killed_run_goes_on_to_the_same_table(
    whole: Path, library: Path, weights: Path, tmp_path: Path, victim: str
) -> None:
    words = command(tmp_path, library, weights)
    process = subprocess.Popen(words, stderr=subprocess.PIPE)
    until = time.monotonic() + 60.0
    while not list((tmp_path / "shards").rglob("*.parquet")) and time.monotonic() < until:
        time.sleep(0.02)
    if victim == "parent":
        process.kill()
        process.communicate()
        assert not (tmp_path / "scores.parquet").exists()
        subprocess.run(words, check=False, stderr=subprocess.PIPE)
    else:
        for child in reversed(_below(process.pid)[1:]):
            os.kill(child, signal.SIGKILL)
            break
        process.communicate()
        assert process.returncode == 1
    assert (tmp_path / "scores.parquet").read_bytes() == (whole / "scores.parquet").read_bytes()


def _below(root: int) -> list[int]:
    found = [root]
    for process in found:
        for children in Path(f"/proc/{process}/task").glob("*/children"):
            found += map(int, children.read_text().split())
    return found


def test_an_interrupted_run_finishes_its_chunk_and_says_how_to_go_on(
    library: Path, weights: Path, whole: Path, tmp_path: Path
) -> None:
    words = command(tmp_path, library, weights)
    process = subprocess.Popen(words, stderr=subprocess.PIPE, text=True)
    until = time.monotonic() + 60.0
    while not list((tmp_path / "shards").rglob("*.parquet")) and time.monotonic() < until:
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, text = process.communicate(timeout=60.0)
    assert process.returncode == 130
    assert "run the same command again to go on" in text
    found = status(tmp_path)
    assert not found.running
    assert not found.finished
    assert 4 <= found.totals.rows < RECORDS
    subprocess.run(words, check=False, stderr=subprocess.PIPE)
    assert (tmp_path / "scores.parquet").read_bytes() == (whole / "scores.parquet").read_bytes()


def test_no_room_ends_the_run_and_the_same_command_goes_on(
    library: Path, weights: Path, whole: Path, tmp_path: Path
) -> None:
    words = command(tmp_path, library, weights)
    small = f"ulimit -f 24; exec {shlex.join(words)}"  # KiB that a file may have, as if disk full
    done = subprocess.run(
        ["bash", "-c", small], check=False, stderr=subprocess.PIPE, text=True, timeout=120.0
    )
    assert done.returncode == 2
    (sentence,) = done.stderr.splitlines()
    assert "cannot be written" in sentence
    assert "run the same command again" in sentence
    assert status(tmp_path).totals.rows > 0
    subprocess.run(words, check=False, stderr=subprocess.PIPE)
    assert (tmp_path / "scores.parquet").read_bytes() == (whole / "scores.parquet").read_bytes()


def test_shares_make_the_same_table(run: Run, whole: Path, tmp_path: Path) -> None:
    folders = [tmp_path / "one", tmp_path / "two"]
    run(folders[0], share=Share(1, 2))
    with pytest.raises(UsageError, match="do not make up the library"):
        merge(folders[:1], tmp_path / "both", OutcomeSettings(top=5))
    run(folders[1], share=Share(2, 2))
    outcome = merge(folders[::-1], tmp_path / "both", OutcomeSettings(top=5))
    assert (outcome.records, outcome.failed) == (RECORDS, FAILED)
    for name in ("scores.parquet", "hits.csv", "hits.sdf", "failed.csv"):
        assert (tmp_path / "both" / name).read_bytes() == (whole / name).read_bytes()


def test_a_run_refuses_to_go_on_with_something_else(
    whole: Path, run: Run, settings: ScreenSettings, tmp_path: Path
) -> None:
    other = write_library(tmp_path / "other", posed=11)
    with pytest.raises(UsageError, match="begun with another library;"):
        run(whole, names=[str(other)])
    with pytest.raises(UsageError, match="begun with another reference;"):
        run(whole, reference=None)
    poses = PoseSettings(poses=2, seed=5)
    changed = ScreenSettings(pose=poses, loading=settings.loading, chunk=4)
    with pytest.raises(UsageError, match="begun with another seed;"):
        run(whole, changed=changed)
    weights = untrained_weights(tmp_path, "others")
    weights.with_suffix(".json").write_text(
        weights.with_suffix(".json").read_text().replace('"sha256": "', '"sha256": "0')
    )
    changed = ScreenSettings(pose=settings.pose, loading=Loading(str(weights)), chunk=4)
    with pytest.raises(UsageError, match="begun with another weights;"):
        run(whole, changed=changed)


def test_two_runs_never_share_a_folder(run: Run, tmp_path: Path) -> None:
    with locked(tmp_path), pytest.raises(UsageError, match="Another process is screening"):
        run(tmp_path)


def test_a_moved_library_is_the_same_library(
    whole: Path, run: Run, library: Path, tmp_path: Path
) -> None:
    moved = tmp_path / "elsewhere"
    moved.mkdir()
    for path in library.iterdir():
        (moved / path.name).write_bytes(path.read_bytes())
    said = Said()
    run(whole, names=[str(moved)], said=said)
    assert said.rows == 0


def test_a_folder_that_cannot_be_written_is_told(run: Run, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot be written"):
        run(tmp_path / "file" / "out")


def test_given_poses_without_a_reference_leave_smiles_unscored(
    run: Run, library: Path, settings: ScreenSettings, tmp_path: Path
) -> None:
    outcome = run(tmp_path, names=[str(library / "b_drawn.smi")], reference=None)
    assert outcome is not None
    assert (outcome.records, outcome.scored) == (4, 0)
    reasons = pd.read_csv(tmp_path / "failed.csv")["reason"]
    assert reasons[0].endswith("or with --pose dock.")


def test_shares_are_not_merged_while_one_is_screened(run: Run, tmp_path: Path) -> None:
    shares = [tmp_path / "1", tmp_path / "2"]
    for number, folder in enumerate(shares, 1):
        run(folder, share=Share(number, 2))
    with locked(shares[1]), pytest.raises(UsageError, match="screening into"):
        merge(shares, tmp_path / "out", OutcomeSettings())
    with pytest.raises(UsageError, match="another --out"):
        merge(shares, shares[0], OutcomeSettings())


def test_half_written_files_are_removed(whole: Path, run: Run) -> None:
    shard = Journal(whole).shard(0)
    half = shard.with_name(f".{shard.name}.abcdefgh")
    half.write_bytes(b"half")
    shard.unlink()
    run(whole)
    assert shard.exists()
    assert not half.exists()


def test_a_journal_that_another_program_holds_is_told(whole: Path, run: Run) -> None:
    held = sqlite3.connect(whole / "journal.sqlite", isolation_level=None)
    held.execute("BEGIN EXCLUSIVE")
    with pytest.raises(UsageError, match="Another program holds"):
        Journal(whole, wait=0.1).about()
    held.close()
