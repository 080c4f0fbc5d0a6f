"""The one home of what every table column means, and the tables/README.md written from it."""

from dataclasses import dataclass

from castline.base.errors import InputError

NONE, FRACTION = "-", "1"


@dataclass(frozen=True)
class Column:
    """Unit ("1": a pure number; "-": text or a flag), meaning, and formula where there is one."""

    unit: str
    meaning: str
    formula: str = ""


@dataclass(frozen=True)
class Table:
    """What a row of the table is, and its columns by name."""

    row: str
    columns: dict[str, Column]


def _statistics(name: str, unit: str, shown: str, meaning: str, formula: str = "") -> dict:
    """A measured quantity, its uncertainty."""
    return {
        f"{name}{unit}": Column(shown, meaning, formula),
        f"{name}_uncertainty{unit}": Column(shown, f"standard uncertainty of it: {meaning}"),
    }


def _mean_and_std(name: str, unit: str, shown: str, meaning: str, over: str) -> dict:
    return {
        f"{name}_mean{unit}": Column(shown, f"{meaning}, mean over {over}"),
        f"{name}_std{unit}": Column(
            shown, f"{meaning}, sample standard deviation over {over} (empty for one)"
        ),
    }


def _with_stderr(name: str, shown: str, meaning: str) -> dict:
    return {
        name: Column(shown, meaning),
        f"{name}_stderr": Column(shown, f"standard error of it from the fit: {meaning}"),
    }


def _with_interval(name: str, unit: str, shown: str, meaning: str) -> dict:
    return {
        f"{name}{unit}": Column(shown, meaning),
        f"{name}_ci95_low{unit}": Column(shown, "lower end of its 95 % confidence interval"),
        f"{name}_ci95_high{unit}": Column(shown, "upper end of its 95 % confidence interval"),
    }


ELECTRODE = {
    "psd": Column(NONE, "size distribution of the active material, as named in the campaign"),
    "solid_content_percent": Column("wt.%", "dry mass over slurry mass"),
}
CELL = {**ELECTRODE, "replicate": Column(NONE, "number of the realisation, from 1")}
STATE = {"state": Column(NONE, "slurry, dried or calendered")}
OUTCOME = {
    "status": Column(NONE, "ok or failed"),
    "reason": Column(NONE, "why it failed, else empty"),
}
ORIGIN = {"data_origin": Column(NONE, "measured, or synthetic: generated from known parameters")}
SAMPLE = {"cell": Column(NONE, "name of the measured cell"), **ELECTRODE, **STATE}
GEOMETRY = {
    **_statistics("thickness", "_um", "um", "electrode thickness"),
    **_statistics("diameter", "_mm", "mm", "diameter of the punched disc"),
    **_statistics("mass", "_mg", "mg", "mass of the electrode disc"),
}
MEASURED = {
    "density": ("_g_per_cm3", "g/cm3", "density", "m / (pi d^2 L / 4)"),
    "porosity": ("", FRACTION, "voids, nanopores included", "1 - density / theoretical density"),
    "sigma_e_impedance": (
        "_s_per_m", "S/m", "electronic conductivity from the TLM fit", "L / (R_e A)"
    ),
    "sigma_e_dc": ("_s_per_m", "S/m", "electronic conductivity from DC polarization", "L / (R A)"),
    "sigma_ion": ("_s_per_m", "S/m", "ionic conductivity from the TLM fit", "L / (R_ion A)"),
}  # fmt: skip
TLM = {
    "electronic_bulk_ohm_m": Column("ohm m", "resistivity r_e of the electronic rail's bulk"),
    "electronic_interface_ohm_m": Column("ohm m", "resistivity of its AM-CBD interfaces"),
    "interface_cpe_q_s_sn_per_m": Column(
        "S s^n/m", "constant phase element across these interfaces, Q"
    ),
    "interface_cpe_n": Column(FRACTION, "its exponent n"),
    "ionic_ohm_m": Column("ohm m", "resistivity r_ion of the ionic rail"),
    "double_layer_cpe_q_s_sn_per_m3": Column(
        "S s^n/m3", "constant phase element that couples the rails, Q"
    ),
    "double_layer_cpe_n": Column(FRACTION, "its exponent n"),
}
PAIRS = {
    "am_se": ("AM", "SE"),
    "am_cbd": ("AM", "CBD"),
    "se_cbd": ("SE", "CBD"),
    "cbd_cbd": ("CBD", "CBD"),
    "se_se": ("SE", "SE"),
}
SIGMA_E = Column("S/m", "effective electronic conductivity along z", "(L/A) P / V^2")
SIGMA_ION = Column("S/m", "effective ionic conductivity along z", "sigma_bulk D_ion / D_bulk")

