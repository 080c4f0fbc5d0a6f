"""Published composites, predicted and measured.

Every number is a conductivity over that of the pure powder pressed alike: the pure electrolyte for
ions, the pure active material for electrons. So no conductivity of a material enters a prediction,
and none is fitted. Published values are read (castline.results.published) and never changed.
"""

from collections.abc import Mapping
from itertools import combinations
from typing import NamedTuple

import numpy as np
import pandas as pd

from castline.base.errors import InputError
from castline.results.schema import TABLES
from castline.results.statistics import over_replicates

# What a conductivity over the pure powder is called, by carrier: film column, quantity as
# published, pure sample.
PURE = {"ionic": "pure_se", "electronic": "pure_am"}
FILM_COLUMN = {"ionic": "diffusivity_ratio_core", "electronic": "sigma_e_core_s_per_m"}
PUBLISHED = {"ionic": "sigma_ion_ms_per_cm", "electronic": "sigma_e_ms_per_cm"}
OVER_PURE, TORTUOSITY, POROSITY = "sigma_ion_over_pure", "tortuosity_ion", "porosity"
# The goals: factors between prediction and measurement.
GOAL_IONIC, GOAL_IONIC_LITTLE_SE, GOAL_ELECTRONIC = 1.5, 3.0, 2.5
SE_FRACTION = 0.35  # of the film, pores included, that tells the two ionic goals apart
WITHIN, OUTSIDE, NO_PATH, NO_GOAL = "within", "outside", "no path", "no goal"
SPREAD_SET = "ohno_2020"


class Measured(NamedTuple):
    """A measured conductivity over that of the pure powder, low and high equal for one value."""

    low: float
    high: float
    source: str
    doi: str
    quoted_by: str

    @property
    def middle(self) -> float:
        """Geometric mean."""
        return float(np.sqrt(self.low * self.high))


def measured_ratio(
    published: pd.DataFrame, name: str, sample: str, carrier: str
) -> Measured | None:
    """A published conductivity over that of the pure powder; None where there is none.

    From both conductivities, from their ratio, or from tau = phi sigma_0 / sigma.

    Raises
    ------
    InputError
        There is a conductivity and none of the pure powder, or a tortuosity and no fraction.
    """
    rows = published[published["set"] == name]

    def row(of: str, quantity: str):
        found = rows[(rows["sample"] == of) & (rows["quantity"] == quantity)]
        return None if found.empty else found.iloc[0]

    value = row(sample, PUBLISHED[carrier])
    if value is not None:
        pure = row(PURE[carrier], PUBLISHED[carrier])
        if pure is None:
            raise InputError(
                f"published composites: set {name} has {PUBLISHED[carrier]} of {sample} and none "
                f"of {PURE[carrier]}"
            )
        low, high = value["low"] / pure["high"], value["high"] / pure["low"]
    elif carrier != "ionic":
        return None
    elif (value := row(sample, OVER_PURE)) is not None:
        low, high = value["low"], value["high"]
    elif (value := row(sample, TORTUOSITY)) is not None:
        fraction = value["se_volume_fraction"]
        if not fraction > 0:
            raise InputError(
                f"published composites: set {name}, sample {sample}: {TORTUOSITY} needs "
                "se_volume_fraction"
            )
        low, high = fraction / value["high"], fraction / value["low"]
    else:
        return None
    source = (
        value[key] if isinstance(value[key], str) else "" for key in ("source", "doi", "quoted_by")
    )
    return Measured(float(low), float(high), *source)


def measured_porosity(published: pd.DataFrame, name: str, sample: str) -> float | None:
    """Published porosity of a pellet."""
    rows = published[
        (published["set"] == name)
        & (published["sample"] == sample)
        & (published["quantity"] == POROSITY)
    ]
    return None if rows.empty else float(rows.iloc[0]["low"])


def laboratory_spread(published: pd.DataFrame) -> tuple[float, float]:
    """Lowest and highest conductivity of one powder in several laboratories, over their mean."""
    [row] = published[published["set"] == SPREAD_SET].to_dict("records")
    return row["low"] / row["mean"], row["high"] / row["mean"]


