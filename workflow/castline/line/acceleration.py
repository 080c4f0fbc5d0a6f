"""Does mass scaling change the viscosity? The same slurry sheared unscaled and scaled.

A small slurry is sheared from rest into steady flow. From that configuration it goes on in several
ways over the same strain: with the real masses, with the automatic mass scale and step, with
smaller steps, with smaller scales, and with an integrator that leaves rotations out. Over several
seeds the ratio of each mean viscosity to the unscaled one is known with its confidence interval.
At 10 1/s the unscaled run is out of reach; there the smallest scale is the reference.
"""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pandas as pd
from scipy.special import stdtrit

from castline.lammps.chain import StageRun
from castline.lammps.forcefield import ForceField
from castline.lammps.timestep import (
    SHEAR_DAMPING_FRACTION,
    SHEAR_ELASTIC_FRACTION,
    Scales,
    Step,
    time_step,
)
from castline.line.box import BoxConfig
from castline.line.slurry import SlurryConfig, equilibrate
from castline.line.stage import Bench
from castline.line.viscosity import Flow, Sheared, ViscosityConfig, history_table, series_since
from castline.recipe.recipe import Recipe
from castline.recipe.settings import PsdConfig, RecipeConfig, build_recipe

# About 500 particles; the box is then still wider than the reach of two CBD particles.
DRY_MASS_G = 1.39e-9
SOLID_CONTENT = 0.5
# Shear rates with the strain over which the variants are compared.
STRAINS = {1000.0: 0.3, 100.0: 0.3, 10.0: 0.15}
UNSCALED_FROM_PER_S = 100.0
UNSCALED_STEP_US = 0.005
STRAIN_BEFORE = 0.6
STRAIN_PER_SEGMENT = 0.05
STEPS = (2, 4)
SCALES = (10, 100)
# A rung of the scale ladder below this is the unscaled run itself.
SMALLEST_RUNG = 2.0
# Agreement: within the 95 % interval over the seeds, and on the mean within this of the reference.
TOLERANCE = 0.03
CONFIDENCE = 0.95
AUTOMATIC, UNSCALED, NO_HEAVIER = "s, dt", "unscaled", "s, coarse no heavier"


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
    """The ways to go on from the steady flow.

    Itself, both ladders, without rotations, with coarse particles scaled like fine ones, unscaled.
    """

    def scaled(mass_scale: float, scales: Scales = sheared.scales) -> Step:
        return time_step(scales, mass_scale, SHEAR_ELASTIC_FRACTION, SHEAR_DAMPING_FRACTION)

    step = automatic.step
    rungs = [n for n in SCALES if step.mass_scale / n >= SMALLEST_RUNG]
    found = [
        Variant(AUTOMATIC, step),
        *[Variant(f"s, dt/{n}", replace(step, dt_us=step.dt_us / n)) for n in STEPS],
        Variant("s, dt, nvt/sllod", step, rotations=False),
        Variant(NO_HEAVIER, scaled(step.mass_scale, sheared.real)),
        *[Variant(f"s/{n}", scaled(step.mass_scale / n)) for n in rungs],
    ]
    if automatic.shear_rate_per_s >= UNSCALED_FROM_PER_S:
        found.append(Variant(UNSCALED, replace(scaled(1.0, sheared.real), dt_us=UNSCALED_STEP_US)))
    return found


def branch(trunk: StageRun, chain: StageRun) -> None:
    """Let a chain begin with the only segment of another that starts from the same texts."""
    chain.folder.mkdir(parents=True, exist_ok=True)
    if not (chain.folder / "segment-0000.json").exists():
        for suffix in ("restart", "dump", "json"):  # the marker last
            shutil.copy(trunk.folder / f"segment-0000.{suffix}", chain.folder)


