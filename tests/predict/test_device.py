"""Devices: named, refused in a sentence, and answers that come back to the processor."""

from __future__ import annotations

import pytest
import torch

from molattn.errors import UsageError
from molattn.model.prediction import Prediction
from molattn.predict.device import batch_size, on_processor, parse_device


@pytest.mark.parametrize("name", ["no such thing", "cuda:99"])
def test_a_device_that_is_not_there_is_told(name: str) -> None:
    with pytest.raises(UsageError, match="leave out --device"):
        parse_device(name)


def test_batches_are_larger_on_a_gpu() -> None:
    assert batch_size(torch.device("cuda")) > batch_size(parse_device("cpu"))


def test_every_tensor_of_a_prediction_comes_back() -> None:
    tensor = torch.arange(3.0)
    prediction = Prediction(*[tensor] * 5, {"ligand": tensor}, {"ligand": tensor}, *[tensor] * 8)
    back = on_processor(prediction)
    assert isinstance(back, Prediction)
    assert torch.equal(back.token_share["ligand"], tensor)
    assert back.likelihood is None
    assert back.attends
