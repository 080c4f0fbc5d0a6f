"""The workflow as a user starts it: the test campaign, interruptions, bad configs."""

import json
import os
import re
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pandas as pd
import pytest
import yaml
from campaign_runs import SNAKEMAKE, TEST, snakemake

from castline.line.order import ROUTES

RESULT_TABLES = [
    *("viscosity", "structure", "profiles", "transport", "calendering"),
    *("voxel_series", "voxel_error", "predicted_tlm", "measured_cells", "trends", "cbd_refit"),
]

pytestmark = pytest.mark.workflow


def table(folder: Path, name: str) -> pd.DataFrame:
    return pd.read_csv(folder / f"results/test/tables/{name}.csv")


KEYS = ["psd", "solid_content_percent", "replicate"]
COLUMNS = {
    "viscosity": [*KEYS, "shear_rate_per_s", "viscosity_pa_s", "viscosity_stderr_pa_s", "strain"],
    "structure": [*KEYS, "state", "density_g_per_cm3", "porosity", "thickness_um"],
    "transport": [*KEYS, "state", "sigma_e_s_per_m", "sigma_ion_s_per_m", "diffusivity_ratio"],
    "cost": ["stage", *KEYS, "shear_rate_per_s", "core_seconds", "peak_memory_mb"],
}


@pytest.mark.parametrize("name", COLUMNS)
def test_tables_have_their_columns(finished, name):
    assert set(COLUMNS[name]) <= set(table(finished, name).columns)


def test_every_cell_is_in_every_table(finished):
    assert len(table(finished, "viscosity")) == 2 * 2  # replicates x rates
    assert len(table(finished, "structure")) == 2 * 4  # replicates x states
    assert len(table(finished, "transport")) == 2 * 3  # replicates x films
    stages = set(table(finished, "cost")["stage"])
    assert stages == {*(stage.name for stage in ROUTES["slurry"]), "voxels", "transport"}


def test_result_tables_hold_physical_numbers(finished):
    structure = table(finished, "structure").set_index(["state", "replicate"]).sort_index()
    density = structure["density_g_per_cm3"]
    assert (density["calendered"] > density["dried"]).all()
    assert structure["porosity"].loc["slurry"].abs().max() < 0.02
    assert structure["porosity"].drop("slurry").between(0.05, 0.9).all()
    assert (table(finished, "viscosity")["viscosity_pa_s"] > 0).all()
    assert table(finished, "transport")["diffusivity_ratio"].between(0, 1).all()
    assert (table(finished, "cost")["core_seconds"] > 0).all()


def test_replicates_differ(finished):
    calendered = table(finished, "structure").query("state == 'calendered'")
    assert calendered["thickness_um"].nunique() == 2


def test_every_figure_is_there(finished):
    figures = {p.name for p in (finished / "results/test/figures").iterdir()}
    for number in ("2", "4", "5", "6", "7", "8", "9a", "9b", "S3", "S4", "S5"):
        kinds = {Path(name).suffix for name in figures if name.startswith(f"figure{number}_")}
        assert kinds == {".svg", ".pdf", ".png"}, number
    for name in ("calendering", "contacts_percolation", "current_paths", "voxel_convergence"):
        assert f"{name}.svg" in figures
    assert "overview.svg" in figures


def test_measured_cells_are_analysed_and_labelled_synthetic(finished):
    cells = table(finished, "measured_cells")
    assert (cells["status"] == "ok").all()
    assert set(cells["data_origin"]) == {"synthetic"}
    svg = (finished / "results/test/figures/figure7_impedance.svg").read_text()
    assert "synthetic example" in svg


def test_campaign_without_measurements_plans_no_analysis(workflow_copy):
    folder = workflow_copy("unmeasured")
    config = yaml.safe_load((folder / "config/test.yaml").read_text())
    del config["measurements"]
    (folder / "config/plain.yaml").write_text(yaml.safe_dump(config))
    plan = snakemake(folder, "-n", "--configfile", "config/plain.yaml")
    assert plan.returncode == 0
    assert "measured_cells" not in plan.stdout + plan.stderr
    assert re.search(r"^impedance_prediction +1$", plan.stdout + plan.stderr, re.MULTILINE)


def test_voxel_series_of_every_film(finished):
    assert len(table(finished, "voxel_series")) == 2 * 3  # replicates x voxel sizes
    assert len(table(finished, "voxel_error")) == 2


def test_trends_say_what_two_replicates_of_one_electrode_can_test(finished):
    trends = table(finished, "trends").set_index("statement")
    assert trends.loc["viscosity_shear_thinning", "n_replicates"] == 2
    assert "lacks these electrodes" in trends.loc["sigma_e_falls", "verdict"]


