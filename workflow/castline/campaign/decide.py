"""One round of `snakemake decide`: tables of a campaign in, replicates of the next round out."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from castline.campaign.config import Campaign
from castline.campaign.prediction import Planner
from castline.recipe.replicates import Counts, counts, electrode_key
from castline.results.sequential import FINAL_LEVEL, Electrode, Round, next_round, summary_lines
from castline.results.trends import trend_tests


@dataclass(frozen=True)
class Judged:
    """A round with what it cost to get there, in core-hours, and what the next one is to cost."""

    round: Round
    before: dict[Electrode, Counts]
    names: dict[Electrode, tuple[str, str]]
    core_hours_used: float
    core_hours_next: float

    @property
    def goes_on(self) -> bool:
        return self.round.goes_on(self.before)

    def added(self) -> dict[str, Counts]:
        """What the next round adds, by electrode."""
        after = self.round.replicates
        more = {
            key: Counts(*(b - a for a, b in zip(self.before[key], after[key], strict=True)))
            for key in after
        }
        return {electrode_key(*self.names[key]): n for key, n in more.items() if any(n)}

    def line(self) -> str:
        """What the round found and does next, in a line."""
        lines = summary_lines(self.round.standings)
        head = f"{lines[0]}; {self.core_hours_used:.3g} core-hours used"
        if not self.goes_on:
            return f"{head}; no further round"
        added = ", ".join(
            f"{key} {n.films} films {n.viscosity} sheared" for key, n in self.added().items()
        )
        return f"{head}; next {added}, about {self.core_hours_next:.2g} core-hours"

    def facts(self) -> dict:
        """The round as its JSON keeps it."""
        return {
            "goes_on": self.goes_on,
            "core_hours_used": round(self.core_hours_used, 6),
            "core_hours_next": round(self.core_hours_next, 6),
            "replicates": {
                electrode_key(*self.names[key]): number._asdict()
                for key, number in self.round.replicates.items()
            },
            "summary": [*summary_lines(self.round.standings), self.line()],
            "tests": [
                {
                    "statement": it.test.statement,
                    "test": it.test.name,
                    "electrodes": [electrode_key(*self.names[key]) for key in it.test.electrodes],
                    "shear_rate_per_s": it.test.rate,
                    "status": it.status,
                    "n_replicates": it.replicates,
                    "n_needed": it.needed if math.isfinite(it.needed) else None,
                    "verdict": it.test.verdict(FINAL_LEVEL),
                }
                for it in self.round.standings
            ],
        }


def judge_round(
    campaign: Campaign,
    viscosity: pd.DataFrame,
    structure: pd.DataFrame,
    transport: pd.DataFrame,
    cost: pd.DataFrame,
) -> Judged:
    """Look at all tests and choose the replicates of the next round.

    Everything follows from the tables and the shipped cost model, so that a campaign goes the same
    way on any machine, but for where its budget ends: that counts the core-hours used.

    Parameters
    ----------
    viscosity, structure, transport, cost : of all replicates so far.
    """
    base = counts(campaign.model_dump(mode="json")["matrix"])
    names = {(psd, float(content)): (psd, content) for psd, content in base}
    before = {
        key: Counts(films=_there(structure, key), viscosity=_there(viscosity, key)) for key in names
    }
    planner = Planner(campaign, None)
    seconds = {
        key: {
            stage: sum(job.core_seconds for job in planner.cell(*name) if job.stage == stage)
            for stage in planner.model
        }
        for key, name in names.items()
    }

    def core_hours(now: Mapping[Electrode, Counts], then: Mapping[Electrode, Counts]) -> float:
        return sum(
            each * (then[key].of_stage(stage) - now[key].of_stage(stage))
            for key, stages in seconds.items()
            for stage, each in stages.items()
        ) / 3600  # fmt: skip

    stages = zip(cost["psd"], cost["solid_content_percent"], cost["stage"], strict=True)
    planned = [base[names[psd, content]].of_stage(stage) for psd, content, stage in stages]
    used = float(cost.loc[cost["replicate"] > planned, "core_seconds"].sum()) / 3600
    left = campaign.decide.core_hours - used
    tests = trend_tests(viscosity, structure, transport).tests
    found = next_round(tests, before, campaign.decide, core_hours, left)
    return Judged(found, before, names, used, core_hours(before, found.replicates))


def _there(table: pd.DataFrame, electrode: Electrode) -> int:
    psd, content = electrode
    here = (table["psd"] == psd) & (table["solid_content_percent"] == content)
    return int(table.loc[here, "replicate"].nunique())
