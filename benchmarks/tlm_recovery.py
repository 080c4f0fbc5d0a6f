"""Recovery of known conductivities from noisy synthetic spectra, counted without selection.

    python benchmarks/tlm_recovery.py --cases 1000 [--slowest-hz 10]
        [--always-interface]
    python benchmarks/tlm_recovery.py --cases 1000 --leads --intervals

The range is what a composite cathode and its impedance analyser can be expected to span:

- sigma_e 1e-3 to 10 S/m: a network of bare active material (0.005 S/m) to one rich in carbon;
- 0 to 90 % of the electronic resistivity in interfaces that relax at 100 Hz to 1 MHz, n 0.7 to 1;
- sigma_ion 1e-3 to 0.1 S/m: 1 % to 80 % of bulk Li6PS5Cl;
- thickness 20 to 300 um;
- double layer 1e4 to 1e6 S s^n/m3 (0.01 to 1 F/m2 on 1e6 m2/m3), n 0.75 to 1;
- a sweep from 1 MHz to 10 mHz, ten points a decade, 1 % noise of abs(Z) on each component.

With ``--leads`` the cells have leads of 0.05 to 1 ohm, which a shorted cell gave, and of 0.1 to
5 uH, which are fitted; seven points a decade, 0.5 % noise. ``--intervals`` counts how often the
95 % interval of either conductivity holds the truth, and how wide it is beside the ideal one: that
of the Cramer-Rao bound.
"""

import argparse
import time
import warnings
from dataclasses import dataclass

import numpy as np
from scipy.stats import norm

from castline.base.errors import CastlineError
from castline.impedance.fit import SpectrumWarning, fit_tlm
from castline.impedance.model import TlmParameters, tlm_impedance
from castline.impedance.problem import TlmProblem, leads_impedance

FASTEST_HZ, SLOWEST_HZ, POINTS_PER_DECADE = 1e6, 1e-2, 10
AREA_M2 = np.pi * 25e-6
NOISE = 0.01
LEADS_OHM = (0.05, 1.0)
LEADS_H = (1e-7, 5e-6)
LEADS_NOISE, LEADS_PER_DECADE = 0.005, 7
# Relative standard error that the data allow, below which a conductivity counts as known.
KNOWN = 0.1
RAILS = {
    "sigma_e_s_per_m": "log10_electronic_ohm_m",
    "sigma_ion_s_per_m": "log10_ionic_ohm_m",
}
TOLERANCE = 0.05


@dataclass(frozen=True)
class Case:
    parameters: TlmParameters
    thickness_m: float
    frequency_hz: np.ndarray
    impedance_ohm: np.ndarray
    coordinates: dict
    noise: float


def random_cases(
    n_cases, seed, slowest_hz=SLOWEST_HZ, noise=NOISE, per_decade=POINTS_PER_DECADE, leads=False
):
    """Random electrodes of the wide range with noisy spectra, without or with leads."""
    rng = np.random.default_rng(seed)
    n_points = round(np.log10(FASTEST_HZ / slowest_hz) * per_decade) + 1
    frequency_hz = np.geomspace(FASTEST_HZ, slowest_hz, n_points)
    cases = []
    for _ in range(n_cases):
        log_e, log_ion, log_thickness = rng.uniform([-3, -3, np.log10(20e-6)], [1, -1, -3.5229])
        share, log_interface_f, interface_n = rng.uniform([0, 2, 0.7], [0.9, 6, 1])
        log_q, coupling_n = rng.uniform([4, 0.75], [6, 1])
        electronic, ionic, thickness_m = 10.0**-log_e, 10.0**-log_ion, 10.0**log_thickness
        interface_q = 1.0 / (electronic * (2 * np.pi * 10.0**log_interface_f) ** interface_n)
        parameters = TlmParameters(
            electronic * (1 - share),
            electronic * share,
            interface_q,
            interface_n,
            ionic,
            10.0**log_q,
            coupling_n,
        )
        coupling_omega = ((ionic + electronic) * thickness_m**2 * 10.0**log_q) ** (-1 / coupling_n)
        scatter = rng.normal(0.0, noise, (2, n_points))
        resistance_ohm, inductance_h = 0.0, 0.0
        if leads:
            resistance_ohm = rng.uniform(*LEADS_OHM)
            inductance_h = 10.0 ** rng.uniform(*np.log10(LEADS_H))
        impedance = tlm_impedance(frequency_hz, parameters, thickness_m, AREA_M2)
        impedance = impedance + leads_impedance(frequency_hz, resistance_ohm, inductance_h)
        cases.append(
            Case(
                parameters,
                thickness_m,
                frequency_hz,
                impedance * (1.0 + scatter[0] + 1j * scatter[1]),
                {
                    "log10_electronic_ohm_m": -log_e,
                    "interface_fraction": share,
                    "log10_interface_frequency_hz": log_interface_f,
                    "interface_cpe_n": interface_n,
                    "log10_ionic_ohm_m": -log_ion,
                    "log10_coupling_frequency_hz": np.log10(coupling_omega / (2 * np.pi)),
                    "double_layer_cpe_n": coupling_n,
                    "series_resistance_ohm": resistance_ohm,
                    "series_inductance_h": inductance_h,
                },
                noise,
            )
        )
    return cases


def has_leads(case) -> bool:
    return case.coordinates["series_inductance_h"] > 0


