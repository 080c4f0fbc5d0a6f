"""The campaign configuration, put together from the rooms' sections, and checked before any job is
planned.

Defaults are the study's stated values (doi 10.1002/batt.202400709) where it states one; a
description that says "assumption" marks what the study does not publish.
"""

import os
from importlib.util import find_spec
from pathlib import Path

from pydantic import Field, ValidationError

from castline.base.errors import CastlineError, ConfigError, first_lines
from castline.base.paths import PROJECT, SHIPPED, located
from castline.base.sections import FilePath
from castline.base.yaml_files import read_yaml
from castline.calibration.check import calibration_faults
from castline.calibration.settings import CalibrationConfig
from castline.campaign.routes import for_route
from castline.campaign.size_effects import SizeEffectsConfig, sized_line
from castline.cell.potential import check_window
from castline.cell.settings import CellConfig
from castline.composites.settings import CompositesConfig
from castline.impedance.settings import ImpedanceConfig
from castline.lammps.forcefield import ForceField, load_force_field
from castline.line.order import ROUTES
from castline.line.settings import LineSettings
from castline.line.slurry import check_solvent
from castline.line.viscosity import check_rates
from castline.recipe.electrode import split_powder
from castline.recipe.recipe import Recipe
from castline.recipe.replicates import counts
from castline.results.decide_settings import DecideConfig
from castline.results.publication import PublicationConfig
from castline.transport.carriers import missing_carriers

MAX_VOXELS = 1e10
CARRIER_OF = {"sigma_e": "electronic", "sigma_ion": "ionic", "diffusivity_ratio": "ionic"}


class Campaign(LineSettings):
    """A whole campaign file."""

    impedance: ImpedanceConfig = Field(
        default=ImpedanceConfig(), description="predicted impedance of the pressed electrodes"
    )
    calibration: CalibrationConfig | None = Field(
        default=None, description="search for force-field values (docs/calibration.md), or none"
    )
    composites: CompositesConfig | None = Field(
        default=None, description="published composites to predict (docs/composites.md), or none"
    )
    cell: CellConfig | None = Field(
        default=None,
        description="discharge of the films in solid-state half-cells (docs/cell.md), or none; "
        "needs the extra `castline[cell]`",
    )
    decide: DecideConfig | None = Field(
        default=None, description="replicates in rounds (docs/trends.md), or none"
    )
    size_effects: SizeEffectsConfig | None = Field(
        default=None, description="films of other sizes (docs/size-effects.md), or none"
    )
    measurements: FilePath | None = Field(
        default=None, description="your own measurements.yaml (docs/impedance.md), or none"
    )
    publication: PublicationConfig | None = Field(
        default=None, description="what an archive says about itself (docs/archive.md), or none"
    )

    def named_files(self) -> dict[str, str]:
        """Files that the campaign names, by key."""
        named = {f"force_fields.{key}": path for key, path in self.force_fields}
        for name, psd in self.matrix.psds.items():
            for kind, sizes in psd.sources().items():
                of_kind = f".kinds.{kind}" if kind else ""
                named[f"matrix.psds.{name}{of_kind}.csv"] = sizes.csv
        named["recipe.solid_electrolyte_psd.csv"] = self.recipe.solid_electrolyte_psd.csv
        named["measurements"] = self.measurements
        if self.composites is not None:
            named |= {f"composites.{key}": path for key, path in self.composites.named_files()}
        if self.cell is not None:
            named["cell.open_circuit_potential_csv"] = self.cell.open_circuit_potential_csv
        return {key: path for key, path in named.items() if path is not None}

    def sizes(self) -> dict[str, "Campaign"]:
        """The campaign in every size that it uses, by the config section that gives it."""
        found = {"recipe": self}
        if (settings := self.calibration) is not None:
            for name in settings.stages:
                search = settings.stage(name)
                found[f"calibration.{name}"] = search.sized(self)
                if search.finalists is not None:
                    sized = self.at_size(search.finalists.dry_mass_g)
                    found[f"calibration.{name}.finalists"] = sized
            if settings.confirmation is not None:
                found["calibration.confirmation"] = self.at_size(settings.confirmation.dry_mass_g)
        if self.size_effects is not None:
            largest = max(self.size_effects.sizes, key=lambda size: size[0] * size[1])
            found["size_effects"] = sized_line(self, largest)
        return found

    def check_voxels(self, recipe: Recipe) -> None:
        """Refuse an image that no memory would hold, or that would not show a particle.

        Raises
        ------
        ConfigError
            The slurry alone has more than `MAX_VOXELS` voxels of the smallest size, or the largest
            voxel is larger than every dry particle.
        """
        edges_um = [self.transport.voxel_um, *self.transport.voxel_series_um]
        edge_um, particle_um = min(edges_um), max(c.diameter_dry_m * 1e6 for c in recipe.classes)
        if max(edges_um) > particle_um:
            raise ConfigError(
                f"transport: a voxel of {max(edges_um):g} um is larger than the largest particle "
                f"({particle_um:.3g} um)"
            )
        voxels = recipe.slurry_volume_m3 * 1e18 / edge_um / edge_um / edge_um
        if voxels > MAX_VOXELS:
            raise ConfigError(
                f"transport: voxels of {edge_um:g} um are {voxels:.1g} in the slurry; at most "
                f"{MAX_VOXELS:.0g}"
            )

    def check_carriers(self, recipe: Recipe) -> None:
        """Refuse a composition of which no film conducts anything.

        Raises
        ------
        ConfigError
            No phase of the recipe carries electrons, and none ions.
        """
        missing = missing_carriers(recipe, self.transport)
        if len(missing) == 2:
            raise ConfigError(f"transport: nothing to compute, {' and '.join(missing.values())}")


