"""Convergence, importance, profiles and trade-offs of one search."""

from castline.campaign.described import TABLES
from castline.campaign.script import run_script
from castline.figures import calibration
from castline.figures.style import save
from castline.results.tables import read_table


def main(report):
    given, out, params = snakemake.input, snakemake.output, snakemake.params
    trials = read_table(given.trials, TABLES["calibration_trials"])
    parameters = read_table(given.parameters, TABLES["calibration_parameters"])
    trade_offs = read_table(
        given.trade_offs,
        TABLES["calibration_trade_offs"],
        calibration.TRADE_OFFS,
        may_be_empty=True,
    )
    save(calibration.convergence_figure(trials), out.convergence)
    save(calibration.importance_figure(parameters), out.importance)
    save(calibration.profiles_figure(trials, parameters, params.margin), out.profiles)
    save(calibration.trade_offs_figure(trade_offs), out.trade_offs)
    report("drawn")


run_script(snakemake, main)
