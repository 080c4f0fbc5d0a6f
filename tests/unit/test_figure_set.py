"""The further figures on tiny tables: what is drawn, what is named as missing."""

import itertools

import numpy as np
import pandas as pd
import pytest
from geometry import state_of

from castline.base.errors import InputError
from castline.campaign.script import read_states
from castline.figures.acceleration import acceleration_figure
from castline.figures.calendering import calendering_figure
from castline.figures.common import Electrodes
from castline.figures.conductivity import conductivity_figure
from castline.figures.contacts_percolation import PAIRS, contacts_percolation_figure
from castline.figures.cross_sections import cross_sections_figure
from castline.figures.current_paths import CurrentPaths, current_paths_figure
from castline.figures.initial_box import initial_box_figure
from castline.figures.overview import overview_figure
from castline.figures.phases import phases_figure
from castline.figures.pictures.grid import scale_bar_um
from castline.figures.profiles import profiles_figure
from castline.figures.psd import psd_figure
from castline.figures.style import footnote, new_figure, plain_logarithmic, shared_legend
from castline.figures.voxel_convergence import voxel_convergence_figure
from castline.figures.workflow import workflow_figure
from castline.recipe.phases import Phase
from castline.recipe.psd import log_normal

ELECTRODES = Electrodes(("AM_1", "AM_2"), (48.0, 50.0), 2)
CELLS = list(itertools.product(ELECTRODES.psds, ELECTRODES.contents, (1, 2)))
KEYS = ["psd", "solid_content_percent", "replicate"]
PACKING = [(Phase.AM, 5, 5, 5, 4.0), (Phase.SE, 2, 2, 2, 1.0), (Phase.CBD, 8, 8, 8, 2.6)]


def table(cells=CELLS, **columns) -> pd.DataFrame:
    return pd.DataFrame([{**dict(zip(KEYS, cell, strict=True)), **columns} for cell in cells])


def legend(figure) -> list[str]:
    return [text.get_text() for text in figure.legends[0].get_texts()]


def test_electrodes_come_from_the_config_and_keep_their_looks():
    matrix = {"psds": {"b": {}, "a": {}}, "solid_content_percent": ["50", "48"], "replicates": 2}
    electrodes = Electrodes.from_matrix(matrix)
    assert electrodes.psds == ("a", "b")
    assert electrodes.contents == (48.0, 50.0)
    looks = {electrodes.look_of_psd("a").marker, electrodes.look_of_psd("b").marker}
    looks |= {electrodes.look_of_content(content).marker for content in (48.0, 50.0)}
    assert len(looks) == 4


def test_missing_electrodes_and_replicates_are_named_in_the_figure():
    some = [cell for cell in CELLS if cell[:2] != ("AM_1", 50.0) and cell != ("AM_2", 48.0, 2)]
    rows = table(some, state="calendered", sigma_e_s_per_m=1.0, sigma_ion_s_per_m=0.01)
    figure = conductivity_figure(rows, ELECTRODES)
    assert ELECTRODES.missing(rows) == ["AM_1 50 %", "AM_2 48 % r2"]
    assert figure.get_supxlabel() == "not in the results: AM_1 50 %, AM_2 48 % r2"
    values = np.asarray(figure.axes[0].containers[0].lines[0].get_ydata(), float)
    assert np.isnan(values).tolist() == [False, True]  # a gap, no line across it


def test_a_replicate_that_all_electrodes_lack_is_named_once():
    several = Electrodes(ELECTRODES.psds, ELECTRODES.contents, 3)
    rows = table([cell for cell in CELLS if cell != ("AM_2", 48.0, 2)])
    assert several.missing(rows) == ["all of replicate 3", "AM_2 48 % r2"]
    rows = table([cell for cell in CELLS if cell[0] == "AM_1"])
    assert several.missing(rows) == ["AM_2 48 %", "AM_2 50 %", "all of replicate 3"]


