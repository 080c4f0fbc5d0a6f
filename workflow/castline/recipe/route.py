"""The two ways from a recipe to a film: cast from a slurry, or pressed from dry powders."""

from typing import Literal

Route = Literal["slurry", "powder"]
