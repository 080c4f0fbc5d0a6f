"""A particle stage of the line as one declared object; `castline.line.order` lists them all."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from castline.base.sections import Section
from castline.lammps.forcefield import ForceField
from castline.lammps.timestep import Acceleration
from castline.packing.state import ParticleState
from castline.recipe.recipe import Recipe
from castline.results.schema import Table


@dataclass(frozen=True)
class Bench:
    """Where and how a stage runs.

    Attributes
    ----------
    work : folder that keeps the segments of LAMMPS chains.
    seed : for stages that draw random numbers, None for others.
    report : called with lines of progress.
    ranks : MPI ranks of LAMMPS.
    acceleration : automatic time step and mass scale, or the study's own (`timestep`).
    """

    work: Path
    seed: int | None = None
    report: Callable[[str], None] = print
    ranks: int = 1
    acceleration: Acceleration = "automatic"


@dataclass(frozen=True)
class Result:
    """What a stage makes.

    Attributes
    ----------
    states : particle states by name, the one that later stages start from last.
    tables : tables by the stem of their CSV.
    summary : what its JSON tells, with units in the names; `cost` is that of LAMMPS.
    """

    states: dict[str, ParticleState] = field(default_factory=dict)
    tables: dict[str, pd.DataFrame] = field(default_factory=dict)
    summary: dict = field(default_factory=dict)

    @property
    def state(self) -> ParticleState:
        return list(self.states.values())[-1]


@dataclass(frozen=True)
class Cost:
    """What a stage is expected to cost, for the plan and for a cluster's requests.

    Attributes
    ----------
    steps : LAMMPS steps of a run, for as long as workflow/cost/measured.csv has none of the stage.
    chains : from the stage's section and what its measured runs tell (`StageCost` of
        castline.campaign.cost_model) the steps expected of each LAMMPS chain.
    porosity : typical porosity of the state that it makes, to guess the size of its image.
    """

    steps: int
    chains: Callable[[Section, Any], list[float]] = lambda section, measured: [measured.steps]
    porosity: float = 0.0


@dataclass(frozen=True)
class StageTable:
    """A CSV that a stage writes for each electrode, and the campaign's table gathered from it.

    Attributes
    ----------
    file : stem of the CSV.
    table : the campaign's table, None where the CSV stays with its electrode.
    columns : makes the table's columns, without the keys of the electrode, from those of the CSV.
    """

    file: str
    table: Table | None = None
    columns: Callable[[pd.DataFrame], pd.DataFrame] = lambda rows: rows


@dataclass(frozen=True)
class Stage:
    """A particle stage: all that the workflow knows of it.

    Attributes
    ----------
    name : of its rule, log, section of the campaign, and JSON.
    title : the section in the reference of all keys.
    section : model of its section; in the campaign it may be left out if all its keys may.
    force_field : the set that acts, slurry or dry; with the dry set the solvent has left.
    run : run(recipe, force_field, section, start, bench) -> Result. `start` is the result of the
        stage that made the state before, None for the first stage.
    makes : names of the states that it makes, the one that later stages start from last.
    tables : CSVs that it writes.
    seeded : whether it draws random numbers.
    inputs : names of its LAMMPS inputs; its own name if left out.
    press_key : key of its section that `matrix.press_pressure_mpa` sets for each electrode, if any.
    rate_key : the same for `matrix.drying_rates`.
    """

    name: str
    title: str
    section: type[Section]
    force_field: Literal["slurry", "dry"]
    run: Callable[[Recipe, ForceField, Section, Result | None, Bench], Result]
    cost: Cost
    makes: tuple[str, ...] = ()
    tables: tuple[StageTable, ...] = ()
    seeded: bool = False
    inputs: tuple[str, ...] = ()
    press_key: str = ""
    rate_key: str = ""

    def section_of(self, settings: dict, press_pressure_mpa: float | None) -> Section:
        """Its section for an electrode, with the press pressure where that is an axis."""
        if self.press_key and press_pressure_mpa is not None:
            settings = {**settings, self.press_key: press_pressure_mpa}
        return self.section(**settings)

    @property
    def state(self) -> str | None:
        """The state that later stages start from, if it makes one."""
        return self.makes[-1] if self.makes else None

    @property
    def lammps_inputs(self) -> tuple[str, ...]:
        """Files of workflow/lammps that it runs, without their ending."""
        return self.inputs or (self.name,)
