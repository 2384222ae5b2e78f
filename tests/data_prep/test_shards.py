"""Jobs in pieces: done once, resumed, refused with other settings, alive after a crash."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from data_prep.shards import Job, Outcome, Shard, run_job
from data_prep.summary import write_summary
from molattn.errors import MolattnError, OutputError, UsageError


def build(task: dict[str, Any], path: Path) -> list[Outcome]:
    """Write the name of a task; a marked one kills its process, so that it runs elsewhere."""
    if task.get("kill"):
        os.kill(os.getpid(), signal.SIGKILL)
    with (Path(task["log"])).open("a") as log:
        log.write(task["name"] + "\n")
    path.write_text(task["name"])
    return [Outcome(task["name"], "kept")]


def crashed(task: dict[str, Any]) -> list[Outcome]:
    return [Outcome(task["name"], "dropped", "its process died")]


def job(folder: Path, **settings: Any) -> Job:
    return Job(folder, ".txt", settings, "Working", crashed)


def shards(log: Path, *names: str, kill: str = "") -> list[Shard]:
    return [Shard(name, {"name": name, "log": str(log), "kill": name == kill}) for name in names]


def test_a_second_run_does_nothing(tmp_path: Path) -> None:
    log, folder = tmp_path / "log", tmp_path / "out"
    first = run_job(job(folder, a=1), shards(log, "x", "y"), build, workers=1, quiet=True)
    again = run_job(job(folder, a=1), shards(log, "x", "y"), build, workers=1, quiet=True)
    assert first == again == [Outcome("x", "kept"), Outcome("y", "kept")]
    assert sorted(log.read_text().split()) == ["x", "y"]


def test_only_what_is_missing_is_built(tmp_path: Path) -> None:
    log, folder = tmp_path / "log", tmp_path / "out"
    whole = job(folder)
    run_job(whole, shards(log, "x"), build, workers=1, quiet=True)
    # a piece without its account was cut off in the middle
    (folder / "parts" / "y.txt").write_text("half")
    run_job(whole, shards(log, "x", "y"), build, workers=1, quiet=True)
    assert log.read_text().split() == ["x", "y"]
    assert (folder / "parts" / "y.txt").read_text() == "y"
    assert not list((folder / "parts").glob("*partial*"))


def test_other_settings_are_refused_by_name(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    run_job(job(folder, seed=1, cutoff=4.0), [], build, workers=1, quiet=True)
    with pytest.raises(UsageError, match="another seed;"):
        run_job(job(folder, seed=2, cutoff=4.0), [], build, workers=1, quiet=True)


def test_a_process_that_dies_costs_one_piece(tmp_path: Path) -> None:
    log, folder = tmp_path / "log", tmp_path / "out"
    pieces = shards(log, "x", "bad", "y", kill="bad")
    account = run_job(job(folder), pieces, build, workers=1, quiet=True)
    assert [one.status for one in account] == ["kept", "dropped", "kept"]
    assert account[1].reason == "its process died"


class Unloadable:
    """A task that no other process can read: its workers die before they begin."""

    def __reduce__(self) -> tuple[Any, ...]:
        return os._exit, (7,)


def test_processes_that_cannot_begin_are_no_fault_of_the_records(tmp_path: Path) -> None:
    whole = job(tmp_path / "out")
    pieces = [Shard("a", Unloadable()), Shard("b", Unloadable())]
    with pytest.raises(MolattnError, match="run the same command again"):
        run_job(whole, pieces, build, workers=1, quiet=True)
    assert not whole.account(pieces[0]).exists()


def test_damaged_files_of_a_job(tmp_path: Path) -> None:
    log, folder = tmp_path / "log", tmp_path / "out"
    pieces = shards(log, "x")
    run_job(job(folder), pieces, build, workers=1, quiet=True)
    job(folder).account(pieces[0]).write_text("[{")
    assert run_job(job(folder), pieces, build, workers=1, quiet=True) == [Outcome("x", "kept")]
    (folder / "settings.json").write_text("{")
    with pytest.raises(UsageError, match="damaged"):
        run_job(job(folder), pieces, build, workers=1, quiet=True)


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot be written"):
        run_job(job(tmp_path / "file" / "out"), [], build, workers=1, quiet=True)


def test_the_summary_counts_and_names(tmp_path: Path) -> None:
    account = [
        Outcome("a", "kept"),
        Outcome("b", "repaired", "charges set"),
        Outcome("c", "dropped", "no pose"),
        Outcome("d", "dropped", "no pose"),
    ]
    text = write_summary(tmp_path, "Poses", account, {"seconds": 3})
    assert "4 records: 2 kept (1 of them repaired), 2 dropped." in text
    assert "| dropped | no pose | 2 | c, d |" in text
    assert (tmp_path / "summary.md").read_text() == text


SLOW_JOB = """
import signal, sys, time
from pathlib import Path
sys.path.insert(0, {tests!r})
from data_prep.shards import Job, Outcome, Shard, run_job

def build(task, path):
    Path(task[1]).mkdir(exist_ok=True)
    (Path(task[1]) / str(__import__("os").getpid())).touch()
    time.sleep(60)
    return []

if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background ignores it
    folder = Path({folder!r})
    job = Job(folder / "out", ".txt", {{}}, "Working", lambda task: [])
    run_job(job, [Shard("a", ("a", str(folder / "pids")))], build, workers=1)
"""


@pytest.mark.parametrize("sign", [signal.SIGKILL, signal.SIGINT])
def test_workers_end_with_their_parent(tmp_path: Path, sign: int) -> None:
    script = tmp_path / "slow_job.py"
    root = str(Path(__file__).parents[2])
    script.write_text(SLOW_JOB.format(tests=root, folder=str(tmp_path)))
    environment = {**os.environ, "PYTHONPATH": root}
    words = [sys.executable, str(script)]
    with subprocess.Popen(words, stderr=subprocess.DEVNULL, env=environment) as parent:
        pids = wait_for(lambda: list((tmp_path / "pids").glob("*")))
        parent.send_signal(sign)
        parent.wait(timeout=20)
    worker = int(pids[0].name)
    assert wait_for(lambda: not alive(worker))


def wait_for(condition: Callable[[], Any], seconds: float = 30.0) -> Any:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := condition():
            return found
        time.sleep(0.1)
    raise AssertionError("waited in vain")


def alive(pid: int) -> bool:
    """Return whether a process runs; one that has ended and is not yet reaped does not."""
    status = Path(f"/proc/{pid}/stat")
    try:
        return status.read_text().rsplit(")", 1)[1].split()[0] not in "ZX"
    except FileNotFoundError:
        return False
