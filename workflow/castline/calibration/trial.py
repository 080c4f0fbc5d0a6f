"""One trial: a candidate set taken through the stages until it is measured, hopeless or broken."""

import math
import resource
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from castline.calibration.line import Step
from castline.calibration.targets import Key, Term, objective, residual
from castline.errors import ConvergenceError, InputError, SimulationError

COMPLETE, STOPPED, FAILED = "complete", "stopped early", "failed"


@dataclass(frozen=True)
class Outcome:
    """What a trial found.

    Attributes
    ----------
    state : complete, stopped early, or failed.
    objective : of the measured terms; a lower bound unless complete.
    values, stderrs : measured value of each term, and its standard error over replicates (None for
        one replicate), by term name.
    reason : why it stopped early or failed; empty if complete.
    """

    state: str
    objective: float
    values: dict[str, float] = field(default_factory=dict)
    stderrs: dict[str, float | None] = field(default_factory=dict)
    reason: str = ""


def core_seconds() -> float:
    """Processor time of this process and its finished children so far, s."""
    usage = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(u.ru_utime + u.ru_stime for u in usage)


def run_trial(
    steps: Iterator[Step],
    terms: list[Term],
    replicates: int,
    bar: Callable[[], float],
    on_step: Callable[[int, float], None],
    report: Callable[[str], None],
) -> Outcome:
    """Consume the steps of one candidate.

    The objective of what is measured is a lower bound of the candidate's objective, as every term
    adds to it. Once it is above `bar()` the candidate is given up: no further step can save it.

    Parameters
    ----------
    on_step : called with the number of the step and the objective so far.
    """
    observations: dict[Key, list[float]] = {}
    state, reason, started = COMPLETE, "", time.monotonic()
    so_far = 0.0
    try:
        for number, (cell, numbers) in enumerate(steps):
            for key, value in numbers.items():
                if math.isnan(value):
                    raise SimulationError(f"{key.observable} of {key.label} is not a number")
                observations.setdefault(key, []).append(value)
            so_far = objective(terms, observations, replicates)
            on_step(number, so_far)
            report(
                f"step {number + 1}, {cell.label}: objective so far {so_far:.3g}, "
                f"{time.monotonic() - started:.0f} s"
            )
            limit = bar()
            if so_far > limit and not all(t.known(observations, replicates) for t in terms):
                state = STOPPED
                reason = f"after {cell.label} the objective is above {limit:.3g} already"
                break
    except (SimulationError, ConvergenceError, InputError) as error:
        state, reason = FAILED, str(error)
    known = [term for term in terms if term.known(observations, replicates)]
    return Outcome(
        state=state,
        objective=so_far,
        values={term.name: term.value(observations) for term in known},
        stderrs={term.name: term.stderr(observations) for term in known},
        reason=reason,
    )


def residuals(terms: list[Term], values: dict[str, float]) -> dict[str, float]:
    """Residuals of the measured terms by name."""
    return {t.name: residual(t.rule, values[t.name]) for t in terms if t.name in values}
