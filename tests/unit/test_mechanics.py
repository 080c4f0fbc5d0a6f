"""Mechanics from force-gap curves: known answers, published powders, and the figure of both."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from castline.base.errors import InputError
from castline.figures.common import Electrodes
from castline.figures.mechanics import mechanics_figure
from castline.recipe.electrode import PRESS
from castline.results.mechanics import heckel_line, mechanics_tables
from castline.results.pellets import pellet_caveats, pellet_rows, pellet_summary
from castline.results.published import DENSITIES, MODULI, read_published

SOLIDS_UM = 10.0
CONSTANT_PER_MPA, INTERCEPT, MODULUS_MPA = 0.008, 0.7, 2000.0
STEPS, PEAK_MPA = 100, 150.0


def film(peak_mpa=PEAK_MPA, noise=0.0, plane_over_mean=0.0, constant=CONSTANT_PER_MPA):
    """A film that follows Heckel's line to a peak, then unloads with one modulus to a tenth."""
    rng = np.random.default_rng(3)

    def line(pressure_mpa):
        return SOLIDS_UM / (1 - np.exp(-constant * pressure_mpa - INTERCEPT))

    # the plane moves at a constant speed: the gap is linear in time
    gap = np.linspace(line(1.0), line(peak_mpa), 400)
    pressure = (-np.log(1 - SOLIDS_UM / gap) - INTERCEPT) / constant
    speed = (gap[0] - gap[1]) / STEPS
    back = gap[-1] + speed / 4 * STEPS * np.arange(1, 2000)
    unloaded = peak_mpa - MODULUS_MPA * np.log(back / gap[-1])
    keep = unloaded > peak_mpa / 10
    back, unloaded = back[keep], unloaded[keep]
    pressure = np.concatenate([pressure, unloaded, np.full(20, unloaded[-1])])
    pressure = pressure * (1 + noise * rng.standard_normal(len(pressure)))
    table = pd.DataFrame(
        {
            "phase": ["press"] * 400 + ["release"] * len(back) + ["relax"] * 20,
            "step": STEPS * np.arange(1, len(pressure) + 1),
            "gap_um": np.concatenate([gap, back, np.full(20, back[-1])]),
            "plane_pressure_mpa": pressure * (1 - plane_over_mean),
            "base_pressure_mpa": pressure * (1 + plane_over_mean),
        }
    )
    # a sample is the mean over the steps before it: half an interval behind
    table["gap_um"] = np.interp(table["step"] - STEPS / 2, table["step"], table["gap_um"])
    return table, back[-1]


def tables(axis="solid_content_percent", level=50.0, replicates=(1,), **given):
    curves, structure = [], []
    for replicate in replicates:
        keys = {"psd": "A", axis: level, "replicate": replicate}
        curve, released_um = film(**given)
        curves.append(curve.assign(**keys))
        released = {"state": "calendered", "thickness_um": released_um}
        structure.append({**keys, **released, "porosity": 1 - SOLIDS_UM / released_um})
    return pd.concat(curves), pd.DataFrame(structure)


@pytest.mark.parametrize(("noise", "difference"), [(0.0, 0.0), (0.02, 0.1)])
def test_known_constant_modulus_and_spring_back(noise, difference):
    curves, structure = tables(noise=noise, plane_over_mean=difference)
    mechanics, densification = mechanics_tables(curves, structure)
    [row] = mechanics.to_dict("records")
    turn = SOLIDS_UM / (1 - np.exp(-CONSTANT_PER_MPA * PEAK_MPA - INTERCEPT))
    assert row["heckel_constant_per_gpa"] == pytest.approx(1e3 * CONSTANT_PER_MPA, rel=0.02)
    assert row["heckel_intercept"] == pytest.approx(INTERCEPT, abs=0.01)
    assert row["unloading_modulus_gpa"] == pytest.approx(MODULUS_MPA / 1e3, rel=0.03)
    assert row["unloading_difference"] == pytest.approx(difference)
    assert row["peak_pressure_mpa"] == pytest.approx(PEAK_MPA, rel=0.02)
    assert row["relative_density_pressed"] == pytest.approx(SOLIDS_UM / turn, rel=1e-3)
    released = structure["thickness_um"].iloc[0]
    assert row["spring_back"] == pytest.approx(released / turn - 1, abs=1e-3)
    at = densification.set_index("pressure_mpa")["relative_density"]
    assert at[100] == pytest.approx(1 - np.exp(-CONSTANT_PER_MPA * 100 - INTERCEPT), abs=0.003)
    assert at.index.tolist() == [10, 20, 50, 75, 100]


def test_the_pressure_of_one_plane_alone_would_give_another_modulus():
    """Where the planes differ, the one that leaves shows less than the film carries."""
    curves, structure = tables(plane_over_mean=0.3)
    mechanics, _ = mechanics_tables(curves, structure)
    one_sided = curves.assign(base_pressure_mpa=curves["plane_pressure_mpa"])
    other, _ = mechanics_tables(one_sided, structure)
    assert other["unloading_modulus_gpa"][0] == pytest.approx(0.7 * MODULUS_MPA / 1e3, rel=0.03)
    assert mechanics["unloading_modulus_gpa"][0] == pytest.approx(MODULUS_MPA / 1e3, rel=0.03)


