"""The one declaration of every table column: unit, meaning, kind and the function that makes it."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Literal

from castline.base.errors import InputError
from castline.recipe.electrode import PRESS, SOLID_CONTENT, Axis, axis_of
from castline.results.stated import SENTENCES

NONE, FRACTION = "-", "1"
Kind = Literal["number", "integer", "text", "flag"]


@dataclass(frozen=True)
class Column:
    """What one column holds.

    Attributes
    ----------
    unit : "1" for a pure number, "-" for text, a flag or a counter.
    formula : where there is one.
    maker : the function that computes it; empty where the table's does.
    nullable : whether a field may be empty, as a standard deviation over one replicate.
    optional : whether the campaign decides if the table has the column.
    words : regular expression of what a text may be; empty for a free one.
    names : "state" or "stage" where it holds those of the line, which are not known here (see
        castline.campaign.described).
    """

    unit: str
    meaning: str
    formula: str = ""
    kind: Kind = "number"
    maker: str = ""
    nullable: bool = False
    optional: bool = False
    words: str = ""
    names: str = ""


@dataclass(frozen=True)
class Table:
    """One table.

    Attributes
    ----------
    row : what a row is.
    keys : columns that together name a row, empty where none do; tables that are gathered are
        sorted by them.
    maker : the function that computes the rows, but for columns with a maker of their own.
    columns : by name, in the order of the file; a name with a ``*`` stands for any number of
        columns that it matches.
    """

    name: str
    row: str
    keys: tuple[str, ...]
    maker: str
    columns: Mapping[str, Column]

    @property
    def required(self) -> list[str]:
        """Columns that the table always has."""
        return [c for c, it in self.columns.items() if "*" not in c and not it.optional]

    def column(self, name: str) -> Column:
        """The declaration of a column.

        Raises
        ------
        InputError
            The column is not declared.
        """
        if name in self.columns:
            return self.columns[name]
        for pattern, column in self.columns.items():
            if "*" in pattern and fnmatchcase(name, pattern):
                return column
        raise InputError(
            f"table {self.name}.csv: column {name} is not described in its declaration"
        )

    def on(self, axis: Axis) -> "Table":
        """The same for a campaign with another axis beside the distributions."""
        columns = {
            new: AXES[new] if new != name else self.columns[name]
            for name, new in zip(self.columns, on_axis(self.columns, axis), strict=True)
        }
        return replace(self, keys=tuple(on_axis(self.keys, axis)), columns=columns)

    def maker_of(self, name: str) -> str:
        """The function that computes a column, as module.function."""
        return self.column(name).maker or self.maker


def on_axis(names: Iterable[str], axis: Axis) -> list[str]:
    """Names of columns, of which that of the solid content is that of the axis."""
    return [axis.column if name == SOLID_CONTENT.column else name for name in names]


def keys_of(columns: Iterable[str]) -> list[str]:
    """The key columns of an electrode's realisation in a table with these columns."""
    return on_axis(KEYS, axis_of(columns))


def _text(meaning: str, formula: str = "", nullable: bool = False, words: str = "") -> Column:
    return Column(NONE, meaning, formula, kind="text", nullable=nullable, words=words)


def _flag(meaning: str, nullable: bool = False) -> Column:
    return Column(NONE, meaning, kind="flag", nullable=nullable)


def _count(meaning: str, unit: str = NONE, nullable: bool = False) -> Column:
    return Column(unit, meaning, kind="integer", nullable=nullable)


def _lever_columns() -> dict[str, Column]:
    """What benchmarks/dry_films.py writes of one film; empty where the film was not reached."""
    conducts = {
        "cbd_percolates": _flag("whether CBD alone conducts from plane to plane"),
        "sigma_e_s_per_m": Column("S/m", "electronic conductivity along z"),
        "sigma_e_core_s_per_m": Column("S/m", "the same without the outer micrometres"),
        "sigma_ion_s_per_m": Column("S/m", "ionic conductivity along z"),
    }
    columns = {
        "g_per_cm3": Column("g/cm3", "density"),
        "porosity": Column(FRACTION, "porosity outside the particles"),
        "cbd_coordination": Column(FRACTION, "CBD that a CBD touches, mean"),
        **conducts,
        **{
            f"conserved_{name}": replace(column, meaning=f"{column.meaning}, conserved voxels")
            for name, column in conducts.items()
        },
    }
    return _changed(columns, nullable=True)


def _changed(columns: dict[str, Column], **changes) -> dict[str, Column]:
    """The same columns with other attributes, such as ``nullable``."""
    return {name: replace(column, **changes) for name, column in columns.items()}


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
            shown,
            f"{meaning}, sample standard deviation over {over} (empty for one)",
            nullable=True,
        ),
    }


def _with_stderr(name: str, shown: str, meaning: str) -> dict:
    return {
        name: Column(shown, meaning),
        f"{name}_stderr": Column(
            shown, f"standard error of it from the fit: {meaning}", nullable=True
        ),
    }


def _with_interval(name: str, unit: str, shown: str, meaning: str) -> dict:
    """A fitted quantity with its interval; empty where nothing was fitted."""
    columns = {
        f"{name}{unit}": Column(shown, meaning),
        f"{name}_ci95_low{unit}": Column(shown, "lower end of its 95 % confidence interval"),
        f"{name}_ci95_high{unit}": Column(shown, "upper end of its 95 % confidence interval"),
    }
    return _changed(columns, nullable=True)


def _ratio_to_reference() -> dict:
    """Viscosity and its ratio to the run with the smallest masses, over the seeds."""
    return {
        "viscosity_pa_s": Column("Pa s", "viscosity, mean over the slurries"),
        "viscosity_ci95_pa_s": Column(
            "Pa s", "half width of its 95 % interval over the slurries", nullable=True
        ),
        "over_reference": Column(
            FRACTION,
            "viscosity over that of the reference, formed slurry by slurry, mean; empty where the "
            "reference was not sheared so far",
            nullable=True,
        ),
        "over_reference_ci95": Column(
            FRACTION, "half width of its 95 % interval over the slurries", nullable=True
        ),
    }


