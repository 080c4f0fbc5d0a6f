"""What makes two searches comparable: trials of one study must all come from one space.

A space is the free parameters with their bounds, every fixed value, the targets, the electrodes and
stage settings, the seed, and the physics code. A study remembers the space it was made for.
"""

import ast
import hashlib
from pathlib import Path

from castline.base.errors import InputError
from castline.base.paths import PACKAGE
from castline.calibration.parameters import values_by_key, with_values
from castline.campaign.config import Campaign
from castline.lammps.forcefield import ForceField

SLURRY_CODE = [
    *("recipe", "psd", "materials", "placement", "particles", "forcefield", "timestep"),
    *("lammps_data", "slurry", "rheology", "voxels", "structure", "calibration/targets"),
]
DRY_CODE = [
    *SLURRY_CODE,
    *("drying", "calendering", "conduction", "transport/grid", "transport/hierarchy"),
    *("transport/percolation", "transport/solve", "transport/subvoxel"),
]
CODE = {"slurry": SLURRY_CODE, "dry": DRY_CODE}
INPUTS = {
    "slurry": ["common", "checkpoint", "slurry", "viscosity"],
    "dry": ["common", "checkpoint", "slurry", "drying", "calendering"],
}
SETTINGS = {"slurry": ["slurry"], "dry": ["slurry", "drying", "calendering", "transport"]}


def code_digest(source: str) -> str:
    """Digest of a module that comments, layout and docstrings do not change."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            node.body = [
                part
                for part in body
                if not (isinstance(part, ast.Expr) and isinstance(part.value, ast.Constant))
            ]
    return hashlib.sha256(ast.dump(tree).encode()).hexdigest()[:12]


def physics(stage: str) -> dict[str, str]:
    """Digests of the code and LAMMPS inputs behind a search, by file."""
    digests = {
        f"{name}.py": code_digest((PACKAGE / f"{name}.py").read_text()) for name in CODE[stage]
    }
    for name in INPUTS[stage]:
        text = (PACKAGE.parent / f"lammps/{name}.lmp").read_bytes()
        digests[f"{name}.lmp"] = hashlib.sha256(text).hexdigest()[:12]
    return digests


def space_of(
    campaign: Campaign, stage: str, start: ForceField, lammps: str, slurry_set: ForceField
) -> dict:
    """The space of a search, as JSON data.

    Parameters
    ----------
    start : the set the search starts from; its free values do not belong to the space.
    lammps : version of LAMMPS.
    slurry_set : the set that makes the slurries of a dry search.
    """
    search = campaign.calibration.stage(stage)
    campaign = campaign.of_trials(stage)
    fixed = values_by_key(with_values(start, search.fixed))
    for key, parameter in search.free.items():
        for name in (key, *parameter.tied):
            del fixed[name]
    space = {
        "free": {key: p.model_dump(mode="json") for key, p in search.free.items()},
        "fixed": fixed,
        "targets": {name: t.model_dump(mode="json") for name, t in search.targets.items()},
        "replicates": campaign.calibration.replicates,
        "seed": campaign.seed,
        "recipe": campaign.recipe.model_dump(mode="json"),
        "matrix": campaign.matrix.model_dump(mode="json", exclude={"replicates"}),
        "sizes": {
            name: hashlib.sha256(repr(source.size_classes()).encode()).hexdigest()[:12]
            for name, source in {
                **campaign.matrix.psds,
                "solid electrolyte": campaign.recipe.solid_electrolyte_psd,
            }.items()
        },
        "physics": {**physics(stage), "LAMMPS": lammps},
    }
    space |= {name: getattr(campaign, name).model_dump(mode="json") for name in SETTINGS[stage]}
    if stage == "slurry":
        space["viscosity"] = campaign.viscosity.model_dump(
            mode="json", exclude={"shear_rates_per_s"}
        )
    else:
        space["slurry_set"] = values_by_key(slurry_set)
    return space


def differences(old: dict, new: dict, path: str = "") -> list[str]:
    """Lines 'key: old there, new here' for every value in which two spaces differ."""
    lines = []
    for name in sorted(set(old) | set(new)):
        was, now = old.get(name), new.get(name)
        if isinstance(was, dict) and isinstance(now, dict):
            lines += differences(was, now, f"{path}{name}.")
        elif was != now:
            lines.append(f"{path}{name}: {was} there, {now} here")
    return lines


def require_same(old: dict, new: dict, study: Path) -> None:
    """Refuse a study of another space.

    Raises
    ------
    InputError
        Names the study and the first values that differ.
    """
    lines = differences(old, new)
    if lines:
        more = f" and {len(lines) - 3} more" if len(lines) > 3 else ""
        raise InputError(
            f"study {study}: made for another space ({'; '.join(lines[:3])}{more}); restore the "
            "configuration, or remove the file to search anew"
        )
