"""What a search found: the set with its provenance, and tables of how good it is and why."""

import math

import numpy as np
import optuna
import pandas as pd
from optuna.trial import FrozenTrial, TrialState
from scipy.stats import rankdata

from castline import __version__
from castline.base.errors import SimulationError
from castline.calibration.candidates import (
    REPLICATE,
    as_study,
    by_candidate,
    candidate_of,
    candidates,
    is_race,
    losses_of,
    own_trials,
)
from castline.calibration.parameters import candidate_set, start_values
from castline.calibration.racing import pooled_noise
from castline.calibration.settings import CalibrationStage
from castline.calibration.study import TRIAL_STATES
from castline.calibration.targets import Term, is_met, misfits, residual
from castline.lammps.forcefield import ForceField

# Below this many complete trials the ranks behind importances and correlations mean little.
FEWEST_TRIALS = 10
STATE_NAMES = {state: name for name, state in TRIAL_STATES.items()} | {
    TrialState.RUNNING: "running"
}


def complete_trials(study: optuna.Study) -> list[FrozenTrial]:
    """Candidates with an objective, means over replicates in a race, the best first.

    Raises
    ------
    SimulationError
        There is none; the message holds the reason of the last failure.
    """
    done = [trial for trial in candidates(study) if trial.state == TrialState.COMPLETE]
    if not done:
        reasons = [t.user_attrs.get("reason") for t in own_trials(study)]
        last = next((reason for reason in reversed(reasons) if reason), "none was run")
        raise SimulationError(f"calibration: no trial was completed; the last one: {last}")
    return sorted(done, key=lambda trial: (trial.value, trial.number))


def acceptable_trials(study: optuna.Study, margin: float, chosen: FrozenTrial) -> list[FrozenTrial]:
    """Complete candidates within `margin` of the best, or not worse than the chosen one."""
    done = complete_trials(study)
    limit = max(done[0].value + margin, chosen.value)
    return [trial for trial in done if trial.value <= limit]


def starting_trial(study: optuna.Study) -> FrozenTrial | None:
    """The candidate of the starting set; None if it was not completed."""
    start = study.get_trials(deepcopy=False)[0].system_attrs["fixed_params"]
    complete = (
        t for t in candidates(study) if t.state == TrialState.COMPLETE and t.params == start
    )
    return next(complete, None)


def starting_values(study: optuna.Study) -> dict[str, float]:
    """Values of the starting set by term name; empty if its trial was not completed."""
    trial = starting_trial(study)
    return {} if trial is None else trial.user_attrs["values"]


def trials_table(
    study: optuna.Study, terms: list[Term], chosen: int, at_full_size: dict[int, float]
) -> pd.DataFrame:
    """One row per trial: state, objective (a lower bound unless complete), values, misfits.

    In a race with candidate, replicate, and, over the completed replicates of that candidate, their
    number, the mean objective and its standard error from the noise pooled over all candidates; 0
    and empty for a candidate of which one failed or was stopped early.

    Parameters
    ----------
    chosen : number of the candidate whose set is the result.
    at_full_size : objective of the finalists by number of their candidate.
    """
    rows = []
    means = _means(study) if is_race(study) else {}
    for trial in own_trials(study):
        values = trial.user_attrs.get("values", {})
        steps = trial.intermediate_values
        partial = steps[max(steps)] if steps else math.nan
        candidate, place = candidate_of(trial), {}
        if means:
            place = {"candidate": candidate, "replicate": trial.user_attrs[REPLICATE]}
        rows.append(
            {
                "trial": trial.number,
                **place,
                "state": STATE_NAMES[trial.state],
                "objective": trial.value if trial.value is not None else partial,
                **means.get(candidate, {}),
                "objective_at_full_size": at_full_size.get(candidate, math.nan),
                "chosen": candidate == chosen,
                **trial.params,
                **{f"misfit_{k}": v for k, v in misfits(terms, values).items()},
                "core_seconds": trial.user_attrs.get("core_seconds"),
                "resumes_trial": trial.user_attrs.get("resumes"),
                "reason": trial.user_attrs.get("reason", ""),
            }
        )
    return pd.DataFrame(rows)


