"""One chunk of a library from text to a table: read, pose, graph, network, row.

Every stage is a function of the record and of what was prepared from the receptor, so that a chunk
gives the same bytes wherever and whenever it is worked on.
"""

from __future__ import annotations

import json
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from molattn.errors import MissingExtra, MolattnError, WeightsError
from molattn.predict.predictor import Predictor
from molattn.predict.prepare import Prepared, prepare
from molattn.predict.process_task import Mark, Task, Work
from molattn.predict.request import Request
from molattn.predict.score_record import Score
from molattn.predict.sdf_table import mol_block
from molattn.predict.sources import Sources
from molattn.predict.unanswered import failed
from molattn.screen.molecule import carried_fields, library_molecule
from molattn.screen.plan import ScreenSettings
from molattn.screen.posing import Pose, PoseMaker
from molattn.screen.receptor import Receptor
from molattn.screen.record import LibraryRecord
from molattn.screen.row import FIELDS, PLACE, POSE
from molattn.screen.shard import shard_bytes
from molattn.structure.sdf import data_fields

_CONTACTS: Final = 5  # residues named in a row


@dataclass(frozen=True, slots=True)
class ChunkAnswer:
    """What became of a chunk.

    Attributes
    ----------
    table
        Its shard, as bytes of a Parquet file.
    poses
        A shard of all scored poses, empty unless they are kept.
    rows, failed, warned
        Numbers of records.
    seconds
        Spent in each stage.
    """

    table: bytes
    poses: bytes
    rows: int
    failed: int
    warned: int
    seconds: Mapping[str, float]


@dataclass(slots=True, eq=False)
class _Draft:
    """A record on its way to a row."""

    record: LibraryRecord
    fields: Mapping[str, str]
    poses: list[Pose] = field(default_factory=list)
    scores: list[Score] = field(default_factory=list)
    problem: Exception | None = None


class Screener:
    """Answers chunks of records; one lives in each process.

    Parameters
    ----------
    receptor
        Read once, by whoever starts the processes.
    settings
        Of the screen.
    predictor
        Trained members.
    """

    def __init__(self, receptor: Receptor, settings: ScreenSettings, predictor: Predictor) -> None:
        self.receptor = receptor
        self.settings = settings
        self._predictor = predictor
        self._poses = PoseMaker(receptor, settings)
        self._sources = Sources()

    def __call__(self, task: Task, mark: Mark) -> ChunkAnswer:
        """Answer a chunk: ``task.items`` are records."""
        clock = _Clock()
        drafts = []
        for item, record in enumerate(task.items):
            if item in task.faults:
                fault = MolattnError(task.faults[item])
                drafts.append(_Draft(record, record.fields, problem=fault))
                continue
            mark(item)
            drafts.append(self._draft(record, clock))
        if task.alone:
            for item, draft in enumerate(drafts):
                mark(item)
                self._score([draft], clock)
        else:
            mark(None)
            self._score(drafts, clock)
        mark(None)
        return self._answer(drafts, clock)

    def _draft(self, record: LibraryRecord, clock: _Clock) -> _Draft:
        draft = _Draft(record, record.fields)
        # the one boundary of a record: whatever goes wrong costs this record alone
        try:
            if record.problem:
                raise MolattnError(record.problem)
            with clock("read"):
                molecule = library_molecule(record, self.settings.limits)
            draft.fields = molecule.fields
            with clock("pose"):
                draft.poses = self._poses.poses(molecule, record.id)
        except (OSError, MissingExtra):
            raise  # no room for Vina's files, nothing to dock with: no record's fault
        except Exception as error:  # noqa: BLE001
            draft.problem = error
            if record.kind == "sdf" and draft.fields is record.fields:
                draft.fields = carried_fields(record.fields, data_fields(record.text.split("\n")))
        return draft

    def _score(self, drafts: Sequence[_Draft], clock: _Clock) -> None:
        """Score the poses of these records, batches filled with poses of one size."""
        ready: list[tuple[_Draft, int, Prepared]] = []
        for draft in drafts:
            draft.scores = [
                failed(self._request(draft.record, pose.ligand), MolattnError("not scored"))
                for pose in draft.poses
            ]
            for number, pose in enumerate(draft.poses):
                request = self._request(draft.record, pose.ligand)
                try:
                    with clock("graph"):
                        one = prepare(request, self.settings.score, self._sources)
                except Exception as error:  # noqa: BLE001
                    draft.scores[number] = failed(request, error)
                else:
                    ready.append((draft, number, one))
        ready.sort(key=lambda entry: len(entry[2].ligand.positions))
        size = self._predictor.batch
        for start in range(0, len(ready), size):
            batch = ready[start : start + size]
            with clock("network"):
                scores = self._predictor.answer_each(
                    [one for _, _, one in batch], self.settings.score
                )
            for (draft, number, _), score in zip(batch, scores, strict=True):
                draft.scores[number] = score

    def _request(self, record: LibraryRecord, ligand: Any) -> Request:
        return Request(
            self.receptor.protein,
            ligand,
            record=record.number,
            id=record.id,
            protein_name=self.receptor.name,
            ligand_name=record.source,
        )

    def _answer(self, drafts: Sequence[_Draft], clock: _Clock) -> ChunkAnswer:
        with clock("table"):
            rows = [self._row(draft) for draft in drafts]
            kept = [row for draft in drafts for row in self._all(draft)]
            table = shard_bytes(rows)
            poses = shard_bytes(kept) if self.settings.pose.keep else b""
        return ChunkAnswer(
            table=table,
            poses=poses,
            rows=len(rows),
            failed=sum(row["status"] == "failed" for row in rows),
            warned=sum(row["status"] == "warning" for row in rows),
            seconds=dict(clock.seconds),
        )

    def _row(self, draft: _Draft) -> dict[str, Any]:
        if draft.problem is not None or not draft.poses:
            error = draft.problem or MolattnError("No pose was made.")
            score = failed(self._request(draft.record, None), error)
            return _row(draft, score, None)
        best = _best(draft)
        return _row(draft, draft.scores[best], draft.poses[best])

    def _all(self, draft: _Draft) -> Iterator[dict[str, Any]]:
        if self.settings.pose.keep:
            for score, pose in zip(draft.scores, draft.poses, strict=True):
                yield _row(draft, score, pose)


