"""The routes of the line: their stages in order. All that knows of stages derives from these."""

from castline.line.assembling import ASSEMBLING
from castline.line.calendering import CALENDERING
from castline.line.drying import DRYING
from castline.line.settling import SETTLING
from castline.line.slurry import SLURRY
from castline.line.stage import Stage
from castline.line.viscosity import VISCOSITY
from castline.recipe.route import Route


class Line(tuple[Stage, ...]):
    """The stages of one route, in their order.

    Attributes
    ----------
    states : states after which the particles rest, in their order.
    films : those of them without solvent.
    """

    @property
    def states(self) -> tuple[str, ...]:
        return tuple(stage.state for stage in self if stage.state)

    @property
    def films(self) -> tuple[str, ...]:
        return tuple(stage.state for stage in self if stage.state and stage.force_field == "dry")

    def maker_of(self, state: str) -> Stage:
        """The stage that makes a state."""
        return next(stage for stage in self if state in stage.makes)

    def before(self, stage: Stage) -> Stage | None:
        """The stage whose state a stage starts from: the last one before it that makes one."""
        earlier = self[: self.index(stage)]
        return next((other for other in reversed(earlier) if other.state), None)

    def chain_to(self, stage: Stage) -> list[Stage]:
        """Stages that run one after the other up to a stage, itself last."""
        start = self.before(stage)
        return [*(self.chain_to(start) if start else []), stage]


ROUTES: dict[Route, Line] = {
    "slurry": Line((SLURRY, VISCOSITY, DRYING, CALENDERING, ASSEMBLING)),
    "powder": Line((SETTLING, CALENDERING, ASSEMBLING)),
}
# The stages and states of all routes, each once.
STAGES = tuple({stage.name: stage for line in ROUTES.values() for stage in line}.values())
STATES = tuple(dict.fromkeys(state for line in ROUTES.values() for state in line.states))
FILMS = tuple(dict.fromkeys(state for line in ROUTES.values() for state in line.films))


def stage_named(name: str) -> Stage:
    """The stage of a name."""
    return next(stage for stage in STAGES if stage.name == name)
