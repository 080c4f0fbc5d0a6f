"""What every LAMMPS stage derives from a particle state and a force field, once for all stages."""

from castline.base.errors import InputError
from castline.lammps.bonds import ACT, BOND_FILE, keeping_text
from castline.lammps.chain import StageRun
from castline.lammps.forcefield import ForceField
from castline.lammps.texts import (
    coefficient_text,
    contact_variables,
    data_text,
    neighbour_variables,
)
from castline.lammps.timestep import Acceleration, Step, pair_scales, quasi_static_step
from castline.line.stage import Bench
from castline.packing.state import ParticleState
from castline.recipe.phases import Phase

# Skin of the neighbour lists of stages near rest, um.
REST_SKIN_UM = 0.3
PERIODIC, PERIODIC_FILM = (True, True, True), (True, True, False)


def acting_on(state: ParticleState, force_field: ForceField) -> ForceField:
    """The force field for a state: without bonds where there is no CBD that they could join."""
    if force_field.bonds is None or state.holds(Phase.CBD):
        return force_field
    return force_field.model_copy(update={"bonds": None})


class Loaded:
    """A state under a force field.

    Parameters
    ----------
    factor : on all pair forces (`castline.lammps.forcefield.gel_factor`).
    coarse_factor : on the masses of coarse particles (`castline.lammps.timestep`).
    bonded : bonds act; where the state has none yet, LAMMPS makes them.

    Raises
    ------
    InputError
        The state has bonds, the force field has not.
    """

    def __init__(
        self,
        state: ParticleState,
        force_field: ForceField,
        factor: float = 1.0,
        coarse_factor: float = 1.0,
        bonded: bool = False,
    ):
        if state.bonds is not None and force_field.bonds is None:
            raise InputError(
                f"force field {force_field.name}: has no section bonds, but the film that starts "
                "the stage has bonds; dry it with this force field"
            )
        self.state, self.force_field, self.factor = state, acting_on(state, force_field), factor
        self.bonded = bonded or state.bonds is not None
        self.scales = pair_scales(force_field, state, factor, coarse_factor, self.bonded)

    def quasi_static_step(self, acceleration: Acceleration) -> Step:
        """Step of a stage that stays near rest."""
        return quasi_static_step(self.scales, acceleration)

    def chain(
        self,
        stage: str,
        step: Step,
        bench: Bench,
        key: str = "",
        margin_m: float = 0.0,
        triclinic: bool = False,
        files: dict[str, str] | None = None,
    ) -> StageRun:
        """The chain of segments of a stage that starts from the state with the masses of a step.

        Parameters
        ----------
        key : what else tells this chain from others, such as the shear rate.
        margin_m, triclinic : see `castline.lammps.texts.data_text`.
        files : texts of other files, by name, that variables of segments refer to.
        """
        data = data_text(
            self.state,
            step.mass_scale,
            margin_m,
            triclinic,
            step.coarse_mass_scale,
            bonded=self.force_field.bonds is not None,
        )
        if self.state.bonds is not None:
            keeping = keeping_text(self.state, self.force_field, step.mass_scale)
            files = {BOND_FILE: keeping, **(files or {})}
        pairs = coefficient_text(self.state, self.force_field, self.factor)
        return StageRun(bench.work, stage, data, pairs, key, bench.report, bench.ranks, files)

    def variables(
        self,
        step: Step,
        skin_um: float,
        periodic: tuple[bool, bool, bool] = PERIODIC,
        neighbor: str = "multi",
    ) -> dict[str, object]:
        """The variables that `workflow/lammps/common.lmp` asks for."""
        hertz = self.force_field.hertz
        return {
            "boundary": " ".join("p" if wraps else "f" for wraps in periodic),
            "dt": step.dt_us,
            "skin": skin_um,
            "neighbor": neighbor,
            **neighbour_variables(self.state),
            **({"bonds": ACT} if self.bonded else {}),
            **contact_variables(hertz, step.mass_scale, self.factor, step.coarse_mass_scale),
        }
