"""Tutorials and how-to pages, followed to the letter.

Of a tutorial every command runs and must print what the page shows. Of a how-to page castline's
commands run on files of a user, and Snakemake says what it would run. `make tutorials` follows the
tutorials, too, and stores the pictures that their commands draw: look at them before a commit.
"""

import os
import shutil
from pathlib import Path

import numpy as np
import pytest
import tifffile
from campaign_runs import REPOSITORY
from pages import blocks, command_lines, follow, missing_lines, pictures, write_file
from PIL import Image

pytestmark = [pytest.mark.workflow, pytest.mark.timeout(1800)]

DOCS = REPOSITORY / "docs"
STORES_PICTURES = "CASTLINE_STORE_PICTURES"
REFUSED = "castline: error:"
# The last bit of another processor makes another packing, as another seed does.
SIMULATED = 0.3
PICTURE_WIDTH, COLOURS, MAX_BYTES = 1200, 128, 150_000
# Rounding of another processor moves edges; another figure differs by more (grey levels).
MEAN_DIFFERENCE = 2.0
# What only a run has made, and what stands for an engine of containers (make test-container).
NEEDS_A_RUN = ("cat ", "cp ", "castline status ", "podman ")
SLURRIES = REPOSITORY / "examples/synthetic_measurements"


def as_shown(picture: Path) -> Image.Image:
    """A figure in the size and the few colours of the pages."""
    image = Image.open(picture).convert("RGB")
    height = round(image.height * PICTURE_WIDTH / image.width)
    image = image.resize((PICTURE_WIDTH, height), Image.Resampling.LANCZOS)
    return image.quantize(COLOURS, dither=Image.Dither.NONE)


def difference(one: Image.Image, other: Image.Image) -> float:
    """Mean difference of the grey levels, 0 to 255; infinite for other sizes."""
    if one.size != other.size:
        return float("inf")
    levels = [np.asarray(image.convert("RGB").convert("L"), float) for image in (one, other)]
    return float(np.abs(levels[0] - levels[1]).mean())


@pytest.mark.parametrize(
    ("name", "tolerance"),
    [("tutorial-electrodes", SIMULATED), ("tutorial-cells", 0.0), ("tutorial-images", 0.0)],
)
def test_a_tutorial_does_what_it_says(name, tolerance, workflow_copy, monkeypatch, capsys):
    page = blocks(DOCS / f"{name}.md")
    assert {kind for kind, _ in page} <= {"", "text", "{code-block} yaml"}  # none is passed over
    folder = workflow_copy(name)
    monkeypatch.chdir(folder)
    code, printed = 0, ""
    for kind, text in page:
        write_file(kind, text)
        if not kind:
            assert code == 0, printed  # the block before, which no refusal followed
            code, printed = 0, ""
            for line in command_lines(text):
                assert code == 0, printed
                code, more = follow(line, monkeypatch.chdir, capsys)
                printed += more
        elif kind == "text":
            assert not missing_lines(text, printed, tolerance), printed
            assert (code != 0) == (REFUSED in text), printed
            code = 0
    assert code == 0, printed
    for picture in pictures(DOCS / f"{name}.md"):
        [drawn] = folder.rglob(picture.name)
        if STORES_PICTURES in os.environ:
            as_shown(drawn).save(picture, optimize=True)
        assert picture.stat().st_size < MAX_BYTES, picture
        if not tolerance:
            change = difference(as_shown(drawn), Image.open(picture))
            assert change < MEAN_DIFFERENCE, f"{picture.name}: `make tutorials` stores it anew"


def test_what_a_page_shows_is_looked_for_in_what_is_printed():
    printed = "a 1.50 S/m of 3\nb 2"
    assert not missing_lines("a  1.50 ... of 3\n...\nb 2", printed, 0.0)
    assert not missing_lines("a 1.4 S/m of 3", printed, 0.1)
    assert missing_lines("a 1.4 S/m of 3", printed, 0.0)
    assert missing_lines("b 2\na 1.50 S/m of 3", printed, 0.0) == ["a 1.50 S/m of 3"]
    assert missing_lines("c 2", printed, 1.0)


def give_powder():
    shutil.copy(REPOSITORY / "config/psd/example.csv", "my_powder.csv")


def give_flow_curves():
    for content in (48, 52):
        for sample in (1, 2):
            source = SLURRIES / f"synthetic_viscosity_am_1_sc{content}_{sample}.csv"
            shutil.copy(source, f"my_sc{content}_{sample}.csv")


def give_images():
    """Layers along x, so that every cut-out conducts, in the files that the page names."""
    labels = np.zeros((16, 20, 20), np.uint8)
    labels[:, :, :12] = 2
    labels[:, :, 12:16] = 1
    for name in ("segmented.tif", "second.tif"):
        tifffile.imwrite(name, labels)
    tifffile.imwrite("wide_labels.tif", np.where(labels == 2, np.uint16(65535), labels))
    tifffile.imwrite("sample.tif", (np.arange(20) < 18) * np.ones_like(labels))
    Path("slices").mkdir()
    for number, plane in enumerate(np.array([40, 200, 120], np.uint8)[labels]):
        tifffile.imwrite(f"slices/slice_{number:03d}.tif", plane)


@pytest.mark.parametrize(
    ("name", "give"),
    [
        ("own-recipe", give_powder),
        ("own-rheometer", give_flow_curves),
        ("own-tomogram", give_images),
        ("cluster", None),
    ],
)
def test_a_how_to_page_can_be_followed(name, give, tmp_path, monkeypatch, capsys):
    page = blocks(DOCS / f"{name}.md")
    commands = "\n".join(text for kind, text in page if not kind)
    assert "castline " in commands
    kinds = {kind for kind, _ in page}
    assert kinds <= {"", "yaml", "{code-block} yaml", "{include} ../profiles/README.md"}
    if give is not None:  # else it is about a campaign of the clone
        monkeypatch.chdir(tmp_path)
    if give is not None and "\ncd " not in commands:
        give()
    for kind, text in page:
        write_file(kind, text)
        for line in command_lines(text) if not kind else ():
            if line.startswith(NEEDS_A_RUN):
                continue
            code, printed = follow(line, monkeypatch.chdir, capsys, dry=True)
            assert code == 0, f"{line}\n{printed}"
            if line.startswith("cd "):
                give()
