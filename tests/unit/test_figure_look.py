"""The look of figures against stored pictures.

After a wanted change, `python tests/unit/test_figure_look.py` draws the stored pictures again; look
at them before they are committed.
"""

import io
import itertools
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from geometry import state_of
from PIL import Image

from castline.figures.calendering import calendering_figure
from castline.figures.common import Electrodes
from castline.figures.conductivity import conductivity_figure
from castline.figures.contacts_percolation import PAIRS, contacts_percolation_figure
from castline.figures.cross_sections import cross_sections_figure
from castline.figures.density_porosity import density_porosity_figure
from castline.figures.impedance import impedance_figure
from castline.figures.microstructure import microstructure_figure
from castline.figures.overview import overview_figure
from castline.figures.profiles import profiles_figure
from castline.figures.psd import psd_figure
from castline.figures.viscosity import viscosity_figure
from castline.figures.voxel_convergence import voxel_convergence_figure
from castline.figures.workflow import workflow_figure
from castline.recipe.phases import Phase
from castline.recipe.psd import log_normal

STORED = Path(__file__).resolve().parents[1] / "data" / "figures"
DPI = 80
# Share of pixels that may differ clearly, of grey levels 0 to 255: rounding of other processors
# passes, another label does not.
CLEARLY, SHARE = 30, 1e-4
ELECTRODES = Electrodes(("AM_1", "AM_2"), (48.0, 50.0, 52.0), 2)


def density_porosity():
    rows = [
        {
            "psd": psd,
            "solid_content_percent": content,
            "replicate": replicate,
            "state": state,
            "density_g_per_cm3": density + 0.02 * (content - 50) + 0.03 * replicate,
            "porosity": porosity + 0.01 * replicate,
        }
        for (psd, content), replicate, (state, density, porosity) in itertools.product(
            ELECTRODES.cells,
            (1, 2),
            (("dried", 1.2, 0.6), ("calendered", 2.2, 0.25), ("assembled", 2.4, 0.16)),
        )
    ]
    return density_porosity_figure(pd.DataFrame(rows), ELECTRODES)


def rows(*variants: dict, **columns) -> pd.DataFrame:
    """A row per electrode, replicate and variant; numbers rise with content and replicate."""
    return pd.DataFrame(
        [
            {"psd": psd, "solid_content_percent": content, "replicate": replicate}
            | {
                name: value * (1 + 0.02 * (content - 50) + 0.05 * replicate)
                if type(value) is float and name != "voxel_um"
                else value
                for name, value in {**columns, **variant}.items()
            }
            for variant, (psd, content), replicate in itertools.product(
                variants or ({},), ELECTRODES.cells, (1, 2)
            )
        ]
    )


def viscosity():
    points = [{"shear_rate_per_s": k, "viscosity_pa_s": 2.0 / k**0.5} for k in (10, 100, 1000)]
    table = rows(*points, viscosity_stderr_pa_s=0.01, converged=True)
    table.loc[table["shear_rate_per_s"] == 10, "converged"] = False
    fit = {"yield_stress_pa": 0.0, "consistency_pa_s_n": 2.0, "flow_index": 0.5}
    keys = {"replicate": "pooled", "model": "herschel_bulkley"}
    fits = [{"psd": p, "solid_content_percent": c, **keys, **fit} for p, c in ELECTRODES.cells]
    return viscosity_figure(table, pd.DataFrame(fits), ELECTRODES)


def conductivity():
    released = rows(state="calendered", sigma_e_s_per_m=0.8, sigma_ion_s_per_m=0.013)
    in_cell = rows(state="assembled", sigma_e_s_per_m=1.2, sigma_ion_s_per_m=0.018)
    table = pd.concat([released, in_cell])
    return conductivity_figure(table, ELECTRODES, refitted=rows(sigma_e_refitted_s_per_m=0.5))


def contacts_percolation():
    structure = rows(state="calendered", **{f"contact_area_{p}_per_m": 2e5 for p in PAIRS})
    transport = rows(
        state="calendered",
        electronic_percolating_fraction=0.8,
        ionic_percolating_fraction=0.9,
        cbd_percolates=True,
    )
    return contacts_percolation_figure(structure, transport, ELECTRODES)


def calendering():
    steps = [("press", 0, 10.0, 1.0), ("press", 1, 8.0, 90.0), ("release", 2, 8.5, 20.0)]
    names = ("phase", "step", "gap_um", "plane_pressure_mpa")
    variants = [dict(zip(names, step, strict=True)) for step in steps]
    return calendering_figure(rows(*variants), ELECTRODES)


def profiles():
    variants = [
        {"state": state, "z_um": z, "am": 0.2, "se": 0.3, "cbd": 0.01 * z}
        for state in ("slurry", "dried", "calendered")
        for z in (1, 3, 5)
    ]
    return profiles_figure(rows(*variants), ELECTRODES)


