"""The program ``molattn``: its commands, and the one place where errors end."""

from __future__ import annotations

import os
import select
import sys
from itertools import pairwise
from typing import Annotated

import typer

from molattn import __version__
from molattn.cli.calibrate import calibrate
from molattn.cli.demo import demo
from molattn.cli.evaluate import evaluate
from molattn.cli.explain import explain
from molattn.cli.info import info
from molattn.cli.messages import Messages
from molattn.cli.rescore import rescore
from molattn.cli.score import score
from molattn.cli.screen import screen
from molattn.cli.train import train
from molattn.errors import (
    EXIT_INTERNAL,
    EXIT_INTERRUPTED,
    EXIT_NOTHING_DONE,
    EXIT_OK,
    MolattnError,
)

EPILOG = (
    "Exit codes: 0 all scored, 1 some records failed (they are in the table with a reason), "
    "2 nothing could be done, 3 internal error (a report file is named), 130 interrupted."
)

app = typer.Typer(
    name="molattn",
    help="Binding affinity of posed ligands, as a sum that can be read line by line.",
    epilog=EPILOG,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command(rich_help_panel="Answers")(score)
app.command(rich_help_panel="Answers")(rescore)
app.command(rich_help_panel="Answers")(screen)
app.command(rich_help_panel="Answers")(explain)
app.command(rich_help_panel="Answers")(demo)
app.command(rich_help_panel="Answers")(info)
app.command(rich_help_panel="Models")(train)
app.command(rich_help_panel="Models")(evaluate)
app.command(rich_help_panel="Models")(calibrate)


def _show_version(asked: bool) -> None:
    if asked:
        typer.echo(f"molattn {__version__}")
        raise typer.Exit


@app.callback()
def molattn(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    """Binding affinity of posed ligands, as a sum that can be read line by line."""


def main(arguments: list[str] | None = None) -> None:
    """Run the program and leave with its exit code; every error ends here as one sentence."""
    words = sys.argv[1:] if arguments is None else arguments
    messages = Messages(as_json=_asks_for_json(words))
    if sys.stdout is None:  # closed by the caller, as in `>&-`
        messages.error("Standard output is closed; redirect it to a file or to /dev/null.")
        raise SystemExit(EXIT_NOTHING_DONE)
    code = EXIT_OK
    try:
        command = typer.main.get_command(app)
        words = words or ["--help"]
        with command.make_context("molattn", list(words)) as context:
            command.invoke(context)
        sys.stdout.flush()
    except typer.Exit as end:
        code = end.exit_code
    except MolattnError as error:
        messages.error(str(error))
        code = error.exit_code
    except KeyboardInterrupt as error:
        messages.error(str(error) or "Interrupted; run the same command again.")
        code = EXIT_INTERRUPTED
    except BrokenPipeError as error:
        if _reader_left():  # as in `| head`, it had enough
            _close_stdout()
            code = EXIT_OK
        else:
            code = _end_of(error, words, messages)
    # the one boundary of the program: a person gets a sentence and a report, never a traceback
    except Exception as error:  # noqa: BLE001
        code = _end_of(error, words, messages)
    raise SystemExit(code)


def _end_of(error: Exception, words: list[str], messages: Messages) -> int:
    """Say what happened and return the exit code."""
    if hasattr(error, "format_message") and hasattr(error, "exit_code"):  # a usage error of typer
        context = getattr(error, "ctx", None)
        command = context.command_path if context is not None else "molattn"
        sentence = " ".join(error.format_message().split())
        end = "" if sentence.endswith((".", "?")) else "."
        messages.error(f"{sentence}{end} See `{command} --help`.")
        return EXIT_NOTHING_DONE
    if (
        isinstance(error, OSError)
        and error.filename is None
        and not isinstance(error, BrokenPipeError)
    ):
        _close_stdout()
        messages.error(f"The results cannot be written to standard output ({error.strerror}).")
        return EXIT_NOTHING_DONE
    from molattn.cli.crash import write_report

    path = write_report(error, words)
    messages.error(
        f"An internal error ({type(error).__name__}) ended the run; please send {path} to the "
        "developers."
    )
    return EXIT_INTERNAL


def _asks_for_json(words: list[str]) -> bool:
    return "--log-format=json" in words or any(
        pair == ("--log-format", "json") for pair in pairwise(words)
    )


def _reader_left() -> bool:
    """Return whether nobody reads standard output any more."""
    poll = select.poll()
    poll.register(sys.stdout.fileno(), 0)
    return any(event & select.POLLERR for _, event in poll.poll(0))


def _close_stdout() -> None:
    """Send what is still buffered nowhere, so that leaving does not fail on it again."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
