"""Measured files without a campaign: a table on the terminal, CSV, JSON and a figure."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from uncertainties import ufloat

from castline.base.errors import InputError
from castline.base.files import write_json, write_table
from castline.base.text_table import aligned
from castline.commands.outputs import check_outputs, publish
from castline.figures.measured_cells import cells_figure, flow_curves_figure
from castline.figures.psd import sizes_figure
from castline.figures.style import save
from castline.measured.cells import analyse_measurements
from castline.measured.measurements import load_measurements, measurement_files
from castline.recipe.psd import SizeClasses, mean_diameter_m, percentile_m
from castline.recipe.psd_files import PsdReading, from_csv

FIGURE_KINDS = (".svg", ".pdf", ".png")
PERCENTILES = (10, 50, 90)


@dataclass(frozen=True)
class Outputs:
    """Files to write; None where none is asked for. `asked` has them by option."""

    csv: Path | None = None
    json: Path | None = None
    figure: Path | None = None

    @property
    def asked(self) -> dict[str, Path]:
        named = {"--csv": self.csv, "--json": self.json, "--figure": self.figure}
        return {option: path for option, path in named.items() if path is not None}


def analyse_cells(path: Path, outputs: Outputs, report) -> int:
    """Analyse the cells of a measurements.yaml; returns the number of failed ones.

    Parameters
    ----------
    report : callable
        Takes one line of text.

    Raises
    ------
    ConfigError, InputError
        A faulty measurements.yaml, no cell in it, or an output that cannot be written.
    """
    measurements = _loaded(path, "cells", outputs)
    tables = analyse_measurements(measurements.model_copy(update={"viscosity": []}), path.parent)
    _write(
        outputs,
        tables.cells,
        {"cells": _records(tables.cells)},
        lambda: cells_figure(tables.spectra),
        _cell_lines(tables.cells),
        report,
    )
    return int((tables.cells["status"] == "failed").sum())


def analyse_slurries(path: Path, outputs: Outputs, report) -> int:
    """Average the flow curves of a measurements.yaml; returns the number of failed samples.

    Parameters and errors as of `analyse_cells`.
    """
    measurements = _loaded(path, "viscosity", outputs)
    table = analyse_measurements(
        measurements.model_copy(update={"cells": []}), path.parent
    ).viscosity
    _write(
        outputs,
        table,
        {"viscosity": _records(table)},
        lambda: flow_curves_figure(table),
        _viscosity_lines(table),
        report,
    )
    return int((table["status"] == "failed").sum())


def describe_sizes(path: Path, reading: PsdReading, outputs: Outputs, report) -> int:
    """Read a particle size distribution and describe it; its CSV is one a campaign reads.

    Parameters and errors as of `analyse_cells`; returns 0.
    """
    _check(outputs, [path])
    sizes = from_csv(path, reading)
    table = pd.DataFrame(
        {"diameter_um": sizes.diameter_m * 1e6, "volume_fraction": sizes.volume_fraction}
    )
    described = {
        **{f"d{percent}_um": _um(percentile_m(sizes, percent / 100)) for percent in PERCENTILES},
        "d32_um": _um(mean_diameter_m(sizes, 3, 2)),
        "d43_um": _um(mean_diameter_m(sizes, 4, 3)),
        "notes": list(sizes.notes),
    }
    _write(
        outputs,
        table,
        {"psd": described, "classes": _records(table)},
        lambda: sizes_figure(path.name, sizes),
        _size_lines(path, sizes),
        report,
    )
    return 0


def _loaded(path, part, outputs):
    measurements = load_measurements(path)
    if not getattr(measurements, part):
        raise InputError(f"{path}: lists no {part}")
    _check(outputs, [path, *map(Path, measurement_files(path))])
    return measurements


def _check(outputs: Outputs, inputs: list[Path]) -> None:
    """Refuse before the analysis what could not be written after it, or would replace an input."""
    check_outputs(outputs.asked, inputs)
    if outputs.figure and outputs.figure.suffix not in FIGURE_KINDS:
        raise InputError(f"{outputs.figure}: a figure ends in {', '.join(FIGURE_KINDS)}")


def _write(outputs: Outputs, table, content, draw, lines, report) -> None:
    """All is made and written before it is shown: a failure leaves no part of it."""
    figure = draw() if outputs.figure else None
    writers = {
        "--csv": lambda path: write_table(path, table),
        "--json": lambda path: write_json(path, content),
        "--figure": lambda path: save(figure, [str(path)]),
    }
    publish(outputs.asked, {option: writers[option] for option in outputs.asked})
    for line in [*lines, *(f"{option[2:]}: {path}" for option, path in outputs.asked.items())]:
        report(line)


def _records(table: pd.DataFrame) -> list[dict]:
    """Rows as JSON has them: null for what is empty."""
    plain = table.astype(object).where(table.notna(), None)
    return [
        {
            key: value.item() if isinstance(value, np.generic) else value
            for key, value in row.items()
        }
        for row in plain.to_dict("records")
    ]


def _cell_lines(cells: pd.DataFrame) -> list[str]:
    header = [
        *("cell", "status", "porosity", "sigma_e, S/m", "95 % interval", "sigma_ion, S/m"),
        "sigma_e DC, S/m",
    ]
    rows = []
    for _, cell in cells.iterrows():
        low, high = cell["sigma_e_impedance_low_s_per_m"], cell["sigma_e_impedance_high_s_per_m"]
        rows.append(
            [
                cell["cell"],
                cell["status"],
                _number(cell, "porosity", ""),
                _number(cell, "sigma_e_impedance", "_s_per_m"),
                "" if pd.isna(low) else f"{low:.4g} to {high:.4g}",
                _number(cell, "sigma_ion", "_s_per_m"),
                _number(cell, "sigma_e_dc", "_s_per_m"),
            ]
        )
    remarks = [
        f"{cell['cell']}: {text}"
        for _, cell in cells.iterrows()
        for text in (cell["reason"], *str(cell["warnings"] or "").split("; "))
        if text
    ]
    return [*aligned(header, rows), *remarks]


def _number(row, name: str, unit: str) -> str:
    """A number with its standard uncertainty, to two digits of it."""
    return _with_uncertainty(row[f"{name}{unit}"], row[f"{name}_uncertainty{unit}"])


def _with_uncertainty(value, uncertainty) -> str:
    if pd.isna(value):
        return ""
    if not uncertainty > 0:
        return f"{value:.4g}"
    return f"{ufloat(value, uncertainty):.2uP}"


def _viscosity_lines(table: pd.DataFrame) -> list[str]:
    header = ["psd", "solid content, %", "branch", "shear rate, 1/s", "viscosity, Pa s", "samples"]
    good = table[table["status"] == "ok"]
    rows = [
        [
            row["psd"],
            f"{row['solid_content_percent']:g}",
            row["branch"],
            f"{row['shear_rate_per_s']:.4g}",
            _with_uncertainty(row["viscosity_mean_pa_s"], row["viscosity_std_pa_s"]),
            str(row["n_samples"]),
        ]
        for _, row in good.iterrows()
    ]
    failed = table.loc[table["status"] == "failed", "reason"]
    return [*aligned(header, rows, right=(1, 3, 5)), *(f"failed: {reason}" for reason in failed)]


def _size_lines(path: Path, sizes: SizeClasses) -> list[str]:
    um = sizes.diameter_m * 1e6
    lines = [
        f"{path}: {um.size} classes from {um[0]:.4g} to {um[-1]:.4g} um, by volume",
        "  ".join(
            f"D{percent} {_shown_um(percentile_m(sizes, percent / 100))}" for percent in PERCENTILES
        ),
        f"D[3,2] {_shown_um(mean_diameter_m(sizes, 3, 2))}  "
        f"D[4,3] {_shown_um(mean_diameter_m(sizes, 4, 3))}",
    ]
    return lines + [f"note: {note}" for note in sizes.notes]


def _um(metres: float | None) -> float | None:
    return None if metres is None else metres * 1e6


def _shown_um(metres: float | None) -> str:
    return "within the outermost class" if metres is None else f"{metres * 1e6:.4g} um"
