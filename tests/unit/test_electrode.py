"""The one key of an electrode."""

import pytest

from castline.base.errors import InputError
from castline.recipe.electrode import Electrode


@pytest.mark.parametrize(
    ("path", "electrode", "label"),
    [
        ("results/a/AM_1/sc50/r2/dried.dump.gz", Electrode("AM_1", "50", 2), "AM_1 50 % r2"),
        ("AM_2/sc48.5/recipe.json", Electrode("AM_2", "48.5"), "AM_2 48.5 %"),
    ],
)
def test_an_electrode_is_read_from_the_path_of_its_file(path, electrode, label):
    found = Electrode.of_path(path)
    assert found == electrode
    assert found.label == label
    assert found.keys["solid_content_percent"] == float(electrode.solid_content_percent)
    assert ("replicate" in found.keys) == (electrode.replicate is not None)


@pytest.mark.parametrize("path", ["results/a/tables/cost.csv", "AM_1/sc50", "AM_1/50/r1/x.json"])
def test_another_file_is_refused(path):
    with pytest.raises(InputError, match="not in the folder of an electrode"):
        Electrode.of_path(path)
