"""The finite-sample quantile that turns a predicted spread into an interval of known coverage."""

from __future__ import annotations

import math
from collections.abc import Sequence


def conformal_rank(count: int, coverage: float) -> int:
    """Return ``ceil((count + 1) · coverage)``: which smallest ratio covers the asked share.

    Split conformal prediction, Lei et al. 2018, JASA 113:1094, section 2.2. A rank above ``count``
    means that the ratios are too few for the coverage.
    """
    # rounding first: 0.9 * 10 is 9.000000000000002 for some coverages
    return math.ceil(round((count + 1) * coverage, 9))


def conformal_quantile(ratios: Sequence[float], coverage: float) -> float:
    """Return the factor on the spread whose intervals cover the asked share of new answers.

    Parameters
    ----------
    ratios
        ``|residual| / spread`` of answers that the network was not trained on.
    coverage
        Between 0 and 1.

    Returns
    -------
    float
        The ratio of rank `conformal_rank`; the largest where there are too few.
    """
    return sorted(ratios)[min(conformal_rank(len(ratios), coverage), len(ratios)) - 1]
