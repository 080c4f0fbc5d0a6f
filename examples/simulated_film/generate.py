"""Generate the example packing of this folder: a cut-out of a film that castline simulated.

No tomogram and no real electrode stands behind it. `spheres.csv` looks as another program's packing
might: one sphere a line, no unit, no box. Run from any folder of a clone:

    python examples/simulated_film/generate.py
"""

from pathlib import Path

import numpy as np

from castline.images.spheres import read_spheres

FOLDER = Path(__file__).parent
FILM = "results/paper/AM_1/sc50/r1/assembled.dump.gz"
WIDTH_UM = 18.0
BANNER = f"""\
# SIMULATED, not measured: spheres of {FILM} that reach into {WIDTH_UM:g} x {WIDTH_UM:g} um of its area
# lengths in um; type 1 active material, 2 solid electrolyte, 3 carbon with binder
"""


def main():
    film = read_spheres(FOLDER.parents[1] / FILM)
    centre_um = 1e6 * (film.centre_m - film.low_m)
    radius_um = 1e6 * film.radius_m
    below = centre_um[:, :2] < WIDTH_UM + radius_um[:, np.newaxis]
    kept = below.all(axis=1)
    rows = zip(film.types[kept], centre_um[kept], radius_um[kept], strict=True)
    lines = [
        f"{number},{kind},{x:.3f},{y:.3f},{z:.3f},{radius:.4f}"
        for number, (kind, (x, y, z), radius) in enumerate(rows, start=1)
    ]
    text = BANNER + "id,type,x,y,z,radius\n" + "\n".join(lines) + "\n"
    (FOLDER / "spheres.csv").write_text(text)
    print(f"{kept.sum()} spheres, {1e6 * (film.high_m - film.low_m)[2]:.3f} um thick")


if __name__ == "__main__":
    main()
