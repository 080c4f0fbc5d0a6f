"""Slurries that a campaign has stored, for films that are made from them again."""

import hashlib
import math
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from castline.base.errors import InputError
from castline.base.files import read_json
from castline.base.paths import located
from castline.lammps.forcefield import ForceField, gel_factor
from castline.line.slurry import SLURRY
from castline.line.stage import Result
from castline.packing.state import initial_arrays, read_state
from castline.recipe.electrode import Electrode
from castline.recipe.recipe import Recipe

# Stored states keep so many digits, relative.
PRECISION = 1e-9


def slurry_path(folder: str, electrode: Electrode) -> Path:
    """Where a campaign's results keep a slurry."""
    psd, content, replicate = electrode
    cell = Path(located(folder)) / psd / f"sc{content}" / f"r{replicate}"
    return cell / f"{SLURRY.state}.dump.gz"


def stored_slurry(
    folder: str, electrode: Electrode, recipe: Recipe, force_field: ForceField
) -> Result:
    """A stored slurry in place of one that the stage makes.

    Parameters
    ----------
    force_field : the slurry set that it should come from. A state alone does not tell; where the
        JSON of the stage lies beside it, their factors of the gel must agree.

    Raises
    ------
    InputError
        It is not there, does not hold the recipe's particles, or comes from another slurry set.
    """
    path = slurry_path(folder, electrode)
    if not path.is_file():
        raise InputError(f"slurry {path}: not there")
    state, wanted = read_state(path), initial_arrays(recipe, dry=False)
    if not np.array_equal(state.types, wanted["types"]):
        raise InputError(
            f"slurry {path}: holds {state.count} particles, not the recipe's "
            f"{recipe.particle_count} in the same classes"
        )
    for name in ("diameter_m", "mass_kg"):
        if not np.allclose(getattr(state, name), wanted[name], rtol=PRECISION, atol=0):
            raise InputError(f"slurry {path}: its particles differ from the recipe's in {name}")
    sidecar = path.with_name(f"{SLURRY.name}.json")
    if not sidecar.is_file():
        return Result({SLURRY.state: state})
    summary, factor = read_json(sidecar), gel_factor(force_field, recipe)
    found = summary.get("gel_factor")
    if found is None or not math.isclose(found, factor, rel_tol=PRECISION):
        raise InputError(
            f"slurry {path}: {sidecar.name} has gel_factor {found}, the slurry set "
            f"{force_field.name} gives {factor:g}: it comes from another set"
        )
    return Result({SLURRY.state: state}, summary=summary)


def digests(folder: str, electrodes: Iterable[Electrode]) -> dict[str, str]:
    """Digests of stored slurries by path.

    Raises
    ------
    InputError
        One is not there.
    """
    found = {}
    for electrode in electrodes:
        path = slurry_path(folder, electrode)
        if not path.is_file():
            raise InputError(f"slurry {path}: not there; the search needs {electrode.label}")
        found[str(path)] = hashlib.sha256(path.read_bytes()).hexdigest()[:12]
    return found
