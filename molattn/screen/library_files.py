"""The files of a library: what names, folders and globs stand for, and what each file holds."""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final, Literal

from molattn.errors import FileUnreadable
from molattn.screen.library_text import holds_smiles
from molattn.structure.source import content_format, iterate_lines, name_format

LibraryFormat = Literal["sdf", "mol2", "smiles", "csv", "tsv", "parquet"]

_FORMAT_OF_ENDING: Final[dict[str, LibraryFormat]] = {
    ".ism": "smiles",
    ".can": "smiles",
    ".cxsmiles": "smiles",
    ".csv": "csv",
    ".tsv": "tsv",
    ".tab": "tsv",
    ".parquet": "parquet",
    ".pq": "parquet",
}
_OF_ANY_CONTENT: Final = ".txt"
_PACKED: Final = (".gz", ".gzip")
_PACKED_OTHERWISE: Final = (".zip", ".bz2", ".xz", ".zst", ".7z")
_PARQUET_MARK: Final = b"PAR1"
_HEAD_LINES: Final = 400
_DIGITS: Final = re.compile(r"(\d+)")
_FORMATS: Final = "SDF, MOL2, SMILES, CSV, TSV or Parquet"


@dataclass(frozen=True, slots=True)
class LibraryFile:
    """One file of a library.

    Attributes
    ----------
    path
        Where it lies.
    name
        As the user sees it: as given, or the folder as given and the path within it.
    format
        What it holds, packed with gzip or not.
    """

    path: Path
    name: str
    format: LibraryFormat


def find_files(
    names: Sequence[str], *, skip: str | os.PathLike[str] | None = None
) -> list[LibraryFile]:
    """Find the files of a library, in the order of their names, each once.

    The ending of a name says what a file holds; its content does where the ending says nothing or
    is ``.txt``. A file that is named itself has to be readable and of a known format. In a folder,
    at any depth, the files with a known ending count, and ``.txt`` files that hold molecules;
    whatever else lies there is passed over, as are hidden files. What a glob matches is taken as
    in a folder, and a file of another ending where its content is known. Files of a folder or glob
    come sorted, ``part_2`` before ``part_10``; they are not opened here, so that one which cannot
    be read becomes one record of the library that says so.

    Parameters
    ----------
    names
        Files, folders and globs; ``**`` stands for folders at any depth.
    skip
        A folder that is left out where it lies within another, such as that of the results.

    Raises
    ------
    FileUnreadable
        A file is missing, empty or of no known format, or a folder or glob holds no library file.
    """
    files: list[LibraryFile] = []
    seen: set[str] = set()
    skipped = None if skip is None else os.path.realpath(skip)
    for name in names:
        for file in _files_of_name(os.fspath(name), skipped):
            real = os.path.realpath(file.path)
            if real not in seen:
                seen.add(real)
                files.append(file)
    return files


def file_stem(name: str) -> str:
    """Return the name of a file without its folder, packing and ending."""
    plain = Path(name).name
    for packing in _PACKED:
        if plain.lower().endswith(packing):
            plain = plain[: -len(packing)]
    return Path(plain).stem


def _files_of_name(name: str, skipped: str | None) -> list[LibraryFile]:
    path = Path(name)
    if path.is_dir():
        return _files_of_folder(name, skipped)
    if path.exists() or not glob.has_magic(name):
        return [_named_file(name)]
    # Path.glob takes no absolute pattern
    matches = sorted(glob.glob(name, recursive=True), key=_natural)  # noqa: PTH207
    files: list[LibraryFile] = []
    for match in matches:
        if Path(match).is_dir():
            if "**" not in name and not _is_within(match, skipped):
                files += _library_files(match, skipped)
        elif not _is_within(match, skipped):
            kind = _format_by_name(match) or _format_by_content(match)
            if kind is not None:
                files.append(LibraryFile(Path(match), _shown(match), kind))
    if not matches:
        raise FileUnreadable(f"{_shown(name)}: no file matches this pattern; check it.")
    if not files:
        raise FileUnreadable(
            f"{_shown(name)}: no file that matches this pattern is {_FORMATS}; name the files."
        )
    return files


