"""Every format that is read, and the ways in which such files lie: each is refused in one line."""

import numpy as np
import pytest

from castline.base.errors import InputError
from castline.base.text_files import DelimitedText
from castline.impedance.spectra import SpectrumColumns, read_spectrum
from castline.measured.cells import sample_density_kg_per_m3, sample_porosity
from castline.measured.dc_polarization import DcUnits, read_dc_polarization
from castline.measured.measurements import Cell, ViscosityCurve
from castline.measured.slurries import viscosity_rows

FREQUENCY_HZ = np.array([1000.0, 100.0, 10.0])
Z_OHM = np.array([10.5 - 0.25j, 11.0 - 1.5j, 12.0 - 0.125j])


def written(tmp_path, text, name="cell.csv", encoding="utf-8"):
    path = tmp_path / name
    path.write_bytes(text.encode(encoding))
    return path


def rows(delimiter=",", point=".", second=None, z=Z_OHM, frequency=FREQUENCY_HZ):
    """Lines of a spectrum; `second` makes the second and third column of a complex number."""
    second = second or (lambda value: (value.real, value.imag))
    lines = [
        delimiter.join(f"{v:.10g}" for v in (f, *second(value)))
        for f, value in zip(frequency, z, strict=True)
    ]
    return "\n".join(line.replace(".", point) for line in lines) + "\n"


def polar(value):
    return abs(value), np.degrees(np.angle(value))


def turned(value):
    return value.real, -value.imag


@pytest.mark.parametrize(
    "text",
    [
        "frequency_hz,z_real_ohm,z_imag_ohm\n" + rows(),
        "Freq/Hz, Z'/ohm, Z\"/ohm, Z/ohm\n" + rows().replace("\n", ",1\n"),
        "f (kHz),Z' (ohm),Z'' (ohm)\n" + rows(frequency=FREQUENCY_HZ / 1e3),
        "f/Hz;Z'/mOhm;-Z''/mOhm\n" + rows(";", ",", turned, Z_OHM * 1e3),
        "Frequency (Hz)\tZre (ohms)\tZim (ohms)\n" + rows("\t", ","),
        "freq/Hz |Z|/Ohm Phase(Z)/deg\n" + rows(" ", second=polar),
        "Frequency\tZreal\tZimag\nHz\tOhm\tOhm\n" + rows("\t"),
        "Frequency;Zreal;Zimag\n[Hz];[Ohm];[Ohm]\n" + rows(";", ","),
        '"freq/Hz","Re(Z)/Ohm","Im(Z)/Ohm"\n' + rows(),
        "made by hand\n\nA cell, 25 C\nf/Hz,Re(Z)/Ohm,-Im(Z)/Ohm\n" + rows(second=turned),
        "f/Hz,Re(Z)/Ohm,Im(Z)/Ohm,\n" + rows().replace("\n", ",\n"),
        "omega (rad/s),Zreal (ohm),Zimag (ohm)\n".replace("omega", "f")
        + rows(frequency=FREQUENCY_HZ * 2 * np.pi),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "latin-1"])
def test_delimited_spectra(tmp_path, text, encoding):
    spectrum = read_spectrum(written(tmp_path, text, encoding=encoding))
    np.testing.assert_allclose(spectrum.frequency_hz, FREQUENCY_HZ, rtol=1e-9)
    np.testing.assert_allclose(spectrum.impedance_ohm, Z_OHM, rtol=1e-8)


def test_units_are_asked_for_and_taken_from_the_keys(tmp_path):
    path = written(tmp_path, "f,Z',Z''\n" + rows())
    for missing, given in (("frequency_unit", (None, None)), ("impedance_unit", (None, "Hz"))):
        with pytest.raises(InputError, match=rf"cell\.csv:1: .* has no unit: give {missing}"):
            read_spectrum(path, SpectrumColumns(), *given)
    spectrum = read_spectrum(path, SpectrumColumns(), "mohm", "kHz")
    np.testing.assert_allclose(spectrum.impedance_ohm, Z_OHM * 1e-3)
    np.testing.assert_allclose(spectrum.frequency_hz, FREQUENCY_HZ * 1e3)


