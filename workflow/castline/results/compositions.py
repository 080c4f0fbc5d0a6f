"""How results follow the composition: slopes against the active material's part of the dry mass.

Only campaigns with `matrix.compositions` have this. A slope is a contrast of the means of the
compositions (`castline.results.trends`), one for each distribution and solid content.
"""

from collections.abc import Mapping

import pandas as pd

from castline.recipe.electrode import axis_of, split_powder
from castline.results.intervals import contrast, slope_weights
from castline.results.schema import COMPOSITION, ELECTRODE, KEYS, TABLES, on_axis
from castline.results.stated import STUDY_COMPOSITION
from castline.results.statistics import over_replicates
from castline.results.trends import NOT_TESTED

SHARE = "am_wt_percent"
NEEDS = {
    "structure": [*KEYS, "state", SHARE, "density_g_per_cm3", "porosity"],
    "transport": [*KEYS, "state", SHARE, "sigma_e_s_per_m", "sigma_ion_s_per_m"],
}
OBSERVABLES = {
    "structure": {"density_g_per_cm3": "g/cm3", "porosity": "1"},
    "transport": {"sigma_e_s_per_m": "S/m", "sigma_ion_s_per_m": "S/m"},
}
RISES, FALLS, NOT_RESOLVED = "rises", "falls", "not resolved"


def with_compositions(
    rows: pd.DataFrame, compositions: Mapping[str, Mapping[str, float]] | None
) -> pd.DataFrame:
    """The rows of a table with the composition of their powder behind their keys.

    Parameters
    ----------
    compositions : mass fractions am, se, cbd of the dry electrode, by name; None leaves the rows.
    """
    if not compositions:
        return rows
    names = [split_powder(powder)[1] for powder in rows["psd"]]
    shares = {
        f"{phase}_wt_percent": [100 * compositions[name][phase] for name in names]
        for phase in ("am", "se", "cbd")
    }
    added = pd.DataFrame({"composition": names, **shares}, index=rows.index)[list(COMPOSITION)]
    at = len(on_axis(KEYS, axis_of(rows.columns)))
    return pd.concat([rows.iloc[:, :at], added, rows.iloc[:, at:]], axis=1)


def of_the_study(table: pd.DataFrame, compositions: Mapping[str, Mapping[str, float]] | None):
    """The rows that the study's statements are about: those of its composition, named without it.

    Parameters
    ----------
    compositions : as of `with_compositions`; without any, the whole table.
    """
    if not compositions:
        return table
    psd, composition = zip(*map(split_powder, table["psd"]), strict=True)
    like_study = [dict(compositions[name]) == STUDY_COMPOSITION for name in composition]
    return table.assign(psd=psd)[like_study]


def composition_rows(
    structure: pd.DataFrame, transport: pd.DataFrame
) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """The means of the calendered films of every electrode, for the summary: names, and rows.

    Parameters
    ----------
    structure, transport : tables with the columns of castline.results.summary.NEEDS.
    """
    names, found = ["electrode"], {}
    for table, column, name, factor in (
        (structure, "density_g_per_cm3", "density / g/cm3", 1.0),
        (structure, "porosity", "porosity / %", 100.0),
        (transport, "sigma_e_s_per_m", "sigma_e / S/m", 1.0),
        (transport, "sigma_ion_s_per_m", "sigma_ion / mS/cm", 10.0),
    ):
        names.append(name)
        films = table[table["state"] == "calendered"]
        for point in over_replicates(films, column, list(ELECTRODE)).to_dict("records"):
            psd, content = (point[key] for key in ELECTRODE)
            mean = f"{factor * point['mean']:.3g}" if point["count"] else "none"
            found.setdefault(f"{psd} {content:g} %", []).append(mean)
    return tuple(names), [(electrode, *means) for electrode, means in found.items()]


def composition_trends(structure: pd.DataFrame, transport: pd.DataFrame) -> pd.DataFrame:
    """Slope of each observable against the active material's part, with its 95 % interval.

    Parameters
    ----------
    structure, transport : tables with the columns `NEEDS`.

    Returns
    -------
    One row for each distribution, solid content (or press pressure), state and observable that two
    compositions of different AM have; empty where a campaign has none.
    """
    table = TABLES["composition_trends"]
    rows = []
    for name, found in (("structure", structure), ("transport", transport)):
        axis = axis_of(found.columns)
        by = [found["psd"].map(lambda powder: split_powder(powder)[0]), axis.column, "state"]
        for observable, unit in OBSERVABLES[name].items():
            there = found[found[observable].notna()]
            for (psd, level, state), part in there.groupby(by, sort=True):
                groups = {share: g[observable].to_numpy() for share, g in part.groupby(SHARE)}
                if len(groups) > 1:
                    effect = contrast(list(groups.values()), slope_weights(groups))
                    rows.append(
                        {
                            "psd": psd,
                            axis.column: level,
                            "state": state,
                            "observable": observable,
                            "am_wt_percents": " ".join(f"{share:g}" for share in groups),
                            "n_replicates": effect.replicates,
                            "slope": effect.value,
                            "slope_low_95": effect.interval()[0],
                            "slope_high_95": effect.interval()[1],
                            "unit": f"{unit}/wt.%",
                            "verdict": _verdict(effect),
                        }
                    )
    columns = on_axis(table.columns, axis_of(structure.columns))
    return pd.DataFrame(rows, columns=columns)


def _verdict(effect) -> str:
    if effect.problem:
        return NOT_TESTED + effect.problem
    low, high = effect.interval()
    if low > 0:
        return RISES
    return FALLS if high < 0 else NOT_RESOLVED
