"""What a job imports before it works: jobs are many and short, so that slow imports add up."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

COMPILER, PICTURES, TABLES = "numba", "matplotlib", "pandas"
STATISTICS = ("scipy.stats", "lmfit")
OTHERS = ("optuna", "pybamm", "pyvista", "pint")
SLOW = (COMPILER, PICTURES, *STATISTICS, *OTHERS)
# Scripts whose work needs what is slow to import; all others are light.
OF_IMAGES = ("voxels", "transport", "voxel_series", "cbd_refit", "composite_transport")
FITTING = ("flow_curves", "mechanics", "measurements", "discharge")
DRAWING = ("figure", "composites", "size_effects", "microstructure_page", "results_page")
SEARCHES = ("calibration", "size_effects_film", "validate_acceleration")
LIGHT = [
    path.stem
    for path in sorted(Path("scripts").glob("*.py"))
    if not path.stem.startswith(SEARCHES) and path.stem not in OF_IMAGES + FITTING + DRAWING
]


def loaded(modules: list[str], names: tuple[str, ...]) -> list[str]:
    """Those of the names that are loaded after a fresh Python has imported modules."""
    code = f"import sys, {', '.join(modules)}; print(*[n for n in {names} if n in sys.modules])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return run.stdout.split()


def imported_by(*scripts: str) -> list[str]:
    """The modules that scripts import at their top, each once."""
    found = {}
    for script in scripts:
        for node in ast.parse(Path(f"scripts/{script}.py").read_text()).body:
            if isinstance(node, ast.ImportFrom):
                found[node.module] = None
            elif isinstance(node, ast.Import):
                found |= dict.fromkeys(name.name for name in node.names)
    return list(found)


@pytest.mark.parametrize(
    ("modules", "slow"),
    [
        (["castline.campaign.config", "castline.campaign.plan"], SLOW),
        (["castline.cli"], (*SLOW, TABLES)),
        (imported_by("stage", "recipe", "tables"), (*SLOW, "scipy.linalg")),
        (imported_by(*LIGHT), (*SLOW, "scipy.optimize")),
        (imported_by(*OF_IMAGES[:3]), (PICTURES, *STATISTICS, *OTHERS, "scipy.spatial")),
        ([*imported_by("figure"), "castline.figures.viscosity"], (COMPILER, *STATISTICS, *OTHERS)),
    ],
    ids=["config", "cli", "stages", "light scripts", "scripts of images", "figures"],
)
def test_nothing_slow_is_imported_before_it_is_needed(modules, slow):
    assert loaded(modules, slow) == []