def test_modulus_and_phase_by_their_keys(tmp_path):
    path = written(tmp_path, "f/Hz,A (ohm),B\n" + rows(second=polar).replace("-", ""))
    columns = SpectrumColumns(modulus="A (ohm)", minus_phase="B")
    spectrum = read_spectrum(path, columns, phase_unit="deg")
    np.testing.assert_allclose(spectrum.impedance_ohm, Z_OHM, rtol=1e-8)


SHORT = "f/Hz,Z'/ohm,Z''/ohm\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("f/Hz,Z' (Ohm cm2),Z'' (Ohm cm2)\n1,2,3\n", r":1: .* is in Ohm cm2|ohm cm2"),
        ("f/Hz,Z'/ohm,Z''/mohm\n1,2,3\n", r":1: column \"Z'/ohm\" is in ohm, .* give both in one"),
        (SHORT + "1,5,2,3\n", r":2: .*4 fields under a header of 3 \(decimal commas"),
        (SHORT + "1,2,3\n1,3\n", r":3: .*2 fields under a header of 3 \(a field is missing\)"),
        ("f/Hz,Z'/ohm,Z''/ohm,Z'/ohm\n1,2,3,4\n", r":1: .* both 'z_real_ohm': name each column"),
        (
            "f/Hz;Z'/ohm;Z''/ohm\n1,500;2,250;3,125\n",
            r":2: '1,500' can be 1\.500 or 1500: give dec",
        ),
        (
            "f/Hz;Z'/ohm;Z''/ohm\n1.5;2;3\n1,5;2;3\n",
            r":2: numbers with a point, others with a comma",
        ),
        ("f/Hz;Z'/ohm;Z''/ohm\n1.234,5;2;3\n", r":2: needs numbers"),
        (SHORT + "1_0,2,3\n", r":2: needs numbers"),
        (
            SHORT + "1,2,3\n\n" + SHORT + "1,2,3\n",
            r":4: 2 tables .* in the lines 1, 4: choose with",
        ),
        (SHORT + "1,2,3\nEnd of data\n", r":3: needs numbers"),
        ("f/Hz,Z'/ohm,Z''/ohm\n1,\"2,3\n", r":2: cannot be split into columns"),
        ("f/Hz,-Z'/ohm,-Z''/ohm\n1,2,3\n", r":1: no column 'z_real_ohm'; there are: f/Hz"),
        ("", "no header and no data"),
    ],
)
def test_what_can_mean_two_things_is_refused_with_its_line(tmp_path, text, message):
    with pytest.raises(InputError, match=message) as caught:
        read_spectrum(written(tmp_path, text))
    assert str(caught.value).startswith(str(tmp_path / "cell.csv"))
    assert len(str(caught.value).splitlines()) == 1


def test_keys_settle_what_can_mean_two_things(tmp_path):
    path = written(tmp_path, "f/Hz;Z'/ohm;Z''/ohm\n1,500;2,250;3,125\n")
    spectrum = read_spectrum(path, text=DelimitedText(decimal="comma"))
    assert (spectrum.frequency_hz, spectrum.impedance_ohm) == (1.5, 2.25 + 3.125j)
    path = written(tmp_path, SHORT + "1,2,3\n\n" + SHORT + "4,5,6\n")
    assert read_spectrum(path, text=DelimitedText(table=2)).frequency_hz == [4.0]
    with pytest.raises(InputError, match="there is no table 3, only 2"):
        read_spectrum(path, text=DelimitedText(table=3))
    path = written(tmp_path, "% note\n" + SHORT + "1,2,3\n")
    assert read_spectrum(path, text=DelimitedText(comment="%")).frequency_hz == [1.0]
    path = written(tmp_path, SHORT.replace("ohm", "\u03a9") + "1,2,3\n", encoding="utf-16")
    with pytest.raises(InputError, match="not text in|zero bytes|no column"):
        read_spectrum(path, text=DelimitedText(encoding="utf-8"))