def load_campaign(config: dict) -> Campaign:
    """Validate a campaign and everything it names.

    Raises
    ------
    ConfigError
        One line per fault: the key, what is wrong, the value given.
    """
    config, faults = for_route(config)
    try:
        campaign = Campaign.model_validate(config)
    except ValidationError as error:
        faults.append(first_lines(error, "config: ", Campaign))
        raise ConfigError("\n".join(faults)) from None
    if faults:
        raise ConfigError("\n".join(faults))
    if missing := _missing_files(campaign):
        raise ConfigError("\n".join(missing))
    sets = {}
    faults += _pressure_faults(campaign) + _rate_faults(campaign)
    for key in dict.fromkeys(stage.force_field for stage in ROUTES[campaign.route]):
        path = located(getattr(campaign.force_fields, key))
        try:
            force_field = sets[key] = load_force_field(path)
        except CastlineError as error:
            faults += [f"config: force_fields.{key}: {line}" for line in str(error).splitlines()]
            continue
        if key == "slurry" and force_field.gel is None:
            faults.append(f"config: force_fields.slurry: {path} has no gel section")
        if key == "slurry" and force_field.bonds is not None:
            faults.append(
                f"config: force_fields.slurry: {path} has a section bonds; only a dry set may"
            )
        if key == "slurry" and (held := force_field.collector_keys()):
            faults.append(
                f"config: force_fields.slurry: {path}: lennard_jones has {', '.join(held)}; only a "
                "dry set may, as no collector acts on a slurry"
            )
        if campaign.route == "powder" and force_field.bonds is not None:
            faults.append(
                f"config: force_fields.dry: {path} has a section bonds; bonds form where a solvent "
                "leaves, and a powder has none"
            )
        if key == "dry" and force_field.bonds is not None and campaign.drying.binder is not None:
            faults.append(
                f"config: force_fields.dry: {path} has a section bonds, for CBD of one size; "
                "drying.binder moves carbon and binder from one to another"
            )
        if key == "dry" and force_field.wall is None:
            faults.append(f"config: force_fields.dry: {path} has no wall section")
        if campaign.calibration is not None and key in campaign.calibration.stages:
            faults += [
                f"config: {line}"
                for line in calibration_faults(
                    key,
                    campaign.calibration.stage(key),
                    force_field,
                    path,
                    campaign.matrix.powders,
                    campaign.matrix.solid_content_percent,
                    campaign.calibration.confirmation is not None,
                )
            ]
    given = counts(campaign.matrix.model_dump(mode="json"))
    coating = None if campaign.viscosity is None else campaign.viscosity.coating
    faults += [
        f"config: viscosity.coating.gap_um: has no gap for {psd}"
        for psd in campaign.matrix.psds
        if coating is not None and psd not in coating.gap_um
    ]
    for powder in campaign.matrix.powders:
        psd, variant = split_powder(powder)
        axis = "compositions" if campaign.matrix.compositions else "drying_rates"
        with_it = "" if variant is None else f" with matrix.{axis}.{variant}"
        fault = _size_fault(campaign, powder)
        if fault is None and not faults and campaign.route == "slurry":
            fault = _slurry_fault(campaign, powder, sets["slurry"])
        if fault is not None:
            faults.append(f"config: matrix.psds.{psd}{with_it}: {fault}")
    if campaign.calibration is not None and not faults:
        faults += [
            fault
            for search in campaign.calibration.stages
            for fault in _carrier_faults(campaign, search)
        ]
    twice_am_cbd = (
        campaign.transport.interface_resistance_ohm_m2.am_cbd,
        campaign.impedance.interface.am_cbd_resistance_ohm_m2,
    )
    if all(twice_am_cbd):
        faults.append(
            f"config: transport.interface_resistance_ohm_m2.am_cbd {twice_am_cbd[0]:g} and "
            f"impedance.interface.am_cbd_resistance_ohm_m2 {twice_am_cbd[1]:g}: both add the same "
            "contacts to the electronic resistance; one of them must be 0"
        )
    if campaign.composites is not None:
        from castline.composites.check import composite_faults  # slow to import, rarely needed

        faults += [f"config: composites.{line}" for line in composite_faults(campaign)]
    if campaign.cell is not None:
        faults += _cell_faults(campaign.cell)
    if campaign.size_effects is not None:
        matrix = campaign.matrix
        lines = campaign.size_effects.faults(matrix.powders, matrix.contents)
        faults += [f"config: size_effects.{line}" for line in lines]
    if campaign.decide is not None:
        if campaign.matrix.compositions:
            faults.append(
                "config: decide: not with matrix.compositions; the study's statements are about "
                "its own composition"
            )
        most = campaign.decide
        faults += [
            f"config: decide.{kind}: {limit} is below the {number} of matrix.replicates"
            for kind, limit, number in (
                ("films", most.films, max(n.films for n in given.values())),
                ("viscosity", most.viscosity, max(n.viscosity for n in given.values())),
            )
            if limit < number
        ]
    if campaign.measurements is not None:
        from castline.measured.measurements import (
            load_measurements,  # slow to import, rarely needed
        )

        try:
            load_measurements(located(campaign.measurements))
        except CastlineError as error:
            faults += [f"config: measurements: {line}" for line in str(error).splitlines()]
    if faults:
        raise ConfigError("\n".join(faults))
    return campaign