def _means(study: optuna.Study) -> dict[int, dict]:
    """Columns of `trials_table` on every candidate of a race, by its number."""
    losses = {
        number: losses_of(trials) if state == TrialState.COMPLETE else []
        for (number, trials), state in zip(
            by_candidate(study).items(), (c.state for c in candidates(study)), strict=True
        )
    }
    noise, _ = pooled_noise(list(losses.values()))
    return {
        number: {
            "n_replicates": len(own),
            "mean_objective": float(np.mean(own)) if own else math.nan,
            "mean_objective_stderr": noise / math.sqrt(len(own)) if own else math.nan,
        }
        for number, own in losses.items()
    }


def race(search: CalibrationStage, trials: pd.DataFrame) -> dict | None:
    """What the provenance tells of a race: its rule, how many candidates, and the chosen one's
    replicates, mean objective and standard error; None where there was none.

    Parameters
    ----------
    trials : as of `trials_table`.
    """
    if search.racing is None:
        return None
    chosen = trials[trials["chosen"]].iloc[0]
    return {
        **search.racing.model_dump(),
        "candidates": int(trials["candidate"].nunique()),
        "replicates_of_the_chosen": int(chosen["n_replicates"]),
        "mean_objective": float(chosen["mean_objective"]),
        "mean_objective_stderr": float(chosen["mean_objective_stderr"]),
    }


def importances(study: optuna.Study, names: list[str]) -> dict[str, float]:
    """Share of each parameter in what sets the best tenth of the complete trials apart.

    PED-ANOVA (Watanabe et al., IJCAI 2023, doi 10.24963/ijcai.2023/488) as in Optuna, against the
    whole space and not against the other trials, which the search has gathered near the best.
    Shares sum to 1; NaN where fewer than `FEWEST_TRIALS` trials are complete.
    """
    if len(complete_trials(study)) < FEWEST_TRIALS:
        return dict.fromkeys(names, math.nan)
    evaluator = optuna.importance.PedAnovaImportanceEvaluator(evaluate_on_local=False)
    merged = as_study(candidates(study))
    return optuna.importance.get_param_importances(merged, evaluator=evaluator)


def parameters_table(
    study: optuna.Study,
    search: CalibrationStage,
    start: ForceField,
    margin: float,
    chosen: FrozenTrial,
) -> pd.DataFrame:
    """One row per free parameter: chosen value, bounds, range of the acceptable trials, importance.

    The range is the smallest and largest value among the trials whose objective is within `margin`
    of the best, or not worse than the chosen one's: values shown to do nearly as well, other
    parameters adapting. It is not a probability, and with few acceptable trials too narrow.
    `range_meets_bound` says that it comes within 5 % of the bounds' distance of one of them, so
    that the bound may have cut it.
    """
    good = acceptable_trials(study, margin, chosen)
    share = importances(study, list(search.free))
    first = start_values(start, search)
    rows = []
    for key, parameter in search.free.items():
        values = [trial.params[key] for trial in good]
        low, high = min(values), max(values)
        scale = math.log if parameter.scale == "log" else float
        ends = [scale(x) for x in (parameter.low, low, high, parameter.high)]
        edge = 0.05 * (ends[3] - ends[0])
        several = len(good) > 2
        rows.append(
            {
                "parameter": key,
                "tied": " ".join(parameter.tied),
                "start": first[key],
                "value": chosen.params[key],
                "acceptable_low": low if several else math.nan,
                "acceptable_high": high if several else math.nan,
                "n_acceptable": len(good),
                "bound_low": parameter.low,
                "bound_high": parameter.high,
                "scale": parameter.scale,
                "range_meets_bound": ends[1] - ends[0] < edge or ends[3] - ends[2] < edge,
                "importance": share[key],
            }
        )
    return pd.DataFrame(rows)


def wanted_text(term: Term) -> str:
    low, high = term.rule.ends
    if low == high:
        return f"{low:g}"
    if math.isinf(low):
        return f"<= {high:g}"
    return f">= {low:g}" if math.isinf(high) else f"{low:g} .. {high:g}"


def residuals_table(
    terms: list[Term], values: dict[str, float], stderrs: dict, start: dict[str, float]
) -> pd.DataFrame:
    """One row per term: value, standard error, what was wanted, residual in tolerances, met or not.

    Parameters
    ----------
    values, stderrs : of the set found, by term name.
    start : values of the starting set, empty if it was not completed.
    """
    return pd.DataFrame(
        [
            {
                "target": term.target,
                "observable": term.rule.observable,
                "state": term.rule.state,
                "where": term.label,
                "wanted": wanted_text(term),
                "value": values[term.name],
                "stderr": stderrs.get(term.name),
                "residual": residual(term.rule, values[term.name]),
                "met": is_met(term.rule, values[term.name]),
                "value_of_starting_set": start.get(term.name, math.nan),
                "weight": term.rule.weight,
            }
            for term in terms
        ]
    )


