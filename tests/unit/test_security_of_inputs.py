"""Files from somebody else: no code runs, nothing escapes the results, nothing fills the memory."""

import ast
import gzip
import re
from pathlib import Path

import h5py
import numpy as np
import pytest
import yaml

from castline.base.errors import CastlineError, ConfigError, InputError
from castline.base.files import write_atomically
from castline.campaign.config import load_campaign, read_campaign
from castline.cli import main
from castline.images.readers import read_image
from castline.images.vtk_files import write_vti
from castline.impedance.spectra import read_spectrum
from castline.lammps.forcefield import load_force_field
from castline.lammps.texts import coefficient_text, data_text
from castline.measured.measurements import load_measurements
from castline.packing.placement import box_lengths, place
from castline.packing.state import read_dump_table, read_state
from castline.recipe.psd_files import from_csv

REPOSITORY = Path(__file__).resolve().parents[2]
LOADERS = [read_campaign, load_force_field, load_measurements]
HOSTILE_NAMES = [
    *(
        "../x",
        "/tmp/x",
        "a/b",
        "..",
        ".",
        "",
        "a b",
        "a\nb",
        "a\0b",
        "$(touch pwned)",
        "`id`",
        "a;b",
    ),
    *("a&b", 'a"b', "a'b", "{psd}", "${kn}", "-rf", "a*", "é", "x" * 41, "a\n", "CON:", "~"),
]
BOMB = "a: &a [x, x, x, x, x, x, x, x]\n" + "".join(
    f"{new}: &{new} [{', '.join([f'*{old}'] * 8)}]\n"
    for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize("load", LOADERS)
@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: !!python/object/apply:os.system ['touch pwned']", "without tags"),
        ("a: !!python/name:os.system", "without tags"),
        ("__use_yte__: true\n?__import__('os').system('touch pwned'): 1", "templates"),
        (BOMB, "anchors"),
        ("a: &a [*a]", "contains itself"),
        ("a: " + "[" * 100_000, "brackets"),
        ("\n".join(f"{' ' * k}a:" for k in range(1200)), "nested too deeply"),
        ("a: 1\nb: 2\na: 3", ":3: the key 'a' is given twice"),
        ("a: 010", "would be read as 8"),
        ("a: 1:30", "would be read as 90"),
        ("a: 2024-99-99", "timestamp"),
        ("a: " + "1" * 5000, "5000 digits"),
        ("<<: {a: 1}", "not allowed"),
        ("a: [", "not valid YAML"),
        ("a: \x00", "not valid YAML"),
    ],
)
def test_yaml_is_data_and_unambiguous(tmp_path, monkeypatch, load, text, message):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "hostile.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError, match="hostile.yaml") as caught:
        load(path)
    assert message in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1
    assert not Path("pwned").exists()


@pytest.mark.parametrize("load", LOADERS)
@pytest.mark.parametrize("path", ["/dev/zero", ".", "none.yaml", "a\0b"])
def test_yaml_comes_from_a_file(load, path):
    with pytest.raises(ConfigError, match="cannot be read"):
        load(path)


@pytest.mark.parametrize("load", LOADERS)
@pytest.mark.parametrize("content", [b"\xff\xfe\x00c", bytes(range(256)), b"x" * 1_000_001])
def test_yaml_files_are_text_of_limited_size(tmp_path, load, content):
    (tmp_path / "hostile.yaml").write_bytes(content)
    with pytest.raises(ConfigError, match="hostile.yaml"):
        load(tmp_path / "hostile.yaml")


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_names_that_become_folders_are_plain(campaign_dict, name):
    matrix = {**campaign_dict["matrix"], "psds": {name: {"d50_um": 4.0}}}
    for config in ({**campaign_dict, "campaign": name}, {**campaign_dict, "matrix": matrix}):
        with pytest.raises(ConfigError) as caught:
            load_campaign(config)
        assert str(caught.value).isprintable()


@pytest.mark.parametrize("name", ["work", "tables", "Figures"])
def test_distributions_do_not_take_the_folders_of_results(campaign_dict, name):
    matrix = {**campaign_dict["matrix"], "psds": {name: {"d50_um": 4.0}}}
    with pytest.raises(ConfigError, match="folder of the results"):
        load_campaign({**campaign_dict, "matrix": matrix})


@pytest.mark.parametrize("value", ["٥٠", "50/..", "50\n", "5e1", " 50", "+50"])
def test_solid_contents_that_become_folders_are_digits(campaign_dict, value):
    matrix = {**campaign_dict["matrix"], "solid_content_percent": [value]}
    with pytest.raises(ConfigError, match="solid_content_percent"):
        load_campaign({**campaign_dict, "matrix": matrix})


@pytest.mark.parametrize("path", ["data/{psd}.csv", "a\nb.csv", " a.csv", "", "a\x1b[31m.csv"])
def test_paths_are_no_wildcards(campaign_dict, path):
    matrix = {**campaign_dict["matrix"], "psds": {"AM_1": {"csv": path}}}
    faulty = [
        {**campaign_dict, "matrix": matrix},
        {**campaign_dict, "force_fields": {"dry": path}},
        {**campaign_dict, "measurements": path},
    ]
    for config in faulty:
        with pytest.raises(ConfigError, match="must be a path without braces") as caught:
            load_campaign(config)
        assert str(caught.value).isprintable()


