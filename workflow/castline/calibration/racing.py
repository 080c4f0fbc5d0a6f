"""Which candidate of a noisy search is measured next: a promising one again, or a new one.

Every candidate is measured on one replicate first. The leader is the candidate with the lowest mean
objective among those with enough replicates. A candidate is promising while the chance that its
true mean is below the leader's is at least `Racing.chance`, by Student's t with the noise pooled
over all candidates. As long as a promising candidate, or the leader that it contends with, has
replicates left, the one with fewest is measured again; only then a new candidate is. So a lucky
single is repeated before anything is built on it, and a poor one never is.

The scheme, challengers that are repeated against an incumbent and dropped as soon as they look
worse, is that of F. Hutter et al., J. Artif. Intell. Res. 36, 267 (2009), and LION 5, 507 (2011);
the test by a pooled noise is that of racing (O. Maron and A. W. Moore, NIPS 1993).
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.special import stdtrit

from castline.calibration.settings import Racing


class Entrant(NamedTuple):
    """A candidate in the race.

    Attributes
    ----------
    losses : objectives of its completed replicates.
    given_out : how many replicates were completed or are running.
    is_out : a replicate was stopped early or failed.
    """

    losses: list[float]
    given_out: int
    is_out: bool = False

    @property
    def mean(self) -> float:
        return float(np.mean(self.losses))

    @property
    def is_idle(self) -> bool:
        """Whether no replicate is running, whose result decides on the next."""
        return len(self.losses) == self.given_out


def pooled_noise(losses: Sequence[Sequence[float]]) -> tuple[float, int]:
    """Standard deviation between replicates of one candidate, pooled over all, and its degrees of
    freedom; NaN and 0 where no candidate has two.
    """
    freedom = sum(max(len(values) - 1, 0) for values in losses)
    if not freedom:
        return math.nan, 0
    squares = sum(float(np.sum((np.array(v) - np.mean(v)) ** 2)) for v in losses if len(v) > 1)
    return math.sqrt(squares / freedom), freedom


def leader(entrants: Sequence[Entrant], fewest: int) -> int | None:
    """Place of the lowest mean among those with at least `fewest` replicates; of equal means the
    one known better. None where there is none.
    """
    known = [
        (entrant.mean, -len(entrant.losses), place)
        for place, entrant in enumerate(entrants)
        if not entrant.is_out and len(entrant.losses) >= fewest
    ]
    return min(known)[2] if known else None


def promising_below(entrants: Sequence[Entrant], racing: Racing, replicates: int) -> float:
    """Mean objective below which a candidate with so many replicates is promising.

    Infinite as long as there is no leader or no estimate of the noise.
    """
    first = leader(entrants, racing.fewest)
    noise, freedom = pooled_noise([entrant.losses for entrant in entrants])
    if first is None or not freedom:
        return math.inf
    best = entrants[first]
    error = noise * math.sqrt(1 / replicates + 1 / len(best.losses))
    return best.mean + float(stdtrit(freedom, 1 - racing.chance)) * error


def to_repeat(entrants: Sequence[Entrant], racing: Racing, left: int) -> int | None:
    """Place of the candidate to be measured again; None: a new one is due.

    Parameters
    ----------
    left : evaluations left in the search. When they are too few to measure a new candidate
        `racing.fewest` times, the best one with replicates left is repeated instead.
    """
    alive = [k for k, e in enumerate(entrants) if e.losses and not e.is_out]
    first = leader(entrants, racing.fewest)
    cap = racing.replicates
    if first is None:
        # The best so far is no leader yet.
        near, cap = sorted(alive, key=lambda k: entrants[k].mean)[:1], racing.fewest
    else:
        near = [
            k for k in alive
            if k != first
            and entrants[k].mean <= promising_below(entrants, racing, len(entrants[k].losses))
        ]  # fmt: skip
        near += [first] if near else []
    due = [k for k in near if entrants[k].is_idle and entrants[k].given_out < cap]
    if due:
        return min(due, key=lambda k: (entrants[k].given_out, entrants[k].mean, k))
    if left < racing.fewest:
        rest = [
            k for k in alive if entrants[k].is_idle and entrants[k].given_out < racing.replicates
        ]
        return min(rest, key=lambda k: (entrants[k].mean, k)) if rest else None
    return None