def rank_correlation(a: np.ndarray, b: np.ndarray) -> float:
    """Spearman's coefficient; NaN if one of them never changes."""
    ranks = rankdata(a), rankdata(b)
    if np.ptp(a) == 0 or np.ptp(b) == 0:
        return math.nan
    return float(np.corrcoef(*ranks)[0, 1])


def trade_offs_table(study: optuna.Study, terms: list[Term]) -> pd.DataFrame:
    """One row per pair of targets: do they pull against each other, over the complete trials?

    `misfit_rank_correlation` below zero: where one gets better, the other gets worse. Trials in
    which each is met (all its terms), and both; the root mean square residual that `a` could reach
    anywhere, and in trials that meet `b`. Trials stopped early are left out.
    """
    done = complete_trials(study)
    values = [trial.user_attrs["values"] for trial in done]
    misfit = pd.DataFrame([misfits(terms, v) for v in values])
    met = pd.DataFrame(
        [
            {
                name: all(is_met(t.rule, v[t.name]) for t in terms if t.target == name)
                for name in misfit
            }
            for v in values
        ]
    )
    rows = []
    for a in misfit:
        for b in misfit:
            if a == b:
                continue
            where_b = misfit[a][met[b]]
            rows.append(
                {
                    "target_a": a,
                    "target_b": b,
                    "n_trials": len(done),
                    "misfit_rank_correlation": (
                        rank_correlation(misfit[a].to_numpy(), misfit[b].to_numpy())
                        if len(done) >= FEWEST_TRIALS
                        else math.nan
                    ),
                    "n_a_met": int(met[a].sum()),
                    "n_b_met": int(met[b].sum()),
                    "n_both_met": int((met[a] & met[b]).sum()),
                    "best_rms_residual_a": math.sqrt(misfit[a].min()),
                    "best_rms_residual_a_where_b_met": (
                        math.sqrt(where_b.min()) if len(where_b) else math.nan
                    ),
                }
            )
    columns = ["target_a", "target_b", "n_trials", "misfit_rank_correlation"]
    return pd.DataFrame(rows, columns=list(rows[0]) if rows else columns)


def targets_reached(residuals: pd.DataFrame) -> dict[str, dict]:
    """Per target: what was wanted, the range of values, and how many terms meet it."""
    return {
        name: {
            "observable": part["observable"].iloc[0],
            "state": part["state"].iloc[0],
            "wanted": part["wanted"].iloc[0],
            "lowest": float(part["value"].min()),
            "highest": float(part["value"].max()),
            "met": f"{int(part['met'].sum())} of {len(part)}",
        }
        for name, part in residuals.groupby("target", sort=False)
    }


def calibrated_set(
    start: ForceField,
    search: CalibrationStage,
    chosen: FrozenTrial,
    parameters: pd.DataFrame,
    residuals: pd.DataFrame,
    facts: dict,
) -> ForceField:
    """The set found, with its provenance.

    Parameters
    ----------
    facts : campaign, search, seed, replicates, dry mass, numbers of trials, race and finalists
        (None without them), physics code.
    """
    bounds = {
        row["parameter"]: {
            "bounds": [row["bound_low"], row["bound_high"]],
            "scale": row["scale"],
            "acceptable": (
                None
                if math.isnan(row["acceptable_low"])
                else [row["acceptable_low"], row["acceptable_high"]]
            ),
            "range_meets_bound": bool(row["range_meets_bound"]),
        }
        for row in parameters.to_dict("records")
    }
    found = candidate_set(start, search, chosen.params)
    best_of = f"{sum(facts['trials'].values())} trials"
    if facts["racing"] is not None:
        best_of = f"{facts['racing']['candidates']} candidates in {best_of}"
    if facts["finalists"] is not None:
        best_of = f"{facts['finalists']['trials']} finalists of {best_of}"
    text = (
        f"Found by castline's calibration {facts['campaign']}, the best of {best_of}; see "
        f"provenance. Started from: {start.description}"
    )
    provenance = {
        **facts,
        "castline_version": __version__,
        "optuna_version": optuna.__version__,
        "trial" if facts["racing"] is None else "candidate": chosen.number,
        "objective": chosen.value,
        "free_parameters": bounds,
        "fixed": dict(search.fixed),
        "targets": targets_reached(residuals),
    }
    return found.model_copy(update={"description": text, "provenance": provenance})
