"""What the command lines of all builders share: options in range, and faults in one sentence."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable

from molattn.errors import EXIT_INTERRUPTED, EXIT_NOTHING_DONE, EXIT_OK, MissingExtra, MolattnError


def builder_parser(name: str, description: str | None) -> argparse.ArgumentParser:
    """Return an empty parser for ``python -m data_prep.NAME``.

    Parameters
    ----------
    name
        Of the module.
    description
        Its docstring, of which the first line is shown.
    """
    return argparse.ArgumentParser(
        prog=f"python -m data_prep.{name}",
        description=(description or "").split("\n", 1)[0],
        formatter_class=_Formatter,
    )


class _Formatter(argparse.ArgumentDefaultsHelpFormatter):
    """Shows the default of an option that has one worth showing."""

    def _get_help_string(self, action: argparse.Action) -> str | None:
        unsaid = action.default is None or action.default is False or action.default == []
        return action.help if unsaid else super()._get_help_string(action)


def at_least(smallest: int) -> Callable[[str], int]:
    """Return a type of option: a whole number that is not below the smallest."""

    def number(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            value = smallest - 1
        if value < smallest:
            raise argparse.ArgumentTypeError(f"{text} is no whole number of {smallest} or more")
        return value

    return number


def share(text: str) -> float:
    """Read an option that is a share: above 0, at most 1."""
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0.0 < value <= 1.0:
        raise argparse.ArgumentTypeError(f"{text} is no number above 0 and up to 1")
    return value


def run_command(work: Callable[[], int]) -> int:
    """Run a builder and return its exit code; what ends it is said in one sentence.

    Parameters
    ----------
    work
        Builds, prints the summary and returns the exit code.
    """
    try:
        code = work()
        sys.stdout.flush()
    except MolattnError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("interrupted; the same command goes on where it stopped.", file=sys.stderr)
        return EXIT_INTERRUPTED
    except BrokenPipeError:  # the reader, as in `| head`, had enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_OK
    except OSError as error:
        where = error.filename2 or error.filename or "The output"
        print(f"error: {where} cannot be read or written ({error.strerror}).", file=sys.stderr)
        return EXIT_NOTHING_DONE
    return code


def require_vina() -> None:
    """See that AutoDock Vina is there, before hours are spent on poses without it.

    Raises
    ------
    MissingExtra
        It is not.
    """
    for name in ("vina", "meeko"):
        try:
            __import__(name)
        except ImportError:
            raise MissingExtra(name, "dock") from None