def test_summary_stands_beside_the_stated_ranges(finished):
    text = (finished / "results/test/summary.txt").read_text()
    assert "viscosity is shear-thinning" in text
    assert "sigma_e, calendered / S/m" in text
    assert "2-2.5" in text
    assert "results/test/figures/" in text


def test_figures_redraw_from_tables_and_states_alone(finished, workflow_copy):
    """What git keeps of a campaign: tables and first replicates; nothing is simulated for them."""
    folder = workflow_copy("redraw")
    kept = [*finished.glob("results/test/tables/*.csv"), *finished.glob("results/test/*/*/r1/*.gz")]
    for path in kept:
        copy = folder / path.relative_to(finished)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, copy)
        os.utime(copy, (1e9, 1e9))  # older than every script and force field
    drawn = snakemake(folder, "figures", *TEST)
    assert drawn.returncode == 0, drawn.stdout + drawn.stderr
    figures = {path.name for path in (folder / "results/test/figures").iterdir()}
    assert figures == {path.name for path in (finished / "results/test/figures").iterdir()}
    assert not (folder / "results/test/work").exists()
    assert {path.name for path in folder.glob("results/test/*/*/r1/*")} == {
        path.name for path in kept if path.suffix == ".gz"
    }


def test_a_redraw_names_the_table_it_lacks_and_a_bad_column(finished, workflow_copy):
    folder = workflow_copy("lacking")
    shutil.copytree(finished / "results/test/tables", folder / "results/test/tables")
    path = folder / "results/test/tables/structure.csv"
    path.write_text(path.read_text().replace("density_g_per_cm3", "density_kg_per_m3", 1))
    for state in finished.glob("results/test/*/*/r1/*.gz"):
        copy = folder / state.relative_to(finished)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(state, copy)
    two = ["--until", "figure_viscosity", "figure_density_porosity"]
    bad = snakemake(folder, "figures", *TEST, *two)
    assert bad.returncode != 0
    assert "structure.csv: missing column density_g_per_cm3" in bad.stdout + bad.stderr
    assert (folder / "results/test/figures/figure4_viscosity.svg").exists()  # the other is drawn
    (folder / "results/test/tables/viscosity.csv").unlink()
    lacking = snakemake(folder, "figures", *TEST)
    assert lacking.returncode != 0
    assert "tables/viscosity.csv" in lacking.stdout + lacking.stderr


def test_second_run_does_nothing(finished):
    again = snakemake(finished, *TEST, "-n")
    assert again.returncode == 0
    assert "Nothing to be done" in again.stdout + again.stderr


def test_plain_run_and_redraw_leave_each_others_figures_alone(finished):
    redraw = snakemake(finished, "figures", *TEST, "-n")
    assert "Nothing to be done" in redraw.stdout + redraw.stderr
    # `make figures` forces all of them; one of tables and one of states here
    forced = ["--forcerun", "figure_calendering", "figure_cross_sections"]
    drawn = snakemake(finished, "figures", *TEST, *forced)
    assert drawn.returncode == 0, drawn.stdout + drawn.stderr
    assert "(Rule: figure_cross_sections)" in drawn.stdout + drawn.stderr
    plain = snakemake(finished, *TEST, "-n")
    assert "Nothing to be done" in plain.stdout + plain.stderr


