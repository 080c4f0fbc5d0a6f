"""The solid-state half-cell as a PyBaMM model: Li metal | SE separator | composite cathode.

A Doyle-Fuller-Newman model put together from PyBaMM's submodels, with three of its own:

- `SingleIonConductor`: the SE conducts lithium ions alone, so that there is no salt gradient and
  its current follows Ohm's law, ``i_e = -kappa grad(phi_e)``.
- `ContactButlerVolmer`: ``j = u j_c``, ``j_c = 2 j0 sinh(F (eta - r j_c) / 2 R T)`` with the share
  u of the AM's surface that touches SE ("interface utilisation") and a resistance r of the contact.
- `SizeClasses`: a mesh in the particle size whose nodes are the classes of a discrete distribution.

Lithium spreads in each sphere from its whole surface: that it enters through the contact spots is
in the kinetics, not in the diffusion. Conductivities are effective ones, given by PyBaMM's
tortuosity factors. All is isothermal.
"""

import os

os.environ.setdefault("PYBAMM_DISABLE_TELEMETRY", "true")  # asked for when it is imported

import numpy as np
import pybamm

from castline.results.schema import LOSSES as PARTS

OPTIONS = {
    "working electrode": "positive",
    "particle size": "distribution",
    "interface utilisation": ("full", "constant"),
    "transport efficiency": "tortuosity factor",
    "contact resistance": "true",
}
STOICHIOMETRY_CUT_OFF = "Positive electrode stoichiometry cut-off"
CONTACT_RESISTANCE = "Positive electrode contact resistance per contact area [Ohm.m2]"
LOSSES = tuple(f"{name.capitalize()} overpotential [V]" for name in PARTS)


class SingleIonConductor(pybamm.electrolyte_conductivity.Full):
    """Ohm's law in an electrolyte with a transference number of 1."""

    def get_coupled_variables(self, variables):
        temperature = variables["Cell temperature [K]"]
        concentration = variables["Electrolyte concentration [mol.m-3]"]
        efficiency = variables["Electrolyte transport efficiency"]
        potential = variables["Electrolyte potential [V]"]
        conductivity = self.param.kappa_e(concentration, temperature) * efficiency
        current = -conductivity * pybamm.grad(potential)
        variables.update(self._get_standard_current_variables(current))
        # no concentration gradient: all of the potential difference is ohmic
        across = (
            variables["X-averaged positive electrolyte potential [V]"]
            - variables["Lithium metal interface electrolyte potential [V]"]
        )
        variables.update(self._get_split_overpotential(pybamm.Scalar(0), across))
        return variables


class ContactButlerVolmer(pybamm.kinetics.SymmetricButlerVolmer):
    """Symmetric Butler-Volmer kinetics behind the resistance of the contact.

    The current per contact area is a state, because the resistance makes the law implicit.
    """

    name = "Positive electrode contact current density distribution [A.m-2]"

    def get_fundamental_variables(self):
        current = pybamm.Variable(
            self.name,
            domain="positive particle size",
            auxiliary_domains={"secondary": "positive electrode", "tertiary": "current collector"},
        )
        return {**super().get_fundamental_variables(), self.name: current}

    def get_coupled_variables(self, variables):
        self._current = variables[self.name]
        return super().get_coupled_variables(variables)

    def _get_kinetics(self, j0, ne, eta_r, temperature, u):
        behind = eta_r - pybamm.Parameter(CONTACT_RESISTANCE) * self._current
        scale = 2 * self.param.R * temperature
        self._law = 2 * j0 * pybamm.sinh(ne * self.param.F * behind / scale)
        return u * self._current

    def set_algebraic(self, variables):
        self.algebraic = {self._current: self._current - self._law}

    def set_initial_conditions(self, variables):
        self.initial_conditions = {self._current: pybamm.Scalar(0)}


class SizeClasses(pybamm.SubMesh1D):
    """Mesh in the particle size, a node at the radius of each class."""

    def __init__(self, lims, npts, radii):
        spatial_variable, _, tabs = self.read_lims(lims)
        super().__init__(class_edges(radii), spatial_variable.coord_sys, tabs)
        self.nodes = np.asarray(radii, dtype=float)
        self.d_nodes = np.diff(self.nodes)


def class_edges(radii) -> np.ndarray:
    """Borders between size classes, halfway between their radii (n + 1 values, positive)."""
    radii = np.asarray(radii, dtype=float)
    inner = (radii[1:] + radii[:-1]) / 2
    return np.concatenate([[0.9 * radii[0]], inner, [1.1 * radii[-1]]])