MATRIX = "castline.recipe.settings.MatrixConfig"
FILM = "castline.transport.film"
MECHANICS = "castline.results.mechanics"
ELECTRODE = {
    "psd": replace(
        _text(
            "size distribution of the active material, as named in the campaign; with the "
            "composition behind it, as AM_1-am80, where that has several"
        ),
        maker=MATRIX,
    ),
    "solid_content_percent": Column("wt.%", "dry mass over slurry mass", maker=MATRIX),
}
# What stands in place of the solid content where a campaign has that axis.
AXES = {PRESS.column: Column("MPa", "pressure of the press", maker=MATRIX)}
CELL = {
    **ELECTRODE,
    "replicate": replace(_count("number of the realisation, from 1"), maker=MATRIX),
}
KEYS = list(CELL)
# Behind the keys where a campaign has several compositions.
COMPOSITION = _changed(
    {
        "composition": _text("name of the dry composition; only with matrix.compositions"),
        **{
            f"{phase}_wt_percent": Column("wt.%", f"{phase.upper()} in the dry mass")
            for phase in ("am", "se", "cbd")
        },
    },
    maker=MATRIX,
    optional=True,
)
STATE = {"state": replace(_text("slurry, dried, calendered or assembled"), names="state")}
SIZE = _changed(
    {
        "area_factor": Column(FRACTION, "area over that of the campaign's films"),
        "thickness_factor": Column(FRACTION, "mass on an area over that of the campaign's films"),
    },
    maker="castline.campaign.size_effects.SizeEffectsConfig",
)
COMPOSITE = _changed(
    {
        "set": _text("publication, or a variant of an assumption about it, as in the campaign"),
        "sample": _text("composite, as in the campaign"),
    },
    maker="castline.composites.settings.CompositesConfig",
)
OUTCOME = {
    "status": _text("ok or failed", words="ok|failed"),
    "reason": _text("why it failed, else empty", nullable=True),
}
ORIGIN = {"data_origin": _text("measured, or synthetic: generated from known parameters")}
SAMPLE = _changed(
    {"cell": _text("name of the measured cell"), **ELECTRODE, **STATE},
    maker="castline.measured.measurements.Cell",
)
GEOMETRY = _changed(
    {
        **_statistics("thickness", "_um", "um", "electrode thickness"),
        **_statistics("diameter", "_mm", "mm", "diameter of the punched disc"),
        **_statistics("mass", "_mg", "mg", "mass of the electrode disc"),
    },
    maker="castline.measured.measurements.Cell",
)
DENSITY = "castline.measured.cells.sample_density_kg_per_m3"
POROSITY = "castline.measured.cells.sample_porosity"
TLM_FIT = "castline.impedance.fit.fit_tlm"
DC = "castline.measured.dc_polarization.analyse_dc_polarization"
MEASURED = {
    "density": ("_g_per_cm3", "g/cm3", "density", "m / (pi d^2 L / 4)", DENSITY),
    "porosity": (
        "", FRACTION, "voids, nanopores included", "1 - density / theoretical density", POROSITY
    ),
    "sigma_e_impedance": (
        "_s_per_m", "S/m", "electronic conductivity from the TLM fit", "L / (R_e A)", TLM_FIT
    ),
    "sigma_e_dc": (
        "_s_per_m", "S/m", "electronic conductivity from DC polarization", "L / (R A)", DC
    ),
    "sigma_ion": (
        "_s_per_m", "S/m", "ionic conductivity from the TLM fit", "L / (R_ion A)", TLM_FIT
    ),
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
CONDUCTIVITIES = _changed(
    {
        "sigma_e_s_per_m": Column(
            "S/m",
            "effective electronic conductivity along z; empty without AM and CBD",
            "(L/A) P / V^2",
            nullable=True,
        ),
        "sigma_ion_s_per_m": Column(
            "S/m",
            "effective ionic conductivity along z; empty without SE",
            "sigma_bulk D_ion / D_bulk",
            nullable=True,
        ),
    },
    maker=f"{FILM}.film_conductivities",
)
EXTRAPOLATED = {
    f"{sigma}_{name}": column
    for sigma, shown in (("sigma_e", "electronic"), ("sigma_ion", "ionic"))
    for name, column in {
        "extrapolated_s_per_m": Column(
            "S/m", f"{shown} conductivity at vanishing voxel size (first order)", nullable=True
        ),
        "extrapolated_half_width_s_per_m": Column(
            "S/m", "half width of the interval expected to hold that limit", nullable=True
        ),
        "series_settles": _flag("monotone, with shrinking steps", nullable=True),
        "voxel_error_percent": Column(
            "%",
            "error of the campaign's voxel size",
            "100 (value / extrapolated - 1)",
            nullable=True,
        ),
    }.items()
}
LOSSES = {
    "electronic": "along AM and CBD of the film",
    "ionic": "along the SE of the film",
    "separator": "along the SE of the separator",
    "kinetic": "of the reaction at the AM-SE contacts, their resistance included",
    "diffusion": "of lithium in the AM: potential of its mean content minus that of its surfaces",
    "lithium": "at the Li metal",
    "collector": "between film and collector",
}
LOSS_COLUMNS = [f"loss_{name}_mv" for name in LOSSES]
OVERPOTENTIALS = {
    column: Column("mV", f"overpotential {meaning}")
    for column, meaning in zip(LOSS_COLUMNS, LOSSES.values(), strict=True)
}
FILM_IN_CELL = {
    **CELL,
    **STATE,
    "thickness_um": Column("um", "thickness of the film in the cell"),
    "c_rate": Column("1/h", "current over nominal capacity"),
}
SHEAR_RATE = {"shear_rate_per_s": Column("1/s", "imposed rate of simple shear")}
TARGET = {
    "target": _text("name of the target"),
    "observable": _text("the number it is about, as in the campaign's tables"),
    "state": _text("slurry, dried, calendered or assembled"),
    "where": _text("electrode and shear rate; of a ratio, both"),
    "wanted": _text("range in which the target is met"),
}

DECLARED = (
    Table(
        "viscosity",
        "one replicate at one shear rate",
        keys=(*KEYS, "shear_rate_per_s"),
        maker="castline.line.viscosity.shear",
        columns={
            **CELL,
            **COMPOSITION,
            **SHEAR_RATE,
            "viscosity_pa_s": Column(
                "Pa s", "time average after the transient", "-<virial stress_xy> / rate"
            ),
            "viscosity_stderr_pa_s": Column(
                "Pa s", "its standard error, correlation in time respected"
            ),
            "strain": Column(FRACTION, "strain reached at the end"),
            "transient_strain": Column(FRACTION, "strain after which samples count"),
            "converged": _flag("whether the standard error met its target"),
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
    Table(
        "viscosity_history",
        "one sample of one replicate at one shear rate",
        keys=(),
        maker="castline.line.viscosity.history_table",
        columns={
            **SHEAR_RATE,
            "from_shear_rate_per_s": Column("1/s", "rate sheared before, 0 for rest"),
            "strain": Column(FRACTION, "strain since the change to that rate"),
            "viscosity_pa_s": Column("Pa s", "mean over the sample", "-virial stress_xy / rate"),
            "particle_pressure_pa": Column("Pa", "particle pressure, mean over the sample"),
            "first_normal_stress_difference_pa": Column("Pa", "mean over the sample"),
            "temperature_k": Column("K", "kinetic temperature of the scaled masses"),
            "rotation_over_half_shear_rate": Column(
                FRACTION, "mean rotation of the particles over that of the flow"
            ),
        },
    ),
    Table(
        "flow_curves",
        "one fit (model) of one replicate, or of all pooled",
        keys=(*KEYS, "model"),
        maker="castline.results.flow_curve.fit_row",
        columns={
            **ELECTRODE,
            "replicate": _text("number of the realisation, or pooled", words=r"\d+|pooled"),
            "model": _text(
                "herschel_bulkley or power_law (no yield stress)",
                "stress = yield_stress + consistency rate^flow_index",
                words="herschel_bulkley|power_law",
            ),
            "points": _count("viscosities fitted, weighted by their standard errors", FRACTION),
            "points_not_converged": _count("of these, above the asked standard error", FRACTION),
            "reduced_chi_square": Column(
                FRACTION, "scatter over standard errors, squared", nullable=True
            ),
            **_with_interval("yield_stress", "_pa", "Pa", "stress at which flow begins"),
            **_with_interval("consistency", "_pa_s_n", "Pa s^n", "factor of the power of the rate"),
            **_with_interval("flow_index", "", FRACTION, "power of the rate, 1 for a liquid"),
            **_changed(
                {
                    "normal_over_shear_stress": Column(
                        FRACTION,
                        "first normal stress difference over shear stress, mean over the points",
                    ),
                    "normal_over_shear_stress_ci95": Column(
                        FRACTION, "half width of its 95 % interval", nullable=True
                    ),
                },
                maker="castline.results.flow_curve.normal_stress_row",
            ),
            **_changed(
                {
                    "coating_shear_rate_per_s": Column(
                        "1/s", "only with viscosity.coating", "blade speed / gap"
                    ),
                    **_with_interval(
                        "coating_viscosity", "_pa_s", "Pa s", "viscosity of the fit there"
                    ),
                    "coating_extrapolated": _flag(
                        "whether that rate lies outside the sheared ones"
                    ),
                },
                maker="castline.results.flow_curve.coating_row",
                optional=True,
            ),
        },
    ),
    Table(
        "start_up",
        "one sample of one replicate sheared from rest at its highest rate",
        keys=(),  # the sample at the border of two segments may come twice
        maker="castline.results.flow_curve.start_up_table",
        columns={
            **CELL,
            **SHEAR_RATE,
            "strain": Column(FRACTION, "strain since rest"),
            "viscosity_pa_s": Column("Pa s", "mean over the sample", "-virial stress_xy / rate"),
            "shear_stress_pa": Column("Pa", "viscosity times rate; its overshoot shows yielding"),
        },
    ),
    Table(
        "structure",
        "one replicate in one state",
        keys=(*KEYS, "state"),
        maker="castline.packing.structure.structure_metrics",
        columns={
            **CELL,
            **COMPOSITION,
            **STATE,
            "density_g_per_cm3": Column("g/cm3", "mass, in the slurry with solvent, over volume"),
            "porosity": Column(
                FRACTION, "voids, CBD nanopores included", "1 - density / theoretical density"
            ),
            "porosity_without_nanopores": Column(FRACTION, "share of pore voxels"),
            "cbd_nanoporosity": Column(
                FRACTION,
                "pore fraction inside the CBD",
                "1 - V_solids / V_CBD,image",
                maker="castline.packing.nanoporosity.cbd_nanoporosity",
                nullable=True,
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
                f"volume_error_{p}": Column(
                    FRACTION,
                    f"how far the {p.upper()} voxels are from the volume of its spheres",
                    "voxel fraction / volume fraction - 1",
                    nullable=True,
                    optional=True,
                )
                for p in ("am", "se", "cbd")
            },
            **_changed(
                {
                    name: column
                    for pair, (a, b) in PAIRS.items()
                    for name, column in {
                        f"coordination_{pair}": Column(
                            FRACTION, f"mean number of {b} neighbours of an {a} particle"
                        ),
                        f"contact_area_{pair}_per_m": Column(
                            "m2/m3", f"{a}-{b} contact area per electrode volume", "sum pi a^2 / V"
                        ),
                    }.items()
                },
                maker="castline.packing.structure.contact_metrics",
                nullable=True,
            ),
        },
    ),
    Table(
        "profiles",
        "one slab of one replicate in one state",
        keys=(*KEYS, "state", "z_um"),
        maker="castline.packing.structure.phase_profiles",
        columns={
            **CELL,
            **STATE,
            "z_um": Column("um", "centre of the slab above the lower face"),
            **{
                p: Column(FRACTION, f"nominal volume fraction of {p.upper()} in the slab")
                for p in ("am", "se", "cbd")
            },
        },
    ),
    Table(
        "calendering_curve",
        "one sample of the press of one replicate, in units of LAMMPS",
        keys=("step",),
        maker="castline.line.calendering.press_and_release",
        columns={
            "step": _count("time step of the run"),
            "gap_um": Column("um", "distance of the two planes"),
            "plane_kpa": Column("kPa", "force on the moving plane over area"),
            "base_kpa": Column("kPa", "force on the fixed plane over area"),
            "film_um": Column("um", "height of the film"),
            "kinetic_fj": Column("fJ", "kinetic energy"),
            "potential_fj": Column("fJ", "potential energy"),
            "phase": _text(
                "part of the cycle: press, release, relax, or hold",
                words="press|release|relax|hold",
            ),
        },
    ),
    Table(
        "calendering",
        "one sample of the press of one replicate",
        keys=(*KEYS, "step"),
        maker="castline.line.calendering.press_and_release",
        columns={
            **CELL,
            "phase": _text(
                "part of the cycle: press, release, relax, or hold",
                words="press|release|relax|hold",
            ),
            "step": _count("time step of the run"),
            "gap_um": Column("um", "distance of the two planes"),
            "plane_pressure_mpa": Column("MPa", "force on the moving plane over area"),
            "base_pressure_mpa": Column("MPa", "force on the fixed plane over area"),
        },
    ),
    Table(
        "mechanics",
        "the pressed film of one replicate",
        keys=tuple(KEYS),
        maker=f"{MECHANICS}.mechanics_tables",
        columns={
            **CELL,
            "peak_pressure_mpa": Column(
                "MPa", "largest pressure, mean of both planes, on the rising curve"
            ),
            **{
                f"relative_density_{when}": Column(
                    FRACTION,
                    f"solids over film, {shown}; above 1 spheres overlap by more than pores",
                )
                for when, shown in (
                    ("pressed", "where the plane turns round"),
                    ("released", "as the press leaves it"),
                )
            },
            "spring_back": Column(
                FRACTION, "how far the released film is thicker than the pressed one", "L / gap - 1"
            ),
            **_changed(
                {
                    "heckel_constant_per_gpa": Column(
                        "1/GPa",
                        "Heckel's constant K, between 10 and 100 MPa; empty where the press ends "
                        "before or the film has no pores left",
                        "ln 1/(1-D) = K P + A",
                    ),
                    "heckel_constant_stderr_per_gpa": Column(
                        "1/GPa", "standard error of the line's slope: how far the curve is from it"
                    ),
                    "heckel_intercept": Column(FRACTION, "Heckel's A"),
                },
                maker=f"{MECHANICS}.heckel_line",
                nullable=True,
            ),
            **_changed(
                {
                    "unloading_modulus_gpa": Column(
                        "GPa",
                        "modulus of the film along z, held in x and y, between 0.9 and 0.5 of the "
                        "peak pressure on the plane's way back; empty with fewer than 4 samples",
                        "-dP / d ln(gap)",
                    ),
                    "unloading_modulus_stderr_gpa": Column(
                        "GPa", "standard error of the line's slope"
                    ),
                    "unloading_difference": Column(
                        FRACTION,
                        "how far the film was from rest there: the pressures on both planes, their "
                        "mean absolute difference over their sum",
                    ),
                },
                maker=f"{MECHANICS}.Pressing",
                nullable=True,
            ),
        },
    ),
    Table(
        "densification",
        "the film of one replicate under one pressure of the rising press",
        keys=(*KEYS, "pressure_mpa"),
        maker=f"{MECHANICS}.mechanics_tables",
        columns={
            **CELL,
            "pressure_mpa": Column("MPa", "pressure on the film, mean of both planes"),
            "relative_density": Column(FRACTION, "solids over the film between the planes"),
        },
    ),
    Table(
        "transport",
        "one film of one replicate",
        keys=(*KEYS, "state"),
        maker=f"{FILM}.film_conductivities",
        columns={
            **CELL,
            **COMPOSITION,
            **STATE,
            "voxel_rule": replace(
                _text(
                    "what becomes of overlaps in the image: plain counts them once, conserved "
                    "moves them into pores",
                    words="plain|conserved",
                ),
                optional=True,
            ),
            **CONDUCTIVITIES,
            "diffusivity_ratio": Column(
                FRACTION, "D_ion / D_bulk of the SE phase; empty without SE", nullable=True
            ),
            **{
                f"sigma_{name}_core_s_per_m": Column(
                    "S/m",
                    f"{shown} conductivity without transport.face_margin_um at each face; empty "
                    "where that leaves less than half the film, or no phase carries it",
                    maker=f"{FILM}.core_conductivities",
                    nullable=True,
                )
                for name, shown in (("e", "electronic"), ("ion", "ionic"))
            },
            **{
                f"face_resistance_{name}_ohm_m2": Column(
                    "ohm m2",
                    f"{shown} resistance of one face, transport.face_margin_um deep, times area; "
                    "empty where film or core do not conduct",
                    "(L / sigma - L_core / sigma_core) / 2",
                    maker=f"{FILM}.face_resistances",
                    nullable=True,
                    optional=True,
                )
                for name, shown in (("e", "electronic"), ("ion", "ionic"))
            },
            **{
                f"{what}_percolates": _flag(
                    f"whether {phase} connects the two z faces; empty without it", nullable=True
                )
                for what, phase in (("electronic", "AM with CBD"), ("ionic", "SE"), ("cbd", "CBD"))
            },
            **{
                f"{what}_percolating_fraction": Column(
                    FRACTION,
                    f"share of the {phase} voxels in clusters that touch both z faces",
                    nullable=True,
                )
                for what, phase in (("electronic", "AM and CBD"), ("ionic", "SE"))
            },
            **{
                f"{what}_flux_imbalance": Column(
                    FRACTION,
                    "relative difference of the currents through the two z faces",
                    nullable=True,
                )
                for what in ("electronic", "ionic")
            },
            "reason": replace(
                _text("why a conductivity is empty: the phase that is absent", nullable=True),
                optional=True,
            ),
        },
    ),
    Table(
        "composition_trends",
        "one observable of the films of one distribution and solid content in one state",
        keys=(*ELECTRODE, "state", "observable"),
        maker="castline.results.compositions.composition_trends",
        columns={
            "psd": replace(
                _text("size distribution of the active material, without the composition"),
                maker=MATRIX,
            ),
            "solid_content_percent": ELECTRODE["solid_content_percent"],
            **STATE,
            "observable": _text("column of the structure or transport table"),
            "am_wt_percents": _text("active material in the dry mass of each composition, wt.%"),
            "n_replicates": _count("fewest replicates of a composition"),
            "slope": Column("see unit", "least-squares slope against the wt.% of active material"),
            "slope_low_95": Column(
                "see unit", "lower end of its 95 % interval, empty for one replicate", nullable=True
            ),
            "slope_high_95": Column("see unit", "upper end of it", nullable=True),
            "unit": _text("unit of the slope"),
            "verdict": _text(
                "where the interval lies: rises, falls, not resolved, or why not tested",
                words="rises|falls|not resolved|not tested: .*",
            ),
        },
    ),
    Table(
        "drying_rates",
        "the film of one replicate that dried at one rate, in one state",
        keys=(*KEYS, "drying_rate_um_per_s", "state"),
        maker="castline.results.drying_rates.drying_rate_table",
        columns={
            **CELL,
            "psd": replace(
                _text("size distribution of the active material, without the drying rate"),
                maker=MATRIX,
            ),
            "drying_rate": replace(_text("name of the drying rate"), maker=MATRIX),
            "drying_rate_um_per_s": Column(
                "um/s", "height that the wet film loses in a second", maker=MATRIX
            ),
            **STATE,
            **_changed(
                {
                    "thickness_um": Column("um", "height of the film"),
                    "density_g_per_cm3": Column("g/cm3", "mass over volume"),
                },
                maker="castline.packing.structure.structure_metrics",
            ),
            **_changed(
                {
                    "cbd_in_adhesion_layer": Column(
                        FRACTION, "nominal volume fraction of CBD in the lowest 2 um"
                    ),
                    "cbd_in_film": Column(FRACTION, "nominal volume fraction of CBD in the film"),
                    "cbd_upper_over_lower": Column(
                        NONE, "CBD in the upper half of the film over that in the lower half"
                    ),
                    "cbd_mean_height": Column(
                        FRACTION, "mean height of the CBD over that of the film"
                    ),
                },
                maker="castline.results.drying_rates.carbon_and_binder",
            ),
            **{name: CONDUCTIVITIES[name] for name in ("sigma_e_s_per_m", "sigma_ion_s_per_m")},
        },
    ),
    Table(
        "voxel_series",
        "one calendered film at one voxel size",
        keys=(*KEYS, "voxel_um"),
        maker=f"{FILM}.voxel_series",
        columns={
            **CELL,
            "voxel_um": Column("um", "voxel edge length asked for"),
            **CONDUCTIVITIES,
        },
    ),
    Table(
        "voxel_error",
        "one calendered film",
        keys=tuple(KEYS),
        maker="castline.transport.voxel_series.extrapolate_voxel_series",
        columns={**CELL, **EXTRAPOLATED},
    ),
    Table(
        "predicted_tlm",
        "one calendered replicate",
        keys=(*ELECTRODE, "state", "replicate"),
        maker="castline.impedance.prediction.predict_spectra",
        columns={
            **ELECTRODE,
            **STATE,
            "replicate": CELL["replicate"],
            **OUTCOME,
            "thickness_um": Column("um", "thickness of the predicted cell"),
            **CONDUCTIVITIES,
            "se_contact_area_per_m": Column("m2/m3", "contact area of SE with AM and CBD"),
            "contact_area_am_cbd_per_m": Column(
                "m2/m3",
                "AM-CBD contact area",
                maker="castline.packing.structure.contact_metrics",
            ),
            **_changed(
                TLM,
                maker="castline.impedance.model.parameters_from_simulation",
                nullable=True,
            ),
        },
    ),
    Table(
        "predicted_spectra",
        "one frequency of one electrode",
        keys=(*ELECTRODE, "state", "frequency_hz"),
        maker="castline.impedance.model.area_impedance",
        columns={
            **ELECTRODE,
            **STATE,
            "n_replicates": _count("replicates averaged"),
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
    Table(
        "discharge",
        "one discharge of one film at one C rate",
        keys=(*KEYS, "state", "thickness_um", "c_rate"),
        maker="castline.cell.discharge.discharge_tables",
        columns={
            **FILM_IN_CELL,
            "status": _text("ok, no path (through the film) or failed", words="ok|no path|failed"),
            "reason": _text("why there is no discharge, else empty", nullable=True),
            **_changed(
                {
                    "sigma_e_s_per_m": Column("S/m", "electronic conductivity at that thickness"),
                    "sigma_ion_s_per_m": Column("S/m", "ionic conductivity at that thickness"),
                },
                maker="castline.cell.film.Faces.grown",
            ),
            "contact_share": Column(
                FRACTION,
                "share of the AM's surface that touches SE",
                maker="castline.cell.film.Film",
            ),
            **_changed(
                {
                    "current_ma_per_cm2": Column("mA/cm2", "current density"),
                    "nominal_capacity_mah_per_g": Column(
                        "mAh/g",
                        "capacity of the AM from where discharge begins to stoichiometry_full",
                        "F c_max (x_full - x_start) / density",
                        maker="castline.cell.film.capacity_per_gram",
                    ),
                    "nominal_capacity_mah_per_cm2": Column(
                        "mAh/cm2",
                        "the same per area",
                        maker="castline.cell.film.capacity_per_area",
                    ),
                    "capacity_mah_per_g": Column("mAh/g", "capacity drawn per mass of AM"),
                    "capacity_mah_per_cm2": Column("mAh/cm2", "capacity drawn per area"),
                    "utilisation": Column(FRACTION, "capacity drawn over nominal capacity"),
                    "mean_voltage_v": Column("V", "mean over the charge"),
                    "energy_mwh_per_g": Column("mWh/g", "energy drawn per mass of AM"),
                    "ended_by": _text(
                        "voltage: of the lower limit; stoichiometry: all of the nominal capacity",
                        words="voltage|stoichiometry",
                    ),
                    **_changed(
                        OVERPOTENTIALS,
                        formula="mean over the charge",
                        maker="castline.cell.model.SolidStateHalfCell",
                    ),
                },
                nullable=True,
            ),
        },
    ),
    Table(
        "discharge_curves",
        "one point of one discharge",
        keys=(*KEYS, "state", "thickness_um", "c_rate", "capacity_mah_per_g"),
        maker="castline.cell.discharge.curve_table",
        columns={
            **FILM_IN_CELL,
            "capacity_mah_per_g": Column("mAh/g", "capacity drawn per mass of AM"),
            "capacity_mah_per_cm2": Column("mAh/cm2", "capacity drawn per area"),
            "voltage_v": Column("V", "voltage of the cell"),
            "open_circuit_v": Column("V", "open-circuit potential of the mean lithium content"),
        },
    ),
    Table(
        "cell_sensitivity",
        "one input of one electrode (mean of its replicates) at one C rate",
        keys=(*ELECTRODE, "state", "thickness_um", "c_rate", "input"),
        maker="castline.cell.sensitivity.elasticities",
        columns={
            **ELECTRODE,
            **STATE,
            "n_replicates": _count("replicates averaged"),
            "thickness_um": FILM_IN_CELL["thickness_um"],
            "c_rate": FILM_IN_CELL["c_rate"],
            "input": _text(
                "what is changed; contact_area stands for the exchange current, too, am_size for "
                "the diffusivity (to the power -1/2)",
                words="|".join(
                    (
                        *("sigma_e", "sigma_ion", "contact_area", "am_size", "thickness"),
                        "separator_conductivity",
                    )
                ),
            ),
            "utilisation": Column(FRACTION, "capacity drawn over nominal capacity"),
            "loss_mv": Column("mV", "mean overpotential of the discharge, all parts"),
            **{
                f"elasticity_{name}": Column(
                    FRACTION,
                    f"relative change of the {shown} over that of the input",
                    "d ln y / d ln x",
                )
                for name, shown in (
                    ("capacity", "capacity per volume"),
                    ("energy", "energy per volume"),
                    ("loss", "mean overpotential"),
                )
            },
        },
    ),
    Table(
        "measured_cells",
        "one measured cell, failed ones included",
        keys=("cell",),
        maker="castline.measured.cells.analyse_measurements",
        columns={
            **SAMPLE,
            **ORIGIN,
            **OUTCOME,
            "warnings": _text(
                "what the fit could not identify, what the DC data lack", nullable=True
            ),
            "points_left_out": replace(
                _text("points of the spectrum that were not fitted, and why", nullable=True),
                maker="castline.impedance.selection.select_points",
            ),
            **GEOMETRY,
            **_changed(
                {
                    **{
                        column: replace(description, maker=maker)
                        for name, (unit, shown, meaning, formula, maker) in MEASURED.items()
                        for column, description in _statistics(
                            name, unit, shown, meaning, formula
                        ).items()
                    },
                    **_changed(
                        _statistics(
                            "resistance_impedance",
                            "_ohm",
                            "ohm",
                            "electronic resistance by impedance",
                        ),
                        maker=TLM_FIT,
                    ),
                    **_changed(
                        _statistics("resistance_dc", "_ohm", "ohm", "electronic resistance by DC"),
                        maker=DC,
                    ),
                    "sigma_e_impedance_low_s_per_m": Column(
                        "S/m", "lower end, 95 % profile interval", maker=TLM_FIT
                    ),
                    "sigma_e_impedance_high_s_per_m": Column(
                        "S/m", "upper end, 95 % profile interval", maker=TLM_FIT
                    ),
                    "dc_minus_impedance_percent": Column(
                        "%", "difference", "100 (R_dc / R_imp - 1)"
                    ),
                    "dc_agrees_with_impedance": replace(
                        _flag("differ by less than two standard uncertainties"),
                        maker="castline.measured.cells.agree",
                    ),
                },
                nullable=True,
            ),
        },
    ),
    Table(
        "measured_electrodes",
        "one electrode: its good cells averaged",
        keys=(*ELECTRODE, "state", "data_origin"),
        maker="castline.measured.cells.analyse_measurements",
        columns={
            **ELECTRODE,
            **STATE,
            **ORIGIN,
            "n_cells": _count("cells averaged"),
            **_changed(
                {
                    column: description
                    for name, (unit, shown, meaning, _, _) in MEASURED.items()
                    for column, description in {
                        **_mean_and_std(name, unit, shown, meaning, "cells"),
                        f"{name}_mean_uncertainty{unit}": Column(
                            shown, f"{meaning}, propagated standard uncertainty of the mean"
                        ),
                    }.items()
                },
                nullable=True,
            ),
        },
    ),
    Table(
        "measured_tlm_fits",
        "one fitted spectrum",
        keys=("cell",),
        maker=TLM_FIT,
        columns={
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
            "warnings": _text("what the fit could not identify", nullable=True),
        },
    ),
    Table(
        "measured_spectra",
        "one frequency of one measured cell",
        keys=("cell", "frequency_hz"),
        maker="castline.impedance.spectra.read_spectrum",
        columns={
            **SAMPLE,
            **ORIGIN,
            "thickness_um": replace(GEOMETRY["thickness_um"], meaning="electrode thickness"),
            "area_mm2": Column(
                "mm2", "electrode area", maker="castline.measured.measurements.Cell"
            ),
            "frequency_hz": Column("Hz", "frequency"),
            "z_real_ohm": Column("ohm", "measured impedance, real part"),
            "z_imag_ohm": Column("ohm", "measured impedance, imaginary part"),
            "z_real_fit_ohm": Column("ohm", "fitted impedance, real part", maker=TLM_FIT),
            "z_imag_fit_ohm": Column("ohm", "fitted impedance, imaginary part", maker=TLM_FIT),
            "left_out": replace(
                _text("why the point was not fitted, empty where it was", nullable=True),
                maker="castline.impedance.selection.select_points",
            ),
        },
    ),
    Table(
        "measured_viscosity",
        "one shear rate of one slurry, and one failed row for each unreadable sample",
        keys=(*ELECTRODE, "reason", "branch", "shear_rate_per_s"),
        maker="castline.measured.cells.analyse_measurements",
        columns={
            **ELECTRODE,
            **ORIGIN,
            **OUTCOME,
            "branch": replace(
                _text(
                    "part of a sweep that goes up and down in shear rate: up, down, up 2, ...",
                    nullable=True,
                    words="(up|down)( [2-9])?",
                ),
                maker="castline.measured.slurries.branches_of",
            ),
            "shear_rate_per_s": Column("1/s", "shear rate", nullable=True),
            **_changed(
                _mean_and_std("viscosity", "_pa_s", "Pa s", "viscosity", "samples"), nullable=True
            ),
            "n_samples": _count("samples averaged"),
        },
    ),
    Table(
        "cbd_refit",
        "one measured calendered electrode, or (solid content `all`) one distribution",
        keys=(*ELECTRODE, "data_origin"),
        maker="castline.transport.cbd_refit.refit_electrode",
        columns={
            "psd": ELECTRODE["psd"],
            "solid_content_percent": replace(ELECTRODE["solid_content_percent"], kind="text"),
            **ORIGIN,
            "n_cells": _count("measured cells"),
            "n_replicates": _count("simulated replicates"),
            **_changed(
                {
                    "sigma_e_measured_s_per_m": Column("S/m", "measured, mean over cells"),
                    "sigma_e_simulated_s_per_m": Column(
                        "S/m", "in the assembled cell, with the campaign's CBD conductivity"
                    ),
                    "cbd_conductivity_s_per_m": Column(
                        "S/m",
                        "CBD conductivity at which the simulated mean over replicates is the "
                        "measured one; for a distribution the geometric mean of its electrodes",
                        maker="castline.transport.cbd_refit.find_conductivity",
                    ),
                    "cbd_conductivity_low_95_s_per_m": Column(
                        "S/m", "lower end of its 95 % interval"
                    ),
                    "cbd_conductivity_high_95_s_per_m": Column("S/m", "upper end of it"),
                    "measurement_percent": Column(
                        "%", "part of the half width from the measurement, in ln sigma_CBD x 100"
                    ),
                    "simulation_percent": Column(
                        "%", "part from the scatter of replicates; empty for one replicate"
                    ),
                    "interval_covers": _text("what the interval covers"),
                },
                nullable=True,
            ),
            **OUTCOME,
        },
    ),
    Table(
        "cbd_refit_sigma_e",
        "one replicate of a calendered electrode with measurements",
        keys=tuple(KEYS),
        maker="castline.transport.cbd_refit.refit_campaign",
        columns={
            **CELL,
            "cbd_conductivity_s_per_m": Column(
                "S/m", "refitted CBD conductivity of its distribution"
            ),
            "sigma_e_refitted_s_per_m": Column(
                "S/m", "sigma_e in the assembled cell, solved again with it"
            ),
        },
    ),
    Table(
        "trends",
        "one test of one sentence of the study over the replicates",
        keys=("statement", "test", "psd", "solid_content_percent", "shear_rate_per_s"),
        maker="castline.results.trends.trends_table",
        columns={
            "statement": _text("name of the sentence", words="|".join(map(re.escape, SENTENCES))),
            "kind": _text("level: a range of values; trend: a comparison", words="level|trend"),
            "sentence": _text("what the study states, in our words"),
            "test": _text("the effect that is computed", nullable=True),
            "psd": _text(
                "size distributions compared, first minus (or over) second", nullable=True
            ),
            "solid_content_percent": Column(
                *("wt.%", "solid contents that enter"),
                kind="text",
                nullable=True,
                words=r"[\d.]+( [\d.]+)*",
            ),
            "shear_rate_per_s": Column("1/s", "shear rate, viscosity only", nullable=True),
            "n_replicates": _count(
                "replicates of the electrode with the fewest; of a conductivity, films that conduct"
            ),
            **_changed(
                {
                    "n_films": _count("films of the electrodes, conductivities only"),
                    "connected_fraction": Column(
                        FRACTION,
                        "share of these films that conduct from face to face: electrons through "
                        "CBD, ions through SE; the effect is that of these films",
                    ),
                    "connected_fraction_low_95": Column(
                        FRACTION, "lower end of its exact 95 % interval (Clopper-Pearson)"
                    ),
                    "connected_fraction_high_95": Column(FRACTION, "upper end of it"),
                },
                maker="castline.results.intervals.Share",
                nullable=True,
            ),
            **_changed(
                {
                    "effect": Column(
                        "see unit",
                        "the effect, from the means over replicates; of viscosities and "
                        "conductivities from geometric means",
                    ),
                    "effect_low_95": Column(
                        "see unit", "lower end of its 95 % interval; empty for one replicate"
                    ),
                    "effect_high_95": Column("see unit", "upper end of it"),
                },
                maker="castline.results.intervals.Effect",
                nullable=True,
            ),
            "unit": _text("unit of the effect; 1: a ratio or pure number", nullable=True),
            "wanted_low": Column(
                "see unit",
                "lower end of where the sentence wants the effect; empty: open",
                maker="castline.results.stated.Stated.band",
                nullable=True,
            ),
            "wanted_high": Column(
                "see unit",
                "upper end of it; empty: open",
                maker="castline.results.stated.Stated.band",
                nullable=True,
            ),
            "variance": replace(
                _text(
                    "pooled: one variance of all electrodes, which Bartlett's test does not find "
                    "to differ; own: each electrode's",
                    nullable=True,
                    words="pooled|own",
                ),
                maker="castline.results.intervals.contrast",
            ),
            "degrees_of_freedom": Column(
                FRACTION,
                "of the interval (Welch-Satterthwaite where variances are not pooled)",
                maker="castline.results.intervals.Effect",
                nullable=True,
            ),
            "p_value": Column(
                FRACTION,
                "smallest 1 - level at which the verdict is not `not resolved`",
                maker="castline.results.trends.TrendTest",
                nullable=True,
            ),
            "p_holm": Column(
                FRACTION,
                "the same for all tests of the table together (Holm)",
                nullable=True,
            ),
            "verdict": replace(
                _text(
                    "supported: the whole interval is where it is wanted; contradicted: none of "
                    "it; else not resolved; or why it was not tested",
                    words="supported|not resolved|contradicted|not tested: .+",
                ),
                maker="castline.results.trends.TrendTest",
            ),
            "verdict_holm": _text(
                "the verdict that stands if all of them are to be right with 95 %",
                words="supported|not resolved|contradicted|not tested: .+",
            ),
            "n_needed": Column(
                NONE,
                "replicates (films, of a conductivity) of each electrode that would decide it with "
                "a chance of 80 %, as far as the present ones tell; empty: decided, or above 9999",
                kind="integer",
                maker="castline.results.intervals.Effect",
                nullable=True,
            ),
        },
    ),
    Table(
        "size_effects",
        "one film of another size, in one state",
        keys=(*KEYS, *SIZE, "state"),
        maker="castline.campaign.size_effects_films.sized_films",
        columns={
            **CELL,
            **SIZE,
            **STATE,
            "particles": _count("particles of the film"),
            "area_um2": Column("um2", "area of the film"),
            **_changed(
                {
                    "thickness_um": Column("um", "film thickness"),
                    "density_g_per_cm3": Column("g/cm3", "mass over volume"),
                    "porosity": Column(FRACTION, "voids, CBD nanopores included"),
                },
                maker="castline.packing.structure.structure_metrics",
            ),
            **_changed(
                {
                    "sigma_e_s_per_m": Column("S/m", "effective electronic conductivity along z"),
                    "sigma_ion_s_per_m": Column("S/m", "effective ionic conductivity along z"),
                    "cbd_percolates": _flag("whether CBD connects the two faces"),
                    "ionic_percolates": _flag("whether SE connects the two faces"),
                },
                maker="castline.transport.film.film_conductivities",
            ),
            **_changed(
                {
                    "sigma_e_core_s_per_m": Column(
                        "S/m", "sigma_e without the margins at the faces", nullable=True
                    ),
                    "sigma_ion_core_s_per_m": Column("S/m", "the same of sigma_ion", nullable=True),
                },
                maker="castline.transport.film.core_conductivities",
            ),
            **_changed(
                {
                    "face_resistance_e_ohm_m2": Column(
                        "ohm m2", "electronic resistance of one face, times area", nullable=True
                    ),
                    "face_resistance_ion_ohm_m2": Column(
                        "ohm m2", "the same for ions", nullable=True
                    ),
                },
                maker="castline.transport.film.face_resistances",
            ),
            "lammps_core_seconds": Column("s", "processor time of LAMMPS for this state"),
        },
    ),
    Table(
        "size_ratios",
        "one quantity of films of one size, and over that of the campaign's size",
        keys=(*ELECTRODE, *SIZE, "state", "quantity"),
        maker="castline.results.size_effects.size_ratios",
        columns={
            **ELECTRODE,
            **SIZE,
            **STATE,
            "quantity": _text("column of size_effects.csv"),
            "unit": _text("unit of the mean"),
            "films": _count("films of that size"),
            "conducting": _count(
                "of these, films with a path from face to face; the mean is that of them",
                nullable=True,
            ),
            **_changed(
                {
                    "mean": Column(NONE, "geometric mean over the films, in `unit`"),
                    "mean_low_95": Column(NONE, "lower end of its 95 % interval"),
                    "mean_high_95": Column(NONE, "upper end of its 95 % interval"),
                    "ratio": Column(FRACTION, "mean over that of the campaign's size"),
                    "ratio_low_95": Column(FRACTION, "lower end of its 95 % interval"),
                    "ratio_high_95": Column(FRACTION, "upper end of its 95 % interval"),
                    "ratio_by_faces": Column(
                        FRACTION,
                        "ratio of a film of the campaign's size with core in series up to that "
                        "thickness",
                        "t / (1 + (t - 1) sigma / sigma_core)",
                    ),
                },
                nullable=True,
            ),
        },
    ),
    Table(
        "cost",
        "one run of a stage",
        keys=("stage", *KEYS, "state", "shear_rate_per_s"),
        maker="castline.campaign.script.total_cost",
        columns={
            "stage": replace(
                _text("slurry, viscosity, drying, calendering, voxels or transport"), names="stage"
            ),
            **CELL,
            "shear_rate_per_s": Column("1/s", "shear rate, viscosity only", nullable=True),
            "state": replace(STATE["state"], nullable=True),
            "particles_or_voxels": Column(NONE, "size of the work: particles, or voxels"),
            "steps": Column(NONE, "LAMMPS time steps", nullable=True),
            "strain": Column(FRACTION, "strain of the shear, viscosity only", nullable=True),
            "ranks": _count("MPI ranks of LAMMPS", nullable=True),
            "core_seconds": Column("s", "processor time, LAMMPS included"),
            "peak_memory_mb": Column("MB", "largest resident memory"),
        },
    ),
    Table(
        "calibration_trials",
        "one trial of a search",
        keys=("trial",),
        maker="castline.calibration.report.trials_table",
        columns={
            "trial": _count("number of the trial; 0 is the starting set"),
            "candidate": replace(
                _count("of a race: number of the set tried; several trials share it"), optional=True
            ),
            "replicate": replace(
                _count("of a race: replicate on which the trial ran"), optional=True
            ),
            "state": _text("complete, stopped early, failed or running"),
            "objective": Column(
                FRACTION,
                "weighted mean of the misfits; at least that where stopped early",
                maker="castline.calibration.targets.objective",
                nullable=True,
            ),
            "n_replicates": replace(
                _count("of a race: completed replicates of the candidate"), optional=True
            ),
            "mean_objective": Column(
                FRACTION,
                "of a race: mean objective of the candidate over them",
                maker="castline.calibration.candidates.candidates",
                nullable=True,
                optional=True,
            ),
            "mean_objective_stderr": Column(
                FRACTION,
                "of a race: its standard error, from the noise pooled over all candidates",
                "s / sqrt(n)",
                maker="castline.calibration.racing.pooled_noise",
                nullable=True,
                optional=True,
            ),
            "objective_at_full_size": Column(
                FRACTION,
                "objective of a finalist at full size",
                maker="castline.calibration.finalists.objectives",
                nullable=True,
            ),
            "chosen": _flag("whether its set is the result"),
            "*.*": Column("see name", "value of this free key of the force field", nullable=True),
            "misfit_*": Column(
                FRACTION,
                "mean square residual of the target's terms, in tolerances",
                maker="castline.calibration.targets.misfits",
                nullable=True,
            ),
            "core_seconds": Column("s", "processor time", nullable=True),
            "resumes_trial": _count("the interrupted trial that it goes on with", nullable=True),
            "reason": _text("why it failed, else empty", nullable=True),
        },
    ),
    Table(
        "calibration_parameters",
        "one free parameter of a search",
        keys=("parameter",),
        maker="castline.calibration.report.parameters_table",
        columns={
            "parameter": _text("key of the force field; its unit is in the name"),
            "tied": _text("keys that take the same value", nullable=True),
            "start": Column("see name", "value of the starting set"),
            "value": Column("see name", "value found"),
            "acceptable_low": Column(
                "see name", "smallest value of the acceptable trials", nullable=True
            ),
            "acceptable_high": Column("see name", "largest value of them", nullable=True),
            "n_acceptable": _count("trials within the margin, or not worse than the chosen one"),
            "bound_low": Column("see name", "lower bound of the search"),
            "bound_high": Column("see name", "upper bound of the search"),
            "scale": _text("log or linear", words="log|linear"),
            "range_meets_bound": _flag("whether a bound may have cut the acceptable range"),
            "importance": Column(
                FRACTION,
                "share in what sets the best tenth of the trials apart (PED-ANOVA)",
                maker="castline.calibration.report.importances",
                nullable=True,
            ),
        },
    ),
    Table(
        "calibration_residuals",
        "one term: a target on one electrode",
        keys=("target", "where"),
        maker="castline.calibration.report.residuals_table",
        columns={
            **TARGET,
            "value": Column("see observable", "of the set found, mean over replicates"),
            "stderr": Column(
                "see observable", "its standard error; empty for one replicate", nullable=True
            ),
            "residual": Column(
                FRACTION,
                "distance from the wanted range, in tolerances",
                maker="castline.calibration.targets.residual",
            ),
            "met": replace(
                _flag("whether the value lies in the wanted range"),
                maker="castline.calibration.targets.is_met",
            ),
            "value_of_starting_set": Column(
                "see observable", "the same of the starting set", nullable=True
            ),
            "weight": Column(FRACTION, "weight of the target"),
        },
    ),
    Table(
        "calibration_trade_offs",
        "one ordered pair of targets over the complete trials",
        keys=("target_a", "target_b"),
        maker="castline.calibration.report.trade_offs_table",
        columns={
            "target_a": _text("name of the one target"),
            "target_b": _text("name of the other"),
            "n_trials": _count("complete trials"),
            "misfit_rank_correlation": Column(
                FRACTION,
                "Spearman's coefficient of the misfits; below 0 they pull against each other",
                maker="castline.calibration.report.rank_correlation",
                nullable=True,
            ),
            "n_a_met": _count("trials that meet all terms of a"),
            "n_b_met": _count("trials that meet all terms of b"),
            "n_both_met": _count("trials that meet both"),
            "best_rms_residual_a": Column(FRACTION, "least residual of a, in tolerances"),
            "best_rms_residual_a_where_b_met": Column(
                FRACTION, "the same among the trials that meet b", nullable=True
            ),
        },
    ),
    Table(
        "calibration_observations",
        "one number of one electrode at full size",
        keys=("observable", "state", *KEYS, "shear_rate_per_s"),
        maker="castline.calibration.confirmation.confirm",
        columns={
            "observable": _text("as in the campaign's tables"),
            **STATE,
            **ELECTRODE,
            "shear_rate_per_s": Column("1/s", "shear rate, viscosity only", nullable=True),
            "replicate": CELL["replicate"],
            "value": Column("see observable", "the number"),
        },
    ),
    Table(
        "calibration_confirmation",
        "one term at full size, over replicates",
        keys=("search", "target", "where"),
        maker="castline.calibration.confirmation.confirmation_table",
        columns={
            "search": _text("slurry or dry"),
            **TARGET,
            "value": Column("see observable", "mean over replicates"),
            "half_width_95": Column(
                "see observable",
                "half width of its 95 % interval (Student's t); empty for one replicate",
                nullable=True,
            ),
            "n_replicates": _count("replicates averaged"),
            "residual": Column(
                FRACTION,
                "distance from the wanted range, in tolerances",
                maker="castline.calibration.targets.residual",
            ),
            "met": replace(
                _flag("whether the value lies in the wanted range"),
                maker="castline.calibration.targets.is_met",
            ),
        },
    ),
    Table(
        "composite_films",
        "one simulated film of a published composite",
        keys=("set", "sample", "replicate"),
        maker="castline.composites.numbers.film_numbers",
        columns={
            **COMPOSITE,
            "replicate": _count("number of the film, from 1"),
            "particles": _count("spheres in the film"),
            "porosity": Column(FRACTION, "1 - density / theoretical density, in the cell"),
            "thickness_um": Column("um", "film thickness in the cell"),
            **{
                f"voxel_fraction_{p}": Column(FRACTION, f"share of {p.upper()} voxels")
                for p in ("am", "se", "cbd")
            },
            "sigma_e_s_per_m": Column(
                "S/m", "electronic conductivity along z; empty without AM and CBD", nullable=True
            ),
            "sigma_e_core_s_per_m": Column(
                "S/m", "the same without face_margin_um at each face", nullable=True
            ),
            "diffusivity_ratio": Column(
                FRACTION,
                "ionic conductivity over that of the bulk SE; empty without SE",
                nullable=True,
            ),
            "diffusivity_ratio_core": Column(
                FRACTION, "the same without face_margin_um at each face", nullable=True
            ),
            "core_seconds": Column("s", "processor time of pressing and voxels to conductivities"),
        },
    ),
    Table(
        "composites",
        "one carrier in one published composite",
        keys=("set", "sample", "carrier"),
        maker="castline.results.composites.comparison",
        columns={
            **COMPOSITE,
            "carrier": _text("ionic or electronic", words="ionic|electronic"),
            **{
                f"{p}_volume_fraction": Column(
                    FRACTION, f"share of {p.upper()} voxels, pores included, mean over films"
                )
                for p in ("am", "se")
            },
            "porosity": Column(FRACTION, "predicted, mean over films"),
            "porosity_measured": Column(FRACTION, "published, of the pellet", nullable=True),
            "films": _count("films simulated"),
            "films_conducting": _count("films whose core has a path for the carrier"),
            "predicted_over_pure": Column(
                FRACTION,
                "predicted conductivity over that of the pure powder pressed alike, of means over "
                "films",
            ),
            "predicted_half_width": Column(
                FRACTION,
                "half width of its 95 % interval (Student's t, both means); empty for one film",
                nullable=True,
            ),
            "measured_low": Column(FRACTION, "measured over measured pure powder, lowest"),
            "measured_high": Column(FRACTION, "highest; equal to the lowest for one value"),
            "predicted_over_measured": Column(
                FRACTION, "predicted over the geometric mean of the measured"
            ),
            "goal_factor": Column(
                FRACTION,
                "factor in which they should agree; empty where none is set",
                nullable=True,
            ),
            "verdict": _text(
                "within or outside the goal; no path: no film conducts; no goal is set",
                words="within|outside|no path|no goal",
            ),
            "source": _text("publication of the measured values"),
            "doi": _text("of the source", nullable=True),
            "quoted_by": _text("where the values were read: the paper, or a digest of it"),
        },
    ),
    Table(
        "film_levers",
        "one film with levers of drying and of the dry set",
        keys=("note", "campaign", "electrode", "replicate", "drying", "force_field"),
        maker="castline.calibration.levers.film_row",
        columns={
            "campaign": _text("campaign whose recipe and slurry it is"),
            "electrode": _text("distribution and solid content in percent, as AM_1/48"),
            "replicate": _count("replicate whose slurry it is"),
            "drying": _text("settings of drying that are not the default's, JSON"),
            "force_field": _text("dry set, JSON"),
            "note": _text("name of the levers"),
            **{
                f"{film}_{name}": column
                for film in ("dried", "calendered", "assembled")
                for name, column in _lever_columns().items()
            },
            **{
                f"{stage}_core_s": Column("s", f"processor time of {stage}", nullable=True)
                for stage in ("drying", "calendering", "assembling")
            },
            "fault": _text("why the film ends here; empty for a whole one", nullable=True),
        },
    ),
    Table(
        "binder_profiles",
        "one tenth of the height of one film dried at a rate",
        keys=("peclet", "film", "part"),
        maker="castline.line.binder_profiles.profile_rows",
        columns={
            "peclet": Column(
                FRACTION,
                "rate of drying times wet thickness over diffusivity of the binder",
                "E H0 / D",
            ),
            "film": _count("number of the film, each from its own slurry"),
            "part": Column(FRACTION, "middle of the tenth; 0 at the collector, 1 at the surface"),
            "binder_by_rank": Column(
                FRACTION,
                "carbon and binder in CBD of these ranks over the mean; ranks are in the order of "
                "their heights",
            ),
            "binder_by_height": Column(
                FRACTION, "carbon and binder at these heights over the mean"
            ),
            "cbd_by_height": Column(FRACTION, "CBD at these heights over the mean"),
            "equation": Column(
                FRACTION, "carbon and binder over the mean, as the equation has it in ranks"
            ),
            "thickness_um": Column("um", "thickness of the dried film"),
            "core_seconds": Column("s", "processor time of drying"),
        },
    ),
    Table(
        "acceleration",
        "one way to scale masses at one shear rate",
        keys=("shear_rate_per_s", "variant"),
        maker="castline.line.acceleration.agreement",
        columns={
            **SHEAR_RATE,
            "variant": _text("mass scale and time step, as named in the figure"),
            "reference": _text("the variant with the smallest masses at this rate"),
            "mass_scale": Column(FRACTION, "factor of the masses, mean over the slurries"),
            "dt_us": Column("us", "time step, mean over the slurries"),
            "inertial_number": Column(
                FRACTION, "inertia, mass scaling included", "rate d sqrt(rho s / P)"
            ),
            "seeds": _count("slurries sheared"),
            "strain": Column(FRACTION, "strain reached at the end"),
            **_ratio_to_reference(),
            "within_interval": _flag(
                "whether the viscosity differs from the reference's by less than its interval"
            ),
            "within_3_percent": _flag("whether the ratio is 1 within 3 %"),
            "rotation_over_half_shear_rate": Column(
                FRACTION, "mean rotation of the particles over that of the flow"
            ),
            "core_seconds_per_unit_strain": Column("s", "processor time over strain"),
        },
    ),
    Table(
        "acceleration_along_strain",
        "one strain of one way to scale masses at one shear rate",
        keys=("shear_rate_per_s", "variant", "strain"),
        maker="castline.line.acceleration.along_strain",
        columns={
            **SHEAR_RATE,
            "variant": _text("mass scale and time step, as named in the figure"),
            "strain": Column(FRACTION, "middle of the bin of strains"),
            "reference": _text("the variant with the smallest masses at this rate"),
            "seeds": _count("slurries sheared"),
            **_ratio_to_reference(),
        },
    ),
)
TABLES = {table.name: table for table in DECLARED}
