"""Write envs/castline.yaml from envs/requirements.txt: conda then takes the same packages as pip.

The pins themselves, after a change of pyproject.toml; those that still fit stay:

    lock="uv pip compile --no-header pyproject.toml"
    lock="$lock --extra build --extra cluster --extra instruments"
    lock="$lock --extra cell"
    $lock --python-version 3.11 -o envs/requirements.txt
    $lock --python-version 3.11.5 --extra dev -o envs/requirements-dev.txt
    python envs/pins.py
"""

from pathlib import Path

FOLDER = Path(__file__).resolve().parent
HEAD = """\
# Written by envs/pins.py from requirements.txt: the same pins for conda.
#   conda env create -n castline -f envs/castline.yaml && conda activate castline
#   pip install --no-deps --no-build-isolation --editable .
channels:
  - conda-forge
  - nodefaults
dependencies:
  - python=3.11
  - pip
  - pip:
"""


def pins(requirements: str) -> list[str]:
    """Lines such as numpy==2.0.0 of a pip-compiled file."""
    lines = (line.split("#")[0].split(";")[0].strip() for line in requirements.splitlines())
    return [line for line in lines if line]


def conda_yaml(requirements: str) -> str:
    """The conda environment with these pins."""
    return HEAD + "".join(f"      - {pin}\n" for pin in pins(requirements))


if __name__ == "__main__":
    text = conda_yaml((FOLDER / "requirements.txt").read_text())
    (FOLDER / "castline.yaml").write_text(text)