def test_footnote_and_legend_stay_inside_the_figure():
    figure = new_figure(3.5, 3.0)
    panel = figure.subplots()
    labels = [f"a line with number {k}" for k in range(7)]
    for label in labels:
        panel.plot([0, 1], label=label)
    shared_legend(figure, [panel], "title")
    footnote(figure, "not in the results: " + ", ".join(f"AM_{k} 50 % r2" for k in range(12)))
    figure.canvas.draw()
    for artist in (figure.legends[0], figure._supxlabel):
        box = artist.get_window_extent()
        assert box.x0 >= 0
        assert box.x1 <= figure.bbox.width
    columns = figure.legends[0]._ncols
    assert 1 < columns < 7
    assert legend(figure)[: -(-7 // columns)] == labels[::columns]  # read along the rows


@pytest.mark.parametrize(("span", "seen"), [((1.8, 6.3), ["2", "5"]), ((0.5, 900), ["1", "10"])])
def test_a_logarithmic_axis_has_labels_however_short(span, seen):
    panel = new_figure(3.5, 2.0).subplots()
    panel.plot([0, 1], span)
    plain_logarithmic(panel.yaxis)
    panel.set_ylim(span)
    ticks = [y for y in panel.get_yticks() if span[0] <= y <= span[1]]
    assert [panel.yaxis.get_major_formatter()(y) for y in ticks][:2] == seen


def test_refitted_conductivity_is_a_variant_of_its_own():
    rows = table(state="calendered", sigma_e_s_per_m=1.0, sigma_ion_s_per_m=0.01)
    refitted = table(sigma_e_refitted_s_per_m=0.5)
    left, _ = conductivity_figure(rows, ELECTRODES, refitted=refitted).axes
    drawn = {c.get_label(): c.lines[0].get_ydata() for c in left.containers}
    assert drawn["AM_1, in the cell, CBD refitted"] == pytest.approx([0.5, 0.5])
    assert drawn["AM_1"] == pytest.approx([1.0, 1.0])


def test_profiles_have_a_panel_per_state_and_electrode_and_a_line_per_replicate():
    parts = [
        table(state=state, z_um=z, am=0.1, se=0.2, cbd=0.05)
        for state in ("slurry", "dried", "calendered")
        for z in (1.0, 2.0)
    ]
    figure = profiles_figure(pd.concat(parts), ELECTRODES)
    assert len(figure.axes) == 3 * 4
    assert [len(panel.lines) for panel in figure.axes] == [3 * 2] * 12
    assert figure.axes[0].get_ylabel() == "slurry\nheight / µm"


def test_calendering_draws_press_release_and_the_film_at_rest():
    steps = [("press", 0, 10.0, 1.0), ("press", 1, 8.0, 100.0), ("release", 2, 8.5, 20.0)]
    parts = [
        table(phase=phase, step=step, gap_um=gap, plane_pressure_mpa=pressure)
        for phase, step, gap, pressure in steps
    ]
    figure = calendering_figure(pd.concat(parts), ELECTRODES)
    left = figure.axes[0]
    assert left.get_ylabel() == "pressure on the plane / MPa"
    rest = [line for line in left.lines if line.get_marker() not in ("None", "")]
    assert [line.get_xdata()[0] for line in rest] == [8.5] * 4  # two contents, two replicates
    assert legend(figure) == ["48 %", "50 %", "release"]


def test_contacts_and_percolation_have_units_and_shares():
    areas = {f"contact_area_{pair}_per_m": 2e5 for pair in PAIRS}
    structure = table(state="calendered", **areas)
    transport = table(
        state="calendered",
        electronic_percolating_fraction=0.9,
        ionic_percolating_fraction=1.0,
        cbd_percolates=True,
    )
    figure = contacts_percolation_figure(structure, transport, ELECTRODES)
    titles = [panel.get_title() for panel in figure.axes]
    assert titles == [
        "AM–SE",
        "SE–SE",
        "AM–CBD",
        "CBD–CBD",
        "SE–CBD",
        "AM + CBD",
        "SE",
        "CBD alone",
    ]
    assert figure.axes[0].containers[0].lines[0].get_ydata() == pytest.approx([0.2, 0.2])
    assert figure.axes[7].containers[0].lines[0].get_ydata() == pytest.approx([100, 100])
    # shares of films carry no interval of a mean
    assert [panel.containers[0].has_yerr for panel in figure.axes] == [True] * 7 + [False]


def voxel_tables(at_02=1.0, settles=True):
    series = pd.concat(
        [
            table(voxel_um=size, sigma_e_s_per_m=value, sigma_ion_s_per_m=0.02)
            for size, value in ((0.4, 1.2), (0.2, at_02), (0.1, 0.9))
        ]
    )
    limits = {}
    for name in ("sigma_e", "sigma_ion"):
        limits |= {
            f"{name}_extrapolated_s_per_m": 0.8,
            f"{name}_extrapolated_half_width_s_per_m": 0.1,
            f"{name}_series_settles": settles,
        }
    return series, table(**limits)


def test_voxel_convergence_scales_by_the_value_at_the_campaigns_size():
    figure = voxel_convergence_figure(*voxel_tables(at_02=2.0), 0.2, ELECTRODES)
    drawn = figure.axes[0].lines[0]
    assert drawn.get_xdata().tolist() == [0.1, 0.2, 0.4]
    assert drawn.get_ydata() == pytest.approx([0.45, 1.0, 0.6])
    limits = [c.lines[0] for c in figure.axes[0].containers]
    assert all(limit.get_ydata() == pytest.approx([0.4]) for limit in limits)


def test_a_ratio_far_above_the_others_is_named_at_the_edge():
    series, error = voxel_tables(at_02=0.2)
    figure = voxel_convergence_figure(series, error, 0.2, ELECTRODES)
    left = figure.axes[0]
    assert left.get_ylim()[1] == 2.0
    assert {text.get_text() for text in left.texts} == {"6 ▴", "4.5 ▴"}


def test_a_film_without_a_ratio_and_a_missing_one_are_both_named():
    series, error = voxel_tables()
    series.loc[(series["psd"] == "AM_1") & (series["voxel_um"] == 0.2), "sigma_e_s_per_m"] = 0.0
    series = series[series["solid_content_percent"] != 50.0]
    note = voxel_convergence_figure(series, error, 0.2, ELECTRODES).get_supxlabel()
    assert "not in the results: AM_1 50 %, AM_2 50 %" in note
    assert "no ratio: AM_1 48 % r1 (sigma_e)" in note.replace("\n", " ")


def test_a_series_without_the_campaigns_size_is_scaled_by_its_finest():
    figure = voxel_convergence_figure(*voxel_tables(), 0.3, ELECTRODES)
    assert figure.axes[0].get_ylabel() == "electronic conductivity /\nvalue at 0.1 µm"
    assert figure.axes[0].lines[0].get_ydata()[0] == pytest.approx(1.0)


@pytest.mark.parametrize("settles", [True, False])
def test_a_series_that_does_not_settle_is_hollow(settles):
    figure = voxel_convergence_figure(*voxel_tables(settles=settles), 0.2, ELECTRODES)
    faces = {c.lines[0].get_mfc() for c in figure.axes[0].containers}
    assert ("white" in faces) is not settles


def test_a_film_without_a_ratio_is_named():
    figure = voxel_convergence_figure(*voxel_tables(at_02=0.0), 0.2, ELECTRODES)
    assert "zero at 0.2 µm" in figure.get_supxlabel()
    assert "AM_2 50 % r2 (sigma_e)" in figure.get_supxlabel()


def test_psd_counts_the_particles_and_marks_the_median():
    wanted = {psd: log_normal(4e-6, 0.3, 200) for psd in ELECTRODES.psds}
    figure = psd_figure(wanted, {"AM_1": state_of(PACKING)}, ELECTRODES)
    cumulative, first, second = figure.axes
    assert "AM_1, D50 4 µm" in legend(figure)
    assert cumulative.get_xscale() == "log"
    assert [text.get_text() for text in first.texts] == ["1", "1", "1"]
    assert second.texts[0].get_text() == "not in the results"


def trends() -> pd.DataFrame:
    level = {"statement": "density_level", "kind": "level", "sentence": "density 1 to 3 g/cm3"}
    level |= {"psd": "AM_1", "solid_content_percent": "48", "wanted_low": 1.0, "wanted_high": 3.0}
    level |= {"n_replicates": 3, "n_needed": np.nan}
    trend = {"statement": "grows", "kind": "trend", "sentence": "density grows", "psd": "AM_1"}
    trend |= {"n_replicates": 3, "n_needed": np.nan}
    inside = {"effect": 2.0, "effect_low_95": 1.0, "effect_high_95": 3.0}
    return pd.DataFrame(
        [
            {**level, **inside, "verdict": "supported"},
            {**level, "effect": 0.002, "verdict": "contradicted"},
            {**trend, "verdict": "supported"},
            {**trend, "verdict": "not tested: one replicate", "n_replicates": 1},
            {**trend, "verdict": "not resolved", "n_needed": 7},
        ]
    )


def test_overview_draws_ratios_intervals_and_verdicts():
    levels, verdicts = overview_figure(trends(), ELECTRODES).axes
    assert levels.get_xlabel() == "simulated / middle of what is stated"
    bars = [line.get_xdata() for line in levels.lines if line.get_linewidth() == 0.8]
    assert bars[0] == pytest.approx([0.5, 1.5])
    assert [text.get_text() for text in levels.texts] == ["◂ 0.001"]  # beyond the axis, not lost
    markers = [line.get_marker() for line in verdicts.lines if line.get_ls() == "None"]
    assert markers == ["o", "D", "_"]


def test_overview_shows_sample_sizes_and_what_open_tests_need():
    table = trends()
    panels = overview_figure(table, ELECTRODES).axes

    def sizes(panel) -> list[str]:
        [counts] = panel.child_axes
        return [label.get_text() for label in counts.get_yticklabels()]

    assert [sizes(panel) for panel in panels] == [["n 3"], ["n 1 to 3\n(7)"]]
    open_ = table["verdict"] == "not resolved"
    table.loc[open_, "n_needed"] = np.nan
    assert sizes(overview_figure(table, ELECTRODES).axes[1]) == ["n 1 to 3\n(> 9999)"]


def test_workflow_scheme_has_a_box_per_rule_and_one_for_all_figures():
    rules = ["recipe", "slurry", "tables", "figure_a", "figure_b"]
    edges = {("recipe", "slurry"), ("slurry", "tables"), ("recipe", "tables")}
    edges |= {("tables", "figure_a"), ("tables", "figure_b")}
    [axes] = workflow_figure(rules, edges, ["slurry"]).axes
    labels = {text.get_text(): text.get_position() for text in axes.texts}
    assert set(labels) == {"recipe", "slurry", "tables", "2 figures"}
    heights = [labels[name][1] for name in ("recipe", "slurry", "tables", "2 figures")]
    assert heights == sorted(heights, reverse=True)
    arrows = [p for p in axes.patches if type(p).__name__ == "FancyArrowPatch"]
    assert len(arrows) == 3  # recipe to tables is implied


def test_every_way_of_shearing_on_has_a_look_of_its_own():
    names = ["s, dt", "s/100", "unscaled", "s, dt, nvt/sllod", "s, dt/2", "s, dt/4", "s/10"]
    columns = ("viscosity_pa_s", "viscosity_ci95_pa_s", "over_reference", "over_reference_ci95")
    rows = [
        {"shear_rate_per_s": rate, "variant": name, "strain": strain, "reference": "unscaled"}
        | {"seeds": 5, **dict.fromkeys(columns, 1.0)}
        for rate, name, strain in itertools.product((100.0, 1000.0), names, (0.05, 0.1))
    ]
    figure = acceleration_figure(pd.DataFrame(rows), "s, dt", 0.03)
    bars = [c for panel in figure.axes for c in panel.containers]
    looks = {c.get_label(): (c.lines[0].get_color(), c.lines[0].get_marker()) for c in bars}
    assert set(looks) == set(names)
    assert len(set(looks.values())) == len(names)
    assert figure.axes[2].get_ylabel() == "viscosity / that of unscaled"


def test_scale_bar_is_round_and_short():
    assert [scale_bar_um(width) for width in (2.0, 26.0, 45.0, 1100.0)] == [1, 5, 10, 200]


def test_cross_sections_and_phases_show_their_labels():
    image = np.zeros((8, 8, 10), np.uint8)
    image[:4] = Phase.AM
    image[4:, :, :5] = Phase.CBD
    spacing = (0.2e-6,) * 3
    one = Electrodes(("AM_1",), (50.0,))
    figure = cross_sections_figure({("dried", "AM_1", 50.0): (image, spacing)}, one)
    [picture] = [axes.images[0].get_array() for axes in figure.axes if axes.images]
    inner = picture[2:-2, 2:-2, :3]
    assert inner[0, -1].tolist() == [1, 1, 1]  # pores above the CBD
    assert inner[-1, -1, 0] > 2 * inner[-1, -1, 1]  # red below
    assert inner[-1, 0].max() < 0.3  # black AM
    figure = phases_figure({("AM_1", 50.0): (image, spacing)}, one)
    assert sum(len(axes.images) for axes in figure.axes) == 2


def test_a_dilute_box_gets_a_close_up():
    compact = initial_box_figure(state_of(PACKING, (9.0, 9.0, 9.0)), "AM_1")
    dilute = initial_box_figure(state_of(PACKING, (700.0, 700.0, 1000.0)), "AM_1")
    assert [len(figure.axes) for figure in (compact, dilute)] == [1, 2]
    assert "larger" in dilute.axes[0].get_title()


def test_a_current_that_does_not_percolate_is_said():
    film = state_of(PACKING)
    path = np.stack([np.full(20, 5e-6), np.full(20, 5e-6), np.linspace(0, 10e-6, 20)], axis=1)
    paths = {("ionic", "AM_1", 50.0): CurrentPaths([path], [np.ones(20)])}
    figure = current_paths_figure({("AM_1", 50.0): film}, paths, 1)
    electronic, ionic = figure.axes[:2]
    assert electronic.texts[0].get_text() == "does not percolate"
    assert len(ionic.images) == 1


def test_no_stored_state_is_an_error():
    with pytest.raises(InputError, match="no particle state is stored"):
        read_states([])
