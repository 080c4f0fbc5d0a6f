"""Which LAMMPS runs, how it starts on ranks, and that one without a package is refused."""

import re
from pathlib import Path

import pytest

from castline.base.errors import SimulationError
from castline.lammps import bonds, texts
from castline.lammps import program as lammps_program
from castline.lammps.chain import INPUTS
from castline.lammps.program import (
    PACKAGE_OF_STYLE,
    PACKAGE_OF_STYLE_OF,
    check_lammps,
    lammps_command,
    pair_styles,
)

# Styles that every LAMMPS has.
CORE = {
    *("sphere", "hybrid/overlay", "nve/limit", "nve/sphere", "langevin", "deform", "ave/time"),
    *("halt", "pe", "pressure", "reduce", "temp/deform", "property/atom", "pair/local", "custom"),
    *("property/local", "bond/local"),
}


@pytest.fixture(autouse=True)
def asked_anew():
    def clear():
        lammps_program.lammps_binary.cache_clear()
        lammps_program._lammps_help.cache_clear()

    clear()
    yield
    clear()


def program(folder: Path, styles: list[str]) -> Path:
    """A stand-in for an own LAMMPS build that answers -help."""
    path = folder / "lmp"
    listed = "  ".join(styles)
    path.write_text(
        "#!/bin/sh\necho 'Large-scale Atomic/Molecular Massively Parallel Simulator - 1 Jan 2026'\n"
        f"echo 'List of individual style options included'\necho '{listed}'\n"
    )
    path.chmod(0o755)
    return path


def test_installed_lammps_has_what_the_stages_need():
    check_lammps()


def test_every_style_of_the_inputs_is_checked_or_in_every_lammps():
    text = "\n".join(path.read_text() for path in INPUTS.glob("*.lmp"))
    used = set(re.findall(r'^"?\s*"?(?:fix|compute)\s+\w+\s+\w+\s+([a-z/]+)', text, re.M))
    used |= set(re.findall(r"(?:pair_style|pair_coeff)\s.*?\b(gran/[a-z/]+)", text))
    used |= set(re.findall(r"\b(lj/[a-z/]+)", text))
    assert used - CORE == set(PACKAGE_OF_STYLE)
    of_bonds = Path(bonds.__file__).read_text()
    assert set(re.findall(r"\b(bpm/[a-z]+)", text + of_bonds)) == set(PACKAGE_OF_STYLE_OF["bonds"])
    of_planes = re.findall(r"\b(wall/[a-z]+) linear", Path(texts.__file__).read_text())
    assert set(of_planes) == set(PACKAGE_OF_STYLE_OF["evaporation"])


def test_missing_package_is_named_before_anything_runs(tmp_path, monkeypatch):
    own = program(tmp_path, [s for s, p in PACKAGE_OF_STYLE.items() if p != "GRANULAR"])
    monkeypatch.setenv("CASTLINE_LAMMPS", str(own))
    with pytest.raises(SimulationError, match=r"lacks gran/hertz/history, .*PKG_GRANULAR=on$"):
        check_lammps()


@pytest.mark.parametrize(
    ("part", "lacks"),
    [
        ("bonds", r"lacks bpm/sphere, bpm/rotational; .*PKG_BPM=on$"),
        ("evaporation", r"lacks wall/table; .*PKG_EXTRA-FIX=on$"),
    ],
)
def test_some_films_need_a_package_that_others_do_not(tmp_path, monkeypatch, part, lacks):
    check_lammps(part)
    lammps_program._lammps_help.cache_clear()
    lammps_program.lammps_binary.cache_clear()
    monkeypatch.setenv("CASTLINE_LAMMPS", str(program(tmp_path, list(PACKAGE_OF_STYLE))))
    check_lammps()
    with pytest.raises(SimulationError, match=lacks):
        check_lammps(part)


def test_complete_own_build_is_taken(tmp_path, monkeypatch):
    own = program(tmp_path, list(PACKAGE_OF_STYLE))
    monkeypatch.setenv("CASTLINE_LAMMPS", str(own))
    check_lammps()
    assert lammps_command(1) == [str(own)]


def test_omp_styles_are_taken_where_lammps_has_them(tmp_path, monkeypatch):
    assert pair_styles() == "omp"
    lammps_program.lammps_binary.cache_clear()
    lammps_program._lammps_help.cache_clear()
    monkeypatch.setenv("CASTLINE_LAMMPS", str(program(tmp_path, list(PACKAGE_OF_STYLE))))
    assert pair_styles() == "plain"


def test_own_build_that_is_not_there_is_named(monkeypatch):
    monkeypatch.setenv("CASTLINE_LAMMPS", "/nowhere/lmp")
    with pytest.raises(SimulationError, match="CASTLINE_LAMMPS: /nowhere/lmp is not a program"):
        check_lammps()


def test_ranks_are_started_by_the_launcher(monkeypatch):
    monkeypatch.setenv("CASTLINE_MPIEXEC", "srun --mpi=pmi2")
    assert lammps_command(4)[:4] == ["srun", "--mpi=pmi2", "-n", "4"]
    assert len(lammps_command(1)) == 1
