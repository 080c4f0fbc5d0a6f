"""One trial: a candidate set taken through the stages until it is measured, hopeless or broken."""

import math
import resource
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass, field

from castline.base.errors import ConvergenceError, InputError, SimulationError, WalltimeError
from castline.calibration.candidate import Observed
from castline.calibration.targets import Key, Term, objective

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
    steps: Generator[Observed, None, None],
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
    values: dict[str, float] = {}
    asked = {key for term in terms for key in term.keys}
    state, reason, so_far, started = COMPLETE, "", 0.0, time.monotonic()
    try:
        for number, (electrode, numbers) in enumerate(steps):
            for key, value in numbers.items():
                if math.isnan(value) and key in asked:
                    raise SimulationError(f"{key.observable} of {key.label} is not a number")
                observations.setdefault(key, []).append(value)
            known = [term for term in terms if term.known(observations, replicates)]
            values = {term.name: term.value(observations) for term in known}
            so_far = objective(terms, values)
            on_step(number, so_far)
            report(
                f"step {number + 1}, {electrode.label}: objective so far {so_far:.3g}, "
                f"{time.monotonic() - started:.0f} s"
            )
            limit = bar()
            if so_far > limit and len(values) < len(terms):
                state = STOPPED
                reason = f"after {electrode.label} the objective is above {limit:.3g} already"
                break
    except WalltimeError:
        raise  # the job's end, not the candidate's fault
    except (SimulationError, ConvergenceError, InputError) as error:
        state, reason = FAILED, str(error)
    finally:
        steps.close()  # frees the work folders of a stage that is given up half-way
    stderrs = {t.name: t.stderr(observations) for t in terms if t.name in values}
    return Outcome(state, so_far, values, stderrs, reason)
