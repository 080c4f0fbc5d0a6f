"""Flow curves: Herschel-Bulkley and power-law fits with confidence intervals, coating viscosity.

Herschel-Bulkley: stress = yield_stress + K rate^n; power law: the same without a yield stress; the
viscosity is stress / rate. Fitted is ln(viscosity), each point weighted by its relative standard
error, so a point that did not converge counts for as little as its error says.
"""

import warnings
from collections.abc import Iterable

import lmfit
import numpy as np
import pandas as pd
from scipy import stats

from castline.results.coating import CoatingConfig
from castline.results.flow_model import PARAMETERS, POOLED, log_viscosity
from castline.results.schema import KEYS

CONFIDENCE = 0.95
ONE_SIGMA = stats.norm.cdf(1) - stats.norm.cdf(-1)
# No simulated viscosity is better known than this: particle number, mass scale and time step.
SMALLEST_RELATIVE_ERROR = 0.02
# Fitted parameters of each model.
MODELS = {"herschel_bulkley": 3, "power_law": 2}
NEEDS = [
    *KEYS,
    "shear_rate_per_s",
    "viscosity_pa_s",
    "viscosity_stderr_pa_s",
    "converged",
    "first_normal_stress_difference_pa",
]
HISTORY = ["shear_rate_per_s", "from_shear_rate_per_s", "strain", "viscosity_pa_s"]


def _model(name: str, points: pd.DataFrame) -> tuple[lmfit.Model, lmfit.Parameters]:
    """Model with start values from the straight line through the points in logarithms."""
    rate, viscosity = points["shear_rate_per_s"], points["viscosity_pa_s"]
    slope, intercept = np.polyfit(np.log(rate), np.log(viscosity), 1)
    model = lmfit.Model(log_viscosity, independent_vars=["rate"])
    yields = name == "herschel_bulkley"
    lowest = float((rate * viscosity).min())
    start = model.make_params(
        yield_stress={"value": lowest / 2 if yields else 0.0, "min": 0.0, "vary": yields},
        consistency={"value": float(np.exp(intercept)), "min": 1e-9},
        index={"value": float(np.clip(slope + 1, 0.1, 1.5)), "min": 0.01, "max": 3.0},
    )
    return model, start


def fit(name: str, points: pd.DataFrame) -> lmfit.model.ModelResult | None:
    """Fit one model; None with fewer shear rates than parameters.

    The standard errors are taken as they are, and enlarged where the points scatter more than that.
    """
    if points["shear_rate_per_s"].nunique() < MODELS[name]:
        return None
    model, start = _model(name, points)
    error = points["viscosity_stderr_pa_s"] / points["viscosity_pa_s"]
    weights = 1 / np.maximum(error.to_numpy(float), SMALLEST_RELATIVE_ERROR)
    data = np.log(points["viscosity_pa_s"].to_numpy(float))
    rate = points["shear_rate_per_s"].to_numpy(float)
    result = model.fit(data, start, rate=rate, weights=weights, scale_covar=False)
    if result.nfree > 0 and result.redchi > 1:
        result = model.fit(data, result.params, rate=rate, weights=weights, scale_covar=True)
    return result


def quantile(result: lmfit.model.ModelResult) -> float:
    """Standard errors in half a confidence interval: Student's t where the scatter gave them."""
    probability = (1 + CONFIDENCE) / 2
    of = stats.t(result.nfree) if result.scale_covar else stats.norm()
    return float(of.ppf(probability))


def _probability(best: lmfit.model.ModelResult, other: lmfit.model.ModelResult) -> float:
    """Confidence at which one parameter's profile excludes a value, by the rise of chi-squared."""
    rise = max(other.chisqr - best.chisqr, 0.0)
    if best.scale_covar:
        return float(stats.f(1, best.nfree).cdf(rise / best.redchi))
    return float(stats.chi2(1).cdf(rise))


def intervals(result: lmfit.model.ModelResult) -> dict[str, tuple[float, float]]:
    """Confidence interval of every fitted parameter.

    By the profile of chi-squared where the points exceed the parameters and both ends are found
    (lmfit.conf_interval); else value plus and minus its standard error times the quantile.
    """
    found = {}
    for name in result.var_names:
        parameter = result.params[name]
        half = quantile(result) * (parameter.stderr if parameter.stderr is not None else np.inf)
        low, high = parameter.value - half, parameter.value + half
        found[name] = (max(low, parameter.min), min(high, parameter.max))
    if result.nfree > 0 and result.errorbars:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # an end beyond a bound comes back as infinite
                profile = result.conf_interval(
                    sigmas=[CONFIDENCE], maxiter=100, prob_func=_probability
                )
        except (lmfit.MinimizerException, ValueError):
            return found
        for name, ((_, low), _, (_, high)) in profile.items():
            if np.isfinite(low) and np.isfinite(high):
                found[name] = (low, high)
    return found


