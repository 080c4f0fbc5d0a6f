"""What makes two searches comparable: trials of one study must all come from one space.

A space is the free parameters with their bounds, every fixed value, the targets, the electrodes and
stage settings, the seed, and the physics code. A study remembers the space it was made for.
"""

import ast
import hashlib
from pathlib import Path

from castline.base.errors import InputError
from castline.base.paths import PACKAGE
from castline.calibration.candidate import electrodes_of
from castline.calibration.parameters import values_by_key, with_values
from castline.calibration.searches import stages_of
from castline.calibration.settings import CalibrationConfig
from castline.calibration.stored import digests
from castline.calibration.targets import terms_in_trials
from castline.lammps.chain import INPUTS, SHARED
from castline.lammps.forcefield import ForceField
from castline.line.settings import LineSettings
from castline.line.slurry import SLURRY

# Not physics: the description of tables, which stages name; and the model of the section whose
# values stand in the space themselves.
DESCRIPTIONS = {"castline.results.schema", "castline.calibration.settings"}


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


def imported(source: str) -> set[str]:
    """Modules of castline that a module imports, wherever it does so, except for type checking."""
    found = set()
    pending: list[ast.AST] = [ast.parse(source)]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING":
            continue
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module)
            found |= {f"{node.module}.{name.name}" for name in node.names}
        pending += ast.iter_child_nodes(node)
    return {name for name in found if name.split(".")[0] == PACKAGE.name}


def module_file(name: str) -> Path | None:
    """File of a module of castline, if the name is one."""
    path = PACKAGE.parent / name.replace(".", "/")
    return next((f for f in (path.with_suffix(".py"), path / "__init__.py") if f.is_file()), None)


def import_closure(root: str) -> dict[str, Path]:
    """The module `root` and all that it imports, directly or not: files by name of the module."""
    closure: dict[str, Path] = {}
    pending = {root}
    while pending:
        name = pending.pop()
        file = module_file(name)
        if file is None or name in closure or name in DESCRIPTIONS:
            continue
        closure[name] = file
        parents = {name.rsplit(".", k)[0] for k in range(1, name.count(".") + 1)}
        pending |= parents | imported(file.read_text())
    return closure


def physics(search: str) -> dict[str, str]:
    """Digests of the code and LAMMPS inputs behind a search, by module and file."""
    closure = import_closure(f"{__package__}.{search}_search")
    code = {name: code_digest(file.read_text()) for name, file in sorted(closure.items())}
    of_stages = (name for stage in stages_of(search) for name in stage.lammps_inputs)
    inputs = dict.fromkeys([*SHARED, *of_stages])
    return code | {
        f"{name}.lmp": hashlib.sha256((INPUTS / f"{name}.lmp").read_bytes()).hexdigest()[:12]
        for name in inputs
    }


def space_of(
    line: LineSettings,
    settings: CalibrationConfig,
    search: str,
    start: ForceField,
    lammps: str,
    slurry_set: ForceField,
) -> dict:
    """The space of a search, as JSON data.

    Parameters
    ----------
    start : the set the search starts from; its free values do not belong to the space.
    lammps : version of LAMMPS.
    slurry_set : the set that makes the slurries of a dry search.
    """
    rules = settings.stage(search)
    line = rules.sized(line)
    fixed = values_by_key(with_values(start, rules.fixed))
    for key, parameter in rules.free.items():
        for name in (key, *parameter.tied):
            del fixed[name]
    space = {
        "free": {key: p.model_dump(mode="json") for key, p in rules.free.items()},
        "fixed": fixed,
        "targets": {name: t.model_dump(mode="json") for name, t in rules.targets.items()},
        "replicates": settings.replicates,
        "seed": line.seed,
        "recipe": line.recipe.model_dump(mode="json"),
        "matrix": line.matrix.model_dump(mode="json", exclude={"replicates"}),
        "sizes": {
            name: hashlib.sha256(repr(source.size_classes()).encode()).hexdigest()[:12]
            for name, source in {
                **line.matrix.psds,
                "solid electrolyte": line.recipe.solid_electrolyte_psd,
            }.items()
        },
        "physics": {**physics(search), "LAMMPS": lammps},
    }
    if rules.electrodes:
        space["electrodes"] = sorted(rules.electrodes)
    if rules.racing is not None:
        space["racing"] = True
    if rules.slurries is not None:
        space["slurries"] = stored_slurries(line, settings, search)
    for stage in stages_of(search):
        if stage is SLURRY and rules.slurries is not None:
            continue
        # The shear rates of a search are those of its targets.
        rates = {"shear_rates_per_s"} if stage.name == "viscosity" else set()
        space[stage.name] = line.of_stage(stage).model_dump(mode="json", exclude=rates)
    if search == "dry":
        space["transport"] = line.transport.model_dump(mode="json")
        space["slurry_set"] = values_by_key(slurry_set)
    return space


def stored_slurries(line: LineSettings, settings: CalibrationConfig, search: str) -> dict[str, str]:
    """Digests of the stored slurries that trials may start from, by path.

    Raises
    ------
    InputError
        One of them is not there.
    """
    rules = settings.stage(search)
    most = 1 if rules.racing is None else rules.racing.replicates
    wanted = terms_in_trials(rules, line.matrix)
    return digests(rules.slurries, electrodes_of(wanted, range(1, most * settings.replicates + 1)))


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
