"""Archives of structures, unpacked once and only into their own folder."""

from __future__ import annotations

import tarfile
from pathlib import Path
from typing import Final

from data_prep.shards import write_whole
from molattn.errors import FileUnreadable, InputError, OutputError

ARCHIVE_ENDINGS: Final = (".tar", ".tar.gz", ".tgz", ".tar.xz", ".txz", ".tar.bz2")
_DONE: Final = ".unpacked"


def is_archive(path: Path) -> bool:
    """Return whether a file is named as an archive that can be unpacked."""
    return path.name.lower().endswith(ARCHIVE_ENDINGS)


def unpacked(path: Path, folder: Path) -> Path:
    """Return a path as it is, or the folder into which it was unpacked if it is an archive."""
    return unpack(path, folder) if path.is_file() and is_archive(path) else path


def unpack(archive: Path, folder: Path) -> Path:
    """Unpack the plain files of a tar archive and return their folder; a second call does nothing.

    Members that would land outside the folder, links and devices are refused, all of the archive
    with them: such an archive is not what it says.

    Raises
    ------
    FileUnreadable
        It is missing, damaged or no tar archive.
    InputError
        A member points outside the folder or is no plain file.
    OutputError
        The folder cannot be written.
    """
    done = folder / _DONE
    stamp = f"{archive.name} {archive.stat().st_size if archive.exists() else 0}\n"
    if done.exists() and done.read_text(encoding="utf-8") == stamp:
        return folder
    try:
        with tarfile.open(archive) as opened:
            members = opened.getmembers()
            for member in members:
                _refuse_unsafe(archive, member)
            folder.mkdir(parents=True, exist_ok=True)
            opened.extractall(folder, members, filter="data")
        write_whole(done, stamp)
    except FileNotFoundError:
        raise FileUnreadable(f"{archive} does not exist; check the path.") from None
    except (tarfile.TarError, EOFError) as error:
        raise FileUnreadable(
            f"{archive} is no readable tar archive ({error}); download it again."
        ) from error
    except OSError as error:
        raise OutputError(f"{folder} cannot be written ({error.strerror or error}).") from error
    return folder


def _refuse_unsafe(archive: Path, member: tarfile.TarInfo) -> None:
    path = Path(member.name)
    if path.is_absolute() or ".." in path.parts or "\\" in member.name:
        raise InputError(
            f"{archive}: the member {member.name!r} points outside the archive; "
            "nothing was unpacked, get the archive from its source."
        )
    if not (member.isfile() or member.isdir()):
        raise InputError(
            f"{archive}: the member {member.name!r} is a link or a device; nothing was unpacked."
        )