def _rate_faults(campaign: Campaign) -> list[str]:
    """What drying at a rate lacks, and what does not go with several rates."""
    rates, drying = campaign.matrix.drying_rates, campaign.drying
    if not rates:
        if drying.binder is not None and drying.rate_um_per_s is None:
            return ["config: drying.binder: needs drying.rate_um_per_s or matrix.drying_rates"]
        return []
    faults = [
        f"config: {section}: not with matrix.drying_rates; give the one rate as "
        "drying.rate_um_per_s"
        for section in ("calibration", "decide", "size_effects")
        if getattr(campaign, section) is not None
    ]
    if drying.rate_um_per_s is not None:
        faults.append("config: drying.rate_um_per_s: beside matrix.drying_rates; only one may be")
    if drying.binder is not None and drying.binder.wet_thickness_um is not None:
        for name, rate in rates.items():
            try:
                at_rate = drying.model_copy(update={"rate_um_per_s": rate})
                at_rate.peclet(drying.binder.wet_thickness_um)
            except CastlineError as error:
                faults.append(f"config: matrix.drying_rates.{name}: {error}")
    if drying.binder is None or drying.binder.diffusivity_um2_per_s is None:
        faults.append(
            "config: drying.binder.diffusivity_um2_per_s: needed with matrix.drying_rates; a "
            "Peclet number would be the same at all of them"
        )
    return faults


