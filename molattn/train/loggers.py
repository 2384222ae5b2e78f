"""Where the figures of a training go: a CSV always, TensorBoard when asked."""

from __future__ import annotations

from importlib.util import find_spec

from pytorch_lightning.loggers import Logger, TensorBoardLogger

from molattn.errors import MissingExtra
from molattn.train.config import TrainConfig
from molattn.train.metrics_file import MetricsFile
from molattn.train.run_folder import RunFolder


def make_loggers(config: TrainConfig, folder: RunFolder, resumed_from: int) -> list[Logger]:
    """Return the loggers of a run.

    Raises
    ------
    MissingExtra
        TensorBoard is asked for and not installed.
    """
    loggers: list[Logger] = [MetricsFile(folder.metrics, resumed_from=resumed_from)]
    if config.trainer.tensorboard:
        if find_spec("tensorboard") is None:
            raise MissingExtra("tensorboard", "train")
        loggers.append(TensorBoardLogger(folder.path, name="tensorboard", version=""))
    return loggers
