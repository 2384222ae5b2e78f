"""Files to text, plain or gzipped, every failure as one sentence; and what format they hold."""

from __future__ import annotations

import gzip
import os
import re
import stat
import zlib
from collections.abc import Generator
from io import BufferedReader
from pathlib import Path
from typing import Literal

from molattn.errors import FileUnreadable

FileFormat = Literal["pdb", "mmcif", "sdf", "mol2", "pdbqt", "smiles", "unknown"]

_GZIP = b"\x1f\x8b"
_UTF8_MARK = b"\xef\xbb\xbf"
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_HEAD = 65536  # bytes looked at to judge a file
_PACKED = {
    b"PK\x03\x04": "a zip archive",
    b"\xfd7zXZ": "an xz archive",
    b"BZh": "a bzip2 archive",
    b"7z\xbc\xaf": "a 7-zip archive",
    b"\x28\xb5\x2f\xfd": "a zstandard archive",
}
_FORMAT_OF_ENDING: dict[str, FileFormat] = {
    ".pdb": "pdb",
    ".ent": "pdb",
    ".pdbqt": "pdbqt",
    ".dlg": "pdbqt",
    ".pqr": "pdb",
    ".cif": "mmcif",
    ".mmcif": "mmcif",
    ".mcif": "mmcif",
    ".pdbx": "mmcif",
    ".sdf": "sdf",
    ".sd": "sdf",
    ".mol": "sdf",
    ".mdl": "sdf",
    ".mol2": "mol2",
    ".ml2": "mol2",
    ".smi": "smiles",
    ".smiles": "smiles",
}
_MARKUP_PROLOGUE = re.compile(rb"<!--.*?-->|<\?xml[^>]*>", re.DOTALL)
_WEB_PAGE = re.compile(rb"\s*<(?:!doctype\s+html|html|head|body)", re.IGNORECASE)
_XML = re.compile(rb"\s*<(?:\?xml|!DOCTYPE|\w+[\s>])", re.IGNORECASE)
_PDB_RECORD = re.compile(
    r"^(?:HEADER|TITLE |COMPND|REMARK|CRYST1|HETNAM|SEQRES|MODEL |ROOT *$"
    r"|(?:ATOM  |HETATM)[ 0-9A-Za-z*]{5})",
    re.MULTILINE,
)
_CIF_BLOCK = re.compile(r"^data_\S*", re.MULTILINE | re.IGNORECASE)
_CIF_ITEM = re.compile(r"^(?:loop_|_[A-Za-z]\S*)", re.MULTILINE)
_MDL_COUNTS = re.compile(r"[ \d]{6,39}.*V[23]000")
_MDL_END = re.compile(r"^(?:M  END|\$\$\$\$)", re.MULTILINE)
_MOL2_SECTION = re.compile(r"^@<TRIPOS>", re.MULTILINE)
_SMILES_WORD = re.compile(r"(?:\[[^\]\s]+\]|Br|Cl|[BCNOPSFIbcnops*]|[-=#$:/\\.()%0-9~])+(?:\s|$)")


def read_bytes(path: str | os.PathLike[str]) -> bytes:
    """Read a whole file, unpacked where it is gzipped (by its content, whatever its name).

    Parameters
    ----------
    path
        File to read. A UTF-8 mark at its start is removed; UTF-16 text becomes UTF-8.

    Returns
    -------
    bytes
        The content, never empty.

    Raises
    ------
    FileUnreadable
        Missing, a directory, not permitted, empty, a damaged gzip file, a web page, or not text.
    """
    file = Path(path)
    try:
        with _open_raw(file) as stream:
            data = stream.read()
    except OSError as error:
        raise FileUnreadable(_system_sentence(file, error)) from error
    if data.startswith(_GZIP):
        try:
            data = gzip.decompress(data)
        except (OSError, EOFError, zlib.error) as error:
            raise FileUnreadable(_damaged_sentence(file)) from error
    if data.startswith(_UTF8_MARK):
        data = data[len(_UTF8_MARK) :]
    elif data.startswith(_UTF16_MARKS):
        data = data.decode("utf-16", errors="replace").encode()
    _refuse_what_is_no_text(file, data[:_HEAD])
    return data


def read_text(path: str | os.PathLike[str]) -> str:
    """Read a whole text file as :func:`read_bytes` does; every line ends in a line feed.

    Text that is not UTF-8 is read as Latin-1, which never fails.

    Raises
    ------
    FileUnreadable
        As for :func:`read_bytes`.
    """
    return _decode(read_bytes(path))


