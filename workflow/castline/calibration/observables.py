"""What a trial computes, by search and state: names of columns of the campaign's tables."""

from castline.calibration.targets import FILM, SLURRY
from castline.line.order import ROUTES

OBSERVABLES: dict[str, dict[str, tuple[str, ...]]] = {
    "slurry": {"slurry": SLURRY},
    "dry": dict.fromkeys(ROUTES["slurry"].films, FILM),
}
