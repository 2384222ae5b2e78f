"""Measure a screen as a user runs it: rate, cost of each stage, memory of all its processes.

The command is run once for each of several libraries; the memory is the sum over the program and
all processes below it, looked at every second: resident (pages that processes share count for
each) and proportional (they count once). Linux only. Run as::

    python benchmarks/screening_scale.py RECEPTOR LIBRARY... -- --reference REF.sdf.gz --workers 2
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pyarrow.parquet as pq
from process_tree import tree

from molattn.screen.run_status import status

_PROGRAM: Final = "from molattn.cli.app import main; main()"


@dataclass
class Peak:
    """The highest memory of a tree of processes, 10⁶ bytes."""

    resident: float = 0.0
    proportional: float = 0.0

    def watch(self, root: int, ended: threading.Event) -> None:
        """Look every second until the event."""
        while not ended.wait(1.0):
            resident = proportional = 0.0
            for process in tree(root):
                one, other = memory(process)
                resident, proportional = resident + one, proportional + other
            self.resident = max(self.resident, resident)
            self.proportional = max(self.proportional, proportional)


def memory(process: int) -> tuple[float, float]:
    """Return the resident and the proportional memory of a process, 10⁶ bytes."""
    try:
        text = Path(f"/proc/{process}/smaps_rollup").read_text()
    except OSError:
        return 0.0, 0.0
    lines = dict(line.split(":", 1) for line in text.splitlines()[1:] if ":" in line)
    resident, proportional = (float(lines[name].split()[0]) * 1024e-6 for name in ("Rss", "Pss"))
    return resident, proportional


def run(receptor: str, library: str, out: Path, words: list[str]) -> tuple[float, Peak, int]:
    """Screen a library; return seconds, peak memory and the exit code."""
    start = time.perf_counter()
    command = [sys.executable, "-c", _PROGRAM, "screen", receptor, library, "--out", str(out)]
    process = subprocess.Popen([*command, *words])
    peak, ended = Peak(), threading.Event()
    watcher = threading.Thread(target=peak.watch, args=(process.pid, ended))
    watcher.start()
    code = process.wait()
    ended.set()
    watcher.join()
    return time.perf_counter() - start, peak, code


def main() -> None:
    """Run, measure and print a table."""
    own, _, words = " ".join(sys.argv[1:]).partition(" -- ")
    parser = argparse.ArgumentParser(description="Rate, stages and memory of a screen.")
    parser.add_argument("receptor")
    parser.add_argument("libraries", nargs="+", help="one library each")
    parser.add_argument("--keep", type=Path, help="folder for the runs; a temporary one without")
    chosen = parser.parse_args(own.split())
    with tempfile.TemporaryDirectory() as folder:
        print(
            "| records | rows | failed | seconds | records/s | resident, GB | proportional, GB | "
            "ms of a process a record |"
        )
        print("| --- | --- | --- | --- | --- | --- | --- | --- |")
        for number, library in enumerate(chosen.libraries):
            out = (chosen.keep or Path(folder)) / f"run{number}"
            seconds, peak, code = run(chosen.receptor, library, out, words.split())
            if code not in (0, 1):
                sys.exit(f"The screen of {library} ended with exit code {code}.")
            found = status(out)
            rows = pq.ParquetFile(out / "scores.parquet").metadata.num_rows
            stages = ", ".join(
                f"{name} {1000 * spent / found.totals.rows:.1f}"
                for name, spent in found.totals.seconds.items()
            )
            print(
                f"| {found.expected} | {rows} | {found.totals.failed} | {seconds:.0f} "
                f"| {rows / seconds:.1f} | {peak.resident / 1000:.2f} "
                f"| {peak.proportional / 1000:.2f} | {stages} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
