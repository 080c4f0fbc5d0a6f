"""A stage that is in no release: what a newcomer would write to add it to the line.

`add_to` puts it into a copy of the workflow: this text as a module, its LAMMPS input, and its place
in the order of the line. Nothing else is edited.
"""

from pathlib import Path

MODULE = '''
"""Resting: the calendered film is left alone for a while at the thickness it has."""

import pandas as pd
from pydantic import Field

from castline.base.sections import Section
from castline.lammps.texts import moved
from castline.line.loaded import PERIODIC, REST_SKIN_UM, Loaded
from castline.line.stage import Bench, Cost, Result, Stage, StageTable
from castline.results.schema import Column, Table


class RestingConfig(Section):
    """Resting of the calendered film."""

    steps: int = Field(default=400, ge=200, description="steps of the rest")


def rest(recipe, force_field, settings: RestingConfig, start: Result, bench: Bench) -> Result:
    loaded = Loaded(start.state, force_field)
    step = loaded.quasi_static_step(bench.acceleration)
    variables = {**loaded.variables(step, REST_SKIN_UM), "steps": settings.steps, "sample": 100}
    with loaded.chain("resting", step, bench) as run:
        run.segment(variables)
        state = moved(start.state, run.last_dump, PERIODIC)
        table = run.series[["step", "kinetic_fj"]]
        return Result({"rested": state}, {"resting": table}, {"cost": run.cost})


TABLE = Table(
    "resting",
    "one sample of the rest of one replicate",
    keys=("psd", "solid_content_percent", "replicate", "step"),
    maker="castline.line.resting.rest",
    columns={
        "psd": Column("-", "distribution", kind="text"),
        "solid_content_percent": Column("wt.%", "solid content"),
        "replicate": Column("-", "realisation", kind="integer"),
        "step": Column("-", "time step"),
        "kinetic_fj": Column("fJ", "kinetic energy of the resting film"),
    },
)
RESTING = Stage(
    name="resting",
    title="rest of the calendered film",
    section=RestingConfig,
    force_field="dry",
    run=rest,
    cost=Cost(steps=400, porosity=0.3),
    makes=("rested",),
    tables=(StageTable("resting", TABLE),),
)
'''

INPUT = """
include         ${common}
fix             integrate all nve/limit 0.001
variable        kinetic_fj equal ke
fix             series all ave/time 10 $(v_sample/10) ${sample} v_kinetic_fj file ${out}.series
run             ${steps}
print           "step $(step)" file ${out}.final
include         checkpoint.lmp
"""


def add_to(folder: Path) -> None:
    """Add the stage to the copy of the workflow in a folder."""
    (folder / "workflow/castline/line/resting.py").write_text(MODULE.lstrip())
    (folder / "workflow/lammps/resting.lmp").write_text(INPUT.lstrip())
    order = folder / "workflow/castline/line/order.py"
    text = order.read_text()
    line = "DRYING, CALENDERING, ASSEMBLING)"
    assert line in text
    text = text.replace(line, line.replace(")", ", RESTING)"))
    text = text.replace(
        "from castline.line.slurry",
        "from castline.line.resting import RESTING\nfrom castline.line.slurry",
    )
    order.write_text(text)
