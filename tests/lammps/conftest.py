"""A short chain of LAMMPS segments."""

import pytest

from castline.lammps.chain import StageRun
from castline.lammps.texts import (
    coefficient_text,
    contact_variables,
    data_text,
    neighbour_variables,
)
from castline.lammps.timestep import critical_mass_scale, pair_scales, time_step
from castline.packing.placement import box_lengths, place


@pytest.fixture
def chain(tiny, slurry_force_field):
    """A short slurry chain: texts and variables of its segments."""
    recipe = tiny.recipe_of("AM_1", "50")
    state = place(recipe, box_lengths(recipe, 0.3, (0.716, 0.716, 1.0)), seed=2)
    scales = pair_scales(slurry_force_field, state)
    step = time_step(scales, critical_mass_scale(scales))
    variables = {
        "boundary": "p p p", "dt": step.dt_us, "skin": 0.3, "neighbor": "multi",
        **neighbour_variables(state), "p0": 0.0, "p1": 100.0, "p_end": 100.0,
        "bulk": 1000.0, "volume": recipe.slurry_volume_m3 * 1e18,
        "gain": 1e-5, "maxrate": 1e-4 / step.dt_us, "temperature": 300.0,
        "damp": 200 * step.dt_us, "steps": 400, "sample": 100, "seed": 5,
        **contact_variables(slurry_force_field.hertz, step.mass_scale),
    }  # fmt: skip
    return (
        data_text(state, step.mass_scale),
        coefficient_text(state, slurry_force_field),
        variables,
    )


@pytest.fixture
def interrupted(monkeypatch):
    """interrupted(allowed, run, *arguments): run, killed once a chain has so many segments."""

    def interrupted(allowed, run, *arguments):
        segment = StageRun.segment

        def stop(stage, variables):
            if len(stage.segments) == allowed:
                raise KeyboardInterrupt
            return segment(stage, variables)

        with monkeypatch.context() as patch:
            patch.setattr(StageRun, "segment", stop)
            with pytest.raises(KeyboardInterrupt):
                run(*arguments)

    return interrupted
