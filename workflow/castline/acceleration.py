"""Does mass scaling change the viscosity? The same slurry sheared unscaled and scaled.

A small slurry is sheared from rest into steady flow. From that configuration it goes on in several
ways over the same strain: with the real masses, with the automatic mass scale and step, with
smaller steps, with smaller scales, and with an integrator that leaves rotations out. Over several
seeds the ratio of each mean viscosity to the unscaled one is known with its confidence interval.
At 10 1/s the unscaled run is out of reach; there the smallest scale is the reference.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd
from scipy import stats

from castline.config import (
    BoxConfig,
    PsdConfig,
    RecipeConfig,
    SlurryConfig,
    ViscosityConfig,
    build_recipe,
)
from castline.forcefield import ForceField
from castline.recipe import Recipe
from castline.rheology import Flow, Sheared, history_table, series_since
from castline.slurry import equilibrate, initial_state
from castline.timestep import (
    SHEAR_DAMPING_FRACTION,
    SHEAR_ELASTIC_FRACTION,
    Step,
    time_step,
)

# About 500 particles; the box is then still wider than the reach of two CBD particles.
DRY_MASS_G = 1.39e-9
SOLID_CONTENT = 0.5
SHEAR_RATES_PER_S = (1000.0, 10.0, 100.0)
UNSCALED_FROM_PER_S = 100.0
UNSCALED_STEP_US = 0.005
STRAIN_BEFORE = 0.6
STRAIN = 0.3
STRAIN_PER_SEGMENT = 0.05
STEPS = (2, 4)
SCALES = (10, 100)
# A rung of the scale ladder below this is the unscaled run itself.
SMALLEST_RUNG = 2.0
# Agreement: the interval of the ratio holds 1, and its mean is this near to it.
TOLERANCE = 0.03
CONFIDENCE = 0.95
AUTOMATIC, UNSCALED = "s, dt", "unscaled"


@dataclass(frozen=True)
class Variant:
    """One way to go on from the steady flow."""

    name: str
    step: Step
    rotations: bool = True


def small_recipe(recipe: RecipeConfig, psd: PsdConfig) -> Recipe:
    """The slurry at 50 % with so little dry mass that its unscaled run is affordable."""
    small = recipe.model_copy(update={"dry_mass_g": DRY_MASS_G})
    return build_recipe(small, psd, SOLID_CONTENT)


def variants(sheared: Sheared, automatic: Flow) -> list[Variant]:
    """The ways to go on: the automatic one, the reference, the others."""

    def scaled(mass_scale: float) -> Step:
        return time_step(sheared.scales, mass_scale, SHEAR_ELASTIC_FRACTION, SHEAR_DAMPING_FRACTION)

    step = automatic.step
    unscaled = Variant(UNSCALED, replace(scaled(1.0), dt_us=UNSCALED_STEP_US))
    rungs = [n for n in SCALES if step.mass_scale / n >= SMALLEST_RUNG]
    scales = [Variant(f"s/{n}", scaled(step.mass_scale / n)) for n in rungs]
    if automatic.shear_rate_per_s >= UNSCALED_FROM_PER_S:
        scales.append(unscaled)
    return [
        Variant(AUTOMATIC, step),
        scales[-1],
        *[Variant(f"s, dt/{n}", replace(step, dt_us=step.dt_us / n)) for n in STEPS],
        Variant("s, dt, nvt/sllod", step, rotations=False),
        *scales[:-1],
    ]


def sheared_on(
    sheared: Sheared,
    automatic: Flow,
    variant: Variant,
    work: Path,
    report: Callable[[str], None],
) -> pd.DataFrame:
    """Steady flow with the automatic step, then `STRAIN` in one variant: its history and cost.

    Every variant starts from the same configuration, as the flow before is computed with the same
    step from the same state.
    """
    flow = Flow(automatic.shear_rate_per_s, variant.step)
    key = f"{automatic.shear_rate_per_s:g} 1/s, {variant.name}"
    with sheared.start(automatic, work, key, report) as run:
        before = run.segment(
            sheared.variables(automatic, round(STRAIN_BEFORE / automatic.strain_per_sample))
        )
        temperature = float(before.series["temperature_k"].iloc[len(before.series) // 2 :].mean())
        integrator = (
            "nve/sphere"
            if variant.rotations
            else f"nvt/sllod temp {temperature:.6g} {temperature:.6g} {100 * flow.step.dt_us:.6g}"
        )
        samples = round(STRAIN_PER_SEGMENT / flow.strain_per_sample)
        for k in range(round(STRAIN / STRAIN_PER_SEGMENT)):
            change = automatic if k == 0 else None
            run.segment(sheared.variables(flow, samples, change, integrator))
            report(f"{key}: strain {(k + 1) * STRAIN_PER_SEGMENT:.2f} of {STRAIN:g}")
        history = history_table(series_since(run, 1), flow)
        cost = run.cost_since(1)
    return history.assign(
        variant=variant.name,
        mass_scale=variant.step.mass_scale,
        dt_us=variant.step.dt_us,
        inertial_number=sheared.inertial_number(flow),
        core_seconds=cost["core_seconds"],
    )


def histories(
    recipe: Recipe,
    force_field: ForceField,
    settings: ViscosityConfig,
    seeds: list[int],
    work: Path,
    report: Callable[[str], None] = print,
) -> Iterator[pd.DataFrame]:
    """History of every shear rate, seed and variant; the dear ones last."""
    loose = SlurryConfig(box=BoxConfig(), volume_tolerance=0.01, energy_tolerance=0.1)
    slurries = []
    for seed in seeds:
        start = initial_state(recipe, loose, seed)
        state, _, summary = equilibrate(recipe, force_field, loose, start, seed, work, report)
        slurries.append(Sheared(recipe, force_field, state, summary["particle_pressure_kpa"]))
    for rate in SHEAR_RATES_PER_S:
        flows = [sheared.flow(rate, settings, "automatic") for sheared in slurries]
        plans = [variants(*pair) for pair in zip(slurries, flows, strict=True)]
        # one variant of all seeds after the other
        for same in zip(*plans, strict=True):
            for seed, sheared, flow, variant in zip(seeds, slurries, flows, same, strict=True):
                yield sheared_on(sheared, flow, variant, work, report).assign(seed=seed)


def interval(values: pd.Series) -> float:
    """Half width of the confidence interval of a mean (Student's t)."""
    return float(values.sem() * stats.t.ppf((1 + CONFIDENCE) / 2, len(values) - 1))


def along_strain(history: pd.DataFrame) -> pd.DataFrame:
    """Mean over seeds and half width of its interval at every strain, by rate and variant.

    Strains of variants differ a little, as a sample is a whole number of steps: they are binned.
    """
    width = STRAIN_PER_SEGMENT / 2
    bins = ((history["strain"] / width).sub(1e-6).astype(int) + 0.5) * width
    keys = ["shear_rate_per_s", "variant", "seed"]
    per_seed = history.assign(strain=bins).groupby([*keys, "strain"], sort=False)
    per_seed = per_seed["viscosity_pa_s"].mean().reset_index()
    groups = per_seed.groupby(["shear_rate_per_s", "variant", "strain"], sort=False)
    table = groups["viscosity_pa_s"].agg(
        viscosity_pa_s="mean", viscosity_ci95_pa_s=interval, seeds="count"
    )
    return table.reset_index()


def agreement(history: pd.DataFrame) -> pd.DataFrame:
    """One row per rate and variant: mean viscosity, its ratio to the reference, the verdict.

    The reference of a rate is its second variant. The ratio is formed seed by seed, as all runs of
    a seed start from the same configuration.
    """
    means = history.groupby(["shear_rate_per_s", "variant", "seed"], sort=False).agg(
        viscosity_pa_s=("viscosity_pa_s", "mean"),
        rotation=("rotation_over_half_shear_rate", "mean"),
        strain=("strain", "max"),
        mass_scale=("mass_scale", "first"),
        dt_us=("dt_us", "first"),
        inertial_number=("inertial_number", "first"),
        core_seconds=("core_seconds", "first"),
    )
    rows = []
    for rate, of_rate in means.groupby("shear_rate_per_s", sort=False):
        names = list(dict.fromkeys(of_rate.index.get_level_values("variant")))
        reference = of_rate.loc[rate, names[1]]["viscosity_pa_s"]
        for name in names:
            group = of_rate.loc[rate, name]
            ratio = (group["viscosity_pa_s"] / reference).dropna()
            half = interval(ratio)
            rows.append(
                {
                    "shear_rate_per_s": rate,
                    "variant": name,
                    "reference": names[1],
                    "mass_scale": group["mass_scale"].mean(),
                    "dt_us": group["dt_us"].mean(),
                    "inertial_number": group["inertial_number"].mean(),
                    "seeds": len(ratio),
                    "strain": group["strain"].mean(),
                    "viscosity_pa_s": group["viscosity_pa_s"].mean(),
                    "viscosity_ci95_pa_s": interval(group["viscosity_pa_s"]),
                    "over_reference": ratio.mean(),
                    "over_reference_ci95": half,
                    "within_interval": bool(abs(ratio.mean() - 1) <= half),
                    "within_3_percent": bool(abs(ratio.mean() - 1) <= TOLERANCE),
                    "rotation_over_half_shear_rate": group["rotation"].mean(),
                    "core_seconds_per_unit_strain": (
                        group["core_seconds"] / group["strain"]
                    ).mean(),
                }
            )
    table = pd.DataFrame(rows)
    itself = table["variant"] == table["reference"]
    return table.assign(
        within_interval=table["within_interval"] | itself,
        within_3_percent=table["within_3_percent"] | itself,
    )