class SolidStateHalfCell(pybamm.lithium_ion.DFN):
    """Half-cell with a single-ion conductor and the contact area of a simulated electrode.

    Parameters
    ----------
    radii_m : array_like, shape (n,)
        Ascending radii of the size classes of the active material; see
        `castline.cell.parameters` for their weights.
    options : dict, optional
        Changes of `OPTIONS`, such as a "surface form" for impedance.
    contact_resistance : bool
        Whether the AM-SE contact has a resistance (`CONTACT_RESISTANCE`).
    """

    def __init__(
        self,
        radii_m,
        options=None,
        contact_resistance=False,
        name="Solid-state half-cell model",
        build=True,
    ):
        self.radii_m = tuple(float(r) for r in radii_m)
        self.contact_resistance = contact_resistance
        super().__init__({**OPTIONS, **(options or {})}, name, build)

    def set_electrolyte_concentration_submodel(self):
        self.submodels["electrolyte diffusion"] = (
            pybamm.electrolyte_diffusion.ConstantConcentration(self.param, self.options)
        )

    def set_electrolyte_potential_submodel(self):
        super().set_electrolyte_potential_submodel()
        if self.options["surface form"] == "false":
            self.submodels["electrolyte conductivity"] = SingleIonConductor(
                self.param, self.options
            )

    def set_intercalation_kinetics_submodel(self):
        super().set_intercalation_kinetics_submodel()
        if self.contact_resistance:
            self.submodels["positive primary interface"] = ContactButlerVolmer(
                self.param, "positive", "lithium-ion main", self.options, "primary"
            )

    def set_voltage_variables(self):
        super().set_voltage_variables()
        self.variables.update(self._overpotentials())
        full = pybamm.Parameter(STOICHIOMETRY_CUT_OFF)
        filled = self.variables["Positive electrode stoichiometry"]
        self.events.append(pybamm.Event("Stoichiometry cut-off", full - filled))

    def _overpotentials(self) -> dict:
        """What lies between the open-circuit voltage of the mean filling and the voltage.

        Every place of the electrode is weighted by the current that reacts there, so that each part
        is the power lost in it over the cell's current, and all parts add up. Positive on
        discharge; 0 without current.

        What the reaction costs is taken from its law: the difference of potentials, which says the
        same, is lost where a surface is nearly full and its open-circuit potential falls by volts
        within the solver's tolerance.
        """
        v = self.variables
        reaction = v["Positive electrode volumetric interfacial current density [A.m-3]"]
        solid = v["Positive electrode potential [V]"]
        electrolyte = v["Positive electrolyte potential [V]"]
        by_size = v["Positive electrode interfacial current density distribution [A.m-2]"]
        exchange = v["Positive electrode exchange current density distribution [A.m-2]"]
        used, temperature = (
            pybamm.PrimaryBroadcast(v[name], ["positive particle size"])
            for name in (
                "Positive electrode interface utilisation",
                "Positive electrode temperature [K]",
            )
        )
        at_contact = by_size / used
        twice_thermal = 2 * self.param.R * temperature / self.param.F
        activation = twice_thermal * pybamm.arcsinh(at_contact / (2 * exchange))
        if self.contact_resistance:
            activation += pybamm.Parameter(CONTACT_RESISTANCE) * at_contact
        surface = v["Positive electrode surface area to volume ratio [m-1]"]
        current = v["Current collector current density [A.m-2]"]
        flows = abs(current) > 0
        # PyBaMM's reaction current is negative on discharge
        total = pybamm.x_average(reaction)
        whole = flows * total + (1 - flows)

        def mean(value):
            return pybamm.x_average(value) / whole

        metal = v["Lithium metal interface electrode potential [V]"]
        lithium = v["Lithium metal interface electrolyte potential [V]"]
        border = pybamm.boundary_value(electrolyte, "left")
        collector = pybamm.boundary_value(solid, "right")
        interface = mean(reaction * (solid - electrolyte))
        kinetic = -mean(surface * pybamm.size_average(by_size * activation))
        bulk = v["Positive electrode bulk open-circuit potential [V]"]
        parts = (
            mean(reaction * (solid - collector)),
            mean(reaction * (border - electrolyte)),
            lithium - border,
            kinetic,
            bulk - interface - kinetic,
            metal - lithium,
            v["Contact overpotential [V]"],
        )
        return {name: flows * part for name, part in zip(LOSSES, parts, strict=True)}

    @property
    def default_submesh_types(self):
        classes = pybamm.MeshGenerator(SizeClasses, {"radii": self.radii_m})
        return {**super().default_submesh_types, "positive particle size": classes}

    @property
    def default_var_pts(self):
        own = {"x_s": 4, "x_p": 20, "r_p": 20, "R_p": len(self.radii_m)}
        return {**super().default_var_pts, **own}

    @property
    def default_quick_plot_variables(self):
        return [
            "Voltage [V]",
            "Positive electrode potential [V]",
            "Electrolyte potential [V]",
            "Positive particle surface concentration [mol.m-3]",
            [LOSSES[0], *LOSSES[1:5]],
            "Current [A]",
        ]
