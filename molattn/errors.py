"""Every error that molattn raises on purpose, with the exit code it leads to.

::

    MolattnError                      3
    ├── InputError                    2   a file or record that cannot be used
    │   ├── FileUnreadable                missing, a directory, empty, not what its name says
    │   ├── StructureUnreadable           no atoms, coordinates that are not numbers
    │   ├── LigandUnreadable              one ligand record that is not a molecule with a pose
    │   └── PocketEmpty                   ligand and protein do not meet
    ├── UsageError                    2   options or configuration that make no sense
    │   └── ConfigError                   a YAML key or value
    ├── OutputError                   2   a result that cannot be written
    ├── WeightsError                  2   weights that are missing or damaged
    ├── MissingExtra                  2   an optional dependency that is not installed
    └── InternalError                 3   something that cannot happen has happened

A message says what is wrong, where, and what to do about it, in one sentence.
"""

from __future__ import annotations

EXIT_OK = 0
EXIT_SOME_FAILED = 1
EXIT_NOTHING_DONE = 2
EXIT_INTERNAL = 3
EXIT_INTERRUPTED = 130


class MolattnError(Exception):
    """Base of every deliberate error."""

    exit_code = EXIT_INTERNAL


class InputError(MolattnError):
    """A file or a record that cannot be used."""

    exit_code = EXIT_NOTHING_DONE


class FileUnreadable(InputError):
    """The file is missing, a directory, empty, or not what its name says."""


class StructureUnreadable(InputError):
    """The protein file holds no usable atoms."""


class LigandUnreadable(InputError):
    """The ligand record is not a molecule with a pose."""


class PocketEmpty(InputError):
    """No residue of the protein lies near the ligand or the given centre."""


class UsageError(MolattnError):
    """Options or arguments that make no sense together."""

    exit_code = EXIT_NOTHING_DONE


class ConfigError(UsageError):
    """A key or a value of a configuration file that is not understood."""


class OutputError(MolattnError):
    """A result that cannot be written where it was asked for."""

    exit_code = EXIT_NOTHING_DONE


class WeightsError(MolattnError):
    """Weights that are missing, damaged, or made for another network."""

    exit_code = EXIT_NOTHING_DONE


class MissingExtra(MolattnError):
    """An optional dependency is needed and not installed.

    Parameters
    ----------
    package
        Name of the distribution that is missing.
    extra
        Name of the extra of molattn that brings it.
    """

    exit_code = EXIT_NOTHING_DONE

    def __init__(self, package: str, extra: str) -> None:
        super().__init__(
            f"{package} is not installed and this needs it: pip install 'molattn[{extra}]'."
        )


class InternalError(MolattnError):
    """Something that cannot happen has happened: the fault is molattn's own."""
