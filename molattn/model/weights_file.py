"""An ensemble as files: tensors in safetensors, everything else in a JSON beside them, no pickle.

``NAME.safetensors`` holds the tensors of each member under ``members.MEMBER.…`` and whatever arrays
are added under prefixes of their own; ``NAME.json`` says what builds the members and holds the
SHA-256 of the tensors. The JSON appears last, so a pair that is there is whole.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from molattn.errors import OutputError

if TYPE_CHECKING:
    from torch import Tensor

    from molattn.model.ensemble import Ensemble

FORMAT_VERSION: Final = 2
MEMBERS_PREFIX: Final = "members."


def json_of(path: Path) -> Path:
    """Return the path of the JSON beside the tensors."""
    return path.with_suffix(".json")


def write_weights_file(
    ensemble: Ensemble,
    path: Path,
    description: Mapping[str, Any],
    arrays: Mapping[str, Tensor] | None = None,
) -> dict[str, Any]:
    """Write the tensors and the JSON beside them.

    Parameters
    ----------
    ensemble
        The trained members; the JSON's ``members`` names them.
    path
        File of the tensors, ``….safetensors``.
    description
        Entries of the JSON; ``format_version``, ``created`` (if not given), ``sha256`` are added.
    arrays
        Further tensors, by name with prefix.

    Returns
    -------
    dict
        The entries as written.

    Raises
    ------
    OutputError
        If the folder is missing or cannot be written.
    """
    from safetensors.torch import save

    tensors = {
        name: tensor.detach().cpu().contiguous().clone()
        for name, tensor in ensemble.state_dict().items()
    }
    data = save({**tensors, **(arrays or {})})
    written = {
        **description,
        "format_version": FORMAT_VERSION,
        "created": description.get("created") or datetime.now(UTC).isoformat(timespec="seconds"),
        "sha256": hashlib.sha256(data).hexdigest(),
    }
    text = json.dumps(written, indent=1, ensure_ascii=False) + "\n"
    try:
        _write_whole(path, data)
        _write_whole(json_of(path), text.encode())
    except OSError as error:
        raise OutputError(
            f"The weights cannot be written to {path} ({error.strerror}); "
            "choose a folder that exists and can be written."
        ) from error
    return written


def _write_whole(path: Path, data: bytes) -> None:
    partial = path.with_name(path.name + ".partial")
    partial.write_bytes(data)
    partial.replace(path)
