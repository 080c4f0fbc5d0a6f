"""Binder and carbon in a film that shrinks: up with the solvent, back by diffusion.

One dimension, z over the film's height (Font, Protas, Richardson, Foster 2018, arXiv 1801.01580).
A film whose height H falls at the rate E keeps its solids where they are in units of the height.
Solvent below a height has to pass it to leave at the surface; with the liquid fraction uniform the
binder, dissolved or finely dispersed in it, goes along at E z / (H phi) and diffuses with D:

    dM/dt + d/dx [x E / (H phi) M - D / H^2 dM/dx] = 0,    no flux at x = 0 and x = 1,

M the binder per x = z / H, phi the liquid's volume fraction. The Peclet number is E H0 / D with the
height H0 of the wet film: far below 1 diffusion levels the binder, far above 1 it gathers at the
surface.

The CBD spheres that carry the solvent are the cells of a finite-volume scheme: ranked by height,
each takes the same share of x. Between two neighbours flows what exact solutions of constant drift
give (Scharfetter and Gummel 1969), implicit in time, so that no CBD ever gives more than it has and
what one loses the next gains.
"""

import numpy as np


def bernoulli(x: np.ndarray) -> np.ndarray:
    """B(x) = x / (exp(x) - 1), 1 at 0."""
    x = np.asarray(x, float)
    near = np.abs(x) < 1e-8
    return np.where(near, 1 - x / 2, x / np.where(near, 1.0, np.expm1(np.where(near, 1.0, x))))


def migrated(
    height: np.ndarray, solids: np.ndarray, drift: float, spread: float, substeps: int = 20
) -> np.ndarray:
    """Solids of the CBD after a piece of drying.

    Parameters
    ----------
    height : (n,) heights of the CBD, in any unit; only their order counts.
    solids : (n,) binder and carbon that each holds, in any unit.
    drift : integral of E / (H phi) over the piece: solvent that leaves over solvent that is there.
    spread : integral of D / H^2 over the piece.
    substeps : implicit time steps of the piece.

    Returns
    -------
    (n,) solids afterwards; their sum is that of before.
    """
    n = len(solids)
    if n < 2 or (drift == 0 and spread == 0):
        return solids.copy()
    from scipy.linalg import solve_banded  # slow to import, seldom needed

    order = np.argsort(height, kind="stable")
    # On the faces between the cells: a = drift velocity, d = diffusivity over the width of a cell.
    velocity = np.arange(1, n) / n * drift / substeps
    exchange = spread / substeps * n
    if exchange == 0:
        up, down = velocity, np.zeros(n - 1)
    else:
        up, down = (exchange * bernoulli(sign * velocity / exchange) for sign in (-1, 1))
    up, down = n * up, n * down
    bands = np.zeros((3, n))
    bands[1] = 1.0
    bands[1, :-1] += up
    bands[1, 1:] += down
    bands[0, 1:] = -down
    bands[2, :-1] = -up
    held = solids[order].astype(float)
    for _ in range(substeps):
        held = solve_banded((1, 1), bands, held)
    found = np.empty(n)
    found[order] = held * (solids.sum() / held.sum())
    return found
