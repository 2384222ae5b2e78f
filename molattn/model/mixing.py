"""How much each member of an ensemble counts for a complex: by how familiar the complex is.

Where like complexes were measured, what remembers them is right more often than what reasons from
the pose; where nothing is alike it is the other way round. A member that compares says how near
the nearest measured complex is, and the weights go smoothly from one set to the other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from molattn.model.prediction import Prediction


@dataclass(frozen=True, slots=True)
class Span:
    """Familiarity below which a complex is new, and above which it is well known."""

    low: float = 0.4
    high: float = 0.8


@dataclass(frozen=True, slots=True)
class Mixing:
    """Weights of the members of an ensemble.

    Attributes
    ----------
    new
        Member → weight in pK where nothing is alike; not negative, summing to 1.
    known
        Member → weight where much is alike; the same members and the same rules.
    span
        Where one set passes into the other.

    Raises
    ------
    ValueError
        If the weights do not fit the rules or each other.
    """

    new: Mapping[str, float]
    known: Mapping[str, float]
    span: Span = field(default_factory=Span)

    def __post_init__(self) -> None:
        """Check the rules."""
        if set(self.new) != set(self.known):
            raise ValueError(f"weights are for {sorted(self.new)} and {sorted(self.known)}")
        for weights in (self.new, self.known):
            values = weights.values()
            if not weights or min(values) < 0.0 or abs(sum(values) - 1.0) > 1e-6:
                raise ValueError(
                    f"weights of an ensemble sum to 1 and none is negative: {dict(weights)}"
                )
        if not 0.0 <= self.span.low < self.span.high <= 1.0:
            raise ValueError(f"a span of familiarity grows within 0 to 1, and this is {self.span}")

    @classmethod
    def constant(cls, weights: Mapping[str, float]) -> Mixing:
        """Return weights that are the same for every complex."""
        return cls(weights, weights)

    def weights(self, familiarity: Tensor) -> Tensor:
        """Return the weight of each member for each complex, [B, members], in the order of `new`.

        Parameters
        ----------
        familiarity
            [B], 0 to 1.
        """
        share = (familiarity - self.span.low) / (self.span.high - self.span.low)
        share = share.clamp(0.0, 1.0).unsqueeze(-1)
        # no corner at either end: poses are moved along the gradient
        share = share.square() * (3.0 - 2.0 * share)
        new, known = (
            familiarity.new_tensor([weights[name] for name in self.new])
            for weights in (self.new, self.known)
        )
        return (1.0 - share) * new + share * known


def familiarity_of(answers: Sequence[Prediction]) -> Tensor:
    """Return how familiar the members are with each complex, [B]: 0 where none of them compares."""
    said = [one.familiarity for one in answers if one.familiarity is not None]
    return torch.stack(said).amax(0) if said else torch.zeros_like(answers[0].pK)
