"""LAMMPS reads the particle states that castline gives away."""

import subprocess

import numpy as np
import pytest

from castline.exchange.structures import data_file_text
from castline.lammps.program import lammps_command, lammps_environment
from castline.packing.placement import place
from castline.packing.state import read_dump_table, write_state

SETTINGS = ["units micro", "boundary p p p", "atom_style sphere", "read_data slurry.data"]
COLUMNS = "id type x y z diameter mass"
SHOW = f"write_dump all custom read.dump {COLUMNS} modify sort id format float %.15g"


@pytest.fixture
def state(tiny):
    return place(tiny.recipe_of("AM_1", "50"), [18e-6, 19e-6, 20e-6], 1)


def read_by_lammps(folder, state, commands: list[str]):
    """Box lengths and table of the particles that LAMMPS holds after the commands."""
    (folder / "slurry.data").write_text(data_file_text(state))
    (folder / "in.lmp").write_text("\n".join([*SETTINGS, *commands, SHOW]) + "\n")
    done = subprocess.run(
        [*lammps_command(1), "-in", "in.lmp", "-log", "none"],
        cwd=folder, env=lammps_environment(), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    low, high, _, table = read_dump_table(folder / "read.dump")
    return high - low, table


def test_data_file_gives_box_sizes_and_masses(tmp_path, state):
    lengths, table = read_by_lammps(tmp_path, state, [])
    np.testing.assert_allclose(lengths, [18.0, 19.0, 20.0])
    np.testing.assert_allclose(table[["x", "y", "z"]], state.position_m * 1e6, rtol=1e-9)
    np.testing.assert_allclose(table["diameter"], state.diameter_m * 1e6, rtol=1e-9)
    np.testing.assert_allclose(table["mass"], state.mass_kg * 1e15, rtol=1e-9)
    assert (table["type"] == state.types).all()


def test_dump_file_gives_positions(tmp_path, state):
    write_state(state, tmp_path / "slurry.dump.gz")
    away = "displace_atoms all move 3 3 3"
    _, moved = read_by_lammps(tmp_path, state, [away])
    assert not np.allclose(moved[["x", "y", "z"]], state.position_m * 1e6)
    back = "read_dump slurry.dump.gz 0 x y z box yes replace yes"
    _, table = read_by_lammps(tmp_path, state, [away, back])
    np.testing.assert_allclose(table[["x", "y", "z"]], state.position_m * 1e6, rtol=1e-6)
