"""Solvent and solids of each CBD of a film that dries at a rate.

While capillaries lead the solvent to the surface, all CBD shrink alike, and binder and carbon move
with it (`castline.line.migration`). Once it fills too little of the pores it sinks: CBD above its
level dry first, and binder and carbon stay where they are.
"""

from dataclasses import replace

import numpy as np

from castline.base.errors import InputError
from castline.line.migration import migrated
from castline.packing.state import ParticleState, initial_arrays
from castline.recipe.phases import Phase
from castline.recipe.recipe import Recipe

# CBD of one film differ in size: so many types, each with the pair forces of its median size.
CBD_TYPES = 8
# The liquid's level in the pores is blurred over this part of the film's height.
FRONT = 0.3


def wet_and_dry(
    recipe: Recipe, slurry: ParticleState
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """The recipe's particles with their solvent and without (`initial_arrays`).

    Raises
    ------
    InputError
        The slurry does not hold the recipe's particles.
    """
    wet, dry = initial_arrays(recipe, dry=False), initial_arrays(recipe, dry=True)
    if not np.array_equal(dry["types"], slurry.types):
        raise InputError(
            f"drying: the slurry holds {slurry.count} particles, not the recipe's "
            f"{recipe.particle_count} in the same classes"
        )
    return wet, dry


class Coating:
    """Solvent and solids of each CBD of a film while it dries.

    Attributes
    ----------
    solids : (n,) binder and carbon of each CBD over the recipe's, 1 in the slurry.
    solvent : (n,) solvent of each CBD over that in the slurry.
    wet_um : height of the slurry.
    diameter_um : of the other particles, volume over surface.
    """

    def __init__(self, recipe: Recipe, slurry: ParticleState):
        wet, dry = wet_and_dry(recipe, slurry)
        cbd = slurry.of_phase(Phase.CBD)
        self._is_cbd, self._types = cbd, wet["types"]
        self._solids_kg = dry["mass_kg"][cbd]
        self._solvent_kg = wet["mass_kg"][cbd] - self._solids_kg
        self._dry_um3 = (dry["diameter_m"][cbd] * 1e6) ** 3
        self._swollen_um3 = (wet["diameter_m"][cbd] * 1e6) ** 3 - self._dry_um3
        area_um2 = float(np.prod(slurry.lengths_m[:2])) * 1e12
        self.wet_um = float(slurry.lengths_m[2]) * 1e6
        self._solvent_um = recipe.solvent_mass_kg / recipe.densities.solvent * 1e18 / area_um2
        self._solids_um = recipe.skeleton_volume_m3 * 1e18 / area_um2
        among = slurry.diameter_m[~cbd] * 1e6
        self.diameter_um = float((among**3).sum() / (among**2).sum())
        self.solids = np.ones(int(cbd.sum()))
        self.solvent = np.ones_like(self.solids)
        self._sinks = False

    @property
    def left(self) -> float:
        """Solvent that is left over that of the slurry."""
        return float(self.solvent.mean())

    def lost_um(self, left: float) -> float:
        """Solvent that leaves until so much is left, as a height."""
        return (self.left - left) * self._solvent_um

    def porosity(self, height_um: float) -> float:
        """Part of a film that is so high which is not solid."""
        return max(1 - self._solids_um / height_um, 1e-9)

    def saturation(self, height_um: float) -> float:
        """Part of the pores of a film that is so high which the solvent fills, at most 1."""
        return min(1.0, self.left * self._solvent_um / max(height_um - self._solids_um, 1e-9))

    def evaporate(
        self,
        height_um: np.ndarray,
        film_um: float,
        left: float,
        peclet: float,
        least_saturation: float,
    ) -> None:
        """Solvent leaves until so much is left, and binder and carbon move.

        Parameters
        ----------
        height_um : (n,) heights of the CBD above the collector.
        film_um : height of the film.
        peclet : as of `migrate`.
        least_saturation : part of the pores that the solvent fills where it begins to sink.
        """
        self._sinks |= left == 0 or self.saturation(film_um) < least_saturation
        if self._sinks:
            self.sink(height_um, film_um, left)
        else:
            self.migrate(height_um, film_um, left, peclet)
            self.shrink(left)

    def migrate(self, height_um: np.ndarray, film_um: float, left: float, peclet: float) -> None:
        """Move binder and carbon while the solvent leaves until so much is left.

        Parameters
        ----------
        height_um : (n,) heights of the CBD above the collector.
        film_um : height of the film.
        peclet : E H / D, H the height of the wet film; time is what leaves over the rate E.
        """
        drift = np.log(self.left / left)
        spread = (self.left - left) * self._solvent_um * self.wet_um / (peclet * film_um**2)
        self.solids = migrated(height_um, self.solids, drift, spread)

    def shrink(self, left: float) -> None:
        """Take solvent from all CBD alike until so much is left."""
        self.solvent *= left / self.left

    def sink(self, height_um: np.ndarray, film_um: float, left: float) -> None:
        """Take solvent from above, down to the level at which so much is left.

        Parameters
        ----------
        height_um : (n,) heights of the CBD above the collector.
        film_um : height of the film.
        """
        blur = FRONT * film_um
        low, high = -blur, film_um + blur
        for _ in range(60):
            level = (low + high) / 2
            kept = self.solvent * np.clip((level - height_um) / blur + 0.5, 0.0, 1.0)
            low, high = (level, high) if kept.mean() < left else (low, level)
        self.solvent = kept * (left / kept.mean()) if left > 0 else np.zeros_like(kept)

    def state(self, film: ParticleState) -> ParticleState:
        """The film with the sizes and masses that its CBD have now, in types of like size."""
        cbd = self._is_cbd
        diameter, mass, types = film.diameter_m.copy(), film.mass_kg.copy(), self._types.copy()
        cubed = self.solids * self._dry_um3 + self.solvent * self._swollen_um3
        diameter[cbd] = np.cbrt(cubed) * 1e-6
        mass[cbd] = self.solids * self._solids_kg + self.solvent * self._solvent_kg
        rank = np.argsort(np.argsort(diameter[cbd], kind="stable"), kind="stable")
        types[cbd] += rank * min(CBD_TYPES, len(rank)) // len(rank)
        return replace(film, types=types, diameter_m=diameter, mass_kg=mass)
