"""The figures of a campaign, declared once: numbers, what they show, what each is drawn from.

Snakemake reads this at every start, so nothing here imports what draws. Each figure is drawn by
`draw` in the module of its name, which takes a `castline.figures.common.Given`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import reduce

from castline.results.schema import KEYS, LOSS_COLUMNS

# The states that the study shows.
FILMS = ("dried", "calendered")
STATES = ("slurry", *FILMS)
PRESSED = (*FILMS, "assembled")
# What powders have in place of these; a powder has no slurry.
OF_POWDERS = {"slurry": None, "dried": "settled"}
SLURRY_ONLY = ("slurry",)


@dataclass(frozen=True)
class Needs:
    """The columns that a figure needs of a table.

    Attributes
    ----------
    may_be_empty : whether it is drawn from a table without rows, too.
    if_measured : whether only campaigns with measurements have the table.
    """

    columns: tuple[str, ...]
    may_be_empty: bool = False
    if_measured: bool = False


@dataclass(frozen=True)
class FigureSpec:
    """One figure.

    Attributes
    ----------
    name : of its module, and with `figure_` before it of its rule.
    number : in the study; empty for a figure beyond it.
    shows : a few words for the report.
    tables : what it needs of the campaign's tables, by their name.
    states : particle states of the first replicates that it needs.
    settings : values of the campaign that it needs, as dotted paths by the figure's name for them;
        an empty path is the whole campaign.
    files : other inputs, by the name that the rules have for them.
    only_with : dotted path of a setting without which there is no such figure.
    routes : routes whose campaigns have it.
    light : whether it is drawn within seconds, on a cluster's login node.
    """

    name: str
    number: str
    shows: str
    tables: Mapping[str, Needs] = field(default_factory=dict)
    states: tuple[str, ...] = ()
    settings: Mapping[str, str] = field(default_factory=dict)
    files: tuple[str, ...] = ()
    only_with: str = ""
    routes: tuple[str, ...] = ("slurry", "powder")
    light: bool = False

    @property
    def rule(self) -> str:
        return f"figure_{self.name}"

    @property
    def file(self) -> str:
        """Its file's name without ending, which the caption in the report has, too."""
        return f"figure{self.number}_{self.name}" if self.number else self.name

    @property
    def module(self) -> str:
        return f"castline.figures.{self.name}"

    def settings_of(self, campaign: dict) -> dict:
        """The settings it needs, from those of a whole campaign."""
        return {name: setting(campaign, path) for name, path in self.settings.items()}

    def is_drawn(self, campaign: dict) -> bool:
        """Whether a campaign has this figure."""
        if campaign.get("route", "slurry") not in self.routes:
            return False
        return not self.only_with or bool(setting(campaign, self.only_with))

    def states_of(self, campaign: dict) -> tuple[str, ...]:
        """The particle states that it needs of a campaign."""
        return states_in(campaign.get("route", "slurry"), self.states)


def states_in(route: str, states: tuple[str, ...]) -> tuple[str, ...]:
    """Those of the states that a route has, by its own names for them."""
    if route == "slurry":
        return states
    return tuple(own for state in states if (own := OF_POWDERS.get(state, state)) is not None)


def setting(campaign: dict, path: str):
    """A value of a campaign by its dotted path."""
    return reduce(dict.__getitem__, path.split(".") if path else [], campaign)


def figure_of(rule: str) -> FigureSpec:
    """The figure that a rule draws."""
    return next(figure for figure in FIGURES if figure.rule == rule)


