"""Faults of a calibration that show before anything runs."""

from castline.base.errors import ConfigError
from castline.calibration.observables import OBSERVABLES
from castline.calibration.parameters import (
    known_beside,
    start_values,
    values_by_key,
    with_ties,
    with_values,
)
from castline.calibration.settings import CalibrationStage, Target
from castline.calibration.targets import VISCOSITY, terms
from castline.lammps.forcefield import ForceField


def calibration_faults(
    name: str,
    stage: CalibrationStage,
    force_field: ForceField,
    source: str,
    psds: list[str],
    contents: list[str],
    confirmed: bool,
) -> list[str]:
    """One line per fault of a search, each with its key.

    Parameters
    ----------
    name : slurry or dry.
    force_field, source : the starting set and its file.
    psds, contents : electrodes of the campaign.
    confirmed : whether a confirmation looks at the targets that trials leave out.
    """
    faults = _parameter_faults(stage, force_field, source)
    faults += _electrode_faults(stage, psds, contents, confirmed)
    if name == "slurry" and stage.slurries is not None:
        faults.append("slurries: a slurry search makes its own; only for the dry search")
    for target_name, rule in stage.targets.items():
        lines = _target_faults(name, target_name, rule, psds, contents)
        faults += [f"targets.{target_name}.{line}" for line in lines]
    return [f"calibration.{name}.{line}" for line in faults]


def _parameter_faults(stage: CalibrationStage, start: ForceField, source: str) -> list[str]:
    known, faults, owner = values_by_key(start), [], {}
    named = [(key, f"fixed.{key}") for key in stage.fixed]
    for key, parameter in stage.free.items():
        named += [(key, f"free.{key}")]
        named += [(tied, f"free.{key}.tied: {tied}") for tied in parameter.tied]
    for key, path in named:
        if key not in known:
            faults.append(f"{path}: not in {source}, which has {known_beside(key, known)}")
        elif key in owner:
            faults.append(f"{path}: already set by {owner[key]}")
        owner[key] = path
    if faults:
        return faults
    for key, value in stage.fixed.items():
        try:
            with_values(start, {key: value})
        except ConfigError as error:
            faults.append(f"fixed.{error}")
    for key, parameter in stage.free.items():
        for end, value in (("low", parameter.low), ("high", parameter.high)):
            try:
                with_values(start, with_ties({key: value}, stage.free))
            except ConfigError as error:
                faults.append(f"free.{key}.{end}: {error}")
        first = start_values(start, stage)[key]
        if not parameter.low <= first <= parameter.high:
            faults.append(
                f"free.{key}: its value in {source}, {first:g}, from which the search starts, is "
                f"outside [{parameter.low:g}, {parameter.high:g}]"
            )
    return faults


def _electrode_faults(
    stage: CalibrationStage, psds: list[str], contents: list[str], confirmed: bool
) -> list[str]:
    known = [f"{psd}/{content}" for psd in psds for content in contents]
    faults = [
        f"electrodes: {name!r} is not in the matrix; allowed: {', '.join(known)}"
        for name in stage.electrodes
        if name not in known
    ]
    if faults or not stage.electrodes:
        return faults
    measured = {
        term.target
        for term in terms(stage.targets, psds, contents)
        if {key.electrode for key in term.keys} <= {*stage.electrodes}
    }
    if not measured:
        return [f"electrodes: no target is about {', '.join(stage.electrodes)} alone"]
    if confirmed:
        return []
    return [
        f"targets.{name}: no electrode of its is among electrodes, and there is no confirmation"
        for name in stage.targets
        if name not in measured
    ]


def _target_faults(
    stage: str, name: str, rule: Target, psds: list[str], contents: list[str]
) -> list[str]:
    computed = OBSERVABLES[stage]
    if rule.state not in computed:
        return [f"state: {rule.state} is not computed by this search; allowed: "
                f"{', '.join(computed)}"]  # fmt: skip
    if rule.observable not in computed[rule.state]:
        return [f"observable: {rule.observable} is not computed; allowed for state {rule.state}: "
                f"{', '.join(computed[rule.state])}"]  # fmt: skip
    faults = []
    is_viscosity = rule.observable == VISCOSITY
    if is_viscosity != bool(rule.shear_rates_per_s):
        wanted = "needed for the viscosity" if is_viscosity else "only for the viscosity"
        faults.append(f"shear_rates_per_s: {wanted}")
    for term in terms({name: rule}, psds, contents):
        for path, key in zip(("", "over."), term.keys, strict=False):
            if key.psd not in psds:
                faults.append(f"{path}psds: {key.psd} is not in matrix.psds: {', '.join(psds)}")
            if key.solid_content_percent not in contents:
                faults.append(
                    f"{path}solid_content_percent: {key.solid_content_percent!r} is not in "
                    f"matrix.solid_content_percent: {', '.join(contents)}"
                )
            if key.state not in computed or key.observable not in computed[key.state]:
                faults.append(f"{path}state: {key.observable} is not computed for {key.state}")
            if path and not is_viscosity and key.shear_rate_per_s is not None:
                faults.append(f"{path}shear_rate_per_s: only for the viscosity")
        if term.over == term.key:
            faults.append(f"over: {term.key.label} would be divided by itself")
    return list(dict.fromkeys(faults))