def _pressure_faults(campaign: Campaign) -> list[str]:
    """Pressures that no film can have one after the other."""
    press, given = campaign.calendering.pressure_mpa, "calendering.pressure_mpa"
    if campaign.matrix.press_pressure_mpa:
        press = min(map(float, campaign.matrix.press_pressure_mpa))
        given = "the lowest of matrix.press_pressure_mpa"
    if press is None:
        return []
    rest, measured = campaign.calendering.rest_pressure_mpa, campaign.assembling.pressure_mpa
    faults = []
    if rest is not None and rest > press:
        faults.append(
            f"config: calendering.rest_pressure_mpa: {rest:g} MPa on the released film are "
            f"above the {press:g} MPa of the press ({given})"
        )
    if campaign.route == "powder" and measured > press:
        faults.append(
            f"config: assembling.pressure_mpa: {measured:g} MPa would press the pellet further "
            f"than the {press:g} MPa of the press ({given}); allowed: at most that"
        )
    return faults


def _cell_faults(cell: CellConfig) -> list[str]:
    """What keeps cells from being discharged; PyBaMM itself is too slow to import for that."""
    faults = []
    if find_spec("pybamm") is None:
        faults.append("config: cell: needs PyBaMM; install it with pip install castline[cell]")
    try:
        check_window(cell)
    except CastlineError as error:
        faults.append(f"config: {error}")
    return faults


def _missing_files(campaign: Campaign) -> list[str]:
    """One line for every file that the campaign names and that is not there."""
    faults = []
    for key, path in campaign.named_files().items():
        if not os.path.lexists(located(path)):
            ours = f"; castline ships {SHIPPED}{path}" if (PROJECT / path).is_file() else ""
            faults.append(f"config: {key}: {path}: not there, seen from {Path.cwd()}{ours}")
    return faults


def _carrier_faults(campaign: Campaign, search: str) -> list[str]:
    """Conductivities that a search wants of a composition in which no phase carries them."""
    faults = []
    for name, target in campaign.calibration.stage(search).targets.items():
        carrier = CARRIER_OF.get(target.observable.partition("_core")[0].removesuffix("_s_per_m"))
        for powder in (target.psds or campaign.matrix.powders) if carrier else []:
            if powder not in campaign.matrix.powders:
                continue  # said elsewhere
            recipe = campaign.recipe_of(powder, campaign.matrix.contents[0])
            if why := missing_carriers(recipe, campaign.transport).get(carrier):
                path = f"calibration.{search}.targets.{name}"
                faults.append(f"config: {path}: {target.observable} of {powder}: {why}")
    return faults


def _size_fault(campaign: Campaign, psd: str) -> str | None:
    """What makes electrodes of this distribution too large or too small, if anything does."""
    for key, sized in campaign.sizes().items():
        for percent in campaign.matrix.contents:
            try:
                recipe = sized.recipe_of(psd, percent)
                sized.check_voxels(recipe)
                sized.check_carriers(recipe)
            except CastlineError as error:
                return str(error).replace("recipe.dry_mass_g", f"{key}.dry_mass_g")
    return None


def _slurry_fault(campaign: Campaign, powder: str, force_field: ForceField) -> str | None:
    """What keeps a slurry of this powder from being equilibrated or sheared, if anything does."""
    for percent in campaign.matrix.solid_content_percent:
        recipe = campaign.recipe_of(powder, percent)
        try:
            check_solvent(recipe, force_field, campaign.slurry, campaign.acceleration)
            check_rates(recipe, force_field, campaign.viscosity, campaign.acceleration)
        except ConfigError as error:
            return f"{percent} %: {error}"
    return None


def read_campaign(path: str | Path) -> Campaign:
    """Read and validate a campaign YAML (see `load_campaign`)."""
    data, _ = read_yaml(path)
    if not isinstance(data, dict):
        raise ConfigError(f"config {path}: must be a mapping of sections")
    return load_campaign(data)