def comparison(
    films: pd.DataFrame,
    published: pd.DataFrame,
    published_as: Mapping[tuple[str, str], tuple[str, str]],
    pure_sets: Mapping[str, str],
) -> pd.DataFrame:
    """Predicted beside measured, one row per composite and carrier that was measured.

    Parameters
    ----------
    films : the table `composite_films`.
    published : the published values.
    published_as : set and sample in the published values, by set and sample of the films.
    pure_sets : the set that has the pure powders, by set.

    Raises
    ------
    InputError
        The films hold no conducting pure powder to compare with, or see `measured_ratio`.
    """
    found = []
    for (name, sample), part in films.groupby(["set", "sample"], sort=False):
        their_set, their_sample = published_as[name, sample]
        for carrier, column in FILM_COLUMN.items():
            if sample == PURE[carrier]:
                continue
            measured = measured_ratio(published, their_set, their_sample, carrier)
            if measured is None:
                continue
            pure = films[(films["set"] == pure_sets[name]) & (films["sample"] == PURE[carrier])]
            predicted = _over_pure(part, pure, column, name, sample)
            ratio = predicted["predicted_over_pure"] / measured.middle
            goal = _goal(carrier, part, column)
            found.append(
                {
                    "set": name,
                    "sample": sample,
                    "carrier": carrier,
                    **{
                        f"{p}_volume_fraction": part[f"voxel_fraction_{p}"].mean()
                        for p in ("am", "se")
                    },
                    "porosity": part["porosity"].mean(),
                    "porosity_measured": measured_porosity(published, their_set, their_sample),
                    "films": len(part),
                    "films_conducting": int((part[column] > 0).sum()),
                    **predicted,
                    "measured_low": measured.low,
                    "measured_high": measured.high,
                    "predicted_over_measured": ratio,
                    "goal_factor": goal,
                    "verdict": _verdict(ratio, goal),
                    "source": measured.source,
                    "doi": measured.doi,
                    "quoted_by": measured.quoted_by,
                }
            )
    return pd.DataFrame(found, columns=list(TABLES["composites"].columns))


def _over_pure(part, pure, column, name, sample) -> dict[str, float]:
    """Mean over films of a composite over that of the pure powder; half width to first order."""
    if pure.empty or not pure[column].mean() > 0:
        raise InputError(
            f"composites: set {name} has no film of a pure powder that conducts, to compare "
            f"{sample} with"
        )
    parts = [over_replicates(rows.assign(all=0), column, ["all"]).iloc[0] for rows in (part, pure)]
    (mean, half), (of_pure, half_pure) = [(p["mean"], p["half_width"]) for p in parts]
    ratio = mean / of_pure
    return {
        "predicted_over_pure": ratio,
        "predicted_half_width": float(np.hypot(half / of_pure, ratio * half_pure / of_pure)),
    }


def _goal(carrier: str, part: pd.DataFrame, column: str) -> float:
    """Factor that a prediction should stay within; NaN where none is set."""
    if carrier == "ionic":
        enough = part["voxel_fraction_se"].mean() >= SE_FRACTION
        return GOAL_IONIC if enough else GOAL_IONIC_LITTLE_SE
    return GOAL_ELECTRONIC if (part[column] > 0).all() else np.nan


def _verdict(ratio: float, goal: float) -> str:
    if ratio == 0:
        return NO_PATH
    if np.isnan(goal):
        return NO_GOAL
    return WITHIN if 1 / goal <= ratio <= goal else OUTSIDE


def summary_text(table: pd.DataFrame) -> str:
    """What the comparison says, in lines."""
    lines = ["predicted over measured, each over the pure powder pressed alike", ""]
    for (name, carrier), rows in table.groupby(["set", "carrier"], sort=False):
        for row in rows.itertuples():
            goal = "" if np.isnan(row.goal_factor) else f" (goal: within {row.goal_factor:g})"
            lines.append(
                f"{name:<24} {row.sample:<18} {carrier:<10} {row.predicted_over_measured:8.3g}  "
                f"{row.verdict}{goal}"
            )
    judged = table[table["verdict"].isin([WITHIN, OUTSIDE, NO_PATH]) & table["goal_factor"].notna()]
    lines += ["", *_orders(table)]
    for carrier, rows in judged.groupby("carrier", sort=False):
        within = int((rows["verdict"] == WITHIN).sum())
        conducting = rows[rows["verdict"] != NO_PATH]
        factors = np.exp(np.abs(np.log(conducting["predicted_over_measured"])))
        middle = f"; median factor {factors.median():.2g}" if len(factors) else ""
        lines.append(f"{carrier}: {within} of {len(rows)} within their goal{middle}")
    return "\n".join(lines) + "\n"


def _orders(table: pd.DataFrame) -> list[str]:
    """Whether sets of one publication order samples of one name as measured, where that differs."""
    lines = []
    for (_, carrier, sample), rows in table.groupby(["source", "carrier", "sample"], sort=False):
        for one, other in combinations(rows.to_dict("records"), 2):
            if one["measured_low"] > other["measured_high"]:
                one, other = other, one
            if one["measured_high"] < other["measured_low"]:
                right = one["predicted_over_pure"] < other["predicted_over_pure"]
                lines.append(
                    f"{sample}, {carrier}: {one['set']} below {other['set']} as measured: "
                    f"{'yes' if right else 'no'}"
                )
    return lines
