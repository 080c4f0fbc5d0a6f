"""The line: its stages in their order. What else knows of stages is derived from this list."""

from castline.line.assembling import ASSEMBLING
from castline.line.calendering import CALENDERING
from castline.line.drying import DRYING
from castline.line.slurry import SLURRY
from castline.line.stage import Stage
from castline.line.viscosity import VISCOSITY

LINE: tuple[Stage, ...] = (SLURRY, VISCOSITY, DRYING, CALENDERING, ASSEMBLING)

# States after which the particles rest, in their order, and those of them without solvent.
STATES = tuple(stage.state for stage in LINE if stage.state)
FILMS = tuple(stage.state for stage in LINE if stage.state and stage.force_field == "dry")


def stage_named(name: str) -> Stage:
    """The stage of a name."""
    return next(stage for stage in LINE if stage.name == name)


def maker_of(state: str) -> Stage:
    """The stage that makes a state."""
    return next(stage for stage in LINE if state in stage.makes)


def before(stage: Stage) -> Stage | None:
    """The stage whose state a stage starts from: the last one before it that makes one."""
    earlier = LINE[: LINE.index(stage)]
    return next((other for other in reversed(earlier) if other.state), None)


def chain_to(stage: Stage) -> list[Stage]:
    """Stages that run one after the other up to a stage, itself last."""
    start = before(stage)
    return [*(chain_to(start) if start else []), stage]