TABLES = {
    "viscosity": Table(
        "one replicate at one shear rate",
        {
            **CELL,
            "shear_rate_per_s": Column("1/s", "imposed rate of simple shear"),
            "viscosity_pa_s": Column(
                "Pa s", "time average after the transient", "-<virial stress_xy> / rate"
            ),
            "viscosity_stderr_pa_s": Column(
                "Pa s", "its standard error, correlation in time respected"
            ),
            "strain": Column(FRACTION, "strain reached at the end"),
            "transient_strain": Column(FRACTION, "strain after which samples count"),
            "converged": Column(NONE, "whether the standard error met its target"),
            "first_normal_stress_difference_pa": Column(
                "Pa", "normal stress along the flow minus that along the gradient", "P_yy - P_xx"
            ),
            "first_normal_stress_difference_stderr_pa": Column(
                "Pa", "its standard error, correlation in time respected"
            ),
            "particle_pressure_pa": Column(
                "Pa", "mean particle pressure", "(P_xx + P_yy + P_zz) / 3"
            ),
            "inertial_number": Column(
                FRACTION, "inertia, mass scaling included", "rate d sqrt(rho s / P)"
            ),
            "contact_stokes_number": Column(
                FRACTION, "relaxation time of the slowest contact times the rate", "rate s / Gamma"
            ),
            "stokes_number": Column(
                FRACTION, "inertia over viscous stress", "rho s rate d^2 / viscosity"
            ),
            "from_shear_rate_per_s": Column(
                "1/s", "rate of the steady flow that the run started from, 0 for rest"
            ),
        },
    ),
    "flow_curves": Table(
        "one fit (model) of one replicate, or of all pooled",
        {
            **ELECTRODE,
            "replicate": Column(NONE, "number of the realisation, or pooled"),
            "model": Column(
                NONE,
                "herschel_bulkley or power_law (no yield stress)",
                "stress = yield_stress + consistency rate^flow_index",
            ),
            "points": Column(FRACTION, "viscosities fitted, weighted by their standard errors"),
            "points_not_converged": Column(FRACTION, "of these, above the asked standard error"),
            "reduced_chi_square": Column(FRACTION, "scatter over standard errors, squared"),
            **_with_interval("yield_stress", "_pa", "Pa", "stress at which flow begins"),
            **_with_interval("consistency", "_pa_s_n", "Pa s^n", "factor of the power of the rate"),
            **_with_interval("flow_index", "", FRACTION, "power of the rate, 1 for a liquid"),
            "normal_over_shear_stress": Column(
                FRACTION, "first normal stress difference over shear stress, mean over the points"
            ),
            "normal_over_shear_stress_ci95": Column(FRACTION, "half width of its 95 % interval"),
            "coating_shear_rate_per_s": Column(
                "1/s", "only with viscosity.coating", "blade speed / gap"
            ),
            **_with_interval("coating_viscosity", "_pa_s", "Pa s", "viscosity of the fit there"),
            "coating_extrapolated": Column(NONE, "whether that rate lies outside the sheared ones"),
        },
    ),
    "start_up": Table(
        "one sample of one replicate sheared from rest at its highest rate",
        {
            **CELL,
            "shear_rate_per_s": Column("1/s", "imposed rate of simple shear"),
            "strain": Column(FRACTION, "strain since rest"),
            "viscosity_pa_s": Column("Pa s", "mean over the sample", "-virial stress_xy / rate"),
            "shear_stress_pa": Column("Pa", "viscosity times rate; its overshoot shows yielding"),
        },
    ),
    "structure": Table(
        "one replicate in one state",
        {
            **CELL,
            **STATE,
            "density_g_per_cm3": Column("g/cm3", "mass, in the slurry with solvent, over volume"),
            "porosity": Column(
                FRACTION, "voids, CBD nanopores included", "1 - density / theoretical density"
            ),
            "porosity_without_nanopores": Column(FRACTION, "share of pore voxels"),
            "cbd_nanoporosity": Column(
                FRACTION, "pore fraction inside the CBD", "1 - V_solids / V_CBD,image"
            ),
            "thickness_um": Column("um", "film thickness (slurry: box height)"),
            **{
                f"volume_fraction_{p}": Column(
                    FRACTION, f"nominal sphere volume of {p.upper()} over box volume"
                )
                for p in ("am", "se", "cbd")
            },
            **{
                f"voxel_fraction_{p}": Column(FRACTION, f"share of {p.upper()} voxels")
                for p in ("am", "se", "cbd")
            },
            **{
                f"coordination_{pair}": Column(
                    FRACTION, f"mean number of {b} neighbours of an {a} particle"
                )
                for pair, (a, b) in PAIRS.items()
            },
            **{
                f"contact_area_{pair}_per_m": Column(
                    "m2/m3", f"{a}-{b} contact area per electrode volume", "sum pi a^2 / V"
                )
                for pair, (a, b) in PAIRS.items()
            },
        },
    ),
    "profiles": Table(
        "one slab of one replicate in one state",
        {
            **CELL,
            **STATE,
            "z_um": Column("um", "centre of the slab above the lower face"),
            **{
                p: Column(FRACTION, f"nominal volume fraction of {p.upper()} in the slab")
                for p in ("am", "se", "cbd")
            },
        },
    ),
    "calendering": Table(
        "one sample of the press of one replicate",
        {
            **CELL,
            "phase": Column(NONE, "part of the cycle: press, release or relax"),
            "step": Column(NONE, "time step of the run"),
            "gap_um": Column("um", "distance of the two planes"),
            "plane_pressure_mpa": Column("MPa", "force on the moving plane over area"),
            "base_pressure_mpa": Column("MPa", "force on the fixed plane over area"),
        },
    ),
    "transport": Table(
        "one film of one replicate",
        {
            **CELL,
            **STATE,
            "sigma_e_s_per_m": SIGMA_E,
            "sigma_ion_s_per_m": SIGMA_ION,
            "diffusivity_ratio": Column(FRACTION, "D_ion / D_bulk of the SE phase"),
            **{
                f"sigma_{name}_core_s_per_m": Column(
                    "S/m",
                    f"{shown} conductivity without transport.face_margin_um at each face; empty "
                    "where that leaves less than half the film",
                )
                for name, shown in (("e", "electronic"), ("ion", "ionic"))
            },
            **{
                f"{what}_percolates": Column(NONE, f"whether {phase} connects the two z faces")
                for what, phase in (("electronic", "AM with CBD"), ("ionic", "SE"), ("cbd", "CBD"))
            },
            **{
                f"{what}_percolating_fraction": Column(
                    FRACTION, f"share of the {phase} voxels in clusters that touch both z faces"
                )
                for what, phase in (("electronic", "AM and CBD"), ("ionic", "SE"))
            },
            **{
                f"{what}_flux_imbalance": Column(
                    FRACTION, "relative difference of the currents through the two z faces"
                )
                for what in ("electronic", "ionic")
            },
        },
    ),
    "voxel_series": Table(
        "one calendered film at one voxel size",
        {
            **CELL,
            "voxel_um": Column("um", "voxel edge length asked for"),
            "sigma_e_s_per_m": SIGMA_E,
            "sigma_ion_s_per_m": SIGMA_ION,
        },
    ),
    "voxel_error": Table(
        "one calendered film",
        {
            **CELL,
            **{
                f"{sigma}_{name}": column
                for sigma, shown in (("sigma_e", "electronic"), ("sigma_ion", "ionic"))
                for name, column in {
                    "extrapolated_s_per_m": Column(
                        "S/m", f"{shown} conductivity at vanishing voxel size (first order)"
                    ),
                    "extrapolated_half_width_s_per_m": Column(
                        "S/m", "half width of the interval expected to hold that limit"
                    ),
                    "series_settles": Column(NONE, "monotone, with shrinking steps"),
                    "voxel_error_percent": Column(
                        "%",
                        "error of the campaign's voxel size",
                        "100 (value / extrapolated - 1)",
                    ),
                }.items()
            },
        },
    ),
    "predicted_tlm": Table(
        "one calendered replicate",
        {
            **CELL,
            **STATE,
            **OUTCOME,
            "thickness_um": Column("um", "thickness of the predicted cell"),
            "sigma_e_s_per_m": SIGMA_E,
            "sigma_ion_s_per_m": SIGMA_ION,
            "se_contact_area_per_m": Column("m2/m3", "contact area of SE with AM and CBD"),
            "contact_area_am_cbd_per_m": Column("m2/m3", "AM-CBD contact area"),
            **TLM,
        },
    ),
    "predicted_spectra": Table(
        "one frequency of one electrode",
        {
            **ELECTRODE,
            **STATE,
            "n_replicates": Column(NONE, "replicates averaged"),
            "frequency_hz": Column("Hz", "frequency"),
            **{
                column: description
                for name, unit, shown, meaning in (
                    ("z_real", "_ohm_m2", "ohm m2", "real part of impedance times area"),
                    ("z_imag", "_ohm_m2", "ohm m2", "imaginary part of impedance times area"),
                    ("z_real", "_ohm_m", "ohm m", "the same per thickness, real part"),
                    ("z_imag", "_ohm_m", "ohm m", "the same per thickness, imaginary part"),
                    ("modulus", "_ohm_m", "ohm m", "modulus per thickness"),
                    ("phase", "_deg", "degree", "phase angle"),
                )
                for column, description in _mean_and_std(
                    name, unit, shown, meaning, "replicates"
                ).items()
            },
        },
    ),
    "measured_cells": Table(
        "one measured cell, failed ones included",
        {
            **SAMPLE,
            **ORIGIN,
            **OUTCOME,
            "warnings": Column(NONE, "what the fit could not identify"),
            **GEOMETRY,
            **{
                column: description
                for name, (unit, shown, meaning, formula) in MEASURED.items()
                for column, description in _statistics(
                    name, unit, shown, meaning, formula
                ).items()
            },
            **_statistics(
                "resistance_impedance", "_ohm", "ohm", "electronic resistance by impedance"
            ),
            **_statistics("resistance_dc", "_ohm", "ohm", "electronic resistance by DC"),
            "sigma_e_impedance_low_s_per_m": Column("S/m", "lower end, 95 % profile interval"),
            "sigma_e_impedance_high_s_per_m": Column("S/m", "upper end, 95 % profile interval"),
            "dc_minus_impedance_percent": Column("%", "difference", "100 (R_dc / R_imp - 1)"),
            "dc_agrees_with_impedance": Column(
                NONE, "differ by less than two standard uncertainties"
            ),
        },
    ),
    "measured_electrodes": Table(
        "one electrode: its good cells averaged",
        {
            **ELECTRODE,
            **STATE,
            **ORIGIN,
            "n_cells": Column(NONE, "cells averaged"),
            **{
                column: description
                for name, (unit, shown, meaning, _) in MEASURED.items()
                for column, description in {
                    **_mean_and_std(name, unit, shown, meaning, "cells"),
                    f"{name}_mean_uncertainty{unit}": Column(
                        shown, f"{meaning}, propagated standard uncertainty of the mean"
                    ),
                }.items()
            },
        },
    ),
    "measured_tlm_fits": Table(
        "one fitted spectrum",
        {
            **SAMPLE,
            **{
                column: description
                for name, parameter in TLM.items()
                for column, description in _with_stderr(
                    name, parameter.unit, parameter.meaning
                ).items()
            },
            **_with_stderr("sigma_e_s_per_m", "S/m", "electronic conductivity, 1 / (r_e + r_int)"),
            **_with_stderr("sigma_ion_s_per_m", "S/m", "ionic conductivity, 1 / ionic"),
            **_with_stderr("series_resistance_ohm", "ohm", "resistance of the leads"),
            **_with_stderr("series_inductance_h", "H", "inductance of the leads"),
            "rms_relative_residual_percent": Column("%", "rms of |fit - data| / |data|"),
            "kramers_kronig_rms_percent": Column("%", "rms residual of the Kramers-Kronig test"),
            "warnings": Column(NONE, "what the fit could not identify"),
        },
    ),
    "measured_spectra": Table(
        "one frequency of one measured cell",
        {
            **SAMPLE,
            **ORIGIN,
            "thickness_um": Column("um", "electrode thickness"),
            "area_mm2": Column("mm2", "electrode area"),
            "frequency_hz": Column("Hz", "frequency"),
            "z_real_ohm": Column("ohm", "measured impedance, real part"),
            "z_imag_ohm": Column("ohm", "measured impedance, imaginary part"),
            "z_real_fit_ohm": Column("ohm", "fitted impedance, real part"),
            "z_imag_fit_ohm": Column("ohm", "fitted impedance, imaginary part"),
        },
    ),
    "measured_viscosity": Table(
        "one shear rate of one slurry, and one failed row for each unreadable sample",
        {
            **ELECTRODE,
            **ORIGIN,
            **OUTCOME,
            "shear_rate_per_s": Column("1/s", "shear rate"),
            **_mean_and_std("viscosity", "_pa_s", "Pa s", "viscosity", "samples"),
            "n_samples": Column(NONE, "samples averaged"),
        },
    ),
    "cbd_refit": Table(
        "one measured calendered electrode, or (solid content `all`) one distribution",
        {
            **ELECTRODE,
            **ORIGIN,
            "n_cells": Column(NONE, "measured cells"),
            "n_replicates": Column(NONE, "simulated replicates"),
            "sigma_e_measured_s_per_m": Column("S/m", "measured, mean over cells"),
            "sigma_e_simulated_s_per_m": Column("S/m", "with the campaign's CBD conductivity"),
            "cbd_conductivity_s_per_m": Column(
                "S/m", "CBD conductivity at which the simulated mean over replicates is the "
                "measured one; for a distribution the geometric mean of its electrodes",
            ),
            "cbd_conductivity_low_95_s_per_m": Column("S/m", "lower end of its 95 % interval"),
            "cbd_conductivity_high_95_s_per_m": Column("S/m", "upper end of it"),
            "measurement_percent": Column(
                "%", "part of the half width from the measurement, in ln sigma_CBD x 100"
            ),
            "simulation_percent": Column(
                "%", "part from the scatter of replicates; empty for one replicate"
            ),
            "interval_covers": Column(NONE, "what the interval covers"),
            **OUTCOME,
        },
    ),
    "cbd_refit_sigma_e": Table(
        "one replicate of a calendered electrode with measurements",
        {
            **CELL,
            "cbd_conductivity_s_per_m": Column(
                "S/m", "refitted CBD conductivity of its distribution"
            ),
            "sigma_e_refitted_s_per_m": Column("S/m", "sigma_e solved again with it"),
        },
    ),
    "trends": Table(
        "one test of one sentence of the study over the replicates",
        {
            "statement": Column(NONE, "name of the sentence"),
            "kind": Column(NONE, "level: a range of values; trend: a comparison"),
            "sentence": Column(NONE, "what the study states, in our words"),
            "test": Column(NONE, "the effect that is computed"),
            "psd": Column(NONE, "size distributions compared, first minus (or over) second"),
            "solid_content_percent": Column("wt.%", "solid contents that enter"),
            "shear_rate_per_s": Column("1/s", "shear rate, viscosity only"),
            "n_replicates": Column(NONE, "replicates of the electrode with the fewest"),
            "effect": Column("see unit", "the effect, from the means over replicates"),
            "effect_low_95": Column(
                "see unit", "lower end of its 95 % interval (Welch); empty for one replicate"
            ),
            "effect_high_95": Column("see unit", "upper end of it"),
            "unit": Column(NONE, "unit of the effect; 1: a ratio or pure number"),
            "wanted_low": Column(
                "see unit", "lower end of where the sentence wants the effect; empty: open"
            ),
            "wanted_high": Column("see unit", "upper end of it; empty: open"),
            "degrees_of_freedom": Column(FRACTION, "of the interval (Welch-Satterthwaite)"),
            "verdict": Column(
                NONE,
                "supported: the whole interval is where it is wanted; contradicted: none of it; "
                "else not resolved; or why it was not tested",
            ),
        },
    ),
    "cost": Table(
        "one run of a stage",
        {
            "stage": Column(NONE, "slurry, viscosity, drying, calendering, voxels or transport"),
            **CELL,
            "shear_rate_per_s": Column("1/s", "shear rate, viscosity only"),
            **STATE,
            "particles_or_voxels": Column(NONE, "size of the work: particles, or voxels"),
            "steps": Column(NONE, "LAMMPS time steps"),
            "strain": Column(FRACTION, "strain of the shear, viscosity only"),
            "ranks": Column(NONE, "MPI ranks of LAMMPS"),
            "core_seconds": Column("s", "processor time, LAMMPS included"),
            "peak_memory_mb": Column("MB", "largest resident memory"),
        },
    ),
}  # fmt: skip

