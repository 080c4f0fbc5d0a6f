"""Flow curves of the measured slurries: files of a rheometer, one a sample."""

import numpy as np

from castline.base.errors import InputError
from castline.impedance.spectra import csv_header, parse_columns, read_lines

# Samples of one sweep program: their shear rates agree but for the rheometer's regulation.
SHEAR_RATE_TOLERANCE = 0.02


def viscosity_rows(curve, folder):
    """Mean curve over the samples of a slurry, and a failed row for each sample without one."""
    keys = {"psd": curve.psd, "solid_content_percent": curve.solid_content_percent}
    samples, rows = [], []
    for file in curve.files:
        path = folder / file
        try:
            samples.append(_read_sample(path, curve, samples))
        except InputError as error:
            rows.append({**keys, "status": "failed", "reason": str(error), "n_samples": 0})
    if not samples:
        return rows
    shear_rate_per_s = np.mean([rate for rate, _ in samples], axis=0)
    viscosity_pa_s = np.array([viscosity for _, viscosity in samples])
    spread = (
        viscosity_pa_s.std(axis=0, ddof=1) if len(samples) > 1 else [np.nan] * len(shear_rate_per_s)
    )
    for rate, mean, std in zip(shear_rate_per_s, viscosity_pa_s.mean(axis=0), spread, strict=True):
        rows.append(
            {
                **keys,
                "status": "ok",
                "reason": "",
                "shear_rate_per_s": rate,
                "viscosity_mean_pa_s": mean,
                "viscosity_std_pa_s": std,
                "n_samples": len(samples),
            }
        )
    return rows


def _read_sample(path, curve, others):
    """Shear rates and viscosities of one sample, at the shear rates of the other samples."""
    lines = read_lines(path)
    header, names = csv_header(path, lines)
    columns = [curve.shear_rate_column, curve.viscosity_column]
    values, numbers = parse_columns(path, lines, header, names, columns, ",")
    bad = np.flatnonzero(~(np.isfinite(values) & (values > 0)).all(axis=0))
    if bad.size:
        raise InputError(f"{path}:{numbers[bad[0]]}: shear rate and viscosity must be > 0")
    order = np.argsort(values[0])
    rate, viscosity = values[:, order]
    for other, _ in others[:1]:
        if other.size != rate.size or not np.allclose(rate, other, rtol=SHEAR_RATE_TOLERANCE):
            raise InputError(
                f"{path}:{header + 1}: its shear rates differ from those of the first sample: "
                "run the same sweep on all samples of a slurry"
            )
    return rate, viscosity
