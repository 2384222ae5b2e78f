"""Progress in a pipe: a line a minute."""

from __future__ import annotations

import io

from molattn.train.progress import Progress


def test_a_line_a_minute_and_one_at_the_end() -> None:
    now = [0.0]
    stream = io.StringIO()
    with Progress("Training", 200, stream=stream, clock=lambda: now[0]) as progress:
        for _ in range(200):
            now[0] += 1.0
            progress.advance(1, "loss 0.5")
    lines = stream.getvalue().splitlines()
    assert lines == [
        "Training: 60 of 200 (30%), 2 min left, loss 0.5",
        "Training: 120 of 200 (60%), 80 s left, loss 0.5",
        "Training: 180 of 200 (90%), 20 s left, loss 0.5",
        "Training: 200 of 200 (100%)",
    ]


def test_quiet_writes_nothing() -> None:
    stream = io.StringIO()
    with Progress("Training", 2, stream=stream, quiet=True) as progress:
        progress.advance(2)
        progress.message("hello")
    assert stream.getvalue() == ""