def test_heckels_line_ends_where_no_pores_are_left():
    line = heckel_line([10, 50, 90, 95], [0.5, 0.8, 1.02, 0.9])
    slope = (np.log(1 / 0.2) - np.log(1 / 0.5)) / 40
    assert line.slope == pytest.approx(slope)
    assert line.slope_stderr is None
    assert heckel_line([10, 50], [1.0, 1.1]) is None
    assert heckel_line([200, 300], [0.8, 0.9]) is None


def test_a_film_pressed_too_little_has_no_constant_and_too_few_samples_no_modulus():
    curves, structure = tables(peak_mpa=9.0)
    [row] = mechanics_tables(curves, structure)[0].to_dict("records")
    assert row["heckel_constant_per_gpa"] is None
    few = curves[curves["phase"] != "release"]
    [row] = mechanics_tables(few, structure)[0].to_dict("records")
    assert row["unloading_modulus_gpa"] is None


def test_the_rows_have_the_axis_of_the_campaign():
    curves, structure = tables(axis="press_pressure_mpa", level=150.0, replicates=(1, 2))
    for table in mechanics_tables(curves, structure):
        assert list(table.columns)[:3] == ["psd", "press_pressure_mpa", "replicate"]
    assert mechanics_tables(curves, structure)[0]["replicate"].tolist() == [1, 2]


def test_a_film_without_structure_is_named():
    curves, structure = tables()
    with pytest.raises(InputError, match=r"no calendered film of .*'replicate': 1"):
        mechanics_tables(curves, structure.assign(state="dried"))


def test_published_powders_name_their_source_and_whether_it_was_read():
    densities = read_published("config/published", DENSITIES)
    moduli = read_published("config/published", MODULI)
    assert set(densities["quoted_by"]) == set(moduli["quoted_by"]) == {"third-party digest"}
    loaded = densities[(densities["source"] == "Miss 2026") & (densities["state"] == "under load")]
    powder = loaded[loaded["powder"] == "Li5.5PS4.5Cl1.5"].set_index("pressure_low_mpa")
    assert powder["porosity"].tolist() == [0.299, 0.158, 0.122, 0.099, 0.082, 0.076, 0.056, 0.043]


def test_a_damaged_published_value_is_named_with_its_line(tmp_path):
    text = Path("config/published/densities.csv").read_text()
    (tmp_path / "densities.csv").write_text(text.replace("0.158", "many"))
    with pytest.raises(InputError, match=r"densities\.csv, line 3: porosity .*not a number"):
        read_published(tmp_path, DENSITIES)


def drawn(axis, **given):
    curves, structure = tables(axis=axis, **given)
    mechanics, densification = mechanics_tables(curves, structure)
    electrodes = (
        Electrodes(("A",), (given.get("level", 50.0),), 2, PRESS, "powder")
        if axis == PRESS.column
        else Electrodes(("A",), (given.get("level", 50.0),), 2)
    )
    published = [read_published("config/published", table) for table in (DENSITIES, MODULI)]
    return mechanics_figure(mechanics, densification, electrodes, *published)


def test_the_figure_shows_constants_and_sources():
    figure = drawn("solid_content_percent", replicates=(1, 2))
    [legend] = figure.legends
    texts = " ".join(text.get_text() for text in legend.get_texts())
    assert "A 50 %, K = 7.98 ± " in texts
    assert "Li5.5PS4.5Cl1.5, under load (Miss 2026), K = 7.1 /GPa" in texts
    assert "Song 2025" in texts
    assert figure.axes[2].get_xlabel() == "solid content / wt.%"


def test_the_figure_of_pellets_is_against_their_pressure():
    figure = drawn("press_pressure_mpa", level=150.0, replicates=(1, 2))
    assert figure.axes[2].get_xlabel() == "press pressure / MPa"
    assert "A 150 MPa" in " ".join(t.get_text() for t in figure.legends[0].get_texts())


def pellets(porosity: float) -> dict[str, pd.DataFrame]:
    curves, structure = tables(axis="press_pressure_mpa", level=150.0, replicates=(1, 2))
    mechanics, _ = mechanics_tables(curves, structure)
    mechanics["relative_density_pressed"] += -porosity
    film_keys = structure[["psd", "press_pressure_mpa", "replicate"]]
    states = pd.concat(
        [
            film_keys.assign(state=state, porosity=porosity, thickness_um=11.0)
            for state in ("calendered", "assembled")
        ]
    )
    transport = film_keys.assign(
        state="assembled", sigma_ion_s_per_m=[0.05, 0.06], sigma_e_s_per_m=np.nan
    )
    return {"structure": states, "transport": transport, "mechanics": mechanics}


def test_pellets_are_told_without_what_nothing_carries():
    names, [row] = pellet_rows(**pellets(0.1))
    assert names[:2] == ["AM", "press pressure / MPa"]
    assert "sigma_e / S/m" not in names
    assert row[names.index("sigma_ion / mS/cm")].startswith("0.55 ± ")
    assert row[names.index("density measured / %")].startswith("90")


def test_pellets_denser_than_their_solids_are_said_to_be():
    found = pellets(-0.3)
    [line] = pellet_caveats(found["mechanics"])
    assert line.startswith("2 of 2 pellets are denser under the press than their solids")
    assert pellet_caveats(pellets(0.1)["mechanics"]) == []
    cost = pd.DataFrame({"stage": ["settling"], "core_seconds": [3600.0], "peak_memory_mb": [1.0]})
    text = pellet_summary("p", **found, cost=cost, figures="figures/")
    assert "1 pellet(s) x 2 replicate(s), 1.00 core-hours" in text
    assert line in text