def attainable_error(case, coordinate="log10_electronic_ohm_m"):
    """Smallest possible relative standard error of a resistivity: the Cramer-Rao bound."""
    modulus = case.noise * np.abs(case.impedance_ohm)
    problem = TlmProblem(
        case.frequency_hz, case.impedance_ohm, np.array([modulus] * 2), case.thickness_m, AREA_M2
    )
    free = [*list(case.coordinates)[:7], *(["series_inductance_h"] if has_leads(case) else [])]
    jacobian = problem.jacobian(case.coordinates, free)
    scale = np.linalg.norm(jacobian, axis=0)
    _, singular, rotation = np.linalg.svd(jacobian / scale, full_matrices=False)
    # A direction without effect gets a huge variance; a pseudo-inverse would give it none.
    singular = np.maximum(singular, 1e-9 * singular[0])
    deviations = np.linalg.norm(rotation.T / singular, axis=1) / scale
    return float(deviations[free.index(coordinate)] * np.log(10.0))


def recover(case, profile=(), electronic_interface="auto"):
    """Fit a case; None where the fit raised."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SpectrumWarning)
        try:
            return fit_tlm(
                case.frequency_hz,
                case.impedance_ohm,
                case.thickness_m,
                AREA_M2,
                profile=profile,
                electronic_interface=electronic_interface,
                series_resistance_ohm=case.coordinates["series_resistance_ohm"],
                series_inductance_h="fit" if has_leads(case) else 0.0,
            )
        except CastlineError:
            return None


def recovery_statistics(cases, electronic_interface="auto"):
    """Counts over cases: a fit that raised counts as a miss."""
    fits = [recover(case, (), electronic_interface) for case in cases]
    truth = np.array([case.parameters.sigma_e_s_per_m for case in cases])
    found = np.array([fit.sigma_e_s_per_m if fit else np.nan for fit in fits])
    error = np.abs(found / truth - 1.0)
    hit = error <= TOLERANCE
    identified = np.array([attainable_error(case) for case in cases]) < TOLERANCE / 2.0
    ionic = np.array([case.parameters.sigma_ion_s_per_m for case in cases])
    ionic_found = np.array([fit.sigma_ion_s_per_m if fit else np.nan for fit in fits])
    ionic_known = (
        np.array([attainable_error(case, "log10_ionic_ohm_m") for case in cases]) < TOLERANCE / 2.0
    )
    ionic_hit = np.abs(ionic_found / ionic - 1.0) <= TOLERANCE
    missed = [fit for fit, good in zip(fits, hit, strict=True) if not good]
    statistics = {
        "cases": len(cases),
        "raised": sum(fit is None for fit in fits),
        "sigma_e_within_tolerance": int(hit.sum()),
        "sigma_e_median_error": float(np.nanmedian(error)),
        "identified": int(identified.sum()),
        "sigma_e_within_tolerance_of_identified": int((hit & identified).sum()),
        "missed_with_warning": sum(bool(fit and fit.warnings) for fit in missed),
        "sigma_ion_identified": int(ionic_known.sum()),
        "sigma_ion_within_tolerance": int(ionic_hit.sum()),
        "sigma_ion_within_tolerance_of_identified": int((ionic_hit & ionic_known).sum()),
    }
    return statistics


def interval_statistics(cases):
    """Counts of 95 % intervals that hold the truth; a fit that raised counts as a miss."""
    fits = [recover(case, tuple(RAILS)) for case in cases]
    statistics = {"cases": len(cases), "raised": sum(fit is None for fit in fits)}
    ratios = [f.rms_relative_residual / f.kramers_kronig.rms_residual for f in fits if f]
    statistics["fit_over_kramers_kronig_rms_median"] = float(np.median(ratios))
    statistics["fit_over_kramers_kronig_rms_largest"] = max(ratios)
    for name, coordinate in RAILS.items():
        truth = np.array([getattr(case.parameters, name) for case in cases])
        interval = f"{name.removesuffix('_s_per_m')}_interval_s_per_m"
        low, high = np.array([getattr(f, interval) if f else (np.nan, np.nan) for f in fits]).T
        ideal = np.array([attainable_error(case, coordinate) for case in cases])
        known = ideal < KNOWN
        inside = (low <= truth) & (truth <= high)
        with np.errstate(divide="ignore"):
            width = np.log(high / low) / (2.0 * norm.ppf(0.975) * ideal)
        statistics |= {
            f"{name}_in_interval": int(inside.sum()),
            f"{name}_known": int(known.sum()),
            f"{name}_in_interval_of_known": int((inside & known).sum()),
            f"{name}_width_over_ideal_median": float(np.nanmedian(width[known])),
            f"{name}_below_interval": int((truth < low).sum()),
            f"{name}_above_interval": int((truth > high).sum()),
        }
    return statistics


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=200)
    parser.add_argument("--seed", type=int, default=6)
    parser.add_argument("--slowest-hz", type=float, default=SLOWEST_HZ)
    parser.add_argument("--intervals", action="store_true")
    parser.add_argument("--always-interface", action="store_true")
    parser.add_argument("--leads", action="store_true")
    arguments = parser.parse_args()
    start = time.process_time()
    if arguments.leads:
        options = {"noise": LEADS_NOISE, "per_decade": LEADS_PER_DECADE, "leads": True}
    else:
        options = {}
    drawn = random_cases(arguments.cases, arguments.seed, arguments.slowest_hz, **options)
    if arguments.intervals:
        result = interval_statistics(drawn)
    else:
        result = recovery_statistics(drawn, True if arguments.always_interface else "auto")
    for name, value in result.items():
        print(f"{name}: {value:.4g}" if isinstance(value, float) else f"{name}: {value}")
    print(f"CPU s: {time.process_time() - start:.0f}")
