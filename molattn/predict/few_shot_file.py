"""The file of a calibration on measured ligands: JSON, numbers as lists, nothing executable.

It holds what the calibration rests on (identifiers, measured and predicted pK, features and
fingerprint bits of the measured ligands) and the parts that were chosen; everything else follows
from these and is worked out when it is read. It is good for the weights it was made with only.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import numpy as np

from molattn import __version__
from molattn.errors import FileUnreadable, UsageError, WeightsError
from molattn.predict.few_shot import FewShot, Variant, condition
from molattn.predict.measurements import BITS, Measurements
from molattn.predict.output_file import write_atomically
from molattn.predict.score_record import Score

KIND: Final = "molattn few-shot calibration"
FORMAT_VERSION: Final = 1
_DIGITS: Final = 7  # significant; what float32 holds


@dataclass(frozen=True, slots=True, eq=False)
class TargetCalibration:
    """A calibration with what it belongs to.

    Attributes
    ----------
    target
        Name of the target, for people.
    weights_sha256
        Of the weights whose answers it corrects.
    few_shot
        The calibration.
    created
        UTC time, ISO 8601.
    """

    target: str
    weights_sha256: str
    few_shot: FewShot
    created: str = ""

    def check(self, weights_sha256: str, temperature: float) -> None:
        """Refuse other weights, or another temperature of the attention.

        Raises
        ------
        WeightsError
            If the weights are others than those of the calibration.
        UsageError
            If the temperature is not 1.
        """
        if weights_sha256 != self.weights_sha256:
            raise WeightsError(
                f"The calibration for {self.target} was made with other weights (SHA-256 "
                f"{self.weights_sha256[:12]}…, these are {weights_sha256[:12]}…); make it again "
                "with `molattn calibrate`, or name its weights with --weights."
            )
        if temperature != 1.0:
            raise UsageError(
                f"The calibration for {self.target} was made at a temperature of the attention of "
                "1; leave out --temperature or --calibration."
            )


def calibrated(scores: list[Score], calibration: TargetCalibration | None) -> list[Score]:
    """Return scores with a calibration in them, or as they are without one."""
    if calibration is None:
        return scores
    return [calibration.few_shot.apply(score) for score in scores]


def write(calibration: TargetCalibration, path: Path) -> None:
    """Write the file, whole or not at all.

    Raises
    ------
    OutputError
        If it cannot be written.
    """
    text = json.dumps(_to_json(calibration), ensure_ascii=False, allow_nan=False)
    write_atomically(path, text.encode() + b"\n")


def read(path: str | os.PathLike[str]) -> TargetCalibration:
    """Read the file and work out the calibration.

    Raises
    ------
    FileUnreadable
        If it is missing, not such a file, of another version, or its numbers do not fit together.
    """
    source = Path(path)
    values = _read_json(source)
    version = values.get("format_version")
    if version != FORMAT_VERSION:
        raise FileUnreadable(
            f"{source} has format version {version!r} and this molattn reads version "
            f"{FORMAT_VERSION}; make it again with `molattn calibrate`."
        )
    try:
        return _from_json(values)
    except (KeyError, TypeError, ValueError, IndexError, OverflowError) as error:
        detail = " ".join(str(error).split())[:120]
        raise FileUnreadable(
            f"{source} is damaged ({type(error).__name__}: {detail}); make it again with "
            "`molattn calibrate`."
        ) from error


def _read_json(source: Path) -> Mapping[str, Any]:
    try:
        values = json.loads(source.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise FileUnreadable(
            f"{source} does not exist; --calibration takes a file of `molattn calibrate`."
        ) from error
    except OSError as error:
        raise FileUnreadable(
            f"{source} cannot be read ({error.strerror}); --calibration takes a file of "
            "`molattn calibrate`."
        ) from error
    except (ValueError, RecursionError):
        values = None
    if not isinstance(values, dict) or values.get("kind") != KIND:
        raise FileUnreadable(
            f"{source} is no calibration; --calibration takes a file of `molattn calibrate`."
        )
    return values


def _to_json(calibration: TargetCalibration) -> dict[str, Any]:
    few_shot = calibration.few_shot
    rows = few_shot.measurements
    return {
        "kind": KIND,
        "format_version": FORMAT_VERSION,
        "molattn": __version__,
        "created": calibration.created or datetime.now(UTC).isoformat(timespec="seconds"),
        "target": calibration.target,
        "weights_sha256": calibration.weights_sha256,
        "count": len(rows),
        "parts": few_shot.variant.name,
        "slope_variance": few_shot.variant.slope_variance,
        "share": few_shot.variant.share,
        "offset_pK": _short(few_shot.offset),
        "slope": _short(few_shot.slope),
        "widening": _short(few_shot.widening),
        "id": list(rows.ids),
        "measured_pK": rows.measured.tolist(),
        "predicted_pK": rows.predicted.tolist(),
        "half_width_pK": rows.half_width.tolist(),
        "features": [[_short(value) for value in row] for row in rows.features.tolist()],
        "fingerprint_bits": [np.flatnonzero(row).tolist() for row in rows.fingerprints],
    }


def _from_json(values: Mapping[str, Any]) -> TargetCalibration:
    ids = tuple(str(name) for name in values["id"])
    count = len(ids)
    if not count:
        raise ValueError("no measurement")
    columns = {
        name: np.array(values[name], dtype=np.float64)
        for name in ("measured_pK", "predicted_pK", "half_width_pK", "features")
    }
    for name, array in columns.items():
        if len(array) != count or array.ndim != (2 if name == "features" else 1):
            raise ValueError(f"{name} does not have {count} rows")
        if not np.isfinite(array).all():
            raise ValueError(f"{name} holds a number that is not finite")
    variant = Variant(float(values["slope_variance"]), float(values["share"]))
    if not (0 <= variant.slope_variance < math.inf and 0 <= variant.share < 1):
        raise ValueError("slope_variance or share is out of range")
    measurements = Measurements(
        ids=ids,
        measured=columns["measured_pK"],
        predicted=columns["predicted_pK"],
        half_width=columns["half_width_pK"],
        features=columns["features"],
        fingerprints=_fingerprints(values["fingerprint_bits"], count),
    )
    return TargetCalibration(
        target=str(values["target"]),
        weights_sha256=str(values["weights_sha256"]),
        few_shot=condition(measurements, variant),
        created=str(values["created"]),
    )


def _fingerprints(rows: Any, count: int) -> np.ndarray[Any, np.dtype[np.float32]]:
    if len(rows) != count:
        raise ValueError(f"fingerprint_bits does not have {count} rows")
    prints = np.zeros((count, BITS), dtype=np.float32)
    for row, bits in enumerate(rows):
        places = np.array(bits, dtype=np.int64)
        if ((places < 0) | (places >= BITS)).any():
            raise ValueError("fingerprint_bits holds a bit out of range")
        prints[row, places] = 1.0
    return prints


def _short(value: float) -> float:
    return float(f"{value:.{_DIGITS}g}")
