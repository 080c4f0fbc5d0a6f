"""The set that a search found, with its tables."""

from pathlib import Path

import yaml

from castline.base.files import read_json, write_atomically, write_table
from castline.calibration import report as found
from castline.calibration.finalists import Finalist, choose, objectives
from castline.calibration.settings import CalibrationConfig
from castline.calibration.study import load_study
from castline.calibration.targets import terms_in_trials
from castline.campaign.script import run_script
from castline.lammps.forcefield import load_force_field
from castline.line.settings import LineSettings


def main(report):
    line = LineSettings(**snakemake.params.line)
    settings, out = CalibrationConfig(**snakemake.params.settings), snakemake.output
    search = settings.stage(snakemake.wildcards.search)
    start = load_force_field(snakemake.input.start)
    study = load_study(Path(snakemake.input.workers[0]).parent)
    wanted = terms_in_trials(search, line.matrix)
    finalists = [Finalist.from_dict(read_json(path)) for path in snakemake.input.finalists]
    at_full_size = objectives(finalists)
    choice = choose(study, search, finalists)
    trials = found.trials_table(study, wanted, choice.trial.number, at_full_size)
    parameters = found.parameters_table(study, search, start, settings.margin, choice.trial)
    first = found.starting_values(study)
    residuals = found.residuals_table(wanted, choice.values, choice.stderrs, first)
    facts = {
        "campaign": line.campaign,
        "search": snakemake.wildcards.search,
        "seed": line.seed,
        "replicates": settings.replicates,
        "dry_mass_g": search.sized(line).recipe.dry_mass_g,
        "electrodes": search.electrodes or None,
        "slurries": search.slurries,
        "margin": settings.margin,
        "trials": trials["state"].value_counts().to_dict(),
        "racing": found.race(search, trials),
        "finalists": (
            {**search.finalists.model_dump(), "objectives": at_full_size} if finalists else None
        ),
        "physics": study.user_attrs["space"]["physics"],
    }
    force_field = found.calibrated_set(start, search, choice.trial, parameters, residuals, facts)
    data = {k: v for k, v in force_field.model_dump(mode="json").items() if v is not None}
    write_table(out.trials, trials)
    write_table(out.parameters, parameters)
    write_table(out.residuals, residuals)
    write_table(out.trade_offs, found.trade_offs_table(study, wanted))
    write_atomically(out.force_field, yaml.safe_dump(data, sort_keys=False, width=100).encode())
    met = int(residuals["met"].sum())
    report(
        f"{'trial' if search.racing is None else 'candidate'} {choice.trial.number}, objective "
        f"{choice.trial.value:.4g}, {met} of {len(residuals)} terms met",
        show=True,
    )


run_script(snakemake, main)
