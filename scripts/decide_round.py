"""One round: the tests on the replicates there are, and the replicates of the next round."""

from castline.base.files import write_json
from castline.campaign.config import Campaign
from castline.campaign.decide import judge_round
from castline.campaign.described import TABLES
from castline.campaign.script import run_script
from castline.results.tables import cost_table, gathered, stacked_table, transport_table


def main(report):
    given = snakemake.input
    found = judge_round(
        Campaign(**snakemake.params.campaign),
        gathered(given.viscosity, given.viscosity_sidecars, TABLES["viscosity"]),
        stacked_table(given.structure, TABLES["structure"]),
        transport_table(given.transport),
        cost_table(given.costed),
    )
    facts = {"round": int(snakemake.wildcards.round), **found.facts()}
    write_json(snakemake.output[0], facts)
    for line in facts["summary"]:
        report(line)
    report(found.line(), show=True)


run_script(snakemake, main)
