"""What makes a library the same one later: hashes of its files, and how many records they hold."""

from __future__ import annotations

import hashlib
import json
import re
import zlib
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Final, Self

from molattn.errors import FileUnreadable
from molattn.screen.library_files import LibraryFile
from molattn.screen.library_table import cells_of_rows, parquet_length
from molattn.screen.library_text import kept_lines, layout_of_lines
from molattn.structure.mol2 import mol2_records
from molattn.structure.sdf import sdf_records
from molattn.structure.source import iterate_lines

_CHUNK: Final = 1 << 20
_LONGEST_LINE: Final = 16 * _CHUNK
_GZIP: Final = b"\x1f\x8b"
_WIDE_MARKS: Final = (b"\xff\xfe", b"\xfe\xff")
_UTF8_MARK: Final = b"\xef\xbb\xbf"
_MARK_OF_FORMAT: Final = {"sdf": b"$$$$", "mol2": b"@<TRIPOS>MOLECULE"}
_SMILES_LINE: Final = re.compile(rb"^[ \t\r]*[^\s#]", re.MULTILINE)
_TABLE_LINE: Final = re.compile(rb"^[ \t\r,;]*[^\s,;]", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class FileFingerprint:
    """One file of a library.

    Attributes
    ----------
    name
        As `LibraryFile.name`.
    size
        Bytes, as it lies on disk.
    sha256
        Of those bytes.
    records
        Counted by their marks, for a progress bar: exact for a file in order, about right for one
        that is not.
    """

    name: str
    size: int
    sha256: str
    records: int


@dataclass(frozen=True, slots=True)
class LibraryFingerprint:
    """All files of a library, in order."""

    files: tuple[FileFingerprint, ...]

    @property
    def records(self) -> int:
        """Return the number of records of all files."""
        return sum(file.records for file in self.files)

    @property
    def digest(self) -> str:
        """Return one SHA-256 over the names without folders and the contents, in order."""
        parts = [[Path(file.name).name, file.sha256] for file in self.files]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()

    def to_json(self) -> str:
        """Return the fingerprint as a JSON text."""
        return json.dumps({"files": [asdict(file) for file in self.files]}, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Return the fingerprint that :meth:`to_json` wrote."""
        return cls(tuple(FileFingerprint(**file) for file in json.loads(text)["files"]))


def inspect_library(files: Sequence[LibraryFile]) -> LibraryFingerprint:
    """Hash the files of a library and count their records.

    Parameters
    ----------
    files
        As `molattn.screen.library.find_files` gives them.

    Raises
    ------
    FileUnreadable
        A file is gone or cannot be opened. A damaged or empty one is no error here: it counts the
        record that will say so.
    """
    return LibraryFingerprint(tuple(_fingerprint(file) for file in files))


def _fingerprint(file: LibraryFile) -> FileFingerprint:
    digest = hashlib.sha256()
    counter = _Counter(file)
    size = 0
    try:
        with file.path.open("rb") as stream:
            while chunk := stream.read(_CHUNK):
                size += len(chunk)
                digest.update(chunk)
                counter.feed(chunk)
    except OSError as error:
        raise FileUnreadable(
            f"{file.name}: the file cannot be read ({error.strerror or error}); check the path."
        ) from error
    return FileFingerprint(file.name, size, digest.hexdigest(), counter.records())


class _Counter:
    """Counts the records of one file while its bytes pass by."""

    def __init__(self, file: LibraryFile) -> None:
        self._file = file
        self._unpack: _Unpacker | None = None
        self._started = False
        self._carry = b""  # the line that the last piece broke off in
        self._count = 0
        self._rest = False  # whether text follows the last mark of an SDF file
        self._by_reading = file.format == "parquet"
        self._damaged = False

    def feed(self, chunk: bytes) -> None:
        """Count what a chunk of the file completes."""
        if self._by_reading or self._damaged:
            return
        if not self._started and self._unpack is None and chunk.startswith(_GZIP):
            self._unpack = _Unpacker()
        try:
            for piece in self._unpack.pieces(chunk) if self._unpack else (chunk,):
                self._take(piece)
        except zlib.error:
            self._damaged = True

    def records(self) -> int:
        """Return the number of records of the whole file, one at least."""
        if self._by_reading:
            return _records_by_reading(self._file)
        if self._unpack is not None and not self._unpack.complete:
            self._damaged = True
        elif self._carry:
            self._count_block(self._carry)
        counted = self._count
        if not self._damaged and self._file.format == "sdf":
            counted += self._rest
        elif self._file.format == "mol2":
            counted = counted or 1
            counted -= self._damaged  # the record that the damage cuts is none
        elif self._file.format != "sdf":
            counted -= _header_lines(self._file)
        return max(counted + self._damaged, 1)

    def _take(self, piece: bytes) -> None:
        if not self._started:
            self._started = True
            self._by_reading = piece.startswith(_WIDE_MARKS)
            piece = piece.removeprefix(_UTF8_MARK)
        block = self._carry + piece
        end = block.rfind(b"\n") + 1
        if not end and len(block) > _LONGEST_LINE:
            end = len(block)
        self._carry = block[end:]
        if end:
            self._count_block(block[:end])

    def _count_block(self, block: bytes) -> None:
        mark = _MARK_OF_FORMAT.get(self._file.format)
        if mark is not None:
            found = block.count(b"\n" + mark) + block.startswith(mark)
            self._count += found
            tail = block[block.rfind(mark) :].partition(b"\n")[2] if found else block
            self._rest = bool(tail.strip()) or (self._rest and not found)
        elif self._file.format == "smiles":
            self._count += sum(1 for _ in _SMILES_LINE.finditer(block))
        elif b'"' in block:  # line breaks may stand within cells
            self._by_reading = True
        else:
            self._count += sum(1 for _ in _TABLE_LINE.finditer(block))


class _Unpacker:
    """Gzip members one after another, in pieces of bounded size."""

    def __init__(self) -> None:
        self._member = zlib.decompressobj(wbits=31)

    @property
    def complete(self) -> bool:
        """Return whether the last member has ended."""
        return self._member.eof

    def pieces(self, chunk: bytes) -> Iterator[bytes]:
        """Yield what a chunk unpacks to."""
        while chunk:
            if self._member.eof:
                chunk = chunk.lstrip(b"\x00")  # padding between and after members
                if not chunk:
                    return
                self._member = zlib.decompressobj(wbits=31)
            piece = self._member.decompress(chunk, _CHUNK)
            yield piece
            chunk = self._member.unconsumed_tail or self._member.unused_data
            while not chunk and len(piece) == _CHUNK:  # a little may be left within
                piece = self._member.decompress(b"", _CHUNK)
                yield piece


def _header_lines(file: LibraryFile) -> int:
    if file.format != "smiles":
        return 1
    try:
        with closing(iterate_lines(file.path)) as lines:
            return layout_of_lines(lines).skipped
    except FileUnreadable:
        return 0


def _records_by_reading(file: LibraryFile) -> int:
    """Count as the reader would, which is slower and right where marks do not tell."""
    count = 0
    try:
        if file.format == "parquet":
            return max(parquet_length(file.path), 1)
        with closing(iterate_lines(file.path)) as lines:
            items: Iterator[object]
            if file.format == "sdf":
                items = sdf_records(lines)
            elif file.format == "mol2":
                items = mol2_records(lines)
            elif file.format == "smiles":
                items = islice(kept_lines(lines), _header_lines(file), None)
            else:
                items = islice(cells_of_rows(lines), 1, None)
            for _ in items:
                count += 1
    except FileUnreadable:
        count += 1
    return max(count, 1)