def test_kill_and_restart_give_the_same_tables_byte_for_byte(finished, workflow_copy):
    """Kill -9 everything in the middle of the particle stages, twice, then finish."""
    folder = workflow_copy("killed")
    for stage in ("viscosity", "calendering"):
        process = subprocess.Popen(
            [*SNAKEMAKE, *TEST],
            cwd=folder,
            start_new_session=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + 300
        while not list(folder.glob(f"results/test/work/{stage}-*/segment-0000.json")):
            assert process.poll() is None, "the campaign ended before it could be killed"
            assert time.monotonic() < deadline
            time.sleep(0.1)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        time.sleep(1.0)
    assert not (folder / "results/test/tables/transport.csv").exists()
    kept = [p.stat().st_mtime_ns for p in sorted(folder.rglob("slurry-*/segment-0000.json"))]
    tables = [f"results/test/tables/{name}.csv" for name in RESULT_TABLES]
    done = snakemake(folder, *tables, *TEST)
    assert done.returncode == 0, done.stdout + done.stderr
    again = [p.stat().st_mtime_ns for p in sorted(folder.rglob("slurry-*/segment-0000.json"))]
    assert again == kept, "a finished segment was computed again"
    for path in tables:
        assert (folder / path).read_bytes() == (finished / path).read_bytes(), path
    assert not list(folder.glob("results/**/*.part"))


def test_two_campaign_runs_at_once_are_refused(finished):
    from castline.base.locking import hold

    lock = hold(finished / "results/test/work/campaign.lock")
    (finished / "results/test/summary.txt").unlink()
    refused = snakemake(finished, *TEST)
    lock.close()
    assert refused.returncode != 0
    assert f"in use by process {os.getpid()}" in refused.stdout + refused.stderr
    assert snakemake(finished, *TEST).returncode == 0


@pytest.mark.parametrize(
    ("section", "value", "message"),
    [
        ("viscosity", {"shear_rates_per_s": [-5]}, "viscosity.shear_rates_per_s.0"),
        ("voxel", {"size": 1}, "voxel"),
        ("force_fields", {"dry": "config/none.yaml"}, "config/none.yaml"),
    ],
)
def test_bad_config_stops_before_anything_runs(workflow_copy, section, value, message):
    folder = workflow_copy("bad")
    config = yaml.safe_load((folder / "config/test.yaml").read_text())
    config[section] = value
    (folder / "config/bad.yaml").write_text(yaml.safe_dump(config))
    refused = snakemake(folder, "--configfile", "config/bad.yaml")
    output = refused.stdout + refused.stderr
    assert refused.returncode != 0
    [line] = [text for text in output.splitlines() if text.startswith("config: ")]
    assert message in line
    assert "Traceback" not in output
    assert not (folder / "results").exists()


@pytest.mark.parametrize("name", ["calibration", "demo", "paper", "test"])
def test_shipped_campaigns_plan(workflow_copy, name):
    folder = workflow_copy(f"plan_{name}")
    plan = snakemake(folder, "-n", "--configfile", f"config/{name}.yaml")
    assert plan.returncode == 0, plan.stdout + plan.stderr
    cells = {"calibration": 6, "demo": 6, "paper": 18, "test": 2}[name]
    assert re.search(rf"^slurry +{cells}$", plan.stdout + plan.stderr, re.MULTILINE)


def test_films_and_sheared_slurries_are_planned_by_their_own_numbers(workflow_copy):
    folder = workflow_copy("by_stage")
    config = folder / "config/test.yaml"
    own = "replicates: {films: 3, viscosity: 1}"
    config.write_text(config.read_text().replace("replicates: 2", own, 1))
    plan = snakemake(folder, "-n", *TEST)
    output = plan.stdout + plan.stderr
    assert plan.returncode == 0, output
    for stage, runs in (("slurry", 3), ("viscosity", 1), ("drying", 3), ("structure", 3)):
        assert re.search(rf"^{stage} +{runs}$", output, re.MULTILINE), output


def test_a_round_waits_for_the_replicates_that_the_one_before_asked_for(workflow_copy):
    folder = workflow_copy("rounds")
    config = folder / "config/test.yaml"
    rounds = "decide: {films: 5, viscosity: 4, core_hours: 1}\n"
    config.write_text(config.read_text() + rounds)
    plan = snakemake(folder, "decide", "-n", *TEST)
    output = plan.stdout + plan.stderr
    assert plan.returncode == 0, output
    for rule, runs in (("drying", 2), ("viscosity", 2), ("decide_round", 1), ("decide", 1)):
        assert re.search(rf"^{rule} +{runs}$", output, re.MULTILINE), output
    stored = folder / "results/test/decide/round_1.json"
    stored.parent.mkdir(parents=True)
    replicates = {"AM_1/50": {"films": 4, "viscosity": 2}}
    stored.write_text(json.dumps({"goes_on": True, "replicates": replicates}))
    plan = snakemake(folder, "-n", *TEST)  # tables of all replicates that rounds asked for
    output = plan.stdout + plan.stderr
    for rule, runs in (("drying", 4), ("transport", 4 * 3), ("voxel_series", 2)):
        assert re.search(rf"^{rule} +{runs}$", output, re.MULTILINE), output


def test_failing_lammps_shows_its_error_and_log(workflow_copy):
    folder = workflow_copy("failing")
    source = folder / "workflow/lammps/slurry.lmp"
    source.write_text(source.read_text().replace("nve/sphere", "nve/cube"))
    # the installed package reads its own inputs, so run this copy's package
    failed = snakemake(folder, *TEST, PYTHONPATH=str(folder / "workflow"))
    output = failed.stdout + failed.stderr
    assert failed.returncode != 0
    assert re.search(r"ERROR.*nve/cube.*segment-0000\.log", output)
    ends = [line for line in output.splitlines() if line.startswith("failed: ")]
    assert len(ends) == 2  # one for each electrode
    assert re.match(r"failed: AM_1 50 % r\d, slurry: .*nve/cube", ends[0])
    assert "Traceback" not in output
