"""Figure 2: the scheme of the workflow from its rule graph."""

from castline.campaign.script import run_script
from castline.figures.rule_graph import rule_graph
from castline.figures.style import save
from castline.figures.workflow import workflow_figure


def main(report):
    rules, edges = rule_graph(snakemake.input.snakefile, snakemake.params.settings)
    save(workflow_figure(rules, edges), snakemake.output)
    report("drawn")


run_script(snakemake, main)
