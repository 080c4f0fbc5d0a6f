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
SIGMA_E = Stated(1.0, 1.0, "S/m", "about 93.5 % below the intrinsic 15.93 S/m of the CBD")
SIGMA_ION = Stated(
    0.12, 0.15, "mS/cm", 'printed as "12-15 mS/cm", above the bulk 1.25 mS/cm; read as mS/m'
)
