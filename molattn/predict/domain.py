"""The applicability domain: whether a complex resembles what the network was trained on.

Four looks, the worst of them counts: the nearest ligand and the third nearest pocket of training;
numbers with a meaning (sizes, contacts, descriptors) against the range seen in training; kinds of
elements, atoms and residues that training never or hardly showed; and the distance of the network's
own summary of the complex to the training mean, in units of the training covariance (Mahalanobis
1936; for networks Lee et al. 2018, arXiv 1807.03888).

The width of the 90 % interval knows of the likeness to training, not of the other looks; outside
the domain the flag says that it may not hold.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from molattn.predict.grade import GRADE_NAMES, Finding, Grade
from molattn.predict.ligand_similarity import packed_fingerprint
from molattn.predict.measures import CLOSEST, Measures, measure
from molattn.predict.pocket_similarity import pocket_descriptor
from molattn.predict.similarity import Likeness, Similarity, fit_similarity
from molattn.predict.whitening import distances, fit_whitening

if TYPE_CHECKING:
    from torch_geometric.data import HeteroData

    from molattn.predict.score_record import DomainName

COVALENT_DISTANCE: Final = 2.0  # Å; two heavy atoms closer than this are bonded, or clash
TAIL: Final = 0.2  # percent of training outside the range on either side
MARGIN: Final = 0.25  # of all training values; further outside them than this is out, not near
RARE: Final = 3  # complexes; a kind seen in fewer counts as unseen
NEAR_PERCENTILE: Final = 97.5  # of the training distances
OUT_FACTOR: Final = 1.5  # times the distance that 99.5 % of training stays within
REASONS_SHOWN: Final = 3

_FEATURES: Final = ("mean", "whitening")


@dataclass(frozen=True, slots=True)
class Range:
    """The values of one number in training: all but the tails, and all."""

    low: float
    high: float
    least: float
    most: float


@dataclass(frozen=True, slots=True, eq=False)
class Domain:
    """What training showed.

    Attributes
    ----------
    count
        Complexes it was fitted on.
    ranges
        Name of a number → range of all but the tails.
    seen
        What a kind is of → names that training showed often enough.
    near_distance, out_distance
        Distances of the features beyond which a complex is ``near`` or ``out``; None without
        features.
    mean, whitening
        Mean of the features [width], and the matrix [width, width] that makes their covariance
        the identity.
    similarity
        Ligands and pockets of training; None where they were not recorded.
    """

    count: int
    ranges: Mapping[str, Range]
    seen: Mapping[str, frozenset[str]]
    near_distance: float | None = None
    out_distance: float | None = None
    mean: NDArray[np.float64] | None = None
    whitening: NDArray[np.float64] | None = None
    similarity: Similarity | None = None

    def look(self, graph: HeteroData) -> Likeness | None:
        """Return the likeness of a complex to training, None where it was not recorded."""
        if self.similarity is None or not len(self.similarity.pockets):
            return None
        return self.similarity.look(graph)

    def judge(
        self,
        graph: HeteroData,
        features: ArrayLike | None = None,
        likeness: Likeness | None = None,
    ) -> tuple[DomainName, str]:
        """Say whether a complex lies in the domain.

        Parameters
        ----------
        graph
            One ComplexGraph, not batched.
        features
            `Prediction.features` of the complex, [width].
        likeness
            What `look` found, where that is known already.

        Returns
        -------
        str
            ``in``, ``near`` or ``out``.
        str
            Why, in a sentence.
        """
        likeness = likeness or self.look(graph)
        measures = measure(graph)
        findings = [*self._judge_likeness(likeness), *self._judge_numbers(measures)]
        findings += self._judge_kinds(measures) + self._judge_features(features)
        findings.sort(key=lambda finding: -finding.grade)
        figures = "" if likeness is None else f" ({likeness})"
        if not findings:
            return "in", f"Within what the {self.count} training complexes show{figures}."
        shown = [finding.text for finding in findings[:REASONS_SHOWN]]
        more = len(findings) - len(shown)
        tail = f"; and {more} more" if more > 0 else ""
        text = "; ".join(shown) + tail + figures + "."
        return GRADE_NAMES[findings[0].grade], text[0].upper() + text[1:]

    def _judge_likeness(self, likeness: Likeness | None) -> list[Finding]:
        if likeness is None or self.similarity is None:
            return []
        return self.similarity.judge(likeness)

    def _judge_numbers(self, measures: Measures) -> list[Finding]:
        findings = []
        closest = measures.numbers[CLOSEST]
        if closest < COVALENT_DISTANCE:
            text = (
                f"ligand and protein come within {closest:.2f} Å, a covalent bond or a clash, "
                "and the training is on non-covalent complexes"
            )
            findings.append(Finding(Grade.OUT, text))
        for name, value in measures.numbers.items():
            known = self.ranges.get(name)
            if known is None or (name == CLOSEST and closest < COVALENT_DISTANCE):
                continue
            slack = 1e-4 * (1.0 + abs(value))  # float32 against the rounding of the JSON
            if known.low - slack <= value <= known.high + slack:
                continue
            margin = MARGIN * (known.most - known.least) + slack
            # a number that never varied in training tells little about how far is far
            varied = known.most > known.least
            far = varied and not known.least - margin <= value <= known.most + margin
            text = f"{name} {value:.4g} is outside {known.low:.4g} to {known.high:.4g} of training"
            findings.append(Finding(Grade.OUT if far else Grade.NEAR, text))
        return findings

    def _judge_kinds(self, measures: Measures) -> list[Finding]:
        findings = []
        for what, names in measures.kinds.items():
            for name in sorted(names - self.seen.get(what, names)):
                grade = Grade.OUT if what == "ligand element" else Grade.NEAR
                readable = name.replace("_", " ")
                text = f"{what} {readable} was hardly seen in training"
                findings.append(Finding(grade, text))
        return findings

    def _judge_features(self, features: ArrayLike | None) -> list[Finding]:
        if features is None or self.mean is None or self.whitening is None:
            return []
        if self.near_distance is None or self.out_distance is None:
            return []
        row = np.asarray(features, dtype=np.float64).reshape(1, -1)
        distance = float(distances(row, self.mean, self.whitening)[0])
        if distance <= self.near_distance:
            return []
        text = (
            f"as a whole it is {distance / self.near_distance:.1f} times as unusual to the network "
            f"as {NEAR_PERCENTILE:g} % of training"
        )
        return [Finding(Grade.OUT if distance > self.out_distance else Grade.NEAR, text)]

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return the arrays that go with the tensors of the weights."""
        found: dict[str, NDArray[Any]] = {}
        if self.mean is not None and self.whitening is not None:
            found = {"mean": self.mean, "whitening": self.whitening}
        return found if self.similarity is None else found | self.similarity.arrays()

    def with_arrays(self, arrays: Mapping[str, NDArray[Any]]) -> Domain:
        """Return the domain with arrays that were read from the weights.

        The bounds of the likeness are those of the domain as `from_json` returned it.
        """
        domain = self
        if all(name in arrays for name in _FEATURES):
            mean, whitening = (np.asarray(arrays[name], dtype=np.float64) for name in _FEATURES)
            domain = replace(domain, mean=mean, whitening=whitening)
        if self.similarity is not None and "pockets" in arrays:
            restored = Similarity.restore(arrays, self.similarity.to_json())
            domain = replace(domain, similarity=restored)
        return domain

    def to_json(self) -> dict[str, Any]:
        """Return everything but the arrays as JSON values."""
        return {
            "count": self.count,
            "ranges": {
                name: [known.low, known.high, known.least, known.most]
                for name, known in self.ranges.items()
            },
            "seen": {what: sorted(names) for what, names in self.seen.items()},
            "near_distance": self.near_distance,
            "out_distance": self.out_distance,
            "similarity": None if self.similarity is None else self.similarity.to_json(),
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Domain:
        """Return the domain that `to_json` described, without its arrays."""
        bounds = values.get("similarity")
        return cls(
            count=int(values["count"]),
            ranges={name: Range(*map(float, ends)) for name, ends in values["ranges"].items()},
            seen={what: frozenset(names) for what, names in values["seen"].items()},
            near_distance=values["near_distance"],
            out_distance=values["out_distance"],
            similarity=None if bounds is None else Similarity.restore({}, bounds),
        )


def fit_domain(
    graphs: Iterable[HeteroData],
    features: ArrayLike | None = None,
    clusters: Sequence[str] | None = None,
) -> Domain:
    """Describe what the training complexes show.

    Parameters
    ----------
    graphs
        Training complexes, each a ComplexGraph that is not batched.
    features
        `Prediction.features` of the same complexes, [n, width]; the whole-complex look is left
        out without it.
    clusters
        Protein cluster of each, [n]; see `molattn.predict.similarity.fit_similarity`, which also
        takes ligands and pockets that are no graphs here.

    Raises
    ------
    ValueError
        If there is no graph, or graphs and features differ in number.
    """
    measured, fingerprints, pockets = [], [], []
    for graph in graphs:
        measured.append(measure(graph))
        fingerprints.append(packed_fingerprint(graph))
        pockets.append(pocket_descriptor(graph))
    if not measured:
        raise ValueError("The domain needs at least one training complex.")
    domain = Domain(
        count=len(measured),
        ranges=_fit_ranges(measured),
        seen=_fit_kinds(measured),
        similarity=fit_similarity(fingerprints, pockets, clusters),
    )
    return domain if features is None else _with_features(domain, features)


def _with_features(domain: Domain, features: ArrayLike) -> Domain:
    table = np.asarray(features, dtype=np.float64)
    if table.ndim != 2 or len(table) != domain.count:
        raise ValueError(f"{domain.count} graphs came with features of shape {table.shape}.")
    if not table.shape[1]:
        return domain
    mean, whitening = fit_whitening(table)
    far = distances(table, mean, whitening)
    near = float(np.percentile(far, NEAR_PERCENTILE))
    out = float(np.percentile(far, 99.5)) * OUT_FACTOR
    return replace(
        domain, mean=mean, whitening=whitening, near_distance=near, out_distance=max(near, out)
    )


def _fit_ranges(measured: Sequence[Measures]) -> dict[str, Range]:
    ranges = {}
    for name in measured[0].numbers:
        values = np.array([one.numbers[name] for one in measured])
        finite = values[np.isfinite(values)]
        if finite.size:
            ends = np.percentile(finite, [TAIL, 100.0 - TAIL, 0.0, 100.0])
            ranges[name] = Range(*(float(f"{end:.6g}") for end in ends))
    return ranges


def _fit_kinds(measured: Sequence[Measures]) -> dict[str, frozenset[str]]:
    enough = min(RARE, len(measured))
    seen = {}
    for what in measured[0].kinds:
        counts = Counter(name for one in measured for name in one.kinds[what])
        seen[what] = frozenset(name for name, count in counts.items() if count >= enough)
    return seen