def test_loops_and_rows_at_rest(tmp_path):
    text = SHORT + "0,0,0\n" + rows() + rows(z=2 * Z_OHM)
    path = written(tmp_path, text)
    with pytest.raises(InputError, match=r"cell\.csv:6: the sweep begins again.* loop: 1"):
        read_spectrum(path)
    spectrum = read_spectrum(path, loop=2)
    np.testing.assert_allclose(spectrum.impedance_ohm, 2 * Z_OHM)
    assert spectrum.lines == (6, 7, 8)
    assert spectrum.notes == ("1 at rest (0 Hz)", "loop 2 of 2")
    with pytest.raises(InputError, match="there is no loop 3: the file has 2"):
        read_spectrum(path, loop=3)
    with pytest.raises(InputError, match="no row has a frequency above zero"):
        read_spectrum(written(tmp_path, SHORT + "0,1,2\n"))


EC_LAB = "EC-Lab ASCII FILE\nNb header lines : 4\n\n"


def test_cycles_of_an_ec_lab_text(tmp_path):
    lines = [f"{f:g}\t{c}\t{c}\t{c}.0E+000" for c in (1, 10) for f in FREQUENCY_HZ]
    text = EC_LAB + "freq/Hz\tRe(Z)/Ohm\t-Im(Z)/Ohm\tcycle number\n" + "\n".join(lines) + "\n"
    path = written(tmp_path, text, "cell.mpt")
    with pytest.raises(InputError, match=r"cell\.mpt:8: 2 spectra in one file: choose with loop"):
        read_spectrum(path)
    assert (read_spectrum(path, loop=2).impedance_ohm == 10 - 10j).all()


def gamry(*tables):
    head = "EXPLAIN\nTAG\tEISPOT\n"
    return head + "".join(
        f"{tag}\tTABLE\n\tPt\t{names}\n\t#\t{units}\n"
        + "".join(f"\t{k}\t{row}\n" for k, row in enumerate(rows))
        for tag, names, units, rows in tables
    )


def test_tables_and_drift_columns_of_a_gamry_file(tmp_path):
    names, units = "Freq\tZreal\tZimag\tZrealDrCor\tZimagDrCor", "Hz\tohm\tohm\tohm\tohm"
    tables = [(f"ZCURVE{k}", names, units, [f"10\t{k}\t-{k}\t{k}5\t-{k}5"]) for k in (1, 2)]
    path = written(tmp_path, gamry(*tables), "cell.DTA")
    with pytest.raises(InputError, match=r"cell\.DTA:7: 2 spectra in one file: choose with loop"):
        read_spectrum(path)
    assert read_spectrum(path, loop=2).impedance_ohm == [2 - 2j]
    assert "not those corrected for drift" in read_spectrum(path, loop=2).notes[0]
    assert read_spectrum(path, loop=2, drift_corrected=True).impedance_ohm == [25 - 25j]
    plain = gamry(("ZCURVE", "Freq\tZreal\tZimag", "Hz\tohm\tohm", ["10\t1\t-1"]))
    with pytest.raises(InputError, match="no column 'ZrealDrCor'"):
        read_spectrum(written(tmp_path, plain, "cell.DTA"), drift_corrected=True)


DC = np.array([[0.0, 1.0, 2.0], [0.01, 0.02, 0.03], [1e-4, 2e-4, 3e-4]])


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("dc.csv", "time_s,voltage_v,current_a\n0,0.01,1e-4\n1,0.02,2e-4\n2,0.03,3e-4\n"),
        ("dc.csv", "t/s;E/mV;I/mA\n0;10;0,1\n1;20;0,2\n2;30;0,3\n"),
        (
            "dc.mpt",
            EC_LAB
            + "mode\ttime/s\tEwe/V\t<I>/mA\n2\t0\t1E-2\t0.1\n2\t1\t2E-2\t0.2\n2\t2\t3E-2\t0.3\n",
        ),
        (
            "dc.DTA",
            gamry(
                (
                    "CURVE",
                    "T\tVf\tIm",
                    "s\tV vs. Ref.\tA",
                    ["0\t0.01\t1E-4", "1\t0.02\t2E-4", "2\t0.03\t3E-4"],
                )
            ),
        ),
    ],
)
def test_dc_polarization_in_s_v_and_a(tmp_path, name, text):
    np.testing.assert_allclose(read_dc_polarization(written(tmp_path, text, name)), DC)


def test_dc_units_are_asked_for(tmp_path):
    path = written(tmp_path, "t,v,i\n0,10,0.1\n1,20,0.2\n2,30,0.3\n", "dc.csv")
    with pytest.raises(InputError, match=r"dc\.csv:1: column 't' has no unit: give time_unit"):
        read_dc_polarization(path, "t", "v", "i")
    data = read_dc_polarization(path, "t", "v", "i", DcUnits("s", "mV", "mA"))
    np.testing.assert_allclose(data, DC)