def voxel_convergence():
    sizes = [{"voxel_um": size, "sigma_e_s_per_m": 0.5 + size} for size in (0.4, 0.2, 0.1)]
    limits = {}
    for name in ("sigma_e", "sigma_ion"):
        limits |= {
            f"{name}_extrapolated_s_per_m": 0.6,
            f"{name}_extrapolated_half_width_s_per_m": 0.1,
            f"{name}_series_settles": name == "sigma_e",
        }
    series = rows(*sizes, sigma_ion_s_per_m=0.7)
    return voxel_convergence_figure(series, rows(**limits), 0.2, ELECTRODES)


def psd():
    wanted = {psd: log_normal(4e-6, 0.3, 200) for psd in ELECTRODES.psds}
    packing = [(Phase.AM, 5, 5, 5, 4.0), (Phase.AM, 2, 2, 2, 3.0)]
    return psd_figure(wanted, {"AM_1": state_of(packing)}, ELECTRODES)


def overview():
    level = {"statement": "density_level", "kind": "level", "sentence": "density 1 to 3 g/cm3"}
    level |= {"psd": "AM_1", "solid_content_percent": "48", "wanted_low": 1.0, "wanted_high": 3.0}
    trend = {"statement": "grows", "kind": "trend", "sentence": "density grows", "psd": "AM_1"}
    inside = {"effect": 2.0, "effect_low_95": 1.0, "effect_high_95": 3.0}
    table = [
        {**level, **inside, "verdict": "supported"},
        {**level, "effect": 0.002, "verdict": "contradicted"},
        *({**trend, "verdict": v} for v in ("supported", "not resolved", "not tested: one")),
    ]
    table = pd.DataFrame(table).assign(n_replicates=3, n_needed=[3, 3, 3, 12, None])
    return overview_figure(table, ELECTRODES)


def impedance():
    frequency = np.logspace(6, -2, 25)
    z = 1 + 9 / (1 + 1j * frequency / 100)
    mean = {
        "z_real_mean_ohm_m": z.real,
        "z_imag_mean_ohm_m": z.imag,
        "modulus_mean_ohm_m": np.abs(z),
        "modulus_std_ohm_m": 0.1 * np.abs(z),
        "phase_mean_deg": np.degrees(np.angle(z)),
        "phase_std_deg": 2.0,
    }
    parts = [
        pd.DataFrame({"frequency_hz": frequency, **mean}).assign(
            psd=psd, solid_content_percent=content, state="calendered", n_replicates=3
        )
        for psd, content in ELECTRODES.cells
    ]
    return impedance_figure(pd.concat(parts), ELECTRODES)


def cross_sections():
    x, _, z = np.indices((60, 4, 40))
    image = np.zeros(x.shape, np.uint8)
    for phase, column, height, radius in ((Phase.AM, 20, 15, 9), (Phase.CBD, 45, 25, 6)):
        image[(x - column) ** 2 + (z - height) ** 2 < radius**2] = phase
    images = {
        (name, "AM_1", 48.0): (image, (2e-7,) * 3) for name in ("dried", "calendered", "assembled")
    }
    return cross_sections_figure(images, Electrodes(("AM_1",), (48.0,)))


def microstructure():
    place = np.random.default_rng(5)
    spheres = [(Phase.SE, *place.uniform(0, 10, 3), 1.0) for _ in range(150)]
    spheres += [(Phase.AM, *place.uniform(2, 8, 3), 4.0) for _ in range(3)]
    spheres += [(Phase.CBD, *place.uniform(2, 8, 3), 2.6) for _ in range(4)]
    names = ("slurry", "dried", "calendered")
    states = {(name, "AM_1", 48.0): state_of(spheres) for name in names}
    return microstructure_figure(states, Electrodes(("AM_1",), (48.0, 50.0)))


def scheme():
    line = ["recipe", "slurry", "drying", "calendering", "voxels", "transport", "tables"]
    edges = set(itertools.pairwise(line))
    edges |= {("slurry", "viscosity"), ("viscosity", "tables"), ("tables", "figure_a")}
    stages = ["slurry", "viscosity", "drying", "calendering"]
    return workflow_figure([*line, "viscosity", "figure_a"], edges, stages)


FIGURES = [
    *(calendering, conductivity, contacts_percolation, cross_sections, density_porosity),
    *(impedance, microstructure, overview, profiles, psd, scheme, viscosity, voxel_convergence),
]


def drawn(figure) -> np.ndarray:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=DPI, facecolor="white")
    return np.asarray(Image.open(buffer).convert("L"), float)


def looks_as_stored(figure, name: str) -> bool:
    stored = np.asarray(Image.open(STORED / f"{name}.png").convert("L"), float)
    picture = drawn(figure)
    return picture.shape == stored.shape and (np.abs(picture - stored) > CLEARLY).mean() < SHARE


@pytest.mark.parametrize("figure", FIGURES, ids=lambda figure: figure.__name__)
def test_figure_looks_as_stored(figure):
    assert looks_as_stored(figure(), figure.__name__)


def test_another_label_is_noticed():
    figure = density_porosity()
    figure.axes[0].set_ylabel("density / kg m⁻³")
    assert not looks_as_stored(figure, "density_porosity")


if __name__ == "__main__":
    STORED.mkdir(parents=True, exist_ok=True)
    for figure in FIGURES:
        Image.fromarray(drawn(figure()).astype(np.uint8)).save(STORED / f"{figure.__name__}.png")
