"""A full or read-only disk: a clear end, and the same results once there is room again."""

import errno
import gzip
import shutil

import numpy as np
import pytest
from fault_campaign import LONG, Campaign, differences, litter
from mounts import kilobytes_in, read_only, resize, small_disk

from castline.base.errors import CastlineError, InputError
from castline.base.files import write_atomically
from castline.base.locking import hold
from castline.images.vtk_files import read_vti, write_vti
from castline.line.slurry import SlurryConfig, equilibrate
from castline.line.stage import Bench
from castline.packing.state import write_state


def test_lammps_stage_survives_a_full_disk(tiny, slurry_force_field, tmp_path, capsys):
    """More room by and by: every run until the last ends in a named error, none in a result."""
    recipe = tiny.recipe_of("AM_1", "50")
    settings = SlurryConfig(volume_tolerance=0.5, energy_tolerance=10.0)

    def state_in(work) -> bytes:
        bench = Bench(work, 3, lambda line: None)
        made = equilibrate(recipe, slurry_force_field, settings, None, bench)
        write_state(made.state, tmp_path / "state.dump.gz")
        history = made.tables["slurry_history"].to_csv().encode()
        return gzip.decompress((tmp_path / "state.dump.gz").read_bytes()) + history

    whole = state_in(tmp_path / "whole")
    need = kilobytes_in(tmp_path / "whole")
    disk, failures = tmp_path / "disk", []
    with small_disk(disk, 8):
        for size in range(need // 8, 4 * need, need // 8):
            resize(disk, size)
            try:
                result = state_in(disk / "work")
            except CastlineError as error:
                failures.append(str(error))
            except OSError as error:
                failures.append(errno.errorcode[error.errno])
            else:
                break
        else:
            pytest.fail(f"never ended: {failures[-1]}")
    with capsys.disabled():
        print(f"\nfull disk under LAMMPS: {len(failures)} ends for lack of room, then the result")
    assert failures
    assert all(text == "ENOSPC" or "LAMMPS slurry" in text for text in failures), failures
    assert result == whole


def test_outputs_on_a_full_disk_appear_whole_or_not_at_all(tmp_path, tiny):
    disk = tmp_path / "disk"
    image = np.random.default_rng(1).integers(0, 4, (50, 50, 50), dtype=np.uint8)
    with small_disk(disk, 40):
        write_atomically(disk / "small", b"x" * 1000)
        with pytest.raises(OSError, match="No space left"):
            write_atomically(disk / "large", b"x" * 1_000_000)
        with pytest.raises((OSError, CastlineError)):
            write_vti(disk / "image.vti", {"phase": image}, 1e-6)
        assert [path.name for path in disk.iterdir()] == ["small"]
        resize(disk, 4000)
        write_vti(disk / "image.vti", {"phase": image}, 1e-6)
        np.testing.assert_array_equal(read_vti(disk / "image.vti", "phase")[0], image)


def test_read_only_folder_is_a_named_error(tmp_path):
    folder = tmp_path / "results"
    folder.mkdir()
    with read_only(folder), pytest.raises(InputError, match="cannot be written: Read-only"):
        hold(folder / "work/campaign.lock")


@pytest.mark.workflow
def test_read_only_results_stop_the_campaign_in_one_line(new_campaign):
    campaign = new_campaign()
    campaign.results.mkdir(parents=True)
    with read_only(campaign.results):
        status, output = campaign.finish()
    assert status != 0
    assert "Traceback" not in output
    [line] = [line for line in output.splitlines() if "cannot be written" in line]
    assert "campaign.lock" in line
    assert not any(campaign.results.iterdir())


@pytest.mark.workflow
@pytest.mark.skipif(not LONG, reason="make test-faults")
def test_campaign_survives_full_disks(reference, new_campaign, capsys):
    """The whole folder, with Snakemake's own records, on a disk that is full five times."""
    template = new_campaign()
    source, disk = template.folder, template.folder.parent / "small disk"
    need, given = kilobytes_in(reference.folder), kilobytes_in(source)
    full = 0
    with small_disk(disk, 2 * given):
        shutil.copytree(source, disk / "campaign")
        campaign = Campaign(disk / "campaign")
        for part in (0.05, 0.2, 0.4, 0.6, 0.8):
            resize(disk, given + int(part * (need - given)))
            status, _ = campaign.finish()
            full += status != 0
            assert differences(campaign.published(), reference.published()) == []
        resize(disk, 4 * need)
        status, output = campaign.finish()
        assert status == 0, output
        results = campaign.published()
        assert litter(campaign) == []
    assert differences(results, reference.published()) == []
    assert set(results) == set(reference.published())
    with capsys.disabled():
        print(f"\nfull disk: {full} runs ended for lack of room, results equal")
    assert full >= 3
