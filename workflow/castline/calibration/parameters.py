"""Force-field values by dotted key, such as `lennard_jones.CBD-CBD.cutoff`."""

from pydantic import ValidationError

from castline.base.errors import ConfigError, first_lines
from castline.calibration.settings import CalibrationStage, FreeParameter
from castline.lammps.forcefield import ForceField


def values_by_key(force_field: ForceField) -> dict[str, float]:
    """All numbers of a force field by dotted key."""
    found: dict[str, float] = {}

    def collect(node: dict, path: str) -> None:
        for name, value in node.items():
            if isinstance(value, dict):
                collect(value, f"{path}{name}.")
            elif isinstance(value, int | float) and not isinstance(value, bool):
                found[f"{path}{name}"] = float(value)

    collect(force_field.model_dump(exclude={"provenance"}), "")
    return found


def known_beside(key: str, known: dict[str, float]) -> str:
    """What may stand in the place of an unknown key: those of its section, or the sections."""
    section = key.split(".")[0]
    same = [name for name in known if name.split(".")[0] == section]
    return ", ".join(sorted(same or {f"{name.split('.')[0]}.*" for name in known}))


def with_values(force_field: ForceField, values: dict[str, float]) -> ForceField:
    """The force field with some of its values replaced; its provenance no longer holds.

    Raises
    ------
    ConfigError
        A key that the force field does not have, or a value out of its range.
    """
    known = values_by_key(force_field)
    for key in values:
        if key not in known:
            raise ConfigError(
                f"{key}: not a value of force field {force_field.name}, which has "
                f"{known_beside(key, known)}"
            )
    data = force_field.model_dump(exclude={"provenance"})
    for key, value in values.items():
        *parents, last = key.split(".")
        node = data
        for name in parents:
            node = node[name]
        node[last] = value
    try:
        return ForceField.model_validate(data)
    except ValidationError as error:
        raise ConfigError(first_lines(error, "")) from None


def with_ties(values: dict[str, float], free: dict[str, FreeParameter]) -> dict[str, float]:
    """Values of the free parameters and of the keys tied to them."""
    return {key: value for main, value in values.items() for key in (main, *free[main].tied)}


def start_values(force_field: ForceField, stage: CalibrationStage) -> dict[str, float]:
    """What the free parameters are in the starting file."""
    known = values_by_key(force_field)
    return {key: known[key] for key in stage.free}


def candidate_set(
    force_field: ForceField, stage: CalibrationStage, values: dict[str, float]
) -> ForceField:
    """The starting file with the fixed values and one choice of the free ones."""
    return with_values(force_field, {**stage.fixed, **with_ties(values, stage.free)})