def test_dc_of_three_electrodes_and_of_spectra_is_refused(tmp_path):
    head = EC_LAB + "time/s\tEwe/V\t<I>/mA\t<Ece>/V\tEwe-Ece/V\n0\t1\t1\t0\t1\n"
    with pytest.raises(InputError, match=r"dc\.mpt:4: a counter electrode .* such as Ewe-Ece/V"):
        read_dc_polarization(written(tmp_path, head, "dc.mpt"))
    head = EC_LAB + "freq/Hz\ttime/s\tEwe/V\t<I>/mA\n1\t1\t1\t0\n"
    with pytest.raises(InputError, match=r"dc\.mpt:4: .* an impedance spectrum, not steps"):
        read_dc_polarization(written(tmp_path, head, "dc.mpt"))


def curves(tmp_path, *texts, encoding="utf-8", **keys):
    names = []
    for k, text in enumerate(texts):
        written(tmp_path, text, f"{k}.csv", encoding)
        names.append(f"{k}.csv")
    curve = ViscosityCurve(psd="AM_1", solid_content_percent=50, files=names, **keys)
    return viscosity_rows(curve, tmp_path)


def values(found):
    return [
        (r["branch"], r["shear_rate_per_s"], r["viscosity_mean_pa_s"], r["viscosity_std_pa_s"])
        for r in found
    ]


def sweep(*pairs):
    return "shear_rate_per_s,viscosity_pa_s\n" + "".join(f"{a},{b}\n" for a, b in pairs)


UP_DOWN = [sweep((10.01, 4), (1000, 1), (10.02, 2)), sweep((10.02, 4), (1000, 1), (10.01, 2))]


def test_branches_of_a_sweep_are_averaged_apart(tmp_path):
    found = values(curves(tmp_path, *UP_DOWN))
    assert found == [
        ("up", pytest.approx(10.015), 4, 0),
        ("up", 1000, 1, 0),
        ("down", pytest.approx(10.015), 2, 0),
    ]
    assert values(curves(tmp_path, *UP_DOWN, branch="down")) == found[2:]
    reasons = [r["reason"] for r in curves(tmp_path, *UP_DOWN, branch="up 2")]
    assert all("the sweep has no branch 'up 2'" in reason for reason in reasons)


def test_a_reading_taken_twice_at_the_turn_belongs_to_both_branches(tmp_path):
    text = sweep((10, 4), (100, 2), (1000, 1), (1000.5, 0.9), (100, 1.5), (10, 3))
    found = values(curves(tmp_path, text))
    assert [(branch, rate) for branch, rate, *_ in found] == [
        *(("up", 10), ("up", 100), ("up", 1000)),
        *(("down", 10), ("down", 100), ("down", 1000.5)),
    ]


def test_regulation_and_fine_steps_make_no_branch(tmp_path):
    rates = np.concatenate([np.geomspace(1, 10, 400), [9.99]])
    found = values(curves(tmp_path, sweep(*((rate, 1.0) for rate in rates))))
    assert {branch for branch, *_ in found} == {"up"}
    assert len(found) == 401


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (sweep((10, 4), (10, 3), (20, 1)), r"0\.csv:3: shear rate 10 1/s again, as in line 2"),
        (sweep(*([(10, 4), (20, 3)] * 6)), r"0\.csv:\d+: the shear rate turns 10 times"),
        (
            "shear_rate_per_s,viscosity_pa_s\n10,5,3,676\n",
            r"0\.csv:2: .*4 fields under a header of 2",
        ),
        (sweep((10, 0)), r"0\.csv:2: shear rate and viscosity must be > 0"),
        (sweep((10, 1e12)), r"0\.csv:2: viscosity 1e\+12 Pa s is out of"),
        ("Shear rate [1/s],Viscosity\n1,2\n", r"0\.csv:1: .* no unit: give viscosity_unit"),
        ("Shear rate [1/s],Viscosity [Pa]\n1,2\n", r"0\.csv:1: .* is in Pa, which is no viscosity"),
    ],
)
def test_faulty_curves_are_refused(tmp_path, text, message):
    [row] = curves(tmp_path, text)
    assert row["status"] == "failed"
    with pytest.raises(InputError, match=message):
        raise InputError(row["reason"])


