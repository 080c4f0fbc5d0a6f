"""The calibrated sets at full size, with seeds that no trial used."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
from scipy.special import stdtrit

from castline.base.errors import InputError
from castline.calibration.candidate import Candidate
from castline.calibration.report import wanted_text
from castline.calibration.searches import STEPS
from castline.calibration.settings import CalibrationConfig
from castline.calibration.targets import Key, Term, is_met, residual, terms_of
from castline.lammps.forcefield import ForceField
from castline.line.settings import LineSettings
from castline.recipe.electrode import Electrode

COLUMNS = [*Key._fields, "replicate", "value"]


def all_terms(line: LineSettings, settings: CalibrationConfig) -> dict[str, list[Term]]:
    """Terms of each search."""
    return {name: terms_of(settings.stage(name), line.matrix) for name in settings.stages}


def confirm(
    line: LineSettings,
    settings: CalibrationConfig,
    slurry_set: ForceField,
    dry_set: ForceField,
    electrode: Electrode,
    work: Path,
    report: Callable[[str], None],
) -> pd.DataFrame:
    """Everything the targets ask of one electrode: columns of `Key`, replicate, value."""
    candidate = Candidate(
        line=line.at_size(settings.confirmation.dry_mass_g),
        slurry_set=slurry_set,
        dry_set=dry_set,
        slurry_work=work,
        work=work,
        report=report,
        purpose="confirmation",
    )
    rows = [
        {**key._asdict(), "replicate": electrode.replicate, "value": value}
        for search, wanted in all_terms(line, settings).items()
        for _, numbers in STEPS[search](candidate, [electrode], wanted)
        for key, value in numbers.items()
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def read_observations(paths: list[str]) -> dict[Key, list[float]]:
    """Replicates of every number in tables written from `confirm`."""
    found: dict[Key, list[float]] = {}
    for path in paths:
        table = pd.read_csv(path, dtype={"psd": str, "solid_content_percent": str})
        for row in table.to_dict("records"):
            rate = row["shear_rate_per_s"]
            electrode = (row["psd"], row["solid_content_percent"])
            key = Key(row["observable"], row["state"], *electrode, None if rate != rate else rate)
            found.setdefault(key, []).append(row["value"])
    return found


def confirmation_table(
    line: LineSettings, settings: CalibrationConfig, observations: dict[Key, list[float]]
) -> pd.DataFrame:
    """One row per term: mean over replicates, half width of its 95 % interval, met or not.

    The interval is Student's t over replicates; of a ratio of means, to first order.

    Raises
    ------
    InputError
        A replicate of a number is missing.
    """
    n = settings.confirmation.replicates
    rows = []
    for search, wanted in all_terms(line, settings).items():
        for term in wanted:
            if not term.known(observations, n):
                raise InputError(f"confirmation: {term.name} lacks replicates; needs {n}")
            value, stderr = term.value(observations), term.stderr(observations)
            rows.append(
                {
                    "search": search,
                    "target": term.target,
                    "observable": term.rule.observable,
                    "state": term.rule.state,
                    "where": term.label,
                    "wanted": wanted_text(term),
                    "value": value,
                    "half_width_95": None if stderr is None else stdtrit(n - 1, 0.975) * stderr,
                    "n_replicates": n,
                    "residual": residual(term.rule, value),
                    "met": is_met(term.rule, value),
                }
            )
    return pd.DataFrame(rows)