def test_switches_are_no_numbers(campaign_dict):
    """YAML reads `seed: yes` as true, which Python takes for 1."""
    for change in ({"seed": True}, {"viscosity": {"shear_rates_per_s": [100, True]}}):
        with pytest.raises(ConfigError, match="yes, no, on, off"):
            load_campaign({**campaign_dict, **change})


@pytest.mark.parametrize("name", ["=1+1", "+a", "-a", "@a", "a\nb", "$x$", "a\tb"])
def test_names_of_cells_are_no_formulas(tmp_path, name):
    path = tmp_path / "measurements.yaml"
    source = REPOSITORY / "examples/synthetic_measurements/measurements.yaml"
    content = yaml.safe_load(source.read_text())
    content["cells"][0]["name"] = name
    path.write_text(yaml.safe_dump(content))
    with pytest.raises(ConfigError, match=r"cells\.0\.name"):
        load_measurements(path)


def test_lammps_gets_numbers_only(tiny, tmp_path, slurry_force_field):
    """Whatever a force field says of itself, its LAMMPS input has fixed words and numbers."""
    content = slurry_force_field.model_dump()
    content["description"] = 'x"\nshell touch pwned\n& ${kn} $(1+1)'
    path = tmp_path / "force field.yaml"
    path.write_text(yaml.safe_dump(content))
    recipe = tiny.recipe_of("AM_1", "50")
    state = place(recipe, box_lengths(recipe, 0.3, (0.716, 0.716, 1.0)), seed=2)
    words = {"castline", "atoms", "atom", "types", "Atoms", "#", "sphere", "pair_coeff"}
    words |= {f"{axis}{end}" for axis in "xyz" for end in ("lo", "hi")}
    words |= {"lj/smooth/linear", "gran/hertz/history"}
    text = coefficient_text(state, load_force_field(path)) + data_text(state)
    for word in text.split():
        assert word in words or np.isfinite(float(word))


def test_lammps_runs_in_a_folder_of_any_name(tiny, tmp_path, slurry_force_field, monkeypatch):
    from castline.line.slurry import SlurryConfig, equilibrate
    from castline.line.stage import Bench

    monkeypatch.chdir(tmp_path)
    settings = SlurryConfig(volume_tolerance=0.5, energy_tolerance=10.0)
    recipe = tiny.recipe_of("AM_1", "50")
    work = tmp_path / 'it\'s "a" $(touch pwned) ${kn} & `touch pwned`; # work'
    bench = Bench(work, 3, lambda line: None)
    made = equilibrate(recipe, slurry_force_field, settings, None, bench)
    assert made.state.count == recipe.particle_count
    assert not list(tmp_path.rglob("pwned"))


def python_files() -> list[Path]:
    folders = ("workflow/castline", "scripts", "benchmarks", "examples")
    return [path for folder in folders for path in sorted((REPOSITORY / folder).rglob("*.py"))]


