"""What the study states about its results: the only values drawn or printed beside ours.

Source: Alabdali et al., Batteries & Supercaps, doi 10.1002/batt.202400709, main text. Ranges are
the text's own; single values ("about") have equal ends. No measured point of the study is public.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Stated:
    """A stated range with its unit; `note` says how the text puts it."""

    low: float
    high: float
    unit: str
    note: str

    def text(self) -> str:
        if self.low == self.high:
            return f"about {self.low:g}"
        return f"{self.low:g}-{self.high:g}"

    def band(self) -> tuple[float, float]:
        """The range; around a single value, as far as `about` reaches."""
        if self.low < self.high:
            return self.low, self.high
        return (1 - ABOUT) * self.low, (1 + ABOUT) * self.high


# Shear rates of casting at which the study states the viscosity, and how far "about" reaches as a
# fraction of the value; both are our choice.
CASTING_RATES_PER_S = (100.0, 1000.0)
ABOUT = 0.25

VISCOSITY = Stated(0.1, 0.3, "Pa.s", "typical for this recipe at 50 % solid content")
DENSITY = {
    "dried": Stated(1.0, 1.5, "g/cm3", "grows with solid content"),
    "calendered": Stated(2.0, 2.5, "g/cm3", "AM_1 above AM_2, no monotonic trend"),
}
POROSITY_CALENDERED = Stated(20.0, 30.0, "%", "both distributions")
POROSITY_DRIED_AM_1 = {
    48.0: Stated(70.0, 70.0, "%", "AM_1"),
    50.0: Stated(70.0, 70.0, "%", "AM_1"),
    52.0: Stated(50.0, 50.0, "%", "AM_1"),
}
# What all of it is about: dry mass fractions.
STUDY_COMPOSITION = {"am": 0.64, "se": 0.30, "cbd": 0.06}
SIGMA_E = Stated(1.0, 1.0, "S/m", "about 93.5 % below the intrinsic 15.93 S/m of the CBD")
SIGMA_ION = Stated(
    0.12, 0.15, "mS/cm", 'printed as "12-15 mS/cm", above the bulk 1.25 mS/cm; read as mS/m'
)

# Sentences of the study's results that a campaign can test, in our words; by a name of our own.
# It computes conductivities of films as the press leaves them and measures cells under pressure, so
# that its sentences on them are tested in both states (docs/assembling.md).
SENTENCES = {
    "viscosity_level": "slurry viscosity at 50 % solid content 0.1 to 0.3 Pa.s",
    "viscosity_doubles": "viscosity more than doubles from 48 to 52 %, over the whole sweep",
    "viscosity_shear_thinning": "viscosity is shear-thinning",
    "viscosity_same_for_both": "viscosity of AM_1 and AM_2 not clearly different",
    "dry_density_level": "dry density 1.0 to 1.5 g/cm3",
    "dry_density_grows": "dry density grows with solid content",
    "dry_density_am_2_above": "dry density of AM_2 slightly above AM_1",
    "dry_porosity_level": "dry porosity of AM_1 about 70 % at 48 and 50 %, about 50 % at 52 %",
    "calendered_density_level": "calendered density 2.0 to 2.5 g/cm3",
    "calendered_density_am_1_above": "calendered density of AM_1 above AM_2",
    "calendered_density_no_trend": "calendered density without monotonic trend with solid content",
    "calendered_porosity_level": "calendered porosity 20 to 30 %, both distributions",
    "sigma_e_level": "sigma_e about 93.5 % below the CBD's intrinsic value (about 1.0 S/m)",
    "sigma_e_falls": "sigma_e falls with solid content",
    "sigma_e_am_1_above": "sigma_e of AM_1 slightly above AM_2",
    "sigma_e_in_cell_level": "sigma_e about 1.0 S/m, film in the assembled cell",
    "sigma_e_in_cell_falls": "sigma_e falls with solid content, film in the assembled cell",
    "sigma_e_in_cell_am_1_above": "sigma_e of AM_1 slightly above AM_2, film in the assembled cell",
    "measured_sigma_e": "measured sigma_e falls with solid content for AM_1, rises for AM_2",
    "sigma_ion_level": "sigma_ion 12 to 15 mS/m (printed as mS/cm, see errata)",
    "sigma_ion_am_1_above": "sigma_ion of AM_1 above AM_2 at 48 and 52 %",
    "sigma_ion_in_cell_level": "sigma_ion 12 to 15 mS/m, film in the assembled cell",
    "sigma_ion_in_cell_am_1_above": "sigma_ion of AM_1 above AM_2 at 48 and 52 %, in the cell",
    "se_fraction_am_1_above": "where sigma_ion of AM_1 is higher, it has more SE volume fraction",
    "se_contact_am_1_above": "where sigma_ion of AM_1 is higher, it has more SE contact",
    "cbd_pores": "CBD of AM_1 has more pores between its particles from 50 % solid content on",
}
VISCOSITY_RATIO_52_OVER_48 = 2.0
# CBD conductivity that the study fitted so that sigma_e of AM_1 met the measured one.
SIGMA_CBD_REFITTED = Stated(9.88, 9.88, "S/m", "fitted on AM_1")
