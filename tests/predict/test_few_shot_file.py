"""The file of a calibration: what it says comes back, and nothing else is believed."""

from __future__ import annotations

import json

import pytest

from molattn.errors import FileUnreadable, UsageError, WeightsError
from molattn.predict.few_shot import fit
from molattn.predict.few_shot_file import TargetCalibration, read, write
from tests.predict.measured import made_up


@pytest.fixture
def kept():
    return TargetCalibration("dhfr", "ab" * 32, fit(made_up(15, offset=0.7, slope=1.6)))


def test_what_is_written_is_read(tmp_path, kept):
    path = tmp_path / "dhfr.json"
    write(kept, path)
    back = read(path)
    assert (back.target, back.weights_sha256) == ("dhfr", "ab" * 32)
    assert back.created
    assert back.few_shot.variant == kept.few_shot.variant
    assert back.few_shot.measurements.ids == kept.few_shot.measurements.ids
    new = made_up(5, seed=2)
    for mine, yours in zip(kept.few_shot.shifts(new), back.few_shot.shifts(new), strict=True):
        assert mine == pytest.approx(yours, abs=1e-4)
    values = json.loads(path.read_text())
    assert values["count"] == 15
    assert values["slope"] == pytest.approx(back.few_shot.slope, abs=1e-4)


def test_it_is_good_for_its_weights_and_a_temperature_of_one(kept):
    kept.check("ab" * 32, 1.0)
    with pytest.raises(WeightsError, match="other weights"):
        kept.check("cd" * 32, 1.0)
    with pytest.raises(UsageError, match="temperature"):
        kept.check("ab" * 32, 0.5)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("id", []),
        ("measured_pK", [1.0]),
        ("measured_pK", "many"),
        ("predicted_pK", [float("nan")] * 15),
        ("features", [[1.0]] * 14 + [[1.0, 2.0]]),
        ("features", [1.0] * 15),
        ("fingerprint_bits", [[99999]] * 15),
        ("fingerprint_bits", [[1]] * 3),
        ("share", 1.5),
        ("slope_variance", -1),
        ("target", None),
    ],
)
def test_damage_is_named(tmp_path, kept, key, value):
    path = tmp_path / "dhfr.json"
    write(kept, path)
    values = json.loads(path.read_text())
    if value is None:
        del values[key]
    else:
        values[key] = value
    path.write_text(json.dumps(values))
    with pytest.raises(FileUnreadable, match=r"dhfr\.json is damaged"):
        read(path)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (None, "does not exist"),
        ("", "is no calibration"),
        ("[1, 2]", "is no calibration"),
        ('{"kind": "else"}', "is no calibration"),
        ("[" * 100000, "is no calibration"),
        ('{"kind": "molattn few-shot calibration", "format_version": 9}', "version 9"),
    ],
)
def test_another_file_is_refused(tmp_path, text, sentence):
    path = tmp_path / "it.json"
    if text is not None:
        path.write_text(text)
    with pytest.raises(FileUnreadable, match=sentence):
        read(path)


def test_a_folder_is_refused(tmp_path):
    with pytest.raises(FileUnreadable, match="cannot be read"):
        read(tmp_path)