def test_samples_of_other_programs_are_refused(tmp_path):
    found = curves(tmp_path, UP_DOWN[0], sweep((10.01, 4), (1000, 1)))
    assert [row["status"] for row in found] == ["failed", "ok", "ok", "ok"]
    assert "(up here, up and down there)" in found[0]["reason"]


def rheocompass(*intervals):
    blocks = []
    for number, block in enumerate(intervals, 1):
        lines = [f"\t{k}\t{rate}\t{eta}\tDy_auto" for k, (rate, eta) in enumerate(block, 1)]
        blocks.append(
            f"Interval and data points:\t{number}\t{len(block)}\n"
            "Interval data:\tPoint No.\tShear Rate\tViscosity\tStatus\n\t\t\t\t\n"
            "\t\t[1/s]\t[mPa·s]\t\n" + "\n".join(lines) + "\n"
        )
    return "Project:\tslurries\n\nTest:\tsc50\n\nResult:\tFlow curve 1\n\n" + "\n".join(blocks)


def test_rheocompass_export(tmp_path):
    up, down = [("10,01", "3676"), ("100,2", "1500,5")], [("100,1", "1400"), ("10,02", "3000")]
    one = rheocompass(up)
    assert values(curves(tmp_path, one, encoding="utf-16"))[0][1:3] == (10.01, 3.676)
    both = rheocompass([("50", "2000")], up, down)
    [row] = curves(tmp_path, both, encoding="utf-16")
    assert "3 tables with these columns, in the lines 8, 14, 21: choose with table" in row["reason"]
    found = values(curves(tmp_path, both, encoding="utf-16", table=[2, 3]))
    assert [(b, r, pytest.approx(v)) for b, r, v, _ in found] == [
        *(("up", 10.01, 3.676), ("up", 100.2, 1.5005)),
        *(("down", 10.02, 3.0), ("down", 100.1, 1.4)),
    ]


def test_trios_export(tmp_path):
    step = "[step]\n{}\nStress\tShear rate\tViscosity\tStep time\nPa\t1/s\tPa.s\ts\n{}\n\n"
    text = "Filename\tsc50\n[File Parameters]\nName\tsc50\n"
    text += step.format("Peak hold - 1", "5\t50\t0.1\t1")
    text += step.format("Flow sweep - 2", "4\t10\t0.4\t1\n20\t100\t0.2\t2")
    [row] = curves(tmp_path, text)
    assert "2 tables with these columns" in row["reason"]
    assert values(curves(tmp_path, text, table=2))[1][:3] == ("up", 100, 0.2)


@pytest.mark.parametrize("line", ["\n", "paused\n", "\t\t\t\t\n"])
def test_rows_below_the_end_of_a_table_are_not_lost(tmp_path, line):
    text = rheocompass([("10,1", "3676"), ("100,2", "1500,5"), ("1000,4", "900")])
    before, row, after = text.rpartition("\t3\t")
    [failed] = curves(tmp_path, before + line + row + after, encoding="utf-16")
    assert ":14: the table goes on below" in failed["reason"]


def test_rows_below_the_end_of_a_gamry_table_are_not_lost(tmp_path):
    rows = ["10\t1\t-1", "1\t2\t-2"]
    text = gamry(("ZCURVE", "Freq\tZreal\tZimag", "Hz\tohm\tohm", rows))
    for damage in ("1\t1\t2", "\n\t1\t1\t2"):
        path = written(tmp_path, text.replace("\t1\t1\t2", damage), "cell.DTA")
        with pytest.raises(InputError, match=r"cell\.DTA:7: the ZCURVE table goes on"):
            read_spectrum(path)