def sheared_on(
    sheared: Sheared,
    automatic: Flow,
    variant: Variant,
    bench: Bench,
) -> pd.DataFrame:
    """Steady flow with the automatic step, then one variant: its history and cost.

    Every variant of a seed starts from the same configuration.
    """
    rate = automatic.shear_rate_per_s
    flow, key = Flow(rate, variant.step), f"{rate:g} 1/s, {variant.name}"
    to_steady = sheared.variables(automatic, round(STRAIN_BEFORE / automatic.strain_per_sample))
    with sheared.start(automatic, bench, f"{rate:g} 1/s") as trunk:
        trunk.segment(to_steady)
    chain = sheared.start(automatic, bench, key)
    branch(trunk, chain)
    with chain as run:
        before = run.segment(to_steady)
        temperature = float(before.series["temperature_k"].iloc[len(before.series) // 2 :].mean())
        integrator = (
            "nve/sphere"
            if variant.rotations
            else f"nvt/sllod temp {temperature:.6g} {temperature:.6g} {100 * flow.step.dt_us:.6g}"
        )
        samples = round(STRAIN_PER_SEGMENT / flow.strain_per_sample)
        for k in range(round(STRAINS[rate] / STRAIN_PER_SEGMENT)):
            change = automatic if k == 0 else None
            run.segment(sheared.variables(flow, samples, change, integrator))
            bench.report(f"{key}: strain {(k + 1) * STRAIN_PER_SEGMENT:.2f} of {STRAINS[rate]:g}")
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
    bench: Bench,
) -> Iterator[pd.DataFrame]:
    """History of every shear rate, variant and seed; the cheapest variants first."""
    loose = SlurryConfig(box=BoxConfig(), volume_tolerance=0.01, energy_tolerance=0.1)
    slurries = []
    for seed in seeds:
        slurry = equilibrate(recipe, force_field, loose, None, replace(bench, seed=seed))
        pressure_kpa = slurry.summary["particle_pressure_kpa"]
        slurries.append(Sheared(recipe, force_field, slurry.state, pressure_kpa))
    plans = []
    for rate in STRAINS:
        for seed, sheared in zip(seeds, slurries, strict=True):
            flow = sheared.flow(rate, settings, "automatic")
            plans += [(seed, sheared, flow, variant) for variant in variants(sheared, flow)]
    for seed, sheared, flow, variant in sorted(plans, key=_order):
        yield sheared_on(sheared, flow, variant, bench).assign(seed=seed)


def _order(plan: tuple[int, Sheared, Flow, Variant]) -> tuple[bool, float]:
    """Rates with an unscaled run first, then by the number of steps."""
    _, _, flow, variant = plan
    rate = flow.shear_rate_per_s
    return rate < UNSCALED_FROM_PER_S, STRAINS[rate] / (flow.rate_per_us * variant.step.dt_us)


def interval(values: pd.Series) -> float:
    """Half width of the confidence interval of a mean (Student's t)."""
    return float(values.sem() * stdtrit(len(values) - 1, (1 + CONFIDENCE) / 2))


def reference_of(of_rate: pd.DataFrame) -> str:
    """The variant of a rate that the others are compared with: the one with the smallest masses."""
    return of_rate.loc[of_rate["mass_scale"].idxmin(), "variant"]


def along_strain(history: pd.DataFrame) -> pd.DataFrame:
    """Viscosity and its ratio to the reference at every strain: means over seeds, half intervals.

    Strains of variants differ a little, as a sample is a whole number of steps: they are binned.
    """
    width = STRAIN_PER_SEGMENT / 2
    bins = ((history["strain"] / width).sub(1e-6).astype(int) + 0.5) * width
    keys = ["shear_rate_per_s", "variant", "strain"]
    groups = history.assign(strain=bins).groupby([*keys, "seed"], sort=False)
    table = groups[["viscosity_pa_s", "mass_scale"]].mean().reset_index()
    parts = []
    for _, of_rate in table.groupby("shear_rate_per_s", sort=False):
        name = reference_of(of_rate)
        reference = of_rate[of_rate["variant"] == name].set_index(["strain", "seed"])
        both = of_rate.join(reference["viscosity_pa_s"].rename("of_reference"), ["strain", "seed"])
        ratio = both["viscosity_pa_s"] / both["of_reference"]
        parts.append(both.assign(reference=name, over_reference=ratio))
    return (
        pd.concat(parts)
        .groupby([*keys, "reference"], sort=False)
        .agg(
            seeds=("seed", "count"),
            viscosity_pa_s=("viscosity_pa_s", "mean"),
            viscosity_ci95_pa_s=("viscosity_pa_s", interval),
            over_reference=("over_reference", "mean"),
            over_reference_ci95=("over_reference", interval),
        )
        .reset_index()
    )


def agreement(history: pd.DataFrame) -> pd.DataFrame:
    """One row per rate and variant: mean viscosity and its ratio to that with the smallest masses.

    The ratio is formed seed by seed, as all runs of a seed start from the same configuration, and
    follow each other for a while: its interval is much narrower than that of the viscosity.
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
        of_rate = of_rate.droplevel("shear_rate_per_s")
        lightest = reference_of(of_rate.reset_index())
        reference = of_rate.loc[lightest, "viscosity_pa_s"]
        for name in dict.fromkeys(of_rate.index.get_level_values("variant")):
            group = of_rate.loc[name]
            ratio = (group["viscosity_pa_s"] / reference).dropna()
            spread = interval(group["viscosity_pa_s"])
            rows.append(
                {
                    "shear_rate_per_s": rate,
                    "variant": name,
                    "reference": lightest,
                    "mass_scale": group["mass_scale"].mean(),
                    "dt_us": group["dt_us"].mean(),
                    "inertial_number": group["inertial_number"].mean(),
                    "seeds": len(ratio),
                    "strain": group["strain"].mean(),
                    "viscosity_pa_s": group["viscosity_pa_s"].mean(),
                    "viscosity_ci95_pa_s": spread,
                    "over_reference": ratio.mean(),
                    "over_reference_ci95": interval(ratio),
                    "within_interval": bool(
                        abs(group["viscosity_pa_s"].mean() - reference.mean()) <= spread
                    ),
                    "within_3_percent": bool(abs(ratio.mean() - 1) <= TOLERANCE),
                    "rotation_over_half_shear_rate": group["rotation"].mean(),
                    "core_seconds_per_unit_strain": (
                        group["core_seconds"] / group["strain"]
                    ).mean(),
                }
            )
    return pd.DataFrame(rows)
