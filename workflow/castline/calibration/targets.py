"""Targets, their residuals, and the objective that a search minimises.

A target becomes one term for each electrode and shear rate it selects. The residual of a term is
its distance from the wanted value or band in tolerances, zero inside a band, at most RESIDUAL_CAP:
beyond that far is far, and one hopeless term does not drown the others. The objective is the sum
over targets of weight times the mean square residual of the target's terms.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from typing import NamedTuple

import numpy as np

from castline.calibration.settings import CalibrationStage, Target
from castline.recipe.settings import MatrixConfig

RESIDUAL_CAP = 10.0
# What a trial computes of a film and of a slurry, under the names of the campaign's tables.
FILM = (
    *("density_g_per_cm3", "porosity", "porosity_without_nanopores", "cbd_nanoporosity"),
    *("thickness_um", "sigma_e_s_per_m", "sigma_ion_s_per_m", "diffusivity_ratio"),
    *("sigma_e_core_s_per_m", "sigma_ion_core_s_per_m", "cbd_percolates"),
)
VISCOSITY = "viscosity_pa_s"
SLURRY = ("density_g_per_cm3", "porosity", VISCOSITY)


class Key(NamedTuple):
    """Which number: observable, state, electrode, and the shear rate of a viscosity."""

    observable: str
    state: str
    psd: str
    solid_content_percent: str
    shear_rate_per_s: float | None = None

    @property
    def electrode(self) -> str:
        """As `CalibrationStage.electrodes` names it, such as AM_1/50."""
        return f"{self.psd}/{self.solid_content_percent}"

    @property
    def label(self) -> str:
        rate = "" if self.shear_rate_per_s is None else f", {self.shear_rate_per_s:g} 1/s"
        return f"{self.psd} {self.solid_content_percent} %{rate}"


# Replicates of every number measured so far.
Observations = Mapping[Key, list[float]]


@dataclass(frozen=True)
class Term:
    """One target on one electrode: a number, or the ratio of two."""

    target: str
    rule: Target
    key: Key
    over: Key | None

    @property
    def keys(self) -> list[Key]:
        return [self.key] if self.over is None else [self.key, self.over]

    @property
    def label(self) -> str:
        return self.key.label if self.over is None else f"{self.key.label} over {self.over.label}"

    @property
    def name(self) -> str:
        return f"{self.target}: {self.label}"

    def known(self, observations: Observations, replicates: int) -> bool:
        """Whether all replicates of its numbers have been measured."""
        return all(len(observations.get(key, ())) == replicates for key in self.keys)

    def value(self, observations: Observations) -> float:
        """Mean over replicates, or the ratio of two means (infinite over zero)."""
        top = float(np.mean(observations[self.key]))
        if self.over is None:
            return top
        bottom = float(np.mean(observations[self.over]))
        return top / bottom if bottom != 0 else math.inf

    def stderr(self, observations: Observations) -> float | None:
        """Standard error over replicates, first order for a ratio; None for one replicate."""
        means, errors = [], []
        for key in self.keys:
            values = observations[key]
            if len(values) < 2:
                return None
            means.append(float(np.mean(values)))
            errors.append(float(np.std(values, ddof=1)) / math.sqrt(len(values)))
        if self.over is None:
            return errors[0]
        if 0.0 in means:
            return None
        return abs(means[0] / means[1]) * math.hypot(errors[0] / means[0], errors[1] / means[1])


def terms(targets: dict[str, Target], psds: list[str], contents: list[str]) -> list[Term]:
    """All terms of the targets on a campaign's electrodes."""
    found = []
    for name, rule in targets.items():
        rates = rule.shear_rates_per_s or [None]
        chosen = product(rule.psds or psds, rule.solid_content_percent or contents, rates)
        for psd, content, rate in chosen:
            key = Key(rule.observable, rule.state, psd, content, rate)
            over = None
            if rule.over is not None:
                over = key._replace(**rule.over.model_dump(exclude_none=True))
            found.append(Term(name, rule, key, over))
    return found


def residual(rule: Target, value: float) -> float:
    """Signed distance from what is wanted, in tolerances, within +- RESIDUAL_CAP."""
    low, high = rule.ends
    if low <= value <= high:
        return 0.0
    end = high if value > high else low
    if rule.scale == "log":
        if value <= 0:
            return -RESIDUAL_CAP
        relative = rule.relative_tolerance
        size = math.log1p(relative) if relative is not None else math.log(high / low) / 2
        distance = math.log(value / end) / size
    else:
        size = rule.tolerance or (rule.relative_tolerance or 0.0) * abs(end) or (high - low) / 2
        distance = (value - end) / size
    return float(np.clip(distance, -RESIDUAL_CAP, RESIDUAL_CAP))


def is_met(rule: Target, value: float) -> bool:
    """Inside the band, or within one tolerance of the value."""
    return abs(residual(rule, value)) <= (1.0 if rule.band is None else 0.0)


def residuals(all_terms: list[Term], values: Mapping[str, float]) -> dict[str, float]:
    """Residuals by term name, of the terms that have a value."""
    return {t.name: residual(t.rule, values[t.name]) for t in all_terms if t.name in values}


def misfits(all_terms: list[Term], values: Mapping[str, float]) -> dict[str, float]:
    """Mean square residual of every target over all its terms; terms without value add nothing.

    Parameters
    ----------
    values : value of each measured term, by term name.
    """
    found = residuals(all_terms, values)
    by_target: dict[str, list[float]] = {}
    for term in all_terms:
        by_target.setdefault(term.target, []).append(found.get(term.name, 0.0) ** 2)
    return {name: float(np.mean(squares)) for name, squares in by_target.items()}


def objective(all_terms: list[Term], values: Mapping[str, float]) -> float:
    """Weighted sum of the misfits; a lower bound of it while terms have no value."""
    weights = {term.target: term.rule.weight for term in all_terms}
    return sum(weights[name] * part for name, part in misfits(all_terms, values).items())


def terms_of(search: CalibrationStage, matrix: MatrixConfig) -> list[Term]:
    """All terms of a search's targets on the campaign's electrodes."""
    return terms(search.targets, matrix.powders, matrix.solid_content_percent)


def terms_in_trials(search: CalibrationStage, matrix: MatrixConfig) -> list[Term]:
    """The terms that a search's trials measure: all, or those on its `electrodes`."""
    all_terms = terms_of(search, matrix)
    if not search.electrodes:
        return all_terms
    among = set(search.electrodes)
    return [term for term in all_terms if {key.electrode for key in term.keys} <= among]
