"""The predictor: files or objects in, scores out; one boundary per record, batches inside."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, Any

import torch

from molattn.graph import collate
from molattn.predict.answers import answers
from molattn.predict.device import batch_size, check_alive, on_processor, parse_device
from molattn.predict.few_shot_file import TargetCalibration, calibrated
from molattn.predict.few_shot_file import read as read_calibration
from molattn.predict.prepare import Prepared, prepare
from molattn.predict.request import Request, Settings, check_settings, check_temperature
from molattn.predict.score_record import Score
from molattn.predict.sources import Sources
from molattn.predict.unanswered import failed
from molattn.predict.weights import WeightsInfo, load_weights

if TYPE_CHECKING:
    from molattn.model.ensemble import Ensemble


class Predictor:
    """Trained members with everything around it that makes a number an answer.

    Parameters
    ----------
    ensemble
        In evaluation mode.
    info
        What came with its weights.
    temperature
        Of every attention softmax; 1 is what the members were trained with.
    calibration
        On measured ligands of one target, None for answers as the weights give them.
    device
        Where the members compute: ``cpu``, ``cuda``, ``cuda:1``.

    Attributes
    ----------
    batch
        Complexes that are answered together.

    Examples
    --------
    >>> from molattn.predict import Predictor
    >>> from molattn.resources import example
    >>> predictor = Predictor.load()
    >>> files = example("1s3v")
    >>> score = predictor.score(files.protein, files.ligand)
    >>> score.pK_low < score.pK < score.pK_high
    True
    """

    def __init__(
        self,
        ensemble: Ensemble,
        info: WeightsInfo,
        temperature: float = 1.0,
        calibration: TargetCalibration | None = None,
        device: str = "cpu",
    ) -> None:
        check_temperature(temperature)
        if calibration is not None:
            calibration.check(info.sha256, temperature)
        self.device = parse_device(device)
        self.batch = batch_size(self.device)
        self.ensemble = ensemble.to(self.device).requires_grad_(False)
        self.info = info
        self.temperature = temperature
        self.calibration = calibration
        self._sources = Sources()

    @classmethod
    def load(
        cls,
        weights: str | os.PathLike[str] | None = None,
        *,
        threads: int | None = None,
        temperature: float = 1.0,
        calibration: str | os.PathLike[str] | None = None,
        device: str = "cpu",
    ) -> Predictor:
        """Load weights and return a predictor.

        Parameters
        ----------
        weights
            File of the tensors with its JSON beside it; the shipped ones without it.
        threads
            Threads of torch in this process; left alone without it.
        temperature
            Of every attention softmax.
        calibration
            File of `molattn calibrate`, made with the same weights.
        device
            Where the members compute: ``cpu``, ``cuda``, ``cuda:1``.

        Raises
        ------
        UsageError
            If this torch cannot use the device.
        WeightsError
            If the weights are missing, damaged or for another network, or the calibration is for
            others.
        FileUnreadable
            If the calibration cannot be read.
        """
        # narrow Gaussians make subnormal numbers, which slow the processor several times; this
        # must come before the first parallel operation to reach every thread
        torch.set_flush_denormal(True)
        if threads is not None:
            torch.set_num_threads(threads)
        known = None if calibration is None else read_calibration(calibration)
        ensemble, info = load_weights(weights)
        return cls(ensemble, info, temperature, known, device)

    def score(
        self,
        protein: object,
        ligand: object,
        *,
        template: str = "",
        waters: bool = False,
        center: tuple[float, float, float] | None = None,
        radius: float | None = None,
        attention: bool = True,
    ) -> Score:
        """Score one ligand pose.

        Parameters
        ----------
        protein
            Path, `Protein`, gemmi or Biopython structure.
        ligand
            Path (its first record), RDKit molecule with a conformer, `Ligand`, or
            ``RES[:CHAIN[:NUM]]`` of a ligand inside the protein file.
        template
            SMILES that gives the bond orders of a ligand inside the protein file.
        waters
            Keep crystal waters near the ligand.
        center, radius
            Take the pocket around this point (Å) instead of around the ligand.
        attention
            Return the attention map.

        Raises
        ------
        InputError
            If the protein or the ligand cannot be read, or they do not meet.
        UsageError
            If the options make no sense together.
        """
        settings = Settings(waters, center, radius, attention)
        check_settings(settings)
        request = Request(protein, ligand, template=template)
        self._sources.expect([request])
        one = prepare(request, settings, self._sources)
        return replace(self._answer([one], settings)[0], origin=(self, one))

    def score_many(
        self, pairs: Iterable[Request | tuple[Any, Any]], settings: Settings | None = None
    ) -> Iterator[Score]:
        """Score many ligand poses, one score for each in the same order.

        Parameters
        ----------
        pairs
            Requests, or (protein, ligand) as for `score`.
        settings
            What holds for all of them.

        Yields
        ------
        Score
            With status ``failed`` and the reason where a record could not be scored; nothing is
            raised for a record.

        Raises
        ------
        UsageError
            If the settings make no sense together.
        """
        chosen = settings or Settings()
        check_settings(chosen)
        stream = (pair if isinstance(pair, Request) else Request(*pair) for pair in pairs)
        while chunk := list(islice(stream, self.batch)):
            yield from self.score_chunk(chunk, chosen)

    def score_chunk(self, requests: Sequence[Request], settings: Settings) -> list[Score]:
        """Score the requests of one batch; failures become failed scores."""
        self._sources.expect(requests)
        ready: list[Prepared] = []
        places: list[int] = []
        scores: dict[int, Score] = {}
        for place, request in enumerate(requests):
            try:
                ready.append(prepare(request, settings, self._sources))
                places.append(place)
            # the one boundary of a record: whatever goes wrong costs this record alone
            except Exception as error:  # noqa: BLE001
                scores[place] = failed(request, error)
        scores.update(zip(places, self.answer_each(ready, settings), strict=True))
        return [scores[place] for place in range(len(requests))]

    def answer_each(self, ready: list[Prepared], settings: Settings) -> list[Score]:
        """Answer a batch, or each record by itself where the batch as a whole fails.

        Returns one score for each, a failed one where there is no other.

        Raises
        ------
        MolattnError
            The device has failed, and no record.
        """
        if not ready:
            return []
        try:
            return self._answer(ready, settings)
        except Exception as error:  # noqa: BLE001
            check_alive(self.device)
            if len(ready) == 1:
                return [failed(ready[0].request, error)]
            return [self.answer_each([one], settings)[0] for one in ready]

    def _answer(self, ready: list[Prepared], settings: Settings) -> list[Score]:
        batch = collate([one.graph for one in ready])
        with torch.inference_mode():
            prediction = self.ensemble(batch.to(self.device), temperature=self.temperature)
        if self.device.type != "cpu":
            prediction = on_processor(prediction)
        found = answers(prediction, ready, self.info, attention=settings.attention)
        return calibrated(found, self.calibration)