# How the label images are made that a figure shows.
VOXELS = {"voxel_um": "transport.voxel_um", "voxel_rule": "transport.voxel_rule"}
MEASURED_KEYS = ("psd", "solid_content_percent", "state", "data_origin")
FIGURES = (
    FigureSpec(
        "workflow",
        "2",
        "the workflow",
        files=("snakefile",),
        settings={"campaign": ""},
        light=True,
    ),
    FigureSpec(
        "viscosity",
        "4",
        "viscosity against shear rate",
        routes=SLURRY_ONLY,
        tables={
            "viscosity": Needs(
                (
                    *(*KEYS, "shear_rate_per_s", "viscosity_pa_s", "viscosity_stderr_pa_s"),
                    "converged",
                )
            ),
            "flow_curves": Needs(
                (
                    *("psd", "solid_content_percent", "replicate", "model"),
                    *("yield_stress_pa", "consistency_pa_s_n", "flow_index"),
                )
            ),
            "measured_viscosity": Needs(
                (
                    *("psd", "solid_content_percent", "data_origin", "status", "branch"),
                    *("shear_rate_per_s", "viscosity_mean_pa_s", "viscosity_std_pa_s"),
                ),
                may_be_empty=True,
                if_measured=True,
            ),
        },
        light=True,
    ),
    FigureSpec(
        "density_porosity",
        "5",
        "density and porosity",
        tables={
            "structure": Needs((*KEYS, "state", "density_g_per_cm3", "porosity")),
            "measured_electrodes": Needs(
                (
                    *(*MEASURED_KEYS, "density_mean_g_per_cm3", "density_std_g_per_cm3"),
                    *("porosity_mean", "porosity_std"),
                ),
                may_be_empty=True,
                if_measured=True,
            ),
        },
        light=True,
    ),
    FigureSpec("microstructure", "6", "microstructures", states=STATES),
    FigureSpec(
        "impedance",
        "7",
        "impedance",
        routes=SLURRY_ONLY,
        tables={
            "predicted_spectra": Needs(
                (
                    *("psd", "solid_content_percent", "state", "n_replicates", "frequency_hz"),
                    *("z_real_mean_ohm_m", "z_imag_mean_ohm_m", "modulus_mean_ohm_m"),
                    *("modulus_std_ohm_m", "phase_mean_deg", "phase_std_deg"),
                ),
                may_be_empty=True,
            ),
            "measured_spectra": Needs(
                (
                    *("cell", *MEASURED_KEYS, "thickness_um", "area_mm2", "frequency_hz"),
                    *("z_real_ohm", "z_imag_ohm", "z_real_fit_ohm", "z_imag_fit_ohm", "left_out"),
                ),
                may_be_empty=True,
                if_measured=True,
            ),
        },
        light=True,
    ),
    FigureSpec(
        "conductivity",
        "8",
        "effective conductivities",
        tables={
            "transport": Needs((*KEYS, "state", "sigma_e_s_per_m", "sigma_ion_s_per_m")),
            "measured_electrodes": Needs(
                (
                    *(*MEASURED_KEYS, "sigma_e_impedance_mean_s_per_m"),
                    *("sigma_e_impedance_std_s_per_m", "sigma_ion_mean_s_per_m"),
                    "sigma_ion_std_s_per_m",
                ),
                may_be_empty=True,
                if_measured=True,
            ),
            "cbd_refit_sigma_e": Needs(
                (*KEYS, "sigma_e_refitted_s_per_m"), may_be_empty=True, if_measured=True
            ),
        },
        light=True,
    ),
    FigureSpec(
        "phases",
        "9a",
        "CBD and pores",
        states=("calendered",),
        settings=VOXELS,
    ),
    FigureSpec(
        "cross_sections",
        "9b",
        "cross-sections",
        states=PRESSED,
        settings=VOXELS,
    ),
    FigureSpec(
        "psd",
        "S3",
        "particle sizes",
        states=("dried",),
        settings={"psds": "matrix.psds"},
        files=("psds",),
        light=True,
    ),
    FigureSpec("initial_box", "S4", "initial box", states=("initial",)),
    FigureSpec(
        "profiles",
        "S5",
        "profiles along z",
        tables={"profiles": Needs((*KEYS, "state", "z_um", "am", "se", "cbd"))},
        light=True,
    ),
    FigureSpec(
        "calendering",
        "",
        "pressing and release",
        tables={"calendering": Needs((*KEYS, "phase", "step", "gap_um", "plane_pressure_mpa"))},
        light=True,
    ),
    FigureSpec(
        "mechanics",
        "",
        "density against pressure, spring-back, modulus",
        tables={
            "mechanics": Needs(
                (
                    *(*KEYS, "spring_back", "heckel_constant_per_gpa"),
                    "unloading_modulus_gpa",
                )
            ),
            "densification": Needs((*KEYS, "pressure_mpa", "relative_density")),
        },
        files=("published_densities",),
        light=True,
    ),
    FigureSpec(
        "composition",
        "",
        "results against composition",
        tables={
            "structure": Needs((*KEYS, "state", "am_wt_percent", "density_g_per_cm3", "porosity")),
            "transport": Needs(
                (*KEYS, "state", "am_wt_percent", "sigma_e_s_per_m", "sigma_ion_s_per_m")
            ),
        },
        only_with="matrix.compositions",
        light=True,
    ),
    FigureSpec(
        "drying_rates",
        "",
        "results against the drying rate",
        tables={
            "drying_rates": Needs(
                (
                    *(*KEYS, "state", "drying_rate", "drying_rate_um_per_s"),
                    *("cbd_in_adhesion_layer", "sigma_e_s_per_m", "sigma_ion_s_per_m"),
                )
            ),
            "profiles": Needs((*KEYS, "state", "z_um", "cbd")),
        },
        only_with="matrix.drying_rates",
        light=True,
    ),
    FigureSpec(
        "contacts_percolation",
        "",
        "contacts and percolation",
        tables={
            "structure": Needs(
                (
                    *(*KEYS, "state", "contact_area_am_se_per_m", "contact_area_se_se_per_m"),
                    *("contact_area_am_cbd_per_m", "contact_area_cbd_cbd_per_m"),
                    "contact_area_se_cbd_per_m",
                )
            ),
            "transport": Needs(
                (
                    *(*KEYS, "state", "electronic_percolating_fraction"),
                    *("ionic_percolating_fraction", "cbd_percolates"),
                )
            ),
        },
        light=True,
    ),
    FigureSpec(
        "current_paths",
        "",
        "paths of the current",
        states=("calendered",),
        settings={"matrix": "matrix", "recipe": "recipe", "transport": "transport"},
    ),
    FigureSpec(
        "discharge",
        "",
        "discharge in a solid-state half-cell",
        tables={
            "discharge": Needs(
                (
                    *(*KEYS, "state", "thickness_um", "c_rate", "status", "capacity_mah_per_g"),
                    *LOSS_COLUMNS,
                )
            ),
            "discharge_curves": Needs(
                (*KEYS, "state", "thickness_um", "c_rate", "capacity_mah_per_g", "voltage_v"),
                may_be_empty=True,
            ),
        },
        only_with="cell",
        light=True,
    ),
    FigureSpec(
        "cell_sensitivity",
        "",
        "what limits each electrode in the cell",
        tables={
            "cell_sensitivity": Needs(
                (
                    *("psd", "solid_content_percent", "thickness_um", "c_rate", "input"),
                    *("utilisation", "loss_mv", "elasticity_capacity", "elasticity_loss"),
                ),
                may_be_empty=True,
            )
        },
        only_with="cell",
        light=True,
    ),
    FigureSpec(
        "overview",
        "",
        "simulated against stated",
        routes=SLURRY_ONLY,
        tables={
            "trends": Needs(
                (
                    *("statement", "kind", "sentence", "psd", "solid_content_percent"),
                    *("effect", "effect_low_95", "effect_high_95", "wanted_low", "wanted_high"),
                    *("n_replicates", "n_needed", "verdict"),
                )
            )
        },
        light=True,
    ),
    FigureSpec(
        "voxel_convergence",
        "",
        "voxel error",
        tables={
            "voxel_series": Needs((*KEYS, "voxel_um", "sigma_e_s_per_m", "sigma_ion_s_per_m")),
            "voxel_error": Needs(
                (
                    *(*KEYS, "sigma_e_extrapolated_s_per_m"),
                    *("sigma_e_extrapolated_half_width_s_per_m", "sigma_e_series_settles"),
                    *("sigma_ion_extrapolated_s_per_m", "sigma_ion_series_settles"),
                    "sigma_ion_extrapolated_half_width_s_per_m",
                )
            ),
        },
        settings={"voxel_um": "transport.voxel_um"},
        only_with="transport.voxel_series_um",
    ),
)
