"""What Snakemake would run, from its own graph of jobs; the only module that imports Snakemake."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from logging import WARNING
from pathlib import Path

from snakemake.api import SnakemakeApi, resolve_snakefile
from snakemake.cli import parse_args
from snakemake.settings.types import (
    ConfigSettings,
    DAGSettings,
    ExecutionSettings,
    OutputSettings,
    ResourceSettings,
)

from castline.base.errors import InputError
from castline.base.paths import WORKFLOW


@dataclass(frozen=True)
class DryRun:
    """What a dry run found.

    Attributes
    ----------
    jobs : dict of str to int
        Jobs that would run, by rule.
    reasons : dict of str to list of str
        Rules by reason, both in alphabetical order.
    """

    jobs: dict[str, int]
    reasons: dict[str, list[str]]


def dry_run(config: Path) -> DryRun:
    """Plan as `snakemake --dry-run --configfile CONFIG` does in this folder, and run nothing.

    Where the folder has no Snakefile, castline's own is taken.

    Raises
    ------
    InputError
        Snakemake refuses to plan; its own message then stands on standard error.
    """
    # Only the command line reads profiles, so their say on what is out of date is asked for there.
    _, given = parse_args(["--dry-run", "--configfile", str(config)])
    output = OutputSettings(dryrun=True, log_level_override=WARNING, enable_file_logging=False)
    with SnakemakeApi(output) as api:
        try:
            workflow = api.workflow(
                ResourceSettings(cores=1),
                ConfigSettings(configfiles=[Path(config)]),
                snakefile=resolve_snakefile(None, allow_missing=True) or WORKFLOW / "Snakefile",
            )
            dag = workflow.dag(
                DAGSettings(
                    force_incomplete=given.rerun_incomplete, rerun_triggers=given.rerun_triggers
                )
            )
            dag.execute_workflow("dryrun", execution_settings=ExecutionSettings(lock=False))
        except Exception as error:
            api.print_exception(error)
            raise InputError(f"{config}: Snakemake cannot plan it") from error
        return _found(workflow._workflow.dag)


def _found(dag) -> DryRun:
    """Jobs and reasons of a graph whose jobs a dry run has passed through."""
    wanted = list(dag.needrun_jobs(exclude_finished=False))
    rules = defaultdict(set)
    for job in wanted:
        for reason in dag.reason(job).get_names():
            rules[reason].add(job.rule.name)
    return DryRun(
        jobs=dict(sorted(Counter(job.rule.name for job in wanted).items())),
        reasons={reason: sorted(rules[reason]) for reason in sorted(rules)},
    )
