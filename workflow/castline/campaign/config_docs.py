"""Write the reference of all config keys: `python -m castline.campaign.config_docs`.

Writes config/REFERENCE.md for readers, workflow/schemas/*.json for editors, and
config/published/datapackage.json, what the columns of the published values mean.
"""

import json
from typing import get_args, get_origin

from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from castline.base.paths import WORKFLOW
from castline.campaign.config import Campaign
from castline.lammps.forcefield import ForceField
from castline.measured.measurements import Measurements
from castline.results.published import published_package

MODELS = {"campaign": Campaign, "forcefield": ForceField, "measurements": Measurements}
HEAD = """# Every key

Written from the models by `make docs`; a test keeps it true. `required` keys have no default.
"""


def _models_in(annotation) -> list[type[BaseModel]]:
    """The models that an annotation such as `dict[str, PsdConfig] | None` names."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [m for part in get_args(annotation) for m in _models_in(part)]


def _default(field) -> str:
    if field.default is PydanticUndefined:
        return "required"
    if isinstance(field.default, BaseModel):
        given = field.default.model_dump(exclude_defaults=True)
        return f"`{json.dumps(given)}`" if given else "see its section"
    return f"`{json.dumps(field.default)}`"


def section(model: type[BaseModel], title: str, path: str, seen: set) -> list[str]:
    """Markdown of one model and, after it, of the models that it names."""
    seen.add(model)
    lines = [f"## {title}", "", (model.__doc__ or "").strip(), "", "| key | default | meaning |"]
    lines.append("|---|---|---|")
    below = []
    for name, field in model.model_fields.items():
        lines.append(f"| `{name}` | {_default(field)} | {field.description} |")
        each = ".<name>" if get_origin(field.annotation) is dict else ""
        below += [(m, f"{path}{name}{each}") for m in _models_in(field.annotation)]
    lines.append("")
    for child, child_path in below:
        if child not in seen:
            lines += section(child, f"`{child_path}`", f"{child_path}.", seen)
    return lines


def reference() -> str:
    """The whole reference in Markdown."""
    lines = [HEAD]
    lines += section(Campaign, "Campaign file", "", set())
    lines += section(ForceField, "Force-field file", "", set())
    lines += section(Measurements, "Measurements file", "", set())
    return "\n".join(lines)


def schemas() -> dict[str, str]:
    """JSON schema texts by name."""
    return {n: json.dumps(m.model_json_schema(), indent=2) + "\n" for n, m in MODELS.items()}


def published() -> str:
    """JSON text that describes the tables of config/published."""
    return json.dumps(published_package(), indent=2) + "\n"


def main() -> None:
    root = WORKFLOW.parent
    (root / "config/REFERENCE.md").write_text(reference())
    (root / "workflow/schemas").mkdir(exist_ok=True)
    (root / "config/published/datapackage.json").write_text(published())
    for name, text in schemas().items():
        (root / f"workflow/schemas/{name}.schema.json").write_text(text)


if __name__ == "__main__":
    main()