HEAD = """# What the columns mean

Written by castline from `workflow/castline/results/schema.py`. Unit 1: a pure number; -: text,
flag or counter. AM: active material, SE: solid electrolyte, CBD: carbon-binder domain. Empty
fields: not available. Numbers have eight significant digits; every stage's parameters, seed and
versions are in the JSON beside its result (`<psd>/sc<solid content>/r<replicate>/<stage>.json`).
"""


def undocumented(name: str, columns: list[str]) -> list[str]:
    """Columns of a table that have no description; all of them if the table has none."""
    known = TABLES[name].columns if name in TABLES else {}
    return [c for c in columns if c not in known]


def data_dictionary(tables: dict[str, list[str]]) -> str:
    """Markdown that describes each table's columns in their order.

    Parameters
    ----------
    tables : columns by table name.

    Raises
    ------
    InputError
        A table or a column has no description.
    """
    lines = [HEAD]
    for name in sorted(tables):
        missing = undocumented(name, tables[name])
        if missing:
            raise InputError(
                f"table {name}.csv: column {missing[0]} is not described in "
                "castline/results/schema.py"
            )
        lines += [f"## {name}.csv", "", f"One row: {TABLES[name].row}.", ""]
        lines += ["| column | unit | meaning | formula |", "|---|---|---|---|"]
        for column in tables[name]:
            it = TABLES[name].columns[column]
            formula = f"`{it.formula}`" if it.formula else ""
            lines.append(f"| `{column}` | {it.unit} | {it.meaning} | {formula} |")
        lines.append("")
    return "\n".join(lines)