def _named_file(name: str) -> LibraryFile:
    path, shown = Path(name), _shown(name)
    if path.exists() and not path.is_file():
        raise FileUnreadable(
            f"{shown}: this is a pipe or a device, and a library is read more than once; "
            "save it as a file first."
        )
    kind = _format_by_name(name) or _format_by_content(name)
    if kind != "parquet":
        _read_head(name)  # says what is wrong with a file that is missing, empty or packed
    elif not path.exists():
        raise FileUnreadable(f"{shown}: there is no such file; check the path.")
    elif not path.stat().st_size:
        raise FileUnreadable(f"{shown}: the file is empty; fetch or write it again.")
    if kind is None:
        raise FileUnreadable(f"{shown}: this is no library of molecules; give {_FORMATS}.")
    return LibraryFile(path, shown, kind)


def _files_of_folder(name: str, skipped: str | None) -> list[LibraryFile]:
    files = _library_files(name, skipped)
    if not files:
        raise FileUnreadable(
            f"{_shown(name)}: no file in this folder is {_FORMATS} by its name; check the path."
        )
    return files


def _library_files(folder: str, skipped: str | None) -> list[LibraryFile]:
    names = sorted(_names_within(folder, skipped), key=_natural)
    _refuse_packed_otherwise(names)
    files: list[LibraryFile] = []
    for name in names:
        kind = _format_by_name(name)
        if kind is None and _plain(name).endswith(_OF_ANY_CONTENT):
            kind = _format_by_content(name)
        if kind is not None:
            files.append(LibraryFile(Path(name), _shown(name), kind))
    return files


def _names_within(folder: str, skipped: str | None) -> Iterator[str]:
    for root, folders, names in os.walk(folder):
        folders[:] = [
            inner
            for inner in folders
            if not inner.startswith(".") and not _is_within(f"{root}/{inner}", skipped)
        ]
        for name in names:
            path = Path(root, name)
            if not name.startswith(".") and path.is_file():
                yield str(path)


def _refuse_packed_otherwise(names: Sequence[str]) -> None:
    for name in names:
        bare, ending = os.path.splitext(name)  # noqa: PTH122
        if ending.lower() in _PACKED_OTHERWISE and _format_by_name(bare) and bare not in names:
            raise FileUnreadable(
                f"{_shown(name)}: unpack this file of the library or move it away; "
                "only gzip is read as it is."
            )


def _format_by_name(name: str) -> LibraryFormat | None:
    ending = Path(_plain(name)).suffix
    kind = _FORMAT_OF_ENDING.get(ending)
    if kind is not None:
        return kind if kind != "parquet" or not name.lower().endswith(_PACKED) else None
    held = name_format(name)
    return held if held in ("sdf", "mol2", "smiles") else None


def _format_by_content(name: str) -> LibraryFormat | None:
    """Say what a file holds, ``None`` where it is no library or cannot be read."""
    if name_format(name) in ("pdb", "mmcif"):
        return None
    try:
        with Path(name).open("rb") as stream:
            if stream.read(len(_PARQUET_MARK)) == _PARQUET_MARK:
                return "parquet"
        head = _read_head(name)
    except (OSError, FileUnreadable):
        return None
    held = content_format("\n".join(head))
    if held in ("sdf", "mol2"):
        return held
    return "smiles" if held in ("smiles", "unknown") and holds_smiles(head) else None


def _read_head(name: str) -> list[str]:
    with closing(iterate_lines(name)) as lines:
        return list(islice(lines, _HEAD_LINES))


def _plain(name: str) -> str:
    plain = name.lower()
    for packing in _PACKED:
        plain = plain.removesuffix(packing)
    return plain


def _natural(name: str) -> tuple[list[tuple[int, int | str]], bytes]:
    """Return a key that sorts by folders and by the numbers within names."""
    pieces = [piece for part in Path(name).parts for piece in (*_DIGITS.split(part), "")]
    key = [(0, int(piece)) if piece.isdecimal() else (1, piece) for piece in pieces]
    return key, os.fsencode(name)


def _is_within(name: str, skipped: str | None) -> bool:
    if skipped is None:
        return False
    return Path(os.path.realpath(name)).is_relative_to(skipped)


def _shown(name: str) -> str:
    """Return a name that can be written as UTF-8, whatever its bytes are."""
    return os.fsencode(name).decode("utf-8", errors="replace")
