"""The two searches: what each measures, and on which stages it stands."""

from castline.calibration.dry_search import dry_steps
from castline.calibration.slurry_search import slurry_steps
from castline.line.order import ROUTES
from castline.line.stage import Stage

LINE = ROUTES["slurry"]
STEPS = {"slurry": slurry_steps, "dry": dry_steps}


def stages_of(search: str) -> list[Stage]:
    """Stages whose set is searched, and those that they start from, in their order."""
    needed = [
        part for stage in LINE if stage.force_field == search for part in LINE.chain_to(stage)
    ]
    return [stage for stage in LINE if stage in needed]
