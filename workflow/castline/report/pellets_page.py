"""The report's results page of a campaign of pressed powders, as one HTML file."""

import pandas as pd

from castline import __version__
from castline.report.results_page import LAMMPS_NAME, Shown, shown_cost, voxel_caveat
from castline.report.templates import render_template
from castline.results.pellets import PAGE_NOTE, pellet_caveats, pellet_rows


def pellets_page(
    campaign: str, lammps: str, tables: dict[str, pd.DataFrame], missing: list[str]
) -> str:
    """HTML of the page.

    Parameters
    ----------
    campaign, lammps : name of the campaign, LAMMPS version.
    tables : structure, transport, mechanics and cost (castline.results.pellets.NEEDS);
        `voxel_error` may be there, too.
    missing : pellets of the campaign that a table lacks, named.
    """
    mechanics = tables["mechanics"]
    names, rows = pellet_rows(tables["structure"], tables["transport"], mechanics)
    hours = tables["cost"]["core_seconds"].sum() / 3600
    return render_template(
        "pellets.html.jinja",
        campaign=campaign,
        version=__version__,
        lammps=f"LAMMPS {lammps.removeprefix(LAMMPS_NAME)}",
        head=(
            f"{len(rows)} pellets, {mechanics['replicate'].nunique()} replicate(s) each, "
            f"{hours:.2f} core-hours"
        ),
        note=PAGE_NOTE,
        pellets=Shown(names, rows),
        caveats=[*missing, *pellet_caveats(mechanics), voxel_caveat(tables.get("voxel_error"))],
        cost=shown_cost(tables["cost"]),
    )