def test_viscosity_from_stress(tmp_path):
    text = "Shear Rate [1/s];Shear Stress [Pa]\n10;5\n100;20\n"
    assert [value for _, _, value, _ in values(curves(tmp_path, text))] == [0.5, 0.2]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"mass_mg": 0.0162}, "porosity 0.9992 is above 0.9.*check the units of mass_mg"),
        ({"thickness_um": 0.098}, "exceeds that of the components"),
        ({"diameter_mm": 78.5}, "porosity 0.9876 is above 0.9"),
    ],
)
def test_geometry_in_another_unit_is_refused(change, reason):
    given = {"thickness_um": 98, "diameter_mm": 10, "mass_mg": 16.2} | change
    cell = Cell(
        name="a",
        psd="AM_1",
        solid_content_percent=50,
        **{key: {"value": value, "uncertainty": 0.01 * value} for key, value in given.items()},
    )
    with pytest.raises(InputError, match=reason):
        sample_porosity(sample_density_kg_per_m3(cell), 2756.0)


# Number and type of a column in EC-Lab's binary files.
EC_LAB_COLUMNS = {
    "time/s": (4, "<f8"),
    "Ewe/V": (6, "<f4"),
    "I/mA": (8, "<f4"),
    "Ece/V": (9, "<f4"),
    "<I>/mA": (11, "<f8"),
    "cycle number": (24, "<f8"),
    "freq/Hz": (32, "<f4"),
    "Re(Z)/Ohm": (37, "<f4"),
    "-Im(Z)/Ohm": (38, "<f4"),
}


def write_mpr(path, **columns):
    """A file such as EC-Lab 11 writes: settings, then data of version 2; returns its path."""
    numbers, types = zip(*(EC_LAB_COLUMNS[name] for name in columns), strict=True)
    rows = np.rec.fromarrays(
        [
            np.asarray(values, dtype=kind)
            for values, kind in zip(columns.values(), types, strict=True)
        ],
        dtype=np.dtype(list(zip(columns, types, strict=True))),
    )
    head = np.uint32(rows.size).tobytes() + np.uint8(len(columns)).tobytes()
    head += np.array(numbers, dtype="<u2").tobytes()

    def module(name, version, data):
        size = np.array([len(data), version], dtype="<u4").tobytes()
        return b"MODULE" + name.ljust(10) + name.ljust(25) + size + b"11/26/26" + data

    path.write_bytes(
        b"BIO-LOGIC MODULAR FILE\x1a".ljust(48)
        + bytes(4)
        + module(b"VMP Set", 0, bytes(8))
        + module(b"VMP data", 2, head.ljust(405, b"\0") + rows.tobytes())
    )
    return path


def test_binary_dc_polarization(tmp_path):
    path = tmp_path / "dc.mpr"
    columns = {"time/s": DC[0], "Ewe/V": DC[1], "I/mA": 1e3 * DC[2]}
    write_mpr(path, **columns)
    np.testing.assert_allclose(read_dc_polarization(path), DC, rtol=1e-6)  # it keeps 32 bits
    write_mpr(path, **columns, **{"<I>/mA": DC[2]})
    with pytest.raises(InputError, match=r"dc\.mpr: 2 columns for current_a; there are: time/s"):
        read_dc_polarization(path)
    write_mpr(path, **columns | {"time/s": DC[0][::-1]})
    with pytest.raises(InputError, match=r"dc\.mpr: point 1: time does not increase"):
        read_dc_polarization(path)
    write_mpr(path, **columns, **{"Ece/V": DC[1]})
    with pytest.raises(InputError, match=r"dc\.mpr: a counter electrode was recorded"):
        read_dc_polarization(path)
    path.write_bytes(path.read_bytes()[:-5])
    with pytest.raises(InputError, match=r"dc\.mpr: galvani cannot read it"):
        read_dc_polarization(path)


def test_cycles_and_rest_of_a_binary_spectrum(tmp_path):
    path = tmp_path / "cell.mpr"
    columns = {"freq/Hz": [0, 10, 1, 10, 1], "Re(Z)/Ohm": [0, 1, 2, 3, 4], "-Im(Z)/Ohm": [0] * 5}
    write_mpr(path, **columns, **{"cycle number": [0, 1, 1, 2, 2]})
    with pytest.raises(InputError, match=r"cell\.mpr: point 2: 2 spectra in one file: choose with"):
        read_spectrum(path)
    assert list(read_spectrum(path, loop=2).impedance_ohm) == [3, 4]
    write_mpr(path, **{"time/s": [1, 2]})
    with pytest.raises(InputError, match=r"cell\.mpr: no column 'freq/Hz'; there are: time/s"):
        read_spectrum(path)