def _best(draft: _Draft) -> int:
    """Return the pose to believe: scored, plausible, then of the highest pose confidence."""

    def merit(number: int) -> tuple[bool, bool, float]:
        score, pose = draft.scores[number], draft.poses[number]
        return score.pK is not None, not pose.faults, score.pose_confidence or 0.0

    return max(range(len(draft.poses)), key=lambda number: (merit(number), -number))


def _row(draft: _Draft, score: Score, pose: Pose | None) -> dict[str, Any]:
    row: dict[str, Any] = score.to_row()
    mol = None if pose is None else pose.ligand.mol
    row |= {
        PLACE: draft.record.place,
        FIELDS: json.dumps(dict(draft.fields), ensure_ascii=False),
        POSE: "" if mol is None else mol_block(mol),
        "smiles": "" if pose is None else pose.smiles,
        "heavy_atoms": None if mol is None else mol.GetNumAtoms(),
        "pose_source": "" if pose is None else pose.source,
        "poses": len(draft.poses),
        "plausible": None if pose is None else not pose.faults,
        "pose_faults": "" if pose is None else "; ".join(pose.faults),
        "vina_energy": None if pose is None else pose.energy,
        "main_contacts": _main_contacts(score),
    }
    return row


def _main_contacts(score: Score) -> str:
    if score.ledger is None:
        return ""
    shares = list(score.ledger.by_residue().items())[:_CONTACTS]
    return "; ".join(f"{label} {share:+.2f}" for label, share in shares)


class _Clock:
    """Seconds spent in each stage."""

    def __init__(self) -> None:
        self.seconds: defaultdict[str, float] = defaultdict(float)

    @contextmanager
    def __call__(self, stage: str) -> Iterator[None]:
        start = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[stage] += time.perf_counter() - start


def screener(receptor: Receptor, settings: ScreenSettings, sha256: str) -> Work:
    """Return what answers chunks; called in each process.

    Parameters
    ----------
    receptor, settings
        Of the screen.
    sha256
        Of the weights that the run was begun with.

    Raises
    ------
    WeightsError
        If the weights cannot be loaded, or this machine has others.
    """
    loading = settings.loading
    predictor = Predictor.load(
        loading.weights,
        threads=1,
        temperature=loading.temperature,
        calibration=loading.calibration,
        device=loading.device,
    )
    if predictor.info.sha256 != sha256:
        raise WeightsError(
            "The weights on this machine are not those that the screen was begun with; install the "
            "same version of molattn on every machine."
        )
    return Screener(receptor, settings, predictor)