@pytest.mark.parametrize("path", python_files(), ids=lambda p: str(p.relative_to(REPOSITORY)))
def test_no_code_evaluates_input(path):
    """No eval, no pickle, no shell; arrays are read without pickle, YAML by the safe loader."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = {alias.name for alias in node.names} | {getattr(node, "module", None)}
            assert not names & {"pickle", "cPickle", "dill", "joblib", "marshal", "shelve"}
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            assert called not in {"eval", "exec", "os.system", "os.popen", "yaml.load"}, called
            assert not called.endswith(("read_pickle", "to_pickle")), called
            given = {keyword.arg: ast.unparse(keyword.value) for keyword in node.keywords}
            assert given.get("shell", "False") == "False", called
            if called in {"np.load", "numpy.load"}:
                assert given.get("allow_pickle", "False") == "False", called


def test_rules_start_no_shell():
    folder = REPOSITORY / "workflow"
    snakefiles = [REPOSITORY / "Snakefile", folder / "Snakefile", *folder.glob("rules/*.smk")]
    for path in snakefiles:
        assert not re.search(r"^\s*(shell|run)\s*:", path.read_text(), re.MULTILINE), path


def test_dump_that_unfolds_without_end_is_refused(tmp_path):
    path = tmp_path / "bomb.dump.gz"
    path.write_bytes(gzip.compress(b"0" * 300_000_000))
    with pytest.raises(InputError, match="unfolds to more than"):
        read_dump_table(path)


@pytest.mark.parametrize("seed", range(40))
def test_damaged_dumps_are_named_errors_or_whole(tiny, tmp_path, seed):
    """Random bytes changed, lines dropped, ends cut, in text and in compressed form."""
    from castline.packing.state import write_state

    rng = np.random.default_rng(seed)
    recipe = tiny.recipe_of("AM_1", "50")
    state = place(recipe, box_lengths(recipe, 0.3, (0.716, 0.716, 1.0)), seed=2)
    path = tmp_path / ("state.dump.gz" if seed % 2 else "state.dump")
    write_state(state, path)
    content = bytearray(path.read_bytes())
    if seed % 4 < 2:
        for _ in range(rng.integers(1, 20)):
            content[rng.integers(len(content))] = rng.integers(256)
    else:
        first, last = sorted(rng.integers(0, len(content), 2))
        del content[first:last]
    path.write_bytes(content)
    message = "state.dump"
    try:
        read_state(path)
    except CastlineError as error:
        message = str(error)
    assert "state.dump" in message
    assert message.isprintable()


SPECTRUM = "frequency_hz,z_real_ohm,z_imag_ohm\n1000,10,-1\n100,11,-2\n"
JUNK = [
    *(b"", b"\x00" * 1000, bytes(range(256)) * 4, b"," * 100_000, b"\n" * 100_000, b'"' * 1001),
    *(b"x" * 1_000_000, SPECTRUM.encode()[:-8] + b"1e", SPECTRUM.encode() + b"1,2\n"),
    *(SPECTRUM.encode() + b"1," + b"9" * 100_000 + b"x,2\n", "٣,四,五\n".encode()),
]


@pytest.mark.parametrize("suffix", [".csv", ".mpt", ".DTA", ".z", ".mpr"])
@pytest.mark.parametrize("content", JUNK, ids=range(len(JUNK)))
def test_junk_spectra_are_named_errors(tmp_path, suffix, content):
    path = tmp_path / f"junk{suffix}"
    path.write_bytes(content)
    with pytest.raises(InputError, match=f"junk{suffix}") as caught:
        read_spectrum(path)
    assert len(str(caught.value).splitlines()) == 1
    assert len(str(caught.value)) < 1000


@pytest.mark.parametrize("content", [*JUNK, b"diameter_um,volume_fraction\n1e400,1\n"])
def test_junk_distributions_are_named_errors(tmp_path, content):
    path = tmp_path / "junk.csv"
    path.write_bytes(content)
    with pytest.raises(InputError, match="junk.csv"):
        from_csv(path)


def test_arrays_of_objects_are_not_unpickled(tmp_path):
    path = tmp_path / "image.npy"
    np.save(path, np.array([[[{"a": 1}]]], dtype=object), allow_pickle=True)
    with pytest.raises(InputError, match="image.npy"):
        read_image(path)


@pytest.mark.parametrize("suffix", [".npy", ".tif", ".h5", ".vti"])
@pytest.mark.parametrize("content", [b"", b"\x93NUMPY\x01\x00v\x00", bytes(range(256)), b"<x>"])
def test_junk_images_are_named_errors(tmp_path, suffix, content):
    path = tmp_path / f"junk{suffix}"
    path.write_bytes(content)
    with pytest.raises(InputError, match=f"junk{suffix}"):
        read_image(path)


def test_huge_images_are_refused_before_memory_fills(tmp_path):
    """Headers that promise a petabyte, without the data."""
    npy = tmp_path / "huge.npy"
    with npy.open("wb") as file:
        np.lib.format.write_array_header_1_0(
            file, {"descr": "|u1", "fortran_order": False, "shape": (100_000,) * 3}
        )
    vti = tmp_path / "huge.vti"
    write_vti(vti, {"phase": np.zeros((4, 4, 4), np.uint8)}, 1e-6)
    vti.write_bytes(vti.read_bytes().replace(b"0 4 0 4 0 4", b"0 90000 0 90000 0 90000"))
    h5 = tmp_path / "huge.h5"
    with h5py.File(h5, "w") as file:
        file.create_dataset("phase", (100_000,) * 3, "u1", chunks=(100, 100, 100))
    for path in (npy, vti, h5):
        with pytest.raises(InputError, match=path.name):
            read_image(path)


def test_outputs_replace_links_instead_of_following_them(tmp_path):
    outside = tmp_path / "outside"
    outside.write_text("precious")
    (tmp_path / "result.csv").symlink_to(outside)
    write_atomically(tmp_path / "result.csv", b"new")
    assert outside.read_text() == "precious"
    assert (tmp_path / "result.csv").read_text() == "new"
    assert not (tmp_path / "result.csv").is_symlink()


def test_litter_of_killed_writers_goes_and_that_of_living_ones_stays(tmp_path):
    import os
    import socket

    host = socket.gethostname()
    dead = tmp_path / f".a.csv.{host}-4194305.part.csv"  # beyond the largest process id
    alive = tmp_path / f".a.csv.{host}-{os.getppid()}.part.csv"
    for path in (dead, alive):
        path.write_text("half")
    write_atomically(tmp_path / "a.csv", b"whole")
    assert not dead.exists()
    assert alive.exists()


def test_check_refuses_what_snakemakes_own_reader_would_run(tmp_path, capsys):
    path = tmp_path / "hostile.yaml"
    path.write_text("campaign: x; touch pwned\nseed: 1\ncampaign: test\n")
    assert main(["check", str(path)]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "given twice" in shown.err
    assert main(["check", "config/test.yaml"]) == 0
    assert capsys.readouterr().out == "test\n"