def coating_row(
    result: lmfit.model.ModelResult | None, points: pd.DataFrame, shear_rate_per_s: float
) -> dict[str, object]:
    """Viscosity of a fit at the shear rate of coating; said to be extrapolated where it is."""
    rates = points["shear_rate_per_s"]
    row = {
        "coating_shear_rate_per_s": shear_rate_per_s,
        "coating_viscosity_pa_s": np.nan,
        "coating_viscosity_ci95_low_pa_s": np.nan,
        "coating_viscosity_ci95_high_pa_s": np.nan,
        "coating_extrapolated": not rates.min() <= shear_rate_per_s <= rates.max(),
    }
    if result is None:
        return row
    rate = np.array([shear_rate_per_s])
    mean = float(result.eval(rate=rate)[0])
    row["coating_viscosity_pa_s"] = np.exp(mean)
    if result.covar is not None:
        # eval_uncertainty(sigma=1) is the standard error of ln(viscosity) times Student's factor
        spread = float(result.eval_uncertainty(rate=rate, sigma=1)[0])
        factor = stats.t.ppf((1 + ONE_SIGMA) / 2, result.nfree) if result.nfree > 0 else 1.0
        half = quantile(result) * spread / factor
        row["coating_viscosity_ci95_low_pa_s"] = np.exp(mean - half)
        row["coating_viscosity_ci95_high_pa_s"] = np.exp(mean + half)
    return row


def fit_row(name: str, points: pd.DataFrame) -> tuple[dict[str, object], object]:
    """Row of one fit without its keys, and the fit."""
    result = fit(name, points)
    row = {
        "model": name,
        "points": len(points),
        "points_not_converged": int((~points["converged"].astype(bool)).sum()),
        "reduced_chi_square": np.nan,
    }
    ends = intervals(result) if result is not None else {}
    for parameter, column in PARAMETERS.items():
        stem, _, unit = column.partition("_pa")
        unit = f"_pa{unit}" if "_pa" in column else ""
        low, high = ends.get(parameter, (np.nan, np.nan))
        varied = result is not None and result.params[parameter].vary
        row[column] = result.params[parameter].value if varied else np.nan
        row[f"{stem}_ci95_low{unit}"], row[f"{stem}_ci95_high{unit}"] = low, high
    if result is not None and result.nfree > 0:
        row["reduced_chi_square"] = result.redchi
    return row, result


def normal_stress_row(points: pd.DataFrame) -> dict[str, float]:
    """First normal stress difference over shear stress, mean over the points with its interval."""
    stress = points["viscosity_pa_s"] * points["shear_rate_per_s"]
    ratio = points["first_normal_stress_difference_pa"] / stress
    half = np.nan
    if len(ratio) > 1:
        half = float(ratio.sem() * stats.t.ppf((1 + CONFIDENCE) / 2, len(ratio) - 1))
    return {"normal_over_shear_stress": ratio.mean(), "normal_over_shear_stress_ci95": half}


def flow_curves(table: pd.DataFrame, coating: CoatingConfig | None) -> pd.DataFrame:
    """Both fits of every slurry: each replicate, and all replicates pooled.

    Parameters
    ----------
    table : the campaign's viscosity table, with the columns `NEEDS`.
    coating : blade speed and gaps, or None for no coating viscosity.
    """
    rows = []
    for (psd, content), slurry in table.groupby(["psd", "solid_content_percent"], sort=True):
        groups = [(str(rep), part) for rep, part in slurry.groupby("replicate", sort=True)]
        for replicate, points in [*groups, (POOLED, slurry)]:
            for model in MODELS:
                row, result = fit_row(model, points)
                keys = dict(zip(KEYS, (psd, content, replicate), strict=True))
                extra = normal_stress_row(points)
                if coating is not None:
                    extra |= coating_row(result, points, coating.shear_rate_per_s(psd))
                rows.append({**keys, **row, **extra})
    return pd.DataFrame(rows)


def start_up_table(histories: Iterable[tuple[dict, pd.DataFrame]]) -> pd.DataFrame:
    """Start-up from rest: stress and viscosity against strain at the highest rate of each cell.

    Parameters
    ----------
    histories : keys of each cell, and its history with `from_shear_rate_per_s` 0 for rest.
    """
    columns = ["shear_rate_per_s", "strain", "viscosity_pa_s"]
    parts = []
    for keys, history in histories:
        part = history.loc[history["from_shear_rate_per_s"] == 0, columns]
        stress = part["viscosity_pa_s"] * part["shear_rate_per_s"]
        part = part.assign(**keys, shear_stress_pa=stress)
        parts.append(part[[*KEYS, *columns, "shear_stress_pa"]])
    return pd.concat(parts, ignore_index=True).sort_values([*KEYS, "strain"], ignore_index=True)
