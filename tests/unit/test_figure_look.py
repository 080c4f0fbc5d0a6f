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

from castline.figures.common import Electrodes
from castline.figures.density_porosity import density_porosity_figure
from castline.figures.microstructure import microstructure_figure
from castline.figures.workflow import workflow_figure
from castline.phases import Phase

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
            ELECTRODES.cells, (1, 2), (("dried", 1.2, 0.6), ("calendered", 2.2, 0.25))
        )
    ]
    return density_porosity_figure(pd.DataFrame(rows), ELECTRODES)


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
    return workflow_figure([*line, "viscosity", "figure_a"], edges)


FIGURES = [density_porosity, microstructure, scheme]


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