def iterate_lines(path: str | os.PathLike[str]) -> Generator[str, None, None]:
    """Yield the lines of a text file, plain or gzipped, without holding the whole of it.

    Parameters
    ----------
    path
        File to read, of any size.

    Yields
    ------
    str
        One line without its line end.

    Raises
    ------
    FileUnreadable
        As for :func:`read_bytes`; a gzip file damaged further on raises when that place is reached.
    """
    file = Path(path)
    try:
        with _open_raw(file) as raw:
            head = raw.peek(2)[:2]
            if head in _UTF16_MARKS:
                yield from read_text(file).split("\n")
                return
            stream = gzip.GzipFile(fileobj=raw) if head == _GZIP else raw
            first = True
            for line in stream:
                if first:
                    _refuse_what_is_no_text(file, (line + stream.peek(_HEAD))[:_HEAD])
                    first = False
                    yield _decode_line(line.removeprefix(_UTF8_MARK))
                else:
                    yield _decode_line(line)
            if first:
                raise FileUnreadable(f"{file}: the file is empty; fetch or write it again.")
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise FileUnreadable(_damaged_sentence(file)) from error
    except OSError as error:
        raise FileUnreadable(_system_sentence(file, error)) from error


def file_format(path: str | os.PathLike[str], text: str | None = None) -> FileFormat:
    """Say what a file holds: its name, unless its content says nothing else than another format.

    Parameters
    ----------
    path
        The file; ``.gz`` at the end is looked through.
    text
        Its content or the start of it, where that has been read already.

    Returns
    -------
    FileFormat
        ``"unknown"`` where neither name nor content tells.

    Raises
    ------
    FileUnreadable
        Where the file has to be read and cannot be.
    """
    named = name_format(path)
    held = content_format(read_text(path) if text is None else text)
    # Almost any line of letters could be a SMILES, so that guess never overrules a name.
    if held == "unknown" or (held == "smiles" and named != "unknown"):
        return named
    return held


def name_format(path: str | os.PathLike[str]) -> FileFormat:
    """Say what format the name of a file promises, ``"unknown"`` where it promises none."""
    name = Path(path).name.lower()
    for packing in (".gz", ".gzip"):
        name = name.removesuffix(packing)
    return _FORMAT_OF_ENDING.get(Path(name).suffix, "unknown")


def content_format(text: str) -> FileFormat:
    """Say what format a text holds by its own marks, ``"unknown"`` where it bears none."""
    head = text[:_HEAD]
    if _PDB_RECORD.match(head):
        return "pdb"
    if _MOL2_SECTION.search(head):
        return "mol2"
    if any(_MDL_COUNTS.match(line) for line in head.split("\n", 8)[:8]):
        return "sdf"
    block = _CIF_BLOCK.search(head)
    if block is not None and _CIF_ITEM.search(head, block.end()):
        return "mmcif"
    if _PDB_RECORD.search(head):
        return "pdb"
    if _MDL_END.search(head):
        return "sdf"
    lines = [line.strip() for line in head.split("\n", 5)[:5] if line.strip()]
    if lines and all(_SMILES_WORD.match(line) for line in lines):
        return "smiles"
    return "unknown"


def _open_raw(file: Path) -> BufferedReader:
    mode = file.stat().st_mode
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(file)
    if not (stat.S_ISREG(mode) or stat.S_ISFIFO(mode)):
        raise FileUnreadable(f"{file}: this is a device, not a file; give a structure file.")
    return file.open("rb")


def _decode(data: bytes) -> str:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def _decode_line(line: bytes) -> str:
    line = line.rstrip(b"\r\n")
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        return line.decode("latin-1")


def _refuse_what_is_no_text(file: Path, head: bytes) -> None:
    if not head.strip():
        raise FileUnreadable(f"{file}: the file is empty; fetch or write it again.")
    for mark, what in _PACKED.items():
        if head.startswith(mark):
            raise FileUnreadable(
                f"{file}: this is {what}; unpack it first (gzip is read as it is)."
            )
    if head.lstrip()[:1] == b"<" and _WEB_PAGE.match(_MARKUP_PROLOGUE.sub(b"", head)):
        raise FileUnreadable(
            f"{file}: this looks like a web page, not a structure; download the file itself again."
        )
    if _XML.match(head):
        raise FileUnreadable(
            f"{file}: this is an XML file; give the structure as PDB, mmCIF, SDF or MOL2."
        )
    if b"\x00" in head or head.startswith(b"%PDF"):
        raise FileUnreadable(
            f"{file}: this is a binary file; give the structure as PDB, mmCIF, SDF or MOL2 text."
        )


def _damaged_sentence(file: Path) -> str:
    return f"{file}: the gzip file is damaged or cut short; download or pack it again."


def _system_sentence(file: Path, error: OSError) -> str:
    if isinstance(error, FileNotFoundError):
        return f"{file}: there is no such file; check the path."
    if isinstance(error, IsADirectoryError):
        return f"{file}: this is a directory; name a file inside it."
    if isinstance(error, PermissionError):
        return f"{file}: no permission to read this file; change its mode or copy it."
    return f"{file}: the file cannot be read ({error.strerror or error}); check the path."
