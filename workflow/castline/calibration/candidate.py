"""A candidate set on the line: what its stages need, and one electrode through a stage."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from castline.base.seeds import seed_for
from castline.calibration.stored import stored_slurry
from castline.calibration.targets import Key, Term
from castline.lammps.forcefield import ForceField
from castline.line.slurry import SLURRY
from castline.line.stage import Bench, Result, Stage
from castline.recipe.electrode import Electrode

if TYPE_CHECKING:
    from castline.line.settings import LineSettings


class Candidate(NamedTuple):
    """Force fields to be tried, with the line's settings, folders and log.

    `slurry_work` keeps the slurries where other candidates share them; with `stored_slurries` they
    are read from that folder instead of made.
    """

    line: "LineSettings"
    slurry_set: ForceField
    dry_set: ForceField
    slurry_work: Path
    work: Path
    report: Callable[[str], None]
    purpose: str
    stored_slurries: str | None = None

    def bench(self, electrode: Electrode, stage: Stage) -> Bench:
        """Where a stage runs; its seed is the same in every trial, so that candidates differ by
        their values.
        """
        return Bench(
            work=self.slurry_work if stage.force_field == "slurry" else self.work,
            seed=seed_for(self.line.seed, self.purpose, *electrode, stage.name),
            report=self.report,
            acceleration=self.line.acceleration,
        )

    def run(self, electrode: Electrode, stage: Stage, start: Result | None) -> Result:
        """One electrode through a stage; replayed where its segments are there."""
        recipe = self.line.recipe_of(*electrode[:2])
        if stage is SLURRY and self.stored_slurries is not None:
            return stored_slurry(self.stored_slurries, electrode, recipe, self.slurry_set)
        return stage.run(
            recipe,
            self.slurry_set if stage.force_field == "slurry" else self.dry_set,
            self.line.of_stage(stage),
            start,
            self.bench(electrode, stage),
        )


# The numbers measured in one step, of one electrode.
Observed = tuple[Electrode, dict[Key, float]]


def electrodes_of(terms: Iterable[Term], replicates: Iterable[int]) -> list[Electrode]:
    """Electrodes that the terms need, sorted, each in the replicates given."""
    needed = {(key.psd, key.solid_content_percent) for term in terms for key in term.keys}
    numbers = list(replicates)
    return [Electrode(*e, replicate) for e in sorted(needed) for replicate in numbers]


def keyed(
    electrode: Electrode, state: str, values: dict, wanted: Iterable[str]
) -> dict[Key, float]:
    """Those of the values that are wanted, by key."""
    return {
        Key(observable, state, *electrode[:2]): float(values[observable])
        for observable in wanted
        if observable in values
    }
