"""HTML templates of the report, in workflow/report."""

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from castline.base.paths import WORKFLOW

FOLDER = WORKFLOW / "report"


def render_template(name: str, **values) -> str:
    """The template with its values; an undefined one is an error, and text is escaped."""
    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(name).render(**values)
